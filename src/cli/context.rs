//! The context of a command: its options, its watcher, its folders, its configuration.

use std::cell::RefCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::args::Selection;
use super::failure::Failure;
use super::global::{Format, Global};
use super::output;
use super::progress::Watcher;
use super::style;
use crate::config::{BASELINE, Config, Layer, Loaded};
use crate::features::FeaturesPaths;
use crate::tables::FIGURES_FILE;

/// Where a configuration is looked for.
pub(super) const CONFIG_FILE: &str = "traj.toml";

/// What every command works with.
#[derive(Debug)]
pub(super) struct Context {
    global: Global,
    /// Shows progress and hears interrupts.
    pub(super) watcher: Watcher,
    /// Summaries of stages, for the JSON object of the command that ran them.
    stages: RefCell<Map<String, Value>>,
}

impl Context {
    /// Sets the process up as the options say.
    pub(super) fn new(global: Global) -> Result<Self, Failure> {
        let threads = global.jobs.map_or(0, usize::from);
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .map_err(|error| Failure::usage(error.to_string(), "try --jobs 1"))?;
        style::settle(global.color);
        #[cfg(feature = "cluster")]
        if global.verbose {
            super::engine_log::show();
        }
        let watcher = Watcher::new(&global);
        Ok(Self { watcher, global, stages: RefCell::default() })
    }

    /// Writes a command's summary, after the progress bar is gone.
    pub(super) fn summary(
        &self,
        command: &str,
        text: &str,
        fields: &impl Serialize,
    ) -> Result<(), Failure> {
        self.watcher.end();
        match self.global.format {
            Format::Text if self.global.quiet => Ok(()),
            Format::Text => output::write(text),
            Format::Json => output::write(&output::object(command, fields, self.stages.take())),
        }
    }

    /// Tells people something besides the summary; on standard error where that is JSON.
    pub(super) fn note(&self, text: &str) -> Result<(), Failure> {
        match self.global.format {
            Format::Text if !self.global.quiet => output::write(text),
            _ => {
                // If standard error is gone there is nobody left to tell.
                let _ = writeln!(std::io::stderr(), "{text}");
                Ok(())
            }
        }
    }

    /// Notes the summary of a stage of a longer command: as text it is written now, as JSON
    /// it becomes a part of the command's one object.
    pub(super) fn stage(
        &self,
        stage: &str,
        text: &str,
        fields: &impl Serialize,
    ) -> Result<(), Failure> {
        if self.global.format == Format::Json {
            self.stages.borrow_mut().insert(stage.to_owned(), output::value(fields));
            return Ok(());
        }
        self.summary(stage, &format!("{stage}: {text}"), fields)
    }

    /// Loads the configuration: traj.toml, environment, `--set`, and the flags of the command.
    pub(super) fn config(&self, selection: &Selection) -> Result<Loaded, Failure> {
        let baseline = Layer::parse("configs/baseline.toml", BASELINE)?;
        let mut layers = Vec::new();
        // A relative data.root starts at the folder of the file that sets it.
        let mut root_from = None;
        for path in self.config_paths() {
            let layer = Layer::read(&path)?;
            if layer.sets("data", "root") {
                root_from = Some(path);
            }
            layers.push(layer);
        }
        layers.extend(Layer::environment(std::env::vars_os().filter_map(text), &baseline.table)?);
        for assignment in &self.global.set {
            layers.push(Layer::set(assignment)?);
        }
        layers.extend(flags(selection)?);
        Ok(Loaded::new(layers, root_from.as_deref())?)
    }

    /// The files of the configuration, later ones on top.
    pub(super) fn config_paths(&self) -> Vec<PathBuf> {
        if self.global.config.is_empty() {
            let default = Path::new(CONFIG_FILE);
            return default.exists().then(|| default.to_owned()).into_iter().collect();
        }
        self.global.config.clone()
    }
}

/// An environment variable, where both sides are text.
fn text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

/// The layers of the selection's flags.
fn flags(selection: &Selection) -> Result<Vec<Layer>, Failure> {
    let mut layers = Vec::new();
    let mut flag = |name: &str, key: &str, value: toml::Value| -> Result<(), Failure> {
        layers.push(Layer::parse(name, format!("select.{key} = {value}"))?);
        Ok(())
    };
    let words = |words: &[String]| words.iter().cloned().map(toml::Value::String).collect();
    if !selection.pair.is_empty() {
        flag("--pair", "pairs", toml::Value::Array(words(&selection.pair)))?;
    }
    if let Some(from) = &selection.from {
        flag("--from", "from", toml::Value::String(from.clone()))?;
    }
    if let Some(to) = &selection.to {
        flag("--to", "to", toml::Value::String(to.clone()))?;
    }
    if !selection.aircraft.is_empty() {
        flag("--aircraft", "aircraft", toml::Value::Array(words(&selection.aircraft)))?;
    }
    Ok(layers)
}

/// The folder of the tables.
pub(super) const INDEX_FOLDER: &str = "data-index";
/// The folder of the runs.
pub(super) const MODELS_FOLDER: &str = "models";

/// The path of a file in the folder of the tables.
pub(super) fn table(name: &str) -> PathBuf {
    Path::new(INDEX_FOLDER).join(name)
}

/// The tables of the features stage.
pub(super) fn features_paths() -> FeaturesPaths {
    FeaturesPaths {
        catalog: table("catalog.parquet"),
        rejected: table("rejected.parquet"),
        features: table("features.parquet"),
        targets: table("targets.parquet"),
        cleaning: table("cleaning.parquet"),
        figures: table(FIGURES_FILE),
        checkpoint: table("checkpoint"),
    }
}

/// Refuses a folder for a part that is the one of the whole.
pub(super) fn check_part_folder(out: &Path, whole: &Path) -> Result<(), Failure> {
    let real = |path: &Path| path.canonicalize().ok();
    if out == whole || real(out).is_some_and(|out| real(whole) == Some(out)) {
        return Err(Failure::usage(
            format!("{} is where the parts come together", out.display()),
            "give each part a folder of its own, such as parts/2",
        ));
    }
    Ok(())
}

/// The folder of a run, given its name or its path.
pub(super) fn run_folder(run: &str) -> Result<PathBuf, Failure> {
    if run.contains(['/', '\\']) {
        return Ok(PathBuf::from(run));
    }
    check_run_name(run)?;
    Ok(Path::new(MODELS_FOLDER).join(run))
}

/// Refuses names that are no plain folder's.
pub(super) fn check_run_name(run: &str) -> Result<(), Failure> {
    let is_plain = !run.is_empty()
        && !run.starts_with('.')
        && run.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if is_plain {
        Ok(())
    } else {
        Err(Failure::usage(
            format!("`{}` is not a name for a run", run.escape_debug()),
            "use letters, digits, - and _",
        ))
    }
}

/// The configuration as a stage wants it: with flights to read.
pub(super) fn with_data(loaded: &Loaded) -> Result<&Config, Failure> {
    loaded.needs_data()?;
    Ok(&loaded.config)
}
