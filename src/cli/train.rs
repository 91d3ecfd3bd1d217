//! `traj train`

use std::path::Path;
use std::time::Duration;

use super::Ending;
use super::args::{Selection, TrainCommand};
use super::context::{Context, INDEX_FOLDER, check_part_folder, run_folder};
use super::failure::Failure;
use super::honesty::{honesty_table, output_width};
use super::lock::Lock;
use super::output::counted;
use super::trials::trials_table;
use crate::config::Loaded;
use crate::tables::Part;
use crate::train::{TrainInputs, TrainSummary};

pub(super) fn train(context: &Context, arguments: &TrainCommand) -> Result<Ending, Failure> {
    let loaded = context.config(&Selection::default())?;
    let run = &arguments.train.run;
    let folder = run_folder(run)?;
    if let Some((part, out)) = arguments.part.shard.zip(arguments.part.out.as_deref()) {
        if arguments.train.tune {
            return Err(Failure::usage(
                "settings are not chosen by a part of the work",
                "tune first, without --shard; then train the parts with the config.toml of that run",
            ));
        }
        check_part_folder(out, &folder)?;
        return train_part(context, &loaded, part, out);
    }
    let _lock = Lock::take(&folder)?;
    let summary = match on_cluster(context, &loaded, &folder, arguments)? {
        Some(summary) => summary,
        None => stage(context, &loaded, &folder, arguments.train.tuning())?,
    };
    let text = format!("{}\n\nnext: traj report {run}", describe(&summary));
    context.summary("train", &text, &summary)?;
    Ok(Ending::Done)
}

/// Trains on the cluster that is named; none where none is.
#[cfg(feature = "cluster")]
fn on_cluster(
    context: &Context,
    loaded: &Loaded,
    folder: &Path,
    arguments: &TrainCommand,
) -> Result<Option<TrainSummary>, Failure> {
    let Some(link) = arguments.engine.link()? else { return Ok(None) };
    if arguments.train.tune {
        return Err(Failure::usage(
            "settings are chosen on one machine",
            "tune first, without --engine; then train with the config.toml of that run",
        ));
    }
    let tables = Path::new(INDEX_FOLDER);
    let train = |inputs: &TrainInputs<'_>| {
        let watcher = &context.watcher;
        Ok(crate::cluster::train_elsewhere(&link, loaded, tables, inputs, watcher)?)
    };
    with_inputs(loaded, folder, train).map(Some)
}

#[cfg(not(feature = "cluster"))]
#[expect(clippy::unnecessary_wraps, reason = "as with the feature `cluster`")]
fn on_cluster(
    _: &Context,
    _: &Loaded,
    _: &Path,
    _: &TrainCommand,
) -> Result<Option<TrainSummary>, Failure> {
    Ok(None)
}

/// Trains; with a budget of time, with settings that are chosen first.
pub(super) fn stage(
    context: &Context,
    loaded: &Loaded,
    folder: &Path,
    budget: Option<Duration>,
) -> Result<TrainSummary, Failure> {
    let train = |inputs: &TrainInputs<'_>| Ok(crate::train::train(inputs, &context.watcher)?);
    let Some(budget) = budget else { return with_inputs(loaded, folder, train) };
    let tune = |inputs: &TrainInputs<'_>| Ok(crate::train::tune(inputs, budget, &context.watcher)?);
    let tuning = with_inputs(loaded, folder, tune)?;
    with_inputs(&loaded.tuned(tuning.at_horizons.clone()), folder, |inputs| {
        train(&TrainInputs { tuning: Some(&tuning), ..*inputs })
    })
}

fn train_part(
    context: &Context,
    loaded: &Loaded,
    part: Part,
    out: &Path,
) -> Result<Ending, Failure> {
    let _lock = Lock::take(out)?;
    let summary = with_inputs(loaded, out, |inputs| {
        Ok(crate::train::train_part(inputs, part, out, &context.watcher)?)
    })?;
    let text = format!(
        "part {part}: {} from {} in {:.1} s{}\n\nnext: traj merge, with the folders of all parts",
        counted(summary.results, "result"),
        counted(summary.n_flights, "flight"),
        summary.seconds,
        peak_memory(summary.peak_memory_bytes)
    );
    context.summary("train", &text, &summary)?;
    Ok(Ending::Done)
}

/// `, peak memory 80 MiB`, where it is known.
fn peak_memory(bytes: Option<u64>) -> String {
    bytes.map_or_else(String::new, |peak| format!(", peak memory {}", indicatif::HumanBytes(peak)))
}

/// Calls `then` with what the stage works on.
pub(super) fn with_inputs<T>(
    loaded: &Loaded,
    folder: &Path,
    then: impl FnOnce(&TrainInputs<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    loaded.with_train_inputs(INDEX_FOLDER.as_ref(), folder, then)
}

/// The summary for people.
pub(super) fn describe(summary: &TrainSummary) -> String {
    let mut lines = vec![format!(
        "{} learnt from in {:.1} s{}",
        counted(summary.n_flights, "flight"),
        summary.seconds,
        peak_memory(summary.peak_memory_bytes)
    )];
    if let Some(tuning) = &summary.tuning {
        lines.extend(trials_table(tuning));
    }
    lines.extend(honesty_table(&summary.headline, output_width()));
    for check in &summary.checks {
        lines.push(format!("check {}: {}", check.code, check.message));
    }
    lines.join("\n")
}
