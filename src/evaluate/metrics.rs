//! *Metrics* say how good a model is, in the units of the trade: nautical miles, feet,
//! seconds; and next to the pair's median trajectory.
//!
//! `train` calls [`score`] once per model, horizon, split and axis.

use std::collections::{BTreeMap, BTreeSet};

use super::at_time::{duration_errors, errors_at_time};
use super::coverage::{Coverage, MIN_FLIGHTS, metric};
use super::feasibility::infeasible;
use super::resampling::{UnitSums, skill_intervals};
use super::statistics::{mean_absolute, quantile, r_squared, root_mean_square, skill};
use super::track_errors::{TrackError, track_errors};
use super::{HeldOut, Reference};
use crate::models::{Dataset, derive_seed};
use crate::tables::{Horizon, Metric, MetricRow, ModelName, Split, Target};

/// Whose figures they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// How flights were held out.
    pub split: Split,
}

/// Scores held-out predictions against what was flown and against the yardstick's predictions
/// of the same flights in the same order. There are figures for all flights, and for each
/// pair of at least 10 held-out flights; at each fraction, and over all of them (but for R2,
/// whose meaning changes with the fraction). R2 over all flights is only there when they have
/// one pair. The skill of all flights, and that of a pair over all fractions, has a 95 %
/// interval. What is undefined has no row. At an elapsed horizon only what is still to be
/// flown counts; a mean over all fractions is the mean of those at each, so that the late parts
/// of flights, which more of them have ahead, count no more than the early ones.
#[must_use]
pub fn score(scored: Scored, reference: &Reference<'_>, held_out: &HeldOut) -> Vec<MetricRow> {
    let Reference { dataset, yardstick, .. } = *reference;
    let positions = [Target::Horizontal, Target::HorizontalAtTime];
    let targets = dataset.columns.iter().copied().chain(positions);
    let held = [held_out, yardstick];
    let duration = TargetErrors::of_duration(dataset, held, scored.horizon);
    let errors = |target| TargetErrors::new(target, dataset, held, scored.horizon);
    let errors: Vec<TargetErrors> = targets.map(errors).collect();
    let track: Vec<Vec<Option<TrackError>>> =
        (0..dataset.fractions.len()).map(|at| track_errors(reference, held_out, at)).collect();
    let coverage = Coverage::new(dataset, held_out);
    let infeasible = infeasible(dataset, held_out, reference.fastest_kt);
    let has_one_pair = dataset.groups().len() == 1;
    let ahead = held_out.ahead(dataset, scored.horizon);
    let mut rows = Vec::new();
    for (pair, flights) in groups(dataset, held_out) {
        // For each fraction the flights that have it still ahead of them.
        let at_fraction = |ahead: &Vec<bool>| -> Vec<usize> {
            flights.iter().copied().filter(|flight| ahead[*flight]).collect()
        };
        let counted: Vec<Vec<usize>> = ahead.iter().map(at_fraction).collect();
        let is_ever = |flight: &usize| ahead.iter().any(|ahead| ahead[*flight]);
        let flights: Vec<usize> = flights.iter().copied().filter(is_ever).collect();
        if flights.is_empty() {
            continue;
        }
        let intervals = intervals(scored, reference, &errors, pair, &counted);
        let with_r2 = pair.is_some() || has_one_pair;
        for at in std::iter::once(None).chain((0..dataset.fractions.len()).map(Some)) {
            let row = |target, metric, value, n: usize| MetricRow {
                model: scored.model,
                horizon: scored.horizon,
                split: scored.split,
                axis: dataset.axis,
                pair: pair.map(str::to_owned),
                fraction: at.map(|at| dataset.fractions[at]),
                target,
                metric,
                value,
                lower: None,
                upper: None,
                n: n as u64,
            };
            for target in &errors {
                let figures = target.figures(&counted, at, with_r2).into_iter();
                let n = at.map_or(flights.len(), |at| counted[at].len());
                rows.extend(figures.map(|(metric, value)| {
                    let interval = intervals.get(&(target.target, at));
                    let interval = interval.filter(|_| metric == Metric::Skill);
                    MetricRow {
                        lower: interval.map(|(lower, _)| *lower),
                        upper: interval.map(|(_, upper)| *upper),
                        ..row(target.target, metric, value, n)
                    }
                }));
            }
            let (figures, n) = along_and_cross(&track, &counted, at);
            let figures = figures.into_iter();
            rows.extend(figures.map(|(metric, value)| row(Target::Horizontal, metric, value, n)));
            if at.is_none() {
                let figures = duration.figures(std::slice::from_ref(&flights), Some(0), with_r2);
                let n = flights.len();
                let figures = figures.into_iter();
                rows.extend(figures.map(|(metric, value)| row(Target::Duration, metric, value, n)));
            }
            if let Some(infeasible) = infeasible.as_ref().filter(|_| at.is_none()) {
                let n = flights.len();
                let share = flights.iter().filter(|f| infeasible[**f]).count() as f64 / n as f64;
                rows.push(row(Target::Horizontal, Metric::Infeasible, share, n));
            }
            let shares = coverage.shares(&counted, at).into_iter();
            rows.extend(shares.map(|of| row(of.target, metric(of.level), of.value, of.n)));
        }
    }
    rows
}

