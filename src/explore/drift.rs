//! Drift: how far later flights differ from earlier ones, in every feature, in the durations,
//! tracks and altitudes that models predict, and in what is missing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

use super::material::Material;
use super::numbers::{is_within_pairs, numbers, within_pairs};
use super::section::{Section, contents};
use super::statistics::{holm, homogeneity, kolmogorov_smirnov, stability, stability_of_counts};
use crate::chart::{Bar, bar_chart, grouped, plain_text};
use crate::models::median;
use crate::page::words::{UNKNOWN, count, percent};
use crate::page::{Figure, Grid, drawing};
use crate::tables::{Axis, DriftRow, DriftTable, TargetRow};

/// Bounds of the stability index (N. Siddiqi, *Credit Risk Scorecards*, 2006).
const SOME: f64 = 0.1;
const STRONG: f64 = 0.25;
/// The chance below which a difference is called one, over all that is compared.
const LEVEL: f64 = 0.05;
/// Change of the share that is missing from which on it is told.
const MISSING: f64 = 0.01;
/// Bars and rows of tables.
const DRAWN: usize = 20;
const LISTED: usize = 150;
/// Levels of a category that are told apart, those with most flights.
const MOST_LEVELS: usize = 20;
/// Fewer flights in a half say nothing.
const FEWEST: usize = 10;
/// The fraction of the flight at which its track and altitude are compared.
const MIDWAY: f64 = 0.5;

/// The flights of either half.
struct Halves {
    earlier: Vec<usize>,
    later: Vec<usize>,
}

/// What the template sees.
#[derive(Serialize)]
struct Contents {
    lacks: Option<&'static str>,
    n_earlier: String,
    n_later: String,
    first: String,
    change: String,
    last: String,
    n_compared: String,
    n_strong: usize,
    n_some: usize,
    n_chance: usize,
    is_within_pairs: bool,
    figure: Option<Figure>,
    missing: Option<Grid>,
}

pub(super) fn section(material: &Material<'_>) -> Section {
    let halves = halves(material);
    let rows = halves.as_ref().map(|halves| compare(material, halves)).unwrap_or_default();
    let is = |row: &&DriftRow, verdict: Verdict| Verdict::of(row) == verdict;
    let n = |verdict: Verdict| rows.iter().filter(|row| is(row, verdict)).count();
    let (n_strong, n_some, n_chance) = (n(Verdict::Strong), n(Verdict::Some), n(Verdict::Chance));
    let [first, change, last] = halves.as_ref().map(|h| dates(material, h)).unwrap_or_default();
    let missing: Vec<&DriftRow> = {
        let change = |row: &DriftRow| (row.missing_later - row.missing_earlier).abs();
        let mut changed: Vec<&DriftRow> =
            rows.iter().filter(|row| change(row) >= MISSING).collect();
        changed.sort_by(|a, b| change(b).total_cmp(&change(a)).then(a.feature.cmp(&b.feature)));
        changed
    };
    let shown = Contents {
        lacks: halves.is_none().then_some("too few flights have a start time"),
        n_earlier: count(halves.as_ref().map_or(0, |h| h.earlier.len() as u64)),
        n_later: count(halves.as_ref().map_or(0, |h| h.later.len() as u64)),
        first,
        change,
        last,
        n_compared: count(rows.len() as u64),
        n_strong,
        n_some,
        n_chance,
        is_within_pairs: is_within_pairs(material),
        figure: (!rows.is_empty()).then(|| figure(&rows)),
        missing: (!missing.is_empty()).then(|| missing_grid(&missing)),
    };
    let names: Vec<String> = rows
        .iter()
        .filter(|row| is(row, Verdict::Strong))
        .take(3)
        .map(|row| plain_text(&row.feature, 60))
        .collect();
    let headline = (n_strong > 0).then(|| {
        let drifts = if n_strong == 1 { "figure drifts" } else { "figures drift" };
        let names = names.join(", ");
        format!("{n_strong} {drifts} strongly from earlier to later flights, foremost {names}")
    });
    let summary = serde_json::json!({
        "n_compared": rows.len(), "n_strong": n_strong, "n_some": n_some,
        "n_missing_changed": missing.len(),
    });
    Section {
        id: "drift",
        title: "What changed in time",
        template: "drift.html",
        contents: contents(&shown),
        tables: vec![Box::new(DriftTable { rows })],
        summary,
        headlines: headline.into_iter().collect(),
    }
}

/// Halves by start, then by id; none without enough flights that have one.
fn halves(material: &Material<'_>) -> Option<Halves> {
    let starts = &material.features.start_time_us;
    let mut flights: Vec<usize> =
        (0..starts.len()).filter(|flight| starts[*flight].is_some()).collect();
    flights.sort_by_key(|flight| starts[*flight]); // stable, and flights ascend by id
    let later = flights.split_off(flights.len() / 2);
    (flights.len() >= FEWEST).then_some(Halves { earlier: flights, later })
}

