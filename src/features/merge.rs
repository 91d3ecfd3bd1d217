//! Merging puts the parts of the catalog that were read apart into the tables that one
//! machine would have made.
//!
//! The parts' tables are first held against the catalog; then their flights take the way that
//! those of an earlier run take: into the checkpoint, and from there into the tables.

use std::path::PathBuf;
use std::time::Instant;

use super::assemble::{FLIGHTS_AT_ONCE, Finished};
use super::checkpoint::Checkpoint;
use super::contents::Contents;
use super::earlier::{self, Found};
use super::journal::Place;
use super::part_tables::{PartTables, Roll, refusal};
use super::record;
use super::stage::{counts, failed, run_of, select, stamp};
use super::{FeaturesError, FeaturesInputs, FeaturesSummary};
use crate::problem::{Class, Problem};
use crate::progress::Progress;
use crate::tables::{Catalog, Figures, PartsError, Stage, StageFigures, cover};

/// Why parts were not merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They are not the parts of one whole.
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// What stops `traj features` as well.
    #[error(transparent)]
    Features(#[from] FeaturesError),
}

impl Problem for MergeError {
    fn class(&self) -> Class {
        match self {
            Self::Parts(error) => error.class(),
            Self::Features(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Parts(error) => error.hint(),
            Self::Features(error) => error.hint(),
        }
    }
}

/// Checks that the folders hold all parts of the selected flights, made by this version from
/// this catalog under these settings, and writes the tables that [`super::features`] would.
/// `parts_hash` is the `config_hash` of the parts.
///
/// Nothing is written before all parts are checked, and no table before all flights are in
/// the checkpoint.
///
/// # Errors
/// [`MergeError`] naming the first folder that does not fit, and the command that makes its
/// part.
pub fn merge(
    inputs: &FeaturesInputs<'_>,
    parts_hash: &str,
    folders: &[PathBuf],
    progress: &dyn Progress,
) -> Result<FeaturesSummary, MergeError> {
    let mut catalog = Catalog::read(&inputs.paths.catalog).map_err(FeaturesError::from)?;
    let stamp = stamp(inputs, &catalog);
    let recipe = inputs.features.recipe(inputs.targets);
    let path = &inputs.paths.checkpoint;
    let began = Instant::now();
    // As a run that goes on: the catalog's times may have become exact since it began.
    let looked = Contents::new(inputs, &catalog, run_of(inputs, &catalog)).look(path).selected;
    let selected = looked.map_or_else(|| select(inputs, &catalog), Ok)?;
    let parts = open(inputs, parts_hash, &catalog, folders)?;
    let mut roll = Roll::new(&catalog, &selected);
    progress.begin("checking parts", parts.len() as u64, 0);
    for part in &parts {
        unless_stopped(progress, 0, &selected)?;
        roll.call(part)?;
        progress.advance(1, 0);
    }

    let mut contents = Contents::new(inputs, &catalog, run_of(inputs, &catalog));
    let unwritable =
        |source| FeaturesError::Checkpoint { path: path.clone(), source, need_bytes: 0, kept: 0 };
    let checkpoint = Checkpoint::open(path, &mut contents, progress).map_err(unwritable)?;
    checkpoint.append_body(&record::selected(&contents.run, &selected));
    checkpoint.append_body(&record::settings(&contents.provenance.to_json()));
    // What an earlier run kept is not what these parts hold.
    contents.places.fill(None);
    progress.begin("merging parts", selected.len() as u64, 0);
    let taken = checkpoint.syncing(|| {
        parts
            .iter()
            .try_for_each(|part| take(inputs, part, &roll, &mut contents, &checkpoint, progress))
    });
    let places: Vec<Option<Place>> = selected.iter().map(|row| contents.places[*row]).collect();
    taken.map_err(|source| failed(inputs, &recipe, counts(&places), source))??;
    let flights: Vec<(usize, Place)> =
        selected.iter().zip(&places).filter_map(|(row, place)| Some((*row, (*place)?))).collect();
    unless_stopped(progress, flights.len(), &selected)?;

    let summary = FeaturesSummary {
        selected: selected.len() as u64,
        ..add_up(parts.iter().map(|part| Figures::read(&part.paths.figures)))
    };
    let before = summary.read_seconds;
    let finished = Finished { inputs, recipe: &recipe, checkpoint, flights };
    Ok(finished.finish(&mut catalog, &stamp, summary, (began, before), progress)?)
}

/// The parts in the folders, which are all parts of one whole.
fn open(
    inputs: &FeaturesInputs<'_>,
    parts_hash: &str,
    catalog: &Catalog,
    folders: &[PathBuf],
) -> Result<Vec<PartTables>, PartsError> {
    let parts: Vec<PartTables> =
        folders.iter().map(|folder| PartTables::open(folder)).collect::<Result<_, _>>()?;
    let identity = catalog.identity().to_string();
    parts.iter().try_for_each(|part| part.fits(inputs, parts_hash, &identity))?;
    cover(&parts.iter().map(|part| part.folder.clone()).collect::<Vec<_>>())?;
    Ok(parts)
}

/// Puts a part's flights into the checkpoint.
fn take(
    inputs: &FeaturesInputs<'_>,
    part: &PartTables,
    roll: &Roll<'_>,
    contents: &mut Contents<'_>,
    checkpoint: &Checkpoint,
    progress: &dyn Progress,
) -> Result<(), PartsError> {
    let of_part = FeaturesInputs {
        paths: part.paths.clone(),
        config_hash: inputs.config_hash.clone(),
        ..*inputs
    };
    for first in (0..).step_by(FLIGHTS_AT_ONCE) {
        let cleaning = part.cleaning(first)?;
        let count = cleaning.len() as u64;
        if count == 0 || progress.stopped() {
            break;
        }
        let rows = cleaning.iter().enumerate();
        let wanted = rows.map(|(at, row)| (at, roll.row_of(&row.path))).collect();
        let found = Found { first, cleaning, wanted };
        let taken = earlier::take(&of_part, contents, checkpoint, &found);
        if taken.map_err(|source| part.unreadable(source))? < count && !checkpoint.has_failed() {
            return Err(part.wrong("its tables are not of the same flights".to_owned()));
        }
        progress.advance(count, 0);
    }
    for (path, refusal) in part.refused()?.into_iter().map(refusal) {
        contents.keep(checkpoint, roll.row_of(&path), &Err(refusal));
        progress.advance(1, 0);
    }
    Ok(())
}

fn unless_stopped(
    progress: &dyn Progress,
    kept: usize,
    selected: &[usize],
) -> Result<(), FeaturesError> {
    if progress.stopped() {
        let (kept, selected) = (kept as u64, selected.len() as u64);
        return Err(FeaturesError::Interrupted { kept, selected });
    }
    Ok(())
}

/// What the parts read, as if one machine had done one after another.
fn add_up(figures: impl Iterator<Item = Figures>) -> FeaturesSummary {
    let mut sum = FeaturesSummary::default();
    let seconds = |slowest: &Option<(String, f64)>| slowest.as_ref().map_or(-1.0, |s| s.1);
    for mut figures in figures {
        let Some(part) = figures.stages.remove(Stage::Features.as_str()) else { continue };
        sum.read_files += part.files;
        sum.read_bytes += part.bytes.unwrap_or(0);
        sum.read_rows += part.rows.unwrap_or(0);
        sum.read_seconds += StageFigures::rate(part.files, part.files_per_s);
        if seconds(&part.slowest) > seconds(&sum.slowest) {
            sum.slowest = part.slowest;
        }
    }
    sum
}
