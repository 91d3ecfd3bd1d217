//! An example run, made up with a seed: tables as `train` writes them, for the tests.
//!
//! A hundred or some thousands of flights between two ends, with detours, and predictions
//! that miss them by amounts that depend on the model, the split and the horizon.

use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::ReportInputs;
use super::example_importances::{permuted, record as permutation};
use crate::tables::{
    Axis, CheckRecord, FeatureRecord, Horizon, Importance, ImportanceMethod, ImportanceTable,
    Metric, MetricRow, MetricTable, ModelName, PairCount, PredictionRow, PredictionTable,
    RUN_SCHEMA_VERSION, RejectCode, RejectedRow, RejectedTable, RunRecord, Split, Stage, Stamp,
    Target, TargetRow, TargetTable, Timing,
};

/// What a run is like.
pub(super) struct Example {
    pub(super) n_flights: usize,
    pub(super) altitude: bool,
    pub(super) calendar: bool,
    pub(super) importances: bool,
    pub(super) splits: Vec<Split>,
    pub(super) horizons: Vec<Horizon>,
    pub(super) pairs: usize,
    /// Stands before every name of a flight, file, column, pair and message.
    pub(super) prefix: String,
}

impl Default for Example {
    fn default() -> Self {
        Self {
            n_flights: 60,
            altitude: true,
            calendar: true,
            importances: true,
            splits: Split::ALL.to_vec(),
            horizons: vec![Horizon::Departure, Horizon::WholeFlight],
            pairs: 1,
            prefix: String::new(),
        }
    }
}

/// The folder's files.
pub(super) struct Files {
    pub(super) run: PathBuf,
    pub(super) targets: PathBuf,
    pub(super) rejected: PathBuf,
}

impl Files {
    pub(super) fn inputs(&self) -> ReportInputs<'_> {
        ReportInputs {
            run_directory: &self.run,
            targets_path: &self.targets,
            rejected_path: &self.rejected,
        }
    }
}

const MODELS: [ModelName; 4] =
    [ModelName::Forest, ModelName::ForestPerTarget, ModelName::OdMedian, ModelName::GreatCircle];
const VARIABLES: [&str; 20] = [
    "duration_s",
    "wind_along_mean",
    "T_mean",
    "mach_mean",
    "m_first",
    "heading_std",
    "altitude_max",
    "weekday",
    "hour",
    "month",
    "aircraft_type",
    "wind_across_mean",
    "cas_mean",
    "p_static_min",
    "T_min",
    "m_last",
    "track_angle_first",
    "airline",
    "gamma_std",
    "a_probe",
];

impl Example {
    /// Writes all tables under `folder`.
    pub(super) fn write(&self, folder: &Path) -> Files {
        let files = Files {
            run: folder.join("models").join("baseline"),
            targets: folder.join("targets.parquet"),
            rejected: folder.join("rejected.parquet"),
        };
        let mut targets = TargetTable { rows: self.targets(), stamp: Stamp::default() };
        let digest = targets.write(&files.targets).unwrap();
        let rows = self.predictions(&targets.rows);
        let mut predictions = PredictionTable { rows, stamp: Stamp::default() };
        if !self.splits.is_empty() {
            predictions.write(&files.run.join("predictions.parquet")).unwrap();
            let metrics = MetricTable { rows: self.metrics(), stamp: Stamp::default() };
            metrics.write(&files.run.join("metrics.parquet")).unwrap();
            let rows = if self.importances { self.importance_rows() } else { Vec::new() };
            let importances = ImportanceTable { rows, stamp: Stamp::default() };
            importances.write(&files.run.join("importances.parquet")).unwrap();
        }
        self.record(digest.to_string()).write(&files.run.join("run.json")).unwrap();
        for (stage, rows) in [
            (Stage::Index, self.rejected(Stage::Index)),
            (Stage::Features, self.rejected(Stage::Features)),
        ] {
            RejectedTable::replace(&files.rejected, stage, rows, &Stamp::default()).unwrap();
        }
        files
    }

