//! What can stop the features stage as a whole.

use std::io;
use std::path::PathBuf;

use crate::problem::{Class, Invalid, Problem};
use crate::tables::{Part, TableError};

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
    /// The folder has another part, or the tables of a whole.
    #[error("{} is {}, not part {part}", path.display(),
        found.as_ref().map_or_else(|| "of all flights".to_owned(), |found| format!("of part {found}")))]
    AnotherPart {
        /// The features that are there.
        path: PathBuf,
        /// The part that was to be made.
        part: Part,
        /// The part that is there.
        found: Option<String>,
    },
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A setting is out of range.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The user asked to stop.
    #[error("stopped: {kept} of {selected} flights are kept")]
    Interrupted {
        /// Flights that are finished.
        kept: u64,
        /// Selected flights.
        selected: u64,
    },
    /// The checkpoint cannot be written.
    #[error("cannot write {}", path.display())]
    Checkpoint {
        /// Where it is.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
        /// About how many bytes checkpoint and tables take; 0 where that is unknown.
        need_bytes: u64,
        /// Flights that are finished.
        kept: u64,
    },
    /// What another machine sent is not what comes out here.
    #[error("{reader} sent {path} wrongly: {reason}")]
    Differs {
        /// Who read it.
        reader: String,
        /// The flight's file, as the catalog names it.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Others said that they had read all flights, and had not.
    #[error("{lost} of {asked} flights that were to be read elsewhere never came")]
    NeverCame {
        /// Those that are missing.
        lost: usize,
        /// All that were asked for.
        asked: usize,
    },
    /// Others were to read the flights, and did not.
    #[error("{0}")]
    Elsewhere(Box<dyn Problem>),
    /// A table cannot be written, though all flights are finished.
    #[error("{source}")]
    Unwritten {
        /// Which, and why.
        source: TableError,
        /// About how many bytes checkpoint and tables take.
        need_bytes: u64,
    },
}

impl Problem for FeaturesError {
    fn class(&self) -> Class {
        match self {
            Self::NothingSelected { .. }
            | Self::UnknownSource(_)
            | Self::AnotherPart { .. }
            | Self::Invalid(_) => Class::Usage,
            Self::AllRejected { .. } | Self::Checkpoint { .. } => Class::Machine,
            Self::Table(error) | Self::Unwritten { source: error, .. } => error.class(),
            Self::Interrupted { .. } => Class::Interrupted,
            Self::Differs { .. } | Self::NeverCame { .. } => Class::Damaged,
            Self::Elsewhere(problem) => problem.class(),
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
            Self::AnotherPart { .. } => {
                "give every part a folder of its own, or remove this one first".to_owned()
            }
            Self::UnknownSource(_) => "run `traj index` again".to_owned(),
            Self::Table(error) => return error.hint(),
            Self::Invalid(_) => return None,
            Self::Interrupted { .. } => "the same command goes on".to_owned(),
            Self::NeverCame { .. } => {
                "nothing of what came is kept, and the tables are as they were; \
                 without --engine the flights are read here"
                    .to_owned()
            }
            Self::Differs { .. } => "nothing of what was read is kept, and the tables are as they \
                 were; that machine needs this version of traj and these files, with their sizes \
                 and times of change; without --engine the flights are read here"
                .to_owned(),
            Self::Elsewhere(problem) => return problem.hint(),
            Self::Checkpoint { kept: 0, need_bytes: 0, .. } => {
                "check that the folder is writable and the disk has room".to_owned()
            }
            Self::Checkpoint { kept, need_bytes, .. } => format!(
                "check that the folder is writable and the disk has room for {}; {kept} flights \
                 are kept, and the same command goes on",
                megabytes(*need_bytes)
            ),
            Self::Unwritten { need_bytes, .. } => format!(
                "check that the folder is writable and the disk has room for {}; all flights are \
                 kept, and the same command goes on",
                megabytes(*need_bytes)
            ),
        })
    }
}

impl FeaturesError {
    /// The same, and where a table cannot be written, how much room is needed.
    pub(super) fn with_need(self, need_bytes: u64) -> Self {
        match self {
            Self::Table(source @ TableError::Write { .. }) => {
                Self::Unwritten { source, need_bytes }
            }
            other => other,
        }
    }
}

/// Bytes as `about 12 MB`.
fn megabytes(bytes: u64) -> String {
    format!("about {} MB", bytes.div_ceil(1_000_000))
}
