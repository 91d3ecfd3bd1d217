//! Assembly: the tables are made from the finished flights in the checkpoint, a part at a
//! time, so that the number of flights does not decide how much memory it takes.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;
use std::{io, iter, panic, thread};

use super::checkpoint::Checkpoint;
use super::earlier;
use super::journal::Place;
use super::provenance::Provenance;
use super::record::Outcome;
use super::stage::{failed, need_bytes};
use super::summary::{FeaturesSummary, Tally};
use super::{FeaturesError, FeaturesInputs};
use crate::flight::{FlightSummary, Recipe};
use crate::progress::Progress;
use crate::tables::{
    Catalog, CatalogRow, Cleaning, CleaningRow, CleaningTable, FeatureTable, Figures, RejectedRow,
    RejectedTable, Stage, Stamp, TableError, TargetTable,
};
use crate::tabulate::{Columns, SummarisedFlight, feature_table, target_rows};

/// Flights to a part: each becomes a row group of features, and one of targets.
pub(super) const FLIGHTS_AT_ONCE: usize = 1024;

/// The finished flights of a run.
pub(super) struct Finished<'a> {
    pub(super) inputs: &'a FeaturesInputs<'a>,
    pub(super) recipe: &'a Recipe,
    pub(super) checkpoint: Checkpoint,
    /// Rows of the catalog, and where what they came to is.
    pub(super) flights: Vec<(usize, Place)>,
}

/// A flight that is not refused.
struct Accepted {
    /// Its row of the catalog.
    row: usize,
    place: Place,
    /// Small enough to be held for all flights.
    cleaning: Cleaning,
}

