//! A *codec* turns a forest into bytes and doubtful bytes into a forest or an error.
//! `models` calls it inside its own container, which detects damage by a hash.
//!
//! Version 1, little-endian, without padding: `u32` version, features, targets, trees,
//! leaves; `f64` overall importances by feature, importances by feature and target, leaf
//! values by leaf and target; then per tree a `u32` number of nodes and the node arrays:
//! `u32` feature codes, `f32` thresholds, `u32` links (see `tree`). Out-of-bag predictions
//! are left out.

use super::ensemble::Forest;
use super::importance::Importances;
use super::predict::matrix;
use super::tree::Tree;

const VERSION: u32 = 1;

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
    /// Bytes follow the last tree.
    #[error("{extra} bytes follow the last tree")]
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
        put_u32(bytes, [VERSION]);
        for count in [self.n_features, self.n_targets, self.trees.len(), n_leaves] {
            put_u32(bytes, [count as u32]);
        }
        let importances = self.importances.overall.iter().chain(&self.importances.by_target);
        for real in importances.chain(&self.leaves) {
            bytes.extend(real.to_le_bytes());
        }
        for tree in &self.trees {
            put_u32(bytes, [tree.len() as u32]);
            put_u32(bytes, tree.features.iter().copied());
            put_u32(bytes, tree.thresholds.iter().map(|threshold| threshold.to_bits()));
            put_u32(bytes, tree.links.iter().copied());
        }
    }

    /// Reads a forest, which must take all of `bytes`. Safe on any bytes: allocates no more
    /// than a small multiple of their number, and a forest that it returns cannot fail to
    /// predict.
    ///
    /// # Errors
    /// Names the first thing that no encoded forest has, with its place.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader { bytes, offset: 0 };
        let found = reader.u32("version")?;
        if found != VERSION {
            return Err(DecodeError::Version { expected: VERSION, found });
        }
        let n_features = reader.count("number of features")?;
        let n_targets = reader.count("number of targets")?;
        let n_trees = reader.count("number of trees")?;
        let n_leaves = reader.count("number of leaves")?;
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        let overall = reader.reals("importances", [n_features, 1], is_share)?;
        let by_target = reader.reals("importances by target", [n_features, n_targets], is_share)?;
        let by_target = matrix((n_features, n_targets), by_target);
        let leaves = reader.reals("leaf values", [n_leaves, n_targets], f64::is_finite)?;
        let trees = (0..n_trees)
            .map(|tree| reader.tree(tree, n_features, n_leaves))
            .collect::<Result<_, _>>()?;
        match reader.bytes.len() {
            0 => {
                let importances = Importances { overall, by_target };
                Ok(Self { n_features, n_targets, trees, leaves, importances, out_of_bag: None })
            }
            extra => Err(DecodeError::Trailing { extra }),
        }
    }
}

fn put_u32(bytes: &mut Vec<u8>, words: impl IntoIterator<Item = u32>) {
    for word in words {
        bytes.extend(word.to_le_bytes());
    }
}

