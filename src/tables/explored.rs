//! Explored tables are what stands behind the exploration page, a file each in
//! `data-index/explore`.
//!
//! A section of the page gives them; `explore` writes them before the page.

use std::path::Path;

use super::{Digest, Stamp, TableError};

/// A table behind the exploration page.
pub trait ExploredTable: std::fmt::Debug {
    /// Its name in `data-index/explore`.
    fn file_name(&self) -> &'static str;

    /// Writes it.
    ///
    /// # Errors
    /// [`TableError::Write`].
    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError>;
}
