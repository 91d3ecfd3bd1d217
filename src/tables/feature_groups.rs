//! Feature groups: which features say nearly the same, and which one of them to keep.
//!
//! `explore` writes them; its `--write-config` leaves out what is not kept.

use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::Kind;
use super::{Digest, ExploredTable, Horizon, Stamp, TableError};

/// The groups' schema.
pub const FEATURE_GROUPS: Kind =
    Kind { schema: "traj.explore.feature-groups/1", made_by: "traj explore" };

/// The file's name in `data-index/explore`.
pub const FEATURE_GROUPS_FILE: &str = "feature_groups.parquet";

/// A numeric feature and what is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureGroupRow {
    /// The feature.
    pub feature: String,
    /// From when it is known.
    pub horizon: Horizon,
    /// Number of its group, from 1; none for a feature of no group.
    pub group: Option<i64>,
    /// Whether it is worth keeping: false for those that a kept one of their group stands for,
    /// and for those of one value.
    pub is_kept: bool,
    /// Spearman's correlation with the kept one of its group; none outside groups.
    pub spearman_with_kept: Option<f64>,
    /// Share of flights that lack it, from 0 to 1.
    pub missing: f64,
}

/// All numeric features but calendar names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureGroupTable {
    /// In the order of the features table.
    pub rows: Vec<FeatureGroupRow>,
}

impl FeatureGroupTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, _, _) = ColumnsIn::read(path, FEATURE_GROUPS)?;
        let horizons = columns.label::<Horizon>("horizon")?;
        let groups = columns.int("group")?;
        let kept = columns.flag("is_kept")?;
        let correlations = columns.float("spearman_with_kept")?;
        let missing = columns.full_float("missing")?;
        let features = columns.full_text("feature")?.into_iter().enumerate();
        let rows = features.map(|(i, feature)| FeatureGroupRow {
            feature,
            horizon: horizons[i],
            group: groups[i],
            is_kept: kept[i],
            spearman_with_kept: correlations[i],
            missing: missing[i],
        });
        Ok(Self { rows: rows.collect() })
    }
}

impl ExploredTable for FeatureGroupTable {
    fn file_name(&self) -> &'static str {
        FEATURE_GROUPS_FILE
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let horizons: Vec<String> = rows.iter().map(|row| row.horizon.to_string()).collect();
        let mut out = ColumnsOut::new(rows.len());
        out.text("feature", rows.iter().map(|row| Some(row.feature.as_str())));
        out.text("horizon", horizons.iter().map(|horizon| Some(horizon.as_str())));
        out.int("group", rows.iter().map(|row| row.group));
        out.flag("is_kept", rows.iter().map(|row| row.is_kept));
        out.float("spearman_with_kept", rows.iter().map(|row| row.spearman_with_kept));
        out.float("missing", rows.iter().map(|row| Some(row.missing)));
        out.write(path, FEATURE_GROUPS, stamp)
    }
}
