//! Whether tables that are whole fit each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::artefact::folders;
use super::{CheckInputs, Finding};
use crate::tables::{
    Catalog, FeatureTable, RejectedTable, RunRecord, Stage, TargetTable, sha256_hex,
};

/// What does not fit; tables that are not there are not missed.
pub(super) fn misfits(inputs: CheckInputs<'_>) -> Vec<Finding> {
    let table = |name: &str| inputs.index_folder.join(name);
    let mut findings = Vec::new();
    let features = FeatureTable::read(&table("features.parquet")).ok().map(|(table, _)| table);
    if let Some(features) = &features {
        let ids: BTreeSet<&str> = features.flight_id.iter().map(String::as_str).collect();
        findings.extend(against_targets(&ids, table("targets.parquet")));
        findings.extend(against_catalog(&ids, inputs.index_folder));
    }
    findings.extend(folders(inputs.models_folder).iter().filter_map(|folder| model_of(folder)));
    findings
}

/// The same flights in features and targets.
fn against_targets(ids: &BTreeSet<&str>, path: PathBuf) -> Option<Finding> {
    let (targets, _) = TargetTable::read(&path).ok()?;
    let others: BTreeSet<&str> = targets.rows.iter().map(|row| row.flight_id.as_str()).collect();
    let differing = ids.symmetric_difference(&others).count();
    (differing > 0).then(|| Finding {
        path,
        problem: Some(format!("{differing} flights are in it or in the features, but not both")),
        remedy: Some("traj features".to_owned()),
    })
}

/// Every flight with features is in the catalog, and none is rejected as well.
fn against_catalog(ids: &BTreeSet<&str>, folder: &Path) -> Option<Finding> {
    let catalog = Catalog::read(&folder.join("catalog.parquet")).ok()?;
    let rejected = RejectedTable::read(&folder.join("rejected.parquet")).ok()?;
    let refused: BTreeSet<&str> = rejected
        .rows
        .iter()
        .filter(|row| row.stage == Stage::Features)
        .map(|row| row.path.as_str())
        .collect();
    let known: BTreeSet<&str> = catalog.rows.iter().map(|row| row.flight_id.as_str()).collect();
    let unknown = ids.difference(&known).count();
    let twice = catalog
        .rows
        .iter()
        .filter(|row| ids.contains(row.flight_id.as_str()) && refused.contains(row.path.as_str()))
        .count();
    let problem = if unknown > 0 {
        format!("{unknown} of its flights are not in the catalog")
    } else if twice > 0 {
        format!("{twice} of its flights are among the rejected as well")
    } else {
        return None;
    };
    Some(Finding {
        path: folder.join("features.parquet"),
        problem: Some(problem),
        remedy: Some("traj index, then traj features".to_owned()),
    })
}

/// A run's model is the one that its record names.
fn model_of(folder: &Path) -> Option<Finding> {
    let recorded = RunRecord::read(&folder.join("run.json")).ok()?.model_digest?;
    let path = folder.join("model.traj");
    let problem = match fs::read(&path) {
        Ok(bytes) if sha256_hex(&bytes) == recorded => return None,
        Ok(_) => "it is not the model that run.json names",
        Err(_) => "run.json names a model that is not there",
    };
    Some(Finding { path, problem: Some(problem.to_owned()), remedy: Some("traj train".to_owned()) })
}
