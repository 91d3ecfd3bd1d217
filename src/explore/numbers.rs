//! *Numbers* are the numeric features of the selected flights as flights of one pair can be
//! compared by them.
//!
//! The sections on correlation, routes and drift take them. Of several pairs, each value is less
//! the median of its pair: what differs between pairs is no surprise, and models learn
//! differences from the pair's median as well.

use rayon::prelude::*;

use super::material::Material;
use crate::models::median;
use crate::tables::{CALENDAR_NAMES, DISTANCE, DURATION, Horizon};

/// A numeric feature.
pub(super) struct Number {
    /// The column's name. Hostile text.
    pub(super) name: String,
    /// From when it is known.
    pub(super) horizon: Horizon,
    /// A value per flight; NaN where it is missing.
    pub(super) values: Vec<f64>,
    /// Flights that lack it.
    pub(super) n_missing: usize,
}

impl Number {
    /// Whether it has one value at most.
    pub(super) fn is_constant(&self) -> bool {
        let mut known = self.values.iter().filter(|value| !value.is_nan());
        known.next().is_none_or(|first| known.all(|value| value == first))
    }
}

/// Whether values are differences from the median of their pair.
pub(super) fn is_within_pairs(material: &Material<'_>) -> bool {
    material.pairs.len() > 1
}

/// All numeric features but calendar names, and duration and distance.
pub(super) fn numbers(material: &Material<'_>) -> Vec<Number> {
    let table = &material.features;
    let whole = Horizon::WholeFlight;
    let ends = [(DURATION, &table.duration_s), (DISTANCE, &table.distance_m)];
    let ends = ends.into_iter().map(|(name, values)| (name, whole, values.as_slice()));
    let own = table.features.iter().map(|f| (f.name.as_str(), f.horizon, f.values.as_slice()));
    let own = own.filter(|(name, _, _)| !CALENDAR_NAMES.contains(name));
    let columns: Vec<_> = own.chain(ends).collect();
    columns
        .into_par_iter()
        .map(|(name, horizon, values)| {
            let values = within_pairs(material, values);
            let n_missing = values.iter().filter(|value| value.is_nan()).count();
            Number { name: name.to_owned(), horizon, values, n_missing }
        })
        .collect()
}

/// Values by flight, less the median of the pair if there are several; NaN where missing or
/// infinite.
pub(super) fn within_pairs(material: &Material<'_>, values: &[f64]) -> Vec<f64> {
    let known = |value: f64| if value.is_finite() { value } else { f64::NAN };
    let mut within: Vec<f64> = values.iter().map(|value| known(*value)).collect();
    if is_within_pairs(material) {
        for pair in &material.pairs {
            let of_pair = pair.flights.iter().map(|row| within[*row]);
            let middle = median(of_pair.filter(|value| !value.is_nan()).collect()).unwrap_or(0.0);
            pair.flights.iter().for_each(|row| within[*row] -= middle);
        }
    }
    within
}
