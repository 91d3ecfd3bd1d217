//! The comparison: every model at every horizon under every split, and pair by pair.
//!
//! The page's headline table and its table of pairs come from here.

use serde::Serialize;

use super::figure::Grid;
use super::material::Material;
use super::scores::{Key, Scores, mean};
use super::words::{self, R2_TARGETS, UNKNOWN, Unit, count, is_baseline};
use crate::chart::{grouped, plain_text};
use crate::tables::{Axis, Horizon, Metric, ModelName, Split, Target};

/// Pairs that the table of pairs lists.
const PAIRS_LISTED: usize = 20;

/// What the template of the comparison shows for one axis.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    axis: &'static str,
    /// The split that the page quotes.
    main: &'static str,
    /// The splits and their held-out flights, the quoted one first.
    splits: Vec<(&'static str, String)>,
    n_splits: usize,
    groups: Vec<Group>,
    gaps: Vec<String>,
    /// What the table has no room for.
    more: Vec<Grid>,
    pairs: Option<PairTable>,
}

/// The models at one horizon.
#[derive(Debug, Serialize)]
struct Group {
    horizon: String,
    is_reconstruction: bool,
    models: Vec<Model>,
}

/// A model under every split.
#[derive(Debug, Serialize)]
struct Model {
    name: &'static str,
    is_best: bool,
    is_baseline: bool,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    split: &'static str,
    cells: Vec<String>,
}

#[derive(Debug, Serialize)]
struct PairTable {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    total: String,
    is_cut: bool,
    worst: Option<String>,
}

impl Comparison {
    /// None where no split was run along the axis.
    pub(super) fn new(material: &Material, axis: Axis) -> Option<Self> {
        let scores = &material.scores;
        let splits = scores.splits(axis);
        let main = *splits.first()?;
        let horizons = scores.horizons(axis, main);
        let more = splits.iter().map(|&split| spread_and_parts(scores, axis, split));
        Some(Self {
            axis: words::axis(axis),
            main: main.as_str(),
            splits: splits
                .iter()
                .map(|&split| (split.as_str(), count(held_out(scores, axis, split))))
                .collect(),
            n_splits: splits.len(),
            groups: horizons.iter().map(|&at| group(scores, axis, &splits, at)).collect(),
            gaps: horizons.iter().filter_map(|&at| gap(scores, axis, at)).collect(),
            more: more.chain([mid_flight(scores, axis, main)]).collect(),
            pairs: PairTable::new(material, axis, main),
        })
    }
}

/// The models at a horizon under every split, the quoted one first.
fn group(scores: &Scores, axis: Axis, splits: &[Split], horizon: Horizon) -> Group {
    let main = splits[0];
    let best = scores.best(axis, main, horizon).filter(|&model| !is_baseline(model));
    let row = |&split: &Split, model| Row {
        split: split.as_str(),
        cells: cells(scores, scores.horizontal(axis, split, horizon, model)),
    };
    let model = |model: ModelName| Model {
        name: model.as_str(),
        is_best: best == Some(model),
        is_baseline: is_baseline(model),
        rows: splits.iter().map(|split| row(split, model)).collect(),
    };
    Group {
        horizon: words::horizon(horizon),
        is_reconstruction: horizon.is_reconstruction(),
        models: scores.models(axis, main, horizon).into_iter().map(model).collect(),
    }
}

/// Position at fractions and at times, altitude, time, duration, range of R2, skill.
fn cells(scores: &Scores, key: Key) -> Vec<String> {
    let mean = |target, metric| scores.mean(scores.seen(Key { target, metric, ..key }));
    let is_reference = key.model == ModelName::OdMedian;
    let skill = match scores.skill_interval(key) {
        _ if is_reference => UNKNOWN.to_owned(),
        None => words::skill(scores.skill(key)),
        Some((lower, upper)) => {
            let [skill, lower, upper] =
                [scores.skill(key), Some(lower), Some(upper)].map(words::skill);
            format!("{skill} ({lower} to {upper})")
        }
    };
    let duration_s = scores.whole(Key { target: Target::Duration, metric: Metric::Mae, ..key });
    let minutes = duration_s.map_or_else(|| UNKNOWN.to_owned(), |s| grouped(s / 60.0, 1));
    vec![
        Unit::NauticalMiles.or_dash(mean(Target::Horizontal, Metric::Mae)),
        Unit::NauticalMiles.or_dash(mean(Target::HorizontalAtTime, Metric::Mae)),
        Unit::Feet.or_dash(mean(Target::Altitude, Metric::Mae)),
        Unit::Seconds.or_dash(mean(Target::Elapsed, Metric::Mae)),
        minutes,
        r2_range(scores, key),
        skill,
    ]
}

