//! An *ensemble* grows a forest's trees from one training set and averages what they
//! predict. `models` and `predict` call it through [`Forest`].

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use fearless_simd::Level;
use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use super::draw::{bootstrap_counts, stream};
use super::error::ForestError;
use super::features::Features;
use super::grow::{Grown, Leaf, Lesson, grow};
use super::importance::Importances;
use super::out_of_bag::OutOfBag;
use super::params::ValidForestParams;
use super::targets::Targets;
use super::tree::Tree;

/// Rows that one task predicts; enough to keep a tree's nodes in cache between rows.
const ROWS_PER_TASK: usize = 64;

/// A fitted forest: predicts `n_targets` numbers from `n_features` numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    pub(super) n_features: usize,
    pub(super) n_targets: usize,
    pub(super) trees: Vec<Tree>,
    /// `(n_leaves, n_targets)` in the original units and in double precision, since times
    /// since an epoch need more than single precision. Leaves that hold one training row
    /// share its entry across all trees, so that a fully grown forest has at most as many
    /// entries as there were training rows, plus those of rows that no feature tells apart.
    pub(super) leaves: Vec<f64>,
    pub(super) importances: Importances,
    pub(super) out_of_bag: Option<OutOfBag>,
}

/// A grown tree and which rows it did not see.
struct Member {
    grown: Grown,
    counts: Vec<u32>,
}

impl Forest {
    /// Fits a forest to features `x (n_rows, n_features)`, NaN being missing, and targets
    /// `y (n_rows, n_targets)`. `on_tree` is called after each tree, from any thread, and
    /// stops the fit by returning `Break`. The result depends on the arguments only, not on
    /// the number of threads.
    ///
    /// # Errors
    /// Refuses empty matrices, unequal numbers of rows, infinite features, and targets that
    /// are missing, infinite or beyond 1e100, naming the cell; returns
    /// [`ForestError::Interrupted`] if `on_tree` broke off.
    pub fn fit(
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        params: &ValidForestParams,
        on_tree: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<Self, ForestError> {
        if x.nrows() != y.nrows() {
            return Err(ForestError::RowsDiffer { features: x.nrows(), targets: y.nrows() });
        }
        Self::fit_on(&Features::new(x)?, y, params, on_tree)
    }

    /// As [`fit`](Self::fit), to features that were sorted before.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_on(
        features: &Features,
        y: ArrayView2<'_, f64>,
        params: &ValidForestParams,
        on_tree: &(dyn Fn() -> ControlFlow<()> + Sync),
    ) -> Result<Self, ForestError> {
        if features.n_rows != y.nrows() {
            return Err(ForestError::RowsDiffer { features: features.n_rows, targets: y.nrows() });
        }
        let targets = Targets::new(y, params.get())?;
        let (n_features, n_targets) = (features.n_features, targets.n_targets);
        let lesson =
            Lesson { features, targets: &targets, params: params.get(), level: Level::new() };
        let members = grow_all(lesson, on_tree)?;
        let importances = Importances::average(
            members.iter().map(|member| member.grown.decreases.as_slice()),
            (n_features, n_targets),
        );
        let mut forest = Self {
            n_features,
            n_targets,
            trees: Vec::with_capacity(members.len()),
            leaves: Vec::new(),
            importances,
            out_of_bag: None,
        };
        let mut places = vec![None; features.n_rows];
        let mut counts = Vec::with_capacity(members.len());
        for member in members {
            forest.add_tree(&targets, member.grown, &mut places)?;
            counts.push(member.counts);
        }
        if params.get().bootstrap {
            let x = ArrayView2::from_shape((features.n_rows, n_features), &features.values)
                .expect("there are as many values as rows and features");
            forest.out_of_bag = Some(OutOfBag::predict(&forest, x, &counts));
        }
        Ok(forest)
    }

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

    /// Number of features of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Number of targets of a prediction.
    #[must_use]
    pub fn n_targets(&self) -> usize {
        self.n_targets
    }

    /// Number of trees.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.trees.len()
    }

    /// Number of nodes of all trees, leaves included.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.trees.iter().map(Tree::len).sum()
    }

    /// How much the splits on each feature helped while fitting.
    #[must_use]
    pub fn importances(&self) -> &Importances {
        &self.importances
    }

    /// Predictions of the training rows by the trees that did not see them; `None` without
    /// bootstrap and after decoding, since the bytes of a model leave them out.
    #[must_use]
    pub fn out_of_bag(&self) -> Option<&OutOfBag> {
        self.out_of_bag.as_ref()
    }

    /// As [`out_of_bag`](Self::out_of_bag), and forgets them.
    pub fn take_out_of_bag(&mut self) -> Option<OutOfBag> {
        self.out_of_bag.take()
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

    /// Appends a tree and moves the values of its leaves to the forest's table; `places`
    /// says where the table has each training row already.
    fn add_tree(
        &mut self,
        targets: &Targets,
        grown: Grown,
        places: &mut [Option<u32>],
    ) -> Result<(), ForestError> {
        let mut labels = Vec::with_capacity(grown.leaves.len());
        for leaf in grown.leaves {
            let label = match leaf {
                Leaf::Mean(mean) => {
                    self.push_leaf(&grown.means[mean as usize * self.n_targets..])?
                }
                Leaf::Row(row) => match places[row as usize] {
                    Some(place) => place,
                    None => *places[row as usize].insert(self.push_leaf(targets.original(row))?),
                },
            };
            labels.push(label);
        }
        let mut tree = grown.tree;
        tree.relabel_leaves(|leaf| labels[leaf as usize]);
        self.trees.push(tree);
        Ok(())
    }

    fn push_leaf(&mut self, values: &[f64]) -> Result<u32, ForestError> {
        let found = self.leaves.len() / self.n_targets;
        self.leaves.extend_from_slice(&values[..self.n_targets]);
        u32::try_from(found).map_err(|_| ForestError::TooMany { what: "leaves", found })
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

/// Grows the trees in parallel, in whatever order, and returns them in theirs.
fn grow_all(
    lesson: Lesson<'_>,
    on_tree: &(dyn Fn() -> ControlFlow<()> + Sync),
) -> Result<Vec<Member>, ForestError> {
    let params = lesson.params;
    let n_rows = lesson.features.n_rows;
    let interrupted = AtomicBool::new(false);
    (0..params.n_trees)
        .into_par_iter()
        .map(|tree| {
            if interrupted.load(Ordering::Relaxed) {
                return Err(ForestError::Interrupted);
            }
            let mut rng = stream(params.seed, tree as u64);
            let counts = if params.bootstrap {
                let n_drawn = params.max_samples.map_or(n_rows, |samples| samples.count(n_rows));
                bootstrap_counts(&mut rng, n_rows, n_drawn)
            } else {
                vec![1; n_rows]
            };
            let grown = grow(lesson, &counts, &mut rng);
            if on_tree().is_break() {
                interrupted.store(true, Ordering::Relaxed);
                return Err(ForestError::Interrupted);
            }
            Ok(Member { grown, counts })
        })
        .collect()
}
