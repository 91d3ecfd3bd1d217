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
    /// corrected sums of squares and products*, 1962), so that targets far from zero, such as
    /// times since an epoch, keep their digits.
    ///
    /// # Errors
    /// Refuses rows of another width than those learned from.
    pub fn predict_spread(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>, ForestError> {
        self.check_width(x.ncols())?;
        let x = x.as_standard_layout();
        let n_targets = self.n_targets;
        let mut spread = vec![0.0; x.nrows() * n_targets];
        self.for_blocks(cells(&x), &mut spread, n_targets, |block, squares| {
            let mut means = vec![0.0; squares.len()];
            block.for_trees(|tree, leaves| {
                let weight = 1.0 / (tree + 1) as f64;
                let cells = means.chunks_exact_mut(n_targets);
                let cells = cells.zip(squares.chunks_exact_mut(n_targets));
                for ((means, squares), leaf) in cells.zip(leaves) {
                    let cells = means.iter_mut().zip(squares).zip(self.leaf_values(leaf));
                    for ((mean, square), value) in cells {
                        let before = value - *mean;
                        *mean += before * weight;
                        *square += before * (value - *mean);
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
