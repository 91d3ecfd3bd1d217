//! *Growing* turns the rows that a tree drew into a tree. `ensemble` calls [`grow`] once
//! per tree, from any thread.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;

use super::criterion::{Criterion, Side};
use super::members::Lists;
use super::params::ForestParams;
use super::partition::Partition;
use super::splitter::{Split, Splitter};
use super::training::{MISSING, TrainingSet, key};
use super::tree::Tree;

/// A tree and what growing it brought to light.
pub(super) struct Grown {
    /// Its leaves are places in `leaves`.
    pub(super) tree: Tree,
    pub(super) leaves: Vec<Leaf>,
    /// `(n_means, n_targets)`: the values of the leaves that are [`Leaf::Mean`].
    pub(super) means: Vec<f64>,
    /// The rows behind each mean, if they are to be kept.
    pub(super) members: Lists,
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

/// Grows one tree from the rows whose bootstrap count is not zero.
pub(super) fn grow(
    data: &TrainingSet,
    counts: &[u32],
    params: &ForestParams,
    rng: &mut ChaCha8Rng,
) -> Grown {
    let mut grower = Grower::new(data, counts, params);
    // The next node to visit is the last of the stack: left before right, so that nodes are
    // written in depth-first order.
    let mut stack =
        vec![Pending { rows: 0..grower.partition.len(), depth: 0, right_child_of: None }];
    while let Some(node) = stack.pop() {
        if let Some(parent) = node.right_child_of {
            grower.grown.tree.link_right_child(parent);
        }
        match grower.best_split(&node, rng) {
            None => grower.push_leaf(node.rows),
            Some(split) => {
                let (place, middle) = grower.push_split(&split, node.rows.clone());
                let depth = node.depth + 1;
                let Range { start, end } = node.rows;
                stack.push(Pending { rows: middle..end, depth, right_child_of: Some(place) });
                stack.push(Pending { rows: start..middle, depth, right_child_of: None });
            }
        }
    }
    grower.grown
}

/// A node that was split off but not visited yet.
struct Pending {
    rows: Range<usize>,
    depth: usize,
    right_child_of: Option<usize>,
}

struct Grower<'a> {
    data: &'a TrainingSet,
    counts: &'a [u32],
    params: &'a ForestParams,
    partition: Partition,
    criterion: Criterion,
    splitter: Splitter,
    left: Side,
    grown: Grown,
}

impl<'a> Grower<'a> {
    fn new(data: &'a TrainingSet, counts: &'a [u32], params: &'a ForestParams) -> Self {
        let rows = (0..data.n_rows as u32).filter(|&row| counts[row as usize] > 0).collect();
        let max_features = params.max_features.count(data.n_features);
        Self {
            data,
            counts,
            params,
            partition: Partition::new(rows),
            criterion: Criterion::new(data.n_targets),
            splitter: Splitter::new(data, max_features, params.min_samples_leaf),
            left: Side::new(data.n_targets),
            grown: Grown {
                tree: Tree::default(),
                leaves: Vec::new(),
                means: Vec::new(),
                members: Lists::default(),
                decreases: vec![0.0; data.n_features * data.n_targets],
            },
        }
    }

    /// How to split a node, or `None` if it is a leaf. A split leaves the node's targets in
    /// the criterion.
    fn best_split(&mut self, node: &Pending, rng: &mut ChaCha8Rng) -> Option<Split> {
        let rows = self.partition.rows(node.rows.clone());
        let is_leaf = self.params.max_depth.is_some_and(|max| node.depth >= max)
            || rows.len() < self.params.min_samples_split
            || rows.len() / 2 < self.params.min_samples_leaf
            || self.is_pure(rows);
        if is_leaf {
            return None;
        }
        self.criterion.load(self.data, rows, self.counts);
        self.splitter.best_split(self.data, rows, &self.criterion, rng)
    }

    /// Whether all rows have the same targets. scikit-learn asks for an impurity below
    /// 2.2e-16 instead, which would depend on the unit of the targets.
    fn is_pure(&self, rows: &[u32]) -> bool {
        let first = self.data.targets(rows[0]);
        rows.iter().all(|&row| self.data.targets(row) == first)
    }

    /// Appends a node and moves its rows; returns its place and where its right rows begin.
    fn push_split(&mut self, split: &Split, rows: Range<usize>) -> (usize, usize) {
        let column = self.data.column(split.feature);
        let threshold = key(split.threshold);
        let goes_left = |row: u32| match column[row as usize] {
            MISSING => split.missing_left,
            key => key <= threshold,
        };
        self.left.clear();
        for (position, &row) in self.partition.rows(rows.clone()).iter().enumerate() {
            if goes_left(row) {
                self.left.add(&self.criterion, position);
            }
        }
        let n_targets = self.data.n_targets;
        let decreases = &mut self.grown.decreases[split.feature as usize * n_targets..];
        self.criterion.add_decreases(&self.left, &mut decreases[..n_targets]);
        (self.grown.tree.push_split(split), self.partition.split(rows, goes_left))
    }

    fn push_leaf(&mut self, rows: Range<usize>) {
        let rows = self.partition.rows(rows);
        self.grown.tree.push_leaf(self.grown.leaves.len() as u32);
        if self.is_pure(rows) {
            self.grown.leaves.push(Leaf::Row(rows[0]));
            return;
        }
        let place = self.grown.means.len() / self.data.n_targets;
        self.grown.leaves.push(Leaf::Mean(place as u32));
        if self.params.keep_leaf_rows {
            self.grown.members.push(rows.iter().map(|&row| (row, self.counts[row as usize])));
        }
        let weight: f64 = rows.iter().map(|&row| f64::from(self.counts[row as usize])).sum();
        // Distances from the first row keep the digits of targets that are far from zero,
        // and make the mean of equal values that value.
        for (target, &first) in self.data.targets(rows[0]).iter().enumerate() {
            let distance = |row: u32| self.data.targets(row)[target] - first;
            let sum: f64 =
                rows.iter().map(|&row| f64::from(self.counts[row as usize]) * distance(row)).sum();
            self.grown.means.push(first + sum / weight);
        }
    }
}
