//! The stage itself: select, take what a checkpoint has, read the rest, write the tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::assemble::Finished;
use super::checkpoint::Checkpoint;
use super::contents::Contents;
use super::earlier;
use super::journal::Place;
use super::read::{Reading, read_missing};
use super::record;
use super::{FeaturesConfig, FeaturesError, FeaturesSummary, SelectConfig, TargetsConfig};
use crate::flight::{Recipe, Source};
use crate::progress::Progress;
use crate::tables::{Catalog, CatalogRow, Digest, FEATURES, PART, Part, Stamp, TARGETS, stamp_of};

/// Where the stage's tables are.
#[derive(Debug, Clone)]
pub struct FeaturesPaths {
    /// Read, and rewritten with exact times unless only a part is made.
    pub catalog: PathBuf,
    /// The stage's rows are replaced.
    pub rejected: PathBuf,
    /// Written.
    pub features: PathBuf,
    /// Written.
    pub targets: PathBuf,
    /// Written.
    pub cleaning: PathBuf,
    /// The stage's figures are replaced.
    pub figures: PathBuf,
    /// Finished flights while the stage runs; removed at its end.
    pub checkpoint: PathBuf,
}

/// What the stage works on.
#[derive(Debug)]
pub struct FeaturesInputs<'a> {
    /// The folder below which the catalog's paths lie.
    pub root: &'a Path,
    /// The compiled `[[source]]` blocks.
    pub sources: &'a [Source],
    /// The `[features]` section.
    pub features: &'a FeaturesConfig,
    /// The `[targets]` section.
    pub targets: &'a TargetsConfig,
    /// The `[select]` section.
    pub select: &'a SelectConfig,
    /// Hash of all four; for a part, of all but the folder, which may be another elsewhere.
    pub config_hash: String,
    /// The part of the selected flights that is read; none for all of them.
    pub part: Option<Part>,
    /// The tables.
    pub paths: FeaturesPaths,
}

/// Key of the selection in the tables' metadata.
const SELECTION: &str = "traj.selection";

/// Whether the features on disk were made from this catalog and configuration.
#[must_use]
pub fn is_up_to_date(inputs: &FeaturesInputs<'_>) -> bool {
    let Ok(catalog) = Catalog::read(&inputs.paths.catalog) else { return false };
    let wanted = stamp(inputs, &catalog);
    let is_current = |found: Result<(Stamp, _), _>| {
        found.is_ok_and(|(stamp, _)| {
            (&stamp.config, &stamp.inputs) == (&wanted.config, &wanted.inputs)
                && stamp.notes.get(PART) == wanted.notes.get(PART)
        })
    };
    // A checkpoint that is left says that the last run did not come to its end.
    !inputs.paths.checkpoint.exists()
        && is_current(stamp_of(&inputs.paths.features, FEATURES))
        && is_current(stamp_of(&inputs.paths.targets, TARGETS))
}

/// What the tables say of themselves.
pub(super) fn stamp(inputs: &FeaturesInputs<'_>, catalog: &Catalog) -> Stamp {
    let mut notes = BTreeMap::from([(SELECTION.to_owned(), inputs.select.describe())]);
    notes.extend(inputs.part.map(|part| (PART.to_owned(), part.to_string())));
    Stamp { config: inputs.config_hash.clone(), inputs: catalog.identity().to_string(), notes }
}

