//! *Merging* makes a run of the parts that were fitted apart; a part is made here as well.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use super::deal::Deal;
use super::inputs::Material;
use super::part_file::{Head, MADE_BY, PART_FILE, PartReader, PartWriter};
use super::record::timed;
use super::stage::{divisions, explanation, round, run, scores};
use super::way::{Bench, Way};
use super::work::Work;
use super::{TrainError, TrainInputs, TrainSummary, explaining, fitting};
use crate::memory::peak_memory_bytes;
use crate::progress::Progress;
use crate::tables::{Part, PartFolder, PartsError, TableError, Timing, cover, write_atomically};

/// What a part came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartSummary {
    /// Which part of how many, `2/4`.
    pub part: String,
    /// Flights that models learnt from.
    pub n_flights: u64,
    /// Results in its file: of estimators that were scored, explained or fitted on all flights.
    pub results: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Largest resident size of the process, in bytes; none where unknown.
    pub peak_memory_bytes: Option<u64>,
}

/// Whether a folder holds what [`train_part`] makes.
#[must_use]
pub fn is_part(folder: &Path) -> bool {
    folder.join(PART_FILE).exists()
}

/// Fits the estimators of a part, for scores, importances and the final fit, and puts what
/// they came to into `part.traj` in a folder. The folder of the run is left alone.
///
/// # Errors
/// As [`TrainError`] says.
pub fn train_part(
    inputs: &TrainInputs<'_>,
    part: Part,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<PartSummary, TrainError> {
    let began = Instant::now();
    let path = folder.join(PART_FILE);
    refuse_another_part(&path, part)?;
    let mut timings = Vec::new();
    let material = timed(&mut timings, "reading", || Material::read(inputs))?;
    explaining::check_names(inputs.importances, &material.features)?;
    let mut failure = None;
    let written = write_atomically(&path, |file| {
        let writer = Mutex::new(PartWriter::new(file)?);
        let put = |name: String, bytes: &[u8]| {
            writer.lock().expect("nothing panics while it writes").add(name, bytes)
        };
        let bench = Bench { deal: Deal::new(part, inputs, &material), put: &put, path: &path };
        let work = Work { inputs, progress, way: Way::Part(&bench) };
        if let Err(error) = fit(work, &material, &mut timings) {
            failure = Some(error);
            return Err(io::Error::other("not finished"));
        }
        let stamp = inputs.stamp(&material.features_digest, &material.targets_digest);
        let head = Head {
            traj_version: env!("CARGO_PKG_VERSION").to_owned(),
            part: part.to_string(),
            config: stamp.config,
            frozen_config: inputs.frozen_config.to_owned(),
            inputs: stamp.inputs,
            timings: round(timings),
        };
        writer.into_inner().unwrap_or_else(PoisonError::into_inner).finish(&head)
    });
    let results = match failure {
        Some(error) => Err(error),
        None => written.map_err(|source| TrainError::Write { path, source }),
    };
    Ok(PartSummary {
        part: part.to_string(),
        n_flights: material.datasets[0].n_flights() as u64,
        results: results?,
        seconds: began.elapsed().as_secs_f64(),
        peak_memory_bytes: peak_memory_bytes(),
    })
}

/// Fits what belongs to the part that the work is.
fn fit(work: Work<'_>, material: &Material, timings: &mut Vec<Timing>) -> Result<(), TrainError> {
    let divisions = divisions(work.inputs, material)?;
    timed(timings, "scoring", || scores(work, material, &divisions))?;
    timed(timings, "importances", || explanation(work, material, &divisions))?;
    timed(timings, "fitting", || {
        work.progress.begin("fitting models", fitting::n_steps(work, material), 0);
        fitting::fit_part(work, material)
    })
}

/// Refuses to put a part where another one is; what cannot be read is made anew.
fn refuse_another_part(path: &Path, part: Part) -> Result<(), TrainError> {
    let found = PartReader::open(path).ok().map(|there| there.head.part);
    match found.filter(|found| *found != part.to_string()) {
        Some(found) => Err(TrainError::AnotherPart { path: path.to_owned(), part, found }),
        None => Ok(()),
    }
}

/// How many parts a run can be done in, so that each has something to fit.
///
/// # Errors
/// [`TrainError`] where the tables cannot be read or hold nothing to learn from.
pub fn n_units(inputs: &TrainInputs<'_>) -> Result<usize, TrainError> {
    let whole = "1/1".parse().expect("a part");
    Ok(Deal::new(whole, inputs, &Material::read(inputs)?).n_units())
}

/// Whether two files of parts hold the same results of the same part.
///
/// # Errors
/// [`TableError`] for a file that is damaged or cannot be read.
pub fn is_same_part(one: &Path, other: &Path) -> Result<bool, TableError> {
    PartReader::open(one)?.has_results_of(&PartReader::open(other)?)
}

/// Checks that the folders hold all parts of a run, made by this version from these tables
/// under these settings, and makes the run that [`super::train`] would.
///
/// An earlier run stays valid until all results are taken up.
///
/// # Errors
/// As [`TrainError`] says; [`TrainError::Parts`] names the first folder that does not fit.
pub fn merge(
    inputs: &TrainInputs<'_>,
    folders: &[PathBuf],
    progress: &dyn Progress,
) -> Result<TrainSummary, TrainError> {
    let parts: Vec<(PartFolder, PartReader)> =
        folders.iter().map(|folder| open(folder)).collect::<Result<_, _>>()?;
    let expected = inputs.expected_stamp();
    for (folder, PartReader { head, .. }) in &parts {
        let folder = || folder.clone();
        if head.traj_version != env!("CARGO_PKG_VERSION") {
            let found = head.traj_version.clone();
            return Err(PartsError::OtherVersion { folder: folder(), found }.into());
        }
        if head.config != inputs.config_hash {
            let changed = differences(&head.frozen_config, inputs.frozen_config);
            return Err(PartsError::OtherSettings { folder: folder(), changed }.into());
        }
        // Tables that cannot be read are told of below.
        if expected.as_ref().is_some_and(|stamp| stamp.inputs != head.inputs) {
            let inputs = "other features, targets or folds than there are now".to_owned();
            return Err(PartsError::OtherInputs { folder: folder(), inputs }.into());
        }
    }
    cover(&parts.iter().map(|(folder, _)| folder.clone()).collect::<Vec<_>>())?;
    let seconds = parts.iter().flat_map(|(_, part)| &part.head.timings).map(|t| t.seconds).sum();
    let timings = vec![Timing { what: "parts".to_owned(), seconds }];
    run(Work { inputs, progress, way: Way::Merged(&parts) }, timings)
}

/// The part in a folder.
fn open(path: &Path) -> Result<(PartFolder, PartReader), PartsError> {
    if !path.is_dir() {
        return Err(PartsError::NoFolder { path: path.to_owned() });
    }
    let unknown = || format!("{MADE_BY} --shard I/N --out {}", path.display());
    let reader = match PartReader::open(&path.join(PART_FILE)) {
        Ok(reader) => reader,
        Err(TableError::Missing { .. }) => {
            return Err(PartsError::NoPart { path: path.to_owned(), made_by: MADE_BY });
        }
        Err(source) => {
            let source = Box::new(source);
            return Err(PartsError::Table { source, command: unknown() });
        }
    };
    let part = reader.head.part.parse().map_err(|reason| PartsError::Table {
        source: Box::new(TableError::Damaged {
            path: path.join(PART_FILE),
            reason,
            made_by: MADE_BY,
        }),
        command: unknown(),
    })?;
    Ok((PartFolder { path: path.to_owned(), part, made_by: MADE_BY }, reader))
}

/// Names of the settings that differ between two configurations, those left out that a run
/// does not depend on.
fn differences(one: &str, other: &str) -> Vec<String> {
    let (Ok(one), Ok(other)) = (one.parse::<toml::Table>(), other.parse::<toml::Table>()) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let sections = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
    for section in sections.filter(|name| !["data", "select", "source"].contains(&name.as_str())) {
        let empty = toml::Table::new();
        let of = |config: &toml::Table| {
            config.get(section).and_then(toml::Value::as_table).unwrap_or(&empty).clone()
        };
        let (one, other) = (of(&one), of(&other));
        let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
        let changed = keys.filter(|key| one.get(*key) != other.get(*key));
        names.extend(changed.map(|key| format!("{section}.{key}")));
    }
    names
}
