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

/// The trials' name there, if the run was tuned.
pub const TRIALS_FILE: &str = "trials.parquet";

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
    /// How the settings were chosen; none where they were not.
    #[serde(default)]
    pub tuning: Option<TuningRecord>,
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

/// How the settings of a run were chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TuningRecord {
    /// Hash of the configuration before the choice, with what was to be tried.
    pub config_hash: String,
    /// Number of folds that trials were judged by.
    pub folds: usize,
    /// Number of trials that there would have been in time enough.
    pub n_planned: usize,
    /// Whether the budget of time cut the trials short.
    pub is_cut: bool,
    /// The budget, in seconds.
    pub budget_s: f64,
    /// What the trials took, in seconds.
    pub seconds: f64,
    /// The trials by horizon, in the order in which they were held.
    pub trials: Vec<TrialRecord>,
    /// How good the chosen settings were on the flights that had no say.
    pub last_fold: Vec<LastFoldRecord>,
}

/// A trial in brief; `trials.parquet` has it by model and axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// What the features know.
    pub horizon: Horizon,
    /// Its number at the horizon, from 0: the settings as they were configured.
    pub trial: u32,
    /// Trees.
    pub trees: usize,
    /// Least number of flights in a leaf.
    pub min_samples_leaf: usize,
    /// How many features each split looked at.
    pub max_features: String,
    /// The aggregates that models saw; none is all.
    pub aggregates: Option<Vec<String>>,
    /// Mean skill of positions over forests and axes, on the folds that it was judged by; none
    /// where it is undefined.
    pub skill: Option<f64>,
    /// Whether it was given up after some of the folds.
    pub is_given_up: bool,
    /// Whether the run was made with these settings.
    pub is_chosen: bool,
}

/// How good a forest was on the flights of the last fold of `forward`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastFoldRecord {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// Along what fractions are taken.
    pub axis: Axis,
    /// Number of flights.
    pub n: u64,
    /// Mean error of the position, in nautical miles.
    pub horizontal_nmi: f64,
    /// That of `od-median`; none where it is not among the models.
    pub median_nmi: Option<f64>,
    /// 1 - the one / the other.
    pub skill: Option<f64>,
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
