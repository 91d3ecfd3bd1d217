//! Freshness: a page carries the hash of what it was made from, so that a page made from the
//! same run is known without making it anew.

use std::fs;

use super::{FILE_NAME, ReportInputs};
use crate::page::inputs_of;
use crate::tables::Digest;

/// Hash of everything that a page shows, and of the program that shows it.
pub(super) fn inputs_hash(inputs: &ReportInputs) -> Digest {
    let run = |name: &str| inputs.run_directory.join(name);
    let files = [
        run("run.json"),
        run("metrics.parquet"),
        run("importances.parquet"),
        run("predictions.parquet"),
        inputs.targets_path.to_owned(),
        inputs.rejected_path.to_owned(),
    ];
    // A file that is missing counts as an empty one; reading it properly says what is wrong.
    let mut parts: Vec<Vec<u8>> = files.iter().map(|f| fs::read(f).unwrap_or_default()).collect();
    parts.push(env!("CARGO_PKG_VERSION").as_bytes().to_vec());
    Digest::of_parts(parts.iter().map(Vec::as_slice))
}

/// Whether the run's page was made from the run as it is.
#[must_use]
pub fn is_up_to_date(inputs: &ReportInputs) -> bool {
    let page = inputs.run_directory.join(FILE_NAME);
    inputs_of(&page).is_some_and(|hash| hash == inputs_hash(inputs).to_string())
}
