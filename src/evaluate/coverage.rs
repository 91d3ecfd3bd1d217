//! *Coverage* is the share of held-out flights that the intervals hold: an honest interval
//! of 90 % holds 90 of a hundred.
//!
//! `metrics` asks for it.

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

    /// The coverage of some flights at a fraction, or over all of them; what has no interval
    /// does not count, and where nothing has there is no share.
    pub(super) fn shares(&self, flights: &[usize], at: Option<usize>) -> Vec<Share> {
        let share = |of: &Held| {
            let lists = at.map_or(of.inside.as_slice(), |at| &of.inside[at..=at]);
            let counted = lists.iter().flat_map(|list| flights.iter().filter_map(|f| list[*f]));
            let (inside, all) = counted.fold((0_u64, 0_u64), |(inside, all), is_held| {
                (inside + u64::from(is_held), all + 1)
            });
            let has_any = |flight: &&usize| lists.iter().any(|list| list[**flight].is_some());
            (all > 0).then(|| Share {
                target: of.target,
                metric: of.metric,
                value: inside as f64 / all as f64,
                n: flights.iter().filter(has_any).count(),
            })
        };
        self.0.iter().filter_map(share).collect()
    }
}
