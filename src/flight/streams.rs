//! The streams of a flight are its variables: those that are columns of their own were added
//! up while the file was read, those that are roles wait in the role rows.

use fearless_simd::{Level, Simd, dispatch};

use super::aggregate::Accumulator;
use super::moments::BLOCK;
use super::order::Order;
use super::plan::Wanted;
use super::roles::RoleRows;
use super::track::has_no_turns;
use super::{Recipe, Role, unwrap_longitude};

/// What the aggregates are made of.
pub(super) struct Streams<'a> {
    /// The variables that are columns of their own, and what they came to.
    pub(super) wanted: &'a [Wanted],
    pub(super) streamed: Vec<Accumulator>,
    pub(super) rows: &'a RoleRows,
    pub(super) order: &'a Order,
    /// How many of the ordered rows count.
    pub(super) n_rows: usize,
}

impl Streams<'_> {
    /// All aggregates in the recipe's order.
    pub(super) fn finish(self, level: Level, recipe: &Recipe) -> Vec<f64> {
        let missing = vec![f64::NAN; recipe.aggregates.len()];
        let mut by_variable = vec![missing; recipe.variables.len()];
        for (accumulator, wanted) in self.streamed.into_iter().zip(self.wanted) {
            by_variable[wanted.variable] = accumulator.finish(level, &recipe.aggregates);
        }
        for (slot, name) in by_variable.iter_mut().zip(&recipe.variables) {
            let Some(role) = Role::named(name) else { continue };
            let column = match role {
                Role::Longitude => &self.rows.longitude_deg,
                Role::Latitude => &self.rows.latitude_deg,
                Role::Altitude => &self.rows.altitude_m,
                Role::Distance => &self.rows.distance_m,
            };
            if column.is_empty() {
                continue;
            }
            let mut accumulator = Accumulator::new(&recipe.aggregates);
            let is_as_in_file = self.order.is_as_in_file();
            let column = if is_as_in_file { &column[..self.n_rows] } else { column };
            let is_turned = role == Role::Longitude && !has_no_turns(column);
            if is_as_in_file && !is_turned {
                dispatch!(level, simd => push_all(simd, &mut accumulator, column));
            } else {
                let rows = self.order.rows().take(self.n_rows);
                push_in_order(&mut accumulator, column, rows, is_turned);
            }
            *slot = accumulator.finish(level, &recipe.aggregates);
        }
        by_variable.concat()
    }
}

#[inline(always)]
fn push_all<S: Simd>(simd: S, accumulator: &mut Accumulator, column: &[f64]) {
    for rows in column.chunks(BLOCK) {
        accumulator.push_rows(simd, rows);
    }
}

fn push_in_order(
    accumulator: &mut Accumulator,
    column: &[f64],
    rows: impl Iterator<Item = usize>,
    is_turned: bool,
) {
    let mut reference = f64::NAN;
    for row in rows {
        let mut value = column[row];
        if is_turned && !value.is_nan() {
            value = if reference.is_nan() { value } else { unwrap_longitude(value, reference) };
            reference = value;
        }
        accumulator.push(value);
    }
}
