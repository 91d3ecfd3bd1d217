//! Parity with scikit-learn: on the same data, the forest scores as scikit-learn's does and
//! finds the same features important. `tests/reference/forest_parity.py` made the data and
//! the figures.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::ops::ControlFlow;

use ndarray::{Array2, ArrayView1, Axis};
use serde::Deserialize;
use traj::forest::{Forest, ForestParams, MaxFeatures, TargetScaling};

const DATA: &str = include_str!("reference/forest_parity.csv");
const REFERENCE: &str = include_str!("reference/forest_parity.json");
const N_FEATURES: usize = 9;
const N_SEEDS: usize = 10;

#[derive(Deserialize)]
struct Reference {
    n_train: usize,
    n_trees: usize,
    cases: std::collections::BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    params: CaseParams,
    /// `(n_seeds, n_targets)`
    r2_by_seed: Vec<[f64; 3]>,
    mean_importances: Vec<f64>,
}

#[derive(Deserialize)]
struct CaseParams {
    bootstrap: bool,
    target_scaling: TargetScaling,
    max_features: MaxFeatures,
    min_samples_leaf: usize,
}

#[test]
fn standardised_targets_score_as_scikit_learns_do_on_standardised_targets() {
    compare("scaled");
}

#[test]
fn raw_targets_score_as_scikit_learns_do() {
    compare("raw");
}

#[test]
fn a_third_of_the_features_scores_as_in_scikit_learn() {
    compare("share");
}

#[test]
fn larger_leaves_score_as_in_scikit_learn() {
    compare("leaf");
}

#[test]
fn trees_without_bootstrap_score_as_in_scikit_learn() {
    compare("single");
}

/// Compares ten of our seeds with ten of scikit-learn's.
fn compare(name: &str) {
    let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
    let case = &reference.cases[name];
    let (x, y) = read_data();
    let (x_train, x_test) = x.view().split_at(Axis(0), reference.n_train);
    let (y_train, y_test) = y.view().split_at(Axis(0), reference.n_train);
    let mut r2_by_seed = Vec::new();
    let mut importances = [0.0; N_FEATURES];
    for seed in 0..N_SEEDS {
        let params = params(case, reference.n_trees, seed as u64).check().unwrap();
        let forest = Forest::fit(x_train, y_train, &params, &|| ControlFlow::Continue(())).unwrap();
        let predicted = forest.predict(x_test).unwrap();
        r2_by_seed
            .push([0, 1, 2].map(|target| r2(predicted.column(target), y_test.column(target))));
        for (sum, importance) in importances.iter_mut().zip(forest.importances().overall()) {
            *sum += importance / N_SEEDS as f64;
        }
    }
    for target in 0..3 {
        let (ours, _) = mean_and_std(&r2_by_seed, target);
        let (theirs, std) = mean_and_std(&case.r2_by_seed, target);
        // The difference of two means over ten seeds has a standard error of std sqrt(2/10),
        // with std known to some 20 %: four standard errors are allowed.
        let tolerance = 4.0 * std * (2.0 / N_SEEDS as f64).sqrt();
        assert!(
            (ours - theirs).abs() <= tolerance,
            "{name}, target {target}: R2 {ours:.4}, scikit-learn {theirs:.4} +- {tolerance:.4}"
        );
    }
    for (feature, (ours, theirs)) in importances.iter().zip(&case.mean_importances).enumerate() {
        assert!(
            (ours - theirs).abs() <= 0.02,
            "{name}, feature {feature}: importance {ours:.4}, scikit-learn {theirs:.4}"
        );
    }
}

fn params(case: &Case, n_trees: usize, seed: u64) -> ForestParams {
    ForestParams {
        n_trees,
        min_samples_leaf: case.params.min_samples_leaf,
        max_features: case.params.max_features,
        bootstrap: case.params.bootstrap,
        target_scaling: case.params.target_scaling,
        seed,
        ..ForestParams::default()
    }
}

/// Features, an empty cell being missing, and targets.
fn read_data() -> (Array2<f32>, Array2<f64>) {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for record in csv::Reader::from_reader(DATA.as_bytes()).records() {
        let record = record.unwrap();
        for (column, cell) in record.iter().enumerate() {
            match (column < N_FEATURES, cell) {
                (true, "") => x.push(f32::NAN),
                (true, _) => x.push(cell.parse().unwrap()),
                (false, _) => y.push(cell.parse().unwrap()),
            }
        }
    }
    let n_rows = y.len() / 3;
    let x = Array2::from_shape_vec((n_rows, N_FEATURES), x).unwrap();
    (x, Array2::from_shape_vec((n_rows, 3), y).unwrap())
}

fn r2(predicted: ArrayView1<'_, f64>, truth: ArrayView1<'_, f64>) -> f64 {
    let mean = truth.mean().unwrap();
    let total: f64 = truth.iter().map(|truth| (truth - mean).powi(2)).sum();
    let left: f64 = truth.iter().zip(predicted).map(|(truth, value)| (truth - value).powi(2)).sum();
    1.0 - left / total
}

/// The mean and the sample standard deviation of one target's scores.
fn mean_and_std(scores: &[[f64; 3]], target: usize) -> (f64, f64) {
    let n = scores.len() as f64;
    let mean = scores.iter().map(|scores| scores[target]).sum::<f64>() / n;
    let squares: f64 = scores.iter().map(|scores| (scores[target] - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}