/// Reads every selected flight and writes the tables.
///
/// Finished flights are kept in the checkpoint until the tables are written, so that after an
/// interrupt, a kill or a loss of power the same call reads only the others.
///
/// # Errors
/// [`FeaturesError`] where nothing is selected, nothing is left, or a table cannot be read
/// or written. A flight that is refused is a row of the rejected table, not an error.
pub fn features(
    inputs: &FeaturesInputs<'_>,
    progress: &dyn Progress,
) -> Result<FeaturesSummary, FeaturesError> {
    let mut read = |recipe: &Recipe,
                    rows: &[&CatalogRow],
                    places: &mut [Option<Place>],
                    with: (&Checkpoint, &Contents<'_>),
                    progress: &dyn Progress| {
        Ok(read_missing(recipe, rows, places, with, progress))
    };
    features_by(inputs, &mut read, progress)
}

/// The stage, given how the flights are read that are not in the checkpoint yet.
pub(super) fn features_by(
    inputs: &FeaturesInputs<'_>,
    read: ReadBy<'_>,
    progress: &dyn Progress,
) -> Result<FeaturesSummary, FeaturesError> {
    let mut catalog = Catalog::read(&inputs.paths.catalog)?;
    refuse_another_part(inputs)?;
    let stamp = stamp(inputs, &catalog);
    let recipe = inputs.features.recipe(inputs.targets);
    // Nothing is begun for a selection that comes to nothing.
    select(inputs, &catalog)?;
    let began = Instant::now();
    let opened = open(inputs, &catalog, progress)?;
    let Opened { checkpoint, contents, selected, mut places, from_tables } = opened;
    let taken = places.iter().flatten().count() as u64;
    let rows: Vec<&CatalogRow> = selected.iter().map(|row| &catalog.rows[*row]).collect();
    let reading = checkpoint
        .syncing(|| read(&recipe, &rows, &mut places, (&checkpoint, &contents), progress))
        .map_err(|source| failed(inputs, &recipe, counts(&places), source))?;
    let reading = match reading {
        // What else came from there is no better.
        Err(error @ (FeaturesError::Differs { .. } | FeaturesError::NeverCame { .. })) => {
            let removed = checkpoint.remove();
            removed.map_err(|source| failed(inputs, &recipe, (0, 0), source))?;
            return Err(error);
        }
        reading => reading?,
    };
    let flights: Vec<(usize, Place)> =
        selected.iter().zip(&places).filter_map(|(row, place)| Some((*row, (*place)?))).collect();
    if flights.len() < selected.len() {
        let (kept, selected) = (flights.len() as u64, selected.len() as u64);
        return Err(FeaturesError::Interrupted { kept, selected });
    }
    let summary = FeaturesSummary {
        selected: selected.len() as u64,
        from_checkpoint: taken.saturating_sub(from_tables),
        from_tables: from_tables.min(taken),
        read_files: reading.files,
        read_bytes: reading.bytes,
        read_rows: reading.rows,
        read_seconds: began.elapsed().as_secs_f64(),
        slowest: reading.slowest,
        ..FeaturesSummary::default()
    };
    let finished = Finished { inputs, recipe: &recipe, checkpoint, flights };
    finished.finish(&mut catalog, &stamp, summary, (began, 0.0), progress)
}

/// Reads the flights of some rows of the catalog that have no place in the checkpoint, and gives
/// each one, unless it is asked to stop.
pub(super) type ReadBy<'a> = &'a mut dyn FnMut(
    &Recipe,
    &[&CatalogRow],
    &mut [Option<Place>],
    (&Checkpoint, &Contents<'_>),
    &dyn Progress,
) -> Result<Reading, FeaturesError>;

/// Refuses to put a part where another one, or a whole, is.
fn refuse_another_part(inputs: &FeaturesInputs<'_>) -> Result<(), FeaturesError> {
    let (Some(part), Ok((stamp, _))) = (inputs.part, stamp_of(&inputs.paths.features, FEATURES))
    else {
        return Ok(());
    };
    let found = stamp.notes.get(PART);
    if found == Some(&part.to_string()) {
        return Ok(());
    }
    let path = inputs.paths.features.clone();
    Err(FeaturesError::AnotherPart { path, part, found: found.cloned() })
}

/// Rows of the catalog that are selected, and of those the ones that belong to the part.
pub(super) fn select(
    inputs: &FeaturesInputs<'_>,
    catalog: &Catalog,
) -> Result<Vec<usize>, FeaturesError> {
    let selection = inputs.select.parsed()?;
    let selected: Vec<usize> =
        (0..catalog.rows.len()).filter(|row| selection.takes(&catalog.rows[*row])).collect();
    if selected.is_empty() {
        return Err(nothing_selected(inputs, catalog));
    }
    let is_known = |name: &str| inputs.sources.iter().any(|source| source.config.name == name);
    let mut sources = selected.iter().map(|row| &catalog.rows[*row].source);
    match sources.find(|name| !is_known(name)) {
        Some(unknown) => Err(FeaturesError::UnknownSource(unknown.clone())),
        None => {
            Ok(selected.into_iter().filter(|row| is_ours(inputs, &catalog.rows[*row])).collect())
        }
    }
}

fn is_ours(inputs: &FeaturesInputs<'_>, row: &CatalogRow) -> bool {
    inputs.part.is_none_or(|part| part.has_flight(&row.flight_id))
}

/// The hash by which a run is known again.
pub(super) fn run_of(inputs: &FeaturesInputs<'_>, catalog: &Catalog) -> String {
    let stamp = stamp(inputs, catalog);
    let part = stamp.notes.get(PART).map(String::as_bytes);
    let whole = [stamp.config.as_bytes(), stamp.inputs.as_bytes()];
    Digest::of_parts(whole.into_iter().chain(part)).to_string()
}

/// A checkpoint that is ready to be added to.
struct Opened<'a> {
    checkpoint: Checkpoint,
    contents: Contents<'a>,
    selected: Vec<usize>,
    /// Where the flight of each selected row is; none where it has to be read.
    places: Vec<Option<Place>>,
    /// Those that the tables of the last run had.
    from_tables: u64,
}

fn open<'a>(
    inputs: &'a FeaturesInputs<'a>,
    catalog: &'a Catalog,
    progress: &dyn Progress,
) -> Result<Opened<'a>, FeaturesError> {
    let path = &inputs.paths.checkpoint;
    let unwritable =
        |source| FeaturesError::Checkpoint { path: path.clone(), source, need_bytes: 0, kept: 0 };
    let mut contents = Contents::new(inputs, catalog, run_of(inputs, catalog));
    let checkpoint = Checkpoint::open(path, &mut contents, progress).map_err(unwritable)?;
    let selected = if let Some(selected) = contents.selected.take() {
        selected
    } else {
        let selected = select(inputs, catalog)?;
        checkpoint.append_body(&record::selected(&contents.run, &selected));
        selected
    };
    let from_checkpoint = selected.iter().filter(|row| contents.places[**row].is_some()).count();
    let mut from_tables = 0;
    for part in earlier::find(inputs, &mut contents, &selected) {
        // What cannot be taken is read.
        from_tables += earlier::take(inputs, &mut contents, &checkpoint, &part).unwrap_or(0);
    }
    if let Some(changes) = contents.changes(&selected) {
        progress.note(&changes);
    }
    if contents.has_new_settings() {
        checkpoint.append_body(&record::settings(&contents.provenance.to_json()));
    }
    let places: Vec<Option<Place>> = selected.iter().map(|row| contents.kept(*row)).collect();
    if from_checkpoint > 0 {
        let all = selected.len();
        progress.note(&format!("{from_checkpoint} of {all} flights are in {}", path.display()));
    }
    Ok(Opened { checkpoint, contents, selected, places, from_tables })
}