/// The intervals of the skills of some flights, by target and fraction, none being all
/// fractions; for a pair only the latter. The yardstick's own skill is 0 and has none. All
/// models are judged on the same drawn days.
fn intervals(
    scored: Scored,
    reference: &Reference<'_>,
    errors: &[TargetErrors],
    pair: Option<&str>,
    counted: &[Vec<usize>],
) -> BTreeMap<(Target, Option<usize>), (f64, f64)> {
    if scored.model == ModelName::OdMedian {
        return BTreeMap::new();
    }
    let mut numbers: BTreeMap<i64, usize> =
        counted.iter().flatten().map(|row| (reference.units[*row], 0)).collect();
    for (number, place) in numbers.values_mut().enumerate() {
        *place = number;
    }
    let n_fractions = reference.dataset.fractions.len();
    let fractions = (0..n_fractions).map(Some).filter(|_| pair.is_none());
    let places: Vec<(&TargetErrors, Option<usize>)> = std::iter::once(None)
        .chain(fractions)
        .flat_map(|at| errors.iter().map(move |target| (target, at)))
        .collect();
    let sums = |(target, at): &(&TargetErrors, Option<usize>)| {
        let sums = |lists: &[Vec<f64>]| {
            let mut sums = vec![0.0; numbers.len()];
            for at in at.map_or(0..lists.len(), |at| at..at + 1) {
                // Fractions weigh the same, as they do in the skill itself.
                let weight = 1.0 / counted[at].len() as f64;
                for row in &counted[at] {
                    sums[numbers[&reference.units[*row]]] += weight * lists[at][*row].abs();
                }
            }
            sums
        };
        UnitSums { model: sums(&target.errors), yardstick: sums(&target.yardstick) }
    };
    let sums: Vec<UnitSums> = places.iter().map(sums).collect();
    let (split, axis) = (scored.split.as_str(), reference.dataset.axis.as_str());
    let seed = derive_seed(reference.seed, &["skill", split, axis, pair.unwrap_or_default()]);
    let found = places.iter().zip(skill_intervals(&sums, seed));
    found.filter_map(|((target, at), found)| Some(((target.target, *at), found?))).collect()
}

/// Mean absolute errors along and across the track of some flights at a fraction, or over all
/// of them, and the number of flights that have any.
fn along_and_cross(
    track: &[Vec<Option<TrackError>>],
    counted: &[Vec<usize>],
    at: Option<usize>,
) -> (Vec<(Metric, f64)>, usize) {
    let fractions = at.map_or(0..track.len(), |at| at..at + 1);
    let errors = |at: usize| {
        counted[at].iter().filter_map(move |flight| Some((*flight, track[at][*flight].as_ref()?)))
    };
    let flights = fractions.clone().flat_map(errors).map(|(flight, _)| flight);
    let n = flights.collect::<BTreeSet<usize>>().len();
    let mean = |part: fn(&TrackError) -> f64| {
        let parts = fractions.clone().flat_map(errors).map(|(_, error)| part(error));
        mean_absolute(&parts.collect::<Vec<f64>>())
    };
    let figures = [
        (Metric::AlongMae, mean(|error| error.along_nmi)),
        (Metric::CrossMae, mean(|error| error.cross_nmi)),
    ];
    let defined = figures.into_iter().filter_map(|(metric, value)| Some((metric, value?)));
    (defined.collect(), n)
}

