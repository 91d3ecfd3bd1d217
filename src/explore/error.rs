//! What can stop an exploration.

use std::io;
use std::path::PathBuf;

use crate::models::ModelError;
use crate::problem::{Class, Invalid, Problem};
use crate::tables::TableError;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ExploreError {
    /// A table is missing, damaged or unreadable, or cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A setting is out of range.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No flight of the features is selected.
    #[error("none of the {in_features} flights in the features is of {pairs}")]
    NothingSelected {
        /// Flights in the features.
        in_features: usize,
        /// The pairs that were asked for.
        pairs: String,
        /// The pairs with the most flights.
        largest: Vec<String>,
    },
    /// Routes or the trees that tell them apart could not be learnt.
    #[error("the flights' routes could not be told apart")]
    Routes(#[from] ModelError),
    /// The user asked to stop.
    #[error("stopped before the page was written")]
    Interrupted,
    /// The page's template failed: a bug of ours.
    #[error("the template of the page does not fit its data")]
    Template(#[from] minijinja::Error),
    /// The file system said no while writing the page.
    #[error("cannot write {}", path.display())]
    Write {
        /// The page, or the folder of the tables behind it.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Problem for ExploreError {
    fn class(&self) -> Class {
        match self {
            Self::Table(error) => error.class(),
            Self::Routes(error) => error.class(),
            Self::Invalid(_) | Self::NothingSelected { .. } => Class::Usage,
            Self::Interrupted => Class::Interrupted,
            Self::Template(_) => Class::Bug,
            Self::Write { .. } => Class::Machine,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Table(error) => error.hint(),
            Self::Routes(error) => error.hint(),
            Self::Invalid(_) | Self::Template(_) => None,
            Self::NothingSelected { largest, .. } if largest.is_empty() => {
                Some("no flight has a pair; leave --pair away".to_owned())
            }
            Self::NothingSelected { largest, .. } => Some(format!(
                "the pairs with the most flights are {}; `traj features` without select.pairs \
                 reads the others",
                largest.join(", ")
            )),
            Self::Interrupted => Some("the same command begins anew".to_owned()),
            Self::Write { .. } => {
                Some("check that the folder is writable and the disk has room".to_owned())
            }
        }
    }
}
