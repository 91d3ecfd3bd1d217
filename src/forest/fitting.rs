//! A *fit* grows the trees of one or of many forests over the same features.
//! [`Forest::fit`] is the one, `models` calls [`Forest::fit_many`] for all fractions of a
//! flight.
//!
//! The work is cut into trees. Threads take them in order, so that a forest is complete, and
//! handed over, soon after its last tree was begun, and no thread waits before all trees are
//! taken.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use fearless_simd::Level;
use ndarray::ArrayView2;

use super::draw::{bootstrap_counts, stream};
use super::ensemble::Forest;
use super::error::ForestError;
use super::features::Features;
use super::grow::{Grown, Leaf, Lesson, grow};
use super::importance::Importances;
use super::members::Members;
use super::out_of_bag::OutOfBag;
use super::params::{ForestParams, ValidForestParams};
use super::targets::Targets;
use crate::simd;

/// Forests whose trees of one number grow together: enough for the sorting of the sample to
/// be a small part, few enough for unfinished forests to take little memory.
const JOBS_PER_TASK: usize = 10;

/// One forest of a fit.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// Targets `(n_rows, n_targets)`.
    pub targets: ArrayView2<'a, f64>,
    /// Key of the draws of features and between equal splits. Those of the bootstrap have
    /// the seed of the parameters, and are the same for all forests of a fit.
    pub seed: u64,
}

/// A forest whose trees are growing.
struct Unfinished {
    targets: Targets,
    seed: u64,
    trees: Mutex<Vec<Option<Grown>>>,
    n_left: AtomicUsize,
}

/// A fit in progress.
struct Fit<'a> {
    features: &'a Features,
    params: &'a ForestParams,
    /// By tree: how often each row was drawn.
    counts: Vec<Vec<u32>>,
    jobs: Vec<Unfinished>,
    level: Level,
    next: AtomicUsize,
    interrupted: AtomicBool,
    failure: Mutex<Option<ForestError>>,
    on_tree: &'a (dyn Fn() -> ControlFlow<()> + Sync),
    on_forest: &'a (dyn Fn(usize, Forest) + Sync),
}

impl Forest {
    /// Fits a forest for each job, all to the same features and with the same bootstrap
    /// draws. `on_tree` is called after each tree and stops the fit by returning `Break`;
    /// `on_forest` takes each forest, with the number of its job, as soon as it is complete,
    /// so that those keep which were complete when a fit was stopped. Both are called from
    /// any thread. The forests depend on the arguments only, not on the number of threads or
    /// the processor.
    ///
    /// # Errors
    /// Refuses targets of another number of rows than the features, without columns, of
    /// another number of columns than target weights, missing, infinite or beyond 1e100;
    /// returns [`ForestError::Interrupted`] if `on_tree` broke off.
    pub fn fit_many(
        features: &Features,
        jobs: &[Job<'_>],
        params: &ValidForestParams,
        on_tree: &(dyn Fn() -> ControlFlow<()> + Sync),
        on_forest: &(dyn Fn(usize, Forest) + Sync),
    ) -> Result<(), ForestError> {
        let params = params.get();
        let fit = Fit {
            features,
            params,
            counts: (0..params.n_trees).map(|tree| draw_rows(params, features, tree)).collect(),
            jobs: jobs
                .iter()
                .map(|job| Unfinished::new(job, features, params))
                .collect::<Result<_, _>>()?,
            level: simd::level(),
            next: AtomicUsize::new(0),
            interrupted: AtomicBool::new(false),
            failure: Mutex::new(None),
            on_tree,
            on_forest,
        };
        rayon::scope(|scope| {
            for _ in 0..rayon::current_num_threads() {
                scope.spawn(|_| fit.work());
            }
        });
        match fit.failure.into_inner().expect("nothing panics here") {
            Some(error) => Err(error),
            None if fit.interrupted.into_inner() => Err(ForestError::Interrupted),
            None => Ok(()),
        }
    }
}

/// How often a tree draws each row. Streams of draws are even for the bootstrap, odd for
/// growing, so that the two share no number.
fn draw_rows(params: &ForestParams, features: &Features, tree: usize) -> Vec<u32> {
    let n_rows = features.n_rows();
    if !params.bootstrap {
        return vec![1; n_rows];
    }
    let n_drawn = params.max_samples.map_or(n_rows, |samples| samples.count(n_rows));
    bootstrap_counts(&mut stream(params.seed, 2 * tree as u64), n_rows, n_drawn)
}

impl Unfinished {
    fn new(job: &Job<'_>, features: &Features, params: &ForestParams) -> Result<Self, ForestError> {
        if job.targets.nrows() != features.n_rows() {
            let (features, targets) = (features.n_rows(), job.targets.nrows());
            return Err(ForestError::RowsDiffer { features, targets });
        }
        Ok(Self {
            targets: Targets::new(job.targets, params)?,
            seed: job.seed,
            trees: Mutex::new((0..params.n_trees).map(|_| None).collect()),
            n_left: AtomicUsize::new(params.n_trees),
        })
    }

