//! A *partition* keeps the rows of every node of a growing tree next to each other.
//! `grow` reads a node's rows from it and splits them.

use std::ops::Range;

/// The rows that a tree learns from. A node is a range of them, and its rows ascend, so
/// that sums over a node do not depend on how the node came about.
pub(super) struct Partition {
    rows: Vec<u32>,
    scratch: Vec<u32>,
}

impl Partition {
    /// All rows of one tree, which must ascend.
    pub(super) fn new(rows: Vec<u32>) -> Self {
        Self { scratch: vec![0; rows.len()], rows }
    }

    pub(super) fn rows(&self, node: Range<usize>) -> &[u32] {
        &self.rows[node]
    }

    /// Moves the rows of a node that go left before those that go right, keeping the order
    /// within each side, and returns where the right side begins.
    pub(super) fn split(&mut self, node: Range<usize>, goes_left: impl Fn(u32) -> bool) -> usize {
        let (mut middle, mut n_right) = (node.start, 0);
        for place in node.clone() {
            // Writes to both sides and goes on on one: no branch that could be mispredicted.
            let row = self.rows[place];
            let left = usize::from(goes_left(row));
            self.rows[middle] = row;
            self.scratch[n_right] = row;
            middle += left;
            n_right += 1 - left;
        }
        self.rows[middle..node.end].copy_from_slice(&self.scratch[..n_right]);
        middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting_keeps_the_order_on_both_sides_and_touches_no_other_node() {
        let mut partition = Partition::new(vec![0, 1, 2, 3, 4, 5, 6]);
        let middle = partition.split(1..6, |row| row % 2 == 0);
        assert_eq!(middle, 3);
        assert_eq!(partition.rows(0..7), [0, 2, 4, 1, 3, 5, 6]);
        assert_eq!(partition.split(1..3, |_| true), 3);
        assert_eq!(partition.split(1..3, |_| false), 1);
        assert_eq!(partition.rows(0..7), [0, 2, 4, 1, 3, 5, 6]);
    }
}
