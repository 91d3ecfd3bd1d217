//! What can go wrong with a table.

use std::io;
use std::path::PathBuf;

use crate::problem::{Class, Problem};

/// A table that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
        /// The command that makes it.
        made_by: &'static str,
    },
    /// The file is not what was written: bytes are missing or changed.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it shows.
        reason: String,
        /// The command that makes it anew.
        made_by: &'static str,
    },
    /// A readable Parquet file, but another table than the one asked for.
    #[error("{} holds {found}, not {expected}", path.display())]
    WrongSchema {
        /// The file.
        path: PathBuf,
        /// The schema that the reader knows.
        expected: &'static str,
        /// The schema that the file names.
        found: String,
        /// The command that makes the expected one.
        made_by: &'static str,
    },
    /// A column is missing or of another type.
    #[error("{}: column `{column}`: expected {expected}, found {found}", path.display())]
    WrongColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What the reader needs.
        expected: &'static str,
        /// What is there.
        found: String,
        /// The command that makes the expected one.
        made_by: &'static str,
    },
    /// The file system said no while reading.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file system said no while writing.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Problem for TableError {
    fn class(&self) -> Class {
        match self {
            Self::Missing { .. } => Class::Usage,
            Self::Damaged { .. } | Self::WrongSchema { .. } | Self::WrongColumn { .. } => {
                Class::Damaged
            }
            Self::Read { .. } | Self::Write { .. } => Class::Machine,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { made_by, .. } => Some(format!("make it with `{made_by}`")),
            Self::Damaged { made_by, .. }
            | Self::WrongSchema { made_by, .. }
            | Self::WrongColumn { made_by, .. } => Some(format!("make it anew with `{made_by}`")),
            Self::Read { .. } => Some("check that the file is readable".to_owned()),
            Self::Write { .. } => {
                Some("check that the folder is writable and the disk has room".to_owned())
            }
        }
    }
}
