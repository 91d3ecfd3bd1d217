//! *Explaining* measures how much forests need each feature, by permuting it among held-out
//! flights.
//!
//! For that it fits forests of its own, at a few fractions, on the flights that the last fold
//! learns from, with a random column among their features: the forests that are scored and
//! stored do not see it.

use std::sync::OnceLock;

use ndarray::{Array2, ArrayView2, Axis as MatrixAxis, Slice};

use super::division::Division;
use super::inputs::Material;
use super::work::{Pupils, Work, failed, pairs_of, rows_of};
use super::{ImportancesConfig, TrainError};
use crate::evaluate::{
    Fold, GroupImportance, Judged, Permutations, correlated_clusters, deviations,
    permutation_importances, random_probe,
};
use crate::models::{
    Dataset, Encoder, Inputs, Model, Span, Training, as_learnt, derive_seed, is_grown, is_of_path,
};
use crate::problem::Invalid;
use crate::tables::{
    ClusterRecord, FeatureTable, Horizon, Importance, ImportanceMethod, ModelName,
    PermutationRecord, RANDOM_PROBE, Split,
};

/// Importances by permutation, and how they were measured.
#[derive(Default)]
pub(super) struct Explanation {
    pub(super) rows: Vec<Importance>,
    /// None where nothing was measured.
    pub(super) record: Option<PermutationRecord>,
}

/// Features that are permuted together, and their columns.
struct Group {
    method: ImportanceMethod,
    name: String,
    columns: Vec<usize>,
}

/// The models that are explained: forests of ours at single fractions, of which a prediction
/// with columns exchanged is cheap.
fn explained(work: Work<'_>) -> Vec<ModelName> {
    if work.inputs.importances.repeats == 0 {
        return Vec::new();
    }
    work.inputs
        .train
        .models
        .iter()
        .copied()
        .filter(|name| is_grown(*name) && !is_of_path(*name))
        .collect()
}

/// The last fold of `forward`, or else of the first split that there is, with its number.
fn last_fold(division: &Division) -> Option<(Split, usize, &Fold)> {
    let (split, folds) = division.first_key_value()?;
    Some((*split, folds.len() - 1, folds.last()?))
}

/// Number of estimators that explaining fits, for the progress bar.
pub(super) fn n_steps(work: Work<'_>, material: &Material, divisions: &[Division]) -> u64 {
    let (scored, models) = (material.datasets.iter().zip(divisions), explained(work));
    let steps = scored.filter(|(_, division)| last_fold(division).is_some()).map(|(dataset, _)| {
        let fractions = chosen_fractions(work, dataset).1;
        let at = |horizon: &Horizon| {
            work.n_estimators(&models, Some(*horizon), dataset.axis, &fractions)
        };
        material.horizons.iter().map(at).sum::<usize>()
    });
    steps.sum::<usize>() as u64
}

/// The fractions at which importances are measured: their positions, and they themselves.
fn chosen_fractions(work: Work<'_>, dataset: &Dataset) -> (Vec<usize>, Vec<f64>) {
    let chosen = work.inputs.importances.nearest(&dataset.fractions);
    let fractions = chosen.iter().map(|at| dataset.fractions[*at]).collect();
    (chosen, fractions)
}

/// Refuses a feature that is called as the random column is, before any work is done.
pub(super) fn check_names(
    config: &ImportancesConfig,
    table: &FeatureTable,
) -> Result<(), TrainError> {
    let mut names =
        table.features.iter().map(|f| &f.name).chain(table.categories.iter().map(|c| &c.name));
    if config.repeats == 0 || !names.any(|name| name == RANDOM_PROBE) {
        return Ok(());
    }
    let message = format!(
        "a feature is called `{RANDOM_PROBE}`, as the random column that importances are \
         compared with; rename it, or measure none with 0"
    );
    Err(Invalid::new("importances.repeats", message).into())
}

/// Measures the importances of every forest at every axis and horizon.
pub(super) fn explain_all(
    work: Work<'_>,
    material: &Material,
    divisions: &[Division],
) -> Result<Explanation, TrainError> {
    let mut explanation = Explanation::default();
    if explained(work).is_empty() {
        return Ok(explanation);
    }
    for (dataset, division) in material.datasets.iter().zip(divisions) {
        let Some((split, number, fold)) = last_fold(division) else { continue };
        let record = explanation.record.get_or_insert_with(|| PermutationRecord {
            repeats: work.inputs.importances.repeats,
            n_flights: fold.test.len() as u64,
            clusters: Vec::new(),
        });
        for &horizon in &material.horizons {
            let set = Set { dataset, split, number, fold, horizon };
            let (rows, clusters) = set.explain(work, material)?;
            explanation.rows.extend(rows);
            record.clusters.extend(clusters);
        }
    }
    Ok(explanation)
}

