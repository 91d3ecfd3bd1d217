//! *Checks* are what a reader should know before trusting a figure of the run, each with a
//! stable code.

use std::collections::BTreeSet;

use super::below_probe::below_probe;
use super::division::Division;
use super::inputs::{Material, TrainInputs};
use crate::evaluate::{Fold, has_calendar};
use crate::models::{Dataset, Encoder, uses_features};
use crate::tables::{CheckRecord, Horizon, Importance};

/// Fewer flights than this say little.
const FEW_FLIGHTS: usize = 50;

/// The findings about a run, in a fixed order. Divisions belong to the datasets, encoders to
/// the final fit, importances to those measured by permutation.
pub(super) fn checks(
    inputs: &TrainInputs<'_>,
    material: &Material,
    divisions: &[Division],
    encoders: &[Encoder],
    importances: &[Importance],
) -> Vec<CheckRecord> {
    let dataset = &material.datasets[0];
    let found = [
        no_calendar(inputs, material, dataset),
        split_not_run(inputs, &divisions[0], has_calendar(&material.starts(dataset))),
        no_altitude(dataset),
        few_flights(dataset),
        refused_flights(dataset),
        single_flight_pairs(dataset),
        unseen_pairs(dataset, &divisions[0]),
        no_features(inputs, encoders),
        importance_below_probe(inputs, importances),
        reconstruction(material),
    ];
    found.into_iter().flatten().collect()
}

fn check(code: &str, message: String) -> CheckRecord {
    CheckRecord { code: code.to_owned(), message }
}

fn no_calendar(
    inputs: &TrainInputs<'_>,
    material: &Material,
    dataset: &Dataset,
) -> Option<CheckRecord> {
    let starts = material.starts(dataset);
    let without = starts.iter().filter(|start| start.is_none()).count();
    let consequence = if inputs.train.splits.is_empty() || inputs.train.folds_file.is_some() {
        "the past cannot be told from the future"
    } else {
        "only the random split was run, which flatters every model"
    };
    (!has_calendar(&starts)).then(|| {
        let n = starts.len();
        let message = format!("{without} of {n} flights have no start time: {consequence}");
        check("no-calendar", message)
    })
}

/// Splits that flights with a calendar are too few for, such as `day` on flights of one day.
fn split_not_run(
    inputs: &TrainInputs<'_>,
    division: &Division,
    has_calendar: bool,
) -> Option<CheckRecord> {
    let splits = inputs.train.splits.iter().filter(|split| !division.contains_key(split));
    let missing: Vec<&str> = splits.map(|split| split.as_str()).collect();
    (has_calendar && !missing.is_empty()).then(|| {
        let (splits, folds) = (missing.join(", "), inputs.train.folds);
        let need = "needs more flights or days than there are";
        check("split-not-run", format!("{splits} {need} for {folds} folds"))
    })
}

fn no_altitude(dataset: &Dataset) -> Option<CheckRecord> {
    let message = "no flight has an altitude, so there is no altitude target";
    (!dataset.has_altitude()).then(|| check("no-altitude", message.to_owned()))
}

fn few_flights(dataset: &Dataset) -> Option<CheckRecord> {
    let n = dataset.n_flights();
    let message = || format!("{n} flights are few: figures will change with a few more");
    (n < FEW_FLIGHTS).then(|| check("few-flights", message()))
}

fn refused_flights(dataset: &Dataset) -> Option<CheckRecord> {
    let refused = dataset.refused;
    let reasons = [
        (refused.unmatched, "have features or targets only"),
        (refused.incomplete, "lack a fraction"),
        (refused.without_altitude, "have no altitude while others do"),
    ];
    let reasons: Vec<String> = reasons
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{count} {why}"))
        .collect();
    let message = || format!("flights that no model saw: {}", reasons.join(", "));
    (!reasons.is_empty()).then(|| check("flights-left-out", message()))
}

fn single_flight_pairs(dataset: &Dataset) -> Option<CheckRecord> {
    let groups = dataset.groups();
    let single: Vec<&str> =
        groups.iter().filter(|(_, f)| f.len() == 1).filter_map(|(pair, _)| *pair).collect();
    let some = single.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let more = if single.len() > 5 { ", ..." } else { "" };
    (!single.is_empty()).then(|| {
        let (n, of) = (single.len(), groups.len());
        check("single-flight-pair", format!("{n} of {of} pairs have one flight: {some}{more}"))
    })
}

fn unseen_pairs(dataset: &Dataset, division: &Division) -> Option<CheckRecord> {
    let unseen = |fold: &Fold| {
        let known: BTreeSet<&Option<String>> =
            fold.train.iter().map(|flight| &dataset.pairs[*flight]).collect();
        fold.test.iter().filter(|flight| !known.contains(&dataset.pairs[**flight])).count()
    };
    let counts: Vec<String> = division
        .iter()
        .map(|(split, folds)| (split, folds.iter().map(unseen).sum::<usize>(), folds))
        .filter(|(_, count, _)| *count > 0)
        .map(|(split, count, folds)| {
            let held: usize = folds.iter().map(|fold| fold.test.len()).sum();
            format!("{count} of {held} under `{split}`")
        })
        .collect();
    (!counts.is_empty()).then(|| {
        let counts = counts.join(", ");
        check("unseen-pair", format!("held-out flights of a pair that training lacks: {counts}"))
    })
}

fn no_features(inputs: &TrainInputs<'_>, encoders: &[Encoder]) -> Option<CheckRecord> {
    let empty: BTreeSet<Horizon> =
        encoders.iter().filter(|e| e.features.is_empty()).map(|e| e.horizon).collect();
    let has_learners = inputs.train.models.iter().any(|name| uses_features(*name));
    (has_learners && !empty.is_empty()).then(|| {
        let names = empty.iter().map(Horizon::to_string).collect::<Vec<_>>().join(", ");
        let message = format!("nothing that varies is known at {names}: models give the mean");
        check("no-features", message)
    })
}

fn importance_below_probe(
    inputs: &TrainInputs<'_>,
    importances: &[Importance],
) -> Option<CheckRecord> {
    let horizons = below_probe(importances, inputs.importances.repeats);
    (!horizons.is_empty()).then(|| {
        let names = horizons.iter().map(Horizon::to_string).collect::<Vec<_>>().join(", ");
        let message = format!(
            "no feature known at {names} helps held-out flights more than random numbers: the \
             forests learn nothing from them"
        );
        check("importance-below-probe", message)
    })
}

fn reconstruction(material: &Material) -> Option<CheckRecord> {
    let whole = material.horizons.iter().any(|horizon| horizon.is_reconstruction());
    let message = "features of `whole-flight` are known only after landing: its results are a \
                   reconstruction, not a prediction";
    whole.then(|| check("reconstruction", message.to_owned()))
}
