//! Tests of the `codec`, which they outgrew.

use ndarray::{Array2, array};
use proptest::prelude::*;

use super::testing::{fit, plain_params, wavy};
use super::{DecodeError, Forest, ForestParams, MaxFeatures};

fn small_forest() -> (Forest, Vec<u8>) {
    forest_of(24, false)
}

fn forest_of(n_rows: usize, keep_leaf_rows: bool) -> (Forest, Vec<u8>) {
    let (x, y) = wavy(n_rows);
    let params = ForestParams {
        n_trees: 3,
        keep_leaf_rows,
        min_samples_leaf: 2,
        max_features: MaxFeatures::Count(2),
        bootstrap: true,
        ..plain_params()
    };
    let forest = fit(&x, &y, &params);
    let mut bytes = Vec::new();
    forest.encode(&mut bytes);
    (forest, bytes)
}

/// Checks that bytes are refused or a forest that predicts and has these bytes only.
fn decodes_safely(bytes: &[u8]) -> bool {
    let Ok(forest) = Forest::decode(bytes) else { return false };
    let mut again = Vec::new();
    forest.encode(&mut again);
    assert_eq!(again, bytes);
    let mut x = Array2::zeros((4, forest.n_features()));
    for (mut row, value) in x.outer_iter_mut().zip([f32::NAN, f32::INFINITY, 0.0, -1e30]) {
        row.fill(value);
    }
    assert!(forest.predict(x.view()).unwrap().iter().all(|value| value.is_finite()));
    assert!(forest.predict_spread(x.view()).unwrap().iter().all(|value| value.is_finite()));
    if let Ok(quantiles) = forest.predict_quantiles(x.view(), &[0.0, 0.5, 1.0]) {
        assert!(quantiles.iter().all(|value| value.is_finite()));
    }
    true
}

#[test]
fn a_forest_survives_a_round_trip() {
    // More leaves than one byte counts, and more rows.
    for (n_rows, keep_leaf_rows) in [(24, false), (24, true), (900, true)] {
        let (forest, bytes) = forest_of(n_rows, keep_leaf_rows);
        assert!(Forest::decode(&bytes).unwrap() == forest);
    }
    let one = fit(&array![[1.0], [1.0]], &array![[3.0], [3.0]], &plain_params());
    let mut bytes = Vec::new();
    one.encode(&mut bytes);
    assert_eq!(Forest::decode(&bytes).unwrap(), one);
}

#[test]
fn a_node_takes_some_four_bytes() {
    let (forest, bytes) = forest_of(900, false);
    let tables = 24 + 8 * (4 + 4 * 2 + forest.leaves.len());
    let bytes_per_node = (bytes.len() - tables) as f64 / forest.n_nodes() as f64;
    assert!((3.0..3.8).contains(&bytes_per_node), "{bytes_per_node}");
}

