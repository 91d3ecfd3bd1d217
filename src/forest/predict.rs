//! A *prediction* of a forest is the mean over its trees of the leaf that a row ends in.
//! `models` calls it through [`Forest`].

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use super::ensemble::Forest;
use super::error::ForestError;
use super::tree::Tree;

/// Rows that one task predicts; enough to keep a tree's nodes in cache between rows.
const ROWS_PER_TASK: usize = 64;

impl Forest {
    /// The mean over trees for each row of `x (n_rows, n_features)`, NaN being missing:
    /// `(n_rows, n_targets)` in the original units.
    ///
    /// # Errors
    /// Refuses rows of another width than those learned from.
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>, ForestError> {
        self.check_width(x.ncols())?;
        let x = x.as_standard_layout();
        let cells = cells(&x);
        let mut predicted = vec![0.0; x.nrows() * self.n_targets];
        predicted
            .par_chunks_mut(ROWS_PER_TASK * self.n_targets)
            .zip(cells.par_chunks(ROWS_PER_TASK * self.n_features))
            .for_each(|(sums, rows)| self.predict_rows(rows, sums));
        Ok(matrix((x.nrows(), self.n_targets), predicted))
    }

    /// The prediction of one row `(n_features)`, NaN being missing, written to `predicted
    /// (n_targets)`: the same bits as [`predict`](Self::predict).
    ///
    /// # Errors
    /// Refuses slices of another width than the features and targets learned from.
    pub fn predict_row_into(&self, row: &[f32], predicted: &mut [f64]) -> Result<(), ForestError> {
        self.check_width(row.len())?;
        if predicted.len() != self.n_targets {
            let (expected, found) = (self.n_targets, predicted.len());
            return Err(ForestError::TargetWidth { expected, found });
        }
        self.predict_rows(row, predicted);
        Ok(())
    }

    /// The values of the leaf that a row of the right width ends in.
    pub(super) fn leaf_values(&self, tree: &Tree, row: &[f32]) -> &[f64] {
        &self.leaves[tree.leaf(row) as usize * self.n_targets..][..self.n_targets]
    }

    /// Predicts rows of the right width, row after row, into as many rows of targets. The
    /// sums over trees run in the order of the trees.
    fn predict_rows(&self, rows: &[f32], sums: &mut [f64]) {
        sums.fill(0.0);
        for tree in &self.trees {
            let rows = rows.chunks_exact(self.n_features);
            for (sums, row) in sums.chunks_exact_mut(self.n_targets).zip(rows) {
                for (sum, value) in sums.iter_mut().zip(self.leaf_values(tree, row)) {
                    *sum += value;
                }
            }
        }
        let n_trees = self.trees.len() as f64;
        for sum in sums {
            *sum /= n_trees;
        }
    }

    fn check_width(&self, found: usize) -> Result<(), ForestError> {
        let expected = self.n_features;
        if found == expected { Ok(()) } else { Err(ForestError::FeatureWidth { expected, found }) }
    }
}

/// The cells of a matrix in standard layout, row after row.
pub(super) fn cells<'a>(x: &'a CowArray<'_, f32, Ix2>) -> &'a [f32] {
    x.as_slice().expect("a matrix in standard layout is contiguous")
}

/// The matrix with these cells, row after row.
pub(super) fn matrix(shape: (usize, usize), cells: Vec<f64>) -> Array2<f64> {
    Array2::from_shape_vec(shape, cells).expect("there are as many cells as the shape has")
}
