//! `traj report`

use std::path::Path;

use serde_json::json;

use super::Ending;
use super::args::ReportArguments;
use super::context::{Context, run_folder, table};
use super::failure::Failure;
use super::lock::Lock;
use super::opener;
use crate::report::{ReportInputs, ReportSummary};

pub(super) fn report(context: &Context, arguments: &ReportArguments) -> Result<Ending, Failure> {
    let folder = run_folder(&arguments.run)?;
    let summary = stage(&folder)?;
    context.summary(
        "report",
        &format!("{}\n\nnext: traj predict {} FLIGHT.csv", describe(&summary), arguments.run),
        &json!({
            "path": summary.path,
            "bytes": summary.bytes,
            "n_flights": summary.n_flights,
            "n_rejected": summary.n_rejected,
            "missing": summary.missing,
        }),
    )?;
    if arguments.open {
        opener::open(&summary.path, context)?;
    }
    Ok(Ending::Done)
}

/// Writes the page of a run.
pub(super) fn stage(folder: &Path) -> Result<ReportSummary, Failure> {
    // A run that does not exist must not be made by locking it.
    let _lock = folder.is_dir().then(|| Lock::take(folder)).transpose()?;
    with_inputs(folder, |inputs| Ok(crate::report::report(inputs)?))
}

/// Calls `then` with what the page is made from.
pub(super) fn with_inputs<T>(folder: &Path, then: impl FnOnce(&ReportInputs<'_>) -> T) -> T {
    then(&ReportInputs {
        run_directory: folder,
        targets_path: &table("targets.parquet"),
        rejected_path: &table("rejected.parquet"),
        catalog_path: &table("catalog.parquet"),
    })
}

/// The summary for people: where the page is.
pub(super) fn describe(summary: &ReportSummary) -> String {
    format!("{} ({})", opener::shown(&summary.path), indicatif::HumanBytes(summary.bytes))
}
