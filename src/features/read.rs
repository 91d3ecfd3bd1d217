//! Reading: the flights that are not in the checkpoint yet, in parallel.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rayon::prelude::*;

use super::FeaturesInputs;
use super::checkpoint::Checkpoint;
use super::contents::Contents;
use super::journal::Place;
use super::provenance::Provenance;
use super::record::Outcome;
use crate::flight::{Recipe, Source, read_unchanged, summarise};
use crate::progress::Progress;
use crate::tables::CatalogRow;

/// What was read, and how long it took.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    /// Files read.
    pub(super) files: u64,
    /// Their bytes.
    pub(super) bytes: u64,
    /// Rows of those that were not refused.
    pub(super) rows: u64,
    /// The file that took longest, and its seconds.
    pub(super) slowest: Option<(String, f64)>,
}

impl Reading {
    /// Both together; of two slowest files the slower one.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.files += other.files;
        self.bytes += other.bytes;
        self.rows += other.rows;
        let seconds = |slowest: &Option<(String, f64)>| slowest.as_ref().map_or(-1.0, |s| s.1);
        if seconds(&other.slowest) > seconds(&self.slowest) {
            self.slowest = other.slowest;
        }
        self
    }
}

/// Reads the flights of `rows` that have no place in the checkpoint, and gives each one.
/// Stops early when it is asked to, or when the checkpoint cannot be added to.
pub(super) fn read_missing(
    recipe: &Recipe,
    rows: &[&CatalogRow],
    places: &mut [Option<Place>],
    (checkpoint, contents): (&Checkpoint, &Contents<'_>),
    progress: &dyn Progress,
) -> Reading {
    let (inputs, provenance) = (contents.inputs, &contents.provenance);
    let missing = || rows.iter().zip(&*places).filter(|(_, place)| place.is_none());
    let bytes = missing().map(|(row, _)| row.bytes).sum();
    progress.begin("reading flights", missing().count() as u64, bytes);
    rows.par_iter()
        .zip(places)
        .filter(|(_, place)| place.is_none())
        .map(|(row, place)| {
            if progress.stopped() || checkpoint.has_failed() {
                return Reading::default();
            }
            let began = Instant::now();
            let Some((source, key)) = source_of(inputs, provenance, row) else {
                return Reading::default();
            };
            let outcome = read_one(inputs.root, row, source, recipe);
            let seconds = began.elapsed().as_secs_f64();
            *place = checkpoint.append(row, &key, &outcome);
            progress.advance(1, row.bytes);
            if let Err(refusal) = &outcome {
                progress.reject(&row.path, refusal, refusal.cell.as_deref());
            }
            Reading {
                files: 1,
                bytes: row.bytes,
                rows: outcome.as_ref().map_or(0, |flight| flight.cleaning.rows),
                slowest: Some((row.path.clone(), seconds)),
            }
        })
        .reduce(Reading::default, Reading::with)
}

/// Bytes of some flights, and the seconds that all threads together need to read them, at
/// most `count` flights spread over all; nothing is kept.
pub(super) fn measure(
    inputs: &FeaturesInputs<'_>,
    recipe: &Recipe,
    rows: &[&CatalogRow],
    count: usize,
) -> (u64, f64) {
    let step = rows.len().div_ceil(count.max(1)).max(1);
    let bytes = AtomicU64::new(0);
    let began = Instant::now();
    rows.par_iter().step_by(step).for_each(|row| {
        let source = inputs.sources.iter().find(|source| source.config.name == row.source);
        if let Some(source) = source {
            // A refused flight takes its time as well.
            let _ = read_one(inputs.root, row, source, recipe);
            bytes.fetch_add(row.bytes, Ordering::Relaxed);
        }
    });
    (bytes.into_inner(), began.elapsed().as_secs_f64())
}

/// The source that reads a row's file, and the hash of how it does.
pub(super) fn source_of<'a>(
    inputs: &'a FeaturesInputs<'_>,
    provenance: &Provenance,
    row: &CatalogRow,
) -> Option<(&'a Source, super::record::ReadingKey)> {
    let source = inputs.sources.iter().find(|source| source.config.name == row.source)?;
    Some((source, provenance.key(&row.source)?))
}

/// Reads one flight; all that it depends on is here.
pub(super) fn read_one(root: &Path, row: &CatalogRow, source: &Source, recipe: &Recipe) -> Outcome {
    read_unchanged(root, row, |path| summarise(path, source, recipe))
}
