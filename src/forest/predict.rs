//! A *prediction* of a forest is the mean over its trees of the leaf that a row ends in.
//! `models` calls it through [`Forest`]; `spread`, `quantiles`, `columns` and `out_of_bag`
//! reuse its blocks.
//!
//! A task takes a block of rows through all trees, tree after tree, so that a tree's nodes
//! and the block stay in cache. Each row's sums run over the trees in their order, whatever
//! the blocks are: neither the number of threads nor the neighbours of a row change a bit.

use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use super::ensemble::Forest;
use super::error::ForestError;
use super::tree::Tree;
use super::walk::{Block, Steps};

/// Most rows of a block: with 115 features they take a quarter of a common second-level cache.
const LARGEST_BLOCK: usize = 512;
/// Fewest rows of a block. Below this many rows, laying out the trees does not pay either.
const SMALLEST_BLOCK: usize = 64;

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
        let n_targets = self.n_targets;
        let mut predicted = vec![0.0; x.nrows() * n_targets];
        if x.nrows() < SMALLEST_BLOCK {
            let rows = cells.par_chunks_exact(self.n_features);
            let sums = predicted.par_chunks_exact_mut(n_targets);
            rows.zip(sums).for_each(|(row, sums)| self.predict_row(row, sums));
        } else {
            self.for_blocks(cells, &mut predicted, n_targets, |block, sums| {
                block.for_trees(|_, leaves| self.add_leaves(leaves, sums));
                self.divide(sums);
            });
        }
        Ok(matrix((x.nrows(), n_targets), predicted))
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
        self.predict_row(row, predicted);
        Ok(())
    }

    fn predict_row(&self, row: &[f32], sums: &mut [f64]) {
        sums.fill(0.0);
        self.for_leaves_of_row(row, |_, leaf| {
            for (sum, value) in sums.iter_mut().zip(self.leaf_values(leaf)) {
                *sum += value;
            }
        });
        self.divide(sums);
    }

    /// Calls `visit` with every tree and the leaf in which a row ends there, in the order of
    /// the trees.
    pub(super) fn for_leaves_of_row(&self, row: &[f32], mut visit: impl FnMut(usize, u32)) {
        // One row cannot go down one tree in lockstep with others, but down several trees.
        let mut first = 0;
        for trees in self.trees.chunks(Tree::LANES) {
            let lanes = std::array::from_fn(|lane| &trees[lane.min(trees.len() - 1)]);
            for (lane, leaf) in Tree::leaves_of_row(lanes, row).into_iter().enumerate() {
                if lane < trees.len() {
                    visit(first + lane, leaf);
                }
            }
            first += trees.len();
        }
    }

    /// The values `(n_targets)` of a leaf.
    #[inline]
    pub(super) fn leaf_values(&self, leaf: u32) -> &[f64] {
        &self.leaves[leaf as usize * self.n_targets..][..self.n_targets]
    }

    /// Adds the values of one leaf to the sums of each row.
    pub(super) fn add_leaves(&self, leaves: &[u32], sums: &mut [f64]) {
        // A loop of known length is a few instructions, of unknown length many.
        match self.n_targets {
            1 => self.add_leaves_of::<1>(leaves, sums),
            2 => self.add_leaves_of::<2>(leaves, sums),
            3 => self.add_leaves_of::<3>(leaves, sums),
            4 => self.add_leaves_of::<4>(leaves, sums),
            5 => self.add_leaves_of::<5>(leaves, sums),
            6 => self.add_leaves_of::<6>(leaves, sums),
            _ => {
                for (sums, &leaf) in sums.chunks_exact_mut(self.n_targets).zip(leaves) {
                    for (sum, value) in sums.iter_mut().zip(self.leaf_values(leaf)) {
                        *sum += value;
                    }
                }
            }
        }
    }

    fn add_leaves_of<const N: usize>(&self, leaves: &[u32], sums: &mut [f64]) {
        let (table, _) = self.leaves.as_chunks::<N>();
        let (sums, _) = sums.as_chunks_mut::<N>();
        for (sums, &leaf) in sums.iter_mut().zip(leaves) {
            for (sum, value) in sums.iter_mut().zip(&table[leaf as usize]) {
                *sum += value;
            }
        }
    }

    /// Turns sums over all trees into means.
    pub(super) fn divide(&self, sums: &mut [f64]) {
        let n_trees = self.trees.len() as f64;
        for sum in sums {
            *sum /= n_trees;
        }
    }

    /// Cuts rows into blocks and calls `task` for each, in parallel, with its walks and its
    /// share of `results`, of which a row has `width`.
    pub(super) fn for_blocks<T: Send>(
        &self,
        cells: &[f32],
        results: &mut [T],
        width: usize,
        task: impl Fn(Walks<'_>, &mut [T]) + Sync,
    ) {
        let n_features = self.n_features;
        let missing = any_missing(cells);
        let trees = self.layouts(missing);
        let size = block_size(cells.len() / n_features);
        results
            .par_chunks_mut(size * width)
            .zip(cells.par_chunks(size * n_features))
            .enumerate()
            .for_each(|(place, (results, cells))| {
                let block = Block::new(cells, n_features, missing);
                task(Walks { first_row: place * size, block, trees: &trees }, results);
            });
    }

    /// The trees laid out for walking.
    pub(super) fn layouts(&self, missing: bool) -> Vec<Steps> {
        self.trees.par_iter().map(|tree| Steps::new(tree, self.n_features, missing)).collect()
    }

    pub(super) fn check_width(&self, found: usize) -> Result<(), ForestError> {
        let expected = self.n_features;
        if found == expected { Ok(()) } else { Err(ForestError::FeatureWidth { expected, found }) }
    }
}

