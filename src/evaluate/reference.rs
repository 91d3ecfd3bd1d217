//! A *reference* is what held-out predictions are measured by: what was flown, and what the
//! yardstick says of the same flights.
//!
//! `train` makes one per split; `metrics` uses it for every model.

use std::collections::BTreeSet;

use super::splits::{day_of, has_calendar};
use super::{Fold, HeldOut};
use crate::models::Dataset;

/// What the held-out flights of a split are compared with.
#[derive(Debug)]
pub struct Reference<'a> {
    /// What was flown.
    pub dataset: &'a Dataset,
    /// The predictions of `od-median`.
    pub yardstick: &'a HeldOut,
    /// Whether the fold that held a flight out learnt from its pair, flight by flight in the
    /// order of the predictions. If not, the yardstick is the median of all pairs.
    pub(super) knows_pair: Vec<bool>,
    /// What is drawn anew to see how far a figure may be off, for each of the predictions:
    /// the flight's UTC day of start, or the flight where not all have a start.
    pub(super) units: Vec<i64>,
    /// The UTC month of start of each of the predictions' flights, such as `2024-03`; none
    /// without a start.
    pub(super) months: Vec<Option<String>>,
    /// The run's seed.
    pub(super) seed: u64,
    /// Ground speed in knots above which a prediction is infeasible.
    pub(super) fastest_kt: u32,
}

impl<'a> Reference<'a> {
    /// The reference for the held-out flights of `folds`, of which `yardstick` is. `starts`
    /// has each flight's start in microseconds since 1970, in the order of the dataset; what
    /// is faster than `fastest_kt` knots over the ground is infeasible.
    #[must_use]
    pub fn new(
        dataset: &'a Dataset,
        folds: &[Fold],
        yardstick: &'a HeldOut,
        starts: &[Option<i64>],
        seed: u64,
        fastest_kt: u32,
    ) -> Self {
        let knows = |fold: &Fold| {
            let known: BTreeSet<&Option<String>> =
                fold.train.iter().map(|flight| &dataset.pairs[*flight]).collect();
            let test = fold.test.iter().map(|flight| known.contains(&dataset.pairs[*flight]));
            test.collect::<Vec<bool>>()
        };
        let has_calendar = has_calendar(starts);
        let unit = |flight: &usize| match starts[*flight] {
            Some(start) if has_calendar => day_of(start),
            _ => *flight as i64,
        };
        let units = yardstick.flights.iter().map(unit).collect();
        let month = |flight: &usize| {
            let start = jiff::Timestamp::from_microsecond(starts[*flight]?).ok()?;
            Some(start.strftime("%Y-%m").to_string())
        };
        let months = yardstick.flights.iter().map(month).collect();
        let knows_pair = folds.iter().flat_map(knows).collect();
        Self { dataset, yardstick, knows_pair, units, months, seed, fastest_kt }
    }
}
