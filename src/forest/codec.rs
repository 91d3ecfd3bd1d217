//! A *codec* turns a forest into bytes and doubtful bytes into a forest or an error.
//! `models` calls it inside its own container, which detects damage by a hash.
//!
//! Version 2, little-endian. `u32` version, features, targets, trees, leaves, and training
//! rows or 0 if the forest does not know those of its leaves; `f64` overall importances by
//! feature, importances by feature and target, leaf values by leaf and target. Then per tree:
//! a bit for each node in depth-first order, 1 for a split, from which follow the number of
//! nodes and the right children; a bit for each split, 1 if missing values go left; the
//! splits' features in 1 to 4 bytes by their number; their `f32` thresholds; the leaves'
//! places in the table of leaf values in 1 to 4 bytes by its length. Bits are padded with
//! zeros to bytes. Last, if there are training rows: their `f64` targets by row and target,
//! and for each leaf of the table the number of its rows less 1, then for each of these the
//! row, then the bootstrap count less 1, in 1 to 4 bytes by the number of rows.
//!
//! A node takes some 4 bytes. Out-of-bag predictions are left out.

use super::ensemble::Forest;
use super::importance::Importances;
use super::members::{Members, RowLists};
use super::packing::{Reader, bit, put_below, put_bits};
use super::predict::matrix;
use super::split::Split;
use super::tree::{Kind, Tree};

const VERSION: u32 = 2;
/// Most features: a node needs a bit of their number for itself.
const MOST_FEATURES: u32 = (1 << 31) - 2;
/// Leaf values are below this in any forest, since targets are at most 1e100, so that no sum
/// over trees can overflow.
const LARGEST_VALUE: f64 = 1.1e100;

/// Why bytes are not a forest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Another version of the format, or no forest at all.
    #[error("forest format {found} is not the supported {expected}")]
    Version {
        /// The version that this program writes.
        expected: u32,
        /// The version found.
        found: u32,
    },
    /// The bytes end too early.
    #[error("{what} need {needed} bytes at offset {offset} but {available} are left")]
    Truncated {
        /// What was to be read.
        what: &'static str,
        /// Where it begins.
        offset: usize,
        /// Bytes that it takes.
        needed: usize,
        /// Bytes that there are.
        available: usize,
    },
    /// Bytes follow the forest.
    #[error("{extra} bytes follow the forest")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// A number that no forest has: a count of zero, or a value that is not finite.
    #[error("{what} out of range at offset {offset}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// Where it, or the list that has it, begins.
        offset: usize,
    },
    /// A tree whose nodes do not fit together.
    #[error("tree {tree} is damaged at node {node}")]
    Tree {
        /// The tree, from 0.
        tree: usize,
        /// The first node that breaks an invariant, from 0.
        node: usize,
    },
}

impl Forest {
    /// Appends the forest to `bytes`. Equal forests give equal bytes on every machine.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        let n_leaves = self.leaves.len() / self.n_targets;
        let members = self.members.as_ref();
        let n_rows = members.map_or(0, |members| members.n_rows);
        let counts = [self.n_features, self.n_targets, self.trees.len(), n_leaves, n_rows];
        for word in [VERSION].into_iter().chain(counts.map(|count| count as u32)) {
            bytes.extend(word.to_le_bytes());
        }
        put_reals(bytes, self.importances.overall.iter().chain(&self.importances.by_target));
        put_reals(bytes, &self.leaves);
        for tree in &self.trees {
            put_tree(bytes, tree, self.n_features, n_leaves);
        }
        if let Some(Members { by_leaf, targets, .. }) = members {
            put_reals(bytes, targets);
            let starts = [0].into_iter().chain(by_leaf.ends.iter().copied());
            let lengths = starts.zip(&by_leaf.ends).map(|(start, end)| (end - start) as u32);
            put_below(bytes, n_rows, lengths.map(|length| length - 1));
            put_below(bytes, n_rows, by_leaf.rows.iter().copied());
            put_below(bytes, n_rows, by_leaf.counts.iter().map(|count| count - 1));
        }
    }

    /// Reads a forest, which must take all of `bytes`. Safe on any bytes: allocates no more
    /// than a small multiple of their number, and a forest that it returns cannot fail to
    /// predict finite numbers.
    ///
    /// # Errors
    /// Names the first thing that no encoded forest has, with its place.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader { bytes, offset: 0 };
        let found = reader.u32("version")?;
        if found != VERSION {
            return Err(DecodeError::Version { expected: VERSION, found });
        }
        let n_features = reader.count("number of features", MOST_FEATURES)?;
        let n_targets = reader.count("number of targets", u32::MAX)?;
        let n_trees = reader.count("number of trees", u32::MAX)?;
        let n_leaves = reader.count("number of leaves", u32::MAX)?;
        let n_rows = reader.u32("number of training rows")? as usize;
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        let is_value = |value: f64| value.abs() <= LARGEST_VALUE;
        let overall = reader.reals("importances", [n_features, 1], is_share)?;
        let by_target = reader.reals("importances by target", [n_features, n_targets], is_share)?;
        let by_target = matrix((n_features, n_targets), by_target);
        let importances = Importances { overall, by_target };
        let leaves = reader.reals("leaf values", [n_leaves, n_targets], is_value)?;
        let trees = (0..n_trees)
            .map(|tree| read_tree(&mut reader, tree, n_features, n_leaves))
            .collect::<Result<_, _>>()?;
        let members = if n_rows > 0 {
            let targets = reader.reals("training targets", [n_rows, n_targets], is_value)?;
            Some(Members { by_leaf: read_lists(&mut reader, n_leaves, n_rows)?, targets, n_rows })
        } else {
            None
        };
        match reader.bytes.len() {
            0 => Ok(Self {
                n_features,
                n_targets,
                trees,
                leaves,
                importances,
                members,
                out_of_bag: None,
            }),
            extra => Err(DecodeError::Trailing { extra }),
        }
    }
}

