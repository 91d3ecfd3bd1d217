//! A *collection* gathers the forests of a model that has one per target until those of a
//! fraction are all there. `fitting` adds to it.

use std::sync::Mutex;

use crate::forest::Forest;

/// Forests per target, until those of a fraction are all there.
pub(super) struct Collection {
    n_targets: usize,
    /// By fraction and target; empty when they were all there.
    forests: Vec<Mutex<Vec<Option<Forest>>>>,
}

impl Collection {
    pub(super) fn new(n_fractions: usize, n_targets: usize) -> Self {
        let none = |_| Mutex::new((0..n_targets).map(|_| None).collect());
        Self { n_targets, forests: (0..n_fractions).map(none).collect() }
    }

    /// Takes the forest of a job; gives back all of its fraction if it was the last.
    pub(super) fn add(&self, job: usize, forest: Forest) -> Option<(usize, Vec<Forest>)> {
        let (at, target) = (job / self.n_targets, job % self.n_targets);
        let mut forests =
            self.forests[at].lock().expect("nothing panics while it holds the forests");
        forests[target] = Some(forest);
        let is_last = forests.iter().all(Option::is_some);
        is_last.then(|| (at, std::mem::take(&mut *forests).into_iter().flatten().collect()))
    }
}
