//! Freshness: a page carries the hash of what it was made from, so that a page made from the
//! same run is known without making it anew.

use std::fs;

use super::{FILE_NAME, ReportInputs};
use crate::page::inputs_of;
use crate::tables::{
    CONFIG_FILE, Digest, IMPORTANCES_FILE, METRICS_FILE, PREDICTIONS_FILE, RUN_FILE,
};

/// Hash of everything that a page shows, and of the program that shows it.
pub(super) fn inputs_hash(inputs: &ReportInputs) -> Digest {
    let run = |name: &str| inputs.run_directory.join(name);
    let files = [
        run(RUN_FILE),
        run(CONFIG_FILE),
        run(METRICS_FILE),
        run(IMPORTANCES_FILE),
        run(PREDICTIONS_FILE),
        inputs.targets_path.to_owned(),
        inputs.rejected_path.to_owned(),
        inputs.catalog_path.to_owned(),
    ];
    // A file that is missing counts as an empty one; reading it properly says what is wrong. One
    // file is in memory at a time.
    let digest = |file| Digest::of_parts([fs::read(file).unwrap_or_default().as_slice()]);
    let mut parts: Vec<String> = files.iter().map(|file| digest(file).to_string()).collect();
    parts.push(env!("CARGO_PKG_VERSION").to_owned());
    Digest::of_parts(parts.iter().map(String::as_bytes))
}

/// Whether the run's page was made from the run as it is.
#[must_use]
pub fn is_up_to_date(inputs: &ReportInputs) -> bool {
    let page = inputs.run_directory.join(FILE_NAME);
    inputs_of(&page).is_some_and(|hash| hash == inputs_hash(inputs).to_string())
}