    fn flight_id(&self, i: usize) -> String {
        format!("{}IBE{:04}_20160{}{:02}", self.prefix, i, 1 + i / 400 % 9, 1 + i % 28)
    }

    fn targets(&self) -> Vec<TargetRow> {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let flight = |i: usize| {
            let (detour, bend, speed) =
                (normal(&mut random), normal(&mut random), normal(&mut random));
            fractions().map(move |x| (i, x, detour, bend, speed)).collect::<Vec<_>>()
        };
        let rows = (0..self.n_flights).flat_map(flight);
        rows.map(|(i, x, detour, bend, speed)| {
            let arch = 4.0 * x * (1.0 - x);
            let s_curve = (std::f64::consts::TAU * x).sin();
            let climb = (x / 0.28).min(1.0).min((1.0 - x) / 0.34).max(0.0);
            TargetRow {
                flight_id: self.flight_id(i),
                axis: Axis::Time,
                fraction: x,
                longitude_deg: -3.56 + 5.64 * x + 0.10 * arch * bend - 0.05 * s_curve,
                latitude_deg: 40.47 + 0.83 * x + 0.22 * arch * (0.5 + detour) + 0.05 * s_curve,
                altitude_m: self.altitude.then_some(9500.0 * climb * (1.0 + 0.04 * speed)),
                elapsed_s: x * (3100.0 + 180.0 * speed),
                distance_m: 500_000.0 * x,
            }
        })
        .collect()
    }

    fn predictions(&self, targets: &[TargetRow]) -> Vec<PredictionRow> {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut rows = Vec::new();
        for flight in targets.chunk_by(|a, b| a.flight_id == b.flight_id) {
            let (side, late) = (normal(&mut random), normal(&mut random));
            for (&split, &horizon, model) in self.scored() {
                let miss = error_nmi(model, horizon, split) / 60.0;
                rows.extend(flight.iter().map(|t| PredictionRow {
                    model,
                    horizon,
                    split,
                    axis: t.axis,
                    fold: 0,
                    already_flown: false,
                    flight_id: t.flight_id.as_str().into(),
                    fraction: t.fraction,
                    longitude_deg: t.longitude_deg + miss * late * 2.0 * t.fraction,
                    latitude_deg: t.latitude_deg
                        + miss * side * 6.0 * t.fraction * (1.0 - t.fraction),
                    altitude_m: t.altitude_m.map(|m| m * (1.0 + 0.03 * late)),
                    elapsed_s: t.elapsed_s * (1.0 + 0.04 * late),
                    distance_m: t.distance_m,
                    duration_s: t.elapsed_s / t.fraction,
                    bounds: None,
                }));
            }
        }
        rows
    }

    /// Every split, horizon and model; a baseline at the first horizon only.
    fn scored(&self) -> impl Iterator<Item = (&Split, &Horizon, ModelName)> {
        let pairs = self.splits.iter().flat_map(|s| self.horizons.iter().map(move |h| (s, h)));
        pairs.flat_map(|(s, h)| {
            let all = *h == self.horizons[0];
            MODELS
                .into_iter()
                .filter(move |m| all || *m < ModelName::OdMedian)
                .map(move |m| (s, h, m))
        })
    }

    fn metrics(&self) -> Vec<MetricRow> {
        let pairs = (0..self.pairs).map(|i| Some(self.pair(i))).filter(|_| self.pairs > 1);
        let pairs: Vec<Option<String>> = std::iter::once(None).chain(pairs).collect();
        let mut rows = Vec::new();
        for (&split, &horizon, model) in self.scored() {
            for (p, pair) in pairs.iter().enumerate() {
                let base = error_nmi(model, horizon, split) * (1.0 + 0.05 * p as f64);
                for x in fractions() {
                    let shape = 0.35 + 2.2 * x * (1.05 - x);
                    for (target, metric, value) in figures(base * shape, x, self.altitude) {
                        rows.push(MetricRow {
                            model,
                            horizon,
                            split,
                            axis: Axis::Time,
                            pair: pair.clone(),
                            fraction: Some(x),
                            target,
                            metric,
                            value,
                            lower: None,
                            upper: None,
                            n: self.n_flights as u64 * 5 / 6,
                        });
                    }
                }
            }
        }
        rows
    }

