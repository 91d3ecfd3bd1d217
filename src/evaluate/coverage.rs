//! *Coverage* is the share of held-out flights that the intervals hold: an honest interval
//! of 90 % holds 90 of a hundred.
//!
//! `metrics` asks for it by pair and fraction; `train` for the table of it, by pair and month.

use std::collections::{BTreeMap, BTreeSet};

use super::{HeldOut, Measured, Reference, Scored};
use crate::models::{Dataset, Level};
use crate::tables::{CoverageRow, Metric, Target};

/// A pair or a month with fewer held-out flights has no figures of its own.
pub(super) const MIN_FLIGHTS: usize = 10;

/// Which held-out flights the intervals of a target hold.
struct Held {
    target: Target,
    level: Level,
    /// For each fraction, or once for the duration, flight by flight; none where a flight has no
    /// interval.
    inside: Vec<Vec<Option<bool>>>,
}

/// Which held-out flights the intervals hold, for every target and level.
pub(super) struct Coverage(Vec<Held>);

/// A share of flights and how many have an interval.
pub(super) struct Share {
    pub(super) target: Target,
    pub(super) level: Level,
    pub(super) value: f64,
    pub(super) n: usize,
}

/// The metric that a level's coverage is.
pub(super) fn metric(level: Level) -> Metric {
    match level {
        Level::Eighty => Metric::Coverage80,
        Level::Ninety => Metric::Coverage90,
    }
}

impl Coverage {
    pub(super) fn new(dataset: &Dataset, held_out: &HeldOut) -> Self {
        let held = |target, level, places: &[Measured]| {
            let rows = |place: &Measured| {
                let rows = 0..held_out.flights.len();
                rows.map(|row| held_out.holds(dataset, level, row, *place)).collect()
            };
            Held { target, level, inside: places.iter().map(rows).collect() }
        };
        let states = dataset.columns.iter().copied().chain([Target::Horizontal]).enumerate();
        let states = states.map(|(measure, target)| {
            let fractions = 0..dataset.fractions.len();
            (target, fractions.map(|at| Measured::State(at, measure)).collect::<Vec<_>>())
        });
        let all = states.chain([(Target::Duration, vec![Measured::Duration])]);
        let levels = |(target, places): (Target, Vec<Measured>)| {
            Level::ALL.map(|level| held(target, level, &places))
        };
        Self(all.flat_map(levels).collect())
    }

    /// The coverage of the flights that are counted at a fraction, or over all of them; what
    /// has no interval does not count, and where nothing has there is no share. The duration is
    /// at no fraction, and is counted of flights that are at any.
    pub(super) fn shares(&self, counted: &[Vec<usize>], at: Option<usize>) -> Vec<Share> {
        let ever: BTreeSet<usize> = counted.iter().flatten().copied().collect();
        let ever = [ever.into_iter().collect::<Vec<usize>>()];
        let share = |of: &Held| {
            let counted = match (of.target, at) {
                (Target::Duration, Some(_)) => return None,
                (Target::Duration, None) => ever.as_slice(),
                _ => counted,
            };
            let fractions = at.map_or(0..of.inside.len(), |at| at..at + 1);
            let held =
                |at: usize| counted[at].iter().filter_map(move |f| Some((*f, of.inside[at][*f]?)));
            let (inside, all) = fractions
                .clone()
                .flat_map(held)
                .fold((0_u64, 0_u64), |(inside, all), (_, is_held)| {
                    (inside + u64::from(is_held), all + 1)
                });
            let flights = fractions.flat_map(held).map(|(flight, _)| flight);
            (all > 0).then(|| Share {
                target: of.target,
                level: of.level,
                value: inside as f64 / all as f64,
                n: flights.collect::<BTreeSet<usize>>().len(),
            })
        };
        self.0.iter().filter_map(share).collect()
    }
}

/// The coverage of a model's intervals over all fractions: of all held-out flights, of each pair
/// and of each month in which at least 10 of them started, in this order.
#[must_use]
pub fn coverage(scored: Scored, reference: &Reference<'_>, held_out: &HeldOut) -> Vec<CoverageRow> {
    let dataset = reference.dataset;
    let coverage = Coverage::new(dataset, held_out);
    let ahead = held_out.ahead(dataset, scored.horizon);
    let mut pairs: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut months: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, flight) in held_out.flights.iter().enumerate() {
        if let Some(pair) = &dataset.pairs[*flight] {
            pairs.entry(pair).or_default().push(row);
        }
        if let Some(month) = &reference.months[row] {
            months.entry(month).or_default().push(row);
        }
    }
    let all = (None, None, (0..held_out.flights.len()).collect());
    let pairs = pairs.into_iter().map(|(pair, rows)| (Some(pair), None, rows));
    let months = months.into_iter().map(|(month, rows)| (None, Some(month), rows));
    let groups = pairs.chain(months).filter(|(_, _, rows)| rows.len() >= MIN_FLIGHTS);
    let groups: Vec<(Option<&str>, Option<&str>, Vec<usize>)> =
        std::iter::once(all).chain(groups).collect();
    let rows = groups.iter().flat_map(|(pair, month, rows)| {
        let at_fraction = |ahead: &Vec<bool>| -> Vec<usize> {
            rows.iter().copied().filter(|row| ahead[*row]).collect()
        };
        let counted: Vec<Vec<usize>> = ahead.iter().map(at_fraction).collect();
        coverage.shares(&counted, None).into_iter().map(|share| CoverageRow {
            model: scored.model,
            horizon: scored.horizon,
            split: scored.split,
            axis: dataset.axis,
            pair: pair.map(str::to_owned),
            month: month.map(str::to_owned),
            target: share.target,
            metric: metric(share.level),
            value: share.value,
            n: share.n as u64,
        })
    });
    rows.collect()
}
