//! *Columns* are the features of rows that were predicted already, so that predicting them
//! with a few features exchanged is cheap.
//! `models` calls it through [`Forest::permutable`], for importances by permutation.
//!
//! The leaves in which the rows ended are kept. Exchanging features moves only rows that met
//! a split on one of them, and these only from there on; all others keep their leaf.

use ndarray::{Array2, ArrayView1, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use super::ensemble::Forest;
use super::error::ForestError;
use super::predict::{any_missing, block_size, cells};
use super::walk::{Block, Steps};

/// No step.
const NONE: u32 = u32::MAX;

/// Rows and the leaves in which they end.
pub struct Columns<'a> {
    forest: &'a Forest,
    x: CowArray<'a, f32, Ix2>,
    /// Whether some feature of some row is missing.
    missing: bool,
    predicted: Array2<f64>,
    trees: Vec<Steps>,
    /// By block, `(n_trees, n_rows)`: the step of the leaf.
    at: Vec<Vec<u32>>,
    /// Rows of a block.
    size: usize,
}

impl Forest {
    /// Predicts `x (n_rows, n_features)`, NaN being missing, and keeps what it takes to
    /// predict it again with columns exchanged. Takes 4 bytes for each row and tree.
    ///
    /// # Errors
    /// Refuses rows of another width than those learned from.
    pub fn permutable<'a>(&'a self, x: ArrayView2<'a, f32>) -> Result<Columns<'a>, ForestError> {
        self.check_width(x.ncols())?;
        let predicted = self.predict(x)?;
        let x = if x.is_standard_layout() {
            CowArray::from(x)
        } else {
            CowArray::from(x.as_standard_layout().into_owned())
        };
        let missing = any_missing(cells(&x));
        let trees = self.layouts(missing);
        let size = block_size(x.nrows());
        let at = cells(&x)
            .par_chunks(size * self.n_features)
            .map(|cells| {
                let block = Block::new(cells, self.n_features, missing);
                let n_rows = block.n_rows();
                let mut at = vec![0; trees.len() * n_rows];
                let mut active = Vec::with_capacity(n_rows);
                for (tree, at) in trees.iter().zip(at.chunks_exact_mut(n_rows)) {
                    active.extend(0..n_rows as u32);
                    tree.walk(&block, &mut active, at);
                }
                at
            })
            .collect();
        Ok(Columns { forest: self, x, missing, predicted, trees, at, size })
    }
}

impl Columns<'_> {
    /// The prediction of the rows as they are: [`Forest::predict`].
    #[must_use]
    pub fn predicted(&self) -> ArrayView2<'_, f64> {
        self.predicted.view()
    }

    /// The prediction of the rows with `column (n_rows)`, NaN being missing, as the feature at
    /// `feature`, from 0: `(n_rows, n_targets)` in the original units, the same bits as
    /// [`Forest::predict`] of a matrix with that column.
    ///
    /// # Errors
    /// Refuses a feature that there is not and a column of another length.
    pub fn predict_with(&self, feature: usize, column: &[f32]) -> Result<Array2<f64>, ForestError> {
        self.predict_with_columns(&[(feature, column)])
    }

    /// The prediction of the rows with several columns exchanged, each as for
    /// [`predict_with`](Self::predict_with); of a feature named twice the last column counts.
    ///
    /// # Errors
    /// Refuses a feature that there is not and a column of another length.
    pub fn predict_with_columns(
        &self,
        exchanged: &[(usize, &[f32])],
    ) -> Result<Array2<f64>, ForestError> {
        let (n_rows, n_features) = self.x.dim();
        let mut asked = vec![false; n_features];
        for (feature, column) in exchanged {
            let Some(asked) = asked.get_mut(*feature) else {
                return Err(ForestError::NoSuchFeature { found: *feature, n_features });
            };
            *asked = true;
            if column.len() != n_rows {
                return Err(ForestError::ColumnLength { expected: n_rows, found: column.len() });
            }
        }
        if !self.missing && exchanged.iter().any(|(_, column)| any_missing(column)) {
            // The trees are laid out for features that are all there.
            let mut x = self.x.to_owned();
            for (feature, column) in exchanged {
                x.column_mut(*feature).assign(&ArrayView1::from(*column));
            }
            return self.forest.predict(x.view());
        }
        let meets: Vec<Option<Vec<u32>>> =
            self.trees.par_iter().map(|tree| first_questions(tree, &asked)).collect();
        let mut predicted = self.predicted.clone();
        if meets.iter().any(Option::is_some) {
            let n_targets = self.forest.n_targets;
            let predictions =
                predicted.as_slice_mut().expect("a matrix that was just made is contiguous");
            predictions
                .par_chunks_mut(self.size * n_targets)
                .zip(cells(&self.x).par_chunks(self.size * n_features))
                .zip(&self.at)
                .enumerate()
                .for_each(|(number, ((predicted, cells), at))| {
                    let mut cells = cells.to_vec();
                    for (feature, column) in exchanged {
                        let column = &column[number * self.size..];
                        for (row, value) in cells.chunks_exact_mut(n_features).zip(column) {
                            row[*feature] = *value;
                        }
                    }
                    let block = Block::new(&cells, n_features, self.missing);
                    self.predict_block(&block, &meets, at, predicted);
                });
        }
        Ok(predicted)
    }

    /// Predicts a block again, whose leaves were `at` before its features were exchanged.
    fn predict_block(
        &self,
        block: &Block,
        meets: &[Option<Vec<u32>>],
        at: &[u32],
        sums: &mut [f64],
    ) {
        let n_rows = block.n_rows();
        let mut active = Vec::with_capacity(n_rows);
        let mut here = vec![0; n_rows];
        sums.fill(0.0);
        for ((tree, at), meets) in self.trees.iter().zip(at.chunks_exact(n_rows)).zip(meets) {
            here.copy_from_slice(at);
            if let Some(meets) = meets {
                for (row, here) in (0..n_rows as u32).zip(&mut here) {
                    let question = meets[*here as usize];
                    if question != NONE {
                        *here = question;
                        active.push(row);
                    }
                }
                tree.walk(block, &mut active, &mut here);
            }
            tree.look_up_leaves(&mut here);
            self.forest.add_leaves(&here, sums);
        }
        self.forest.divide(sums);
    }
}

