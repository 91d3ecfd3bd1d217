//! Drift: how far later flights differ from earlier ones, feature by feature.

use std::path::Path;

use super::columns::ColumnsOut;
use super::file::Kind;
use super::{Digest, ExploredTable, Stamp, TableError};

/// The schema.
pub const DRIFT: Kind = Kind { schema: "traj.explore.drift/1", made_by: "traj explore" };

/// A feature, a category or a figure of the flights, earlier and later.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftRow {
    /// The column, or the target and its fraction, such as `altitude at 0.5`.
    pub feature: String,
    /// Population stability index; none where there are too few flights for two bins.
    pub stability: Option<f64>,
    /// Kolmogorov and Smirnov's largest gap between shares, from 0 to 1; none for a category.
    pub gap: Option<f64>,
    /// The chance of as large a gap, or of counts as different, if nothing changed.
    pub p: Option<f64>,
    /// The same with Holm's correction for all rows of the table.
    pub p_holm: Option<f64>,
    /// The median of the earlier flights, in the feature's unit; none for a category.
    pub median_earlier: Option<f64>,
    /// That of the later ones.
    pub median_later: Option<f64>,
    /// Share of the earlier flights that lack it, from 0 to 1.
    pub missing_earlier: f64,
    /// Share of the later ones.
    pub missing_later: f64,
}

/// All that was compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DriftTable {
    /// The largest stability index first.
    pub rows: Vec<DriftRow>,
}

impl ExploredTable for DriftTable {
    fn file_name(&self) -> &'static str {
        "drift.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("feature", rows.iter().map(|row| Some(row.feature.as_str())));
        out.float("stability", rows.iter().map(|row| row.stability));
        out.float("gap", rows.iter().map(|row| row.gap));
        out.float("p", rows.iter().map(|row| row.p));
        out.float("p_holm", rows.iter().map(|row| row.p_holm));
        out.float("median_earlier", rows.iter().map(|row| row.median_earlier));
        out.float("median_later", rows.iter().map(|row| row.median_later));
        out.float("missing_earlier", rows.iter().map(|row| Some(row.missing_earlier)));
        out.float("missing_later", rows.iter().map(|row| Some(row.missing_later)));
        out.write(path, DRIFT, stamp)
    }
}
