//! A *tree* is one flat array of nodes. `grow` pushes nodes onto it, `walk` lays it out for
//! many rows, `predict` takes single rows through it, `codec` stores it.
//!
//! Nodes are in depth-first order: the left child of a node is the next one, so that only
//! the right child needs a link, and a subtree is a range of nodes. That order also makes a
//! damaged tree easy to recognise: reading the nodes in order must meet each right child
//! exactly when its left brother's subtree is complete.

use super::split::Split;

/// The feature code of a leaf.
const LEAF: u32 = u32::MAX;
/// The bit of a feature code that sends missing values left.
const MISSING_LEFT: u32 = 1 << 31;

/// A split or a leaf.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    /// Feature that the node asks for, with [`MISSING_LEFT`], or [`LEAF`].
    feature: u32,
    /// Rows whose feature is at most this go left; 0 for a leaf.
    threshold: f32,
    /// Right child, or place of a leaf's values in the forest's table.
    link: u32,
}

/// What a node does, for those who do not walk.
pub(super) enum Kind {
    /// Splits; the left child comes next.
    Split { split: Split, right: u32 },
    /// Ends at this place of the forest's table of leaf values.
    Leaf(u32),
}

/// One regression tree; its leaves are places in the forest's table of leaf values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Node {
    /// The node after this one, at `place`, for a row; a leaf follows itself. Has no branch
    /// that depends on the row.
    #[inline]
    fn next(self, place: u32, row: &[f32]) -> u32 {
        // The minimum gives a leaf some feature to look at, whose answer is not used.
        let value = row[((self.feature & !MISSING_LEFT) as usize).min(row.len() - 1)];
        let missing_left = self.feature & MISSING_LEFT != 0;
        let left = (value <= self.threshold) | (value.is_nan() & missing_left);
        let child = if left { place + 1 } else { self.link };
        if self.feature == LEAF { place } else { child }
    }
}

impl Tree {
    /// Trees that one row goes down at the same time.
    pub(super) const LANES: usize = 8;

    /// An empty tree with space for some nodes.
    pub(super) fn with_capacity(n_nodes: usize) -> Self {
        Self { nodes: Vec::with_capacity(n_nodes) }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Appends a node whose right child is not known yet and returns its place.
    pub(super) fn push_split(&mut self, split: &Split) -> usize {
        let missing = if split.missing_left { MISSING_LEFT } else { 0 };
        let feature = split.feature | missing;
        self.nodes.push(Node { feature, threshold: split.threshold, link: 0 });
        self.len() - 1
    }

    /// Gives the split at `place` another threshold.
    pub(super) fn set_threshold(&mut self, place: usize, threshold: f32) {
        self.nodes[place].threshold = threshold;
    }

    /// Appends a leaf.
    pub(super) fn push_leaf(&mut self, leaf: u32) {
        self.nodes.push(Node { feature: LEAF, threshold: 0.0, link: leaf });
    }

    /// Makes the next node the right child of the node at `parent`.
    pub(super) fn link_right_child(&mut self, parent: usize) {
        self.nodes[parent].link = self.len() as u32;
    }

    /// Gives every leaf the place that `place` says.
    pub(super) fn relabel_leaves(&mut self, mut place: impl FnMut(u32) -> u32) {
        for node in self.nodes.iter_mut().filter(|node| node.feature == LEAF) {
            node.link = place(node.link);
        }
    }

    /// What the node at `place` does.
    pub(super) fn node(&self, place: usize) -> Kind {
        let node = self.nodes[place];
        match node.feature {
            LEAF => Kind::Leaf(node.link),
            code => Kind::Split {
                split: Split {
                    feature: code & !MISSING_LEFT,
                    threshold: node.threshold,
                    missing_left: code & MISSING_LEFT != 0,
                },
                right: node.link,
            },
        }
    }

    /// The leaves of one row, which must be as wide as the training rows, in several trees.
    /// The row goes down all of them in lockstep, so that their loads overlap.
    pub(super) fn leaves_of_row(trees: [&Self; Self::LANES], row: &[f32]) -> [u32; Self::LANES] {
        let mut places = [0; Self::LANES];
        loop {
            let mut moved = 0;
            for (place, tree) in places.iter_mut().zip(trees) {
                let next = tree.nodes[*place as usize].next(*place, row);
                moved |= next ^ *place;
                *place = next;
            }
            if moved == 0 {
                return std::array::from_fn(|lane| trees[lane].nodes[places[lane] as usize].link);
            }
        }
    }

    /// The leaf of a row, which must be as wide as the training rows; NaN is missing.
    #[cfg(test)]
    pub(super) fn leaf(&self, row: &[f32]) -> u32 {
        Self::leaves_of_row([self; Self::LANES], row)[0]
    }

    /// The first node that breaks an invariant, if any: nodes reached exactly once, children
    /// after their parents, features, leaves and thresholds in range.
    pub(super) fn first_fault(&self, n_features: usize, n_leaves: usize) -> Option<usize> {
        let mut right_children = Vec::new();
        let mut open = true;
        for (node, &Node { feature, threshold, link }) in self.nodes.iter().enumerate() {
            if !open || !threshold.is_finite() {
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
        assert_eq!(spoiled(|tree| tree.nodes[0].link = 0), Some(3));
        assert_eq!(spoiled(|tree| tree.nodes[1].link = 4), Some(2));
        assert_eq!(
            spoiled(|tree| (tree.nodes[0].feature, tree.nodes[0].link) = (LEAF, 0)),
            Some(1)
        );
        assert_eq!(spoiled(|tree| tree.nodes[4].feature = 0), Some(5));
        assert_eq!(spoiled(|tree| tree.nodes[1].threshold = f32::NAN), Some(1));
        assert_eq!(spoiled(|tree| tree.push_leaf(0)), Some(5));
    }
}
