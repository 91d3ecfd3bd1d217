//! The stage itself: select, read in parallel, tabulate, write.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{FeaturesConfig, FeaturesError, SelectConfig, TargetsConfig};
use crate::flight::{FlightSummary, Recipe, Refusal, Source, mtime_ns, summarise};
use crate::progress::Progress;
use crate::tables::{
    Catalog, CatalogRow, CleaningRow, CleaningTable, FEATURES, RejectCode, RejectedTable, Stage,
    Stamp, TARGETS, stamp_of,
};
use crate::tabulate::{Columns, SummarisedFlight, tabulate};

/// Where the stage's tables are.
#[derive(Debug, Clone)]
pub struct FeaturesPaths {
    /// Read, and rewritten with exact times.
    pub catalog: PathBuf,
    /// The stage's rows are replaced.
    pub rejected: PathBuf,
    /// Written.
    pub features: PathBuf,
    /// Written.
    pub targets: PathBuf,
    /// Written.
    pub cleaning: PathBuf,
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
    /// Hash of all four.
    pub config_hash: String,
    /// The tables.
    pub paths: FeaturesPaths,
}

/// What the stage did.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct FeaturesSummary {
    /// Flights selected.
    pub selected: u64,
    /// Flights with features.
    pub flights: u64,
    /// Columns of features.
    pub columns: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Rows read.
    pub rows: u64,
    /// Refused flights by code.
    pub rejected: BTreeMap<String, u64>,
    /// Flights some of whose rows were out of order, and those rows.
    pub out_of_order: (u64, u64),
    /// Flights with repeated times, and the rows dropped.
    pub repeated_times: (u64, u64),
    /// Flights whose date was not advanced at midnight.
    pub midnight_steps: u64,
    /// Files whose last line was cut.
    pub truncated: u64,
    /// Share of the wanted cells that are missing.
    pub missing_share: f64,
    /// Variables that no file has.
    pub unknown_variables: Vec<String>,
    /// Flights without altitude.
    pub without_altitude: u64,
    /// Flights without a calendar.
    pub without_calendar: u64,
}

/// Key of the selection in the tables' metadata.
const SELECTION: &str = "traj.selection";

/// Whether the features on disk were made from this catalog and configuration.
#[must_use]
pub fn is_up_to_date(inputs: &FeaturesInputs<'_>) -> bool {
    let Ok(catalog) = Catalog::read(&inputs.paths.catalog) else { return false };
    let wanted = stamp(inputs, &catalog);
    let is_current = |found: Result<(Stamp, _), _>| {
        found.is_ok_and(|(stamp, _)| stamp.config == wanted.config && stamp.inputs == wanted.inputs)
    };
    is_current(stamp_of(&inputs.paths.features, FEATURES))
        && is_current(stamp_of(&inputs.paths.targets, TARGETS))
}

fn stamp(inputs: &FeaturesInputs<'_>, catalog: &Catalog) -> Stamp {
    let selection = inputs.select.describe();
    Stamp {
        config: inputs.config_hash.clone(),
        inputs: catalog.identity().to_string(),
        notes: BTreeMap::from([(SELECTION.to_owned(), selection)]),
    }
}

