//! An example run, made up with a seed: tables as `train` writes them, for the tests.
//!
//! A hundred or some thousands of flights between two ends, with detours, and predictions
//! that miss them by amounts that depend on the model, the split and the horizon.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::ReportInputs;
use super::example_importances::permuted;
use super::example_metrics::error_nmi;
use super::material::{Material, Tables};
use crate::tables::{
    Axis, Bounds90, CONFIG_FILE, Catalog, CatalogRow, Horizon, IMPORTANCES_FILE, Importance,
    ImportanceMethod, ImportanceTable, METRICS_FILE, MetricTable, ModelName, PREDICTIONS_FILE,
    PredictionRow, PredictionTable, RUN_FILE, RejectCode, RejectedRow, RejectedTable, Scored,
    Split, Stage, Stamp, Target, TargetRow, TargetTable,
};

/// What a run is like.
pub(super) struct Example {
    pub(super) n_flights: usize,
    pub(super) altitude: bool,
    pub(super) calendar: bool,
    pub(super) importances: bool,
    pub(super) models: Vec<ModelName>,
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
            models: MODELS.to_vec(),
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
    pub(super) catalog: PathBuf,
}

impl Files {
    pub(super) fn inputs(&self) -> ReportInputs<'_> {
        ReportInputs {
            run_directory: &self.run,
            targets_path: &self.targets,
            rejected_path: &self.rejected,
            catalog_path: &self.catalog,
        }
    }
}

const MODELS: [ModelName; 4] =
    [ModelName::Forest, ModelName::ForestPerTarget, ModelName::OdMedian, ModelName::GreatCircle];