/// The days of the first flight, of the first of the later half, and of the last.
fn dates(material: &Material<'_>, halves: &Halves) -> [String; 3] {
    let day = |flight: Option<&usize>| {
        let us = flight.and_then(|flight| material.features.start_time_us[*flight]);
        let time = us.and_then(|us| Timestamp::from_microsecond(us).ok());
        time.map_or(UNKNOWN.to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
    };
    [day(halves.earlier.first()), day(halves.later.first()), day(halves.later.last())]
}

/// All comparisons, the largest stability index first, then the largest gap, then by name.
fn compare(material: &Material<'_>, halves: &Halves) -> Vec<DriftRow> {
    let mut columns: Vec<(String, Vec<f64>)> =
        numbers(material).into_iter().map(|number| (number.name, number.values)).collect();
    columns.extend(midway(material));
    let mut rows: Vec<DriftRow> =
        columns.par_iter().map(|(name, values)| of_numbers(name, values, halves)).collect();
    let table = &material.features;
    let mut words: Vec<(&str, Vec<Option<String>>)> =
        table.categories.iter().map(|c| (c.name.as_str(), c.values.clone())).collect();
    if is_within_pairs(material) {
        words.push(("pair", (0..table.n_flights()).map(|flight| table.pair(flight)).collect()));
    }
    rows.extend(words.iter().map(|(name, values)| of_words(name, values, halves)));
    let chances: Vec<f64> = rows.iter().filter_map(|row| row.p).collect();
    let mut adjusted = holm(&chances).into_iter();
    rows.iter_mut().filter(|row| row.p.is_some()).for_each(|row| row.p_holm = adjusted.next());
    let size = |row: &DriftRow| (row.stability.unwrap_or(-1.0), row.gap.unwrap_or(-1.0));
    rows.sort_by(|a, b| {
        let (one, other) = (size(b), size(a));
        one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)).then(a.feature.cmp(&b.feature))
    });
    rows
}

/// Where flights are half-way through their time, and what they have flown by then.
fn midway(material: &Material<'_>) -> Vec<(String, Vec<f64>)> {
    let on_axis = material.targets.iter().filter(|row| row.axis == Axis::Time);
    let away = |row: &TargetRow| (row.fraction - MIDWAY).abs();
    let nearest = on_axis.clone().min_by(|a, b| away(a).total_cmp(&away(b)));
    let Some(fraction) = nearest.map(|row| row.fraction) else { return Vec::new() };
    let at: BTreeMap<&str, &TargetRow> = on_axis
        .filter(|row| row.fraction == fraction)
        .map(|row| (row.flight_id.as_str(), row))
        .collect();
    let ids = &material.features.flight_id;
    let column = |name: &str, of: &dyn Fn(&TargetRow) -> f64| {
        let values: Vec<f64> =
            ids.iter().map(|id| at.get(id.as_str()).map_or(f64::NAN, |row| of(row))).collect();
        let place = format!("{name} at {} of the time", percent(fraction));
        (place, within_pairs(material, &values))
    };
    vec![
        column("longitude", &|row| row.longitude_deg),
        column("latitude", &|row| row.latitude_deg),
        column("altitude", &|row| row.altitude_m.unwrap_or(f64::NAN)),
        column("distance", &|row| row.distance_m),
    ]
}

fn of_numbers(name: &str, values: &[f64], halves: &Halves) -> DriftRow {
    let known = |flights: &[usize]| -> Vec<f64> {
        flights.iter().map(|flight| values[*flight]).filter(|value| !value.is_nan()).collect()
    };
    let (earlier, later) = (known(&halves.earlier), known(&halves.later));
    let test = kolmogorov_smirnov(&earlier, &later);
    DriftRow {
        feature: name.to_owned(),
        stability: stability(&earlier, &later),
        gap: test.map(|(gap, _)| gap),
        p: test.map(|(_, p)| p),
        p_holm: None,
        missing_earlier: 1.0 - earlier.len() as f64 / halves.earlier.len() as f64,
        missing_later: 1.0 - later.len() as f64 / halves.later.len() as f64,
        median_earlier: median(earlier),
        median_later: median(later),
    }
}

