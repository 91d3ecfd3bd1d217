//! Accuracy on tables that are no flights: on the same folds, the forest scores as
//! scikit-learn's does, a forest per target and one of all targets, and finds the same
//! features important. `tests/reference/forest_accuracy.py` made the tables and the figures.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, concatenate};
use rayon::prelude::*;
use serde::Deserialize;
use traj::forest::{Forest, ForestParams};

const REFERENCE: &str = include_str!("reference/forest_accuracy.json");
const DIABETES: &str = include_str!("reference/forest_accuracy_diabetes.csv");
const LINNERUD: &str = include_str!("reference/forest_accuracy_linnerud.csv");
const HOUSING: &str = include_str!("reference/forest_accuracy_housing.csv");

#[derive(Deserialize)]
struct Reference {
    n_seeds: usize,
    tables: BTreeMap<String, TableReference>,
}

#[derive(Deserialize)]
struct TableReference {
    n_features: usize,
    n_folds: usize,
    n_trees: usize,
    per_target: Scores,
    joint: Option<Scores>,
}

/// Means and standard deviations over seeds.
#[derive(Deserialize)]
struct Scores {
    /// By target.
    r2: Spread,
    /// By feature, for each forest.
    importances: Vec<Spread>,
}

#[derive(Deserialize)]
struct Spread {
    mean: Vec<f64>,
    std: Vec<f64>,
}

/// A table of the reference and the fold of each row.
struct Table {
    x: Array2<f32>,
    y: Array2<f64>,
    folds: Vec<usize>,
}

/// What one seed scored: R2 by target, and importances `(n_forests, n_features)`.
type SeedScores = (Vec<f64>, Array2<f64>);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    PerTarget,
    Joint,
}

#[test]
fn a_forest_per_target_scores_as_scikit_learns_on_patients() {
    compare("diabetes", DIABETES, Kind::PerTarget);
}

#[test]
fn a_forest_per_target_scores_as_scikit_learns_on_twenty_men() {
    compare("linnerud", LINNERUD, Kind::PerTarget);
}

#[test]
fn a_joint_forest_scores_no_worse_than_scikit_learns_on_twenty_men() {
    compare("linnerud", LINNERUD, Kind::Joint);
}

#[test]
fn a_forest_per_target_scores_as_scikit_learns_on_skewed_features() {
    compare("housing", HOUSING, Kind::PerTarget);
}

#[test]
fn a_joint_forest_scores_no_worse_than_scikit_learns_on_skewed_features() {
    compare("housing", HOUSING, Kind::Joint);
}

/// Compares the means over ten of our seeds with those over ten of scikit-learn's.
fn compare(name: &str, csv: &str, kind: Kind) {
    let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
    let reference_table = &reference.tables[name];
    let theirs = match kind {
        Kind::PerTarget => &reference_table.per_target,
        Kind::Joint => reference_table.joint.as_ref().unwrap(),
    };
    let table = Table::read(csv, reference_table.n_features);
    let by_seed: Vec<SeedScores> = (0..reference.n_seeds as u64)
        .into_par_iter()
        .map(|seed| table.score(reference_table, kind, seed))
        .collect();
    let mean = |of: &dyn Fn(&SeedScores) -> f64| {
        by_seed.iter().map(of).sum::<f64>() / by_seed.len() as f64
    };

    let mut wrong = Vec::new();
    for target in 0..theirs.r2.mean.len() {
        let ours = mean(&|(r2, _)| r2[target]);
        // A joint forest shares its splits among the targets and may do so better than theirs.
        let may_be_more = kind == Kind::Joint;
        let gap = theirs.r2.gap(target, ours, 0.005, may_be_more);
        wrong.extend(gap.map(|gap| format!("R2 of target {target}: {gap}")));
    }
    for (forest, spread) in theirs.importances.iter().enumerate() {
        for feature in 0..spread.mean.len() {
            let ours = mean(&|(_, importances)| importances[[forest, feature]]);
            let gap = spread.gap(feature, ours, 0.02, false);
            wrong.extend(gap.map(|gap| format!("feature {feature} of forest {forest}: {gap}")));
        }
    }
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}

