//! A *split error* says why flights cannot be divided as asked.
//!
//! `train` passes it on; it is the user's to settle, by fewer folds or another file.

use std::path::PathBuf;

use crate::problem::{Class, Problem};
use crate::tables::Split;

/// What stops a split.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// There is not enough to divide.
    #[error("{k} folds of `{split}` need at least {needed} {of}, found {found}")]
    TooFew {
        /// The split.
        split: Split,
        /// The number of folds asked for.
        k: usize,
        /// What it takes.
        needed: usize,
        /// What there is.
        found: usize,
        /// What is divided: `flights` or `days`.
        of: &'static str,
    },
    /// Nothing had landed early enough to be learnt from.
    #[error("with a gap of {gap} no fold of `{split}` has a flight to learn from")]
    Gap {
        /// The split.
        split: Split,
        /// The gap as the configuration has it.
        gap: String,
    },
    /// A split by time of flights that have none.
    #[error("`{split}` needs the start time of every flight")]
    NoCalendar {
        /// The split.
        split: Split,
    },
    /// The folds file cannot be read.
    #[error("cannot read {}", path.display())]
    ReadFolds {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// The folds file says something that cannot be.
    #[error("{}:{line}: {reason}", path.display())]
    BadFolds {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong there.
        reason: FoldsFault,
    },
    /// A fold of the folds file has no flights of one role.
    #[error("{}: fold {fold} of `{split}` has no `{role}` flights", path.display())]
    EmptyFold {
        /// The file.
        path: PathBuf,
        /// The split.
        split: Split,
        /// The fold's number.
        fold: u32,
        /// `train` or `test`.
        role: &'static str,
    },
    /// The folds file has nothing for a configured split.
    #[error("{} has no folds for `{split}`", path.display())]
    NoFolds {
        /// The file.
        path: PathBuf,
        /// The split.
        split: Split,
    },
}

/// What is wrong with a line of a folds file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldsFault {
    /// The header lacks a column.
    #[error("there is no column `{0}`; a folds file has split, fold, flight_id and role")]
    NoColumn(&'static str),
    /// A split that does not exist.
    #[error("{0}")]
    UnknownSplit(#[from] crate::tables::UnknownLabel),
    /// A fold that is not a number.
    #[error("fold `{0}` is not a whole number from 0")]
    NotANumber(String),
    /// A role that is neither.
    #[error("role `{0}` is neither `train` nor `test`")]
    UnknownRole(String),
    /// A flight that there is not.
    #[error("flight `{0}` is not among the flights with features and targets")]
    UnknownFlight(String),
    /// A flight that a fold already has.
    #[error("flight `{flight}` is in fold {fold} of `{split}` already, as `{role}`")]
    Twice {
        /// The flight.
        flight: String,
        /// The fold's number.
        fold: u32,
        /// The split.
        split: Split,
        /// Its earlier role.
        role: &'static str,
    },
}

impl Problem for SplitError {
    fn class(&self) -> Class {
        match self {
            Self::ReadFolds { source, .. } if source.is_io_error() => Class::Machine,
            _ => Class::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::TooFew { k, found, split, .. } => {
                // `forward` divides n flights into n - 1 folds at most.
                let most = if *split == Split::Forward { found.saturating_sub(1) } else { *found };
                if most >= 2 && most < *k {
                    format!(
                        "use fewer folds, `--set train.folds={most}`, or leave `{split}` out of `train.splits`"
                    )
                } else {
                    "fit without scoring, `--set 'train.splits=[]'`, or add flights".to_owned()
                }
            }
            Self::Gap { .. } => "use a shorter gap, such as `--set 'train.gap=\"12h\"'`".to_owned(),
            Self::NoCalendar { .. } => "use `--set 'train.splits=[\"random\"]'`".to_owned(),
            Self::ReadFolds { .. } | Self::BadFolds { .. } | Self::EmptyFold { .. } => {
                "correct the file that `train.folds_file` names".to_owned()
            }
            Self::NoFolds { split, .. } => {
                format!("add them, or leave `{split}` out of `train.splits`")
            }
        })
    }
}
