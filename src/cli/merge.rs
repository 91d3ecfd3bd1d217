//! `traj merge`

use std::path::PathBuf;

use super::args::MergeArguments;
use super::context::{Context, INDEX_FOLDER, run_folder};
use super::failure::Failure;
use super::lock::Lock;
use super::output::counted;
use super::{Ending, features, train};
use crate::config::Loaded;
use crate::tables::PartsError;

pub(super) fn merge(context: &Context, arguments: &MergeArguments) -> Result<Ending, Failure> {
    let loaded = context.config(&arguments.selection)?;
    let folders = &arguments.folders;
    let of_train = crate::train::is_part(&folders[0]);
    // A folder that holds neither is told of when it is opened.
    let is_other = |folder: &&PathBuf| {
        let (train, features) = (crate::train::is_part(folder), crate::features::is_part(folder));
        if of_train { features && !train } else { train && !features }
    };
    if let Some(other) = folders.iter().find(is_other) {
        let name = |of_train| if of_train { "traj train" } else { "traj features" };
        let (found, expected) = (name(!of_train), name(of_train));
        let (path, first) = (other.clone(), folders[0].clone());
        return Err(PartsError::OfAnotherStage { path, found, first, expected }.into());
    }
    let merge = if of_train { merge_run } else { merge_tables };
    merge(context, &loaded, arguments)
}

/// Merges parts of the catalog.
fn merge_tables(
    context: &Context,
    loaded: &Loaded,
    arguments: &MergeArguments,
) -> Result<Ending, Failure> {
    let inputs = features::inputs(loaded)?;
    let _lock = Lock::take(INDEX_FOLDER.as_ref())?;
    let folders = &arguments.folders;
    let summary = crate::features::merge(&inputs, &loaded.part_hash(), folders, &context.watcher)?;
    let merged = features::describe(&summary, &inputs.paths.rejected);
    let text = format!("{} merged: {merged}\n\nnext: traj train", parts(arguments));
    context.summary("merge", &text, &summary)?;
    Ok(features::ending(&summary))
}

/// Merges parts of a run.
fn merge_run(
    context: &Context,
    loaded: &Loaded,
    arguments: &MergeArguments,
) -> Result<Ending, Failure> {
    let run = &arguments.train.run;
    let folder = run_folder(run)?;
    let _lock = Lock::take(&folder)?;
    let summary = train::with_inputs(loaded, &folder, |inputs| {
        Ok(crate::train::merge(inputs, &arguments.folders, &context.watcher)?)
    })?;
    let merged = train::describe(&summary);
    let text = format!("{} merged: {merged}\n\nnext: traj report {run}", parts(arguments));
    context.summary("merge", &text, &summary)?;
    Ok(Ending::Done)
}

fn parts(arguments: &MergeArguments) -> String {
    counted(arguments.folders.len() as u64, "part")
}
