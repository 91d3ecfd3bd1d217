//! A *walk* takes a block of rows down a tree to their leaves.
//! `predict`, `spread`, `quantiles`, `columns` and `out_of_bag` walk every tree; a single row
//! goes down the trees as they are.
//!
//! Following a row is a chain of loads that each wait for the last one, so several rows go
//! down in lockstep and the processor overlaps their waits. A step has no branch that depends
//! on the data: brothers lie side by side, a leaf is its own left child, and rows take a few
//! steps before anybody asks which of them arrived. Steps are small, so that a tree of a few
//! thousand nodes fits into a first-level cache.

use super::features::key;
use super::tree::{Kind, Tree};

/// Steps before the first look at which rows arrived: most leaves are further down.
const FIRST_STEPS: usize = 10;
/// Steps between later looks: few waste looks, many waste steps.
const LATER_STEPS: usize = 4;
/// Rows that go down in lockstep: as many as registers hold with where they are.
const LANES: usize = 8;

/// The keys of a few rows.
pub(super) struct Block {
    /// `(n_rows, width)`: see [`Block::new`].
    keys: Vec<u32>,
    width: usize,
}

impl Block {
    /// Rows `(n_rows, n_features)` as keys. If some may miss a feature, each row of keys is
    /// followed by the same row plus 1, in which the largest key, that of a missing feature,
    /// became the smallest: a split that sends missing values left asks there. Last comes the
    /// smallest key, for which leaves ask.
    pub(super) fn new(cells: &[f32], n_features: usize, missing: bool) -> Self {
        let width = width(n_features, missing);
        let mut keys = Vec::with_capacity(cells.len() / n_features * width);
        for row in cells.chunks_exact(n_features) {
            keys.extend(row.iter().map(|&value| key(value)));
            if missing {
                keys.extend(row.iter().map(|&value| key(value).wrapping_add(1)));
            }
            keys.push(0);
        }
        Self { keys, width }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.keys.len() / self.width
    }
}

/// Keys of a row in a block.
fn width(n_features: usize, missing: bool) -> usize {
    if missing { 2 * n_features + 1 } else { n_features + 1 }
}

/// A tree laid out for walking, breadth first, so that parents come before their children.
pub(super) enum Steps {
    /// Of a tree that 16 bits can index.
    Short(Layout<ShortStep>),
    /// Of any tree.
    Long(Layout<LongStep>),
}

pub(super) struct Layout<S> {
    steps: Vec<S>,
}

/// A node as a row meets it.
pub(super) trait Step: Copy {
    /// - `threshold`: rows whose key is above this go right; for a leaf, its place in the
    ///   forest's table of leaf values.
    /// - `asks`: place of the key in a row of the block; for a leaf the last, which is above
    ///   no threshold.
    /// - `left`: left child, which the right one follows; of a leaf itself.
    fn new(threshold: u32, asks: u32, left: u32) -> Self;

    fn threshold(self) -> u32;

    /// Place of the key in a row of the block.
    fn asks(self) -> usize;

    /// Left child.
    fn left(self) -> u32;

    /// The child of a row with this key.
    fn child(self, key: u32) -> u32;
}

/// The threshold in the upper half, then `asks` and `left` in 16 bits each: one load instead
/// of three.
#[derive(Clone, Copy)]
pub(super) struct ShortStep(u64);

#[derive(Clone, Copy)]
pub(super) struct LongStep {
    threshold: u32,
    asks: u32,
    left: u32,
}

impl Step for ShortStep {
    fn new(threshold: u32, asks: u32, left: u32) -> Self {
        Self(u64::from(threshold) << 32 | u64::from(asks) << 16 | u64::from(left))
    }

    #[inline]
    fn threshold(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    fn asks(self) -> usize {
        usize::from((self.0 >> 16) as u16)
    }

    #[inline]
    fn left(self) -> u32 {
        u32::from(self.0 as u16)
    }

    #[inline]
    fn child(self, key: u32) -> u32 {
        self.left() + u32::from(u64::from(key) > self.0 >> 32)
    }
}

impl Step for LongStep {
    fn new(threshold: u32, asks: u32, left: u32) -> Self {
        Self { threshold, asks, left }
    }

    #[inline]
    fn threshold(self) -> u32 {
        self.threshold
    }

    #[inline]
    fn asks(self) -> usize {
        self.asks as usize
    }

