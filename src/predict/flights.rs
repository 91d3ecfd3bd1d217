//! Flights given as CSV files, read as the run's own configuration reads them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::flight::{Recipe, Refusal, Source, fill_from_airports, peek, summarise};
use crate::progress::Progress;
use crate::tables::{FeatureTable, RejectCode, Stamp};
use crate::tabulate::{Columns, SummarisedFlight, tabulate};

/// How the run read its flights: from the configuration beside the model.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The compiled `[[source]]` blocks.
    pub sources: &'a [Source],
    /// What is made of each flight.
    pub recipe: &'a Recipe,
    /// Names of the category columns.
    pub categories: &'a [String],
    /// Names of the calendar columns.
    pub calendar: &'a [String],
    /// Whether pairs come from the nearest airports.
    pub airports: bool,
}

/// Reads CSV flights into a feature table with the columns that the run knows.
///
/// A flight is named by its file unless a column names it; of files with the same name the
/// first in order of their paths is taken. Files that are no flights are given back with the
/// reason. The side table of the configuration, if any, is not asked: it knows the flights
/// of the training.
#[must_use]
pub fn read_flights(
    files: &[PathBuf],
    reading: Reading<'_>,
    progress: &dyn Progress,
) -> (FeatureTable, Vec<(PathBuf, Refusal)>) {
    progress.begin("reading flights", files.len() as u64, 0);
    let outcomes: Vec<Result<SummarisedFlight, Refusal>> = files
        .par_iter()
        .map(|path| {
            let outcome = read_one(path, reading);
            progress.advance(1, 0);
            if let Err(refusal) = &outcome {
                let shown = path.display().to_string();
                progress.reject(&shown, refusal, refusal.cell.as_deref());
            }
            outcome
        })
        .collect();
    let mut flights: Vec<SummarisedFlight> = Vec::new();
    let mut refused = Vec::new();
    for (path, outcome) in files.iter().zip(outcomes) {
        match outcome {
            Ok(flight) if flights.iter().any(|known| known.flight_id == flight.flight_id) => {
                let message = format!("another file is flight `{}` already", flight.flight_id);
                refused.push((path.clone(), Refusal::new(RejectCode::DuplicateFlight, message)));
            }
            Ok(flight) => flights.push(flight),
            Err(refusal) => refused.push((path.clone(), refusal)),
        }
    }
    let columns = Columns {
        recipe: reading.recipe,
        categories: reading.categories,
        calendar: reading.calendar,
    };
    (tabulate(flights, columns, &Stamp::default()).0, refused)
}

fn read_one(path: &Path, reading: Reading<'_>) -> Result<SummarisedFlight, Refusal> {
    let bytes = std::fs::metadata(path).map_err(|error| Refusal::from_io(&error))?.len();
    let peeked = peek(path, bytes, reading.sources)?;
    let mut identity = peeked.identity;
    if reading.airports {
        fill_from_airports(&mut identity, peeked.ends_deg);
    }
    let source = reading.sources.iter().find(|source| source.config.name == peeked.source);
    let source = source.ok_or_else(|| Refusal::new(RejectCode::Bug, "the source is gone"))?;
    let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    Ok(SummarisedFlight {
        flight_id: identity.flight_id.unwrap_or(stem),
        origin: identity.origin,
        destination: identity.destination,
        callsign: identity.callsign,
        aircraft_type: identity.aircraft_type,
        summary: summarise(path, source, reading.recipe)?,
    })
}
