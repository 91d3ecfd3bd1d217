//! *Growing* turns the rows that a tree drew into a tree. `fitting` calls [`grow`] once
//! per sample, from any thread.

use std::ops::Range;

use fearless_simd::Level;
use rand_chacha::ChaCha8Rng;

use super::best_first::BestFirst;
use super::features::{Features, Ranks};
use super::members::RowLists;
use super::node::{Ground, Node};
use super::params::ForestParams;
use super::partition::Partition;
use super::rank::Rank;
use super::sample::Sample;
use super::split::{Found, Split};
use super::splitter::{Splitter, root_lists};
use super::targets::Targets;
use super::tree::Tree;

/// A tree and what growing it brought to light.
pub(super) struct Grown {
    /// Its leaves are places in `leaves`.
    pub(super) tree: Tree,
    pub(super) leaves: Vec<Leaf>,
    /// `(n_means, n_targets)`: the values of the leaves that are [`Leaf::Mean`].
    pub(super) means: Vec<f64>,
    /// The rows behind each mean, if they are to be kept.
    pub(super) members: RowLists,
    /// `(n_features, n_targets)`: the decrease of the squared error of each target, in the
    /// criterion's scale, by the splits on each feature.
    pub(super) decreases: Vec<f64>,
}

/// Where the values of a leaf come from.
pub(super) enum Leaf {
    /// All rows of the leaf have the targets of this one.
    Row(u32),
    /// The weighted mean at this place of the tree's means.
    Mean(u32),
}

/// What a tree learns, and how.
pub(super) struct Lesson<'a> {
    pub(super) targets: &'a Targets,
    pub(super) params: &'a ForestParams,
    /// The processor's vectors; the tree does not depend on them.
    pub(super) level: Level,
    pub(super) rng: ChaCha8Rng,
}

