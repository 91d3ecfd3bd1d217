//! Trials: how good each of the settings that tuning tried was.

use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::Kind;
use super::{Axis, Digest, Horizon, ModelName, Stamp, TableError};

/// The trials' schema.
pub const TRIALS: Kind = Kind { schema: "traj.trials/1", made_by: "traj train --tune" };

/// What a model came to in a trial, along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialRow {
    /// What the features know; each horizon has trials of its own.
    pub horizon: Horizon,
    /// The number of the trial, from 0: the settings as they were configured.
    pub trial: u32,
    /// The model.
    pub model: ModelName,
    /// Along what fractions are taken.
    pub axis: Axis,
    /// Trees.
    pub trees: u64,
    /// Least number of flights in a leaf.
    pub min_samples_leaf: u64,
    /// How many features each split looked at: `1.0`, `5`, `sqrt`.
    pub max_features: String,
    /// The aggregates that models saw, with blanks between them; none is all.
    pub aggregates: Option<String>,
    /// Number of folds that it was judged by.
    pub folds: u32,
    /// Number of flights that these held out.
    pub n: u64,
    /// Mean error of the position in nautical miles; none where no flight had anything ahead.
    pub horizontal_nmi: Option<f64>,
    /// That of the pair's median trajectory.
    pub median_nmi: Option<f64>,
    /// 1 - the one / the other.
    pub skill: Option<f64>,
    /// Whether it was given up after some of the folds.
    pub is_given_up: bool,
    /// Whether the run was made with these settings.
    pub is_chosen: bool,
}

/// All trials of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialTable {
    /// By horizon, trial, axis and model.
    pub rows: Vec<TrialRow>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl TrialTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp, _) = ColumnsIn::read(path, TRIALS)?;
        let horizons = columns.label::<Horizon>("horizon")?;
        let trials = columns.full_int("trial")?;
        let models = columns.label::<ModelName>("model")?;
        let axes = columns.label::<Axis>("axis")?;
        let trees = columns.full_int("trees")?;
        let leaves = columns.full_int("min_samples_leaf")?;
        let draws = columns.full_text("max_features")?;
        let aggregates = columns.text("aggregates")?;
        let folds = columns.full_int("folds")?;
        let counts = columns.full_int("n")?;
        let horizontal = columns.float("horizontal_nmi")?;
        let median = columns.float("median_nmi")?;
        let skills = columns.float("skill")?;
        let given_up = columns.flag("is_given_up")?;
        let chosen = columns.flag("is_chosen")?;
        let rows = draws.into_iter().zip(aggregates).enumerate();
        let rows = rows.map(|(i, (max_features, aggregates))| TrialRow {
            horizon: horizons[i],
            trial: trials[i] as u32,
            model: models[i],
            axis: axes[i],
            trees: trees[i] as u64,
            min_samples_leaf: leaves[i] as u64,
            max_features,
            aggregates,
            folds: folds[i] as u32,
            n: counts[i] as u64,
            horizontal_nmi: horizontal[i],
            median_nmi: median[i],
            skill: skills[i],
            is_given_up: given_up[i],
            is_chosen: chosen[i],
        });
        Ok(Self { rows: rows.collect(), stamp })
    }

    /// Writes the table in the order of its rows.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&self, path: &Path) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let horizons: Vec<String> = rows.iter().map(|r| r.horizon.to_string()).collect();
        let mut out = ColumnsOut::new(rows.len());
        out.text("horizon", horizons.iter().map(|h| Some(h.as_str())));
        out.int("trial", rows.iter().map(|r| Some(i64::from(r.trial))));
        out.text("model", rows.iter().map(|r| Some(r.model.as_str())));
        out.text("axis", rows.iter().map(|r| Some(r.axis.as_str())));
        out.int("trees", rows.iter().map(|r| Some(r.trees as i64)));
        out.int("min_samples_leaf", rows.iter().map(|r| Some(r.min_samples_leaf as i64)));
        out.text("max_features", rows.iter().map(|r| Some(r.max_features.as_str())));
        out.text("aggregates", rows.iter().map(|r| r.aggregates.as_deref()));
        out.int("folds", rows.iter().map(|r| Some(i64::from(r.folds))));
        out.int("n", rows.iter().map(|r| Some(r.n as i64)));
        out.float("horizontal_nmi", rows.iter().map(|r| r.horizontal_nmi));
        out.float("median_nmi", rows.iter().map(|r| r.median_nmi));
        out.float("skill", rows.iter().map(|r| r.skill));
        out.flag("is_given_up", rows.iter().map(|r| r.is_given_up));
        out.flag("is_chosen", rows.iter().map(|r| r.is_chosen));
        out.write(path, TRIALS, &self.stamp)
    }
}
