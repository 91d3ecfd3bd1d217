//! A recipe is what is to be made of each flight: the same for all flights of a run.

use super::Aggregate;

/// What [`super::summarise`] computes.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// Names of the variables to aggregate; role names stand for the role columns.
    pub variables: Vec<String>,
    /// The aggregates of each.
    pub aggregates: Vec<Aggregate>,
    /// Fractions at which targets are taken, ascending.
    pub fractions: Vec<f64>,
    /// Elapsed horizons in seconds since the first kept row, ascending: what is known at each
    /// is summed up as well.
    pub elapsed_s: Vec<f64>,
    /// What a flight must be to be taken.
    pub limits: Limits,
}

/// Bounds beyond which a flight is refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Fewest rows with time and position.
    pub min_rows: u64,
    /// Most rows.
    pub max_rows: u64,
    /// Smallest share of rows with time and position.
    pub min_completeness: f64,
    /// Longest flight in seconds.
    pub max_duration_s: f64,
}