/// The error of a checkpoint that cannot be added to or removed, and that keeps so many flights
/// of so many.
pub(super) fn failed(
    inputs: &FeaturesInputs<'_>,
    recipe: &Recipe,
    (kept, of): (usize, usize),
    source: std::io::Error,
) -> FeaturesError {
    let path = inputs.paths.checkpoint.clone();
    FeaturesError::Checkpoint {
        path,
        source,
        need_bytes: need_bytes(recipe, of),
        kept: kept as u64,
    }
}

/// How many flights are in the checkpoint, and how many there are.
pub(super) fn counts(places: &[Option<Place>]) -> (usize, usize) {
    (places.iter().flatten().count(), places.len())
}

/// About how many bytes the checkpoint and the tables of some flights take.
pub(super) fn need_bytes(recipe: &Recipe, n_flights: usize) -> u64 {
    let aggregates = recipe.variables.len() * recipe.aggregates.len();
    let points = 2 * recipe.fractions.len();
    // Numbers of 8 bytes, and some 300 for names, cleaning counts and the like; the tables are
    // compressed, but not by much.
    2 * n_flights as u64 * (8 * (aggregates + 5 * points) + 300) as u64
}

fn nothing_selected(inputs: &FeaturesInputs<'_>, catalog: &Catalog) -> FeaturesError {
    let mut pairs: BTreeMap<String, u64> = BTreeMap::new();
    for row in &catalog.rows {
        if let (Some(from), Some(to)) = (&row.origin, &row.destination) {
            *pairs.entry(format!("{from}-{to}")).or_default() += 1;
        }
    }
    let mut pairs: Vec<(String, u64)> = pairs.into_iter().collect();
    pairs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    FeaturesError::NothingSelected {
        in_catalog: catalog.rows.len(),
        selection: inputs.select.describe(),
        pairs: pairs.into_iter().take(5).map(|(pair, count)| format!("{pair} ({count})")).collect(),
    }
}