/// For each step of a tree the first one on the way to it that asks for one of the features
/// marked in `asked (n_features)`, if any; nothing if there is none in the whole tree.
fn first_questions(tree: &Steps, asked: &[bool]) -> Option<Vec<u32>> {
    let mut questions = vec![NONE; tree.len()];
    let mut found = false;
    tree.for_splits(|step, asks, left| {
        let mut question = questions[step];
        if question == NONE && asked[asks % asked.len()] {
            question = step as u32;
            found = true;
        }
        questions[left] = question;
        questions[left + 1] = question;
    });
    found.then_some(questions)
}

#[cfg(test)]
mod tests {
    use crate::forest::testing::{fit, plain_params, wavy};
    use crate::forest::{ForestParams, MaxFeatures};

    /// Shallow trees that each ask for few features, on data some of which is missing.
    fn params() -> ForestParams {
        ForestParams {
            n_trees: 9,
            max_features: MaxFeatures::Count(1),
            max_depth: Some(3),
            bootstrap: true,
            ..plain_params()
        }
    }

    #[test]
    fn an_exchanged_column_gives_the_bits_of_a_matrix_that_has_it() {
        let (whole, y) = wavy(300);
        let mut holed = whole.clone();
        holed.column_mut(1).iter_mut().step_by(7).for_each(|value| *value = f32::NAN);
        let deep = ForestParams { max_depth: None, ..params() };
        for (x, params) in [(&holed, &params()), (&whole, &deep), (&holed, &deep)] {
            let forest = fit(&holed, &y, params);
            let columns = forest.permutable(x.view()).unwrap();
            assert_eq!(columns.predicted(), forest.predict(x.view()).unwrap());
            for (feature, missing) in (0..4).flat_map(|feature| [(feature, 0), (feature, 90)]) {
                let mut column = x.column(feature).to_vec();
                column.reverse();
                column[..missing].fill(f32::NAN);
                let mut exchanged = x.clone();
                exchanged.column_mut(feature).assign(&ndarray::ArrayView1::from(&column));
                let expected = forest.predict(exchanged.view()).unwrap();
                assert_ne!(expected, columns.predicted());
                assert_eq!(columns.predict_with(feature, &column).unwrap(), expected);
            }
        }
    }

    #[test]
    fn several_exchanged_columns_give_the_bits_of_a_matrix_that_has_them() {
        let (whole, y) = wavy(300);
        let mut holed = whole.clone();
        holed.column_mut(1).iter_mut().step_by(7).for_each(|value| *value = f32::NAN);
        for (x, missing) in [(&whole, 0), (&whole, 90), (&holed, 90)] {
            let forest = fit(&holed, &y, &params());
            let columns = forest.permutable(x.view()).unwrap();
            let mut exchanged = x.clone();
            let mut reversed: Vec<Vec<f32>> = (0..3).map(|at| x.column(at).to_vec()).collect();
            for (at, column) in reversed.iter_mut().enumerate() {
                column.reverse();
                column[..missing].fill(f32::NAN);
                exchanged.column_mut(at).assign(&ndarray::ArrayView1::from(&*column));
            }
            let given: Vec<(usize, &[f32])> =
                [2, 0, 1].map(|at| (at, reversed[at].as_slice())).to_vec();
            let expected = forest.predict(exchanged.view()).unwrap();
            assert_eq!(columns.predict_with_columns(&given).unwrap(), expected);
            assert_ne!(columns.predict_with_columns(&given[..2]).unwrap(), expected);
            assert_eq!(columns.predict_with_columns(&[]).unwrap(), columns.predicted());
        }
    }

    #[test]
    fn a_feature_that_no_tree_asks_for_changes_nothing() {
        let (mut x, y) = wavy(100);
        x.column_mut(2).fill(1.0);
        let transposed = x.t().as_standard_layout().into_owned();
        let forest = fit(&x, &y, &params());
        let columns = forest.permutable(transposed.t()).unwrap();
        let predicted = columns.predict_with(2, &[7.0; 100]).unwrap();
        assert_eq!(predicted, forest.predict(x.view()).unwrap());
        let none = x.select(ndarray::Axis(0), &[]);
        assert_eq!(
            forest.permutable(none.view()).unwrap().predict_with(0, &[]).unwrap().nrows(),
            0
        );
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let (x, y) = wavy(30);
        let forest = fit(&x, &y, &params());
        assert!(forest.permutable(x.t()).is_err());
        let columns = forest.permutable(x.view()).unwrap();
        let refusal = |feature, column: &[f32]| columns.predict_with(feature, column).unwrap_err();
        assert_eq!(refusal(4, &[0.0; 30]).to_string(), "there is no feature 4 among 4");
        assert_eq!(refusal(0, &[0.0]).to_string(), "the column has 1 rows but there are 30");
    }
}
