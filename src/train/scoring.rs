//! *Scoring* predicts every flight that a fold holds out by every model that learnt from the
//! other flights, and turns the errors into metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use ndarray::{Array2, Axis as MatrixAxis, Slice};
use rayon::prelude::*;

use super::TrainError;
use super::division::Division;
use super::inputs::Material;
use super::work::{Pupils, Work, failed, pairs_of, rows_of};
use crate::evaluate::{Fold, HeldOut, Reference, Scored, coverage, score};
use crate::models::{
    Dataset, Durations, Inputs, Model, Span, Training, make_coherent, uses_features,
};
use crate::tables::{Axis, CoverageRow, Horizon, MetricRow, ModelName, Split};

/// Held-out predictions by what made them, in the order of the predictions table. Horizons
/// that share a baseline share its predictions.
pub(super) type HeldOuts = BTreeMap<(ModelName, Horizon, Split, Axis), Arc<HeldOut>>;

/// Predictions at a fraction `(n_flights, n_targets)`, and the spread of those that have one.
pub(super) type State = (Array2<f64>, Option<Array2<f32>>);

/// What a model says of the flights that a fold holds out.
pub(super) struct Seen {
    /// At each fraction.
    states: Vec<State>,
    durations: Durations,
}

/// What scoring found.
#[derive(Default)]
pub(super) struct Scores {
    pub(super) held_out: HeldOuts,
    pub(super) metrics: Vec<MetricRow>,
    pub(super) coverage: Vec<CoverageRow>,
}

/// Models that learn from the same matrix: those with features at one horizon, or the
/// baselines, which have none.
pub(super) struct Class {
    pub(super) horizon: Option<Horizon>,
    pub(super) models: Vec<ModelName>,
}

/// The classes of the configured models. `od-median` is always fitted: it is the yardstick.
fn classes(models: &[ModelName], horizons: &[Horizon]) -> Vec<Class> {
    let (learners, mut baselines): (Vec<ModelName>, Vec<ModelName>) =
        models.iter().partition(|name| uses_features(**name));
    if !baselines.contains(&ModelName::OdMedian) {
        baselines.push(ModelName::OdMedian);
    }
    let baselines = Class { horizon: None, models: baselines };
    let learners = horizons
        .iter()
        .filter(|_| !learners.is_empty())
        .map(|horizon| Class { horizon: Some(*horizon), models: learners.clone() });
    std::iter::once(baselines).chain(learners).collect()
}

/// Number of estimators that scoring fits, for the progress bar.
pub(super) fn n_steps(work: Work<'_>, material: &Material, divisions: &[Division]) -> u64 {
    let classes = classes(&work.inputs.train.models, &material.horizons);
    let steps = material.datasets.iter().zip(divisions).map(|(dataset, division)| {
        let (axis, fractions) = (dataset.axis, &dataset.fractions);
        let of_class = |class: &Class| {
            work.n_estimators(&class.models, class.horizon, axis, fractions)
                + work.n_durations(&class.models, class.horizon, axis)
        };
        let estimators: usize = classes.iter().map(of_class).sum();
        division.values().map(Vec::len).sum::<usize>() * estimators
    });
    steps.sum::<usize>() as u64
}

/// Scores every model under every split of every axis.
pub(super) fn score_all(
    work: Work<'_>,
    material: &Material,
    divisions: &[Division],
) -> Result<Scores, TrainError> {
    let mut scores = Scores::default();
    for (dataset, division) in material.datasets.iter().zip(divisions) {
        for (split, folds) in division {
            score_split(work, material, dataset, *split, folds, &mut scores)?;
        }
    }
    let key = |row: &MetricRow| (row.model, row.horizon, row.split, row.axis);
    scores.metrics.sort_by_key(key); // stable: what `score` ordered stays
    scores.coverage.sort_by_key(|row| (row.model, row.horizon, row.split, row.axis));
    Ok(scores)
}

