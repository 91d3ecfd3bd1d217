//! `traj predict`

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Ending;
use super::args::{PredictArguments, Selection};
use super::context::{Context, run_folder};
use super::failure::Failure;
use super::output::{codes, counted};
use crate::config::{Layer, Loaded};
use crate::predict::{
    Choice, Prediction, Reading, predict as predict_table, read_flights, write_csv,
    write_predictions,
};
use crate::progress::Progress as _;
use crate::tables::{CONFIG_FILE, FeatureTable};

pub(super) fn predict(context: &Context, arguments: &PredictArguments) -> Result<Ending, Failure> {
    let folder = run_folder(&arguments.run)?;
    let choice =
        Choice { model: arguments.model, horizon: arguments.horizon, axis: arguments.axis };
    let (table, ending) = match single_table(&arguments.input)? {
        Some(path) => (FeatureTable::read_foreign(path)?, Ending::Done),
        None => flights(context, &folder, &arguments.input)?,
    };
    let prediction = predict_table(&folder, &table, &choice, &muted(context, &folder)?)?;
    context.watcher.end();
    let short = &prediction.too_short;
    for id in short.iter().take(MAX_SHOWN) {
        context.watcher.note(&format!("rejected {id}: not at horizon {} yet", prediction.horizon));
    }
    if short.len() > MAX_SHOWN {
        context
            .watcher
            .note(&format!("rejected for that: {}", counted(short.len() as u64, "flight")));
    }
    let unseen = &prediction.unseen_pair;
    for id in unseen.iter().take(MAX_SHOWN) {
        context.watcher.note(&format!("rejected {id}: the run has not learnt its pair"));
    }
    let n_refused = short.len() + unseen.len();
    let n_flights = table.n_flights() - n_refused;
    let ending = if n_refused == 0 { ending } else { Ending::SomeRejected };
    for check in &prediction.checks {
        context.watcher.note(&format!("check {}: {}", check.code, check.message));
    }
    for note in &prediction.notes {
        context.watcher.note(note);
    }
    write(context, arguments.out.as_deref(), &prediction, n_flights)?;
    Ok(ending)
}

/// Codes of checks that are not to be reported: those that the run's configuration mutes, and
/// those that the user mutes now.
fn muted(context: &Context, folder: &Path) -> Result<Vec<String>, Failure> {
    let mut codes = context.config(&Selection::default())?.config.train.mute;
    if let Some(frozen) = frozen(folder)? {
        codes.extend(frozen.config.train.mute);
    }
    Ok(codes)
}

/// The run's own configuration, if it is there.
fn frozen(folder: &Path) -> Result<Option<Loaded>, Failure> {
    let path = folder.join(CONFIG_FILE);
    if !path.exists() {
        return Ok(None);
    }
    Ok(Some(Loaded::new(vec![Layer::read(&path)?], Some(&path))?))
}

/// The features table, where the input is one.
fn single_table(input: &[PathBuf]) -> Result<Option<&Path>, Failure> {
    let is_table =
        |path: &PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
    match input {
        [path] if is_table(path) => Ok(Some(path)),
        paths if paths.iter().any(is_table) => Err(Failure::usage(
            "a features table must be the only input",
            "give either one .parquet file, or CSV flights",
        )),
        _ => Ok(None),
    }
}

/// The features of CSV flights, read as the run read its own.
fn flights(
    context: &Context,
    folder: &Path,
    input: &[PathBuf],
) -> Result<(FeatureTable, Ending), Failure> {
    let Some(loaded) = frozen(folder)? else {
        return Err(Failure::usage(
            format!("{} does not exist", folder.join(CONFIG_FILE).display()),
            "name a run that `traj train` has finished; `ls models` lists them",
        ));
    };
    let config = &loaded.config;
    let files = files(input, &|name| config.data.stem(name).is_some())?;
    let recipe = config.features.recipe(&config.targets);
    let reading = Reading {
        sources: &loaded.sources,
        recipe: &recipe,
        categories: &config.features.categories,
        calendar: &config.features.calendar,
        airports: config.data.airports,
    };
    let (table, refused) = read_flights(&files, reading, &context.watcher);
    context.watcher.end();
    for (path, refusal) in refused.iter().take(MAX_SHOWN) {
        context.watcher.note(&format!("rejected {}: {refusal}", path.display()));
    }
    if refused.len() > MAX_SHOWN {
        let mut by_code = std::collections::BTreeMap::new();
        for (_, refusal) in &refused {
            *by_code.entry(refusal.code.to_string()).or_default() += 1;
        }
        context.watcher.note(&format!("rejected in all: {}", codes(&by_code)));
    }
    if table.n_flights() == 0 {
        return Err(Failure::usage(
            format!(
                "none of the {} is a flight that the run can read",
                counted(files.len() as u64, "file")
            ),
            "the run reads files like those it was trained on; see the reasons above",
        ));
    }
    let ending = if refused.is_empty() { Ending::Done } else { Ending::SomeRejected };
    Ok((table, ending))
}

/// Refused files that are shown one by one.
const MAX_SHOWN: usize = 10;

/// The files named, and those in the folders named, in order of their paths.
fn files(input: &[PathBuf], is_flight: &dyn Fn(&str) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in input {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error: std::io::Error| {
            Failure::machine(format!("cannot list {}", path.display()), &error)
        };
        for entry in fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_str().is_some_and(is_flight) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        return Err(Failure::usage("there is no CSV file in the input", "name CSV flights"));
    }
    Ok(files)
}

/// Writes the predictions to a file, with a summary, or to standard output.
fn write(
    context: &Context,
    out: Option<&Path>,
    prediction: &Prediction,
    n_flights: usize,
) -> Result<(), Failure> {
    let how = format!(
        "{} by {} at horizon {}, along {}",
        counted(n_flights as u64, "flight"),
        prediction.model,
        prediction.horizon,
        prediction.axis
    );
    let Some(path) = out else {
        context.watcher.note(&how);
        return match write_csv(std::io::stdout().lock(), &prediction.table) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure::machine("cannot write to standard output", &error))
            }
            _ => Ok(()),
        };
    };
    write_predictions(path, &prediction.table)?;
    let fields = json!({
        "path": path,
        "n_flights": n_flights,
        "too_short": prediction.too_short,
        "unseen_pair": prediction.unseen_pair,
        "checks": prediction.checks,
        "model": prediction.model,
        "horizon": prediction.horizon,
        "axis": prediction.axis,
        "notes": prediction.notes,
    });
    context.summary("predict", &format!("{how}: {}", path.display()), &fields)
}
