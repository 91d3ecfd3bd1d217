//! A *train error* says why a run could not be made.

use std::io;
use std::path::PathBuf;

use crate::evaluate::SplitError;
use crate::models::ModelError;
use crate::problem::{Class, Invalid, Problem};
use crate::tables::{Axis, Horizon, ModelName, Part, PartsError, TableError};

/// What stops `traj train`.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting is out of range.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The flights cannot be divided as asked.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// No flight can be learnt from.
    #[error(
        "no flight has features and all {n_fractions} fractions on the `{axis}` axis: \
         {n_features} have features, {n_incomplete} of them lack a fraction"
    )]
    NoFlights {
        /// Along what the fractions are taken.
        axis: Axis,
        /// How many fractions there are.
        n_fractions: usize,
        /// Flights in the feature table.
        n_features: usize,
        /// Flights that have targets, but not all of them.
        n_incomplete: usize,
    },
    /// There are no folds to choose settings by.
    #[error(
        "tuning needs two folds of `forward`, one to choose by and the last to judge the choice: \
         there are {found} with flights"
    )]
    NothingToTuneOn {
        /// The folds of `forward` that there are.
        found: usize,
    },
    /// An estimator refused.
    #[error("`{model}`{}, known at {}", place(*fraction), horizon_name(*horizon))]
    Model {
        /// The model.
        model: ModelName,
        /// What its features know; none for baselines.
        horizon: Option<Horizon>,
        /// The fraction; none if it is none in particular.
        fraction: Option<f64>,
        /// Why.
        #[source]
        source: ModelError,
    },
    /// The parts of a run do not fit together.
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// The folder has another part.
    #[error("{} is part {found}, not part {part}", path.display())]
    AnotherPart {
        /// The file that is there.
        path: PathBuf,
        /// The part that was to be made.
        part: Part,
        /// The part that is there.
        found: String,
    },
    /// The file system said no.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The user, or the system, asked to stop; the previous run, if any, is as it was.
    #[error("training was interrupted")]
    Interrupted,
}

fn place(fraction: Option<f64>) -> String {
    fraction.map_or_else(String::new, |fraction| format!(" at {fraction} of the flight"))
}

fn horizon_name(horizon: Option<Horizon>) -> String {
    horizon.map_or_else(|| "any time".to_owned(), |horizon| horizon.to_string())
}

impl Problem for TrainError {
    fn class(&self) -> Class {
        match self {
            Self::Invalid(_)
            | Self::NoFlights { .. }
            | Self::NothingToTuneOn { .. }
            | Self::AnotherPart { .. } => Class::Usage,
            Self::Parts(error) => error.class(),
            Self::Table(error) => error.class(),
            Self::Split(error) => error.class(),
            Self::Model { source, .. } => source.class(),
            Self::Write { .. } => Class::Machine,
            Self::Interrupted => Class::Interrupted,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(invalid) => Some(format!("correct `{}` in the configuration", invalid.key)),
            Self::Table(error) => error.hint(),
            Self::Split(error) => error.hint(),
            Self::Parts(error) => error.hint(),
            Self::AnotherPart { .. } => {
                Some("give every part a folder of its own, or remove this one first".to_owned())
            }
            Self::NoFlights { .. } => Some(
                "run `traj features` with the same `targets`, and see why flights were refused in data-index/rejected.parquet"
                    .to_owned(),
            ),
            Self::NothingToTuneOn { .. } => Some(
                "train without --tune, or add flights with start times; a shorter `train.gap` or \
                 more `train.folds` may do"
                    .to_owned(),
            ),
            Self::Model { source, .. } => source.hint(),
            Self::Write { .. } => {
                Some("check that the folder is writable and the disk has room".to_owned())
            }
            Self::Interrupted => Some("run `traj train` again".to_owned()),
        }
    }
}