fn score_split(
    work: Work<'_>,
    material: &Material,
    dataset: &Dataset,
    split: Split,
    folds: &[Fold],
    scores: &mut Scores,
) -> Result<(), TrainError> {
    let models = &work.inputs.train.models;
    let classes = classes(models, &material.horizons);
    let pairs = classes.iter().flat_map(|class| (0..folds.len()).map(move |fold| (class, fold)));
    let pairs: Vec<(&Class, usize)> = pairs.collect();
    let predicted: Vec<Vec<Seen>> = pairs
        .par_iter()
        .map(|(class, fold)| {
            let label = format!("{split}/{fold}");
            predict_fold(work, material, dataset, class, &folds[*fold], &label)
        })
        .collect::<Result<_, _>>()?;
    if work.is_part() {
        return Ok(());
    }
    let mut by_model: Vec<(Option<Horizon>, ModelName, Arc<HeldOut>)> = Vec::new();
    for (class, folds_predicted) in classes.iter().zip(predicted.chunks(folds.len())) {
        for (at, model) in class.models.iter().enumerate() {
            let mut held = gather(dataset, folds, folds_predicted, at);
            make_coherent(&mut held.predicted, dataset.columns);
            let held = held.calibrated(dataset, split, class.horizon);
            by_model.push((class.horizon, *model, Arc::new(held)));
        }
    }
    let yardstick = by_model.iter().find(|(_, model, _)| *model == ModelName::OdMedian);
    let yardstick = Arc::clone(&yardstick.expect("od-median is always fitted").2);
    let (starts, seed) = (material.starts(dataset), work.inputs.train.seed);
    let fastest_kt = work.inputs.train.fastest_kt;
    let reference = Reference::new(dataset, folds, &yardstick, &starts, seed, fastest_kt);
    for (horizon, model, held) in by_model.iter().filter(|(_, model, _)| models.contains(model)) {
        // A baseline is the same at every horizon; its rows are there for each.
        let horizons = horizon.as_ref().map_or(material.horizons.as_slice(), std::slice::from_ref);
        for &horizon in horizons {
            // What is still to be flown depends on the horizon, also for a baseline, and so do
            // its intervals: flights that last long are unlike the rest.
            let held = if horizon.elapsed_s().is_some() && !uses_features(*model) {
                Arc::new((**held).clone().calibrated(dataset, split, Some(horizon)))
            } else {
                Arc::clone(held)
            };
            let scored = Scored { model: *model, horizon, split };
            scores.metrics.extend(score(scored, &reference, &held));
            scores.coverage.extend(coverage(scored, &reference, &held));
            scores.held_out.insert((*model, horizon, split, dataset.axis), held);
        }
    }
    Ok(())
}

/// What each model of a class says of a fold's held-out flights.
pub(super) fn predict_fold(
    work: Work<'_>,
    material: &Material,
    dataset: &Dataset,
    class: &Class,
    fold: &Fold,
    label: &str,
) -> Result<Vec<Seen>, TrainError> {
    work.check()?;
    let fractions = &dataset.fractions;
    if work.is_part()
        && work.at_work(&class.models, class.horizon, dataset.axis, fractions).is_empty()
    {
        return Ok(Vec::new());
    }
    let train = dataset.lasting(&fold.train, class.horizon);
    // Flights that were over at the horizon have nothing to teach, unless there are no others.
    let train = if train.is_empty() { fold.train.clone() } else { train };
    let (train_rows, test_rows) = (rows_of(dataset, &train), rows_of(dataset, &fold.test));
    let table = &material.features;
    let (x_train, x_test) = match class.horizon {
        Some(horizon) => {
            let encoder = work.inputs.encoder(table, &train_rows, horizon);
            (encoder.encode(table, &train_rows), encoder.encode(table, &test_rows))
        }
        None => (Array2::zeros((train_rows.len(), 0)), Array2::zeros((test_rows.len(), 0))),
    };
    let places = (dataset.axis, fractions.as_slice());
    let features = work.sorted(&class.models, class.horizon, places, &x_train)?;
    let train_pairs = pairs_of(dataset, &train);
    let test_pairs = pairs_of(dataset, &fold.test);
    let of_fold = |all: &Array2<f64>| all.select(MatrixAxis(0), &train);
    let targets: Vec<Array2<f64>> = dataset.targets.iter().map(of_fold).collect();
    let spans: Vec<Span> = train.iter().map(|flight| dataset.spans[*flight]).collect();
    let training = Training {
        inputs: Inputs { x: x_train.view(), pairs: &train_pairs },
        features: features.as_ref(),
        targets: &targets,
        columns: dataset.columns,
        spans: &spans,
        fractions: &dataset.fractions,
    };
    let pupils = Pupils { training, axis: dataset.axis, horizon: class.horizon, fold: label };
    let test = Inputs { x: x_test.view(), pairs: &test_pairs };
    let seen = class.models.iter().map(|name| predict_by(work, *name, &pupils, test));
    seen.filter_map(Result::transpose).collect()
}