    fn importance_rows(&self) -> Vec<Importance> {
        let mut rows = Vec::new();
        for &horizon in &self.horizons {
            rows.extend(permuted(horizon, &self.names()));
            for model in [ModelName::Forest, ModelName::ForestPerTarget] {
                let targets: Vec<Option<Target>> = match model {
                    ModelName::Forest => vec![None],
                    _ => [Target::Longitude, Target::Latitude, Target::Altitude, Target::Elapsed]
                        .map(Some)
                        .into(),
                };
                for target in targets {
                    let shift = target.map_or(0, |t| t as usize + 1);
                    for (x, (j, name)) in
                        fractions().flat_map(|x| VARIABLES.iter().enumerate().map(move |v| (x, v)))
                    {
                        let rank = (j + 3 * shift) % VARIABLES.len();
                        let drift = 1.0 + 0.8 * ((rank as f64) + 3.0 * x).sin();
                        rows.push(Importance {
                            model,
                            horizon,
                            split: None,
                            axis: Axis::Time,
                            method: ImportanceMethod::Impurity,
                            fraction: Some(x),
                            target,
                            feature: format!("{}{name}", self.prefix),
                            importance: 0.26 * drift * 0.75_f64.powi(rank as i32),
                            std: Some(0.01),
                        });
                    }
                }
            }
        }
        rows
    }

    fn names(&self) -> Vec<String> {
        VARIABLES.iter().map(|name| format!("{}{name}", self.prefix)).collect()
    }

    fn pair(&self, i: usize) -> String {
        const ENDS: [&str; 5] = ["LEBL", "LEMD", "LEPA", "LPPT", "LFPG"];
        format!("{}{}-{}{}", self.prefix, ENDS[(i + 1) % 5], ENDS[i % 5], "*".repeat(i / 5))
    }

    fn rejected(&self, stage: Stage) -> Vec<RejectedRow> {
        let codes = match stage {
            Stage::Index => [(RejectCode::EmptyFile, 3), (RejectCode::MissingColumn, 14)],
            Stage::Features => [(RejectCode::BadNumber, 2), (RejectCode::ImplausibleDuration, 1)],
        };
        let row = |code: RejectCode, i: usize| RejectedRow {
            stage,
            path: format!("{}2016/03/VLG{i:03}_{code}.csv", self.prefix),
            line: (code == RejectCode::BadNumber).then_some(1200 + i as u64),
            column: (code != RejectCode::EmptyFile).then(|| format!("{}latitude", self.prefix)),
            code,
            message: format!("{}the file does not hold what it should", self.prefix),
        };
        codes.into_iter().flat_map(|(code, n)| (0..n).map(move |i| row(code, i))).collect()
    }

    fn record(&self, targets_digest: String) -> RunRecord {
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
            models: MODELS.to_vec(),
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
            tuning: None,
            permutation: self
                .importances
                .then(|| permutation(&self.horizons, n / 6, &self.names())),
            stages: std::collections::BTreeMap::new(),
        }
    }
}

pub(super) fn fractions() -> impl Iterator<Item = f64> {
    (1..20).map(|i| f64::from(i) / 20.0)
}

fn error_nmi(model: ModelName, horizon: Horizon, split: Split) -> f64 {
    let model = match model {
        ModelName::Forest => 5.1,
        ModelName::ForestPerTarget => 5.4,
        ModelName::OdMedian => 6.9,
        _ => 21.0,
    };
    let learnt = model < 6.0;
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

/// A number of about unit spread: the sum of twelve uniform ones (Irwin-Hall).
fn normal(random: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| f64::from(random.next_u32()) / f64::from(u32::MAX)).sum::<f64>() - 6.0
}