/// The forests of an axis and a horizon.
#[derive(Clone, Copy)]
struct Set<'a> {
    dataset: &'a Dataset,
    split: Split,
    number: usize,
    fold: &'a Fold,
    horizon: Horizon,
}

impl Set<'_> {
    fn explain(
        self,
        work: Work<'_>,
        material: &Material,
    ) -> Result<(Vec<Importance>, Vec<ClusterRecord>), TrainError> {
        work.check()?;
        let Set { dataset, horizon, .. } = self;
        let (config, models) = (work.inputs.importances, explained(work));
        let (chosen, fractions) = chosen_fractions(work, dataset);
        if work.is_part()
            && work.at_work(&models, Some(horizon), dataset.axis, &fractions).is_empty()
        {
            return Ok((Vec::new(), Vec::new()));
        }
        // Flights that were over at the horizon neither teach nor tell.
        let lasting = |flights: &[usize]| dataset.lasting(flights, Some(horizon));
        let fold = &Fold { train: lasting(&self.fold.train), test: lasting(&self.fold.test) };
        if fold.train.is_empty() || fold.test.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let table = &material.features;
        let train_rows = rows_of(dataset, &fold.train);
        let encoder = work.inputs.encoder(table, &train_rows, horizon);
        let probe_seed = derive_seed(work.inputs.train.seed, &["importances", RANDOM_PROBE]);
        let probe = random_probe(dataset.n_flights(), probe_seed);
        let encode = |flights: &[usize]| {
            let plain = encoder.encode(table, &rows_of(dataset, flights));
            with_column(plain.view(), flights.iter().map(|flight| probe[*flight]))
        };
        let (x_train, x_test) = (encode(&fold.train), encode(&fold.test));
        let groups = groups(&encoder, x_train.view(), config.cluster_threshold);

        let of = |flights: &[usize]| -> Vec<Array2<f64>> {
            chosen.iter().map(|at| dataset.targets[*at].select(MatrixAxis(0), flights)).collect()
        };
        let (targets, truths) = (of(&fold.train), of(&fold.test));
        let train_pairs = pairs_of(dataset, &fold.train);
        let test_pairs = pairs_of(dataset, &fold.test);
        let spans: Vec<Span> = fold.train.iter().map(|flight| dataset.spans[*flight]).collect();
        let places = (dataset.axis, fractions.as_slice());
        let features = work.sorted(&models, Some(horizon), places, &x_train)?;
        let training = Training {
            inputs: Inputs { x: x_train.view(), pairs: &train_pairs },
            features: features.as_ref(),
            targets: &targets,
            columns: dataset.columns,
            spans: &spans,
            fractions: &fractions,
        };
        let label = format!("importances/{}/{}", self.split, self.number);
        let pupils = Pupils { training, axis: dataset.axis, horizon: Some(horizon), fold: &label };
        let judges = Judges {
            set: self,
            groups: &groups,
            inputs: Inputs { x: x_test.view(), pairs: &test_pairs },
            truths: &truths,
        };
        let mut rows = Vec::new();
        for name in models {
            let found: Vec<OnceLock<Vec<Importance>>> =
                fractions.iter().map(|_| OnceLock::new()).collect();
            let make = |at: usize, model: &Model| judges.importances(work, &training, at, model);
            work.results("explain", name, &pupils, &make, &|at, importances| {
                found[at].set(importances).expect("an estimator is handed over once");
                Ok(())
            })?;
            rows.extend(found.into_iter().filter_map(OnceLock::into_inner).flatten());
        }
        Ok((rows, self.clusters(&encoder, &groups)))
    }

    /// The members of each cluster by name.
    fn clusters(self, encoder: &Encoder, groups: &[Group]) -> Vec<ClusterRecord> {
        let features = encoder.feature_of_column();
        let clusters = groups.iter().filter(|g| g.method == ImportanceMethod::PermutationCluster);
        clusters
            .map(|group| {
                let mut members: Vec<usize> = group.columns.iter().map(|c| features[*c]).collect();
                members.dedup();
                ClusterRecord {
                    axis: self.dataset.axis,
                    horizon: self.horizon,
                    name: group.name.clone(),
                    members: members.iter().map(|f| encoder.features[*f].name.clone()).collect(),
                }
            })
            .collect()
    }
}

/// Held-out flights, and what is permuted among them.
struct Judges<'a> {
    set: Set<'a>,
    groups: &'a [Group],
    inputs: Inputs<'a>,
    /// At each fraction their targets.
    truths: &'a [Array2<f64>],
}

