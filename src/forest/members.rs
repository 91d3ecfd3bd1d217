//! *Members* are the training rows of a forest's leaves, with their bootstrap counts.
//! `grow` and `fitting` collect them if asked to, `quantiles` weighs by them, `codec` stores
//! them.

use super::targets::Targets;

/// Lists of rows and counts, of which there is at least one per list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RowLists {
    /// Where each list ends in the other vectors.
    pub(super) ends: Vec<usize>,
    pub(super) rows: Vec<u32>,
    pub(super) counts: Vec<u32>,
}

impl RowLists {
    /// Appends a list of rows and counts.
    pub(super) fn push(&mut self, members: impl IntoIterator<Item = (u32, u32)>) {
        for (row, count) in members {
            self.rows.push(row);
            self.counts.push(count);
        }
        self.ends.push(self.rows.len());
    }

    /// The rows and counts of a list.
    pub(super) fn list(&self, list: usize) -> impl Iterator<Item = (u32, u32)> + Clone + '_ {
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        let range = start..self.ends[list];
        self.rows[range.clone()].iter().copied().zip(self.counts[range].iter().copied())
    }
}

/// The training rows of every leaf and what they were.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Members {
    /// By place in the forest's table of leaf values. A leaf whose rows have the same targets
    /// is just one of them, drawn once.
    pub(super) by_leaf: RowLists,
    /// `(n_rows, n_targets)`: the targets of the training rows in the original units.
    pub(super) targets: Vec<f64>,
    pub(super) n_rows: usize,
}

impl Members {
    /// Members of no leaf yet.
    pub(super) fn of(targets: &Targets) -> Self {
        let n_rows = targets.n_rows();
        let originals = (0..n_rows as u32).flat_map(|row| targets.original(row));
        Self { by_leaf: RowLists::default(), targets: originals.copied().collect(), n_rows }
    }
}
