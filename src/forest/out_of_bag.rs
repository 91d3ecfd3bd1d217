//! An *out-of-bag* prediction of a training row is the mean over the trees whose bootstrap
//! left the row out. `ensemble` computes it while it still knows which ones did.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::ensemble::Forest;
use super::predict::cells;

/// Out-of-bag predictions of the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfBag {
    n_targets: usize,
    /// `(n_rows, n_targets)`; meaningless where no tree left the row out.
    predicted: Vec<f64>,
    /// `(n_rows)`: how many trees left the row out.
    n_trees: Vec<u32>,
}

impl OutOfBag {
    /// Number of training rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_trees.len()
    }

    /// The prediction `(n_targets)` of a training row in the original units; `None` if every
    /// tree saw the row, or if there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> Option<&[f64]> {
        let n_trees = self.n_trees.get(row)?;
        (*n_trees > 0).then(|| &self.predicted[row * self.n_targets..][..self.n_targets])
    }

    /// How many trees left a training row out; 0 if there is no such row.
    #[must_use]
    pub fn n_trees(&self, row: usize) -> u32 {
        self.n_trees.get(row).copied().unwrap_or(0)
    }

    /// Predicts training rows `x` from the trees whose bootstrap `counts` of them are 0.
    pub(super) fn predict(forest: &Forest, x: ArrayView2<'_, f32>, counts: &[Vec<u32>]) -> Self {
        let n_targets = forest.n_targets;
        let x = x.as_standard_layout();
        let mut predicted = vec![0.0; x.nrows() * n_targets];
        let mut n_trees = vec![0; x.nrows()];
        predicted
            .par_chunks_mut(n_targets)
            .zip(&mut n_trees)
            .zip(cells(&x).par_chunks(forest.n_features))
            .enumerate()
            .for_each(|(place, ((sums, n_trees), row))| {
                for (tree, counts) in forest.trees.iter().zip(counts) {
                    if counts[place] == 0 {
                        *n_trees += 1;
                        for (sum, value) in sums.iter_mut().zip(forest.leaf_values(tree, row)) {
                            *sum += value;
                        }
                    }
                }
                if *n_trees > 0 {
                    for sum in sums {
                        *sum /= f64::from(*n_trees);
                    }
                }
            });
        Self { n_targets, predicted, n_trees }
    }
}

#[cfg(test)]
mod tests {
    use crate::forest::testing::{fit, plain_params, wavy};
    use crate::forest::{Forest, ForestParams};

    /// The forest of the first tree that `forest` has, which predicts what that tree does.
    fn single(params: &ForestParams) -> Forest {
        let (x, y) = wavy(40);
        fit(&x, &y, &ForestParams { n_trees: 1, bootstrap: true, ..params.clone() })
    }

    #[test]
    fn one_tree_predicts_just_the_rows_it_left_out() {
        let (x, _) = wavy(40);
        let forest = single(&plain_params());
        let out_of_bag = forest.out_of_bag().unwrap();
        let predicted = forest.predict(x.view()).unwrap();
        let left_out: Vec<usize> = (0..40).filter(|&row| out_of_bag.n_trees(row) == 1).collect();
        assert!((8..22).contains(&left_out.len()), "{left_out:?}");
        for row in 0..40 {
            let expected = left_out.contains(&row).then(|| predicted.row(row).to_vec());
            assert_eq!(out_of_bag.row(row).map(<[f64]>::to_vec), expected);
        }
        assert_eq!((out_of_bag.n_rows(), out_of_bag.row(40)), (40, None));
    }

    #[test]
    fn without_bootstrap_there_is_nothing_out_of_the_bag() {
        let (x, y) = wavy(20);
        assert!(fit(&x, &y, &plain_params()).out_of_bag().is_none());
    }

    #[test]
    fn out_of_bag_errors_exceed_those_on_rows_that_were_seen() {
        let (x, y) = wavy(200);
        let params = ForestParams { n_trees: 30, bootstrap: true, ..plain_params() };
        let mut forest = fit(&x, &y, &params);
        let seen = forest.predict(x.view()).unwrap();
        let out_of_bag = forest.take_out_of_bag().unwrap();
        assert!(forest.out_of_bag().is_none());
        let error = |row: usize, predicted: f64| (predicted - y[[row, 0]]).powi(2);
        let unseen: f64 = (0..200).map(|row| error(row, out_of_bag.row(row).unwrap()[0])).sum();
        let fitted: f64 = (0..200).map(|row| error(row, seen[[row, 0]])).sum();
        assert!(unseen > 1.5 * fitted, "{unseen} {fitted}");
    }
}
