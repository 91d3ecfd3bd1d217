//! `traj train`

use std::path::Path;
use std::time::Duration;

use super::Ending;
use super::args::{Selection, TrainArguments};
use super::context::{Context, run_folder, table};
use super::failure::Failure;
use super::honesty::{honesty_table, output_width};
use super::lock::Lock;
use super::output::counted;
use super::trials::trials_table;
use crate::config::Loaded;
use crate::train::{TrainInputs, TrainSummary};

pub(super) fn train(context: &Context, arguments: &TrainArguments) -> Result<Ending, Failure> {
    let loaded = context.config(&Selection::default())?;
    let folder = run_folder(&arguments.run)?;
    let _lock = Lock::take(&folder)?;
    let summary = stage(context, &loaded, &folder, arguments.tuning())?;
    let text = format!("{}\n\nnext: traj report {}", describe(&summary), arguments.run);
    context.summary("train", &text, &summary)?;
    Ok(Ending::Done)
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

/// Calls `then` with what the stage works on.
pub(super) fn with_inputs<T>(
    loaded: &Loaded,
    folder: &Path,
    then: impl FnOnce(&TrainInputs<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = &loaded.config;
    then(&TrainInputs {
        features: &table("features.parquet"),
        targets: &table("targets.parquet"),
        run_dir: folder,
        train: &config.train,
        importances: &config.importances,
        forest: &config.forest,
        at_horizons: &config.horizon,
        tune: &config.tune,
        tuning: None,
        elastic_net: &config.elastic_net,
        pls: &config.pls,
        route_cluster: &config.route_cluster,
        xg_boost: &config.xg_boost,
        horizons: &config.features.horizons,
        axes: &config.targets.axes,
        fractions: &config.targets.fractions,
        categories: &config.features.categories,
        frozen_config: &loaded.to_toml(),
        config_hash: &loaded.train_hash(),
        tune_hash: &loaded.tune_hash(),
    })
}

/// The summary for people.
pub(super) fn describe(summary: &TrainSummary) -> String {
    let mut lines = vec![format!(
        "{} learnt from in {:.1} s{}",
        counted(summary.n_flights, "flight"),
        summary.seconds,
        summary.peak_memory_bytes.map_or_else(String::new, |peak| format!(
            ", peak memory {}",
            indicatif::HumanBytes(peak)
        ))
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