pub(super) const VARIABLES: [&str; 20] = [
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
            catalog: folder.join("catalog.parquet"),
        };
        let mut tables = self.tables();
        tables.record.targets_digest = tables.targets.write(&files.targets).unwrap().to_string();
        if !self.splits.is_empty() {
            let mut rows = Vec::new();
            self.predictions(&tables.targets.rows, &|_| true, |row| rows.push(row));
            let mut predictions = PredictionTable { rows, stamp: Stamp::default() };
            predictions.write(&files.run.join(PREDICTIONS_FILE)).unwrap();
            tables.metrics.write(&files.run.join(METRICS_FILE)).unwrap();
            tables.importances.write(&files.run.join(IMPORTANCES_FILE)).unwrap();
        }
        tables.record.write(&files.run.join(RUN_FILE)).unwrap();
        fs::write(files.run.join(CONFIG_FILE), tables.config.unwrap()).unwrap();
        tables.catalog.unwrap().write(&files.catalog).unwrap();
        for stage in [Stage::Index, Stage::Features] {
            let rows = self.rejected(stage);
            RejectedTable::replace(&files.rejected, stage, rows, &Stamp::default()).unwrap();
        }
        files
    }

    /// The run without a file.
    pub(super) fn material(&self) -> Material {
        let tables = self.tables();
        let targets = tables.targets.rows.clone();
        let visit = |wants: &dyn Fn(Scored) -> bool, note: &mut dyn FnMut(PredictionRow)| {
            // In the order of the table, where each estimator's rows are together.
            let mut rows: BTreeMap<Scored, Vec<PredictionRow>> = BTreeMap::new();
            self.predictions(&targets, wants, |row| {
                let PredictionRow { model, horizon, split, axis, .. } = row;
                rows.entry(Scored { model, horizon, split, axis }).or_default().push(row);
            });
            rows.into_values().flatten().for_each(note);
            Ok(())
        };
        Material::new(tables, visit).unwrap()
    }

    fn tables(&self) -> Tables {
        let rows = if self.importances { self.importance_rows() } else { Vec::new() };
        let rejected = [Stage::Index, Stage::Features].map(|stage| self.rejected(stage)).concat();
        let config = format!("[train]\nmodels = [\"{}forest\"]\n", self.prefix);
        Tables {
            record: self.record(String::new()),
            metrics: MetricTable { rows: self.metrics(), stamp: Stamp::default() },
            importances: ImportanceTable { rows, stamp: Stamp::default() },
            targets: TargetTable { rows: self.targets(), stamp: Stamp::default() },
            targets_changed: false,
            catalog: Some(Catalog { rows: self.catalog(), stamp: Stamp::default() }),
            rejected: Some(RejectedTable { rows: rejected }),
            config: Some(config),
        }
    }

    fn catalog(&self) -> Vec<CatalogRow> {
        const TYPES: [&str; 4] = ["A320", "B738", "AT76", "E190"];
        const HOUR_US: i64 = 3_600_000_000;
        let row = |i: usize| CatalogRow {
            flight_id: self.flight_id(i),
            path: format!("{}.csv", self.flight_id(i)),
            bytes: 2_000_000,
            mtime_ns: 0,
            source: "flights".to_owned(),
            origin: Some(format!("{}LEMD", self.prefix)),
            destination: Some("LEBL".to_owned()),
            callsign: None,
            aircraft_type: Some(format!("{}{}", self.prefix, TYPES[i % 7 % 4])),
            // From the first of January 2016, some hours apart.
            start_time_us: self
                .calendar
                .then_some(1_451_606_400_000_000 + i as i64 * 5 * HOUR_US / 2),
            end_time_us: None,
            duration_s: Some(3000.0 + 10.0 * (i % 60) as f64),
            time_exact: true,
            rows_estimate: 3000,
        };
        (0..self.n_flights).map(row).collect()
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

    fn predictions(
        &self,
        targets: &[TargetRow],
        wants: &dyn Fn(Scored) -> bool,
        mut note: impl FnMut(PredictionRow),
    ) {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        for flight in targets.chunk_by(|a, b| a.flight_id == b.flight_id) {
            let (side, late) = (normal(&mut random), normal(&mut random));
            for (&split, &horizon, model) in self.scored() {
                if !wants(Scored { model, horizon, split, axis: Axis::Time }) {
                    continue;
                }
                let miss = error_nmi(model, horizon, split) / 60.0;
                flight.iter().for_each(|t| {
                    note(PredictionRow {
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
                        bounds: Some(Box::new(bounds(t))),
                    });
                });
            }
        }
    }

    /// Every split, horizon and model; a baseline at the first horizon only.
    pub(super) fn scored(&self) -> impl Iterator<Item = (&Split, &Horizon, ModelName)> {
        let pairs = self.splits.iter().flat_map(|s| self.horizons.iter().map(move |h| (s, h)));
        pairs.flat_map(|(s, h)| {
            let all = *h == self.horizons[0];
            let models = self.models.iter().filter(move |m| all || **m < ModelName::OdMedian);
            models.map(move |m| (s, h, *m))
        })
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

    pub(super) fn names(&self) -> Vec<String> {
        VARIABLES.iter().map(|name| format!("{}{name}", self.prefix)).collect()
    }

    pub(super) fn pair(&self, i: usize) -> String {
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
}

pub(super) fn fractions() -> impl Iterator<Item = f64> {
    (1..20).map(|i| f64::from(i) / 20.0)
}

/// Intervals that hold most flights.
fn bounds(flown: &TargetRow) -> Bounds90 {
    let about = |value: f64, width: f64| Some((value - width, value + width));
    Bounds90 {
        altitude_m: flown.altitude_m.and_then(|m| about(m, 400.0)),
        elapsed_s: about(flown.elapsed_s, 0.05 * flown.elapsed_s),
        horizontal_radius_nmi: Some(9.0),
        ..Bounds90::default()
    }
}

/// A number of about unit spread: the sum of twelve uniform ones (Irwin-Hall).
fn normal(random: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| f64::from(random.next_u32()) / f64::from(u32::MAX)).sum::<f64>() - 6.0
}
