//! Metrics and the record of the example run, for the tests.

use super::example::{Example, VARIABLES, fractions};
use super::example_importances::record as permutation;
use crate::tables::{
    Axis, CheckRecord, FeatureRecord, Horizon, Metric, MetricRow, ModelName, PairCount,
    RUN_SCHEMA_VERSION, RunRecord, Split, StageFigures, Target, Timing,
};

impl Example {
    pub(super) fn metrics(&self) -> Vec<MetricRow> {
        let pairs = (0..self.pairs).map(|i| Some(self.pair(i))).filter(|_| self.pairs > 1);
        let pairs: Vec<Option<String>> = std::iter::once(None).chain(pairs).collect();
        let mut rows = Vec::new();
        for (&split, &horizon, model) in self.scored() {
            for (p, pair) in pairs.iter().enumerate() {
                let base = error_nmi(model, horizon, split) * (1.0 + 0.05 * p as f64);
                let row = |fraction, (target, metric, value)| MetricRow {
                    model,
                    horizon,
                    split,
                    axis: Axis::Time,
                    pair: pair.clone(),
                    fraction,
                    target,
                    metric,
                    value,
                    lower: None,
                    upper: None,
                    n: self.n_flights as u64 * 5 / 6,
                };
                for x in fractions() {
                    let shape = 0.35 + 2.2 * x * (1.05 - x);
                    let figures = figures(base * shape, x, self.altitude);
                    rows.extend(figures.into_iter().map(|figure| row(Some(x), figure)));
                }
                let skill = 1.0 - base / error_nmi(ModelName::OdMedian, horizon, split);
                rows.push(row(None, (Target::Duration, Metric::Mae, 40.0 * base)));
                rows.push(row(None, (Target::Horizontal, Metric::Infeasible, 0.012)));
                rows.push(MetricRow {
                    lower: Some(skill - 0.05),
                    upper: Some(skill + 0.04),
                    ..row(None, (Target::Horizontal, Metric::Skill, skill))
                });
            }
        }
        rows
    }

    fn stage(&self) -> StageFigures {
        StageFigures {
            seconds: 131.5,
            files: self.n_flights as u64,
            bytes: Some(105_000_000_000),
            rows: Some(210_000_000),
            bytes_per_s: Some(798_000_000.0),
            flights: self.n_flights as u64,
            rejected_share: [(format!("{}bad-number", self.prefix), 0.013)].into(),
            missing_share: Some(0.0003),
            slowest: Some((format!("{}slow.csv", self.prefix), 0.4)),
            peak_memory_bytes: Some(89_000_000),
            ..StageFigures::default()
        }
    }

    pub(super) fn record(&self, targets_digest: String) -> RunRecord {
        let n = self.n_flights as u64;
        let pair = |i| PairCount { pair: self.pair(i), n_flights: n / self.pairs as u64 };
        let feature = |name: &&str| FeatureRecord {
            name: format!("{}{name}", self.prefix),
            horizon: *self.horizons.last().unwrap(),
            columns: 1,
        };
        let timing =
            |what: &str, seconds| Timing { what: format!("{}{what}", self.prefix), seconds };
        RunRecord {
            schema_version: RUN_SCHEMA_VERSION,
            traj_version: "0.1.0".to_owned(),
            features_digest: "3b5d5c3712955042212316173ccf37be0eca7c4f2d6aa3f0c1c2dd3b7f0ab6a1"
                .to_owned(),
            targets_digest,
            config_hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
                .to_owned(),
            model_digest: Some(
                "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752".to_owned(),
            ),
            seed: 42,
            n_flights: n,
            pairs: (0..self.pairs).map(pair).collect(),
            start_range: self
                .calendar
                .then(|| ("2016-01-01T05:12:00Z".to_owned(), "2016-12-30T21:40:00Z".to_owned())),
            has_altitude: self.altitude,
            fractions: fractions().collect(),
            axes: vec![Axis::Time],
            models: self.models.clone(),
            horizons: self.horizons.clone(),
            splits: self.splits.clone(),
            folds: 5,
            features: VARIABLES.iter().map(feature).collect(),
            checks: vec![CheckRecord {
                code: "determined-target".to_owned(),
                message: format!(
                    "{}duration_s determines elapsed time: at x % it is x times duration_s",
                    self.prefix
                ),
            }],
            timings: vec![
                timing("score forward", 41.7),
                timing("fit on all flights", 93.0),
                timing("whole run", 3725.0),
            ],
            peak_memory_bytes: Some(1_932_735_283),
            permutation: self
                .importances
                .then(|| permutation(&self.horizons, n / 6, &self.names())),
            tuning: None,
            stages: ["index", "features"].map(|stage| (stage.to_owned(), self.stage())).into(),
        }
    }
}

pub(super) fn error_nmi(model: ModelName, horizon: Horizon, split: Split) -> f64 {
    let model = match model {
        ModelName::Forest => 5.1,
        ModelName::ForestPerTarget => 5.4,
        ModelName::OdMedian => 6.9,
        ModelName::GreatCircle => 21.0,
        _ => 5.7,
    };
    let learnt = model < 6.0; // the baselines are worse
    let horizon = match horizon {
        Horizon::WholeFlight if learnt => 0.35,
        Horizon::Elapsed(_) if learnt => 0.7,
        _ => 1.0,
    };
    let split = match split {
        Split::Forward => 1.0,
        Split::Day => 0.93,
        Split::Random => {
            if learnt {
                0.78
            } else {
                0.98
            }
        }
    };
    model * horizon * split
}

/// The figures of a fraction where the mean position error is `nmi`.
fn figures(nmi: f64, x: f64, altitude: bool) -> Vec<(Target, Metric, f64)> {
    let mut all = vec![
        (Target::Horizontal, Metric::Mae, nmi),
        (Target::Horizontal, Metric::Median, 0.7 * nmi),
        (Target::Horizontal, Metric::P95, 2.9 * nmi),
        (Target::Horizontal, Metric::AlongMae, 0.8 * nmi),
        (Target::Horizontal, Metric::CrossMae, 0.4 * nmi),
        (Target::HorizontalAtTime, Metric::Mae, 1.3 * nmi),
        (Target::Elapsed, Metric::Mae, 30.0 * nmi * x),
        (Target::Distance, Metric::Mae, 1.2 * nmi),
        (Target::Longitude, Metric::R2, 1.0 - 0.05 * nmi),
        (Target::Latitude, Metric::R2, 0.95 - 0.08 * nmi),
        (Target::Elapsed, Metric::R2, 0.9 - 0.02 * nmi),
        (Target::Distance, Metric::R2, 0.7 - 0.03 * nmi),
        (Target::Horizontal, Metric::Coverage90, 0.92 - 0.05 * x),
    ];
    if altitude {
        all.push((Target::Altitude, Metric::Mae, 260.0 * nmi * (1.3 - x)));
        all.push((Target::Altitude, Metric::R2, 0.8 - 0.06 * nmi));
    }
    all
}