/// A block of rows, about to walk down all trees.
pub(super) struct Walks<'a> {
    /// Place of the block's first row among all rows.
    pub(super) first_row: usize,
    block: Block,
    trees: &'a [Steps],
}

impl Walks<'_> {
    pub(super) fn n_rows(&self) -> usize {
        self.block.n_rows()
    }

    /// Calls `visit` with every tree, in order, and the leaves of the rows there.
    pub(super) fn for_trees(&self, mut visit: impl FnMut(usize, &[u32])) {
        let mut at = vec![0; self.n_rows()];
        let mut active = Vec::with_capacity(self.n_rows());
        for (place, tree) in self.trees.iter().enumerate() {
            at.fill(0);
            active.extend(0..self.n_rows() as u32);
            tree.walk(&self.block, &mut active, &mut at);
            tree.look_up_leaves(&mut at);
            visit(place, &at);
        }
    }

    /// As [`for_trees`](Self::for_trees), for the rows of the block that `selects` wants in a
    /// tree; they come in order.
    pub(super) fn for_trees_and_rows(
        &self,
        selects: impl Fn(usize, usize) -> bool,
        mut visit: impl FnMut(usize, u32),
    ) {
        let mut at = vec![0; self.n_rows()];
        let (mut active, mut selected) = (Vec::new(), Vec::new());
        for (place, tree) in self.trees.iter().enumerate() {
            at.fill(0);
            selected.clear();
            selected.extend((0..self.n_rows() as u32).filter(|&row| selects(place, row as usize)));
            active.extend_from_slice(&selected);
            tree.walk(&self.block, &mut active, &mut at);
            tree.look_up_leaves(&mut at);
            for &row in &selected {
                visit(row as usize, at[row as usize]);
            }
        }
    }
}

/// Whether a cell is missing.
pub(super) fn any_missing(cells: &[f32]) -> bool {
    // Cells are looked at without asking after each of them whether it was the one.
    let among = |cells: &[f32]| cells.iter().fold(false, |any, cell| any | cell.is_nan());
    cells.par_chunks(1 << 14).any(among)
}

/// Rows of a block: few enough that every thread gets several blocks.
pub(super) fn block_size(n_rows: usize) -> usize {
    (n_rows / (4 * rayon::current_num_threads())).clamp(SMALLEST_BLOCK, LARGEST_BLOCK)
}

/// The cells of a matrix in standard layout, row after row.
pub(super) fn cells<'a>(x: &'a CowArray<'_, f32, Ix2>) -> &'a [f32] {
    x.as_slice().expect("a matrix in standard layout is contiguous")
}

/// The matrix with these cells, row after row.
pub(super) fn matrix(shape: (usize, usize), cells: Vec<f64>) -> Array2<f64> {
    Array2::from_shape_vec(shape, cells).expect("there are as many cells as the shape has")
}

#[cfg(test)]
mod tests {
    use rayon::ThreadPoolBuilder;

    use super::*;
    use crate::forest::ForestParams;
    use crate::forest::testing::{fit, plain_params, wavy};

    #[test]
    fn a_prediction_is_the_mean_over_trees_in_their_order() {
        let (x, y) = wavy(700);
        // More targets than there are loops of known length.
        let wide = Array2::from_shape_fn((700, 8), |(row, target)| {
            y[[row, target % 2]] * (1.0 + target as f64)
        });
        for y in [y, wide] {
            let params = ForestParams { n_trees: 11, bootstrap: true, ..plain_params() };
            let forest = fit(&x, &y, &params);
            let predicted = forest.predict(x.view()).unwrap();
            for (row, predicted) in x.outer_iter().zip(predicted.outer_iter()) {
                let row = row.to_vec();
                for (target, &predicted) in predicted.iter().enumerate() {
                    let value = |tree: &Tree| forest.leaf_values(tree.leaf(&row))[target];
                    let sum = forest.trees.iter().fold(0.0, |sum, tree| sum + value(tree));
                    assert_eq!(predicted, sum / 11.0);
                }
            }
        }
    }

    #[test]
    fn neither_threads_nor_neighbours_change_a_bit() {
        let (mut x, y) = wavy(2_000);
        x.iter_mut().step_by(17).for_each(|value| *value = f32::NAN);
        let params = ForestParams {
            n_trees: 10,
            bootstrap: true,
            keep_leaf_rows: true,
            min_samples_leaf: 3,
            ..plain_params()
        };
        let forest = fit(&x, &y, &params);
        let all = [1, 2, 8].map(|n_threads| {
            let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| {
                (
                    forest.predict(x.view()).unwrap(),
                    forest.predict_spread(x.view()).unwrap(),
                    forest.predict_quantiles(x.view(), &[0.1, 0.9]).unwrap(),
                    forest.permutable(x.view()).unwrap().predict_with(1, &[0.5; 2_000]).unwrap(),
                )
            })
        });
        assert!(all[0] == all[1] && all[0] == all[2]);
        let mut alone = [0.0; 2];
        for (n_rows, first) in [(1, 1_999), (5, 30), (63, 400), (64, 64), (77, 1_000)] {
            let rows: Vec<usize> = (first..first + n_rows).collect();
            let few = x.select(ndarray::Axis(0), &rows);
            assert_eq!(
                forest.predict(few.view()).unwrap(),
                all[0].0.select(ndarray::Axis(0), &rows)
            );
            assert_eq!(
                forest.predict_spread(few.view()).unwrap(),
                all[0].1.select(ndarray::Axis(0), &rows)
            );
            forest.predict_row_into(&few.row(0).to_vec(), &mut alone).unwrap();
            assert_eq!(all[0].0.row(first).to_vec(), alone);
        }
    }
}
