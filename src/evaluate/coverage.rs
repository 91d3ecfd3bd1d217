//! *Coverage* is the share of held-out flights that the intervals hold: an honest interval
//! of 90 % holds 90 of a hundred.
//!
//! `metrics` asks for it.

use std::collections::BTreeSet;

use super::HeldOut;
use super::intervals::Level;
use crate::models::Dataset;
use crate::tables::{Metric, Target};

/// Which held-out flights the intervals of a target hold.
struct Held {
    target: Target,
    metric: Metric,
    /// For each fraction, flight by flight; none where a flight has no interval.
    inside: Vec<Vec<Option<bool>>>,
}

/// Which held-out flights the intervals hold, for every target and level.
pub(super) struct Coverage(Vec<Held>);

/// A share of flights and how many have an interval.
pub(super) struct Share {
    pub(super) target: Target,
    pub(super) metric: Metric,
    pub(super) value: f64,
    pub(super) n: usize,
}

impl Coverage {
    pub(super) fn new(dataset: &Dataset, held_out: &HeldOut) -> Self {
        let targets = dataset.columns.iter().copied().chain([Target::Horizontal]).enumerate();
        let held = |measure: usize, target, level| {
            let row = |at, row| held_out.holds(dataset, level, (at, row, measure));
            let rows = |at| (0..held_out.flights.len()).map(|r| row(at, r)).collect();
            let metric = match level {
                Level::Eighty => Metric::Coverage80,
                Level::Ninety => Metric::Coverage90,
            };
            Held { target, metric, inside: (0..dataset.fractions.len()).map(rows).collect() }
        };
        let levels = |(measure, target)| Level::ALL.map(|level| held(measure, target, level));
        Self(targets.flat_map(levels).collect())
    }

    /// The coverage of the flights that are counted at a fraction, or over all of them; what
    /// has no interval does not count, and where nothing has there is no share.
    pub(super) fn shares(&self, counted: &[Vec<usize>], at: Option<usize>) -> Vec<Share> {
        let share = |of: &Held| {
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
                metric: of.metric,
                value: inside as f64 / all as f64,
                n: flights.collect::<BTreeSet<usize>>().len(),
            })
        };
        self.0.iter().filter_map(share).collect()
    }
}
