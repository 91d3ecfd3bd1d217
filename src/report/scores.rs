//! Scores: the run's metrics, to be asked by model, horizon, split, axis, pair and target.
//!
//! The sections that show how good the models are ask it and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::words::is_baseline;
use crate::chart::Ink;
use crate::tables::{Axis, Horizon, Metric, MetricRow, ModelName, Split, Target};

/// Where a curve of figures belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) axis: Axis,
    pub(super) split: Split,
    pub(super) horizon: Horizon,
    pub(super) model: ModelName,
    pub(super) target: Target,
    pub(super) metric: Metric,
}

/// A figure at a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    pub(super) fraction: f64,
    pub(super) value: f64,
    pub(super) n: u64,
}

/// All figures by fraction. Of figures over the whole flight the report uses intervals and what
/// has no fractions; it averages over fractions itself, so that its table and its charts agree.
#[derive(Debug, Default)]
pub(super) struct Scores {
    all: BTreeMap<Key, Vec<Score>>,
    by_pair: BTreeMap<String, BTreeMap<Key, Vec<Score>>>,
    /// The figures of all flights over the whole flight.
    whole: BTreeMap<Key, f64>,
    /// Their 95 % intervals.
    intervals: BTreeMap<Key, (f64, f64)>,
}

impl Scores {
    pub(super) fn new(rows: &[MetricRow]) -> Self {
        let mut scores = Self::default();
        for row in rows {
            if let (None, None, Some(ends)) = (row.fraction, &row.pair, row.lower.zip(row.upper)) {
                scores.intervals.insert(key_of(row), ends);
            }
            if let (None, None, true) = (row.fraction, &row.pair, row.value.is_finite()) {
                scores.whole.insert(key_of(row), row.value);
            }
            let (Some(fraction), true) = (row.fraction, row.value.is_finite()) else { continue };
            let score = Score { fraction, value: row.value, n: row.n };
            let curves = match &row.pair {
                None => &mut scores.all,
                Some(pair) => scores.by_pair.entry(pair.clone()).or_default(),
            };
            curves.entry(key_of(row)).or_default().push(score);
        }
        let per_pair = scores.by_pair.values_mut().flat_map(BTreeMap::values_mut);
        for curve in scores.all.values_mut().chain(per_pair) {
            curve.sort_by(|a, b| a.fraction.total_cmp(&b.fraction));
        }
        scores
    }

    /// The figures of all flights, by fraction. Where they exist per pair only, as those
    /// that must not be pooled, their mean over pairs, weighted by flights.
    pub(super) fn curve(&self, key: Key) -> Vec<Score> {
        if let Some(curve) = self.all.get(&key) {
            return curve.clone();
        }
        let mut sums: BTreeMap<u64, (f64, f64, u64)> = BTreeMap::new();
        for score in self.by_pair.values().filter_map(|curves| curves.get(&key)).flatten() {
            // Fractions lie in 0..=1, where the order of the bits is that of the numbers.
            let sum = sums.entry(score.fraction.to_bits()).or_default();
            *sum = (score.fraction, sum.1 + score.value * score.n as f64, sum.2 + score.n);
        }
        let weighted = sums.into_values().filter(|(_, _, n)| *n > 0);
        weighted.map(|(fraction, sum, n)| Score { fraction, value: sum / n as f64, n }).collect()
    }

    /// The figures of one pair.
    pub(super) fn pair_curve(&self, pair: &str, key: Key) -> &[Score] {
        self.by_pair.get(pair).and_then(|curves| curves.get(&key)).map_or(&[], Vec::as_slice)
    }

    /// Pairs with figures of their own.
    pub(super) fn pairs(&self) -> impl Iterator<Item = &str> {
        self.by_pair.keys().map(String::as_str)
    }

    /// The mean over all fractions; every fraction counts the same.
    pub(super) fn mean(&self, key: Key) -> Option<f64> {
        mean(&self.curve(key))
    }

    /// The figure over the whole flight, of what is not predicted at fractions.
    pub(super) fn whole(&self, key: Key) -> Option<f64> {
        self.whole.get(&self.seen(key)).copied()
    }

