//! The model card: what the run's models may be used for and what not, the flights that they
//! know, and their limits, all of it from the run's own figures.
//!
//! The page shows it under its checks. The idea is that of Mitchell et al., *Model cards for
//! model reporting* (2019).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::material::{About, Material, main_axis};
use super::scores::{Key, Scores};
use super::words::{self, Unit, count, percent, share};
use crate::chart::{grouped, plain_text};
use crate::evaluate::quantile;
use crate::page::words::MONTHS;
use crate::tables::{Axis, Horizon, Metric, ModelName, Split, Target};
use crate::units::{feet, nautical_miles};

/// Types, pairs and months that a list names.
const NAMED: usize = 12;
/// A kind with fewer flights is hardly known.
const RARE: u64 = 10;
/// Coverage that is off by more than this is no 90 % coverage; as the check `coverage` has it.
const COVERAGE_OFF: f64 = 0.05;

/// What the template shows.
#[derive(Debug, Serialize)]
pub(super) struct Card {
    uses: Vec<Use>,
    domain: Vec<(&'static str, String)>,
    limits: Vec<String>,
}

/// What a horizon's best model is good for.
#[derive(Debug, Serialize)]
struct Use {
    horizon: String,
    model: &'static str,
    is_fit: bool,
    verdict: String,
}

impl Card {
    pub(super) fn new(material: &Material) -> Self {
        let axis = main_axis(&material.record);
        let split = material.scores.main_split(axis);
        let horizons = split.map(|split| material.scores.horizons(axis, split));
        let horizons = horizons.unwrap_or_default();
        let of_horizon = |&horizon: &Horizon| use_of(&material.scores, axis, split?, horizon);
        Self {
            uses: horizons.iter().filter_map(of_horizon).collect(),
            domain: domain(material),
            limits: limits(material, axis, split),
        }
    }
}

/// Whether the best model at a horizon is told apart from the median track.
fn use_of(scores: &Scores, axis: Axis, split: Split, horizon: Horizon) -> Option<Use> {
    let model = scores.best(axis, split, horizon)?;
    let key = scores.horizontal(axis, split, horizon, model);
    let error = Unit::NauticalMiles.with_sign(scores.mean(key)?);
    let skill = words::skill(scores.skill(key));
    let interval = scores.skill_interval(key).filter(|_| model != ModelName::OdMedian);
    let between = interval.map(|(lower, upper)| {
        format!("{} to {}", words::skill(Some(lower)), words::skill(Some(upper)))
    });
    let (is_fit, verdict) = match (interval, between) {
        _ if words::is_baseline(model) => {
            (false, format!("{error} off on average. It is a baseline: nothing was learnt."))
        }
        (Some((lower, _)), Some(between)) if lower > 0.0 => (
            true,
            format!(
                "{error} off on average: better than the median track, beyond chance (skill {skill}, {between})."
            ),
        ),
        (Some((_, upper)), Some(between)) if upper < 0.0 => (
            false,
            format!(
                "{error} off on average: worse than the median track (skill {skill}, {between}). Use the median."
            ),
        ),
        (Some(_), Some(between)) => (
            false,
            format!(
                "{error} off on average: not told apart from the median track (skill {skill}, {between}), which is simpler."
            ),
        ),
        _ => (
            false,
            format!(
                "{error} off on average, skill {skill}. Too few days were held out to say whether that is chance."
            ),
        ),
    };
    let at = match horizon {
        Horizon::WholeFlight => {
            " For flights that have landed: a reconstruction, never a prediction.".to_owned()
        }
        _ => String::new(),
    };
    Some(Use {
        horizon: words::horizon(horizon),
        model: model.as_str(),
        is_fit: is_fit && !horizon.is_reconstruction(),
        verdict: verdict + &at,
    })
}

/// What is known of the flights that the run learnt from.
fn flights_of(material: &Material) -> Vec<&About> {
    let ids: BTreeSet<&str> =
        material.targets.rows.iter().map(|row| row.flight_id.as_str()).collect();
    ids.into_iter().filter_map(|id| material.about(id)).collect()
}

/// The flights that the models know.
fn domain(material: &Material) -> Vec<(&'static str, String)> {
    let record = &material.record;
    let flights = flights_of(material);
    let pairs = record.pairs.iter().map(|pair| (pair.pair.clone(), pair.n_flights)).collect();
    let dates = record.start_range.as_ref().map_or_else(
        || "not known".to_owned(),
        |(first, last)| {
            format!(
                "{} to {} (UTC)",
                plain_text(words::day(first), 40),
                plain_text(words::day(last), 40)
            )
        },
    );
    let mut rows = vec![
        ("flights", count(record.n_flights)),
        ("pairs", listed(pairs)),
        ("dates", dates),
        ("types of aircraft", listed(counts(&flights, |about| about.aircraft_type.clone()))),
        ("features", count(record.features.len() as u64)),
    ];
    let durations = flights.iter().filter_map(|about| about.duration_s).map(|s| s / 60.0);
    rows.extend(range("duration (min)", durations.collect()));
    let axis = main_axis(record);
    let rows_of = || material.targets.rows.iter().filter(move |row| row.axis == axis);
    let last = rows_of().map(|row| row.fraction).fold(0.0, f64::max);
    let distances = rows_of().filter(|row| row.fraction >= last);
    rows.extend(range(
        "distance flown at the last fraction (nmi)",
        distances.map(|row| nautical_miles(row.distance_m)).collect(),
    ));
    let altitudes = rows_of().filter_map(|row| row.altitude_m).map(feet);
    rows.extend(range("altitude at fractions (ft)", altitudes.collect()));
    let latitudes = rows_of().map(|row| row.latitude_deg);
    rows.extend(range("latitude (° north)", latitudes.collect()));
    let longitudes = rows_of().map(|row| row.longitude_deg);
    rows.extend(range("longitude (° east)", longitudes.collect()));
    rows
}

/// From the smallest to the largest of some values, and between what nine in ten lie.
fn range(what: &'static str, mut values: Vec<f64>) -> Option<(&'static str, String)> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let (smallest, largest) = (*values.first()?, *values.last()?);
    let decimals = usize::from(largest - smallest < 100.0);
    let between = |low, high| format!("{} to {}", grouped(low, decimals), grouped(high, decimals));
    let middle = between(quantile(&values, 0.05)?, quantile(&values, 0.95)?);
    Some((what, format!("{}; nine in ten {middle}", between(smallest, largest))))
}

