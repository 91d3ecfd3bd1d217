//! *Coherence*: a flight that is predicted fraction by fraction must not run backwards. The
//! elapsed times and the distances of one flight are moved to the nearest ones that grow.
//!
//! `train` applies it to held-out predictions before they are scored, `predict` to what it
//! hands over.

use ndarray::Array2;

use crate::tables::Target;

/// Moves the elapsed times and the distances of every flight to the nearest that do not
/// decrease from one fraction to the next. `predicted` has a matrix `(n_flights, n_targets)`
/// for each fraction, in ascending order, and `columns` says what its columns are. Flights
/// that never run backwards, and those with a value that is not finite, stay as they are to
/// the last bit.
pub fn make_coherent(predicted: &mut [Array2<f64>], columns: &[Target]) {
    let n_flights = predicted.first().map_or(0, Array2::nrows);
    let grows = |target: &Target| matches!(target, Target::Elapsed | Target::Distance);
    for column in (0..columns.len()).filter(|column| grows(&columns[*column])) {
        for flight in 0..n_flights {
            let values: Vec<f64> = predicted.iter().map(|m| m[[flight, column]]).collect();
            let backwards = values.windows(2).any(|pair| pair[1] < pair[0]);
            if !backwards || values.iter().any(|value| !value.is_finite()) {
                continue;
            }
            for (matrix, value) in predicted.iter_mut().zip(ascending(&values)) {
                matrix[[flight, column]] = value;
            }
        }
    }
}

/// The values that do not decrease and are nearest to `values` in the sum of squares: each
/// run of values that go down is replaced by its mean, and so are runs of such means (pool
/// adjacent violators; Barlow, Bartholomew, Bremner and Brunk, *Statistical Inference under
/// Order Restrictions*, 1972, chapter 1). As many values as there were; they must be finite.
#[must_use]
pub fn ascending(values: &[f64]) -> Vec<f64> {
    // Blocks of neighbours with one mean: its value and how many they are.
    let mut blocks: Vec<(f64, usize)> = Vec::with_capacity(values.len());
    for &value in values {
        let mut block = (value, 1);
        while let Some(&(mean, n)) = blocks.last() {
            if mean <= block.0 {
                break;
            }
            blocks.pop();
            let all = n + block.1;
            // From one mean towards the other, so that rounding never leaves the two.
            block = (mean + (block.0 - mean) * (block.1 as f64 / all as f64), all);
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(mean, n)| std::iter::repeat_n(mean, n)).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_step_back_is_shared_by_its_neighbours() {
        assert_eq!(ascending(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(ascending(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
        // The mean of the last two lies below the first, and takes it in.
        assert_eq!(ascending(&[4.0, 5.0, 0.0]), [3.0, 3.0, 3.0]);
        assert_eq!(ascending(&[]), Vec::<f64>::new());
    }

    #[test]
    fn times_and_distances_grow_and_nothing_else_is_touched() {
        use Target::{Distance, Elapsed, Latitude, Longitude};
        let columns = [Longitude, Latitude, Elapsed, Distance];
        let mut predicted = vec![
            array![[5.0, 50.0, 100.0, 10.0], [1.0, 2.0, 0.1, 0.2], [0.0, 0.0, 9.0, 9.0]],
            array![[4.0, 49.0, 300.0, 40.0], [0.0, 1.0, 0.3, 0.7], [0.0, 0.0, f64::NAN, 8.0]],
            array![[3.0, 48.0, 200.0, 20.0], [-1.0, 0.0, 0.4, 0.9], [0.0, 0.0, 1.0, 7.0]],
        ];
        let before = predicted.clone();
        make_coherent(&mut predicted, &columns);
        let of = |flight: usize, column: usize| {
            predicted.iter().map(|m| m[[flight, column]]).collect::<Vec<f64>>()
        };
        assert_eq!((of(0, 2), of(0, 3)), (vec![100.0, 250.0, 250.0], vec![10.0, 30.0, 30.0]));
        assert_eq!((of(0, 0), of(0, 1)), (vec![5.0, 4.0, 3.0], vec![50.0, 49.0, 48.0]));
        assert!(predicted.iter().zip(&before).all(|(a, b)| a.row(1) == b.row(1)));
        assert_eq!((of(2, 2)[0], of(2, 2)[2], of(2, 3)), (9.0, 1.0, vec![8.0; 3]));
        make_coherent(&mut [], &columns);
    }

    proptest! {
        #[test]
        fn what_is_found_ascends_keeps_the_mean_and_is_not_improved_by_a_nudge(
            values in proptest::collection::vec(-100.0..100.0_f64, 1..12), nudge in -1.0..1.0_f64,
        ) {
            let found = ascending(&values);
            prop_assert_eq!(found.len(), values.len());
            prop_assert!(found.is_sorted());
            let total = |of: &[f64]| of.iter().sum::<f64>();
            prop_assert!((total(&found) - total(&values)).abs() < 1e-9);
            let squares = |of: &[f64]| -> f64 {
                of.iter().zip(&values).map(|(a, b)| (a - b) * (a - b)).sum()
            };
            for first in 0..values.len() {
                // Whole tails and single values moved, where the order allows.
                for last in first..values.len() {
                    let mut other = found.clone();
                    other[first..=last].iter_mut().for_each(|value| *value += nudge);
                    if other.is_sorted() {
                        prop_assert!(squares(&found) <= squares(&other) + 1e-9);
                    }
                }
            }
            prop_assert_eq!(ascending(&found), found);
        }
    }
}
