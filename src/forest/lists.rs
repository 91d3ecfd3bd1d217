//! The *lists* of a tree hold its sample sorted by each feature. A node is the same range of
//! every list; `splitter` reads it, `grow` splits it.
//!
//! Sorting happens once per matrix (`features`), selecting the sample once per tree, and
//! each split keeps the order with one pass: a level of the tree costs a pass over the lists
//! where sorting anew would cost a factor log n more.

use std::ops::Range;

use fearless_simd::Simd;

use super::features::Features;
use super::rank::{Entry, Needed};
use super::sample::Sample;
use super::sides::Sides;

/// Entries that a kernel may read beyond the end of a node.
pub(super) const OVERRUN: usize = 16;

/// The sorted lists of one tree.
#[derive(Clone)]
pub(super) struct Lists<E> {
    /// Number of entries from one list to the next.
    stride: usize,
    /// `(n_features, stride)`: the sample sorted by each feature, missing values last, then
    /// [`OVERRUN`] entries of row 0.
    entries: Vec<E>,
    /// The right side of the list that is being split.
    right: Vec<E>,
}

impl<E: Entry> Lists<E> {
    pub(super) fn new(features: &Features, sample: &Sample, missing: u32) -> Self {
        let n_rows = sample.n_rows();
        let stride = n_rows + OVERRUN;
        let mut entries = vec![E::default(); features.n_features * stride];
        for (feature, list) in entries.chunks_exact_mut(stride).enumerate() {
            let mut end = 0;
            features.sorted(feature, missing).for_each(|(row, rank)| {
                // Writes in any case and goes on only if the row was drawn: no branch that
                // could be mispredicted.
                let (place, drawn) = sample.place(row);
                list[end] = E::new(rank, place);
                end += usize::from(drawn);
            });
            list[n_rows..].fill(E::default());
        }
        Self { stride, entries, right: vec![E::default(); n_rows + OVERRUN] }
    }

    /// No lists, for trees that need none.
    pub(super) fn none() -> Self {
        Self { stride: 0, entries: Vec::new(), right: Vec::new() }
    }

    /// Takes over other lists of the same sample.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.entries.copy_from_slice(&other.entries);
    }

    /// A node's entries in the list of one feature, and those that follow.
    #[inline(always)]
    pub(super) fn list(&self, feature: u32, node: &Range<usize>) -> &[E] {
        let start = feature as usize * self.stride;
        &self.entries[start + node.start..start + node.end + OVERRUN]
    }

    /// Moves the entries of a node whose row goes left before the others, in every list,
    /// keeping the order within each side.
    #[inline(always)]
    pub(super) fn split<S: Simd>(
        &mut self,
        simd: S,
        node: &Range<usize>,
        sides: &Sides,
        needed: Needed,
    ) {
        for list in self.entries.chunks_exact_mut(self.stride) {
            let list = &mut list[node.start..node.end + OVERRUN];
            // A feature that is constant here is so from here on, whatever the order.
            if !list[0].ties(list[node.len() - 1]) {
                E::part(simd, list, node.len(), &mut self.right, sides, needed);
            }
        }
    }
}
