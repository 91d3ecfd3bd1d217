//! *Checks* are what a reader should know before trusting a figure of the run, each with a
//! stable code.

use std::collections::{BTreeMap, BTreeSet};

use super::below_probe::below_probe;
use super::data_checks::data_checks;
use super::division::Division;
use super::inputs::{Material, TrainInputs};
use super::needs::fewer_flights_than_needed;
use crate::evaluate::{Fold, has_calendar};
use crate::models::{Dataset, Encoder, uses_features};
use crate::tables::{
    Axis, CheckRecord, DESTINATION, DISTANCE, DURATION, FeatureTable, Horizon, Importance,
    LastFoldRecord, Metric, MetricRow, ModelName, ORIGIN, Split, Target, TuningRecord, explanation,
};

/// Fewer flights than this say little.
const FEW_FLIGHTS: usize = 50;

/// Intervals of 90 % whose share of flights is off by more do not keep their word.
const COVERAGE_OFF: f64 = 0.05;

/// The findings about a run, in a fixed order. Divisions belong to the datasets, encoders to
/// the final fit; importances are those measured by permutation.
pub(super) fn checks(
    inputs: &TrainInputs<'_>,
    material: &Material,
    divisions: &[Division],
    encoders: &[Encoder],
    (metrics, importances): (&[MetricRow], &[Importance]),
) -> Vec<CheckRecord> {
    let dataset = &material.datasets[0];
    let found = [
        no_calendar(inputs, material, dataset),
        split_not_run(inputs, &divisions[0], has_calendar(&material.starts(dataset))),
        folds_without_pupils(inputs, &divisions[0]),
        no_altitude(dataset),
        few_flights(dataset),
        fewer_flights_than_needed(inputs, dataset, &divisions[0], encoders),
        refused_flights(dataset),
        single_flight_pairs(dataset),
        unseen_pairs(dataset, &divisions[0]),
        no_features(inputs, encoders),
        unknown_left_out(inputs, &material.features),
        coverage(metrics),
        importance_below_probe(inputs, importances),
        reconstruction(material),
    ];
    let found = found.into_iter().flatten();
    let of_data = data_checks(material, divisions, encoders);
    let all = found.chain(of_data).chain(no_better_than_median(metrics));
    all.filter(|check| !inputs.train.mute.contains(&check.code)).collect()
}

/// Models that say no more than the pair's median does, under the split that counts most.
fn no_better_than_median(metrics: &[MetricRow]) -> Option<CheckRecord> {
    let split = Split::ALL.iter().find(|split| metrics.iter().any(|row| row.split == **split))?;
    let is_worse = |row: &&MetricRow| {
        let is_overall = row.pair.is_none() && row.fraction.is_none();
        let is_skill = row.metric == Metric::Skill && row.target == Target::Horizontal;
        is_overall
            && is_skill
            && row.split == *split
            && uses_features(row.model)
            && row.value <= 0.0
    };
    let names: Vec<String> = metrics
        .iter()
        .filter(is_worse)
        .map(|row| format!("{} at {} along {}", row.model, row.horizon, row.axis))
        .collect();
    (!names.is_empty()).then(|| {
        let message = format!("under `{split}` no better than od-median: {}", names.join(", "));
        check("no-skill", message)
    })
}

pub(super) fn check(code: &str, message: String) -> CheckRecord {
    debug_assert!(explanation(code).is_some_and(|known| known.is_check), "{code} is unexplained");
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
        let gap = inputs.train.gap;
        let gap = if missing.contains(&Split::Forward.as_str()) && !gap.0.is_zero() {
            format!(" with a gap of {gap}")
        } else {
            String::new()
        };
        check("split-not-run", format!("{splits} {need} for {folds} folds{gap}"))
    })
}

/// Folds of `forward` in whose time nothing had landed long enough.
fn folds_without_pupils(inputs: &TrainInputs<'_>, division: &Division) -> Option<CheckRecord> {
    let (gap, of) = (inputs.train.gap, inputs.train.folds);
    let left = division.get(&Split::Forward).filter(|_| !gap.0.is_zero())?.len();
    let lost = of - left;
    (lost > 0).then(|| {
        let message = format!(
            "{lost} of {of} folds of `forward` have no flight that landed {gap} before their \
             first: their flights are not scored"
        );
        check("empty-fold", message)
    })
}

