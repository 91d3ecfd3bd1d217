//! `traj features`

use std::fmt::Write as _;

use super::Ending;
use super::args::Selection;
use super::context::{Context, INDEX_FOLDER, features_paths, with_data};
use super::failure::Failure;
use super::lock::Lock;
use super::output::{codes, counted, thousands};
use crate::config::Loaded;
use crate::features::{FeaturesInputs, FeaturesSummary};

pub(super) fn features(context: &Context, selection: &Selection) -> Result<Ending, Failure> {
    let loaded = context.config(selection)?;
    let _lock = Lock::take(INDEX_FOLDER.as_ref())?;
    let summary = stage(context, &loaded)?;
    let text = format!("{}\n\nnext: traj train", describe(&summary, context.seconds()));
    context.summary("features", &text, &summary)?;
    Ok(ending(&summary))
}

/// Done, or done with some flights rejected.
pub(super) fn ending(summary: &FeaturesSummary) -> Ending {
    if summary.rejected.is_empty() { Ending::Done } else { Ending::SomeRejected }
}

/// What the stage works on.
pub(super) fn inputs(loaded: &Loaded) -> Result<FeaturesInputs<'_>, Failure> {
    let config = with_data(loaded)?;
    Ok(FeaturesInputs {
        root: &config.data.root,
        sources: &loaded.sources,
        features: &config.features,
        targets: &config.targets,
        select: &config.select,
        config_hash: loaded.features_hash(),
        paths: features_paths(),
    })
}

/// Runs the stage.
pub(super) fn stage(context: &Context, loaded: &Loaded) -> Result<FeaturesSummary, Failure> {
    Ok(crate::features::features(&inputs(loaded)?, &context.watcher)?)
}

/// The summary for people.
pub(super) fn describe(summary: &FeaturesSummary, seconds: f64) -> String {
    let mut text = format!(
        "{} with {}, from {} rows and {} ({}/s)",
        counted(summary.flights, "flight"),
        counted(summary.columns, "feature"),
        thousands(summary.rows),
        indicatif::HumanBytes(summary.bytes),
        indicatif::HumanBytes((summary.read_bytes as f64 / seconds.max(1e-3)) as u64),
    );
    let mut line = |line: String| {
        let _ = write!(text, "\n  {line}"); // writing to a String cannot fail
    };
    let (flights, rows) = summary.out_of_order;
    if flights > 0 {
        line(format!(
            "{} out of order in {} sorted",
            counted(rows, "row"),
            counted(flights, "flight")
        ));
    }
    let (flights, rows) = summary.repeated_times;
    if flights > 0 {
        line(format!(
            "{} with a repeated time in {} dropped",
            counted(rows, "row"),
            counted(flights, "flight")
        ));
    }
    if summary.midnight_steps > 0 {
        line(format!(
            "{} whose date was not advanced at midnight mended",
            counted(summary.midnight_steps, "flight")
        ));
    }
    if summary.truncated > 0 {
        line(format!("{} with a cut last line, left out", counted(summary.truncated, "file")));
    }
    if summary.missing_share > 0.0 {
        line(format!("{:.2} % of the cells are missing", 100.0 * summary.missing_share));
    }
    if summary.without_altitude > 0 {
        line(format!("{} without altitude", counted(summary.without_altitude, "flight")));
    }
    if summary.without_calendar > 0 {
        line(format!("{} without a calendar", counted(summary.without_calendar, "flight")));
    }
    if !summary.unknown_variables.is_empty() {
        line(format!(
            "no file has values of: {}; `features.variables` names them",
            summary.unknown_variables.join(", ")
        ));
    }
    if !summary.rejected.is_empty() {
        let count: u64 = summary.rejected.values().sum();
        line(format!(
            "{} rejected ({}); data-index/rejected.parquet says where and why",
            counted(count, "flight"),
            codes(&summary.rejected)
        ));
    }
    text
}
