//! Figures of the stages, `data-index/figures.json`: what an operator of a pipeline watches.
//!
//! Seconds differ from run to run, so they stand in a file of their own and not in the tables,
//! whose bytes must not. `train` copies them into `run.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Stage, TableError, write_atomically};

/// The file's name, beside the tables.
pub const FIGURES_FILE: &str = "figures.json";

/// The version of the file's fields.
const SCHEMA_VERSION: u32 = 1;

/// What the last run of a stage that wrote its tables did, and how fast.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StageFigures {
    /// Wall-clock seconds of the whole stage.
    pub seconds: f64,
    /// Files that were opened; those known before are not.
    pub files: u64,
    /// Bytes read of them; none where only heads and tails are read.
    pub bytes: Option<u64>,
    /// Rows read of them; none where rows are not counted.
    pub rows: Option<u64>,
    /// Files per second of reading.
    pub files_per_s: f64,
    /// Bytes per second of reading.
    pub bytes_per_s: Option<f64>,
    /// Rows per second of reading.
    pub rows_per_s: Option<f64>,
    /// Flights (for `index`, files) that the stage decided on, known ones included.
    pub flights: u64,
    /// Share of them that was refused, by code.
    pub rejected_share: BTreeMap<String, f64>,
    /// Share of the wanted cells that are missing; none where cells are not read.
    pub missing_share: Option<f64>,
    /// The file that took longest, and its seconds.
    pub slowest: Option<(String, f64)>,
    /// The file with the largest share of missing cells, and that share.
    pub worst: Option<(String, f64)>,
    /// Largest resident size of the process so far, in bytes; none where unknown.
    pub peak_memory_bytes: Option<u64>,
}

impl StageFigures {
    /// Shares of some flights by code, from their counts.
    #[must_use]
    pub fn shares(counts: &BTreeMap<String, u64>, flights: u64) -> BTreeMap<String, f64> {
        let share = |count: u64| count as f64 / flights.max(1) as f64;
        counts.iter().map(|(code, count)| (code.clone(), share(*count))).collect()
    }

    /// An amount per second; 0 for no time.
    #[must_use]
    pub fn rate(amount: u64, seconds: f64) -> f64 {
        if seconds > 0.0 { amount as f64 / seconds } else { 0.0 }
    }
}

/// The figures of all stages, by the stage's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    schema_version: u32,
    /// The figures by stage.
    pub stages: BTreeMap<String, StageFigures>,
}

impl Figures {
    /// Reads the file; one that is missing, damaged or of another version holds no figures,
    /// since nothing depends on them.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = fs::read(path).unwrap_or_default();
        let read: Option<Self> = serde_json::from_slice(&text).ok();
        read.filter(|figures| figures.schema_version == SCHEMA_VERSION)
            .unwrap_or(Self { schema_version: SCHEMA_VERSION, stages: BTreeMap::new() })
    }

    /// Puts the figures of a stage in the place of its last ones.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn replace(path: &Path, stage: Stage, figures: StageFigures) -> Result<(), TableError> {
        let mut all = Self::read(path);
        all.stages.insert(stage.as_str().to_owned(), figures);
        let mut text = serde_json::to_vec_pretty(&all).expect("figures of plain values");
        text.push(b'\n');
        write_atomically(path, |file| file.write_all(&text))
            .map_err(|source| TableError::Write { path: path.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_replaces_its_own_figures_and_a_damaged_file_holds_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FIGURES_FILE);
        let figures = |files| StageFigures { files, ..StageFigures::default() };
        fs::write(&path, b"{ half").unwrap();
        for (stage, files) in [(Stage::Index, 1), (Stage::Features, 2), (Stage::Index, 3)] {
            Figures::replace(&path, stage, figures(files)).unwrap();
        }
        let stages = Figures::read(&path).stages;
        let files: Vec<_> = stages.iter().map(|(stage, f)| (stage.as_str(), f.files)).collect();
        assert_eq!(files, [("features", 2), ("index", 3)]);
    }
}
