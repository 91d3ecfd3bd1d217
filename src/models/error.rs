//! A *model error* says why an estimator could not be fitted or could not predict; a *fit
//! error* adds at which fraction; a *store error* says why `model.traj` could not be read.
//!
//! `train` and `predict` wrap the former two with the model.

use std::io;
use std::path::PathBuf;

use crate::forest::ForestError;
use crate::problem::{Class, Problem};

/// What stops a fit or a prediction.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Our forest refused.
    #[error(transparent)]
    Forest(#[from] ForestError),
    /// linfa's elastic net refused.
    #[error("linfa's elastic net: {0}")]
    ElasticNet(#[from] linfa_elasticnet::ElasticNetError),
    /// linfa's elastic net gave weights that are not numbers.
    #[error("linfa's elastic net did not settle: {found} of its weights are not finite")]
    Diverged {
        /// How many.
        found: usize,
    },
    /// linfa's partial least squares refused.
    #[error("linfa's partial least squares: {0}")]
    Pls(#[from] linfa_pls::PlsError),
    /// linfa's k-means refused.
    #[error("linfa's k-means: {0}")]
    Clusters(#[from] linfa_clustering::KMeansError),
    /// linfa's classification tree refused.
    #[error("linfa's classification tree: {0}")]
    Classifier(#[from] linfa::Error),
    /// One of smartcore's models refused.
    #[error("smartcore: {0}")]
    Smartcore(#[from] smartcore::error::Failed),
    /// There are no flights to learn from.
    #[error("there are no flights to learn from")]
    NoFlights,
    /// The caller asked to stop.
    #[error("the fit was interrupted")]
    Interrupted,
    /// Rows to predict have another width than those learned from.
    #[error("flights have {found} feature columns but the model was fitted on {expected}")]
    Width {
        /// Columns that the model was fitted on.
        expected: usize,
        /// Columns found.
        found: usize,
    },
}

/// Why the estimators of a model could not be fitted.
#[derive(Debug, thiserror::Error)]
#[error("a model could not be fitted")]
pub struct FitError {
    /// The number of the fraction, if it was one of its own.
    pub at: Option<usize>,
    /// Why.
    pub source: ModelError,
}

impl Problem for ModelError {
    fn class(&self) -> Class {
        match self {
            Self::Interrupted | Self::Forest(ForestError::Interrupted) => Class::Interrupted,
            Self::ElasticNet(_) | Self::Diverged { .. } | Self::NoFlights => Class::Usage,
            Self::Forest(ForestError::UnusableTarget { .. } | ForestError::TooMany { .. }) => {
                Class::Damaged
            }
            Self::Forest(_)
            | Self::Pls(_)
            | Self::Clusters(_)
            | Self::Classifier(_)
            | Self::Smartcore(_)
            | Self::Width { .. } => Class::Bug,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::ElasticNet(_) | Self::Diverged { .. } => Some(
                "raise `elastic-net.penalty`, or leave `elastic-net` out of `train.models`"
                    .to_owned(),
            ),
            Self::Forest(ForestError::UnusableTarget { .. }) => {
                Some("make the targets anew with `traj features`".to_owned())
            }
            _ => None,
        }
    }
}

/// A model file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file is not what was written: bytes are missing or changed.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it shows.
        reason: String,
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
}

impl Problem for StoreError {
    fn class(&self) -> Class {
        match self {
            Self::Missing { .. } => Class::Usage,
            Self::Damaged { .. } => Class::Damaged,
            Self::Read { .. } => Class::Machine,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => "make it with `traj train`".to_owned(),
            Self::Damaged { .. } => "make it anew with `traj train`".to_owned(),
            Self::Read { .. } => "check that the file is readable".to_owned(),
        })
    }
}