/// Grows a tree for each lesson, all from the rows whose bootstrap count is not zero.
pub(super) fn grow(features: &Features, counts: &[u32], lessons: &[Lesson<'_>]) -> Vec<Grown> {
    match &features.ranks {
        Ranks::Narrow(ranks) => grow_each(features, ranks, counts, lessons),
        Ranks::Wide(ranks) => grow_each(features, ranks, counts, lessons),
    }
}

fn grow_each<R: Rank>(
    features: &Features,
    ranks: &[R],
    counts: &[u32],
    lessons: &[Lesson<'_>],
) -> Vec<Grown> {
    let sample = Sample::new(counts);
    let Some(Lesson { targets, params, level, .. }) = lessons.first() else { return Vec::new() };
    // Copying sorted lists takes a fifth of the time of making them.
    let roots = root_lists::<R>(features, &sample, params, *level);
    let ground = Ground { features, ranks, sample: &sample, params, level: *level };
    let mut splitter = Splitter::new(ground, targets, &roots);
    let mut grown = Vec::with_capacity(lessons.len());
    for (at, Lesson { targets, rng, .. }) in lessons.iter().enumerate() {
        if at > 0 {
            splitter.restart(targets, &roots);
        }
        let grower = Grower::new(targets, params, &sample, features, &mut splitter);
        grown.push(grower.grow(&mut rng.clone()));
    }
    grown
}

/// A node that was split off but not visited yet.
struct Pending {
    rows: Range<usize>,
    depth: usize,
    right_child_of: Option<usize>,
}

/// A tree while it grows.
pub(super) struct Grower<'a, 's, R: Rank> {
    targets: &'a Targets,
    params: &'a ForestParams,
    sample: &'a Sample,
    partition: Partition,
    features: &'a Features,
    splitter: &'a mut Splitter<'s, R>,
    /// The splits of the tree, by node.
    found: Vec<(usize, Found)>,
    grown: Grown,
}

impl<'a, 's, R: Rank> Grower<'a, 's, R> {
    fn new(
        targets: &'a Targets,
        params: &'a ForestParams,
        sample: &'a Sample,
        features: &'a Features,
        splitter: &'a mut Splitter<'s, R>,
    ) -> Self {
        Self {
            targets,
            params,
            sample,
            partition: Partition::new((0..sample.n_rows() as u32).collect()),
            features,
            splitter,
            found: Vec::new(),
            grown: Grown {
                tree: Tree::default(),
                leaves: Vec::new(),
                means: Vec::new(),
                members: RowLists::default(),
                decreases: vec![0.0; features.n_features * targets.n_targets],
            },
        }
    }

    fn grow(mut self, rng: &mut ChaCha8Rng) -> Grown {
        let root = 0..self.sample.n_rows();
        match self.params.max_leaf_nodes {
            Some(max_leaf_nodes) => BestFirst::grow(&mut self, root, max_leaf_nodes, rng),
            None => self.grow_depth_first(root, rng),
        }
        for (place, found) in self.found {
            self.grown.tree.set_threshold(place, found.split(self.features).threshold);
        }
        self.grown
    }

    /// Splits the left child before the right one, in the order in which nodes are written.
    fn grow_depth_first(&mut self, root: Range<usize>, rng: &mut ChaCha8Rng) {
        let mut stack = vec![Pending { rows: root, depth: 0, right_child_of: None }];
        while let Some(Pending { rows, depth, right_child_of }) = stack.pop() {
            if let Some(parent) = right_child_of {
                self.grown.tree.link_right_child(parent);
            }
            let Some(found) = self.best_split(&rows, depth, rng) else {
                self.push_leaf(rows);
                continue;
            };
            let middle = self.split(&found, &rows);
            let place = self.push_split(found);
            let depth = depth + 1;
            let right = Pending { rows: middle..rows.end, depth, right_child_of: Some(place) };
            stack.push(right);
            stack.push(Pending { rows: rows.start..middle, depth, right_child_of: None });
        }
    }

    /// How to split a node, or `None` if it is a leaf. The splitter knows the sides of its
    /// rows then.
    pub(super) fn best_split(
        &mut self,
        rows: &Range<usize>,
        depth: usize,
        rng: &mut ChaCha8Rng,
    ) -> Option<Found> {
        let params = self.params;
        let places = self.partition.rows(rows.clone());
        let is_leaf = params.max_depth.is_some_and(|max| depth >= max)
            || places.len() < params.min_samples_split
            || places.len() / 2 < params.min_samples_leaf
            || self.splitter.criterion().is_settled(places);
        if is_leaf {
            return None;
        }
        self.splitter.best(&Node { range: rows.clone(), places }, rng)
    }

    /// Splits the node that was searched last: moves its rows, credits the feature, and
    /// returns where the right rows begin.
    pub(super) fn split(&mut self, found: &Found, rows: &Range<usize>) -> usize {
        let splitter = &*self.splitter;
        let middle = self.partition.split(rows.clone(), |place| splitter.goes_left(place));
        let left = self.partition.rows(rows.start..middle);
        let n_targets = self.targets.n_targets;
        let decreases = &mut self.grown.decreases[found.feature as usize * n_targets..];
        splitter.criterion().add_decreases(self.sample, left, &mut decreases[..n_targets]);
        self.splitter.split_lists(rows, left);
        middle
    }

    /// Makes a node the one that was searched last, with a split that was found before.
    pub(super) fn resume(&mut self, found: &Found, rows: &Range<usize>) {
        let node = Node { range: rows.clone(), places: self.partition.rows(rows.clone()) };
        self.splitter.load(&node);
        self.splitter.mark(&node, &found.split(self.features));
    }

    /// The decrease of the criterion by a split of the node that was searched last.
    pub(super) fn decrease(&self, rows: &Range<usize>) -> f64 {
        let places = self.partition.rows(rows.clone()).iter().copied();
        let left: Vec<u32> = places.filter(|&place| self.splitter.goes_left(place)).collect();
        let mut decreases = vec![0.0; self.targets.n_targets];
        self.splitter.criterion().add_decreases(self.sample, &left, &mut decreases);
        decreases.iter().sum()
    }

    /// Appends a node to the tree and returns its place. It gets its threshold when the tree is
    /// complete.
    pub(super) fn push_split(&mut self, found: Found) -> usize {
        let Found { feature, missing_left, .. } = found;
        let place = self.grown.tree.push_split(&Split { feature, threshold: 0.0, missing_left });
        self.found.push((place, found));
        place
    }

    /// The tree, to which nodes are appended in depth-first order.
    pub(super) fn tree(&mut self) -> &mut Tree {
        &mut self.grown.tree
    }

    /// Appends a leaf.
    pub(super) fn push_leaf(&mut self, rows: Range<usize>) {
        let places = self.partition.rows(rows);
        let targets = self.targets;
        let original = |place: u32| targets.original(self.sample.row(place));
        self.grown.tree.push_leaf(self.grown.leaves.len() as u32);
        let first = original(places[0]);
        if places.iter().all(|&place| original(place) == first) {
            self.grown.leaves.push(Leaf::Row(self.sample.row(places[0])));
            return;
        }
        let n_targets = targets.n_targets;
        self.grown.leaves.push(Leaf::Mean((self.grown.means.len() / n_targets) as u32));
        if self.params.keep_leaf_rows {
            let member = |&place: &u32| (self.sample.row(place), self.sample.count(place));
            self.grown.members.push(places.iter().map(member));
        }
        let count = |place: u32| f64::from(self.sample.count(place));
        let weight: f64 = places.iter().map(|&place| count(place)).sum();
        // Distances from the first row keep the digits of targets that are far from zero,
        // and make the mean of equal values that value.
        for (target, &first) in first.iter().enumerate() {
            let distance = |place: u32| original(place)[target] - first;
            let sum: f64 = places.iter().map(|&place| count(place) * distance(place)).sum();
            self.grown.means.push(first + sum / weight);
        }
    }
}
