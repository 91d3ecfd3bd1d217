//! What can stop the index stage as a whole.

use std::io;
use std::path::PathBuf;

use crate::problem::{Class, Problem};
use crate::tables::TableError;

/// Why there is no catalog.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The folder cannot be listed.
    #[error("cannot list the flights in {}", path.display())]
    Root {
        /// `data.root`
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No file in the folder has a flight's name.
    #[error("{}: no file ends in {extensions}", path.display())]
    NoFiles {
        /// `data.root`
        path: PathBuf,
        /// `data.extensions`
        extensions: String,
    },
    /// The side table cannot be read.
    #[error("cannot read the side table {}", path.display())]
    SideTable {
        /// The table.
        path: PathBuf,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// The side table lacks a configured column.
    #[error("{}:1: the side table has no column `{column}`", path.display())]
    SideTableColumn {
        /// The table.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The user asked to stop.
    #[error("stopped before the catalog was written")]
    Interrupted,
}

impl Problem for IndexError {
    fn class(&self) -> Class {
        match self {
            Self::Root { .. } | Self::NoFiles { .. } | Self::SideTableColumn { .. } => Class::Usage,
            Self::SideTable { .. } => Class::Machine,
            Self::Table(error) => error.class(),
            Self::Interrupted => Class::Interrupted,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Root { .. } | Self::NoFiles { .. } => {
                "`data.root` in traj.toml says where the flights are; `traj init DIR` writes it"
                    .to_owned()
            }
            Self::SideTable { .. } | Self::SideTableColumn { .. } => {
                "`[data.side_table]` in traj.toml names the table and its columns".to_owned()
            }
            Self::Table(error) => return error.hint(),
            Self::Interrupted => "the same command starts again".to_owned(),
        })
    }
}