impl Judges<'_> {
    /// The importances for the estimator at the fraction of a number.
    fn importances(
        &self,
        work: Work<'_>,
        training: &Training<'_>,
        at: usize,
        model: &Model,
    ) -> Result<Vec<Importance>, TrainError> {
        let (horizon, fraction) = (self.set.horizon, training.fractions[at]);
        let failed = |source| failed(model.name(), Some(horizon), Some(fraction), source);
        let Some(permutable) = model.permutable(self.inputs).map_err(failed)? else {
            return Ok(Vec::new());
        };
        let targets = training.targets[at].view();
        let from_median = work.inputs.train.from_median;
        let learnt = as_learnt(training.inputs.pairs, targets, training.columns, from_median);
        let scales = deviations(learnt.map_err(failed)?.view());
        let judged = Judged {
            x: self.inputs.x.reborrow(),
            truth: self.truths[at].view(),
            targets: training.columns,
            scales: &scales,
        };
        let seed = |group: usize, repeat: usize| {
            let Group { method, name, .. } = &self.groups[group];
            let (horizon, axis) = (horizon.to_string(), self.set.dataset.axis.as_str());
            let (fraction, repeat) = (fraction.to_string(), repeat.to_string());
            let names = ["importances", &horizon, axis, &fraction, method.as_str(), name, &repeat];
            derive_seed(work.inputs.train.seed, &names)
        };
        let columns: Vec<Vec<usize>> = self.groups.iter().map(|g| g.columns.clone()).collect();
        let repeats = work.inputs.importances.repeats;
        let permutations = Permutations { groups: &columns, repeats, seed: &seed };
        let predict = |exchanged: &[(usize, &[f32])]| {
            work.check()?;
            permutable.predict_with(exchanged).map_err(failed)
        };
        let found = permutation_importances(&predict, judged, permutations)?;
        Ok(self.rows(model.name(), fraction, &found))
    }

    /// The rows of all targets together, then of each; what is undefined has none.
    fn rows(&self, model: ModelName, fraction: f64, found: &[GroupImportance]) -> Vec<Importance> {
        let Set { dataset, split, horizon, .. } = self.set;
        let columns = dataset.columns.iter().enumerate();
        let targets = std::iter::once(None).chain(columns.map(Some));
        let mut rows = Vec::new();
        for target in targets {
            for (group, importance) in self.groups.iter().zip(found) {
                let permuted = match target {
                    None => importance.overall,
                    Some((column, _)) => importance.by_target[column],
                };
                let Some(permuted) = permuted else { continue };
                rows.push(Importance {
                    model,
                    horizon,
                    split: Some(split),
                    axis: dataset.axis,
                    method: group.method,
                    fraction: Some(fraction),
                    target: target.map(|(_, target)| *target),
                    feature: group.name.clone(),
                    importance: permuted.importance,
                    std: permuted.std,
                });
            }
        }
        rows
    }
}

/// A group per feature, the random column, and a group per cluster.
fn groups(encoder: &Encoder, x: ArrayView2<'_, f32>, threshold: f64) -> Vec<Group> {
    let mut features: Vec<Vec<usize>> = vec![Vec::new(); encoder.features.len()];
    for (column, feature) in encoder.feature_of_column().into_iter().enumerate() {
        features[feature].push(column);
    }
    let name = |feature: usize| encoder.features[feature].name.as_str();
    let clusters = correlated_clusters(x, &features, threshold);
    let clusters = clusters.iter().map(|members| Group {
        method: ImportanceMethod::PermutationCluster,
        name: format!("cluster:{}+{}", name(members[0]), members.len() - 1),
        columns: members.iter().flat_map(|member| features[*member].iter().copied()).collect(),
    });
    let clusters: Vec<Group> = clusters.collect();
    let permutation = |name: &str, columns| Group {
        method: ImportanceMethod::Permutation,
        name: name.to_owned(),
        columns,
    };
    let probe = permutation(RANDOM_PROBE, vec![encoder.width()]);
    let single =
        features.into_iter().enumerate().map(|(at, columns)| permutation(name(at), columns));
    single.chain([probe]).chain(clusters).collect()
}

/// A matrix with one more column.
fn with_column(x: ArrayView2<'_, f32>, column: impl Iterator<Item = f32>) -> Array2<f32> {
    let mut wider = Array2::zeros((x.nrows(), x.ncols() + 1));
    wider.slice_axis_mut(MatrixAxis(1), Slice::from(..x.ncols())).assign(&x);
    for (cell, value) in wider.column_mut(x.ncols()).iter_mut().zip(column) {
        *cell = value;
    }
    wider
}
