//! *Properties* that whole forests have, whatever module is responsible.
//! Run as unit tests, since some look at the trees themselves.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array2, Axis, array};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use super::draw::{bootstrap_counts, stream};
use super::testing::{fit, plain_params, wavy};
use super::{Forest, ForestError, ForestParams, MaxFeatures, TargetScaling};

/// One tree whose leaves are too large for two features to cut a node alike.
fn without_ties() -> ForestParams {
    ForestParams { n_trees: 1, min_samples_leaf: 6, ..plain_params() }
}

fn bytes(forest: &Forest) -> Vec<u8> {
    let mut bytes = Vec::new();
    forest.encode(&mut bytes);
    bytes
}

fn assert_close(left: &Array2<f64>, right: &Array2<f64>) {
    let scale = right.mapv(f64::abs);
    for ((left, right), scale) in left.iter().zip(right).zip(&scale) {
        assert!((left - right).abs() <= 1e-9 * scale, "{left} {right}");
    }
}

#[test]
fn a_fully_grown_tree_returns_its_training_targets() {
    let (x, mut y) = wavy(200);
    // Seconds since 1970, which single precision would round to two minutes.
    y.column_mut(1).mapv_inplace(|value| 1.7e9 + value);
    let forest = fit(&x, &y, &ForestParams { n_trees: 1, ..plain_params() });
    assert_eq!(forest.predict(x.view()).unwrap(), y);
    assert_eq!(forest.n_nodes(), 2 * 200 - 1);
    assert_eq!(forest.leaves.len(), 200 * 2);
}

#[test]
fn a_tree_refits_its_own_predictions_exactly() {
    let (x, y) = wavy(300);
    let params = without_ties();
    let predicted = fit(&x, &y, &params).predict(x.view()).unwrap();
    assert_ne!(predicted, y);
    let refitted = fit(&x, &predicted, &ForestParams { min_samples_leaf: 1, ..params });
    assert_eq!(refitted.predict(x.view()).unwrap(), predicted);
}

#[test]
fn the_order_of_columns_changes_nothing_but_their_names() {
    let ((x, y), (unseen, _)) = (wavy(300), wavy(400));
    let order = [2, 0, 3, 1];
    let forest = fit(&x, &y, &without_ties());
    let permuted = fit(&x.select(Axis(1), &order), &y, &without_ties());
    assert_eq!(
        permuted.predict(unseen.select(Axis(1), &order).view()).unwrap(),
        forest.predict(unseen.view()).unwrap()
    );
    let importances = forest.importances().by_target().select(Axis(0), &order);
    assert_eq!(permuted.importances().by_target(), importances);
}

#[test]
fn the_order_of_rows_changes_nothing_but_rounding() {
    let ((x, y), (unseen, _)) = (wavy(300), wavy(400));
    let forest = fit(&x, &y, &without_ties());
    let order: Vec<usize> = (0..300).rev().collect();
    let reversed = fit(&x.select(Axis(0), &order), &y.select(Axis(0), &order), &without_ties());
    let predicted = forest.predict(unseen.view()).unwrap();
    assert_close(&reversed.predict(unseen.view()).unwrap(), &predicted);
}

#[test]
fn the_unit_of_a_target_matters_only_without_scaling() {
    let ((x, y), (unseen, _)) = (wavy(300), wavy(400));
    let mut rescaled = y.clone();
    rescaled.column_mut(1).mapv_inplace(|value| 1000.0 * value * 1000.0 * 1000.0);
    for (target_scaling, same) in [(TargetScaling::Standard, true), (TargetScaling::None, false)] {
        let params = ForestParams { target_scaling, ..without_ties() };
        let before = fit(&x, &y, &params).predict(unseen.view()).unwrap();
        let after = fit(&x, &rescaled, &params).predict(unseen.view()).unwrap();
        let largest = before
            .column(0)
            .iter()
            .zip(after.column(0))
            .map(|(before, after)| (before - after).abs() / before.abs())
            .fold(0.0, f64::max);
        assert_eq!(largest < 1e-9, same, "{target_scaling:?} {largest}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let (x, y) = wavy(300);
    let params = ForestParams {
        n_trees: 20,
        max_features: MaxFeatures::Share(0.5),
        bootstrap: true,
        out_of_bag: true,
        ..plain_params()
    };
    let fits = [1, 2, 8].map(|n_threads| {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut forest = fit(&x, &y, &params);
            let out_of_bag = forest.take_out_of_bag().unwrap();
            (bytes(&forest), out_of_bag, forest.predict(x.view()).unwrap())
        })
    });
    assert!(fits[0] == fits[1] && fits[0] == fits[2]);
    let other_seed = fit(&x, &y, &ForestParams { seed: 12, ..params });
    assert_ne!(bytes(&other_seed), fits[0].0);
}