/// All held-out flights, then those of each large enough pair, as rows of the predictions.
fn groups<'a>(dataset: &'a Dataset, held_out: &HeldOut) -> Vec<(Option<&'a str>, Vec<usize>)> {
    let mut pairs: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, flight) in held_out.flights.iter().enumerate() {
        if let Some(pair) = &dataset.pairs[*flight] {
            pairs.entry(pair).or_default().push(row);
        }
    }
    let large = pairs.into_iter().filter(|(_, rows)| rows.len() >= MIN_FLIGHTS);
    let all = (0..held_out.flights.len()).collect();
    std::iter::once((None, all)).chain(large.map(|(pair, rows)| (Some(pair), rows))).collect()
}

/// A target's errors; one list per fraction, in the order of the predictions.
struct TargetErrors {
    target: Target,
    errors: Vec<Vec<f64>>,
    truth: Vec<Option<Vec<f64>>>,
    yardstick: Vec<Vec<f64>>,
}

impl TargetErrors {
    /// The errors of held-out predictions at a horizon, and of the yardstick's.
    fn new(
        target: Target,
        dataset: &Dataset,
        [held_out, yardstick]: [&HeldOut; 2],
        horizon: Horizon,
    ) -> Self {
        let fractions = 0..dataset.fractions.len();
        if target == Target::HorizontalAtTime {
            return Self {
                target,
                errors: errors_at_time(dataset, held_out, horizon),
                truth: fractions.map(|_| None).collect(),
                yardstick: errors_at_time(dataset, yardstick, horizon),
            };
        }
        let errors = |held: &HeldOut, at| held.errors(dataset, target, at).unwrap_or_default();
        Self {
            target,
            errors: fractions.clone().map(|at| errors(held_out, at)).collect(),
            truth: fractions.clone().map(|at| held_out.truth(dataset, target, at)).collect(),
            yardstick: fractions.map(|at| errors(yardstick, at)).collect(),
        }
    }

    /// Errors of the duration, as if at one fraction.
    fn of_duration(
        dataset: &Dataset,
        [held_out, yardstick]: [&HeldOut; 2],
        horizon: Horizon,
    ) -> Self {
        let (errors, truth) = duration_errors(dataset, held_out, horizon);
        let (yardstick, _) = duration_errors(dataset, yardstick, horizon);
        Self {
            target: Target::Duration,
            errors: vec![errors],
            truth: vec![Some(truth)],
            yardstick: vec![yardstick],
        }
    }

    /// The figures of the flights that count at a fraction, or over all fractions.
    fn figures(
        &self,
        counted: &[Vec<usize>],
        at: Option<usize>,
        with_r2: bool,
    ) -> Vec<(Metric, f64)> {
        let of_flights = |list: &[f64], flights: &[usize]| -> Vec<f64> {
            flights.iter().map(|flight| list[*flight]).collect()
        };
        let pooled = |lists: &[Vec<f64>]| {
            let fractions = at.map_or(0..lists.len(), |at| at..at + 1);
            fractions.flat_map(|at| of_flights(&lists[at], &counted[at])).collect::<Vec<f64>>()
        };
        let errors = pooled(&self.errors);
        let r2 = || {
            let at = at.filter(|_| with_r2)?;
            r_squared(&errors, &of_flights(self.truth[at].as_ref()?, &counted[at]))
        };
        let mean = |lists: &[Vec<f64>]| {
            let fractions = at.map_or(0..lists.len(), |at| at..at + 1);
            let at_fraction = |at: usize| mean_absolute(&of_flights(&lists[at], &counted[at]));
            mean_absolute(&fractions.filter_map(at_fraction).collect::<Vec<f64>>())
        };
        let mae = mean(&self.errors);
        let yardstick = mean(&self.yardstick);
        let mut ascending: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        ascending.sort_by(f64::total_cmp);
        let figures = [
            (Metric::R2, r2()),
            (Metric::Rmse, root_mean_square(&errors)),
            (Metric::Mae, mae),
            (Metric::Median, quantile(&ascending, 0.5)),
            (Metric::P95, quantile(&ascending, 0.95)),
            (Metric::Skill, mae.zip(yardstick).and_then(|(mae, other)| skill(mae, other))),
        ];
        figures.into_iter().filter_map(|(metric, value)| Some((metric, value?))).collect()
    }
}
