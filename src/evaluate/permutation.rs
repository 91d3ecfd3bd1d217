//! *Permutation* measures how much a model needs a feature: by how much its error on held-out
//! flights grows when the feature's values are dealt to other flights (Breiman 2001; as
//! scikit-learn's `permutation_importance`, `sklearn/inspection/_permutation_importance.py`,
//! version 1.9).
//!
//! `train` calls it; what predicts is handed in, so that it knows matrices only.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::shuffle::shuffle;
use crate::flight::unwrap_longitude;
use crate::tables::Target;

/// The flights that importances are measured on.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// What the model sees of them, `(n_flights, n_columns)`.
    pub x: ArrayView2<'a, f32>,
    /// Their targets `(n_flights, n_targets)`: degrees, metres, seconds.
    pub truth: ArrayView2<'a, f64>,
    /// What the columns of `truth` are.
    pub targets: &'a [Target],
    /// Each target's standard deviation over the training flights, as they are learnt, in its
    /// unit. A target that does not vary (0) has no importances and counts in no mean.
    pub scales: &'a [f64],
}

/// How often, and by which draws, columns are permuted.
#[derive(Clone, Copy)]
pub struct Permutations<'a> {
    /// The columns of each group, which all move together.
    pub groups: &'a [Vec<usize>],
    /// How often each group is permuted; at least 1.
    pub repeats: usize,
    /// The seed of a group's repeat, both by number.
    pub seed: &'a (dyn Fn(usize, usize) -> u64 + Sync),
}

/// What predicts the flights `(n_flights, n_targets)` with some columns exchanged.
pub type Predict<'a, E> = &'a (dyn Fn(&[(usize, &[f32])]) -> Result<Array2<f64>, E> + Sync);

/// An importance over repeats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Permuted {
    /// The mean increase of the loss, in variances of the target among the training flights:
    /// 1 is as much as knowing nothing costs. Below 0 where the model does better without.
    pub importance: f64,
    /// The standard deviation over repeats, dividing by their number (`ddof` 0), which is
    /// scikit-learn's `importances_std`; none of a single repeat. The standard error of
    /// `importance` is it over the root of the number of repeats less 1. It tells how much
    /// other permutations of these flights would change, not other flights or other forests.
    pub std: Option<f64>,
}

/// The importance of a group of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupImportance {
    /// The mean over the targets that vary; none if none does.
    pub overall: Option<Permuted>,
    /// By target; none where the target does not vary.
    pub by_target: Vec<Option<Permuted>>,
}

/// The importance of each group: the mean squared error of standardised targets when the
/// group's columns are permuted, less that when they are not. Nothing without flights. The
/// same at any number of threads.
///
/// # Errors
/// What `predict` returns.
pub fn permutation_importances<E: Send>(
    predict: Predict<'_, E>,
    judged: Judged<'_>,
    permutations: Permutations<'_>,
) -> Result<Vec<GroupImportance>, E> {
    let Permutations { groups, repeats, seed } = permutations;
    if judged.x.nrows() == 0 {
        return Ok(Vec::new());
    }
    let usual = losses(judged, predict(&[])?.view());
    let increases = |group: usize, repeat: usize| {
        let mut order: Vec<usize> = (0..judged.x.nrows()).collect();
        shuffle(&mut order, seed(group, repeat));
        let permuted = groups[group].iter().map(|column| {
            let values = judged.x.column(*column);
            (*column, order.iter().map(|row| values[*row]).collect())
        });
        let permuted: Vec<(usize, Vec<f32>)> = permuted.collect();
        let exchanged: Vec<(usize, &[f32])> =
            permuted.iter().map(|(column, values)| (*column, values.as_slice())).collect();
        let losses = losses(judged, predict(&exchanged)?.view());
        let pairs = losses.into_iter().zip(&usual);
        Ok(pairs.map(|(loss, usual)| Some(loss? - (*usual)?)).collect())
    };
    let jobs: Vec<(usize, usize)> =
        (0..groups.len()).flat_map(|group| (0..repeats).map(move |at| (group, at))).collect();
    let found: Vec<Vec<Option<f64>>> = jobs
        .par_iter()
        .map(|(group, repeat)| increases(*group, *repeat))
        .collect::<Result<_, E>>()?;
    Ok(found.chunks(repeats.max(1)).map(|of_group| summary(of_group, usual.len())).collect())
}

