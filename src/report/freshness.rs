//! Freshness: a page carries the hash of what it was made from, so that a page made from the
//! same run is known without making it anew.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use super::{FILE_NAME, ReportInputs};
use crate::tables::Digest;

/// Bytes of a page within which its hash stands.
const HEAD: u64 = 4096;

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
    page_hash(&page).is_some_and(|hash| hash == inputs_hash(inputs).to_string())
}

fn page_hash(page: &Path) -> Option<String> {
    let mut head = String::new();
    File::open(page).ok()?.take(HEAD).read_to_string(&mut head).ok()?;
    let (_, rest) = head.split_once("<meta name=\"traj-inputs\" content=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}