    #[inline]
    fn left(self) -> u32 {
        self.left
    }

    #[inline]
    fn child(self, key: u32) -> u32 {
        self.left + u32::from(key > self.threshold)
    }
}

impl Steps {
    /// Lays out a tree for blocks that were made with the same `missing`.
    pub(super) fn new(tree: &Tree, n_features: usize, missing: bool) -> Self {
        let largest = tree.len().max(width(n_features, missing));
        if u16::try_from(largest).is_ok() {
            Self::Short(Layout::new(tree, n_features, missing))
        } else {
            Self::Long(Layout::new(tree, n_features, missing))
        }
    }

    /// Takes the `active` rows of a block from the steps `at` which they are, by row, down to
    /// their leaves; forgets which rows were active.
    pub(super) fn walk(&self, block: &Block, active: &mut Vec<u32>, at: &mut [u32]) {
        match self {
            Self::Short(layout) => layout.walk(block, active, at),
            Self::Long(layout) => layout.walk(block, active, at),
        }
    }

    /// Calls `visit` with every split: its step, the place of the key that it asks for in a
    /// row of the block, and the step of its left child, which the right one follows.
    pub(super) fn for_splits(&self, mut visit: impl FnMut(usize, usize, usize)) {
        match self {
            Self::Short(layout) => layout.for_splits(&mut visit),
            Self::Long(layout) => layout.for_splits(&mut visit),
        }
    }

    /// Turns the steps `at` which rows are into the places of their leaves in the forest's
    /// table of leaf values; the rows must have arrived.
    pub(super) fn look_up_leaves(&self, at: &mut [u32]) {
        match self {
            Self::Short(layout) => layout.look_up_leaves(at),
            Self::Long(layout) => layout.look_up_leaves(at),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(layout) => layout.steps.len(),
            Self::Long(layout) => layout.steps.len(),
        }
    }
}

impl<S: Step> Layout<S> {
    fn new(tree: &Tree, n_features: usize, missing: bool) -> Self {
        let mut steps = Vec::with_capacity(tree.len());
        let constant = width(n_features, missing) as u32 - 1;
        let mut nodes = Vec::with_capacity(tree.len());
        nodes.push(0);
        while let Some(&node) = nodes.get(steps.len()) {
            match tree.node(node) {
                Kind::Leaf(leaf) => {
                    steps.push(S::new(leaf, constant, steps.len() as u32));
                }
                Kind::Split { split, right } => {
                    let shifted = missing && split.missing_left;
                    let asks = split.feature + if shifted { n_features as u32 } else { 0 };
                    let threshold = key(split.threshold) + u32::from(shifted);
                    steps.push(S::new(threshold, asks, nodes.len() as u32));
                    nodes.extend([node + 1, right as usize]);
                }
            }
        }
        Self { steps }
    }

    fn for_splits(&self, visit: &mut impl FnMut(usize, usize, usize)) {
        for (place, step) in self.steps.iter().enumerate() {
            let left = step.left() as usize;
            if left != place {
                visit(place, step.asks(), left);
            }
        }
    }

    fn look_up_leaves(&self, at: &mut [u32]) {
        for at in at {
            *at = self.steps[*at as usize].threshold();
        }
    }

    fn walk(&self, block: &Block, active: &mut Vec<u32>, at: &mut [u32]) {
        self.round::<FIRST_STEPS>(block, active, at);
        while !active.is_empty() {
            self.round::<LATER_STEPS>(block, active, at);
        }
    }

    /// Takes the active rows a few steps down; those stay active that moved to the last.
    fn round<const STEPS: usize>(&self, block: &Block, active: &mut Vec<u32>, at: &mut [u32]) {
        let n_grouped = active.len() / LANES * LANES;
        let mut n_left = 0;
        for place in (0..n_grouped).step_by(LANES) {
            let group: [u32; LANES] = std::array::from_fn(|lane| active[place + lane]);
            self.advance::<LANES, STEPS>(block, group, at, active, &mut n_left);
        }
        for place in n_grouped..active.len() {
            self.advance::<1, STEPS>(block, [active[place]], at, active, &mut n_left);
        }
        active.truncate(n_left);
    }