#[test]
fn one_row_and_constant_targets_give_single_leaves() {
    let one = fit(&array![[1.0, f32::NAN]], &array![[3.0, 4.0]], &plain_params());
    assert_eq!((one.n_nodes(), one.n_trees()), (3, 3));
    assert_eq!(one.predict(array![[f32::NAN, 9.0]].view()).unwrap(), array![[3.0, 4.0]]);

    let (x, _) = wavy(30);
    let constant = fit(&x, &Array2::from_elem((30, 2), 0.1), &plain_params());
    assert_eq!(constant.n_nodes(), 3);
    assert_eq!(constant.importances().overall().sum(), 0.0);
    assert_eq!(constant.leaves, [0.1, 0.1]);
}

#[test]
fn a_constant_target_has_no_say_and_no_importance() {
    let (x, mut y) = wavy(100);
    y.column_mut(1).fill(1e9 + 0.1);
    for target_scaling in [TargetScaling::Standard, TargetScaling::None] {
        let params = ForestParams { target_scaling, ..without_ties() };
        let both = fit(&x, &y, &params);
        let alone = fit(&x, &y.select(Axis(1), &[0]), &params);
        let predicted = both.predict(x.view()).unwrap();
        assert_eq!(predicted.select(Axis(1), &[0]), alone.predict(x.view()).unwrap());
        assert!(predicted.column(1).iter().all(|&value| value == 1e9 + 0.1));
        assert_eq!(both.importances().by_target().column(1).sum(), 0.0);
        assert_eq!(both.importances().overall(), alone.importances().overall());
    }
}

#[test]
fn constant_features_leave_the_mean_of_the_bootstrap_sample() {
    let (x, y) = (Array2::from_elem((4, 6), 1.0), array![[1.0], [2.0], [4.0], [8.0]]);
    let params = ForestParams { n_trees: 1, bootstrap: true, ..plain_params() };
    let forest = fit(&x, &y, &params);
    let counts = bootstrap_counts(&mut stream(params.seed, 0), 4, 4);
    let sum: f64 = counts.iter().zip(&y).map(|(&count, y)| f64::from(count) * y).sum();
    assert_eq!(forest.predict(x.select(Axis(0), &[0]).view()).unwrap(), array![[sum / 4.0]]);
}

#[test]
fn leaves_hold_as_many_distinct_rows_as_asked_for_and_depth_is_limited() {
    let (x, y) = wavy(150);
    let params = ForestParams {
        n_trees: 1,
        min_samples_leaf: 5,
        min_samples_split: 14,
        bootstrap: true,
        out_of_bag: true,
        ..plain_params()
    };
    let forest = fit(&x, &y, &params);
    let seen = |row: usize| forest.out_of_bag().unwrap().n_trees(row) == 0;
    let mut rows_by_leaf = vec![0; forest.leaves.len() / 2];
    for row in (0..150).filter(|&row| seen(row)) {
        let values = x.row(row).to_vec();
        rows_by_leaf[forest.trees[0].leaf(&values) as usize] += 1;
    }
    assert!(rows_by_leaf.iter().all(|&rows| rows >= 5), "{rows_by_leaf:?}");
    assert!(rows_by_leaf.len() > 5 && rows_by_leaf.iter().any(|&rows| rows < 14));

    let stump = fit(&x, &y, &ForestParams { max_depth: Some(1), ..params.clone() });
    assert_eq!(stump.n_nodes(), 3);
    let coarse =
        ForestParams { bootstrap: false, out_of_bag: false, min_samples_split: 151, ..params };
    assert_eq!(fit(&x, &y, &coarse).n_nodes(), 1);
    assert_eq!(fit(&x, &y, &ForestParams { min_samples_split: 150, ..coarse }).n_nodes(), 3);
}

