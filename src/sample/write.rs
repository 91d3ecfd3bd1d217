//! Writing: the directory that the files go to, and each file whole or not at all.
//!
//! [`super::generate`] prepares the directory once and writes each flight through it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::error::SampleError;
use super::options::SampleOptions;
use super::schedule::Departure;

/// Makes the directory, or accepts it where it holds nothing but files that this sample
/// writes anew (those of an interrupted run, say), or where the caller insists.
pub(super) fn prepare(
    options: &SampleOptions,
    departures: &[Departure],
) -> Result<(), SampleError> {
    let directory = &options.directory;
    let failed = |source| SampleError::Write { path: directory.clone(), source };
    fs::create_dir_all(directory).map_err(failed)?;
    if options.force {
        return Ok(());
    }
    let ours: BTreeSet<String> = departures
        .iter()
        .flat_map(|departure| [departure.file_name.clone(), part_name(&departure.file_name)])
        .collect();
    let mut foreign = BTreeSet::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if !ours.contains(&name) {
            foreign.insert(name);
        }
    }
    match foreign.pop_first() {
        Some(found) => Err(SampleError::NotEmpty { directory: directory.clone(), found }),
        None => Ok(()),
    }
}

/// Writes a file under a temporary name and renames it. It is not synced: what power loss
/// takes, the same arguments make again.
pub(super) fn file(directory: &Path, file_name: &str, text: &[u8]) -> Result<(), SampleError> {
    let path = directory.join(file_name);
    let part = directory.join(part_name(file_name));
    let written: io::Result<()> = fs::write(&part, text).and_then(|()| fs::rename(&part, &path));
    written.map_err(|source| SampleError::Write { path, source })
}

fn part_name(file_name: &str) -> String {
    format!(".{file_name}.part")
}