    /// Takes a few rows down in lockstep and writes those that moved to the last to `active`
    /// from `n_left` on.
    #[expect(clippy::inline_always, reason = "the lanes must live in registers")]
    #[inline(always)]
    fn advance<const N: usize, const STEPS: usize>(
        &self,
        block: &Block,
        rows: [u32; N],
        at: &mut [u32],
        active: &mut [u32],
        n_left: &mut usize,
    ) {
        let starts = rows.map(|row| row as usize * block.width);
        let mut here = rows.map(|row| at[row as usize]);
        for _ in 1..STEPS {
            self.step(block, &starts, &mut here);
        }
        let before = here;
        self.step(block, &starts, &mut here);
        for lane in 0..N {
            at[rows[lane] as usize] = here[lane];
            active[*n_left] = rows[lane];
            *n_left += usize::from(here[lane] != before[lane]);
        }
    }

    /// Takes a few rows, whose keys start at `starts` in the block, one step down.
    #[expect(clippy::inline_always, reason = "a call here costs a quarter of the speed")]
    #[inline(always)]
    fn step<const N: usize>(&self, block: &Block, starts: &[usize; N], here: &mut [u32; N]) {
        for lane in 0..N {
            let step = self.steps[here[lane] as usize];
            here[lane] = step.child(block.keys[starts[lane] + step.asks()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::testing::{fit, plain_params, wavy};

    /// Rows of four features, many of which are missing, infinite or just at a threshold.
    fn rows(tree: &Tree) -> Vec<f32> {
        let thresholds = (0..tree.len()).filter_map(|place| match tree.node(place) {
            Kind::Split { split, .. } => Some(split.threshold),
            Kind::Leaf(_) => None,
        });
        let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MAX, f32::NAN, 0.5];
        let values: Vec<f32> =
            thresholds.chain(odd).chain((0..50).map(|i| i as f32 / 50.0)).collect();
        (0..4 * 500).map(|cell| values[cell * 7919 % values.len()]).collect()
    }

    fn leaves(layout: &Steps, block: &Block) -> Vec<u32> {
        let mut at = vec![0; block.n_rows()];
        let mut active = (0..block.n_rows() as u32).collect();
        layout.walk(block, &mut active, &mut at);
        layout.look_up_leaves(&mut at);
        at
    }

    #[test]
    fn blocks_end_in_the_leaves_that_single_rows_do() {
        let (mut x, y) = wavy(300);
        x.iter_mut().step_by(3).for_each(|value| *value = f32::NAN);
        let forest = fit(&x, &y, &plain_params());
        let mut sides = [0, 0];
        for tree in &forest.trees {
            for place in 0..tree.len() {
                if let Kind::Split { split, .. } = tree.node(place) {
                    sides[usize::from(split.missing_left)] += 1;
                }
            }
            let mut cells = rows(tree);
            for missing in [true, false] {
                if !missing {
                    cells.retain(|cell| !cell.is_nan());
                    cells.truncate(cells.len() / 4 * 4);
                }
                let block = Block::new(&cells, 4, missing);
                let expected: Vec<u32> = cells.chunks(4).map(|row| tree.leaf(row)).collect();
                let short = Steps::new(tree, 4, missing);
                assert!(matches!(short, Steps::Short(_)));
                assert_eq!(leaves(&short, &block), expected);
                let long = Layout::new(tree, 4, missing);
                assert_eq!(leaves(&Steps::Long(long), &block), expected);
            }
        }
        assert!(sides.iter().all(|&side| side > 50), "{sides:?}");
    }

    #[test]
    fn a_tree_of_one_leaf_is_no_walk() {
        let mut tree = Tree::default();
        tree.push_leaf(7);
        let block = Block::new(&[1.0, f32::NAN], 1, true);
        assert_eq!(leaves(&Steps::new(&tree, 1, true), &block), [7, 7]);
    }

    #[test]
    fn a_row_too_wide_for_short_steps_takes_long_ones() {
        let mut tree = Tree::default();
        let root = tree.push_split(&crate::forest::split::Split {
            feature: 69_999,
            threshold: 0.5,
            missing_left: true,
        });
        tree.push_leaf(0);
        tree.link_right_child(root);
        tree.push_leaf(1);
        let steps = Steps::new(&tree, 70_000, true);
        assert!(matches!(steps, Steps::Long(_)));
        let mut cells = vec![0.0; 3 * 70_000];
        cells[69_999] = 1.0;
        cells[139_999] = f32::NAN;
        assert_eq!(leaves(&steps, &Block::new(&cells, 70_000, true)), [1, 0, 0]);
    }
}