impl Spread {
    /// How far our mean is from theirs, if that is too far.
    ///
    /// Two means over ten seeds differ by chance, with a standard error of std sqrt(2/10), and
    /// std is known to some 20 % only. Some forty numbers are compared, so four standard errors
    /// are allowed where they are more than `least`, a difference that would be no matter.
    fn gap(&self, place: usize, ours: f64, least: f64, may_be_more: bool) -> Option<String> {
        let theirs = self.mean[place];
        let tolerance = least.max(4.0 * self.std[place] * (2.0_f64 / 10.0).sqrt());
        let gap = ours - theirs;
        let is_far = if may_be_more { gap < -tolerance } else { gap.abs() > tolerance };
        is_far.then(|| format!("{ours:.4}, scikit-learn {theirs:.4} +- {tolerance:.4}"))
    }
}

impl Table {
    /// Reads `fold, features..., targets...` below a line of names.
    fn read(csv: &str, n_features: usize) -> Self {
        let (mut x, mut y, mut folds) = (Vec::new(), Vec::new(), Vec::new());
        for record in csv::Reader::from_reader(csv.as_bytes()).records() {
            let record = record.unwrap();
            folds.push(record[0].parse().unwrap());
            x.extend(
                record.iter().skip(1).take(n_features).map(|cell| cell.parse::<f32>().unwrap()),
            );
            y.extend(record.iter().skip(1 + n_features).map(|cell| cell.parse::<f64>().unwrap()));
        }
        let n_rows = folds.len();
        Self {
            x: Array2::from_shape_vec((n_rows, n_features), x).unwrap(),
            y: Array2::from_shape_vec((n_rows, y.len() / n_rows), y).unwrap(),
            folds,
        }
    }

    /// Predicts each row by the forests that did not learn its fold.
    fn score(&self, reference: &TableReference, kind: Kind, seed: u64) -> SeedScores {
        let params = ForestParams { n_trees: reference.n_trees, seed, ..ForestParams::default() };
        let params = params.check().unwrap();
        let targets_per_forest = if kind == Kind::Joint { self.y.ncols() } else { 1 };
        let n_forests = self.y.ncols() / targets_per_forest;
        let mut predicted = Array2::zeros(self.y.raw_dim());
        let mut importances = Array2::zeros((n_forests, reference.n_features));
        for fold in 0..reference.n_folds {
            let (test, train): (Vec<usize>, Vec<usize>) =
                (0..self.folds.len()).partition(|&row| self.folds[row] == fold);
            let (x, x_test) = (self.x.select(Axis(0), &train), self.x.select(Axis(0), &test));
            let y = self.y.select(Axis(0), &train);
            let forests: Vec<Forest> = y
                .axis_chunks_iter(Axis(1), targets_per_forest)
                .map(|y| Forest::fit(x.view(), y, &params, &|| ControlFlow::Continue(())).unwrap())
                .collect();
            let blocks: Vec<Array2<f64>> =
                forests.iter().map(|forest| forest.predict(x_test.view()).unwrap()).collect();
            let views: Vec<ArrayView2<'_, f64>> = blocks.iter().map(Array2::view).collect();
            for (row, values) in test.iter().zip(concatenate(Axis(1), &views).unwrap().rows()) {
                predicted.row_mut(*row).assign(&values);
            }
            for (mut sum, forest) in importances.rows_mut().into_iter().zip(&forests) {
                sum += &forest.importances().overall();
            }
        }
        let r2 =
            self.y.columns().into_iter().zip(predicted.columns()).map(|(y, p)| r2(y, p)).collect();
        (r2, importances / reference.n_folds as f64)
    }
}

fn r2(truth: ArrayView1<'_, f64>, predicted: ArrayView1<'_, f64>) -> f64 {
    let mean = truth.mean().unwrap();
    let total: f64 = truth.iter().map(|truth| (truth - mean).powi(2)).sum();
    let left: f64 = truth.iter().zip(predicted).map(|(truth, value)| (truth - value).powi(2)).sum();
    1.0 - left / total
}