    /// The figure at the fraction nearest to one half.
    pub(super) fn at_mid_flight(&self, key: Key) -> Option<f64> {
        let distance = |score: &Score| (score.fraction - 0.5).abs();
        let nearest =
            self.curve(key).into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.map(|score| score.value)
    }

    /// The figure at a fraction within 5 % of one half; none where there is none.
    pub(super) fn near_half_way(&self, key: Key) -> Option<f64> {
        let has_one = self.curve(key).iter().any(|score| (score.fraction - 0.5).abs() <= 0.05);
        self.at_mid_flight(key).filter(|_| has_one)
    }

    /// The split that the headline quotes: `forward` where it was run.
    pub(super) fn main_split(&self, axis: Axis) -> Option<Split> {
        self.splits(axis).first().copied()
    }

    /// The splits with figures, `forward` first.
    pub(super) fn splits(&self, axis: Axis) -> Vec<Split> {
        let seen: BTreeSet<Split> =
            self.all.keys().filter(|key| key.axis == axis).map(|key| key.split).collect();
        seen.into_iter().collect()
    }

    /// The models with a position error at a horizon, learnt ones first; a baseline counts
    /// at every horizon, since it looks at no feature but the pair.
    pub(super) fn models(&self, axis: Axis, split: Split, horizon: Horizon) -> Vec<ModelName> {
        let has = |model| self.mean(self.horizontal(axis, split, horizon, model)).is_some();
        let mut models: Vec<ModelName> =
            ModelName::ALL.iter().copied().filter(|&m| has(m)).collect();
        models.sort_by_key(|&model| is_baseline(model));
        models
    }

    /// The horizons at which a learnt model was scored, or any if none was, early to late.
    pub(super) fn horizons(&self, axis: Axis, split: Split) -> Vec<Horizon> {
        let of = |wants: fn(ModelName) -> bool| -> BTreeSet<Horizon> {
            let keys = self.all.keys().filter(|k| k.axis == axis && k.split == split);
            keys.filter(|k| wants(k.model)).map(|k| k.horizon).collect()
        };
        let learnt = of(|model| !is_baseline(model));
        let horizons = if learnt.is_empty() { of(|_| true) } else { learnt };
        horizons.into_iter().collect()
    }

    /// The learnt model with the smallest mean position error; a baseline where nothing was
    /// learnt.
    pub(super) fn best(&self, axis: Axis, split: Split, horizon: Horizon) -> Option<ModelName> {
        let models = self.models(axis, split, horizon);
        let learnt = models.iter().filter(|&&model| !is_baseline(model));
        let error = |&&model: &&ModelName| {
            self.mean(self.horizontal(axis, split, horizon, model)).unwrap_or(f64::INFINITY)
        };
        let smallest = |a: &&ModelName, b: &&ModelName| error(a).total_cmp(&error(b));
        learnt.min_by(smallest).or_else(|| models.iter().min_by(smallest)).copied()
    }

    /// The ink of a model, the same in every chart: the learnt models of the run have the hues in
    /// their order. A run of more than six has some hue twice, with another dash.
    pub(super) fn ink(&self, model: ModelName) -> Ink {
        match model {
            ModelName::OdMedian => Ink::Baseline,
            ModelName::GreatCircle => Ink::Faint,
            learnt => {
                let models: BTreeSet<ModelName> = self.all.keys().map(|key| key.model).collect();
                Ink::Hue(models.iter().position(|&model| model == learnt).unwrap_or(0) as u8)
            }
        }
    }

    /// The key of a model's mean position error.
    pub(super) fn horizontal(
        &self,
        axis: Axis,
        split: Split,
        horizon: Horizon,
        model: ModelName,
    ) -> Key {
        let (target, metric) = (Target::Horizontal, Metric::Mae);
        self.seen(Key { axis, split, horizon, model, target, metric })
    }

    /// The key itself; for a baseline that was scored at another horizon, that one's.
    pub(super) fn seen(&self, key: Key) -> Key {
        if !is_baseline(key.model) || self.all.contains_key(&key) || self.whole.contains_key(&key) {
            return key;
        }
        let same = |other: &&Key| Key { horizon: key.horizon, ..**other } == key;
        self.all.keys().chain(self.whole.keys()).find(same).copied().unwrap_or(key)
    }

