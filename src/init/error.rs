//! Why a folder tells nothing that a configuration could be made of.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use crate::problem::{Class, Problem};

/// A folder that `init` cannot make a configuration for.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is nothing at the path.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The path given.
        path: PathBuf,
    },
    /// A file, or something else, where a folder is needed.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path given.
        path: PathBuf,
    },
    /// The path cannot be written into a configuration.
    #[error("{} is not valid UTF-8", path.display())]
    BadName {
        /// The path given.
        path: PathBuf,
    },
    /// The file system said no.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No file has one of the extensions.
    #[error("{} holds no .csv, .csv.gz, .csv.zst, .txt or .tsv file ({others} other files)", path.display())]
    NoFiles {
        /// The folder.
        path: PathBuf,
        /// Files of other kinds in it.
        others: usize,
    },
    /// None of the files looked at has a header.
    #[error("{}: none of the {looked_at} files looked at begins with a header ({reason})", path.display())]
    NoHeader {
        /// The folder.
        path: PathBuf,
        /// Files looked at.
        looked_at: usize,
        /// What is wrong with most of them.
        reason: String,
    },
    /// Tables, but none with a time and a position.
    #[error(
        "{}: no column for {}{} (columns: {})",
        example.display(),
        missing.join(", "),
        why.as_ref().map_or_else(String::new, |why| format!(": {why}")),
        listed(columns)
    )]
    NoRoles {
        /// A file with the header that most files have.
        example: PathBuf,
        /// The roles that no column plays.
        missing: Vec<String>,
        /// More on why.
        why: Option<String>,
        /// Its header.
        columns: Vec<String>,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

/// The names, as many as fit in a message.
fn listed(columns: &[String]) -> String {
    let mut text = String::new();
    for (at, name) in columns.iter().take(60).enumerate() {
        let shown: String = name.chars().take(40).collect();
        let _ = write!(text, "{}`{}`", if at == 0 { "" } else { ", " }, shown.escape_debug());
    }
    if columns.len() > 60 {
        let _ = write!(text, " and {} more", columns.len() - 60);
    }
    text
}

impl Problem for InitError {
    fn class(&self) -> Class {
        match self {
            Self::Read { .. } => Class::Machine,
            Self::Interrupted => Class::Interrupted,
            _ => Class::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => "check the spelling of the path".to_owned(),
            Self::NotAFolder { .. } => "name the folder that the file is in".to_owned(),
            Self::BadName { .. } => "rename the folder, or link to it by another name".to_owned(),
            Self::Read { .. } => "check that the folder is readable".to_owned(),
            Self::NoFiles { .. } => {
                "name the folder that holds a CSV file per flight; `traj sample DIR` makes one to try"
                    .to_owned()
            }
            Self::NoHeader { .. } => {
                "give the files a first line with the names of their columns".to_owned()
            }
            Self::NoRoles { .. } => BY_HAND.to_owned(),
            Self::Interrupted => return None,
        })
    }
}

/// What to write where nothing could be guessed.
const BY_HAND: &str = r#"write a traj.toml by hand that names the columns:
[data]
root = "/path/to/the/flights"
[[source]]
name = "flights"
[source.columns]
time = "..."
date = "..."         # only if the date has a column of its own; also utc_offset
longitude = "..."
latitude = "..."
altitude = "..."     # only if there is one
[source.units]
time = "iso8601"     # or epoch-s, epoch-ms, epoch-us, epoch-ns, elapsed-s
altitude = "ft"      # or m, FL"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_roles_is_told_its_columns_and_what_to_write() {
        let error = InitError::NoRoles {
            example: "a.csv".into(),
            missing: vec!["time".to_owned(), "latitude".to_owned()],
            why: None,
            columns: vec!["x\n".to_owned(), "lon".to_owned()],
        };
        let text = error.to_string();
        assert_eq!(text, "a.csv: no column for time, latitude (columns: `x\\n`, `lon`)");
        assert!(error.hint().is_some_and(|hint| hint.contains("[source.columns]")));
        assert_eq!(error.class(), Class::Usage);
    }
}