fn counts(flights: &[&About], of: impl Fn(&About) -> Option<String>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for name in flights.iter().filter_map(|about| of(about)) {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n)); // stable: ties go by name
    counts
}

/// `A320 (61), B738 (12) and 3 more`.
fn listed(counts: Vec<(String, u64)>) -> String {
    let more = counts.len().saturating_sub(NAMED);
    let named = counts.into_iter().take(NAMED);
    let named: Vec<String> =
        named.map(|(name, n)| format!("{} ({})", plain_text(&name, 40), count(n))).collect();
    match (named.is_empty(), more) {
        (true, _) => "not known".to_owned(),
        (_, 0) => named.join(", "),
        _ => format!("{} and {} more", named.join(", "), count(more as u64)),
    }
}

/// What the run's figures say against it, as sentences.
fn limits(material: &Material, axis: Axis, split: Option<Split>) -> Vec<String> {
    let record = &material.record;
    let mut limits = Vec::new();
    match split {
        None => limits.push("Nothing is known of its errors: no flight was held out.".to_owned()),
        Some(Split::Forward) => {}
        Some(split) => limits.push(format!(
            "Its errors were measured under the {split} split only: on later flights they may be larger."
        )),
    }
    if let Some(split) = split {
        for horizon in material.scores.horizons(axis, split) {
            limits.extend(tail(&material.scores, axis, split, horizon));
        }
    }
    limits.extend(seasons(material));
    let rare: Vec<(String, u64)> = record
        .pairs
        .iter()
        .filter(|pair| pair.n_flights < RARE)
        .map(|pair| (pair.pair.clone(), pair.n_flights))
        .collect();
    if !rare.is_empty() {
        limits.push(format!(
            "Pairs with fewer than {RARE} flights are hardly known: {}.",
            listed(rare)
        ));
    }
    limits.push("A pair that is not listed has no median track: its flights are refused or guessed from other pairs.".to_owned());
    let types = counts(&flights_of(material), |about| about.aircraft_type.clone());
    let rare: Vec<(String, u64)> = types.into_iter().filter(|(_, n)| *n < RARE).collect();
    if !rare.is_empty() {
        limits.push(format!(
            "Types with fewer than {RARE} flights are hardly known: {}.",
            listed(rare)
        ));
    }
    if let Some(rejected) = material.rejected.as_ref().filter(|table| !table.rows.is_empty()) {
        let n = rejected.rows.len() as u64;
        limits.push(format!(
            "{} refused, {} of what was looked at: if these differ from the rest, the figures do not cover them.",
            if n == 1 { "One file was".to_owned() } else { format!("{} files were", count(n)) },
            percent(n as f64 / (n + record.n_flights) as f64),
        ));
    }
    limits
}

/// How far off the worst twentieth of flights is, and what the intervals hold.
fn tail(scores: &Scores, axis: Axis, split: Split, horizon: Horizon) -> Vec<String> {
    let Some(model) = scores.best(axis, split, horizon) else { return Vec::new() };
    let key = scores.horizontal(axis, split, horizon, model);
    let at = words::horizon(horizon);
    let p95 = scores.mean(Key { metric: Metric::P95, ..key }).map(|p95| {
        let p95 = Unit::NauticalMiles.with_sign(p95);
        format!(
            "{}: one flight in twenty is off by more than {p95}, on average over fractions.",
            upper(&at)
        )
    });
    let targets = [Target::Horizontal, Target::Altitude, Target::Elapsed];
    let coverages: Vec<f64> = targets
        .iter()
        .filter_map(|&target| scores.mean(Key { target, metric: Metric::Coverage90, ..key }))
        .collect();
    let coverage = coverages.iter().sum::<f64>() / coverages.len().max(1) as f64;
    let is_off = !coverages.is_empty() && (coverage - 0.9).abs() > COVERAGE_OFF;
    let off = is_off.then(|| {
        format!(
            "{}: 90 % intervals hold {} of held-out flights; trust the measured share.",
            upper(&at),
            share(coverage)
        )
    });
    p95.into_iter().chain(off).collect()
}

fn upper(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Months without flights; none where all twelve have some, or starts are not known.
fn seasons(material: &Material) -> Option<String> {
    let start = |about: &&About| jiff::Timestamp::from_microsecond(about.start_time_us?).ok();
    let month = |at: jiff::Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).month();
    let seen: BTreeSet<i8> = flights_of(material).iter().filter_map(start).map(month).collect();
    if seen.is_empty() || seen.len() == MONTHS.len() {
        return None;
    }
    let names = seen.iter().filter_map(|&month| MONTHS.get(usize::try_from(month - 1).ok()?));
    let names: Vec<&str> = names.copied().collect();
    Some(format!(
        "All flights are of {}: of other months, their winds and their routes, nothing is known.",
        names.join(", ")
    ))
}
