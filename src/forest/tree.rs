//! A *tree* is three flat arrays of nodes. `grow` pushes nodes onto it, `ensemble` follows
//! rows through it, `codec` stores it.
//!
//! Nodes are in depth-first order: the left child of a node is the next one, so that only
//! the right child needs a link. That order also makes a damaged tree easy to recognise:
//! reading the nodes in order must meet each right child exactly when its left brother's
//! subtree is complete.

use super::split::Split;

/// The feature code of a leaf.
const LEAF: u32 = u32::MAX;
/// The bit of a feature code that sends missing values left.
const MISSING_LEFT: u32 = 1 << 31;

/// One regression tree; its leaves are places in the forest's table of leaf values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tree {
    /// Feature that a node asks for, with [`MISSING_LEFT`], or [`LEAF`].
    pub(super) features: Vec<u32>,
    /// Rows whose feature is at most this go left; 0 for a leaf.
    pub(super) thresholds: Vec<f32>,
    /// Right child of a node, or place of a leaf's values in the forest's table.
    pub(super) links: Vec<u32>,
}

impl Tree {
    pub(super) fn len(&self) -> usize {
        self.features.len()
    }

    /// Appends a node whose right child is not known yet and returns its place.
    pub(super) fn push_split(&mut self, split: &Split) -> usize {
        let missing = if split.missing_left { MISSING_LEFT } else { 0 };
        self.push(split.feature | missing, split.threshold, 0)
    }

    /// Appends a leaf.
    pub(super) fn push_leaf(&mut self, leaf: u32) {
        self.push(LEAF, 0.0, leaf);
    }

    /// Makes the next node the right child of the node at `parent`.
    pub(super) fn link_right_child(&mut self, parent: usize) {
        self.links[parent] = self.len() as u32;
    }

    /// Gives every leaf the place that `place` says.
    pub(super) fn relabel_leaves(&mut self, mut place: impl FnMut(u32) -> u32) {
        for (feature, link) in self.features.iter().zip(&mut self.links) {
            if *feature == LEAF {
                *link = place(*link);
            }
        }
    }

    /// The leaf of a row, which must be as wide as the training rows; NaN is missing.
    pub(super) fn leaf(&self, row: &[f32]) -> u32 {
        let mut node = 0;
        while self.features[node] != LEAF {
            let feature = self.features[node];
            let value = row[(feature & !MISSING_LEFT) as usize];
            let left = if value.is_nan() {
                feature & MISSING_LEFT != 0
            } else {
                value <= self.thresholds[node]
            };
            node = if left { node + 1 } else { self.links[node] as usize };
        }
        self.links[node]
    }

    /// The first node that breaks an invariant, if any: nodes reached exactly once, children
    /// after their parents, features, leaves and thresholds in range.
    pub(super) fn first_fault(&self, n_features: usize, n_leaves: usize) -> Option<usize> {
        let mut right_children = Vec::new();
        let mut open = true;
        for node in 0..self.len() {
            let (feature, link) = (self.features[node], self.links[node]);
            if !open || !self.thresholds[node].is_finite() {
                return Some(node);
            }
            if feature != LEAF {
                if (feature & !MISSING_LEFT) as usize >= n_features {
                    return Some(node);
                }
                right_children.push(link as usize);
                continue;
            }
            if link as usize >= n_leaves {
                return Some(node);
            }
            // A leaf completes a left subtree, whose right brother must come next, or the
            // tree.
            match right_children.pop() {
                Some(next) if next != node + 1 => return Some(node),
                Some(_) => {}
                None => open = false,
            }
        }
        if open { Some(self.len()) } else { None }
    }

    fn push(&mut self, feature: u32, threshold: f32, link: u32) -> usize {
        self.features.push(feature);
        self.thresholds.push(threshold);
        self.links.push(link);
        self.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x1 <= 2 ? (x0 <= 1 ? leaf 0 : leaf 1) : leaf 2`, missing x1 left, missing x0 right.
    fn three_leaves() -> Tree {
        let mut tree = Tree::default();
        let root = tree.push_split(&Split { feature: 1, threshold: 2.0, missing_left: true });
        let child = tree.push_split(&Split { feature: 0, threshold: 1.0, missing_left: false });
        tree.push_leaf(0);
        tree.link_right_child(child);
        tree.push_leaf(1);
        tree.link_right_child(root);
        tree.push_leaf(2);
        tree
    }

    #[test]
    fn rows_follow_thresholds_and_missing_values_their_side() {
        let tree = three_leaves();
        let leaf = |row: [f32; 2]| tree.leaf(&row);
        assert_eq!([leaf([1.0, 2.0]), leaf([1.5, 2.0]), leaf([0.0, 2.1])], [0, 1, 2]);
        assert_eq!([leaf([0.0, f32::NAN]), leaf([f32::NAN, 0.0])], [0, 1]);
        assert_eq!([leaf([0.0, f32::INFINITY]), leaf([0.0, f32::NEG_INFINITY])], [2, 0]);
    }

    #[test]
    fn a_sound_tree_has_no_fault_and_each_broken_invariant_is_one() {
        assert_eq!(three_leaves().first_fault(2, 3), None);
        assert_eq!(three_leaves().first_fault(1, 3), Some(0));
        assert_eq!(three_leaves().first_fault(2, 2), Some(4));
        assert_eq!(Tree::default().first_fault(2, 3), Some(0));
        let spoiled = |spoil: fn(&mut Tree)| {
            let mut tree = three_leaves();
            spoil(&mut tree);
            tree.first_fault(2, 3)
        };
        assert_eq!(spoiled(|tree| tree.links[0] = 0), Some(3));
        assert_eq!(spoiled(|tree| tree.links[1] = 4), Some(2));
        assert_eq!(spoiled(|tree| (tree.features[0], tree.links[0]) = (LEAF, 0)), Some(1));
        assert_eq!(spoiled(|tree| tree.features[4] = 0), Some(5));
        assert_eq!(spoiled(|tree| tree.thresholds[1] = f32::NAN), Some(1));
        assert_eq!(spoiled(|tree| tree.push_leaf(0)), Some(5));
    }
}
