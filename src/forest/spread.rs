//! A *spread* is how much the trees of a forest disagree about a row.
//! Users of the library call it through [`Forest::predict_spread`].

use ndarray::{Array2, ArrayView2};

use super::ensemble::Forest;
use super::error::ForestError;
use super::predict::{cells, matrix};

impl Forest {
    /// The standard deviation over trees of their predictions (population: divided by the
    /// number of trees) for each row of `x (n_rows, n_features)`, NaN being missing:
    /// `(n_rows, n_targets)` in the original units; 0 for a forest of one tree. It says how
    /// unsure the forest is of the mean that it predicts, not how far the truth may be off:
    /// see [`predict_quantiles`](Self::predict_quantiles) for that.
    ///
    /// Squares of distances from a running mean (Welford, *Note on a method for calculating
    /// corrected sums of squares and products*, 1962), of what the first tree does not
    /// predict, so that targets far from zero, such as times since an epoch, keep their digits.
    ///
    /// # Errors
    /// Refuses rows of another width than those learned from.
    pub fn predict_spread(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>, ForestError> {
        self.check_width(x.ncols())?;
        let x = x.as_standard_layout();
        let n_targets = self.n_targets;
        let mut spread = vec![0.0; x.nrows() * n_targets];
        self.for_blocks(cells(&x), &mut spread, n_targets, |block, squares| {
            let mut firsts = vec![0.0; squares.len()];
            let mut means = vec![0.0; squares.len()];
            block.for_trees(|tree, leaves| {
                let weight = 1.0 / (tree + 1) as f64;
                for (row, &leaf) in leaves.iter().enumerate() {
                    for (target, value) in self.leaf_values(leaf).iter().enumerate() {
                        let cell = row * n_targets + target;
                        if tree == 0 {
                            firsts[cell] = *value;
                        }
                        let distance = value - firsts[cell];
                        let before = distance - means[cell];
                        means[cell] += before * weight;
                        squares[cell] += before * (distance - means[cell]);
                    }
                }
            });
            self.divide(squares);
            for square in squares {
                *square = square.sqrt();
            }
        });
        Ok(matrix((x.nrows(), n_targets), spread))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use crate::forest::testing::{fit, plain_params, wavy};
    use crate::forest::{Forest, ForestParams};

    /// The forests of the single trees of a forest.
    fn singles(forest: &Forest) -> Vec<Forest> {
        let single = |tree| Forest { trees: vec![tree], ..forest.clone() };
        forest.trees.iter().cloned().map(single).collect()
    }

    #[test]
    fn the_spread_of_known_predictions_is_theirs() {
        let (x, y) = (array![[0.0_f32], [1.0]], array![[2.0], [6.0]]);
        let forest = fit(&x, &y, &ForestParams { n_trees: 3, bootstrap: true, ..plain_params() });
        for row in x.outer_iter() {
            let row = row.insert_axis(ndarray::Axis(0));
            let predictions = singles(&forest)
                .iter()
                .map(|f| f.predict(row).unwrap()[[0, 0]])
                .collect::<Vec<_>>();
            // Of three numbers that are 2 or 6: sqrt(2)/3 times 4, unless all are the same.
            let differ = predictions.iter().any(|&value| value != predictions[0]);
            let expected = if differ { 4.0 * 2.0_f64.sqrt() / 3.0 } else { 0.0 };
            let found = forest.predict_spread(row).unwrap()[[0, 0]];
            assert!((found - expected).abs() < 1e-15, "{found} {expected} {predictions:?}");
        }
    }

    #[test]
    fn the_spread_is_that_of_the_trees_even_far_from_zero() {
        let (x, mut y) = wavy(150);
        y.column_mut(1).mapv_inplace(|value| 1.7e9 + value);
        let forest = fit(&x, &y, &ForestParams { n_trees: 12, bootstrap: true, ..plain_params() });
        let trees: Vec<Array2<f64>> =
            singles(&forest).iter().map(|forest| forest.predict(x.view()).unwrap()).collect();
        let spread = forest.predict_spread(x.view()).unwrap();
        for ((row, target), &found) in spread.indexed_iter() {
            // Exact distances, since numbers near 1.7e9 differ by whole multiples of 2^-22.
            let distances = trees.iter().map(|tree| tree[[row, target]] - trees[0][[row, target]]);
            let mean = distances.clone().sum::<f64>() / 12.0;
            let squares: f64 = distances.map(|distance| (distance - mean).powi(2)).sum();
            let expected = (squares / 12.0).sqrt();
            assert!((found - expected).abs() <= 1e-9 * expected, "{found} {expected}");
        }
        assert!(spread.iter().any(|&spread| spread > 0.0));
    }

    #[test]
    fn one_tree_agrees_with_itself() {
        let (x, y) = wavy(100);
        let forest = fit(&x, &y, &ForestParams { n_trees: 1, ..plain_params() });
        assert!(forest.predict_spread(x.view()).unwrap().iter().all(|&spread| spread == 0.0));
        assert!(forest.predict_spread(x.t()).is_err());
    }
}