/// The mean squared error of each target that varies, in its variances.
fn losses(judged: Judged<'_>, predicted: ArrayView2<'_, f64>) -> Vec<Option<f64>> {
    let loss = |(at, scale): (usize, &f64)| {
        let columns = predicted.column(at).into_iter().zip(judged.truth.column(at));
        let error = |(predicted, truth): (&f64, &f64)| match judged.targets[at] {
            // The short way round.
            Target::Longitude => unwrap_longitude(predicted - truth, 0.0),
            _ => predicted - truth,
        };
        let sum: f64 = columns.map(|pair| (error(pair) / scale).powi(2)).sum();
        (*scale > 0.0).then_some(sum / judged.truth.nrows() as f64)
    };
    judged.scales.iter().enumerate().map(loss).collect()
}

/// Condenses the increases by repeat and target.
fn summary(of_group: &[Vec<Option<f64>>], n_targets: usize) -> GroupImportance {
    let target = |at: usize| of_group.iter().map(|repeat| repeat[at]).collect::<Option<Vec<_>>>();
    let mean = |repeat: &Vec<Option<f64>>| {
        let known: Vec<f64> = repeat.iter().copied().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let overall = of_group.iter().map(mean).collect::<Option<Vec<_>>>();
    GroupImportance {
        overall: overall.and_then(|repeats| spread(&repeats)),
        by_target: (0..n_targets).map(|at| spread(&target(at)?)).collect(),
    }
}

fn spread(repeats: &[f64]) -> Option<Permuted> {
    let n = repeats.len() as f64;
    let importance = repeats.iter().sum::<f64>() / n;
    let squares: f64 = repeats.iter().map(|value| (value - importance).powi(2)).sum();
    let std = (repeats.len() > 1).then_some((squares / n).sqrt());
    importance.is_finite().then_some(Permuted { importance, std })
}

/// The standard deviation of each column `(n_rows, n_columns)`, dividing by the number of
/// rows; exactly 0 where all are equal.
#[must_use]
pub fn deviations(matrix: ArrayView2<'_, f64>) -> Vec<f64> {
    let n = matrix.nrows() as f64;
    let deviation = |column: ndarray::ArrayView1<'_, f64>| {
        let first = *column.first()?;
        // From the first value, so that equal ones differ by nothing.
        let mean = column.iter().map(|value| value - first).sum::<f64>() / n;
        let squares: f64 = column.iter().map(|value| (value - first - mean).powi(2)).sum();
        Some((squares / n).sqrt())
    };
    matrix.columns().into_iter().map(|column| deviation(column).unwrap_or(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use ndarray::{Array2, array};

    use super::*;

    /// Flights whose first target is twice the first column and whose second is the product of
    /// the second and third; the last column is no part of anything.
    fn flights(n: usize) -> (Array2<f32>, Array2<f64>) {
        let x = Array2::from_shape_fn((n, 4), |(row, column)| {
            (row * [7, 3, 1, 5][column] % [11, 2, 2, 13][column]) as f32
        });
        let y = predict(&x);
        (x, y)
    }

    fn predict(x: &Array2<f32>) -> Array2<f64> {
        Array2::from_shape_fn((x.nrows(), 3), |(row, target)| {
            let cell = |column| f64::from(x[[row, column]]);
            [2.0 * cell(0), cell(1) * cell(2), 5.0][target]
        })
    }

    const TARGETS: [Target; 3] = [Target::Latitude, Target::Elapsed, Target::Distance];

    fn measured(n: usize, repeats: usize, groups: &[Vec<usize>]) -> Vec<GroupImportance> {
        let (x, y) = flights(n);
        let scales = deviations(y.view());
        let predict = |exchanged: &[(usize, &[f32])]| {
            let mut x = x.clone();
            for (column, values) in exchanged {
                x.column_mut(*column).assign(&ndarray::ArrayView1::from(*values));
            }
            Ok::<_, Infallible>(predict(&x))
        };
        let judged = Judged { x: x.view(), truth: y.view(), targets: &TARGETS, scales: &scales };
        let seed = |group: usize, repeat: usize| (100 * group + repeat) as u64;
        let permutations = Permutations { groups, repeats, seed: &seed };
        permutation_importances(&predict, judged, permutations).unwrap()
    }

    #[test]
    fn a_target_of_one_feature_costs_two_variances_without_it() {
        let found = measured(2000, 5, &[vec![0], vec![3], vec![1, 2]]);
        let of = |group: usize, target: usize| found[group].by_target[target];
        // Truth and prediction are then two independent draws of the same target.
        let first = of(0, 0).unwrap();
        assert!((first.importance - 2.0).abs() < 0.15, "{first:?}");
        assert!(first.std.unwrap() > 0.0 && first.std.unwrap() < 0.2);
        assert_eq!(of(0, 1).unwrap(), Permuted { importance: 0.0, std: Some(0.0) });
        assert_eq!(found[1].overall.unwrap(), Permuted { importance: 0.0, std: Some(0.0) });
        // The last target does not vary: it has no row and is no part of the mean.
        assert!(found.iter().all(|group| group.by_target[2].is_none()));
        let overall = found[0].overall.unwrap().importance;
        assert!((overall - first.importance / 2.0).abs() < 1e-12);
    }

    #[test]
    fn columns_of_a_group_move_together() {
        let (x, y) = flights(60);
        let scales = deviations(y.view());
        let together = |exchanged: &[(usize, &[f32])]| {
            if let [(1, first), (2, second)] = exchanged {
                let pairs = |a: &[f32], b: &[f32]| {
                    let mut pairs: Vec<(i64, i64)> =
                        a.iter().zip(b).map(|(a, b)| (*a as i64, *b as i64)).collect();
                    pairs.sort_unstable();
                    pairs
                };
                let columns = [1, 2].map(|column| x.column(column).to_vec());
                assert_eq!(pairs(first, second), pairs(&columns[0], &columns[1]));
                assert_ne!(*first, columns[0].as_slice());
            } else {
                assert!(exchanged.is_empty());
            }
            Ok::<_, Infallible>(y.clone())
        };
        let judged = Judged { x: x.view(), truth: y.view(), targets: &TARGETS, scales: &scales };
        let permutations =
            Permutations { groups: &[vec![1, 2]], repeats: 3, seed: &|_, repeat| repeat as u64 };
        let found = permutation_importances(&together, judged, permutations).unwrap();
        assert_eq!(found[0].overall.unwrap().importance, 0.0);
    }

    #[test]
    fn one_repeat_has_no_spread_and_no_flights_have_no_importance() {
        let one = measured(50, 1, &[vec![0]]);
        assert_eq!(one[0].overall.unwrap().std, None);
        assert!(measured(0, 5, &[vec![0]]).is_empty());
    }

    #[test]
    fn the_spread_is_numpys_and_longitudes_are_compared_the_short_way() {
        let spread = spread(&[1.0, 2.0, 6.0]).unwrap();
        assert_eq!(spread.importance, 3.0);
        assert!((spread.std.unwrap() - (14.0_f64 / 3.0).sqrt()).abs() < 1e-15);
        let (x, truth) = (array![[0.0_f32]], array![[179.0]]);
        let judged = Judged {
            x: x.view(),
            truth: truth.view(),
            targets: &[Target::Longitude],
            scales: &[2.0],
        };
        assert_eq!(losses(judged, array![[-179.0]].view()), [Some(1.0)]);
        assert_eq!(deviations(array![[0.1, 1.0], [0.1, 3.0], [0.1, 5.0]].view())[0], 0.0);
    }
}