/// What a reader of a tuned run has to know: which of its figures the choice flatters.
pub(super) fn tuned(
    inputs: &TrainInputs<'_>,
    tuning: Option<&TuningRecord>,
) -> Option<CheckRecord> {
    let code = "tuned";
    let tuning = tuning.filter(|_| !inputs.train.mute.iter().any(|muted| muted == code))?;
    let figure = |record: &LastFoldRecord| {
        let LastFoldRecord { model, horizon, axis, horizontal_nmi, median_nmi, n, .. } = record;
        let median = median_nmi.map(|m| format!(", median {m:.2}")).unwrap_or_default();
        format!("{model} at {horizon} along {axis} {horizontal_nmi:.2} nmi{median} ({n} flights)")
    };
    let figures: Vec<String> = tuning.last_fold.iter().map(figure).collect();
    let message = format!(
        "settings were chosen on flights of all folds of `forward` but the last, which flatters \
         all other figures; on the last: {}",
        figures.join("; ")
    );
    Some(check(code, message))
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

fn unknown_left_out(inputs: &TrainInputs<'_>, table: &FeatureTable) -> Option<CheckRecord> {
    let numbers = table.features.iter().map(|feature| feature.name.as_str());
    let words = table.categories.iter().map(|category| category.name.as_str());
    let known: BTreeSet<&str> =
        numbers.chain(words).chain([ORIGIN, DESTINATION, DURATION, DISTANCE]).collect();
    let names = inputs.train.leave_out.iter().filter(|name| !known.contains(name.as_str()));
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let message = || format!("left out, but no feature: {}", names.join(", "));
    (!names.is_empty()).then(|| check("unknown-left-out", message()))
}

/// Models whose 90 % intervals hold too few flights of the future, or too many: the mean over
/// targets of their coverage over all fractions and flights is off by more than 5 points, and
/// by more than two standard errors of as many flights, since few ones are off by chance.
fn coverage(metrics: &[MetricRow]) -> Option<CheckRecord> {
    let mut shares: BTreeMap<(ModelName, Horizon, Axis), Vec<(f64, u64)>> = BTreeMap::new();
    let is_wanted = |row: &&MetricRow| {
        row.metric == Metric::Coverage90
            && row.split == Split::Forward
            && row.pair.is_none()
            && row.fraction.is_none()
    };
    for row in metrics.iter().filter(is_wanted) {
        shares.entry((row.model, row.horizon, row.axis)).or_default().push((row.value, row.n));
    }
    let is_off = |mean: f64, n: u64| {
        let chance = 2.0 * (0.9 * 0.1 / n as f64).sqrt();
        (mean - 0.9).abs() > COVERAGE_OFF.max(chance)
    };
    let off: Vec<String> = shares
        .into_iter()
        .map(|(key, of)| {
            let mean = of.iter().map(|(share, _)| share).sum::<f64>() / of.len() as f64;
            (key, mean, of.iter().map(|(_, n)| *n).max().unwrap_or(0))
        })
        .filter(|(_, mean, n)| is_off(*mean, *n))
        .map(|((model, horizon, axis), mean, _)| {
            format!("{:.0} % by {model} at {horizon} (along {axis})", 100.0 * mean)
        })
        .collect();
    (!off.is_empty()).then(|| {
        let off = off.join(", ");
        check("coverage", format!("intervals of 90 % hold, of flights held out `forward`: {off}"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Target;

    /// The coverage of longitude and latitude by `n` flights.
    fn rows(split: Split, shares: [f64; 2], n: u64) -> Vec<MetricRow> {
        let row = |(target, value): (Target, f64)| MetricRow {
            model: ModelName::Forest,
            horizon: Horizon::Departure,
            split,
            axis: Axis::Time,
            pair: None,
            fraction: None,
            target,
            metric: Metric::Coverage90,
            value,
            lower: None,
            upper: None,
            n,
        };
        [Target::Longitude, Target::Latitude].into_iter().zip(shares).map(row).collect()
    }

    #[test]
    fn intervals_that_do_not_keep_their_word_on_the_future_are_told() {
        let found = |split, shares, n| coverage(&rows(split, shares, n)).map(|c| c.message);
        let message = found(Split::Forward, [0.8, 0.86], 400).unwrap();
        assert!(message.ends_with(": 83 % by forest at departure (along time)"), "{message}");
        assert!(found(Split::Forward, [0.97, 0.95], 400).is_some());
        // One target may be off as long as the mean is not; so may few flights, by chance.
        assert_eq!(found(Split::Forward, [0.84, 0.9], 400), None);
        assert_eq!(found(Split::Forward, [0.8, 0.86], 60), None);
        assert_eq!(found(Split::Random, [0.8, 0.86], 400), None);
    }
}
