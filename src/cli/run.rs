//! `traj run`

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::args::RunArguments;
use super::context::{Context, INDEX_FOLDER, run_folder, table};
use super::failure::Failure;
use super::lock::Lock;
use super::{Ending, features, index, report, train};
use crate::config::Loaded;
use crate::tables::RejectedTable;
use crate::train::{TrainInputs, is_tuned, is_up_to_date};

pub(super) fn run(context: &Context, arguments: &RunArguments) -> Result<Ending, Failure> {
    let loaded = context.config(&arguments.selection)?;
    let run = &arguments.train.run;
    let ending = stages(context, &loaded, run, arguments.train.tuning())?;
    let fields = json!({ "run": run, "folder": run_folder(run)? });
    context.summary("run", &format!("\nnext: traj predict {run} FLIGHT.csv"), &fields)?;
    Ok(ending)
}

/// Runs every stage that is out of date.
pub(super) fn stages(
    context: &Context,
    loaded: &Loaded,
    run: &str,
    budget: Option<Duration>,
) -> Result<Ending, Failure> {
    let folder = run_folder(run)?;
    let _tables = Lock::take(INDEX_FOLDER.as_ref())?;
    let indexed = index::stage(context, loaded)?;
    context.stage("index", &index::describe(&indexed), &indexed)?;
    features_stage(context, loaded)?;
    train_stage(context, loaded, &folder, budget)?;
    report_stage(context, &folder)?;
    // What was rejected counts even where a stage had nothing to do.
    let rejected = RejectedTable::read(&table("rejected.parquet"))?;
    Ok(if rejected.rows.is_empty() { Ending::Done } else { Ending::SomeRejected })
}

fn features_stage(context: &Context, loaded: &Loaded) -> Result<(), Failure> {
    if crate::features::is_up_to_date(&features::inputs(loaded)?) {
        return up_to_date(context, "features");
    }
    let summary = features::stage(context, loaded)?;
    let text = features::describe(&summary, &table("rejected.parquet"));
    context.stage("features", &text, &summary)
}

fn train_stage(
    context: &Context,
    loaded: &Loaded,
    folder: &Path,
    budget: Option<Duration>,
) -> Result<(), Failure> {
    let is_done = |inputs: &TrainInputs<'_>| {
        Ok(is_up_to_date(inputs) && (budget.is_none() || is_tuned(inputs)))
    };
    if train::with_inputs(loaded, folder, is_done)? {
        return up_to_date(context, "train");
    }
    let _lock = Lock::take(folder)?;
    let summary = train::stage(context, loaded, folder, budget)?;
    context.stage("train", &train::describe(&summary), &summary)
}

fn report_stage(context: &Context, folder: &Path) -> Result<(), Failure> {
    if report::with_inputs(folder, crate::report::is_up_to_date) {
        return up_to_date(context, "report");
    }
    let summary = report::stage(folder)?;
    let fields = json!({ "path": summary.path, "bytes": summary.bytes });
    context.stage("report", &report::describe(&summary), &fields)
}

fn up_to_date(context: &Context, stage: &str) -> Result<(), Failure> {
    context.stage(stage, "up to date, nothing to do", &json!({ "up_to_date": true }))
}
