//! What can stop the features stage as a whole.

use crate::problem::{Class, Invalid, Problem};
use crate::tables::TableError;

/// Why there are no features.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    /// No flight of the catalog is selected.
    #[error("none of the {in_catalog} flights in the catalog is selected ({selection})")]
    NothingSelected {
        /// Flights in the catalog.
        in_catalog: usize,
        /// The selection in words.
        selection: String,
        /// The pairs with the most flights.
        pairs: Vec<String>,
    },
    /// Every selected flight was refused.
    #[error("all {selected} selected flights were refused, most of them for `{code}`")]
    AllRejected {
        /// Selected flights.
        selected: usize,
        /// The commonest code.
        code: String,
    },
    /// The catalog was made with a source that the configuration no longer has.
    #[error("the catalog names the source `{0}`, which the configuration does not have")]
    UnknownSource(String),
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A setting is out of range.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The user asked to stop.
    #[error("stopped before the features were written")]
    Interrupted,
}

impl Problem for FeaturesError {
    fn class(&self) -> Class {
        match self {
            Self::NothingSelected { .. } | Self::UnknownSource(_) | Self::Invalid(_) => {
                Class::Usage
            }
            Self::AllRejected { .. } => Class::Machine,
            Self::Table(error) => error.class(),
            Self::Interrupted => Class::Interrupted,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NothingSelected { in_catalog: 0, .. } => {
                "data-index/rejected.parquet says why each file was refused; correct traj.toml, \
                 then run `traj index` again"
                    .to_owned()
            }
            Self::NothingSelected { pairs, .. } if pairs.is_empty() => {
                "no flight has a pair; see `traj init` for where pairs can come from".to_owned()
            }
            Self::NothingSelected { pairs, .. } => {
                format!("the pairs with the most flights are {}", pairs.join(", "))
            }
            Self::AllRejected { .. } => {
                "data-index/rejected.parquet says why, file by file; check the columns and units \
                 in traj.toml"
                    .to_owned()
            }
            Self::UnknownSource(_) => "run `traj index` again".to_owned(),
            Self::Table(error) => return error.hint(),
            Self::Invalid(_) => return None,
            Self::Interrupted => "the same command starts again".to_owned(),
        })
    }
}
