//! An *ensemble* grows a forest's trees from one training set and keeps them.
//! `models` calls it through [`Forest`].

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::draw::{bootstrap_counts, stream};
use super::error::ForestError;
use super::grow::{Grown, Leaf, grow};
use super::importance::Importances;
use super::members::Members;
use super::out_of_bag::OutOfBag;
use super::params::ValidForestParams;
use super::training::TrainingSet;
use super::tree::Tree;

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
    /// The training rows of the leaves, if they were to be kept.
    pub(super) members: Option<Members>,
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
        let data = TrainingSet::new(x, y, params.get().target_scaling)?;
        let members = grow_all(&data, params, on_tree)?;
        let importances = Importances::average(
            members.iter().map(|member| member.grown.decreases.as_slice()),
            (data.n_features, data.n_targets),
        );
        let mut forest = Self {
            n_features: data.n_features,
            n_targets: data.n_targets,
            trees: Vec::with_capacity(members.len()),
            leaves: Vec::new(),
            importances,
            members: params.get().keep_leaf_rows.then(|| Members::of(&data)),
            out_of_bag: None,
        };
        let mut places = vec![None; data.n_rows];
        let mut counts = Vec::with_capacity(members.len());
        for member in members {
            forest.add_tree(&data, member.grown, &mut places)?;
            counts.push(member.counts);
        }
        if params.get().bootstrap {
            forest.out_of_bag = Some(OutOfBag::predict(&forest, x, y, &counts));
        }
        Ok(forest)
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

    /// Appends a tree and moves the values of its leaves to the forest's table; `places`
    /// says where the table has each training row already.
    fn add_tree(
        &mut self,
        data: &TrainingSet,
        grown: Grown,
        places: &mut [Option<u32>],
    ) -> Result<(), ForestError> {
        let mut labels = Vec::with_capacity(grown.leaves.len());
        for leaf in grown.leaves {
            let label = match leaf {
                Leaf::Mean(mean) => {
                    if let Some(members) = &mut self.members {
                        members.by_leaf.push(grown.members.list(mean as usize));
                    }
                    self.push_leaf(&grown.means[mean as usize * self.n_targets..])?
                }
                Leaf::Row(row) => {
                    if let Some(place) = places[row as usize] {
                        place
                    } else {
                        if let Some(members) = &mut self.members {
                            members.by_leaf.push([(row, 1)]);
                        }
                        *places[row as usize].insert(self.push_leaf(data.targets(row))?)
                    }
                }
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

/// Grows the trees in parallel, in whatever order, and returns them in theirs.
fn grow_all(
    data: &TrainingSet,
    params: &ValidForestParams,
    on_tree: &(dyn Fn() -> ControlFlow<()> + Sync),
) -> Result<Vec<Member>, ForestError> {
    let params = params.get();
    let interrupted = AtomicBool::new(false);
    (0..params.n_trees)
        .into_par_iter()
        .map(|tree| {
            if interrupted.load(Ordering::Relaxed) {
                return Err(ForestError::Interrupted);
            }
            let mut rng = stream(params.seed, tree as u64);
            let counts = if params.bootstrap {
                bootstrap_counts(&mut rng, data.n_rows)
            } else {
                vec![1; data.n_rows]
            };
            let grown = grow(data, &counts, params, &mut rng);
            if on_tree().is_break() {
                interrupted.store(true, Ordering::Relaxed);
                return Err(ForestError::Interrupted);
            }
            Ok(Member { grown, counts })
        })
        .collect()
}