fn of_words(name: &str, values: &[Option<String>], halves: &Halves) -> DriftRow {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for &flight in &halves.earlier {
        values[flight].iter().for_each(|word| counts.entry(word).or_default().0 += 1);
    }
    for &flight in &halves.later {
        values[flight].iter().for_each(|word| counts.entry(word).or_default().1 += 1);
    }
    let mut counts: Vec<(u64, u64)> = counts.into_values().collect();
    let sum = |of: &dyn Fn(&(u64, u64)) -> u64| counts.iter().map(of).sum::<u64>();
    let (earlier, later) = (sum(&|count| count.0), sum(&|count| count.1));
    counts.sort_by_key(|(one, other)| std::cmp::Reverse(one + other));
    let rest = counts.split_off(counts.len().min(MOST_LEVELS));
    if !rest.is_empty() {
        counts.push(rest.iter().fold((0, 0), |all, count| (all.0 + count.0, all.1 + count.1)));
    }
    let missing = |n: u64, flights: &[usize]| 1.0 - n as f64 / flights.len() as f64;
    DriftRow {
        feature: name.to_owned(),
        stability: stability_of_counts(&counts),
        gap: None,
        p: homogeneity(&counts),
        p_holm: None,
        median_earlier: None,
        median_later: None,
        missing_earlier: missing(earlier, &halves.earlier),
        missing_later: missing(later, &halves.later),
    }
}

/// What is made of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Unknown,
    Steady,
    Chance,
    Some,
    Strong,
}

impl Verdict {
    fn of(row: &DriftRow) -> Self {
        let is_chance = row.p_holm.is_none_or(|p| p >= LEVEL);
        match row.stability {
            None => Self::Unknown,
            Some(index) if index < SOME => Self::Steady,
            Some(_) if is_chance => Self::Chance,
            Some(index) if index < STRONG => Self::Some,
            Some(_) => Self::Strong,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "one value, or too few flights",
            Self::Steady => "steady",
            Self::Chance => "may be chance",
            Self::Some => "drifts somewhat",
            Self::Strong => "drifts strongly",
        }
    }
}

fn figure(rows: &[DriftRow]) -> Figure {
    let bars: Vec<Bar> = rows
        .iter()
        .filter_map(|row| Some((row, row.stability?)))
        .take(DRAWN)
        .map(|(row, index)| Bar {
            name: row.feature.clone(),
            value: index,
            text: grouped(index, 2),
        })
        .collect();
    let cell = |value: Option<f64>, decimals: usize| {
        value.map_or(UNKNOWN.to_owned(), |value| grouped(value, decimals))
    };
    let chance = |p: Option<f64>| match p {
        Some(p) if p < 0.001 => "< 0.001".to_owned(),
        p => cell(p, 3),
    };
    let row = |row: &DriftRow| {
        vec![
            plain_text(&row.feature, 60),
            Verdict::of(row).as_str().to_owned(),
            cell(row.stability, 2),
            cell(row.gap, 2),
            chance(row.p_holm),
            significant(row.median_earlier),
            significant(row.median_later),
        ]
    };
    let head = [
        "figure",
        "verdict",
        "stability index",
        "largest gap",
        "p (Holm)",
        "median earlier",
        "median later",
    ];
    let description = "Population stability index of earlier against later flights. The numbers are in the table below.";
    let is_beyond = |row: &&DriftRow| matches!(Verdict::of(row), Verdict::Some | Verdict::Strong);
    let beyond = rows.iter().filter(is_beyond).take(DRAWN);
    let beyond: Vec<String> = beyond.map(|row| plain_text(&row.feature, 60)).collect();
    let beyond = if beyond.is_empty() { "none".to_owned() } else { beyond.join(", ") };
    Figure {
        caption: format!(
            "What changed most: population stability index of later against earlier flights. \
             Beyond chance: {beyond}."
        ),
        panels: vec![drawing(bar_chart("Stability index", description, &bars))],
        shape: "bars",
        several: false,
        legend: Vec::new(),
        grids: vec![Grid {
            title: if rows.len() > LISTED {
                format!("The first {LISTED}; all are in drift.parquet")
            } else {
                String::new()
            },
            head: head.map(str::to_owned).to_vec(),
            rows: rows.iter().take(LISTED).map(row).collect(),
        }],
    }
}

/// About four digits of a figure in a unit of its own.
fn significant(value: Option<f64>) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return UNKNOWN.to_owned() };
    let decimals = match value.abs() {
        size if size >= 1000.0 || size == 0.0 => 0,
        size if size >= 1.0 => 2,
        size if size >= 0.001 => 5,
        _ => return format!("{value:.2e}"),
    };
    grouped(value, decimals)
}

fn missing_grid(rows: &[&DriftRow]) -> Grid {
    let row = |row: &&DriftRow| {
        vec![plain_text(&row.feature, 60), percent(row.missing_earlier), percent(row.missing_later)]
    };
    Grid {
        title: String::new(),
        head: ["figure", "missing earlier", "missing later"].map(str::to_owned).to_vec(),
        rows: rows.iter().take(DRAWN).map(row).collect(),
    }
}
