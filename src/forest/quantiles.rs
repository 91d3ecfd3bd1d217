//! A *quantile* of a forest is one of the training targets that a row's leaves hold.
//! Users of the library call it through [`Forest::predict_quantiles`].
//!
//! Quantile regression forests: Meinshausen, *Quantile Regression Forests*, Journal of
//! Machine Learning Research 7 (2006), equations 4 to 6, with leaves as they were grown, that
//! is, with each row as often as the tree's bootstrap drew it.

use ndarray::{Array3, ArrayView2};

use super::ensemble::Forest;
use super::error::ForestError;
use super::members::Members;
use super::predict::cells;

/// How far a cumulated weight may stay below a level and count as reaching it. The weights
/// are sums of thirds, sevenths and so on, which rounding leaves some 1e-15 off.
const TOLERANCE: f64 = 1e-9;

impl Forest {
    /// Quantiles of the targets that training rows like each row of `x (n_rows, n_features)`
    /// had, NaN being missing: `(n_rows, n_targets, n_quantiles)` in the original units.
    ///
    /// Each tree spreads a weight of 1 over the training rows in the row's leaf in proportion
    /// to their bootstrap counts; the mean over trees weighs the training targets. The
    /// quantile is the smallest target, of those with some weight, whose cumulated weight
    /// reaches the level; a weight within 1e-9 below the level counts as reaching it. Level 0
    /// is thus the smallest of these targets and level 1 the largest.
    ///
    /// # Errors
    /// Refuses rows of another width than those learned from, a level outside 0 to 1, and a
    /// forest fitted without `keep_leaf_rows`.
    pub fn predict_quantiles(
        &self,
        x: ArrayView2<'_, f32>,
        levels: &[f64],
    ) -> Result<Array3<f64>, ForestError> {
        self.check_width(x.ncols())?;
        if let Some(&found) = levels.iter().find(|level| !(0.0..=1.0).contains(*level)) {
            return Err(ForestError::QuantileLevel { found });
        }
        let members = self.members.as_ref().ok_or(ForestError::NoLeafRows)?;
        let sorted = Sorted::new(&members.targets, self.n_targets);
        let x = x.as_standard_layout();
        let width = self.n_targets * levels.len();
        let mut quantiles = vec![0.0; x.nrows() * width];
        if width > 0 {
            self.for_blocks(cells(&x), &mut quantiles, width, |block, quantiles| {
                let n_trees = self.trees.len();
                let mut leaves = vec![0; block.n_rows() * n_trees];
                block.for_trees(|tree, of_rows| {
                    for (leaves, &leaf) in leaves.chunks_exact_mut(n_trees).zip(of_rows) {
                        leaves[tree] = leaf;
                    }
                });
                let mut weights = Weights::new(members);
                let rows = leaves.chunks_exact(n_trees);
                for (leaves, quantiles) in rows.zip(quantiles.chunks_exact_mut(width)) {
                    weights.collect(leaves);
                    for (target, quantiles) in quantiles.chunks_exact_mut(levels.len()).enumerate()
                    {
                        weights.quantiles(&sorted, target, levels, quantiles);
                    }
                }
            });
        }
        let shape = (x.nrows(), self.n_targets, levels.len());
        Ok(Array3::from_shape_vec(shape, quantiles).expect("there is a quantile for each cell"))
    }
}

/// The training rows in the order of each target.
struct Sorted {
    /// `(n_targets, n_rows)`: the values in ascending order.
    values: Vec<Vec<f64>>,
    /// `(n_targets, n_rows)`: where a row comes in that order.
    ranks: Vec<Vec<u32>>,
}

impl Sorted {
    fn new(targets: &[f64], n_targets: usize) -> Self {
        let n_rows = targets.len() / n_targets;
        let (mut values, mut ranks) = (Vec::new(), Vec::new());
        for target in 0..n_targets {
            let value = |row: u32| targets[row as usize * n_targets + target];
            let mut order: Vec<u32> = (0..n_rows as u32).collect();
            order.sort_unstable_by(|&a, &b| value(a).total_cmp(&value(b)).then(a.cmp(&b)));
            let mut rank = vec![0; n_rows];
            for (place, &row) in order.iter().enumerate() {
                rank[row as usize] = place as u32;
            }
            values.push(order.into_iter().map(value).collect());
            ranks.push(rank);
        }
        Self { values, ranks }
    }
}