    fn trees(&self) -> MutexGuard<'_, Vec<Option<Grown>>> {
        self.trees.lock().expect("nothing panics while it holds the trees")
    }
}

impl Fit<'_> {
    /// Grows trees until there are none left: each time the tree of one number for a few
    /// jobs, which share the sorting of its sample.
    fn work(&self) {
        let n_trees = self.params.n_trees;
        while !self.interrupted.load(Ordering::Relaxed) {
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            let (first, tree) = (task / n_trees * JOBS_PER_TASK, task % n_trees);
            if first >= self.jobs.len() {
                break;
            }
            let jobs = first..self.jobs.len().min(first + JOBS_PER_TASK);
            let lessons: Vec<Lesson<'_>> = self.jobs[jobs.clone()]
                .iter()
                .map(|job| Lesson {
                    targets: &job.targets,
                    params: self.params,
                    level: self.level,
                    rng: stream(job.seed, 2 * tree as u64 + 1),
                })
                .collect();
            let grown = grow(self.features, &self.counts[tree], &lessons);
            for (at, grown) in jobs.zip(grown) {
                self.finish(at, tree, grown);
            }
        }
    }

    /// Puts a tree into its forest, and hands the forest over if it is complete.
    fn finish(&self, at: usize, tree: usize, grown: Grown) {
        let job = &self.jobs[at];
        job.trees()[tree] = Some(grown);
        if job.n_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            match self.assemble(job) {
                Ok(forest) => (self.on_forest)(at, forest),
                Err(error) => {
                    *self.failure.lock().expect("nothing panics here") = Some(error);
                    self.interrupted.store(true, Ordering::Relaxed);
                }
            }
        }
        if (self.on_tree)().is_break() {
            self.interrupted.store(true, Ordering::Relaxed);
        }
    }

    /// Makes the forest of a job whose trees have all been grown.
    fn assemble(&self, job: &Unfinished) -> Result<Forest, ForestError> {
        let grown = std::mem::take(&mut *job.trees());
        let grown: Vec<Grown> =
            grown.into_iter().map(|tree| tree.expect("all trees are there")).collect();
        let (n_features, n_targets) = (self.features.n_features(), job.targets.n_targets);
        let mut forest = Forest {
            n_features,
            n_targets,
            trees: Vec::with_capacity(grown.len()),
            leaves: Vec::new(),
            importances: Importances::average(
                grown.iter().map(|tree| tree.decreases.as_slice()),
                (n_features, n_targets),
            ),
            members: self.params.keep_leaf_rows.then(|| Members::of(&job.targets)),
            out_of_bag: None,
        };
        let mut places = vec![None; self.features.n_rows()];
        for tree in grown {
            forest.add_tree(&job.targets, tree, &mut places)?;
        }
        if self.params.out_of_bag {
            let out_of_bag = OutOfBag::predict(&forest, self.features, &job.targets, &self.counts);
            forest.out_of_bag = Some(out_of_bag);
        }
        Ok(forest)
    }
}

impl Forest {
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
                        *places[row as usize].insert(self.push_leaf(targets.original(row))?)
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

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use super::*;
    use crate::forest::testing::{plain_params, wavy};
    use crate::forest::{MaxSamples, Thresholds};

