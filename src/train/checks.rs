//! *Checks* are what a reader should know before trusting a figure of the run, each with a
//! stable code.

use std::collections::BTreeSet;

use super::division::Division;
use super::inputs::{Material, TrainInputs};
use crate::evaluate::{Fold, has_calendar};
use crate::models::{Dataset, Encoder, uses_features};
use crate::tables::{CheckRecord, Horizon};

/// Fewer flights than this say little.
const FEW_FLIGHTS: usize = 50;

/// The findings about a run, in a fixed order. Divisions belong to the datasets, encoders to
/// the final fit.
pub(super) fn checks(
    inputs: &TrainInputs<'_>,
    material: &Material,
    divisions: &[Division],
    encoders: &[Encoder],
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
        reconstruction(material),
    ];
    found.into_iter().flatten().collect()
}

#[expect(clippy::unnecessary_wraps, reason = "every check ends with it, and may find nothing")]
fn check(code: &str, message: String) -> Option<CheckRecord> {
    Some(CheckRecord { code: code.to_owned(), message })
}

/// Splits that flights with a calendar are too few for, such as `day` on flights of one day.
fn split_not_run(
    inputs: &TrainInputs<'_>,
    division: &Division,
    has_calendar: bool,
) -> Option<CheckRecord> {
    let missing: Vec<&str> = inputs
        .train
        .splits
        .iter()
        .filter(|split| !division.contains_key(split))
        .map(|split| split.as_str())
        .collect();
    if missing.is_empty() || !has_calendar {
        return None;
    }
    let folds = inputs.train.folds;
    check(
        "split-not-run",
        format!(
            "{} needs more flights or days than there are for {folds} folds",
            missing.join(", ")
        ),
    )
}

fn no_calendar(
    inputs: &TrainInputs<'_>,
    material: &Material,
    dataset: &Dataset,
) -> Option<CheckRecord> {
    let starts = material.starts(dataset);
    if has_calendar(&starts) {
        return None;
    }
    let without = starts.iter().filter(|start| start.is_none()).count();
    let consequence = if inputs.train.splits.is_empty() || inputs.train.folds_file.is_some() {
        "the past cannot be told from the future"
    } else {
        "only the random split was run, which flatters every model"
    };
    check(
        "no-calendar",
        format!("{without} of {} flights have no start time: {consequence}", starts.len()),
    )
}

fn no_altitude(dataset: &Dataset) -> Option<CheckRecord> {
    if dataset.has_altitude() {
        return None;
    }
    check("no-altitude", "no flight has an altitude, so there is no altitude target".to_owned())
}

fn few_flights(dataset: &Dataset) -> Option<CheckRecord> {
    let n = dataset.n_flights();
    if n >= FEW_FLIGHTS {
        return None;
    }
    check("few-flights", format!("{n} flights are few: figures will change with a few more"))
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
    if reasons.is_empty() {
        return None;
    }
    check("flights-left-out", format!("flights that no model saw: {}", reasons.join(", ")))
}

fn single_flight_pairs(dataset: &Dataset) -> Option<CheckRecord> {
    let groups = dataset.groups();
    let single: Vec<&str> =
        groups.iter().filter(|(_, f)| f.len() == 1).filter_map(|(pair, _)| *pair).collect();
    if single.is_empty() {
        return None;
    }
    let some = single.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let more = if single.len() > 5 { ", ..." } else { "" };
    check(
        "single-flight-pair",
        format!("{} of {} pairs have one flight: {some}{more}", single.len(), groups.len()),
    )
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
    if counts.is_empty() {
        return None;
    }
    let counts = counts.join(", ");
    check("unseen-pair", format!("held-out flights of a pair that training lacks: {counts}"))
}

fn no_features(inputs: &TrainInputs<'_>, encoders: &[Encoder]) -> Option<CheckRecord> {
    let empty: BTreeSet<Horizon> =
        encoders.iter().filter(|e| e.features.is_empty()).map(|e| e.horizon).collect();
    if empty.is_empty() || !inputs.train.models.iter().any(|name| uses_features(*name)) {
        return None;
    }
    let names = empty.iter().map(Horizon::to_string).collect::<Vec<_>>().join(", ");
    check("no-features", format!("nothing that varies is known at {names}: models give the mean"))
}

fn reconstruction(material: &Material) -> Option<CheckRecord> {
    let whole = material.horizons.iter().any(|horizon| horizon.is_reconstruction());
    let message = "features of `whole-flight` are known only after landing: its results are a \
                   reconstruction, not a prediction";
    if whole { check("reconstruction", message.to_owned()) } else { None }
}
