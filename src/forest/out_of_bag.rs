//! An *out-of-bag* prediction of a training row is the mean over the trees whose bootstrap
//! left the row out. `fitting` computes it while it still knows which ones did.

use super::ensemble::Forest;
use super::features::Features;
use super::targets::Targets;

/// Out-of-bag predictions of the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfBag {
    n_targets: usize,
    /// `(n_rows, n_targets)`; meaningless where no tree left the row out.
    predicted: Vec<f64>,
    /// `(n_rows)`: how many trees left the row out.
    n_trees: Vec<u32>,
    /// `(n_targets)`
    r2: Vec<Option<f64>>,
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

    /// The coefficient of determination of each target `(n_targets)` over the rows that some
    /// tree left out; `None` if the target is constant over them, or if there are none. The
    /// mean over targets is scikit-learn's `oob_score_` (`sklearn/ensemble/_forest.py`,
    /// `_set_oob_score_and_attributes`, and `r2_score`), which however counts rows that every
    /// tree saw as predicted to be 0.
    #[must_use]
    pub fn r2(&self) -> Vec<Option<f64>> {
        self.r2.clone()
    }

    /// The training rows that every tree saw, in order; they have no prediction.
    pub fn rows_never_left_out(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.n_rows()).filter(|&row| self.n_trees[row] == 0)
    }

    /// Predicts the training rows from the trees whose bootstrap `counts` of
    /// them are 0.
    pub(super) fn predict(
        forest: &Forest,
        features: &Features,
        targets: &Targets,
        counts: &[Vec<u32>],
    ) -> Self {
        let n_targets = forest.n_targets;
        let mut rows = vec![(0, vec![0.0; n_targets]); features.n_rows()];
        forest.for_blocks(&features.values, &mut rows, 1, |block, rows| {
            let left_out = |tree: usize, row: usize| counts[tree][block.first_row + row] == 0;
            block.for_trees_and_rows(left_out, |row, leaf| {
                let (n_trees, sums) = &mut rows[row];
                *n_trees += 1;
                for (sum, value) in sums.iter_mut().zip(forest.leaf_values(leaf)) {
                    *sum += value;
                }
            });
        });
        let n_trees: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let means = rows
            .iter()
            .flat_map(|(n_trees, sums)| sums.iter().map(|sum| sum / f64::from((*n_trees).max(1))));
        let predicted = means.collect();
        let mut result = Self { n_targets, predicted, n_trees, r2: Vec::new() };
        result.r2 = (0..n_targets).map(|target| result.r2_of(targets, target)).collect();
        result
    }

    fn r2_of(&self, targets: &Targets, target: usize) -> Option<f64> {
        let pairs = || {
            (0..self.n_rows()).filter_map(|row| {
                Some((targets.original(row as u32)[target], self.row(row)?[target]))
            })
        };
        // Distances from the first row keep the digits of targets that are far from zero.
        let (first, _) = pairs().next()?;
        let n_pairs = pairs().count() as f64;
        let mean = pairs().map(|(truth, _)| truth - first).sum::<f64>() / n_pairs;
        if pairs().all(|(truth, _)| truth == first) {
            return None;
        }
        let total: f64 = pairs().map(|(truth, _)| (truth - first - mean).powi(2)).sum();
        let error: f64 = pairs().map(|(truth, predicted)| (truth - predicted).powi(2)).sum();
        Some(1.0 - error / total)
    }
}

#[cfg(test)]
mod tests {
    use crate::forest::testing::{fit, plain_params, wavy};
    use crate::forest::{Forest, ForestParams};

    /// The forest of the first tree that `forest` has, which predicts what that tree does.
    fn single(params: &ForestParams) -> Forest {
        let (x, y) = wavy(40);
        fit(
            &x,
            &y,
            &ForestParams { n_trees: 1, bootstrap: true, out_of_bag: true, ..params.clone() },
        )
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
        let params =
            ForestParams { n_trees: 30, bootstrap: true, out_of_bag: true, ..plain_params() };
        let mut forest = fit(&x, &y, &params);
        let seen = forest.predict(x.view()).unwrap();
        let out_of_bag = forest.take_out_of_bag().unwrap();
        assert!(forest.out_of_bag().is_none());
        let error = |row: usize, predicted: f64| (predicted - y[[row, 0]]).powi(2);
        let unseen: f64 = (0..200).map(|row| error(row, out_of_bag.row(row).unwrap()[0])).sum();
        let fitted: f64 = (0..200).map(|row| error(row, seen[[row, 0]])).sum();
        assert!(unseen > 1.5 * fitted, "{unseen} {fitted}");
    }

    #[test]
    fn r2_is_over_the_rows_that_some_tree_left_out() {
        let (x, mut y) = wavy(60);
        y.column_mut(1).mapv_inplace(|value| 1.7e9 + value);
        let params =
            ForestParams { n_trees: 3, bootstrap: true, out_of_bag: true, ..plain_params() };
        let forest = fit(&x, &y, &params);
        let out_of_bag = forest.out_of_bag().unwrap();
        let never: Vec<usize> = out_of_bag.rows_never_left_out().collect();
        assert!((5..30).contains(&never.len()), "{never:?}");
        assert!((0..60).all(|row| never.contains(&row) == out_of_bag.row(row).is_none()));
        for (target, r2) in out_of_bag.r2().into_iter().enumerate() {
            let offset = [0.0, 1.7e9][target];
            let rows = (0..60).filter(|row| !never.contains(row));
            let truth = |row: usize| y[[row, target]] - offset;
            let mean = rows.clone().map(truth).sum::<f64>() / (60 - never.len()) as f64;
            let error = |row: usize| out_of_bag.row(row).unwrap()[target] - offset - truth(row);
            let errors: f64 = rows.clone().map(|row| error(row).powi(2)).sum();
            let total: f64 = rows.map(|row| (truth(row) - mean).powi(2)).sum();
            let expected = 1.0 - errors / total;
            assert!((r2.unwrap() - expected).abs() < 1e-6, "{r2:?} {expected}");
        }
    }

    #[test]
    fn a_constant_target_has_no_r2() {
        let (x, mut y) = wavy(50);
        y.column_mut(0).fill(0.1);
        let params =
            ForestParams { n_trees: 20, bootstrap: true, out_of_bag: true, ..plain_params() };
        let r2 = fit(&x, &y, &params).out_of_bag().unwrap().r2();
        assert_eq!(r2[0], None);
        assert!(r2[1].is_some_and(|r2| (0.5..1.0).contains(&r2)), "{r2:?}");
        // One row is left out by no tree, or is the only one that was.
        let one =
            fit(&x.select(ndarray::Axis(0), &[0]), &y.select(ndarray::Axis(0), &[0]), &params);
        let one = one.out_of_bag().unwrap();
        assert_eq!((one.r2(), one.rows_never_left_out().collect()), (vec![None, None], vec![0]));
    }
}
