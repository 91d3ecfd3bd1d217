//! The summary: what the run is about and how good it is, in plain words and few figures.
//!
//! The page opens with it; the command prints its headlines.

use std::collections::BTreeMap;

use serde::Serialize;

use super::material::{Material, main_axis};
use super::words::{self, Unit, count, counted, is_baseline};
use crate::chart::plain_text;
use crate::tables::{Horizon, ModelName, RejectedTable, RunRecord, Split};

/// The best model at one horizon, under the split that the page quotes.
#[derive(Debug, Clone, PartialEq)]
pub struct Headline {
    /// What its features know.
    pub horizon: Horizon,
    /// How flights were held out: `forward` where it was run.
    pub split: Split,
    /// The learnt model with the smallest mean error.
    pub model: ModelName,
    /// Its mean position error over all fractions and held-out flights, in nautical miles.
    pub error_nmi: f64,
    /// The same of `od-median`; none where it was not run.
    pub baseline_nmi: Option<f64>,
    /// 1 - error / error of `od-median`.
    pub skill: Option<f64>,
    /// Whether the 95 % interval of the skill is on one side of zero; none without an interval.
    pub is_beyond_chance: Option<bool>,
    /// Its mean position error half-way, at the fraction nearest to one half; none at a horizon
    /// by which every flight was further.
    pub half_way_nmi: Option<f64>,
    /// Held-out flights behind it.
    pub n_flights: u64,
}

/// The headlines of a run, the earliest horizon first.
pub(super) fn headlines(material: &Material) -> Vec<Headline> {
    let (axis, scores) = (main_axis(&material.record), &material.scores);
    let Some(split) = scores.main_split(axis) else { return Vec::new() };
    let headline = |horizon: Horizon| {
        let model = scores.best(axis, split, horizon)?;
        let key = scores.horizontal(axis, split, horizon, model);
        let skill = scores.skill(key).filter(|_| model != ModelName::OdMedian);
        let baseline = scores.horizontal(axis, split, horizon, ModelName::OdMedian);
        Some(Headline {
            horizon,
            split,
            model,
            error_nmi: scores.mean(key)?,
            baseline_nmi: scores.mean(baseline).filter(|_| model != ModelName::OdMedian),
            skill,
            is_beyond_chance: scores
                .skill_interval(key)
                .map(|(lower, upper)| lower > 0.0 || upper < 0.0),
            half_way_nmi: scores.near_half_way(key),
            n_flights: scores.curve(key).iter().map(|score| score.n).max().unwrap_or(0),
        })
    };
    scores.horizons(axis, split).into_iter().filter_map(headline).collect()
}

/// What the template of the summary shows.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    run: String,
    flights: String,
    pairs: String,
    pair_list: Vec<String>,
    more_pairs: Option<String>,
    unknown_pairs: Option<String>,
    dates: Option<(String, String)>,
    targets: String,
    axis: &'static str,
    other_axis: Option<&'static str>,
    fractions: String,
    models: String,
    is_forward: bool,
    split: Option<&'static str>,
    tiles: Vec<Tile>,
    has_reconstruction: bool,
    rejected: Option<String>,
    /// The commonest reasons, with their counts.
    reasons: String,
    /// The codes of the checks that fired.
    checks: Vec<String>,
}

/// A headline as a tile.
#[derive(Debug, Serialize)]
struct Tile {
    horizon: String,
    is_reconstruction: bool,
    error: String,
    model: &'static str,
    is_learnt: bool,
    baseline: Option<String>,
    verdict: Option<String>,
    /// What the verdict comes to: nothing, `worse` or `unsure`.
    verdict_class: &'static str,
    half_way: Option<String>,
    flights: String,
}