fn put_reals<'a>(bytes: &mut Vec<u8>, reals: impl IntoIterator<Item = &'a f64>) {
    for real in reals {
        bytes.extend_from_slice(&real.to_le_bytes());
    }
}

fn put_tree(bytes: &mut Vec<u8>, tree: &Tree, n_features: usize, n_leaves: usize) {
    let nodes = || (0..tree.len()).map(|place| tree.node(place));
    let splits = || {
        nodes().filter_map(|node| match node {
            Kind::Split { split, .. } => Some(split),
            Kind::Leaf(_) => None,
        })
    };
    put_bits(bytes, nodes().map(|node| matches!(node, Kind::Split { .. })));
    put_bits(bytes, splits().map(|split| split.missing_left));
    put_below(bytes, n_features, splits().map(|split| split.feature));
    for split in splits() {
        bytes.extend_from_slice(&split.threshold.to_le_bytes());
    }
    let leaves = nodes().filter_map(|node| match node {
        Kind::Leaf(leaf) => Some(leaf),
        Kind::Split { .. } => None,
    });
    put_below(bytes, n_leaves, leaves);
}

fn read_tree(
    reader: &mut Reader<'_>,
    number: usize,
    n_features: usize,
    n_leaves: usize,
) -> Result<Tree, DecodeError> {
    let n_nodes = count_nodes(reader.bytes).ok_or_else(|| DecodeError::Truncated {
        what: "nodes",
        offset: reader.offset,
        needed: reader.bytes.len() + 1,
        available: reader.bytes.len(),
    })?;
    let n_splits = n_nodes / 2;
    let is_split = reader.bits("nodes", n_nodes)?;
    let missing_left = reader.bits("sides of missing values", n_splits)?;
    let mut features = reader.packed("features", n_splits, n_features)?;
    let (thresholds, _) = reader.take("thresholds", n_splits.saturating_mul(4))?.as_chunks::<4>();
    let mut leaves = reader.packed("leaves", n_splits + 1, n_leaves)?;

    // All that the nodes are made of is there, so there is no harm in making space for them.
    let mut tree = Tree::with_capacity(n_nodes);
    let mut parents = Vec::new();
    let mut splits = (0..n_splits).zip(thresholds);
    let damaged = |node| DecodeError::Tree { tree: number, node };
    for node in 0..n_nodes {
        if bit(is_split, node) {
            let (place, threshold) = splits.next().ok_or(damaged(node))?;
            // The minimum is out of range as well, but has no bit that a node needs.
            let feature = features.next().ok_or(damaged(node))?.min(n_features as u32);
            let threshold = f32::from_le_bytes(*threshold);
            let missing_left = bit(missing_left, place);
            parents.push(tree.push_split(&Split { feature, threshold, missing_left }));
        } else {
            tree.push_leaf(leaves.next().ok_or(damaged(node))?);
            if let Some(parent) = parents.pop() {
                tree.link_right_child(parent);
            }
        }
    }
    match tree.first_fault(n_features, n_leaves) {
        Some(node) => Err(damaged(node)),
        None => Ok(tree),
    }
}

/// The number of nodes of the tree whose bits begin the bytes, if they hold all of it.
fn count_nodes(bytes: &[u8]) -> Option<usize> {
    let mut open = 1_usize;
    for place in 0..bytes.len().checked_mul(8)? {
        open = if bit(bytes, place) { open + 1 } else { open - 1 };
        if open == 0 {
            return Some(place + 1);
        }
    }
    None
}

fn read_lists(
    reader: &mut Reader<'_>,
    n_lists: usize,
    n_rows: usize,
) -> Result<RowLists, DecodeError> {
    let mut end = 0;
    let lengths = reader.below("numbers of rows by leaf", n_lists, n_rows)?;
    let ends: Vec<usize> = lengths
        .into_iter()
        .map(|length| {
            end += length as usize + 1;
            end
        })
        .collect();
    let rows = reader.below("rows by leaf", end, n_rows)?;
    let mut counts = reader.below("counts by leaf", end, n_rows)?;
    for count in &mut counts {
        *count += 1;
    }
    Ok(RowLists { ends, rows, counts })
}