impl Finished<'_> {
    /// Makes the tables, removes the checkpoint and leaves the figures of the stage, which began
    /// at a moment, or so many seconds earlier where others did the work before.
    pub(super) fn finish(
        self,
        catalog: &mut Catalog,
        stamp: &Stamp,
        summary: FeaturesSummary,
        (began, before_s): (Instant, f64),
        progress: &dyn Progress,
    ) -> Result<FeaturesSummary, FeaturesError> {
        let (writing, count) = (Instant::now(), self.flights.len());
        let Self { inputs, recipe, .. } = self;
        let written = self.write(catalog, stamp, summary, progress);
        if matches!(written, Ok(_) | Err(FeaturesError::AllRejected { .. })) {
            let removed = self.checkpoint.remove();
            removed.map_err(|source| failed(inputs, recipe, (count, count), source))?;
        }
        let mut summary = written.map_err(|error| error.with_need(need_bytes(recipe, count)))?;
        summary.write_seconds = writing.elapsed().as_secs_f64();
        let figures = summary.figures(before_s + began.elapsed().as_secs_f64());
        Figures::replace(&inputs.paths.figures, Stage::Features, figures)?;
        Ok(summary)
    }

    /// The features come last but for the catalog, since they say that the stage is done.
    fn write(
        &self,
        catalog: &mut Catalog,
        stamp: &Stamp,
        summary: FeaturesSummary,
        progress: &dyn Progress,
    ) -> Result<FeaturesSummary, FeaturesError> {
        let selected = self.flights.len();
        let (mut summary, mut flights, refused) =
            self.survey(catalog, summary).map_err(|source| self.unreadable(source))?;
        RejectedTable::replace(&self.inputs.paths.rejected, Stage::Features, refused, stamp)?;
        // A part may well have none.
        if flights.is_empty() && self.inputs.part.is_none() {
            return Err(all_rejected(&summary, selected));
        }
        let rows = &catalog.rows;
        flights.sort_by(|a, b| rows[a.row].flight_id.cmp(&rows[b.row].flight_id));
        let paths = &self.inputs.paths;
        progress.begin("writing tables", 3, 0);
        self.unless_stopped(progress)?;
        let columns = Columns {
            recipe: self.recipe,
            categories: &self.inputs.features.categories,
            calendar: &self.inputs.features.calendar,
        };
        // How the flights were read is said once, by the table that says that all is done.
        let mut last_stamp = stamp.clone();
        last_stamp.notes.extend(earlier::notes(&Provenance::new(self.inputs)));
        let like = feature_table(&[], columns, &last_stamp);
        summary.columns = (like.features.len() + like.categories.len()) as u64;
        // Side by side, of flights that are decoded once; but the features are in place only when
        // the others are.
        let (done, others_done) = mpsc::channel();
        let (hand_on, handed_on) = mpsc::sync_channel(1);
        let flights = &flights[..];
        let (others, features) = thread::scope(|scope| {
            let others = scope.spawn(move || {
                let written = self.write_others(flights, rows, &handed_on, stamp, progress);
                // Nobody waits where the features have failed.
                written.map(|()| done.send(()).unwrap_or_default())
            });
            let end = hand_on.clone();
            let wait = move || {
                let ended = end.send(None).map_err(io::Error::other);
                ended.and_then(|()| others_done.recv().map_err(io::Error::other)).err().map(Err)
            };
            let parts = self.parts(flights, rows).map(move |part| {
                let part = Arc::new(part?);
                // Where nobody takes it, the others have failed.
                hand_on.send(Some(Arc::clone(&part))).map_err(io::Error::other)?;
                Ok(feature_table(&part, columns, &last_stamp))
            });
            let parts = parts.chain(iter::once_with(wait).flatten());
            let features = FeatureTable::write_parts(&paths.features, &like, parts);
            (others.join().unwrap_or_else(|panic| panic::resume_unwind(panic)), features)
        });
        others?;
        features?;
        // The catalog is everybody's: a part leaves it alone.
        if self.inputs.part.is_none() {
            catalog.write(&paths.catalog)?;
        }
        progress.advance(1, 0);
        Ok(summary)
    }

    /// Makes the table of cleaning, and that of targets from the parts that are handed on, up to
    /// a none. Where they end without it, whoever handed them on says why.
    fn write_others(
        &self,
        flights: &[Accepted],
        rows: &[CatalogRow],
        handed_on: &Receiver<Option<Arc<Vec<SummarisedFlight>>>>,
        stamp: &Stamp,
        progress: &dyn Progress,
    ) -> Result<(), FeaturesError> {
        let paths = &self.inputs.paths;
        let parts = flights.chunks(FLIGHTS_AT_ONCE);
        let parts = parts.map(|part| Ok(part.iter().map(|of| cleaning_row(of, rows)).collect()));
        CleaningTable::write_parts(&paths.cleaning, stamp, parts)?;
        progress.advance(1, 0);
        self.unless_stopped(progress)?;
        let is_alone = Cell::new(false);
        let parts = iter::from_fn(|| match handed_on.recv() {
            Ok(part) => part.map(|part| Ok(target_rows(&part))),
            Err(alone) => {
                is_alone.set(true);
                Some(Err(io::Error::other(alone)))
            }
        });
        let written = TargetTable::write_parts(&paths.targets, stamp, parts);
        if is_alone.get() {
            return Ok(());
        }
        written?;
        progress.advance(1, 0);
        self.unless_stopped(progress)
    }

    fn unless_stopped(&self, progress: &dyn Progress) -> Result<(), FeaturesError> {
        if progress.stopped() {
            let all = self.flights.len() as u64;
            return Err(FeaturesError::Interrupted { kept: all, selected: all });
        }
        Ok(())
    }

    /// Adds up all flights in the catalog's order, makes the catalog's times exact, and parts
    /// the refused flights from the others.
    fn survey(
        &self,
        catalog: &mut Catalog,
        summary: FeaturesSummary,
    ) -> io::Result<(FeaturesSummary, Vec<Accepted>, Vec<RejectedRow>)> {
        let mut tally = Tally::new(summary, self.recipe.variables.len());
        let mut refused = Vec::new();
        let mut accepted = Vec::with_capacity(self.flights.len());
        let mut body = Vec::new();
        for (at, place) in &self.flights {
            let row = &mut catalog.rows[*at];
            match self.outcome(*place, &mut body)? {
                Ok(flight) => {
                    make_exact(row, &flight);
                    tally.add(row, &flight);
                    accepted.push(Accepted { row: *at, place: *place, cleaning: flight.cleaning });
                }
                Err(refusal) => {
                    tally.refuse(refusal.code.as_str());
                    refused.push(refusal.into_row(Stage::Features, &row.path));
                }
            }
        }
        Ok((tally.finish(&self.recipe.variables), accepted, refused))
    }

    fn outcome(&self, place: Place, body: &mut Vec<u8>) -> io::Result<Outcome> {
        self.checkpoint.outcome(place, &self.recipe.fractions, body)
    }

    /// The accepted flights in order of their ids, part after part.
    fn parts(
        &self,
        flights: &[Accepted],
        rows: &[CatalogRow],
    ) -> impl Iterator<Item = io::Result<Vec<SummarisedFlight>>> {
        let mut body = Vec::new();
        flights.chunks(FLIGHTS_AT_ONCE).map(move |part| {
            let flights = part.iter().map(|Accepted { row, place, .. }| {
                let refused = |refusal| io::Error::new(io::ErrorKind::InvalidData, refusal);
                let flight = self.outcome(*place, &mut body)?.map_err(refused)?;
                Ok(summarised(&rows[*row], flight))
            });
            flights.collect()
        })
    }

    fn unreadable(&self, source: io::Error) -> FeaturesError {
        let path = self.inputs.paths.checkpoint.clone();
        FeaturesError::Table(TableError::Read { path, source })
    }
}

fn all_rejected(summary: &FeaturesSummary, selected: usize) -> FeaturesError {
    let commonest = summary.rejected.iter().max_by_key(|(_, count)| **count);
    let code = commonest.map_or_else(String::new, |(code, _)| code.clone());
    FeaturesError::AllRejected { selected, code }
}

fn make_exact(row: &mut CatalogRow, flight: &FlightSummary) {
    row.start_time_us = flight.has_calendar.then_some(flight.start_us);
    row.end_time_us = flight.has_calendar.then_some(flight.end_us);
    row.duration_s = Some(flight.duration_s);
    row.time_exact = true;
    row.rows_estimate = flight.cleaning.rows;
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

fn cleaning_row(of: &Accepted, rows: &[CatalogRow]) -> CleaningRow {
    let CatalogRow { flight_id, path, bytes, mtime_ns, .. } = &rows[of.row];
    CleaningRow {
        flight_id: flight_id.clone(),
        path: path.clone(),
        bytes: *bytes,
        mtime_ns: *mtime_ns,
        cleaning: of.cleaning,
    }
}
