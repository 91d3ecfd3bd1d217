//! `traj explore --write-config`: features that only repeat others go into `train.leave_out`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::context::Context;
use super::failure::Failure;
use super::opener;
use super::output::counted;
use crate::config::{EditError, add_words};
use crate::problem::Class;
use crate::tables::{FEATURE_GROUPS_FILE, FeatureGroupTable, write_atomically};

/// What was done to the configuration.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    /// The file.
    path: PathBuf,
    /// Features that it did not leave out before.
    added: Vec<String>,
}

impl LeftOut {
    /// In words.
    pub(super) fn describe(&self) -> String {
        let path = opener::shown(&self.path);
        match self.added.len() as u64 {
            0 => format!("{path}: as it was; nothing repeats others that it does not leave out"),
            n => format!("{path}: {} added to train.leave_out", counted(n, "feature")),
        }
    }
}

/// Adds the features that the tables in `folder` say repeat others to the topmost configuration
/// file, whose comments and order stay as they are.
pub(super) fn leave_out(context: &Context, folder: &Path) -> Result<LeftOut, Failure> {
    let path = context.config_paths().pop().ok_or_else(|| {
        Failure::usage("there is no traj.toml to write to", "`traj init DIR` writes one")
    })?;
    let table = FeatureGroupTable::read(&folder.join(FEATURE_GROUPS_FILE))?;
    let repeated = table.rows.into_iter().filter(|row| row.group.is_some() && !row.is_kept);
    let names: Vec<String> = repeated.map(|row| row.feature).collect();
    let failed = |what: &str, source: &std::io::Error| {
        Failure::machine(format!("cannot {what} {}", path.display()), source)
    };
    // Through a link, what it points to is written, and the link stays.
    let file = fs::canonicalize(&path).map_err(|source| failed("read", &source))?;
    let text = fs::read_to_string(&file).map_err(|source| failed("read", &source))?;
    let edited = add_words(&text, "train", "leave_out", &names);
    let (edited, added) = edited.map_err(|error| cannot_edit(&path, &error))?;
    if !added.is_empty() {
        write_atomically(&file, |out| out.write_all(edited.as_bytes()))
            .map_err(|source| failed("write", &source))?;
    }
    Ok(LeftOut { path, added })
}

fn cannot_edit(path: &Path, error: &EditError) -> Failure {
    let hint = "make train.leave_out a list of words, or take it out".to_owned();
    Failure::of_class(Class::Usage, format!("{}: {error}", path.display()), Some(hint))
}
