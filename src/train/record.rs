//! The *record* of a run is `run.json`, the last file that it writes: a folder without it
//! holds no run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Instant;

use super::division::Division;
use super::inputs::{Material, TrainInputs};
use super::outputs::TABLES;
use crate::memory::peak_memory_bytes;
use crate::models::{Encoder, is_stored};
use crate::tables::{
    CheckRecord, FIGURES_FILE, FeatureRecord, Figures, MODEL_FILE, PairCount, PermutationRecord,
    RUN_FILE, RUN_SCHEMA_VERSION, RunRecord, TRIALS, TRIALS_FILE, Timing, TuningRecord, stamp_of,
};

/// Whether the run in the folder was made by this version from these tables, settings and
/// folds, and is whole. Only the digest that the model file carries is looked at, not all of
/// its bytes; `traj check` reads those.
#[must_use]
pub fn is_up_to_date(inputs: &TrainInputs<'_>) -> bool {
    // A run that was tuned from this configuration is what the configuration asks for, and stays
    // until something changes.
    let tuned = tuned_from(inputs);
    let config_hash = tuned.as_ref().map_or(inputs.config_hash, |record| &record.config_hash);
    is_made_by(&TrainInputs { config_hash, ..*inputs }, tuned.is_some())
}

/// Whether the run in the folder was tuned, from this configuration.
#[must_use]
pub fn is_tuned(inputs: &TrainInputs<'_>) -> bool {
    tuned_from(inputs).is_some()
}

/// The record of a run that was tuned from this configuration.
fn tuned_from(inputs: &TrainInputs<'_>) -> Option<RunRecord> {
    let record = RunRecord::read(&inputs.run_dir.join(RUN_FILE)).ok()?;
    let is_from_this =
        record.tuning.as_ref().is_some_and(|tuning| tuning.config_hash == inputs.tune_hash);
    is_from_this.then_some(record)
}

/// Whether the run in the folder is whole and was made by a configuration of this hash.
fn is_made_by(inputs: &TrainInputs<'_>, has_trials: bool) -> bool {
    let folder = inputs.run_dir;
    let (Some(expected), Ok(record)) =
        (inputs.expected_stamp(), RunRecord::read(&folder.join(RUN_FILE)))
    else {
        return false;
    };
    let trials = has_trials.then_some(&(TRIALS_FILE, TRIALS));
    let same_tables = TABLES.iter().chain(trials).all(|(name, kind)| {
        stamp_of(&folder.join(name), *kind).is_ok_and(|(stamp, _)| {
            stamp.config == expected.config && stamp.inputs == expected.inputs
        })
    });
    let has_model = match (&record.model_digest, inputs.train.models.iter().any(|m| is_stored(*m)))
    {
        (Some(_), true) => has_tail(&folder.join(MODEL_FILE)),
        (None, false) => true,
        _ => false,
    };
    record.schema_version == RUN_SCHEMA_VERSION
        && record.traj_version == env!("CARGO_PKG_VERSION")
        && same_tables
        && has_model
}

/// Whether there is a model file that does not end in zeros, as one that was cut would.
fn has_tail(path: &Path) -> bool {
    let mut tail = [0; 32];
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::End(-32))?;
        file.read_exact(&mut tail)
    });
    read.is_ok() && tail != [0; 32]
}

/// The record of a run that was just made.
pub(super) fn record(
    inputs: &TrainInputs<'_>,
    material: &Material,
    divisions: &[Division],
    encoders: &[Encoder],
    made: Made,
) -> RunRecord {
    let dataset = &material.datasets[0];
    let mut pairs: Vec<PairCount> = dataset
        .groups()
        .into_iter()
        .filter_map(|(pair, flights)| Some((pair?.to_owned(), flights.len() as u64)))
        .map(|(pair, n_flights)| PairCount { pair, n_flights })
        .collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.n_flights)); // stable: ties go by name
    RunRecord {
        schema_version: RUN_SCHEMA_VERSION,
        traj_version: env!("CARGO_PKG_VERSION").to_owned(),
        features_digest: material.features_digest.to_string(),
        targets_digest: material.targets_digest.to_string(),
        config_hash: inputs.config_hash.to_owned(),
        model_digest: made.model_digest,
        seed: inputs.train.seed,
        n_flights: dataset.n_flights() as u64,
        pairs,
        start_range: start_range(&material.starts(dataset)),
        has_altitude: dataset.has_altitude(),
        fractions: dataset.fractions.clone(),
        axes: material.datasets.iter().map(|dataset| dataset.axis).collect(),
        models: inputs.train.models.clone(),
        horizons: material.horizons.clone(),
        splits: divisions[0].keys().copied().collect(),
        folds: divisions[0].values().map(Vec::len).max().unwrap_or(inputs.train.folds),
        features: feature_records(encoders),
        checks: made.checks,
        timings: made.timings,
        peak_memory_bytes: peak_memory_bytes(),
        permutation: made.permutation,
        tuning: made.tuning,
        stages: Figures::read(&inputs.features.with_file_name(FIGURES_FILE)).stages,
    }
}

/// What the stage found out on the way.
pub(super) struct Made {
    pub(super) model_digest: Option<String>,
    pub(super) permutation: Option<PermutationRecord>,
    pub(super) tuning: Option<TuningRecord>,
    pub(super) checks: Vec<CheckRecord>,
    pub(super) timings: Vec<Timing>,
}

/// A part of the work whose time is taken.
pub(super) fn timed<T>(timings: &mut Vec<Timing>, what: &str, part: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = part();
    timings.push(Timing { what: what.to_owned(), seconds: start.elapsed().as_secs_f64() });
    value
}

/// First and last start in ISO 8601; none where a flight has none.
fn start_range(starts: &[Option<i64>]) -> Option<(String, String)> {
    let starts: Vec<i64> = starts.iter().copied().collect::<Option<_>>()?;
    let iso = |us: i64| Some(jiff::Timestamp::from_microsecond(us).ok()?.to_string());
    Some((iso(*starts.iter().min()?)?, iso(*starts.iter().max()?)?))
}

/// Every feature that some horizon uses, with the most columns that it takes at one.
fn feature_records(encoders: &[Encoder]) -> Vec<FeatureRecord> {
    let mut records: Vec<FeatureRecord> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for encoder in encoders {
        for (at, feature) in encoder.features.iter().enumerate() {
            let columns = encoder.width_of(at);
            let place = *places.entry(&feature.name).or_insert(records.len());
            match records.get_mut(place) {
                Some(record) => record.columns = record.columns.max(columns),
                None => records.push(FeatureRecord {
                    name: feature.name.clone(),
                    horizon: feature.horizon,
                    columns,
                }),
            }
        }
    }
    records
}
