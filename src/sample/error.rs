//! What can go wrong while a sample is written.

use std::io;
use std::path::PathBuf;

/// Why [`super::generate`] stopped.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The options name no pair.
    #[error("no city pairs to fly")]
    NoPairs,
    /// The directory holds files that this sample would not write.
    #[error("{} already holds other files, such as {found}", .directory.display())]
    NotEmpty {
        /// The directory.
        directory: PathBuf,
        /// Name of one entry that is not the sample's.
        found: String,
    },
    /// A file or directory could not be read or written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The caller asked to stop; every file that has its name is whole.
    #[error("interrupted after {files} files")]
    Interrupted {
        /// Files written before.
        files: usize,
    },
}
