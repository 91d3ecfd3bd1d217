//! A *predict error* says why a run cannot predict some flights.

use std::io;
use std::path::PathBuf;

use crate::models::{ModelError, StoreError};
use crate::problem::{Class, Problem};
use crate::tables::{Axis, Horizon, ModelName, TableError};

/// What stops `traj predict`.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// The run's record or metrics cannot be read, or the output not written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The run's models cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model file is whole, but not the one that the record names.
    #[error("{} is not the file that run.json names", path.display())]
    Mismatch {
        /// The model file.
        path: PathBuf,
    },
    /// The run has no such model, horizon or axis.
    #[error("the run has no {asked}; it has {stored}")]
    NotStored {
        /// What was asked for.
        asked: String,
        /// What there is.
        stored: String,
    },
    /// The flights lack features.
    #[error("`{model}` at horizon `{horizon}` needs features that the flights lack: {}", columns.join(", "))]
    MissingColumns {
        /// The model.
        model: ModelName,
        /// The horizon.
        horizon: Horizon,
        /// The features, by name.
        columns: Vec<String>,
    },
    /// No flight lasts to the horizon.
    #[error("none of the {n} flights has come as far as horizon `{horizon}`")]
    TooShort {
        /// The horizon.
        horizon: Horizon,
        /// How many flights there are.
        n: usize,
    },
    /// An estimator refused.
    #[error("`{model}` at {fraction} of the flight along `{axis}`")]
    Model {
        /// The model.
        model: ModelName,
        /// The axis.
        axis: Axis,
        /// The fraction.
        fraction: f64,
        /// Why.
        #[source]
        source: ModelError,
    },
    /// The output's name says neither CSV nor Parquet.
    #[error("{} ends in neither .csv nor .parquet", path.display())]
    UnknownFormat {
        /// The output.
        path: PathBuf,
    },
    /// The output cannot be written.
    #[error("cannot write {}", path.as_ref().map_or("the predictions".into(), |p| p.to_string_lossy()))]
    Write {
        /// The file; none for standard output.
        path: Option<PathBuf>,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Problem for PredictError {
    fn class(&self) -> Class {
        match self {
            Self::Table(error) => error.class(),
            Self::Store(error) => error.class(),
            Self::Mismatch { .. } | Self::MissingColumns { .. } => Class::Damaged,
            Self::NotStored { .. } | Self::UnknownFormat { .. } | Self::TooShort { .. } => {
                Class::Usage
            }
            Self::Model { source, .. } => source.class(),
            Self::Write { .. } => Class::Machine,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Table(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Mismatch { .. } => Some("make the run anew with `traj train`".to_owned()),
            Self::NotStored { .. } => {
                Some("leave the choice to traj, or name one that is stored".to_owned())
            }
            Self::MissingColumns { .. } => Some(
                "make the features anew with `traj features` under the run's config.toml, or \
                 choose an earlier horizon with --horizon"
                    .to_owned(),
            ),
            Self::TooShort { .. } => Some("choose an earlier horizon with --horizon".to_owned()),
            Self::UnknownFormat { .. } => Some("name the output .csv or .parquet".to_owned()),
            Self::Model { source, .. } => source.hint(),
            Self::Write { .. } => {
                Some("check that the folder is writable and the disk has room".to_owned())
            }
        }
    }
}