/// The bytes not read yet and how many came before them.
struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn tree(
        &mut self,
        tree: usize,
        n_features: usize,
        n_leaves: usize,
    ) -> Result<Tree, DecodeError> {
        let n_nodes = self.count("number of nodes")?;
        let read = Tree {
            features: self.words("feature codes", n_nodes, |word| word)?,
            thresholds: self.words("thresholds", n_nodes, f32::from_bits)?,
            links: self.words("links", n_nodes, |word| word)?,
        };
        match read.first_fault(n_features, n_leaves) {
            Some(node) => Err(DecodeError::Tree { tree, node }),
            None => Ok(read),
        }
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        Ok(self.words(what, 1, |word| word)?[0])
    }

    /// A number of things of which there must be one.
    fn count(&mut self, what: &'static str) -> Result<usize, DecodeError> {
        let offset = self.offset;
        match self.u32(what)? {
            0 => Err(DecodeError::OutOfRange { what, offset }),
            count => Ok(count as usize),
        }
    }

    fn words<T>(
        &mut self,
        what: &'static str,
        n_words: usize,
        from_bits: impl Fn(u32) -> T,
    ) -> Result<Vec<T>, DecodeError> {
        let (words, _) = self.take(what, n_words.saturating_mul(4))?.as_chunks::<4>();
        Ok(words.iter().map(|word| from_bits(u32::from_le_bytes(*word))).collect())
    }

    fn reals(
        &mut self,
        what: &'static str,
        [n_rows, n_columns]: [usize; 2],
        in_range: impl Fn(f64) -> bool,
    ) -> Result<Vec<f64>, DecodeError> {
        let offset = self.offset;
        let needed = n_rows.saturating_mul(n_columns).saturating_mul(8);
        let (words, _) = self.take(what, needed)?.as_chunks::<8>();
        let reals: Vec<f64> = words.iter().map(|word| f64::from_le_bytes(*word)).collect();
        if reals.iter().all(|&real| in_range(real)) {
            Ok(reals)
        } else {
            Err(DecodeError::OutOfRange { what, offset })
        }
    }

    /// The next `needed` bytes; nothing is allocated for bytes that are not there.
    fn take(&mut self, what: &'static str, needed: usize) -> Result<&'a [u8], DecodeError> {
        let (offset, available) = (self.offset, self.bytes.len());
        let Some((taken, rest)) = self.bytes.split_at_checked(needed) else {
            return Err(DecodeError::Truncated { what, offset, needed, available });
        };
        self.bytes = rest;
        self.offset += needed;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::testing::{fit, plain_params, wavy};
    use crate::forest::{ForestParams, MaxFeatures};

    fn small_forest() -> (Forest, Vec<u8>) {
        let (x, y) = wavy(24);
        let params = ForestParams {
            n_trees: 3,
            min_samples_leaf: 2,
            max_features: MaxFeatures::Count(2),
            bootstrap: true,
            ..plain_params()
        };
        let mut forest = fit(&x, &y, &params);
        forest.take_out_of_bag();
        let mut bytes = Vec::new();
        forest.encode(&mut bytes);
        (forest, bytes)
    }

    #[test]
    fn a_forest_survives_a_round_trip() {
        let (forest, bytes) = small_forest();
        assert_eq!(Forest::decode(&bytes).unwrap(), forest);
    }

    #[test]
    fn every_truncation_is_an_error() {
        let (_, bytes) = small_forest();
        for length in 0..bytes.len() {
            assert!(Forest::decode(&bytes[..length]).is_err(), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Forest::decode(&longer), Err(DecodeError::Trailing { extra: 1 }));
    }

    #[test]
    fn every_flipped_byte_is_an_error_or_a_forest_that_predicts() {
        let (_, bytes) = small_forest();
        let (mut refused, mut accepted) = (0, 0);
        for place in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut spoiled = bytes.clone();
                spoiled[place] ^= flip;
                let Ok(forest) = Forest::decode(&spoiled) else {
                    refused += 1;
                    continue;
                };
                accepted += 1;
                let mut again = Vec::new();
                forest.encode(&mut again);
                assert_eq!(again, spoiled);
                let mut predicted = vec![0.0; forest.n_targets()];
                for row in [f32::NAN, f32::INFINITY, 0.0, -1e30] {
                    let row = vec![row; forest.n_features()];
                    forest.predict_row_into(&row, &mut predicted).unwrap();
                    assert!(predicted.iter().all(|value| value.is_finite()));
                }
            }
        }
        assert!(refused > 500 && accepted > 500, "{refused} {accepted}");
    }

    #[test]
    fn counts_beyond_the_bytes_allocate_nothing() {
        let (_, bytes) = small_forest();
        for place in [4, 8, 12, 16] {
            let mut spoiled = bytes.clone();
            spoiled[place..place + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            let error = Forest::decode(&spoiled).unwrap_err();
            assert!(matches!(error, DecodeError::Truncated { .. }), "{error}");
            spoiled[place..place + 4].copy_from_slice(&[0; 4]);
            let error = Forest::decode(&spoiled).unwrap_err();
            assert!(matches!(error, DecodeError::OutOfRange { .. }), "{error}");
        }
    }

    #[test]
    fn values_that_no_forest_has_are_named() {
        let (forest, bytes) = small_forest();
        let shares = 20;
        let leaves = shares + 8 * (forest.n_features + forest.n_features * forest.n_targets);
        let cases = [
            (shares, -0.1, "importances out of range at offset 20"),
            (shares + 32, 1.5, "importances by target out of range at offset 52"),
            (leaves + 8, f64::NAN, "leaf values out of range at offset 116"),
        ];
        for (place, value, message) in cases {
            let mut spoiled = bytes.clone();
            spoiled[place..place + 8].copy_from_slice(&f64::to_le_bytes(value));
            assert_eq!(Forest::decode(&spoiled).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn another_version_is_named() {
        let (_, mut bytes) = small_forest();
        bytes[0] = 9;
        let message = Forest::decode(&bytes).unwrap_err().to_string();
        assert_eq!(message, "forest format 9 is not the supported 1");
    }
}