#[test]
fn every_truncation_is_an_error() {
    for keep_leaf_rows in [false, true] {
        let (_, bytes) = forest_of(24, keep_leaf_rows);
        for length in 0..bytes.len() {
            assert!(Forest::decode(&bytes[..length]).is_err(), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Forest::decode(&longer), Err(DecodeError::Trailing { extra: 1 }));
    }
}

#[test]
fn every_flipped_byte_is_an_error_or_a_forest_that_predicts() {
    let (_, bytes) = forest_of(24, true);
    let (mut refused, mut accepted) = (0, 0);
    for place in 0..bytes.len() {
        for flip in [0x01, 0x40, 0x80, 0xFF] {
            let mut spoiled = bytes.clone();
            spoiled[place] ^= flip;
            if decodes_safely(&spoiled) { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(refused > 500 && accepted > 500, "{refused} {accepted}");
}

#[test]
fn counts_beyond_the_bytes_allocate_nothing() {
    let (_, bytes) = forest_of(24, true);
    for place in [4, 8, 12, 16, 20] {
        let mut spoiled = bytes.clone();
        spoiled[place..place + 4].copy_from_slice(&0x7FFF_FFF0_u32.to_le_bytes());
        let error = Forest::decode(&spoiled).unwrap_err();
        // The bytes after the last tree may be mistaken for one more before they end.
        let is_truncated = matches!(error, DecodeError::Truncated { .. });
        assert!(is_truncated || place == 12, "{error}");
        spoiled[place..place + 4].copy_from_slice(&[0; 4]);
        let error = Forest::decode(&spoiled).unwrap_err();
        match place {
            20 => assert!(matches!(error, DecodeError::Trailing { .. }), "{error}"),
            _ => assert!(matches!(error, DecodeError::OutOfRange { .. }), "{error}"),
        }
    }
}

#[test]
fn values_that_no_forest_has_are_named() {
    let (forest, bytes) = small_forest();
    let shares = 24; // after six counts
    let leaves = shares + 8 * (forest.n_features + forest.n_features * forest.n_targets);
    let cases = [
        (shares, -0.1, "importances out of range at offset 24"),
        (shares + 32, 1.5, "importances by target out of range at offset 56"),
        (leaves + 8, f64::NAN, "leaf values out of range at offset 120"),
        (leaves + 8, -1e101, "leaf values out of range at offset 120"),
    ];
    for (place, value, message) in cases {
        let mut spoiled = bytes.clone();
        spoiled[place..place + 8].copy_from_slice(&f64::to_le_bytes(value));
        assert_eq!(Forest::decode(&spoiled).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_tree_whose_nodes_are_out_of_range_is_named_with_the_node() {
    // One tree, a split and two leaves: bits 001 of the nodes, a side, feature, threshold and
    // the leaves' places.
    let params = ForestParams { n_trees: 1, ..plain_params() };
    let forest = fit(&array![[1.0], [2.0]], &array![[3.0], [4.0]], &params);
    let mut bytes = Vec::new();
    forest.encode(&mut bytes);
    let tree = bytes.len() - 9;
    assert_eq!(bytes[tree..], [1, 0, 0, 0, 0, 0xC0, 0x3F, 0, 1]);
    let damage = |place: usize, byte: u8| {
        let mut spoiled = bytes.clone();
        spoiled[tree + place] = byte;
        Forest::decode(&spoiled).unwrap_err().to_string()
    };
    assert_eq!(damage(0, 0b1001), format!("nodes out of range at offset {tree}"));
    assert_eq!(damage(0, 0), "7 bytes follow the forest");
    assert_eq!(damage(2, 1), "tree 0 is damaged at node 0");
    assert_eq!(damage(6, 0xFF), "tree 0 is damaged at node 0");
    assert_eq!(damage(8, 2), "tree 0 is damaged at node 2");
}

#[test]
fn another_version_is_named() {
    let (_, mut bytes) = small_forest();
    bytes[0] = 1;
    let message = Forest::decode(&bytes).unwrap_err().to_string();
    assert_eq!(message, "forest format 1 is not the supported 2");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes_are_an_error_or_a_forest_that_predicts(
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        [n_features, n_targets, n_trees, n_leaves, n_rows] in prop::array::uniform5(0_u8..4),
        as_header: bool,
        zeros in 24_usize..200,
    ) {
        if as_header && bytes.len() >= 24 {
            bytes[..24].fill(0);
            bytes[0] = 2;
            let counts = [n_features, n_targets, n_trees, n_leaves, n_rows];
            for (place, count) in counts.into_iter().enumerate() {
                bytes[4 + 4 * place] = count;
            }
            // Importances and leaf values that random bytes hardly ever are.
            let end = zeros.min(bytes.len());
            bytes[24..end].fill(0);
        }
        decodes_safely(&bytes);
    }

    #[test]
    fn a_mutated_forest_is_an_error_or_a_forest_that_predicts(
        keep_leaf_rows: bool,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (_, mut bytes) = forest_of(24, keep_leaf_rows);
        for (place, byte) in edits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        decodes_safely(&bytes);
    }
}