/// How errors spread, which way they point, and how many predictions nothing could fly.
fn spread_and_parts(scores: &Scores, axis: Axis, split: Split) -> Grid {
    let columns = [
        ("position, median (nmi)", Target::Horizontal, Metric::Median, Unit::NauticalMiles),
        ("position, p95 (nmi)", Target::Horizontal, Metric::P95, Unit::NauticalMiles),
        ("along (nmi)", Target::Horizontal, Metric::AlongMae, Unit::NauticalMiles),
        ("across (nmi)", Target::Horizontal, Metric::CrossMae, Unit::NauticalMiles),
        ("altitude, p95 (ft)", Target::Altitude, Metric::P95, Unit::Feet),
        ("time, p95 (s)", Target::Elapsed, Metric::P95, Unit::Seconds),
    ];
    let rows = estimators(scores, axis, split).map(|(name, key)| {
        let mean = |target, metric| scores.mean(scores.seen(Key { target, metric, ..key }));
        let figures =
            columns.iter().map(|&(_, target, metric, unit)| unit.or_dash(mean(target, metric)));
        let infeasible = scores.whole(Key { metric: Metric::Infeasible, ..key });
        let infeasible = infeasible.map_or_else(|| UNKNOWN.to_owned(), words::share);
        std::iter::once(name).chain(figures).chain([infeasible]).collect()
    });
    let names = columns.iter().map(|&(name, ..)| name.to_owned());
    let head = std::iter::once("model".to_owned()).chain(names);
    Grid {
        title: format!("How errors spread and where they point, {split} split"),
        head: head.chain(["could not be flown".to_owned()]).collect(),
        rows: rows.collect(),
    }
}

/// Every model at every horizon under a split: its name in a table, and its position error's key.
fn estimators(scores: &Scores, axis: Axis, split: Split) -> impl Iterator<Item = (String, Key)> {
    scores.horizons(axis, split).into_iter().flat_map(move |horizon| {
        scores.models(axis, split, horizon).into_iter().map(move |model| {
            let name = format!("{model}, {}", words::horizon(horizon));
            (name, scores.horizontal(axis, split, horizon, model))
        })
    })
}

/// The smallest and the largest R2 of a target at mid-flight: `0.41 to 0.96`.
fn r2_range(scores: &Scores, key: Key) -> String {
    let values = R2_TARGETS.iter().filter_map(|(target, _)| {
        scores.at_mid_flight(Key { target: *target, metric: Metric::R2, ..key })
    });
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return UNKNOWN.to_owned();
    }
    format!("{} to {}", grouped(low, 2), grouped(high, 2))
}

/// The largest number of flights behind any model's position error.
fn held_out(scores: &Scores, axis: Axis, split: Split) -> u64 {
    let horizons = scores.horizons(axis, split).into_iter();
    let curves = horizons.flat_map(|horizon| {
        let models = scores.models(axis, split, horizon).into_iter();
        models.flat_map(move |model| scores.curve(scores.horizontal(axis, split, horizon, model)))
    });
    curves.map(|score| score.n).max().unwrap_or(0)
}

