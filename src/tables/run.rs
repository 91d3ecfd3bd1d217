//! The run record, `run.json`: what a run was made from, how, and what it cost.
//!
//! `train` writes it; `report`, `predict` and `check` read it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Axis, Horizon, ModelName, Split, StageFigures, TableError, write_atomically};

/// The record's name in the run's folder; a folder without it holds no run.
pub const RUN_FILE: &str = "run.json";
/// The fitted models' name there.
pub const MODEL_FILE: &str = "model.traj";
/// The frozen configuration's name there.
pub const CONFIG_FILE: &str = "config.toml";
/// The metrics' name there.
pub const METRICS_FILE: &str = "metrics.parquet";
/// The coverage's name there.
pub const COVERAGE_FILE: &str = "coverage.parquet";
/// The importances' name there.
pub const IMPORTANCES_FILE: &str = "importances.parquet";
/// The held-out predictions' name there.
pub const PREDICTIONS_FILE: &str = "predictions.parquet";

/// The version of the record's fields.
pub const RUN_SCHEMA_VERSION: u32 = 1;

/// A run, apart from its tables and its model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The version of these fields, [`RUN_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of traj.
    pub traj_version: String,
    /// Digest of the features table.
    pub features_digest: String,
    /// Digest of the targets table.
    pub targets_digest: String,
    /// Hash of the configuration.
    pub config_hash: String,
    /// SHA-256 of `model.traj`; none where nothing was stored.
    pub model_digest: Option<String>,
    /// Seed of every shuffle and every tree.
    pub seed: u64,
    /// Flights with features and targets.
    pub n_flights: u64,
    /// Flights by pair, the largest first; pairs of unknown ends are left out.
    pub pairs: Vec<PairCount>,
    /// First and last start, ISO 8601 UTC; none without a calendar.
    pub start_range: Option<(String, String)>,
    /// Whether the flights have an altitude.
    pub has_altitude: bool,
    /// The fractions, ascending.
    pub fractions: Vec<f64>,
    /// Along what they are taken.
    pub axes: Vec<Axis>,
    /// The models that were scored or fitted.
    pub models: Vec<ModelName>,
    /// What the features of each may know.
    pub horizons: Vec<Horizon>,
    /// The splits that were run; fewer than configured without a calendar.
    pub splits: Vec<Split>,
    /// Number of folds.
    pub folds: usize,
    /// The features, a category counting as one.
    pub features: Vec<FeatureRecord>,
    /// What a reader should know before trusting a figure.
    pub checks: Vec<CheckRecord>,
    /// What took how long.
    pub timings: Vec<Timing>,
    /// Largest resident size of the process so far, in bytes; none where unknown.
    pub peak_memory_bytes: Option<u64>,
    /// How importances by permutation were measured; none where there are none.
    #[serde(default)]
    pub permutation: Option<PermutationRecord>,
    /// Figures of the stages that made the tables, by stage.
    #[serde(default)]
    pub stages: BTreeMap<String, StageFigures>,
}

/// Flights of one pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairCount {
    /// The pair, `LEMD-LEBL`.
    pub pair: String,
    /// Its flights.
    pub n_flights: u64,
}

/// A feature of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureRecord {
    /// Its name; a category's columns count as one.
    pub name: String,
    /// From when it is known.
    pub horizon: Horizon,
    /// Columns of the matrix that it takes.
    pub columns: usize,
}

/// How importances by permutation were measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermutationRecord {
    /// How often each feature was permuted.
    pub repeats: usize,
    /// The held-out flights, of the first axis.
    pub n_flights: u64,
    /// The clusters of correlated features.
    pub clusters: Vec<ClusterRecord>,
}

/// Features that are correlated, and were permuted together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterRecord {
    /// Along what fractions are taken.
    pub axis: Axis,
    /// What the features know.
    pub horizon: Horizon,
    /// Its name in the importances.
    pub name: String,
    /// Its features, at least two.
    pub members: Vec<String>,
}

/// A finding with a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// The code, such as `no-calendar`.
    pub code: String,
    /// What was found, as a sentence.
    pub message: String,
}

/// What a part of the work cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The part.
    pub what: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

impl RunRecord {
    /// Reads `run.json`.
    ///
    /// # Errors
    /// [`TableError::Missing`], [`TableError::Damaged`] or [`TableError::Read`].
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let made_by = "traj train";
        let text = fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => TableError::Missing { path: path.to_owned(), made_by },
            _ => TableError::Read { path: path.to_owned(), source },
        })?;
        serde_json::from_slice(&text).map_err(|error| TableError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
            made_by,
        })
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&self, path: &Path) -> Result<(), TableError> {
        let mut text = serde_json::to_vec_pretty(self).expect("a record of plain values");
        text.push(b'\n');
        write_atomically(path, |file| file.write_all(&text))
            .map_err(|source| TableError::Write { path: path.to_owned(), source })
    }
}
