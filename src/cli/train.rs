//! `traj train`

use super::Ending;
use super::args::{Selection, TrainArguments};
use super::context::{Context, run_folder, table};
use super::failure::Failure;
use super::lock::Lock;
use super::output::counted;
use crate::config::Loaded;
use crate::train::{Headline, TrainInputs, TrainSummary};

pub(super) fn train(context: &Context, arguments: &TrainArguments) -> Result<Ending, Failure> {
    let loaded = context.config(&Selection::default())?;
    let folder = run_folder(&arguments.run)?;
    let _lock = Lock::take(&folder)?;
    let summary =
        with_inputs(&loaded, &folder, |inputs| Ok(crate::train::train(inputs, &context.watcher)?))?;
    let text = format!("{}\n\nnext: traj report {}", describe(&summary), arguments.run);
    context.summary("train", &text, &summary)?;
    Ok(Ending::Done)
}

/// Calls `then` with what the stage works on.
pub(super) fn with_inputs<T>(
    loaded: &Loaded,
    folder: &std::path::Path,
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
    lines.extend(honesty_table(&summary.headline));
    for check in &summary.checks {
        lines.push(format!("check {}: {}", check.code, check.message));
    }
    lines.join("\n")
}

/// Mean errors over held-out flights and fractions, by split, horizon and model.
pub(super) fn honesty_table(headline: &[Headline]) -> Vec<String> {
    if headline.is_empty() {
        return vec!["no split was run, so nothing says how good the models are".to_owned()];
    }
    let several_axes = headline.iter().any(|row| row.axis != headline[0].axis);
    let name = |row: &Headline| {
        if several_axes { format!("{} by {}", row.model, row.axis) } else { row.model.to_string() }
    };
    let width = headline.iter().map(|row| name(row).len() + 2).max().unwrap_or(0).max(20);
    let mut lines = vec![
        String::new(),
        "mean error on flights held out, over all fractions".to_owned(),
        format!(
            "{:<9}{:<30}{:<width$}{:>11}{:>12}{:>8}{:>8} (95 %)",
            "split", "known", "model", "horizontal", "altitude", "time", "skill"
        ),
    ];
    let cell = |value: Option<f64>, unit: &str, digits: usize| {
        let Some(value) = value else { return "-".to_owned() };
        // What rounds to zero has no sign.
        let is_zero = value.abs() * 10_f64.powi(digits as i32) < 0.5;
        format!("{:.digits$}{unit}", if is_zero { 0.0 } else { value })
    };
    for row in headline {
        let interval = row.skill_lower.zip(row.skill_upper);
        let interval = interval.map(|(lower, upper)| format!(" ({lower:.2}..{upper:.2})"));
        let mut known = row.horizon.to_string();
        if row.is_reconstruction {
            known.push_str(" (after landing)");
        }
        lines.push(format!(
            "{:<9}{:<30}{:<width$}{:>11}{:>12}{:>8}{:>8}{}",
            row.split,
            known,
            name(row),
            cell(row.horizontal_nmi, " nmi", 2),
            cell(row.altitude_ft, " ft", 0),
            cell(row.elapsed_s, " s", 0),
            cell(row.skill, "", 3),
            interval.unwrap_or_default(),
        ));
    }
    lines.push(String::new());
    lines
}