/// A model's predictions of flights that it did not learn from. No estimator lives longer than
/// its prediction takes. None where the predictions are put aside.
fn predict_by(
    work: Work<'_>,
    name: ModelName,
    pupils: &Pupils<'_>,
    test: Inputs<'_>,
) -> Result<Option<Seen>, TrainError> {
    let refused = |fraction, source| failed(name, pupils.horizon, fraction, source);
    let durations = work.duration("score", name, pupils, &|model| {
        Durations::predict(model, test).map_err(|source| refused(None, source))
    })?;
    let fractions = pupils.training.fractions;
    let predicted: Vec<OnceLock<State>> = fractions.iter().map(|_| OnceLock::new()).collect();
    let make = |at: usize, model: &Model| {
        let (found, spread) = model
            .predict_with_spread(test)
            .map_err(|source| refused(Some(fractions[at]), source))?;
        let spread = spread.map_or_else(
            || vec![None; found.len()],
            |all| {
                // A spread is worth no more digits than these.
                all.into_iter().map(|spread| Some(spread.mapv(|value| value as f32))).collect()
            },
        );
        Ok(found.into_iter().zip(spread).collect::<Vec<State>>())
    };
    work.results("score", name, pupils, &make, &|at, found| {
        for (cell, seen) in predicted[at..].iter().zip(found) {
            cell.set(seen).expect("an estimator is handed over once");
        }
        Ok(())
    })?;
    let Some(durations) = durations.filter(|_| !work.is_part()) else { return Ok(None) };
    let whole = "an estimator was handed over for every fraction";
    let states = predicted.into_iter().map(|found| found.into_inner().expect(whole)).collect();
    Ok(Some(Seen { states, durations }))
}

/// The predictions of the class's model number `model`, all folds one below the other.
pub(super) fn gather(
    dataset: &Dataset,
    folds: &[Fold],
    predicted: &[Vec<Seen>],
    model: usize,
) -> HeldOut {
    let n_fractions = dataset.fractions.len();
    let mut held = HeldOut::new(folds, n_fractions, dataset.columns.len());
    let has_spread = predicted.iter().all(|seen| seen[model].states[0].1.is_some());
    let shape = (held.flights.len(), dataset.columns.len());
    let mut spread = has_spread.then(|| vec![Array2::zeros(shape); n_fractions]);
    let mut from = 0;
    for (fold, seen) in folds.iter().zip(predicted) {
        let to = from + fold.test.len();
        let rows = Slice::from(from..to);
        for at in 0..n_fractions {
            let (block, its_spread) = &seen[model].states[at];
            held.predicted[at].slice_axis_mut(MatrixAxis(0), rows).assign(block);
            if let Some((all, block)) = spread.as_mut().zip(its_spread.as_ref()) {
                all[at].slice_axis_mut(MatrixAxis(0), rows).assign(block);
            }
        }
        from = to;
    }
    held.spread = spread;
    let durations = || predicted.iter().map(|seen| &seen[model].durations);
    let spreads = durations().map(|of_fold| of_fold.spread.as_deref());
    held.durations = Durations {
        predicted_s: durations().flat_map(|of_fold| &of_fold.predicted_s).copied().collect(),
        spread: spreads.collect::<Option<Vec<_>>>().map(|spreads| spreads.concat()),
    };
    held
}
