//! An unchanged file is one that is still as the catalog knows it. The stages that read flights
//! read only such files.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{Refusal, mtime_ns};
use crate::tables::{CatalogRow, RejectCode};

/// Whether a row's file is the one that the catalog knows.
#[must_use]
pub fn is_unchanged(root: &Path, row: &CatalogRow) -> bool {
    std::fs::metadata(root.join(&row.path))
        .is_ok_and(|about| about.len() == row.bytes && mtime_ns(&about) == row.mtime_ns)
}

/// What `read` makes of a row's file, if the file is the one that the catalog knows before
/// and after.
///
/// # Errors
/// The refusal of `read`, or of a file that is gone or has changed. A panic in `read` is one
/// as well: it must not cost the user the other flights.
pub fn read_unchanged<T>(
    root: &Path,
    row: &CatalogRow,
    read: impl FnOnce(&Path) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let path = root.join(&row.path);
    let changed = || {
        // A file that is gone, or may not be read, is refused for that.
        std::fs::metadata(&path).map_err(|error| Refusal::from_io(&error))?;
        let message = "the file changed after `traj index`; run it again";
        Err(Refusal::new(RejectCode::ChangedSinceIndex, message))
    };
    if !is_unchanged(root, row) {
        return changed();
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| read(&path)))
        .unwrap_or_else(|_| Err(Refusal::new(RejectCode::Bug, "the reader failed on this file")));
    // What was read of a file while it was being written is nothing to keep.
    if is_unchanged(root, row) { outcome } else { changed() }
}