    /// Skill against `od-median` from the mean errors: 1 - error / error of `od-median`.
    pub(super) fn skill(&self, key: Key) -> Option<f64> {
        let baseline = self.mean(self.seen(Key { model: ModelName::OdMedian, ..key }))?;
        let error = self.mean(self.seen(key))?;
        (baseline > 0.0).then(|| 1.0 - error / baseline)
    }

    /// The 95 % interval of that skill.
    pub(super) fn skill_interval(&self, key: Key) -> Option<(f64, f64)> {
        let seen = self.seen(key);
        self.intervals.get(&Key { metric: Metric::Skill, ..seen }).copied()
    }
}

/// The mean over a curve's fractions.
pub(super) fn mean(curve: &[Score]) -> Option<f64> {
    let sum: f64 = curve.iter().map(|score| score.value).sum();
    (!curve.is_empty()).then(|| sum / curve.len() as f64)
}

fn key_of(row: &MetricRow) -> Key {
    Key {
        axis: row.axis,
        split: row.split,
        horizon: row.horizon,
        model: row.model,
        target: row.target,
        metric: row.metric,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(
        model: ModelName,
        horizon: Horizon,
        pair: Option<&str>,
        at: f64,
        value: f64,
    ) -> MetricRow {
        MetricRow {
            model,
            horizon,
            split: Split::Forward,
            axis: Axis::Time,
            pair: pair.map(str::to_owned),
            fraction: Some(at),
            target: Target::Horizontal,
            metric: Metric::Mae,
            value,
            lower: None,
            upper: None,
            n: if pair == Some("A-B") { 30 } else { 10 },
        }
    }

    #[test]
    fn skill_compares_with_the_baseline_of_any_horizon() {
        let scores = Scores::new(&[
            row(ModelName::Forest, Horizon::WholeFlight, None, 0.75, 5.0),
            row(ModelName::Forest, Horizon::WholeFlight, None, 0.25, 1.0),
            row(ModelName::OdMedian, Horizon::Departure, None, 0.5, 4.0),
        ]);
        let key =
            scores.horizontal(Axis::Time, Split::Forward, Horizon::WholeFlight, ModelName::Forest);
        assert_eq!(scores.skill(key), Some(0.25));
        assert_eq!(scores.curve(key)[0].fraction, 0.25);
        let best = scores.best(Axis::Time, Split::Forward, Horizon::WholeFlight);
        assert_eq!(best, Some(ModelName::Forest));
        assert_eq!(scores.horizons(Axis::Time, Split::Forward), [Horizon::WholeFlight]);
        assert_eq!(scores.main_split(Axis::Distance), None);
    }

    #[test]
    fn the_interval_of_a_skill_is_that_over_the_whole_flight_of_all_pairs() {
        let at = |pair, fraction, lower| MetricRow {
            metric: Metric::Skill,
            fraction,
            lower: Some(lower),
            upper: Some(0.5),
            ..row(ModelName::Forest, Horizon::Departure, pair, 0.5, 0.4)
        };
        let rows = [at(Some("A-B"), None, 0.1), at(None, None, 0.3), at(None, Some(0.5), 0.2)];
        let scores = Scores::new(&rows);
        let key =
            scores.horizontal(Axis::Time, Split::Forward, Horizon::Departure, ModelName::Forest);
        assert_eq!(scores.skill_interval(key), Some((0.3, 0.5)));
        let other = Key { horizon: Horizon::WholeFlight, ..key };
        assert_eq!(scores.skill_interval(other), None);
    }

    #[test]
    fn figures_that_exist_per_pair_only_are_weighted_by_flights() {
        let scores = Scores::new(&[
            row(ModelName::Forest, Horizon::Departure, Some("A-B"), 0.5, 1.0),
            row(ModelName::Forest, Horizon::Departure, Some("C-D"), 0.5, 5.0),
        ]);
        let key =
            scores.horizontal(Axis::Time, Split::Forward, Horizon::Departure, ModelName::Forest);
        assert_eq!(scores.curve(key), [Score { fraction: 0.5, value: 2.0, n: 40 }]);
        assert_eq!(scores.pairs().collect::<Vec<_>>(), ["A-B", "C-D"]);
    }
}
