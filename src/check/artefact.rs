//! An artefact is a file that traj writes, known by its name.

use std::fs;
use std::path::{Path, PathBuf};

use crate::models::ModelFile;
use crate::tables::{
    CATALOG, CLEANING, COVERAGE, Catalog, CleaningTable, CoverageTable, FEATURES, FeatureTable,
    IMPORTANCES, ImportanceTable, Kind, METRICS, MetricTable, PREDICTIONS, PredictionTable,
    REJECTED, RejectedTable, RunRecord, TARGETS, TRIALS, TargetTable, TrialTable, digest_of,
    explored_kind,
};

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Artefact {
    Catalog,
    Rejected,
    Features,
    Targets,
    Cleaning,
    Metrics,
    Coverage,
    Importances,
    Predictions,
    Trials,
    Run,
    Model,
    Explored(Kind),
}

impl Artefact {
    /// The kind of a file; none for a file that traj does not write, or cannot damage.
    pub(super) fn of(path: &Path) -> Option<Self> {
        Some(match path.file_name()?.to_str()? {
            "catalog.parquet" => Self::Catalog,
            "rejected.parquet" => Self::Rejected,
            "features.parquet" => Self::Features,
            "targets.parquet" => Self::Targets,
            "cleaning.parquet" => Self::Cleaning,
            "metrics.parquet" => Self::Metrics,
            "coverage.parquet" => Self::Coverage,
            "importances.parquet" => Self::Importances,
            "predictions.parquet" => Self::Predictions,
            "trials.parquet" => Self::Trials,
            "run.json" => Self::Run,
            "model.traj" => Self::Model,
            name => Self::Explored(explored_kind(name)?),
        })
    }

    /// The command that makes the file anew.
    pub(super) fn made_by(self) -> &'static str {
        match self {
            Self::Catalog => CATALOG.made_by,
            Self::Rejected => REJECTED.made_by,
            Self::Features => FEATURES.made_by,
            Self::Targets => TARGETS.made_by,
            Self::Cleaning => CLEANING.made_by,
            Self::Metrics => METRICS.made_by,
            Self::Coverage => COVERAGE.made_by,
            Self::Importances => IMPORTANCES.made_by,
            Self::Predictions => PREDICTIONS.made_by,
            Self::Trials => TRIALS.made_by,
            Self::Run | Self::Model => "traj train",
            Self::Explored(kind) => kind.made_by,
        }
    }

    /// Reads the whole file.
    pub(super) fn verify(self, path: &Path) -> Result<(), String> {
        match self {
            Self::Catalog => outcome(Catalog::read(path)),
            // Reading takes a missing file for an empty table.
            Self::Rejected if !path.exists() => Err(format!("{} does not exist", path.display())),
            Self::Rejected => outcome(RejectedTable::read(path)),
            Self::Features => outcome(FeatureTable::read(path)),
            Self::Targets => outcome(TargetTable::read(path)),
            Self::Cleaning => outcome(CleaningTable::read(path)),
            Self::Metrics => outcome(MetricTable::read(path)),
            Self::Coverage => outcome(CoverageTable::read(path)),
            Self::Importances => outcome(ImportanceTable::read(path)),
            Self::Predictions => outcome(PredictionTable::read(path)),
            Self::Trials => outcome(TrialTable::read(path)),
            Self::Run => outcome(RunRecord::read(path)),
            Self::Explored(kind) => outcome(digest_of(path, kind)),
            Self::Model => outcome(ModelFile::open(path).and_then(|mut file| file.verify())),
        }
    }
}

fn outcome<T, E: std::error::Error>(read: Result<T, E>) -> Result<(), String> {
    read.map(|_| ()).map_err(|error| match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

/// The artefacts in a folder, by name.
pub(super) fn below(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| Artefact::of(path).is_some()).collect()
}

/// The folders in a folder, by name.
pub(super) fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
