//! What can be wrong with the parts of a stage's work.

use std::path::PathBuf;

use super::{Part, PartFolder, TableError};
use crate::problem::{Class, Problem};

/// Why folders are not the parts of one whole.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    /// The folder is not there.
    #[error("there is no folder {}", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds nothing that says which part it is.
    #[error("{} holds no finished part of `{made_by}`", path.display())]
    NoPart {
        /// The folder.
        path: PathBuf,
        /// The command whose parts are merged.
        made_by: &'static str,
    },
    /// The folder holds all flights' tables.
    #[error("{} holds the tables of a whole, not of a part", path.display())]
    IsWhole {
        /// The folder.
        path: PathBuf,
    },
    /// One folder holds flights, another one models.
    #[error("{} holds a part of `{found}`, but {} one of `{expected}`", path.display(), first.display())]
    OfAnotherStage {
        /// The folder.
        path: PathBuf,
        /// The command that made its part.
        found: &'static str,
        /// The folder that was named first.
        first: PathBuf,
        /// The command that made its part.
        expected: &'static str,
    },
    /// The folder has a checkpoint.
    #[error("{} is not finished: it has a checkpoint", folder.path.display())]
    Unfinished {
        /// The folder.
        folder: PartFolder,
    },
    /// A file of a part cannot be used.
    #[error("{source}")]
    Table {
        /// Why.
        source: Box<TableError>,
        /// The command that makes the part.
        command: String,
    },
    /// The part is one of another number of parts.
    #[error("{} holds part {}, but {} part {}", folder.path.display(), folder.part,
        first.path.display(), first.part)]
    OfOthers {
        /// The folder.
        folder: PartFolder,
        /// The folder that was named first.
        first: PartFolder,
    },
    /// A part is there twice.
    #[error("part {} is there twice: in {} and in {}", folder.part, other.display(),
        folder.path.display())]
    Twice {
        /// The folder that was named later.
        folder: PartFolder,
        /// The other one.
        other: PathBuf,
    },
    /// Some parts are not there.
    #[error("{}", missing(parts))]
    Missing {
        /// Which; at least one.
        parts: Vec<Part>,
        /// The command that makes the whole.
        made_by: &'static str,
    },
    /// Another version made the part.
    #[error("part {} in {} was made by traj {found}, and this is traj {}", folder.part,
        folder.path.display(), env!("CARGO_PKG_VERSION"))]
    OtherVersion {
        /// The folder.
        folder: PartFolder,
        /// The version.
        found: String,
    },
    /// The part was made under other settings.
    #[error("part {} in {} was made under other settings than those that hold now{}", folder.part,
        folder.path.display(), named(changed))]
    OtherSettings {
        /// The folder.
        folder: PartFolder,
        /// Names of the settings, as far as they are known.
        changed: Vec<String>,
    },
    /// The part was made from something else.
    #[error("part {} in {} was made from {inputs}", folder.part, folder.path.display())]
    OtherInputs {
        /// The folder.
        folder: PartFolder,
        /// From what, such as `another catalog than data-index/catalog.parquet`.
        inputs: String,
    },
    /// The part has not just what belongs to it.
    #[error("{} does not hold what belongs to part {}: {reason}", folder.path.display(), folder.part)]
    WrongContents {
        /// The folder.
        folder: PartFolder,
        /// What is wrong.
        reason: String,
    },
}

/// `parts 2/4 and 3/4 are missing`.
fn missing(parts: &[Part]) -> String {
    match parts {
        [part] => format!("part {part} is missing"),
        [one, other] => format!("parts {one} and {other} are missing"),
        [first, .., last] => {
            format!("{} parts are missing, the first {first}, the last {last}", parts.len())
        }
        [] => "no part is missing".to_owned(),
    }
}

/// `: forest.trees`, or nothing.
fn named(settings: &[String]) -> String {
    if settings.is_empty() { String::new() } else { format!(": {}", settings.join(", ")) }
}

impl Problem for PartsError {
    fn class(&self) -> Class {
        match self {
            Self::NoFolder { .. } => Class::Usage,
            Self::Table { source, .. } if source.class() == Class::Machine => Class::Machine,
            _ => Class::Damaged,
        }
    }

    fn hint(&self) -> Option<String> {
        let make = |folder: &PartFolder| format!("make it anew with `{}`", folder.command());
        Some(match self {
            Self::NoFolder { .. } => {
                "name the folders that `--shard I/N --out DIR` wrote".to_owned()
            }
            Self::NoPart { path, made_by } => {
                format!("`{made_by} --shard I/N --out {}` makes one", path.display())
            }
            Self::IsWhole { .. } => {
                "there is nothing to merge; `traj check` looks at whole tables".to_owned()
            }
            Self::OfAnotherStage { .. } => {
                "merge the parts of one command at a time, `traj features` first".to_owned()
            }
            Self::Unfinished { folder } => format!("`{}` goes on", folder.command()),
            Self::Table { source, command } => match source.class() {
                Class::Machine => return source.hint(),
                _ => format!("make the part anew with `{command}`"),
            },
            Self::OfOthers { folder, first } => format!(
                "name folders of parts of {}, or make it anew as one of them: `{} --shard I/{} --out \
                 DIR`",
                first.part.of(),
                folder.made_by,
                first.part.of(),
            ),
            Self::Twice { .. } => "name one of the two".to_owned(),
            Self::Missing { parts, made_by } => {
                let part = parts.first().map_or_else(String::new, Part::to_string);
                format!(
                    "make it with `{made_by} --shard {part} --out DIR`, and name its folder too"
                )
            }
            Self::OtherVersion { folder, .. } => {
                format!("use one version on all machines, then `{}`", folder.command())
            }
            Self::OtherSettings { folder, .. }
            | Self::OtherInputs { folder, .. }
            | Self::WrongContents { folder, .. } => make(folder),
        })
    }
}
