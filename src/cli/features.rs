//! `traj features`

use std::fmt::Write as _;
use std::path::Path;

use indicatif::HumanBytes;

use super::Ending;
use super::args::FeaturesArguments;
use super::context::{Context, INDEX_FOLDER, check_part_folder, features_paths, with_data};
use super::failure::Failure;
use super::lock::Lock;
use super::output::{about, codes, counted, thousands};
use crate::config::Loaded;
use crate::features::{FeaturesInputs, FeaturesPaths, FeaturesPlan, FeaturesSummary};
use crate::tables::Part;

pub(super) fn features(
    context: &Context,
    arguments: &FeaturesArguments,
) -> Result<Ending, Failure> {
    let loaded = context.config(&arguments.selection)?;
    let part = arguments.part.shard.zip(arguments.part.out.as_deref());
    let inputs = match part {
        Some((part, out)) => part_inputs(&loaded, part, out)?,
        None => inputs(&loaded)?,
    };
    if arguments.dry_run {
        let plan = crate::features::plan(&inputs)?;
        context.summary("features", &describe_plan(&plan), &plan)?;
        return Ok(Ending::Done);
    }
    let _lock = Lock::take(part.map_or(INDEX_FOLDER.as_ref(), |(_, out)| out))?;
    let summary = read(context, &loaded, &inputs, arguments)?;
    let (before, next) = match part {
        Some((part, _)) => (format!("part {part}: "), "traj merge, with the folders of all parts"),
        None => (String::new(), "traj train"),
    };
    let text = format!("{before}{}\n\nnext: {next}", describe(&summary, &inputs.paths.rejected));
    context.summary("features", &text, &summary)?;
    Ok(ending(&summary))
}

/// Runs the stage: here, or on the cluster that is named.
#[cfg_attr(not(feature = "cluster"), expect(unused_variables, reason = "about clusters"))]
fn read(
    context: &Context,
    loaded: &Loaded,
    inputs: &FeaturesInputs<'_>,
    arguments: &FeaturesArguments,
) -> Result<FeaturesSummary, Failure> {
    #[cfg(feature = "cluster")]
    if let Some(link) = arguments.engine.link()? {
        use crate::cluster::RemoteReader;
        let (output, sizes) = (Path::new(INDEX_FOLDER), RemoteReader::SIZES);
        let mut reader = RemoteReader { link: &link, loaded, output, sizes };
        let watcher = &context.watcher;
        return Ok(crate::features::features_elsewhere(inputs, &mut reader, watcher)?);
    }
    Ok(crate::features::features(inputs, &context.watcher)?)
}

/// What the stage works on for a part, whose tables go to a folder of their own.
fn part_inputs<'a>(
    loaded: &'a Loaded,
    part: Part,
    out: &Path,
) -> Result<FeaturesInputs<'a>, Failure> {
    check_part_folder(out, INDEX_FOLDER.as_ref())?;
    let whole = inputs(loaded)?;
    Ok(FeaturesInputs {
        config_hash: loaded.part_hash(),
        part: Some(part),
        paths: FeaturesPaths::of_part(out, whole.paths.catalog.clone()),
        ..whole
    })
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
        part: None,
        paths: features_paths(),
    })
}

/// Runs the stage.
pub(super) fn stage(context: &Context, loaded: &Loaded) -> Result<FeaturesSummary, Failure> {
    Ok(crate::features::features(&inputs(loaded)?, &context.watcher)?)
}

/// What the stage would do, for people.
fn describe_plan(plan: &FeaturesPlan) -> String {
    let mut text = format!(
        "would read {} ({}) of {} ({})",
        counted(plan.files, "file"),
        HumanBytes(plan.bytes),
        counted(plan.selected, "selected flight"),
        plan.selection,
    );
    let mut line = |line: String| {
        let _ = write!(text, "\n  {line}"); // writing to a String cannot fail
    };
    if plan.from_checkpoint > 0 {
        line(format!("{} in the checkpoint", counted(plan.from_checkpoint, "flight")));
    }
    if plan.from_tables > 0 {
        line(format!("{} as in the last run", counted(plan.from_tables, "flight")));
    }
    if let Some(changes) = &plan.changes {
        line(changes.clone());
    }
    if plan.sources.len() > 1 {
        let sources = plan.sources.iter().map(|(name, (files, bytes))| {
            format!("{name} {} ({})", counted(*files, "file"), HumanBytes(*bytes))
        });
        line(format!("sources: {}", sources.collect::<Vec<_>>().join(", ")));
    }
    if let (Some(seconds), Some(rate)) = (plan.seconds, plan.bytes_per_s) {
        line(format!(
            "{} at {}/s, measured on {} of them",
            about(seconds),
            HumanBytes(rate as u64),
            HumanBytes(plan.measured_bytes)
        ));
    }
    if plan.is_up_to_date {
        line("the tables are up to date: `traj run` would read nothing".to_owned());
    }
    line("nothing was written".to_owned());
    text
}

/// The summary for people, given where the refused flights are listed.
pub(super) fn describe(summary: &FeaturesSummary, rejected: &Path) -> String {
    let rate = (summary.read_bytes as f64 / summary.read_seconds.max(1e-3)) as u64;
    let rate = if rate > 0 { format!(" ({}/s)", HumanBytes(rate)) } else { String::new() };
    let mut text = format!(
        "{} with {}, from {} rows and {}{rate}",
        counted(summary.flights, "flight"),
        counted(summary.columns, "feature"),
        thousands(summary.rows),
        HumanBytes(summary.bytes),
    );
    let mut line = |line: String| {
        let _ = write!(text, "\n  {line}"); // writing to a String cannot fail
    };
    if summary.from_checkpoint > 0 {
        line(format!(
            "{} from the checkpoint, {} read",
            counted(summary.from_checkpoint, "flight"),
            counted(summary.read_files, "file")
        ));
    }
    if summary.from_tables > 0 {
        line(format!(
            "{} as in the last run, {} read",
            counted(summary.from_tables, "flight"),
            counted(summary.read_files, "file")
        ));
    }
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
            "{} rejected ({}); {} says where and why",
            counted(count, "flight"),
            codes(&summary.rejected),
            rejected.display()
        ));
    }
    let slowest = summary.slowest.iter().map(|(path, s)| format!("slowest file {path} ({s:.3} s)"));
    let worst = summary
        .worst
        .iter()
        .map(|(path, share)| format!("most cells missing in {path} ({:.2} %)", 100.0 * share));
    let files: Vec<String> = slowest.chain(worst).collect();
    if !files.is_empty() {
        line(files.join(", "));
    }
    text
}
