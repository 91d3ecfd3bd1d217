//! What is wrong with a configuration, and where in which text.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

use crate::problem::{Class, Problem};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something in a layer's text is wrong.
    #[error("{message}")]
    Text {
        /// The layer: a path, `--set 'train.folds=0'`, `TRAJ_TRAIN_FOLDS`.
        layer: String,
        /// Its text.
        text: String,
        /// The place in the text.
        span: Range<usize>,
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// A value that nothing sets.
    #[error("{key}: {message}")]
    Missing {
        /// The key.
        key: String,
        /// What is missing.
        message: String,
        /// What to do.
        help: String,
    },
}

impl Problem for ConfigError {
    fn class(&self) -> Class {
        match self {
            Self::Read { source, .. } if source.kind() != io::ErrorKind::NotFound => Class::Machine,
            _ => Class::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => Some("`traj init DIR` writes a traj.toml".to_owned()),
            Self::Text { help, .. } => help.clone(),
            Self::Missing { help, .. } => Some(help.clone()),
        }
    }
}
