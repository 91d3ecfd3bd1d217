//! `traj run`

use std::path::Path;

use serde_json::{Value, json};

use super::args::RunArguments;
use super::context::{Context, INDEX_FOLDER, run_folder, table};
use super::failure::Failure;
use super::lock::Lock;
use super::{Ending, features, index, report, train};
use crate::config::Loaded;
use crate::tables::RejectedTable;

pub(super) fn run(context: &Context, arguments: &RunArguments) -> Result<Ending, Failure> {
    let loaded = context.config(&arguments.selection)?;
    stages(context, &loaded, &arguments.train.run)
}

/// Runs every stage that is out of date.
pub(super) fn stages(context: &Context, loaded: &Loaded, run: &str) -> Result<Ending, Failure> {
    let folder = run_folder(run)?;
    let _tables = Lock::take(INDEX_FOLDER.as_ref())?;
    let indexed = index::stage(context, loaded)?;
    context.summary("index", &titled("index", &index::describe(&indexed)), &indexed)?;
    features_stage(context, loaded)?;
    train_stage(context, loaded, &folder)?;
    report_stage(context, &folder)?;
    context.summary(
        "run",
        &format!("\nnext: traj predict {run} FLIGHT.csv"),
        &json!({ "run": run, "folder": folder }),
    )?;
    // What was rejected counts even where a stage had nothing to do.
    let rejected = RejectedTable::read(&table("rejected.parquet"))?;
    Ok(if rejected.rows.is_empty() { Ending::Done } else { Ending::SomeRejected })
}

fn features_stage(context: &Context, loaded: &Loaded) -> Result<(), Failure> {
    if crate::features::is_up_to_date(&features::inputs(loaded)?) {
        return up_to_date(context, "features");
    }
    let began = context.seconds();
    let summary = features::stage(context, loaded)?;
    let text = features::describe(&summary, context.seconds() - began);
    context.summary("features", &titled("features", &text), &summary)
}

fn train_stage(context: &Context, loaded: &Loaded, folder: &Path) -> Result<(), Failure> {
    if train::with_inputs(loaded, folder, |inputs| Ok(crate::train::is_up_to_date(inputs)))? {
        return up_to_date(context, "train");
    }
    let _lock = Lock::take(folder)?;
    let summary = train::with_inputs(loaded, folder, |inputs| {
        Ok(crate::train::train(inputs, &context.watcher)?)
    })?;
    context.summary("train", &titled("train", &train::describe(&summary)), &summary)
}

fn report_stage(context: &Context, folder: &Path) -> Result<(), Failure> {
    if report::with_inputs(folder, crate::report::is_up_to_date) {
        return up_to_date(context, "report");
    }
    let summary = report::stage(folder)?;
    let text = titled("report", &report::describe(&summary));
    context.summary("report", &text, &json!({ "path": summary.path, "bytes": summary.bytes }))
}

fn up_to_date(context: &Context, stage: &str) -> Result<(), Failure> {
    let text = titled(stage, "up to date, nothing to do");
    context.summary(stage, &text, &json!({ "up_to_date": Value::Bool(true) }))
}

fn titled(stage: &str, text: &str) -> String {
    format!("{stage}: {text}")
}