fn mid_flight(scores: &Scores, axis: Axis, split: Split) -> Grid {
    let rows = estimators(scores, axis, split).map(|(name, key)| {
        let cells = R2_TARGETS.iter().map(|&(target, _)| {
            Unit::None.or_dash(scores.at_mid_flight(Key { target, metric: Metric::R2, ..key }))
        });
        std::iter::once(name).chain(cells).collect()
    });
    let names = R2_TARGETS.iter().map(|(_, name)| (*name).to_owned());
    Grid {
        title: format!("R² at mid-flight by target, {split} split"),
        head: std::iter::once("model".to_owned()).chain(names).collect(),
        rows: rows.collect(),
    }
}

/// What the gap between `random` and `forward` says of the best model, as a sentence.
fn gap(scores: &Scores, axis: Axis, horizon: Horizon) -> Option<String> {
    let model = scores.best(axis, Split::Forward, horizon).filter(|&m| !is_baseline(m))?;
    let error = |split| scores.mean(scores.horizontal(axis, split, horizon, model));
    let (forward, random) = (error(Split::Forward)?, error(Split::Random)?);
    let change = forward / random - 1.0;
    let nmi = |value| Unit::NauticalMiles.with_sign(value);
    let share = words::percent((change.abs() * 100.0).round() / 100.0);
    let verdict = match change {
        c if !c.is_finite() => return None,
        c if c >= 0.05 => format!("{share} more error once the future is unseen"),
        c if c <= -0.05 => format!("{share} less under forward, so nothing was borrowed"),
        _ => "hardly a difference, so little is borrowed from neighbouring days".to_owned(),
    };
    Some(format!(
        "{model}, {}: {} under random, {} under forward: {verdict}.",
        words::horizon(horizon),
        nmi(random),
        nmi(forward)
    ))
}

impl PairTable {
    /// None for fewer than two pairs with figures.
    fn new(material: &Material, axis: Axis, split: Split) -> Option<Self> {
        let (scores, record) = (&material.scores, &material.record);
        let horizon_model =
            |&horizon: &Horizon| scores.best(axis, split, horizon).map(|model| (horizon, model));
        let columns: Vec<(Horizon, ModelName)> =
            scores.horizons(axis, split).iter().filter_map(horizon_model).collect();
        let &(horizon, _) = columns.first()?;
        // The latest horizon that is a prediction.
        let last = *columns.iter().rfind(|(h, _)| !h.is_reconstruction()).or(columns.last())?;
        let error = |pair: &str, horizon, model| {
            mean(scores.pair_curve(pair, scores.horizontal(axis, split, horizon, model)))
        };
        let mut pairs: Vec<(u64, &str)> = scores.pairs().map(|pair| (0, pair)).collect();
        for (n, pair) in &mut pairs {
            *n = record.pairs.iter().find(|p| p.pair == *pair).map_or(0, |p| p.n_flights);
        }
        pairs.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        if pairs.len() < 2 {
            return None;
        }
        let row = |&(n, pair): &(u64, &str)| {
            let figures = columns.iter().map(|&(h, model)| error(pair, h, model));
            let baseline = error(pair, horizon, ModelName::OdMedian);
            let figures = figures.chain([baseline]).map(|v| Unit::NauticalMiles.or_dash(v));
            [plain_text(pair, 60), count(n)].into_iter().chain(figures).collect()
        };
        let of_last = |(_, pair)| Some((error(pair, last.0, last.1)?, pair));
        let worst = pairs.iter().copied().filter_map(of_last).max_by(|a, b| a.0.total_cmp(&b.0));
        let names = columns.iter().map(|(h, model)| format!("{model}, {}", words::horizon(*h)));
        let head = ["pair".to_owned(), "flights".to_owned()].into_iter().chain(names);
        Some(Self {
            head: head.chain(["od-median".to_owned()]).collect(),
            rows: pairs.iter().take(PAIRS_LISTED).map(row).collect(),
            total: count(pairs.len() as u64),
            is_cut: pairs.len() > PAIRS_LISTED,
            worst: worst.map(|(value, pair)| {
                let value = Unit::NauticalMiles.with_sign(value);
                let name = plain_text(pair, 60);
                format!("{name}, with {value} ({}, {})", last.1, words::horizon(last.0))
            }),
        })
    }
}