impl Summary {
    pub(super) fn new(run: &str, material: &Material, headlines: &[Headline]) -> Self {
        const LISTED: usize = 6;
        let record = &material.record;
        let axis = main_axis(record);
        let in_pairs: u64 = record.pairs.iter().map(|pair| pair.n_flights).sum();
        let unknown = record.n_flights.saturating_sub(in_pairs);
        let listed = record.pairs.iter().take(LISTED);
        let pair_list = listed.map(|pair| match record.pairs.len() {
            1 => plain_text(&pair.pair, 60),
            _ => format!("{} ({})", plain_text(&pair.pair, 60), count(pair.n_flights)),
        });
        let more = record.pairs.len().saturating_sub(LISTED);
        let split = material.scores.main_split(axis);
        let rejected = material.rejected.as_ref();
        Self {
            run: plain_text(run, 100),
            flights: counted(record.n_flights, "flight"),
            pairs: counted(record.pairs.len() as u64, "pair"),
            pair_list: pair_list.collect(),
            more_pairs: (more > 0).then(|| count(more as u64)),
            unknown_pairs: (unknown > 0).then(|| counted(unknown, "flight")),
            dates: record.start_range.as_ref().map(|(first, last)| {
                (plain_text(words::day(first), 40), plain_text(words::day(last), 40))
            }),
            targets: targets(record.has_altitude),
            axis: words::axis(axis),
            other_axis: record.axes.get(1).map(|&axis| words::axis(axis)),
            fractions: fractions(record),
            models: record.models.iter().map(|m| m.as_str()).collect::<Vec<_>>().join(", "),
            is_forward: split == Some(Split::Forward),
            split: split.map(Split::as_str),
            tiles: headlines.iter().map(Tile::new).collect(),
            has_reconstruction: record.horizons.iter().any(|h| h.is_reconstruction()),
            rejected: rejected.map(|table| counted(table.rows.len() as u64, "file")),
            reasons: rejected.map_or_else(String::new, reasons),
            checks: codes(record),
        }
    }
}

impl Tile {
    fn new(headline: &Headline) -> Self {
        Self {
            horizon: words::horizon(headline.horizon),
            is_reconstruction: headline.horizon.is_reconstruction(),
            error: Unit::NauticalMiles.with_sign(headline.error_nmi),
            model: headline.model.as_str(),
            is_learnt: !is_baseline(headline.model),
            baseline: headline.baseline_nmi.map(|value| Unit::NauticalMiles.with_sign(value)),
            verdict: headline.skill.map(verdict),
            verdict_class: match headline.skill {
                _ if headline.is_beyond_chance == Some(false) => "unsure",
                Some(skill) if skill <= 0.0 => "worse",
                _ => "",
            },
            half_way: headline.half_way_nmi.map(|value| Unit::NauticalMiles.with_sign(value)),
            flights: counted(headline.n_flights, "held-out flight"),
        }
    }
}

/// `14 missing-column, 3 empty-file and others`.
fn reasons(table: &RejectedTable) -> String {
    const LISTED: usize = 3;
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &table.rows {
        *counts.entry(row.code.as_str()).or_default() += 1;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n)); // stable: ties go by name
    let more = if counts.len() > LISTED { " and others" } else { "" };
    let listed = counts.iter().take(LISTED).map(|(code, n)| format!("{} {code}", count(*n)));
    listed.collect::<Vec<_>>().join(", ") + more
}

fn codes(record: &RunRecord) -> Vec<String> {
    let mut codes: Vec<String> =
        record.checks.iter().map(|check| plain_text(&check.code, 60)).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// `18 % less error than od-median`.
fn verdict(skill: f64) -> String {
    let share = words::percent((skill.abs() * 100.0).round() / 100.0);
    match skill {
        s if s >= 0.005 => format!("{share} less error than od-median"),
        s if s <= -0.005 => format!("{share} more error than od-median"),
        _ => "no better than od-median".to_owned(),
    }
}

fn targets(has_altitude: bool) -> String {
    let altitude = if has_altitude { " pressure altitude," } else { "" };
    format!("longitude, latitude,{altitude} elapsed time and distance flown")
}

fn fractions(record: &RunRecord) -> String {
    match (record.fractions.first(), record.fractions.last()) {
        (Some(first), Some(last)) if record.fractions.len() > 1 => format!(
            "{} fractions, from {} to {}",
            record.fractions.len(),
            words::percent(*first),
            words::percent(*last)
        ),
        (Some(only), _) => format!("one fraction, {}", words::percent(*only)),
        _ => "no fraction".to_owned(),
    }
}
