//! The check: are the tables and models on disk whole, and do they fit each other?
//!
//! It reads everything and changes nothing. Each finding names the command that makes the
//! damaged file anew.

mod artefact;
mod fit;

use std::path::{Path, PathBuf};

use serde::Serialize;

use artefact::Artefact;

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub struct CheckInputs<'a> {
    /// The folder of the tables.
    pub index_folder: &'a Path,
    /// The folder of the runs.
    pub models_folder: &'a Path,
}

/// What was found of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// What is wrong; none if nothing is.
    pub problem: Option<String>,
    /// The command that makes it anew.
    pub remedy: Option<String>,
}

/// Checks every table and run below the two folders, file by file and against each other.
#[must_use]
pub fn check_all(inputs: CheckInputs<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tables = artefact::below(inputs.index_folder).into_iter();
    for path in tables.chain(artefact::below(&inputs.index_folder.join("explore"))) {
        findings.extend(check_file(&path));
    }
    for folder in artefact::folders(inputs.models_folder) {
        findings.extend(check_run(&folder));
    }
    if findings.iter().all(|finding| finding.problem.is_none()) {
        findings.extend(fit::misfits(inputs));
    }
    findings
}

/// Checks one file, or one folder of tables or of a run.
///
/// Gives nothing where there is nothing that traj knows.
#[must_use]
pub fn check_path(path: &Path) -> Vec<Finding> {
    if !path.is_dir() {
        return check_file(path).into_iter().collect();
    }
    if path.join("run.json").exists() || path.join("model.traj").exists() {
        return check_run(path);
    }
    let mut findings: Vec<Finding> =
        artefact::below(path).iter().filter_map(|path| check_file(path)).collect();
    for folder in artefact::folders(path) {
        findings.extend(check_run(&folder));
    }
    findings
}

fn check_run(folder: &Path) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        artefact::below(folder).iter().filter_map(|path| check_file(path)).collect();
    // A run without its record was not finished, or not by traj.
    if !findings.is_empty() && !folder.join("run.json").exists() {
        findings.push(Finding {
            path: folder.join("run.json"),
            problem: Some("the run was not finished: its record is missing".to_owned()),
            remedy: Some("traj train".to_owned()),
        });
    }
    findings
}

fn check_file(path: &Path) -> Option<Finding> {
    let artefact = Artefact::of(path)?;
    let outcome = artefact.verify(path);
    Some(Finding {
        path: path.to_owned(),
        remedy: outcome.is_err().then(|| artefact.made_by().to_owned()),
        problem: outcome.err(),
    })
}