    /// Fits a joint forest and one for each target; stops after `n_trees` trees.
    fn fit_three(params: &ForestParams, n_trees: usize) -> Vec<Option<Forest>> {
        let (x, y) = wavy(120);
        let features = Features::new(x.view()).unwrap();
        let targets = [y.clone(), y.select(Axis(1), &[0]), y.select(Axis(1), &[1])];
        let jobs: Vec<Job<'_>> =
            (0..3).map(|at| Job { targets: targets[at].view(), seed: at as u64 }).collect();
        let params = params.clone().check().unwrap();
        let forests = Mutex::new(vec![None, None, None]);
        let n_grown = AtomicUsize::new(0);
        let on_tree = || match n_grown.fetch_add(1, Ordering::SeqCst) + 1 {
            n_grown if n_grown >= n_trees => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let keep = |at: usize, forest| forests.lock().unwrap()[at] = Some(forest);
        let fitted = Forest::fit_many(&features, &jobs, &params, &on_tree, &keep);
        assert_eq!(fitted.is_ok(), n_trees > 3 * params.get().n_trees);
        forests.into_inner().unwrap()
    }

    #[test]
    fn forests_fitted_together_are_those_fitted_one_by_one() {
        let params = ForestParams { n_trees: 6, ..ForestParams::default() };
        let (x, y) = wavy(120);
        let features = Features::new(x.view()).unwrap();
        let together = fit_three(&params, usize::MAX);
        for (at, columns) in [(0, vec![0, 1]), (1, vec![0]), (2, vec![1])] {
            let targets = y.select(Axis(1), &columns);
            let alone = Mutex::new(None);
            let job = Job { targets: targets.view(), seed: at as u64 };
            let keep = |_, forest| *alone.lock().unwrap() = Some(forest);
            let go_on = || ControlFlow::Continue(());
            let params = params.clone().check().unwrap();
            Forest::fit_many(&features, &[job], &params, &go_on, &keep).unwrap();
            assert_eq!(together[at], alone.into_inner().unwrap());
        }
    }

    #[test]
    fn all_forests_of_a_fit_leave_the_same_rows_out() {
        let params = ForestParams { n_trees: 2, out_of_bag: true, ..ForestParams::default() };
        let forests = fit_three(&params, usize::MAX);
        let left_out = |at: usize| -> Vec<u32> {
            let forest = forests[at].as_ref().unwrap();
            (0..120).map(|row| forest.out_of_bag().unwrap().n_trees(row)).collect()
        };
        assert_eq!(left_out(0), left_out(1));
        assert_eq!(left_out(0), left_out(2));
    }

    #[test]
    fn an_interrupted_fit_keeps_the_forests_that_were_complete() {
        // All three share a task, so that all three forests are complete with the last tree.
        let params = ForestParams { n_trees: 4, ..plain_params() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let complete = |n_trees| {
            let forests = pool.install(|| fit_three(&params, n_trees));
            forests.iter().filter(|forest| forest.is_some()).count()
        };
        assert_eq!(complete(4), 0);
        assert_eq!(complete(10), 3);
        assert_eq!(complete(12), 3);
    }

    #[test]
    fn fewer_samples_leave_more_rows_out_and_limited_trees_have_as_many_leaves() {
        let params = ForestParams {
            n_trees: 3,
            max_samples: Some(MaxSamples::Share(0.1)),
            out_of_bag: true,
            ..ForestParams::default()
        };
        let forest = fit_three(&params, usize::MAX).swap_remove(0).unwrap();
        let n_seen: u32 = (0..120).map(|row| 3 - forest.out_of_bag().unwrap().n_trees(row)).sum();
        assert!((25..=36).contains(&n_seen), "{n_seen}");

        for thresholds in [Thresholds::Best, Thresholds::Random] {
            let limited =
                ForestParams { n_trees: 3, max_leaf_nodes: Some(7), thresholds, ..plain_params() };
            let forest = fit_three(&limited, usize::MAX).swap_remove(0).unwrap();
            assert_eq!(forest.n_nodes(), 3 * 13);
            let loose = ForestParams { max_leaf_nodes: Some(1_000), ..limited };
            let forest = fit_three(&loose, usize::MAX).swap_remove(0).unwrap();
            assert_eq!(forest.n_nodes(), 3 * 239);
        }
    }

    #[test]
    fn jobs_of_another_number_of_rows_are_refused() {
        let (x, y) = wavy(20);
        let features = Features::new(x.view()).unwrap();
        let short = y.select(Axis(0), &[0, 1, 2]);
        let jobs = [y.view(), short.view()].map(|targets| Job { targets, seed: 0 });
        let params = plain_params().check().unwrap();
        let go_on = || ControlFlow::Continue(());
        let refused = Forest::fit_many(&features, &jobs, &params, &go_on, &|_, _| {});
        assert_eq!(refused.unwrap_err().to_string(), "features have 20 rows but targets have 3");
    }
}
