//! What can go wrong with a report.

use std::io;
use std::path::PathBuf;

use crate::problem::{Class, Problem};
use crate::tables::TableError;

/// A report that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A table of the run is missing, damaged or unreadable.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The run was made by a later traj.
    #[error("{} has version {found} of its fields, but this traj knows {known}", path.display())]
    NewerRun {
        /// The run record.
        path: PathBuf,
        /// The version that it names.
        found: u32,
        /// The latest version that this traj knows.
        known: u32,
    },
    /// The page's template failed: a bug of ours.
    #[error("the template of the report does not fit its data")]
    Template(#[from] minijinja::Error),
    /// The file system said no while writing the page.
    #[error("cannot write {}", path.display())]
    Write {
        /// The page.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Problem for ReportError {
    fn class(&self) -> Class {
        match self {
            Self::Table(error) => error.class(),
            Self::NewerRun { .. } => Class::Damaged,
            Self::Template(_) => Class::Bug,
            Self::Write { .. } => Class::Machine,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Table(error) => error.hint(),
            Self::NewerRun { .. } => {
                Some("report with the traj that trained the run, or train again".to_owned())
            }
            Self::Template(_) => None,
            Self::Write { .. } => {
                Some("check that the run's folder is writable and the disk has room".to_owned())
            }
        }
    }
}