#[test]
fn a_row_alone_is_predicted_as_among_others() {
    let (x, y) = wavy(200);
    let forest = fit(&x, &y, &ForestParams { n_trees: 7, bootstrap: true, ..plain_params() });
    let together = forest.predict(x.view()).unwrap();
    let transposed = x.t().as_standard_layout().into_owned();
    assert_eq!(forest.predict(transposed.t()).unwrap(), together);
    let mut alone = [f64::NAN; 2];
    for (row, expected) in x.outer_iter().zip(together.outer_iter()) {
        forest.predict_row_into(&row.to_vec(), &mut alone).unwrap();
        assert_eq!(expected, ndarray::ArrayView1::from(&alone));
    }
    assert_eq!(forest.predict(Array2::zeros((0, 4)).view()).unwrap().dim(), (0, 2));
}

#[test]
fn wrong_widths_are_refused() {
    let (x, y) = wavy(20);
    let forest = fit(&x, &y, &plain_params());
    let message = forest.predict(Array2::zeros((2, 3)).view()).unwrap_err().to_string();
    assert_eq!(message, "rows have 3 features but the forest was fitted on 4");
    let message = forest.predict_row_into(&[0.0; 4], &mut [0.0]).unwrap_err().to_string();
    assert_eq!(message, "there is space for 1 targets but the forest predicts 2");
}

#[test]
fn a_fit_reports_each_tree_and_stops_between_trees() {
    let (x, y) = wavy(50);
    let params = ForestParams { n_trees: 9, ..plain_params() }.check().unwrap();
    let n_done = AtomicUsize::new(0);
    let stop_at = |last: usize| {
        n_done.store(0, Ordering::SeqCst);
        let on_tree = || {
            let is_last = n_done.fetch_add(1, Ordering::SeqCst) + 1 >= last;
            if is_last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let fitted = pool.install(|| Forest::fit(x.view(), y.view(), &params, &on_tree));
        (fitted, n_done.load(Ordering::SeqCst))
    };
    assert!(matches!(stop_at(10), (Ok(_), 9)));
    assert!(matches!(stop_at(3), (Err(ForestError::Interrupted), 3)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    /// Few values, so that ties, constants and missing features abound, and often more
    /// features than rows.
    #[test]
    fn any_matrix_fits_and_predictions_stay_between_the_targets(
        (n_rows, n_features) in (1_usize..12, 1_usize..16),
        cells in prop::collection::vec(prop_oneof![Just(f32::NAN), Just(-1.0), Just(0.0), Just(2.5)], 192),
        targets in prop::collection::vec(-3_i32..3, 24),
        min_samples_leaf in 1_usize..4,
        max_features in prop_oneof![Just(MaxFeatures::All), Just(MaxFeatures::Sqrt)],
        bootstrap: bool,
        seed: u64,
    ) {
        let x = Array2::from_shape_fn((n_rows, n_features), |(row, column)| cells[row * 16 + column]);
        let y = Array2::from_shape_fn((n_rows, 2), |(row, column)| f64::from(targets[row * 2 + column]));
        let params = ForestParams { min_samples_leaf, max_features, bootstrap, seed, ..plain_params() };
        let forest = fit(&x, &y, &params);
        let predicted = forest.predict(x.view()).unwrap();
        for (predicted, y) in predicted.axis_iter(Axis(1)).zip(y.axis_iter(Axis(1))) {
            let least = y.fold(f64::INFINITY, |least, &value| least.min(value));
            let most = y.fold(f64::NEG_INFINITY, |most, &value| most.max(value));
            prop_assert!(predicted.iter().all(|value| (least..=most).contains(value)));
        }
        let importances = forest.importances();
        let total = importances.overall().sum();
        prop_assert!(total == 0.0 || (total - 1.0).abs() < 1e-9);
        let decoded = Forest::decode(&bytes(&forest)).unwrap();
        prop_assert_eq!(bytes(&decoded), bytes(&forest));
    }
}
