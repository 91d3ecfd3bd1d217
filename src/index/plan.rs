//! The plan of the stage: what it would open, and about how long that would take.

use std::time::Instant;

use rayon::prelude::*;

use super::last::{Last, Since};
use super::side_table::SideTable;
use super::stage::row_of;
use super::walk::{Found, walk};
use super::{IndexError, IndexInputs};

/// What the stage would do.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct IndexPlan {
    /// Files with a flight's name.
    pub files: u64,
    /// Their bytes, of which heads and tails are read, and compressed files whole.
    pub bytes: u64,
    /// Files that the catalog knows as they are.
    pub unchanged: u64,
    /// Files that would be opened.
    pub opened: u64,
    /// Their bytes.
    pub opened_bytes: u64,
    /// Entries that would be refused unopened.
    pub refused: u64,
    /// Files that were opened to measure the speed.
    pub measured: u64,
    /// Seconds that opening would take at that speed; none where there is nothing to open.
    pub seconds: Option<f64>,
}

/// Files to a measurement, per thread.
const MEASURED_PER_THREAD: usize = 16;

/// Says what [`super::index`] would open, after opening a few of the files to see how fast
/// that goes. Writes nothing.
///
/// # Errors
/// [`IndexError`] where there is no folder, or the catalog or side table cannot be read.
pub fn plan(inputs: &IndexInputs<'_>) -> Result<IndexPlan, IndexError> {
    let data = inputs.data;
    let found =
        walk(data).map_err(|source| IndexError::Root { path: data.root.clone(), source })?;
    let side_table = SideTable::read(data)?;
    let last = Last::read(inputs, &found.files)?;
    let files = found.files.iter().zip(&last.since);
    let new: Vec<&Found> =
        files.filter(|(_, since)| **since != Since::Unchanged).map(|(file, _)| file).collect();
    let step = new.len().div_ceil(MEASURED_PER_THREAD * rayon::current_num_threads()).max(1);
    let began = Instant::now();
    let measured = new
        .par_iter()
        .step_by(step)
        // A refused file takes its time as well.
        .map(|file| row_of(file, inputs, side_table.as_ref()))
        .count() as u64;
    let seconds = began.elapsed().as_secs_f64();
    let bytes = |files: &mut dyn Iterator<Item = &Found>| files.map(|file| file.bytes).sum();
    Ok(IndexPlan {
        files: found.files.len() as u64,
        bytes: bytes(&mut found.files.iter()),
        unchanged: (found.files.len() - new.len()) as u64,
        opened: new.len() as u64,
        opened_bytes: bytes(&mut new.iter().copied()),
        refused: found.refused.len() as u64,
        measured,
        seconds: (measured > 0).then(|| seconds * new.len() as f64 / measured as f64),
    })
}
