//! What can go wrong between machines.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::Address;
use crate::problem::{Class, Problem};
use crate::train::TrainError;

/// Why machines did not work together.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A file of the protection cannot be used.
    #[error("cannot use {} for TLS: {reason}", path.display())]
    Tls {
        /// Which one.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Whoever reaches an address could read and write what goes there.
    #[error("connections with {address} would be neither encrypted nor authenticated")]
    Unprotected {
        /// The address.
        address: Address,
    },
    /// Nothing answers, or it does not let us in.
    #[error("no scheduler answers at {address}: {reason}")]
    Unreachable {
        /// Where it should be.
        address: Address,
        /// What happened.
        reason: String,
    },
    /// The scheduler answered before, and no longer does.
    #[error("the scheduler at {address} has not answered for {} s: {reason}", silence.as_secs())]
    Lost {
        /// Where it was.
        address: Address,
        /// For how long.
        silence: Duration,
        /// What happened last.
        reason: String,
    },
    /// The scheduler is not the one that was given the job.
    #[error("the scheduler at {address} was started again and knows nothing of the job")]
    Forgotten {
        /// Where it is.
        address: Address,
    },
    /// The other end is another version.
    #[error("{0}")]
    OtherVersion(String),
    /// The address cannot be listened at.
    #[error("cannot listen at {address}")]
    Bind {
        /// The address.
        address: Address,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder or file that is needed cannot be used.
    #[error("cannot use {}", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A job failed on the cluster.
    #[error("the cluster gave up: {reason}")]
    Job {
        /// What the scheduler says of it.
        reason: String,
    },
    /// What a worker left does not hold what it should.
    #[error("{worker} sent {what} wrongly: {reason}")]
    Wrong {
        /// Who made it.
        worker: String,
        /// What it is.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// What stops `traj train` as well.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The user asked to stop.
    #[error("stopped")]
    Interrupted,
    /// The engine did what it never should.
    #[error("the engine failed: {0}")]
    Engine(String),
}

impl ClusterError {
    /// An error of the engine.
    pub(super) fn engine(error: impl std::fmt::Display) -> Self {
        Self::Engine(error.to_string())
    }

    /// The error of a folder or file.
    pub(super) fn folder(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Folder { path: path.into(), source }
    }
}

impl Problem for ClusterError {
    fn class(&self) -> Class {
        match self {
            Self::Tls { .. } | Self::Unprotected { .. } | Self::OtherVersion(_) => Class::Usage,
            Self::Unreachable { .. }
            | Self::Lost { .. }
            | Self::Forgotten { .. }
            | Self::Bind { .. }
            | Self::Folder { .. }
            | Self::Job { .. }
            | Self::Engine(_) => Class::Machine,
            Self::Wrong { .. } => Class::Damaged,
            Self::Train(error) => error.class(),
            Self::Interrupted => Class::Interrupted,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Tls { .. } => {
                "--tls-ca, --tls-cert and --tls-key name PEM files; docs/clusters.md makes some"
            }
            Self::Unprotected { .. } => {
                "give --tls-ca, --tls-cert and --tls-key, or --insecure if everybody who can reach \
                 that address may see the flights and change the results"
            }
            Self::Unreachable { .. } => {
                "start `traj scheduler` there, and check the address and the TLS files"
            }
            Self::Lost { .. } => {
                "start the scheduler again; the same command then goes on, and workers find it by \
                 themselves"
            }
            Self::OtherVersion(_) => "install the same version of traj on all machines",
            Self::Bind { .. } => "another process may have that port: choose one with --bind",
            Self::Folder { .. } => {
                "scheduler, workers and clients need the same folder as --shared, and may write to it"
            }
            Self::Job { .. } => "the same command goes on; --verbose on the workers says more",
            Self::Wrong { .. } => {
                "nothing was replaced; all machines need this version of traj and the same tables"
            }
            Self::Train(error) => return error.hint(),
            Self::Forgotten { .. } => "the same command goes on",
            Self::Interrupted | Self::Engine(_) => return None,
        };
        Some(hint.to_owned())
    }
}
