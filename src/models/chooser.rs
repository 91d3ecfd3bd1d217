//! A *chooser* says from a flight's features how likely it takes one of the routes of its pair:
//! linfa's classification tree, as a plain list of nodes.
//!
//! `route_cluster` fits one per route and asks all of them; `explore` prints them. One tree for all routes would be
//! smaller, but linfa adds up the shares of classes in the order of a hash map: of two classes
//! that order does not matter, of three it may decide which of two equally good splits is
//! made, and runs would differ.

use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_trees::{DecisionTree, TreeNode};
use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::linear::standardised;
use super::{ModelError, RouteClusterConfig};

/// Most flights that a tree learns from; shares in leaves are those of all flights.
const MOST: usize = 4095;
/// By how much a flight of the route weighs more than another. Where both are equally many in
/// a leaf, linfa would pick one at random. Sums of up to [`MOST`] such weights are exact in
/// single precision, and none of them is a whole number.
const TIE: f32 = 1.0 / 4096.0;

/// A tree whose root is the first node.
#[derive(Debug, Clone, PartialEq)]
pub struct Chooser {
    /// Children come after their parents.
    pub nodes: Vec<ChooserNode>,
}

/// A node of a chooser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ChooserNode {
    /// A flight goes to the next node if its column is at most the threshold, or else to the
    /// node of the number `right`.
    Split {
        /// The column.
        column: usize,
        /// The threshold, in the column's own unit.
        threshold: f64,
        /// The number of the other node.
        right: usize,
    },
    /// The share of the training flights here that took the route.
    Leaf {
        /// From 0 to 1.
        share: f64,
    },
}

impl Chooser {
    /// Learns which flights take a route from `x (n_flights, n_columns)` without missing
    /// values; there must be flights.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`] or [`ModelError::Classifier`].
    pub fn fit(
        x: &Array2<f64>,
        takes_it: &[bool],
        config: &RouteClusterConfig,
    ) -> Result<Self, ModelError> {
        let n_flights = takes_it.len();
        let n_learnt = n_flights.min(MOST);
        let learnt: Vec<usize> = (0..n_learnt).map(|at| at * n_flights / n_learnt).collect();
        // linfa takes values for equal that are nearer than 1e-5.
        let (records, means, scales) =
            standardised(x.select(Axis(0), &learnt)).ok_or(ModelError::NoFlights)?;
        let targets: Array1<bool> = learnt.iter().map(|flight| takes_it[*flight]).collect();
        let weights = targets.mapv(|takes_it| if takes_it { 1.0 + TIE } else { 1.0 });
        let tree = DecisionTree::params()
            .max_depth(Some(config.max_depth))
            .min_weight_leaf(config.min_leaf as f32)
            .fit(&DatasetBase::new(records, targets).with_weights(weights))?;
        let mut chooser = Self { nodes: Vec::new() };
        chooser.add(tree.root_node(), &means, &scales);
        chooser.count(x, takes_it);
        Ok(chooser)
    }

    /// Appends a node of linfa's and all below it, thresholds being in the columns' own units.
    fn add(&mut self, node: &TreeNode<f64, bool>, means: &Array1<f64>, scales: &Array1<f64>) {
        let children: Vec<_> = node.children().into_iter().filter_map(Option::as_deref).collect();
        let [left, right] = children[..] else {
            self.nodes.push(ChooserNode::Leaf { share: 0.0 });
            return;
        };
        let (column, value, _) = node.split();
        let (at, threshold) = (self.nodes.len(), value * scales[column] + means[column]);
        self.nodes.push(ChooserNode::Leaf { share: 0.0 }); // until it is known where the right one is
        self.add(left, means, scales);
        self.nodes[at] = ChooserNode::Split { column, threshold, right: self.nodes.len() };
        self.add(right, means, scales);
    }

    /// Sets the shares in the leaves.
    fn count(&mut self, x: &Array2<f64>, takes_it: &[bool]) {
        let mut counts = vec![(0_usize, 0_usize); self.nodes.len()];
        for (row, takes_it) in x.rows().into_iter().zip(takes_it) {
            let (all, taking) = &mut counts[self.leaf(row)];
            *all += 1;
            *taking += usize::from(*takes_it);
        }
        for (node, (all, taking)) in self.nodes.iter_mut().zip(counts) {
            if let ChooserNode::Leaf { share } = node {
                *share = taking as f64 / all.max(1) as f64;
            }
        }
    }

    /// The share of the training flights like `row (n_columns)` that took the route.
    #[must_use]
    pub fn share(&self, row: ArrayView1<'_, f64>) -> f64 {
        match self.nodes[self.leaf(row)] {
            ChooserNode::Leaf { share } => share,
            ChooserNode::Split { .. } => unreachable!("a leaf was looked for"),
        }
    }

    /// The number of the leaf in which a row `(n_columns)` ends.
    #[must_use]
    pub fn leaf(&self, row: ArrayView1<'_, f64>) -> usize {
        let mut at = 0;
        while let ChooserNode::Split { column, threshold, right } = self.nodes[at] {
            at = if row[column] <= threshold { at + 1 } else { right };
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{ROUTE_CLUSTER, noise};

    /// Flights take the route if the first column is above 1,000 and the third is not above
    /// its middle, the second being noise.
    fn truth(n: usize) -> (Array2<f64>, Vec<bool>) {
        let x = Array2::from_shape_fn((n, 3), |(i, j)| {
            noise(i, j) * [20.0, 1.0, 0.002][j] + [1000.0, 0.0, 5.0][j]
        });
        let takes_it = x.rows().into_iter().map(|row| row[0] > 1000.0 && row[2] <= 5.0);
        let takes_it = takes_it.collect();
        (x, takes_it)
    }

    #[test]
    fn a_rule_of_two_columns_is_found() {
        for n in [400, 9000] {
            let (x, takes_it) = truth(n);
            let chooser = Chooser::fit(&x, &takes_it, &ROUTE_CLUSTER).unwrap();
            let right = x.rows().into_iter().zip(&takes_it);
            let right = right.filter(|(row, takes_it)| (chooser.share(*row) > 0.5) == **takes_it);
            assert!(right.count() * 100 >= 98 * n, "{chooser:?}");
            let used = |node: &ChooserNode| matches!(node, ChooserNode::Split { column: 1, .. });
            assert!(!chooser.nodes[..3].iter().any(used));
        }
    }

    #[test]
    fn where_nothing_is_to_be_told_the_share_is_that_of_all() {
        let x = Array2::from_elem((40, 2), 3.0);
        let takes_it: Vec<bool> = (0..40).map(|flight| flight % 4 == 0).collect();
        let chooser = Chooser::fit(&x, &takes_it, &ROUTE_CLUSTER).unwrap();
        assert_eq!(chooser.nodes, [ChooserNode::Leaf { share: 0.25 }]);
    }

    /// Half of the flights at every value take the route: whatever linfa picks for its leaves
    /// decides what it prunes.
    #[test]
    fn ties_are_broken_alike_in_every_fit() {
        let x = Array2::from_shape_fn((400, 3), |(i, j)| (noise(i, j) * 8.0).round());
        let takes_it: Vec<bool> = (0..400).map(|flight| flight % 2 == 0).collect();
        let fit = || Chooser::fit(&x, &takes_it, &ROUTE_CLUSTER).unwrap();
        let first = fit();
        assert!(first.nodes.len() > 1);
        for _ in 0..20 {
            assert_eq!(fit(), first);
        }
    }
}
