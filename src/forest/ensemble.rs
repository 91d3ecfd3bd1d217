//! An *ensemble* is the trees of a forest and the table of their leaves' values.
//! `fitting` makes it, `predict` and others walk it.

use std::ops::ControlFlow;
use std::sync::Mutex;

use ndarray::ArrayView2;

use super::error::ForestError;
use super::features::Features;
use super::fitting::Job;
use super::importance::Importances;
use super::members::Members;
use super::out_of_bag::OutOfBag;
use super::params::ValidForestParams;
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

impl Forest {
    /// Fits a forest to features `x (n_rows, n_features)`, NaN being missing, and targets
    /// `y (n_rows, n_targets)`. `on_tree` is called after each tree, from any thread, and
    /// stops the fit by returning `Break`. The result depends on the arguments only, not on
    /// the number of threads or the processor.
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
        let features = Features::new(x)?;
        let job = Job { targets: y, seed: params.get().seed };
        let fitted = Mutex::new(None);
        let keep = |_, forest| *fitted.lock().expect("nothing panics here") = Some(forest);
        Self::fit_many(&features, &[job], params, on_tree, &keep)?;
        let fitted = fitted.into_inner().expect("nothing panics here");
        Ok(fitted.expect("a fit that was not interrupted makes a forest"))
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

    /// Predictions of the training rows by the trees that did not see them; `None` unless
    /// asked for, and after decoding, since the bytes of a model leave them out.
    #[must_use]
    pub fn out_of_bag(&self) -> Option<&OutOfBag> {
        self.out_of_bag.as_ref()
    }

    /// As [`out_of_bag`](Self::out_of_bag), and forgets them.
    pub fn take_out_of_bag(&mut self) -> Option<OutOfBag> {
        self.out_of_bag.take()
    }
}
