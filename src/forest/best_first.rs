//! *Best-first* growth splits the node next whose split helps most, until the tree has as
//! many leaves as it may. `grow` uses it if the number of leaves is limited.
//!
//! After scikit-learn's `BestFirstTreeBuilder` (`_tree.pyx`). Nodes are kept aside while the
//! tree grows and written in depth-first order at its end.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use rand_chacha::ChaCha8Rng;

use super::grow::Grower;
use super::rank::Rank;
use super::split::Found;

/// The nodes of a tree while it grows, the root first.
#[derive(Default)]
pub(super) struct BestFirst {
    nodes: Vec<Draft>,
    frontier: BinaryHeap<Offer>,
}

/// A node that is a leaf until it has children.
struct Draft {
    rows: Range<usize>,
    depth: usize,
    /// Its split and its two children.
    children: Option<(Found, [usize; 2])>,
}

/// A node that could be split; the one with the largest decrease, and of equal ones the
/// first that was made, is the greatest.
struct Offer {
    decrease: f64,
    node: usize,
    found: Found,
}

impl BestFirst {
    /// Grows a tree of at most `max_leaf_nodes` leaves.
    pub(super) fn grow<R: Rank>(
        grower: &mut Grower<'_, '_, R>,
        root: Range<usize>,
        max_leaf_nodes: usize,
        rng: &mut ChaCha8Rng,
    ) {
        let mut tree = Self::default();
        tree.push(grower, root, 0, rng);
        for _ in 1..max_leaf_nodes {
            let Some(Offer { node, found, .. }) = tree.frontier.pop() else { break };
            let (rows, depth) = (tree.nodes[node].rows.clone(), tree.nodes[node].depth + 1);
            grower.resume(&found, &rows);
            let middle = grower.split(&found, &rows);
            let left = tree.push(grower, rows.start..middle, depth, rng);
            let right = tree.push(grower, middle..rows.end, depth, rng);
            tree.nodes[node].children = Some((found, [left, right]));
        }
        tree.write(grower);
    }

    fn push<R: Rank>(
        &mut self,
        grower: &mut Grower<'_, '_, R>,
        rows: Range<usize>,
        depth: usize,
        rng: &mut ChaCha8Rng,
    ) -> usize {
        let node = self.nodes.len();
        if let Some(found) = grower.best_split(&rows, depth, rng) {
            self.frontier.push(Offer { decrease: grower.decrease(&rows), node, found });
        }
        self.nodes.push(Draft { rows, depth, children: None });
        node
    }

    fn write<R: Rank>(self, grower: &mut Grower<'_, '_, R>) {
        let mut stack = vec![(0, None)];
        while let Some((node, right_child_of)) = stack.pop() {
            if let Some(parent) = right_child_of {
                grower.tree().link_right_child(parent);
            }
            let draft = &self.nodes[node];
            match draft.children {
                None => grower.push_leaf(draft.rows.clone()),
                Some((found, [left, right])) => {
                    let place = grower.push_split(found);
                    stack.push((right, Some(place)));
                    stack.push((left, None));
                }
            }
        }
    }
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.decrease.total_cmp(&other.decrease).then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Offer {}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::forest::ForestParams;
    use crate::forest::testing::{fit, plain_params};

    #[test]
    fn the_split_that_helps_most_comes_first() {
        // The first cut is at 2.5; then 100 against 140 helps more than 0 against 1.
        let x = array![[1.0], [2.0], [3.0], [4.0]];
        let y = array![[0.0], [1.0], [100.0], [140.0]];
        let params = ForestParams { n_trees: 1, max_leaf_nodes: Some(3), ..plain_params() };
        let predicted = fit(&x, &y, &params).predict(x.view()).unwrap();
        assert_eq!(predicted, array![[0.5], [0.5], [100.0], [140.0]]);
    }

    #[test]
    fn a_tree_that_may_have_all_leaves_is_the_one_that_grows_depth_first() {
        let (x, y) = crate::forest::testing::wavy(200);
        let depth_first = fit(&x, &y, &ForestParams { min_samples_leaf: 6, ..plain_params() });
        let params =
            ForestParams { min_samples_leaf: 6, max_leaf_nodes: Some(999), ..plain_params() };
        assert_eq!(fit(&x, &y, &params).trees, depth_first.trees);
    }
}
