//! The last catalog, laid beside the files that are there now: what has not changed is not
//! read again.

use super::walk::Found;
use super::{IndexError, IndexInputs};
use crate::tables::{Catalog, CatalogRow, TableError};

/// What became of a file since the last catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    New,
    Changed,
    Unchanged,
}

/// The last catalog beside the files that are there now.
pub(super) struct Last {
    /// Its rows, if it was made under the same configuration.
    pub(super) count: u64,
    /// Of each file.
    pub(super) since: Vec<Since>,
    /// The rows of the files that have not changed.
    pub(super) rows: Vec<Option<CatalogRow>>,
}

impl Last {
    pub(super) fn read(inputs: &IndexInputs<'_>, files: &[Found]) -> Result<Self, IndexError> {
        let known = known_rows(inputs)?;
        let count = known.len() as u64;
        // Both are sorted by path.
        let mut known = known.into_iter().peekable();
        let (mut since, mut rows) = (Vec::new(), Vec::new());
        for file in files {
            while known.next_if(|row| row.path < file.relative).is_some() {}
            let row = known.next_if(|row| row.path == file.relative);
            let is_known = row.is_some();
            let same = |row: &CatalogRow| (row.bytes, row.mtime_ns) == (file.bytes, file.mtime_ns);
            let row = row.filter(same);
            since.push(match (is_known, row.is_some()) {
                (false, _) => Since::New,
                (true, false) => Since::Changed,
                (true, true) => Since::Unchanged,
            });
            rows.push(row);
        }
        Ok(Self { count, since, rows })
    }
}

/// The rows of the last catalog, sorted by path, if it was made under the same configuration.
fn known_rows(inputs: &IndexInputs<'_>) -> Result<Vec<CatalogRow>, IndexError> {
    match Catalog::read(&inputs.catalog) {
        Ok(last) if last.stamp.config == inputs.config_hash => Ok(last.rows),
        // A catalog of other settings, or a damaged one, is made anew: that is what the
        // command is for.
        Ok(_)
        | Err(
            TableError::Missing { .. }
            | TableError::Damaged { .. }
            | TableError::WrongSchema { .. }
            | TableError::WrongColumn { .. },
        ) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
