//! A *leak* is a feature that gives the answer away: it is a target, or a target is nothing but
//! a multiple of it, as the elapsed time at x % of a flight is of its duration.
//!
//! `train` asks for every horizon; a check names what was found.

use ndarray::Array2;

use crate::models::{Dataset, Encoder, Encoding};
use crate::tables::{FeatureTable, Target};

/// The least share of a target's variance that one feature has to explain by a straight line to
/// be called its determinant: no measurement that is not the target itself reaches it.
const DETERMINES: f64 = 0.9999;
/// Fewer flights lie on a line by chance.
const MIN_FLIGHTS: usize = 10;

/// A feature that determines a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Leak {
    /// The feature's name.
    pub feature: String,
    /// The target.
    pub target: Target,
    /// The fractions at which it does, ascending.
    pub fractions: Vec<f64>,
}

/// Features of numbers that an encoder shows and that determine a target at some fraction,
/// within the pairs: by their squared correlation over all flights that last to its horizon, both
/// taken as differences from the mean of the pair.
#[must_use]
pub fn leaks(table: &FeatureTable, dataset: &Dataset, encoder: &Encoder) -> Vec<Leak> {
    let all: Vec<usize> = (0..dataset.n_flights()).collect();
    let dataset = &dataset.of(&dataset.lasting(&all, Some(encoder.horizon)));
    let x = encoder.encode(table, &dataset.rows);
    if dataset.n_flights() < MIN_FLIGHTS {
        return Vec::new();
    }
    let groups: Vec<Vec<usize>> = dataset.groups().into_values().collect();
    let targets: Vec<Vec<Vec<f64>>> =
        dataset.targets.iter().map(|matrix| standardised(matrix, &groups)).collect();
    let mut found = Vec::new();
    let mut column = 0;
    for (number, feature) in encoder.features.iter().enumerate() {
        if matches!(feature.encoding, Encoding::Number | Encoding::Difference(_)) {
            let values: Vec<f64> = x.column(column).iter().map(|v| f64::from(*v)).collect();
            // A value that is missing explains nothing.
            if values.iter().all(|value| value.is_finite()) {
                let values = &standardised_column(values, &groups);
                for (place, target) in dataset.columns.iter().enumerate() {
                    let at = (0..targets.len()).filter(|at| {
                        squared_correlation(values, &targets[*at][place]) >= DETERMINES
                    });
                    let fractions: Vec<f64> = at.map(|at| dataset.fractions[at]).collect();
                    if !fractions.is_empty() {
                        let (feature, target) = (feature.name.clone(), *target);
                        found.push(Leak { feature, target, fractions });
                    }
                }
            }
        }
        column += encoder.width_of(number);
    }
    found
}

/// The columns of a matrix, each as [`standardised_column`].
fn standardised(matrix: &Array2<f64>, groups: &[Vec<usize>]) -> Vec<Vec<f64>> {
    matrix.columns().into_iter().map(|c| standardised_column(c.to_vec(), groups)).collect()
}

/// Differences from the mean of the group, of unit length; empty if there are none.
fn standardised_column(mut values: Vec<f64>, groups: &[Vec<usize>]) -> Vec<f64> {
    let largest = values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    for group in groups {
        let mean = group.iter().map(|flight| values[*flight]).sum::<f64>() / group.len() as f64;
        group.iter().for_each(|flight| values[*flight] -= mean);
    }
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    // What is left of equal values is rounding.
    if length <= 1e-9 * largest * (values.len() as f64).sqrt() {
        return Vec::new();
    }
    values.iter_mut().for_each(|value| *value /= length);
    values
}

/// Zero where one of the two does not vary.
fn squared_correlation(one: &[f64], other: &[f64]) -> f64 {
    let product: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
    product * product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{flights, targets};
    use crate::tables::{Axis, Feature, Horizon};

    #[test]
    fn a_copy_of_a_target_is_found_and_what_only_tells_a_lot_is_not() {
        let mut table = flights(60);
        let fractions = [0.25, 0.75];
        let rows = targets(&table, &fractions, 0.1);
        let planted = rows.rows.iter().filter(|row| row.fraction == 0.75);
        table.features.push(Feature {
            name: "planted".to_owned(),
            horizon: Horizon::Departure,
            values: planted.map(|row| 3.0 - 2.0 * row.latitude_deg).collect(),
        });
        // Another pair whose flights are elsewhere altogether.
        for flight in 0..20 {
            table.origin[flight] = Some("EGLL".to_owned());
        }
        let dataset = Dataset::join(&table, &rows, Axis::Time, &fractions);
        for from_median in [true, false] {
            let learn = |horizon| Encoder::learn(&table, &dataset.rows, horizon, &[], from_median);
            let found = leaks(&table, &dataset, &learn(Horizon::WholeFlight));
            let (feature, target) = ("planted".to_owned(), Target::Latitude);
            assert_eq!(found, [Leak { feature, target, fractions: vec![0.75] }]);
            table_without(&table, &dataset, &learn(Horizon::Departure));
        }
    }

    fn table_without(table: &FeatureTable, dataset: &Dataset, encoder: &Encoder) {
        let mut table = table.clone();
        let planted = table.features.iter_mut().find(|f| f.name == "planted").unwrap();
        // A thousandth of another thing in it, and it is a measurement.
        for (flight, value) in planted.values.iter_mut().enumerate() {
            *value += 0.01 * crate::models::testing::noise(flight, 99);
        }
        assert!(leaks(&table, dataset, encoder).is_empty());
    }
}