/// The weights of the training rows for one row to predict.
struct Weights<'a> {
    members: &'a Members,
    /// By training row; 0 for most.
    by_row: Vec<f64>,
    /// The rows whose weight is not 0.
    rows: Vec<u32>,
    /// Rank and weight of these rows in the order of a target.
    ranked: Vec<(u32, f64)>,
    n_trees: f64,
}

impl<'a> Weights<'a> {
    fn new(members: &'a Members) -> Self {
        let by_row = vec![0.0; members.n_rows];
        Self { members, by_row, rows: Vec::new(), ranked: Vec::new(), n_trees: 0.0 }
    }

    /// Sums the weights that the trees give, of which each has a leaf.
    fn collect(&mut self, leaves: &[u32]) {
        for row in self.rows.drain(..) {
            self.by_row[row as usize] = 0.0;
        }
        self.n_trees = leaves.len() as f64;
        for &leaf in leaves {
            let members = self.members.by_leaf.list(leaf as usize);
            let total: f64 = members.clone().map(|(_, count)| f64::from(count)).sum();
            for (row, count) in members {
                let weight = &mut self.by_row[row as usize];
                if *weight == 0.0 {
                    self.rows.push(row);
                }
                *weight += f64::from(count) / total;
            }
        }
    }

    fn quantiles(&mut self, sorted: &Sorted, target: usize, levels: &[f64], found: &mut [f64]) {
        let ranks = &sorted.ranks[target];
        self.ranked.clear();
        self.ranked
            .extend(self.rows.iter().map(|&row| (ranks[row as usize], self.by_row[row as usize])));
        self.ranked.sort_unstable_by_key(|&(rank, _)| rank);
        let mut cumulated = 0.0;
        for (_, weight) in &mut self.ranked {
            cumulated += *weight / self.n_trees;
            *weight = cumulated;
        }
        for (found, level) in found.iter_mut().zip(levels) {
            let reached = self.ranked.partition_point(|&(_, weight)| weight < level - TOLERANCE);
            // The last weight is 1 but for rounding, far less than the tolerance.
            let (rank, _) = self.ranked[reached.min(self.ranked.len() - 1)];
            *found = sorted.values[target][rank as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::forest::ForestParams;
    use crate::forest::draw::{bootstrap_counts, stream};
    use crate::forest::members::RowLists;
    use crate::forest::testing::{fit, plain_params, wavy};

    fn keeping() -> ForestParams {
        ForestParams { keep_leaf_rows: true, ..plain_params() }
    }

    /// numpy 2.4: `np.quantile(y, levels, method="inverted_cdf")`.
    #[test]
    fn quantiles_of_one_leaf_are_those_of_numpy() {
        let x = Array2::zeros((7, 1));
        let y = array![[7.0], [-2.0], [3.0], [3.0], [11.0], [0.5], [4.0]];
        let forest = fit(&x, &y, &keeping());
        let levels = [0.0, 0.1, 0.25, 0.5, 0.6, 0.9, 1.0];
        let found = forest.predict_quantiles(array![[0.0]].view(), &levels).unwrap();
        assert_eq!(found.into_raw_vec_and_offset().0, [-2.0, -2.0, 0.5, 3.0, 4.0, 11.0, 11.0]);
    }

    /// numpy 2.4 as above with `weights=[0.125, 0, 0.35, 0, 0.3, 0.125, 0.1]`.
    #[test]
    fn weighted_quantiles_are_those_of_numpy() {
        let targets = vec![7.0, -2.0, 3.0, 3.0, 11.0, 0.5, 4.0];
        let mut by_leaf = RowLists::default();
        by_leaf.push([(0, 1), (2, 2), (5, 1)]);
        by_leaf.push([(2, 1), (4, 3), (6, 1)]);
        let sorted = Sorted::new(&targets, 1);
        let members = Members { by_leaf, targets, n_rows: 7 };
        let mut weights = Weights::new(&members);
        // Whatever was collected before is forgotten.
        weights.collect(&[1, 1, 1]);
        weights.collect(&[0, 1]);
        let levels = [0.0, 0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.9, 1.0];
        let mut found = [0.0; 10];
        weights.quantiles(&sorted, 0, &levels, &mut found);
        assert_eq!(found, [0.5, 0.5, 3.0, 3.0, 4.0, 7.0, 7.0, 11.0, 11.0, 11.0]);
    }

    #[test]
    fn a_level_that_the_weights_just_reach_is_reached() {
        // Sums of thirds and sevenths are off by rounding, to either side.
        for n_rows in [3_usize, 7, 10, 49] {
            let x = Array2::zeros((n_rows, 1));
            let y = Array2::from_shape_fn((n_rows, 1), |(row, _)| row as f64);
            let forest = fit(&x, &y, &keeping());
            let levels: Vec<f64> = (1..=n_rows).map(|row| row as f64 / n_rows as f64).collect();
            let found = forest.predict_quantiles(array![[0.0]].view(), &levels).unwrap();
            assert!(found.iter().zip(y.iter()).all(|(found, y)| found == y), "{found}");
        }
    }

    /// By the definition: for every training row the weight that each tree gives it, from the
    /// leaves in which rows end and the bootstrap counts.
    fn naive(
        forest: &Forest,
        x: &Array2<f32>,
        y: &Array2<f64>,
        counts: &[Vec<u32>],
        row: usize,
        (target, level): (usize, f64),
    ) -> f64 {
        let leaf = |tree: usize, row: usize| forest.trees[tree].leaf(&x.row(row).to_vec());
        let mut weights = vec![0.0; x.nrows()];
        for (tree, counts) in counts.iter().enumerate() {
            let together: Vec<usize> = (0..x.nrows())
                .filter(|&other| counts[other] > 0 && leaf(tree, other) == leaf(tree, row))
                .collect();
            let total: u32 = together.iter().map(|&other| counts[other]).sum();
            for other in together {
                let share = f64::from(counts[other]) / f64::from(total);
                weights[other] += share / forest.trees.len() as f64;
            }
        }
        let reaches = |value: f64| {
            let below = (0..x.nrows()).filter(|&other| y[[other, target]] <= value);
            below.map(|other| weights[other]).sum::<f64>() >= level - 1e-9
        };
        let weighty = (0..x.nrows()).filter(|&other| weights[other] > 0.0);
        let values = weighty.map(|other| y[[other, target]]).filter(|&value| reaches(value));
        values.fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn quantiles_are_those_of_the_definition() {
        let (x, y) = wavy(60);
        for min_samples_leaf in [1, 4] {
            let params =
                ForestParams { n_trees: 5, bootstrap: true, min_samples_leaf, ..keeping() };
            let forest = fit(&x, &y, &params);
            let counts: Vec<Vec<u32>> = (0..5)
                .map(|tree| bootstrap_counts(&mut stream(params.seed, 2 * tree), 60, 60))
                .collect();
            let levels = [0.0, 0.05, 0.31, 0.5, 0.77, 1.0];
            let found = forest.predict_quantiles(x.view(), &levels).unwrap();
            for ((row, target, level), &found) in found.indexed_iter() {
                let at = (target, levels[level]);
                assert_eq!(found, naive(&forest, &x, &y, &counts, row, at), "{row} {at:?}");
            }
        }
    }

    #[test]
    fn leaves_of_equal_targets_and_decoded_forests_have_quantiles_too() {
        let x = array![[0.0], [0.0], [1.0], [1.0]];
        let y = array![[5.0, 1.0], [5.0, 1.0], [2.0, 8.0], [4.0, 6.0]];
        let forest = fit(&x, &y, &keeping());
        let mut bytes = Vec::new();
        forest.encode(&mut bytes);
        for forest in [&forest, &Forest::decode(&bytes).unwrap()] {
            let found = forest.predict_quantiles(array![[0.0], [1.0]].view(), &[0.5, 0.6]).unwrap();
            let expected = array![[[5.0, 5.0], [1.0, 1.0]], [[2.0, 4.0], [6.0, 8.0]]];
            assert_eq!(found, expected);
            let none = forest.predict_quantiles(x.view(), &[]).unwrap();
            assert_eq!(none.dim(), (4, 2, 0));
        }
    }

    #[test]
    fn what_quantiles_need_is_said() {
        let (x, y) = wavy(20);
        let refusal = |params: &ForestParams, levels: &[f64]| {
            let forest = fit(&x, &y, params);
            forest.predict_quantiles(x.view(), levels).unwrap_err().to_string()
        };
        assert_eq!(refusal(&keeping(), &[0.5, 1.5]), "quantile 1.5 is not between 0 and 1");
        assert_eq!(refusal(&keeping(), &[f64::NAN]), "quantile NaN is not between 0 and 1");
        assert_eq!(
            refusal(&plain_params(), &[0.5]),
            "the forest was fitted without its leaves' training rows; fit it with \
             `keep_leaf_rows` on"
        );
        let forest = fit(&x, &y, &keeping());
        assert!(forest.predict_quantiles(x.t(), &[0.5]).is_err());
    }
}
