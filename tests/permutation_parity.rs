//! Parity with scikit-learn's `permutation_importance`: on the same data, forests of ours need
//! the same features as much, and rank them alike. `tests/reference/forest_parity.py` made the
//! data, `tests/reference/permutation_parity.py` the figures.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ndarray::{Array2, Axis};
use serde::Deserialize;
use traj::evaluate::{Judged, Permutations, deviations, permutation_importances};
use traj::forest::{Forest, ForestError, ForestParams, TargetScaling};
use traj::models::derive_seed;
use traj::tables::Target;

const DATA: &str = include_str!("reference/forest_parity.csv");
const REFERENCE: &str = include_str!("reference/permutation_parity.json");
const N_FEATURES: usize = 9;
const N_SEEDS: u64 = 10;
const TARGETS: [Target; 3] = [Target::Longitude, Target::Altitude, Target::Elapsed];
/// All targets together, then each.
const CASES: [&str; 4] = ["all", "longitude", "altitude", "elapsed"];

#[derive(Deserialize)]
struct Reference {
    n_train: usize,
    n_trees: usize,
    n_repeats: usize,
    min_samples_leaf: usize,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    /// `(n_seeds, n_features)`
    importances_mean_by_seed: Vec<Vec<f64>>,
    importances_std_by_seed: Vec<Vec<f64>>,
    least_spearman_of_two_seeds: f64,
}

/// By seed and feature.
type BySeed = Vec<Vec<f64>>;

#[test]
fn features_are_needed_as_much_as_scikit_learn_says_and_in_the_same_order() {
    let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
    let ours = measure(&reference);
    for (name, (means, stds)) in CASES.iter().zip(&ours) {
        let case = &reference.cases[*name];
        let (found, _) = mean_and_std(means);
        let (expected, spread) = mean_and_std(&case.importances_mean_by_seed);
        for feature in 0..N_FEATURES {
            // The difference of two means over ten seeds has a standard error of spread
            // sqrt(2/10), with the spread known to some 20 %: four of them are allowed, and
            // the last digit of the reference.
            let tolerance = 4.0 * spread[feature] * (2.0 / N_SEEDS as f64).sqrt() + 1e-6;
            let (found, expected) = (found[feature], expected[feature]);
            assert!(
                (found - expected).abs() <= tolerance,
                "{name}, feature {feature}: {found:.4}, scikit-learn {expected:.4} +- {tolerance:.4}"
            );
        }
        // We and they agree as two of their own seeds do at the least; what chance cannot
        // exchange, since two seeds' difference has a spread of sqrt(2) that of one, is in the
        // same order.
        let agreement = spearman(&found, &expected);
        assert!(agreement >= case.least_spearman_of_two_seeds, "{name}: {agreement}");
        let order = ranked(&expected);
        let apart = |pair: &[usize]| {
            expected[pair[0]] - expected[pair[1]] > 4.0 * spread[pair[0]].max(spread[pair[1]])
        };
        let k = order.windows(2).rposition(apart).unwrap() + 1;
        let top = |order: &[usize]| {
            let mut top = order[..k].to_vec();
            top.sort_unstable();
            top
        };
        assert_eq!(top(&ranked(&found)), top(&order), "{name}: the first {k}");
        assert_eq!(ranked(&found)[0], order[0], "{name}");
        // The spread over repeats of what matters most is known to some 15 % on both sides.
        let (std, expected) = (mean_and_std(stds).0, mean_and_std(&case.importances_std_by_seed).0);
        let ratio = std[order[0]] / expected[order[0]];
        assert!((0.5..2.0).contains(&ratio), "{name}: spread {ratio} times scikit-learn's");
    }
}

/// Importances and their spreads over repeats, for each of the cases.
fn measure(reference: &Reference) -> Vec<(BySeed, BySeed)> {
    let (x, y) = read_data();
    let (x_train, x_test) = x.view().split_at(Axis(0), reference.n_train);
    let (y_train, y_test) = y.view().split_at(Axis(0), reference.n_train);
    let scales = deviations(y_train);
    let groups: Vec<Vec<usize>> = (0..N_FEATURES).map(|column| vec![column]).collect();
    let mut cases = vec![(Vec::new(), Vec::new()); CASES.len()];
    for seed in 0..N_SEEDS {
        let params = ForestParams {
            n_trees: reference.n_trees,
            min_samples_leaf: reference.min_samples_leaf,
            target_scaling: TargetScaling::Standard,
            seed,
            ..ForestParams::default()
        };
        let params = params.check().unwrap();
        let forest = Forest::fit(x_train, y_train, &params, &|| ControlFlow::Continue(())).unwrap();
        let columns = forest.permutable(x_test.reborrow()).unwrap();
        let judged = Judged { x: x_test, truth: y_test, targets: &TARGETS, scales: &scales };
        let own = |group: usize, repeat: usize| {
            derive_seed(seed, &[&group.to_string(), &repeat.to_string()])
        };
        let permutations =
            Permutations { groups: &groups, repeats: reference.n_repeats, seed: &own };
        let predict = |exchanged: &[(usize, &[f32])]| columns.predict_with_columns(exchanged);
        let found = permutation_importances::<ForestError>(&predict, judged, permutations).unwrap();
        for (case, (means, stds)) in cases.iter_mut().enumerate() {
            let permuted = found.iter().map(|group| match case {
                0 => group.overall.unwrap(),
                target => group.by_target[target - 1].unwrap(),
            });
            let (mean, std) = permuted.map(|p| (p.importance, p.std.unwrap())).unzip();
            means.push(mean);
            stds.push(std);
        }
    }
    cases
}

/// Features, an empty cell being missing, and targets.
fn read_data() -> (Array2<f32>, Array2<f64>) {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for record in csv::Reader::from_reader(DATA.as_bytes()).records() {
        for (column, cell) in record.unwrap().iter().enumerate() {
            match (column < N_FEATURES, cell) {
                (true, "") => x.push(f32::NAN),
                (true, _) => x.push(cell.parse().unwrap()),
                (false, _) => y.push(cell.parse().unwrap()),
            }
        }
    }
    let n_rows = y.len() / TARGETS.len();
    let x = Array2::from_shape_vec((n_rows, N_FEATURES), x).unwrap();
    (x, Array2::from_shape_vec((n_rows, TARGETS.len()), y).unwrap())
}

/// By feature, the mean and the sample standard deviation over seeds.
fn mean_and_std(by_seed: &BySeed) -> (Vec<f64>, Vec<f64>) {
    let n = by_seed.len() as f64;
    let of = |feature: usize| {
        let mean = by_seed.iter().map(|values| values[feature]).sum::<f64>() / n;
        let squares: f64 = by_seed.iter().map(|values| (values[feature] - mean).powi(2)).sum();
        (mean, (squares / (n - 1.0)).sqrt())
    };
    (0..N_FEATURES).map(of).unzip()
}

/// Features, the most important first.
fn ranked(importances: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..importances.len()).collect();
    order.sort_by(|a, b| importances[*b].total_cmp(&importances[*a]));
    order
}

/// Spearman's rank correlation of values without ties.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let rank = |values: &[f64], feature: usize| {
        ranked(values).iter().position(|other| *other == feature).unwrap() as f64
    };
    let n = a.len() as f64;
    let squares: f64 = (0..a.len()).map(|at| (rank(a, at) - rank(b, at)).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}
