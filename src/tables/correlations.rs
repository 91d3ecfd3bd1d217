//! Correlations: how much any two features go together.

use std::path::Path;

use super::columns::ColumnsOut;
use super::file::Kind;
use super::{Digest, ExploredTable, Stamp, TableError};

/// The correlations' schema.
pub const CORRELATIONS: Kind =
    Kind { schema: "traj.explore.correlations/1", made_by: "traj explore" };

/// The correlation of two features over the flights that have both.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationRow {
    /// One feature.
    pub feature: String,
    /// The other.
    pub other: String,
    /// Pearson's, from -1 to 1.
    pub pearson: f64,
    /// Spearman's, from -1 to 1.
    pub spearman: f64,
}

/// All pairs of features; those without a correlation are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CorrelationTable {
    /// In the order of the map.
    pub rows: Vec<CorrelationRow>,
}

impl ExploredTable for CorrelationTable {
    fn file_name(&self) -> &'static str {
        "correlations.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("feature", rows.iter().map(|row| Some(row.feature.as_str())));
        out.text("other", rows.iter().map(|row| Some(row.other.as_str())));
        out.float("pearson", rows.iter().map(|row| Some(row.pearson)));
        out.float("spearman", rows.iter().map(|row| Some(row.spearman)));
        out.write(path, CORRELATIONS, stamp)
    }
}