/// Reads every selected flight and writes the tables.
///
/// # Errors
/// [`FeaturesError`] where nothing is selected, nothing is left, or a table cannot be read
/// or written. A flight that is refused is a row of the rejected table, not an error.
pub fn features(
    inputs: &FeaturesInputs<'_>,
    progress: &dyn Progress,
) -> Result<FeaturesSummary, FeaturesError> {
    let mut catalog = Catalog::read(&inputs.paths.catalog)?;
    let stamp = stamp(inputs, &catalog);
    let selection = inputs.select.parsed()?;
    let selected: Vec<usize> =
        (0..catalog.rows.len()).filter(|row| selection.takes(&catalog.rows[*row])).collect();
    if selected.is_empty() {
        return Err(nothing_selected(inputs, &catalog));
    }
    let recipe = inputs.features.recipe(inputs.targets);
    let outcomes = read_all(inputs, &recipe, &catalog, &selected, progress)?;
    let mut summary = FeaturesSummary {
        selected: selected.len() as u64,
        unknown_variables: unknown_variables(inputs, &recipe, &outcomes),
        ..FeaturesSummary::default()
    };
    let mut flights = Vec::new();
    let mut cleaning = Vec::new();
    let mut refused = Vec::new();
    for (row, outcome) in selected.into_iter().zip(outcomes) {
        let row = &mut catalog.rows[row];
        match outcome {
            Ok(flight) => {
                make_exact(row, &flight);
                count(&mut summary, row, &flight);
                cleaning.push(CleaningRow {
                    flight_id: row.flight_id.clone(),
                    cleaning: flight.cleaning,
                });
                flights.push(summarised(row, flight));
            }
            Err(refusal) => {
                *summary.rejected.entry(refusal.code.to_string()).or_default() += 1;
                refused.push(refusal.into_row(Stage::Features, &row.path));
            }
        }
    }
    let cells: u64 = cleaning.iter().map(|row| row.cleaning.cells).sum();
    let missing: u64 = cleaning.iter().map(|row| row.cleaning.missing_cells).sum();
    summary.missing_share = missing as f64 / cells.max(1) as f64;
    let n_refused = refused.len();
    RejectedTable::replace(&inputs.paths.rejected, Stage::Features, refused, &stamp)?;
    if flights.is_empty() {
        return Err(all_rejected(&summary, n_refused));
    }
    write(inputs, &recipe, flights, cleaning, &stamp, &mut summary)?;
    catalog.write(&inputs.paths.catalog)?;
    Ok(summary)
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

fn all_rejected(summary: &FeaturesSummary, selected: usize) -> FeaturesError {
    let commonest = summary.rejected.iter().max_by_key(|(_, count)| **count);
    let code = commonest.map_or_else(String::new, |(code, _)| code.clone());
    FeaturesError::AllRejected { selected, code }
}

/// Summaries of the selected flights, in their order.
fn read_all(
    inputs: &FeaturesInputs<'_>,
    recipe: &Recipe,
    catalog: &Catalog,
    selected: &[usize],
    progress: &dyn Progress,
) -> Result<Vec<Result<FlightSummary, Refusal>>, FeaturesError> {
    let sources: BTreeMap<&str, &Source> =
        inputs.sources.iter().map(|source| (source.config.name.as_str(), source)).collect();
    let rows: Vec<&CatalogRow> = selected.iter().map(|row| &catalog.rows[*row]).collect();
    if let Some(row) = rows.iter().find(|row| !sources.contains_key(row.source.as_str())) {
        return Err(FeaturesError::UnknownSource(row.source.clone()));
    }
    let bytes = rows.iter().map(|row| row.bytes).sum();
    progress.begin("reading flights", rows.len() as u64, bytes);
    let outcomes = rows
        .par_iter()
        .map(|row| {
            if progress.stopped() {
                return Err(Refusal::new(RejectCode::Bug, "stopped"));
            }
            let path = inputs.root.join(&row.path);
            let outcome = read_one(&path, row, sources[row.source.as_str()], recipe);
            progress.advance(1, row.bytes);
            if let Err(refusal) = &outcome {
                progress.reject(&row.path, refusal, refusal.cell.as_deref());
            }
            outcome
        })
        .collect();
    if progress.stopped() { Err(FeaturesError::Interrupted) } else { Ok(outcomes) }
}

fn read_one(
    path: &Path,
    row: &CatalogRow,
    source: &Source,
    recipe: &Recipe,
) -> Result<FlightSummary, Refusal> {
    let about = std::fs::metadata(path).map_err(|error| Refusal::from_io(&error))?;
    if about.len() != row.bytes || mtime_ns(&about) != row.mtime_ns {
        let message = "the file changed after `traj index`; run it again";
        return Err(Refusal::new(RejectCode::ChangedSinceIndex, message));
    }
    // A panic on one flight must not cost the user the others.
    catch_unwind(AssertUnwindSafe(|| summarise(path, source, recipe)))
        .unwrap_or_else(|_| Err(Refusal::new(RejectCode::Bug, "the reader failed on this file")))
}

/// Variables of the configuration that gave no flight a value.
fn unknown_variables(
    inputs: &FeaturesInputs<'_>,
    recipe: &Recipe,
    outcomes: &[Result<FlightSummary, Refusal>],
) -> Vec<String> {
    let n_aggregates = inputs.features.aggregates.len();
    let is_missing = |variable: usize| {
        let range = variable * n_aggregates..(variable + 1) * n_aggregates;
        outcomes.iter().flatten().all(|f| f.aggregates[range.clone()].iter().all(|v| v.is_nan()))
    };
    let variables = recipe.variables.iter().enumerate();
    variables.filter(|(at, _)| is_missing(*at)).map(|(_, name)| name.clone()).collect()
}

fn make_exact(row: &mut CatalogRow, flight: &FlightSummary) {
    row.start_time_us = flight.has_calendar.then_some(flight.start_us);
    row.end_time_us = flight.has_calendar.then_some(flight.end_us);
    row.duration_s = Some(flight.duration_s);
    row.time_exact = true;
    row.rows_estimate = flight.cleaning.rows;
}

fn count(summary: &mut FeaturesSummary, row: &CatalogRow, flight: &FlightSummary) {
    let cleaning = &flight.cleaning;
    let tally = |slot: &mut (u64, u64), rows: u64| {
        slot.0 += u64::from(rows > 0);
        slot.1 += rows;
    };
    summary.flights += 1;
    summary.bytes += row.bytes;
    summary.rows += cleaning.rows;
    tally(&mut summary.out_of_order, cleaning.out_of_order_rows);
    tally(&mut summary.repeated_times, cleaning.repeated_times);
    summary.midnight_steps += u64::from(cleaning.midnight_steps > 0);
    summary.truncated += u64::from(cleaning.truncated_last_line);
    let has_altitude = flight.along_time.iter().all(|point| point.altitude_m.is_some());
    summary.without_altitude += u64::from(!has_altitude);
    summary.without_calendar += u64::from(!flight.has_calendar);
}

fn summarised(row: &CatalogRow, summary: FlightSummary) -> SummarisedFlight {
    SummarisedFlight {
        flight_id: row.flight_id.clone(),
        origin: row.origin.clone(),
        destination: row.destination.clone(),
        callsign: row.callsign.clone(),
        aircraft_type: row.aircraft_type.clone(),
        summary,
    }
}

/// Writes the tables; the features come last, since they say that the stage is done.
fn write(
    inputs: &FeaturesInputs<'_>,
    recipe: &Recipe,
    flights: Vec<SummarisedFlight>,
    cleaning: Vec<CleaningRow>,
    stamp: &Stamp,
    summary: &mut FeaturesSummary,
) -> Result<(), FeaturesError> {
    let columns = Columns {
        recipe,
        categories: &inputs.features.categories,
        calendar: &inputs.features.calendar,
    };
    let (features, mut targets) = tabulate(flights, columns, stamp);
    summary.columns = (features.features.len() + features.categories.len()) as u64;
    CleaningTable { rows: cleaning, stamp: stamp.clone() }.write(&inputs.paths.cleaning)?;
    targets.write(&inputs.paths.targets)?;
    features.write(&inputs.paths.features)?;
    Ok(())
}
