//! The report is one HTML page about a run, whole in itself: no script, no address, nothing
//! to fetch. `traj report` calls [`report`], which reads the run's tables and writes the
//! page beside them.
//!
//! A reader who has only the page must be able to say how many flights of which pairs it
//! is about, what was left out and why, how good each model is and against what, which
//! variables matter, and how far to trust it. What a run does not have is said in a
//! sentence. Names of flights, files and columns are hostile text throughout.

mod error;
mod words;
mod scores;
mod misses;
mod material;
mod figure;
mod summary;
mod comparison;
mod findings;
mod card;
mod curves;
mod residuals;
mod needed;
mod variables;
mod flights;
mod making;
mod page;
mod freshness;

use std::io::Write as _;
use std::path::{Path, PathBuf};

pub use error::ReportError;
pub use freshness::is_up_to_date;
pub use summary::Headline;

use crate::tables::write_atomically;
use material::Material;

/// The page's name inside the run's folder.
const FILE_NAME: &str = "report.html";

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct ReportInputs<'a> {
    /// The run's folder, `models/<run>`, with `run.json` and its tables.
    pub run_directory: &'a Path,
    /// The targets that the run was trained on: the flown tracks.
    pub targets_path: &'a Path,
    /// The refused files; one that is not there is said to be unknown.
    pub rejected_path: &'a Path,
    /// The catalog, which knows when flights started and of what type they were; one that is
    /// not there is said to be unknown.
    pub catalog_path: &'a Path,
}

/// What was written, for the summary of the command.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSummary {
    /// The page.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Flights of the run.
    pub n_flights: u64,
    /// Pairs of the run.
    pub n_pairs: usize,
    /// Refused files; none where there is no record of them.
    pub n_rejected: Option<u64>,
    /// The best model at each horizon, the earliest horizon first; empty where no split was
    /// run.
    pub headlines: Vec<Headline>,
    /// What the page does not show, a sentence each.
    pub missing: Vec<String>,
}

/// Writes `report.html` into the run's folder.
///
/// The same tables give the same bytes. Memory is that of the run's tables.
///
/// # Errors
/// [`ReportError::Table`] where a table is missing or damaged, [`ReportError::NewerRun`]
/// where a later traj made the run, [`ReportError::Write`] where the page cannot be written.
pub fn report(inputs: &ReportInputs) -> Result<ReportSummary, ReportError> {
    let material = Material::read(inputs)?;
    let name = inputs.run_directory.file_name().map_or_else(
        || inputs.run_directory.to_string_lossy().into_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    let hash = freshness::inputs_hash(inputs).to_string();
    let page = page::render(&name, &hash, &material)?;
    let path = inputs.run_directory.join(FILE_NAME);
    write_atomically(&path, |file| file.write_all(page.html.as_bytes()))
        .map_err(|source| ReportError::Write { path: path.clone(), source })?;
    Ok(ReportSummary {
        path,
        bytes: page.html.len() as u64,
        n_flights: material.record.n_flights,
        n_pairs: material.record.pairs.len(),
        n_rejected: material.rejected.as_ref().map(|table| table.rows.len() as u64),
        headlines: page.headlines,
        missing: page.missing,
    })
}

#[cfg(test)]
mod example;
#[cfg(test)]
mod example_importances;
#[cfg(test)]
mod example_metrics;
#[cfg(test)]
mod tests;
