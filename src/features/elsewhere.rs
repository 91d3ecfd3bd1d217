//! Flights that are read *elsewhere*, by the function that reads them here, and what is checked
//! of them before they are kept.
//!
//! A reader is given rows of the catalog and hands over what their files came to as bytes. The
//! stage does the rest as ever, so the tables are the same bytes.

use std::path::Path;

use rayon::prelude::*;

use super::checkpoint::{Checkpoint, is_lasting};
use super::contents::Contents;
use super::journal::Place;
use super::read::{Reading, read_one, source_of};
use super::record::{self, Sent};
use super::stage::features_by;
use super::{FeaturesError, FeaturesInputs, FeaturesSummary};
use crate::flight::{Recipe, Source};
use crate::progress::Progress;
use crate::tables::{CatalogRow, Part};

/// What the file of a flight came to, as [`read_flight`] wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    /// Which of the flights that were asked for.
    pub at: usize,
    /// What it came to.
    pub outcome: Vec<u8>,
}

/// Takes flights, with the name of who read them.
pub type Take<'a> = &'a mut dyn FnMut(&str, Vec<Arrived>) -> Result<(), FeaturesError>;

/// Someone who reads flights somewhere else.
pub trait FlightReader {
    /// Reads flights and hands each one over once, some at a time, in any order; ends early when
    /// `progress` says stop.
    ///
    /// # Errors
    /// Those of `take`; [`FeaturesError::Elsewhere`] for what keeps the flights from being read.
    fn read(
        &mut self,
        flights: &[&CatalogRow],
        take: Take<'_>,
        progress: &dyn Progress,
    ) -> Result<(), FeaturesError>;
}

/// What a flight's file comes to, as bytes: all that another machine has to do for
/// [`features_elsewhere`]. Of the row it needs path, size, time of change and source.
#[must_use]
pub fn read_flight(root: &Path, row: &CatalogRow, source: &Source, recipe: &Recipe) -> Vec<u8> {
    record::send(&read_one(root, row, source, recipe))
}

/// As [`super::features`], but the flights are read by `reader`.
///
/// One flight in a hundred, and of every batch at least one, is read here as well, and so is
/// every one that was refused for the state of its file; the two must be the same bytes.
///
/// # Errors
/// As [`super::features`]; [`FeaturesError::Differs`] if a flight is not what it should be and
/// [`FeaturesError::NeverCame`] if one is missing at the end, after which the checkpoint is gone and
/// the tables are as they were.
pub fn features_elsewhere(
    inputs: &FeaturesInputs<'_>,
    reader: &mut dyn FlightReader,
    progress: &dyn Progress,
) -> Result<FeaturesSummary, FeaturesError> {
    let mut read = |recipe: &Recipe,
                    rows: &[&CatalogRow],
                    places: &mut [Option<Place>],
                    (checkpoint, contents): (&Checkpoint, &Contents<'_>),
                    progress: &dyn Progress| {
        let asked: Vec<usize> = (0..rows.len()).filter(|at| places[*at].is_none()).collect();
        let missing: Vec<&CatalogRow> = asked.iter().map(|at| rows[*at]).collect();
        let bytes = missing.iter().map(|row| row.bytes).sum();
        progress.begin("reading flights", missing.len() as u64, bytes);
        let mut reading = Reading::default();
        let desk = Desk { recipe, missing: &missing, checkpoint, contents, progress };
        let mut take = |reader: &str, arrived: Vec<Arrived>| {
            desk.check(reader, &arrived)?;
            for Arrived { at, outcome } in &arrived {
                let place = &mut places[asked[*at]];
                if place.is_some() {
                    return Err(desk.differs(reader, *at, "it came twice"));
                }
                let (kept, read) = desk.keep(reader, *at, outcome)?;
                if kept.is_none() {
                    // No more need come; the checkpoint itself says why.
                    return Err(FeaturesError::Interrupted { kept: 0, selected: 0 });
                }
                *place = kept;
                reading = std::mem::take(&mut reading).with(read);
            }
            Ok(())
        };
        reader.read(&missing, &mut take, progress)?;
        let lost = asked.iter().filter(|at| places[**at].is_none()).count();
        if lost > 0 && !progress.stopped() {
            return Err(FeaturesError::NeverCame { lost, asked: asked.len() });
        }
        Ok(reading)
    };
    features_by(inputs, &mut read, progress)
}

/// Where flights arrive.
struct Desk<'a> {
    recipe: &'a Recipe,
    missing: &'a [&'a CatalogRow],
    checkpoint: &'a Checkpoint,
    contents: &'a Contents<'a>,
    progress: &'a dyn Progress,
}

impl Desk<'_> {
    /// Checks a batch: all of it is about flights that were asked for, and the samples are what
    /// comes out here.
    fn check(&self, reader: &str, arrived: &[Arrived]) -> Result<(), FeaturesError> {
        if arrived.iter().any(|flight| flight.at >= self.missing.len()) {
            return Err(self.differs(reader, 0, "with it came flights that nobody asked for"));
        }
        let hundredth: Part = "1/100".parse().expect("a part");
        let is_one_in_a_hundred =
            |flight: &Arrived| hundredth.has_flight(&self.missing[flight.at].flight_id);
        let has_none = !arrived.iter().any(is_one_in_a_hundred);
        let is_sample = |(number, flight): &(usize, &Arrived)| {
            is_one_in_a_hundred(flight)
                || (has_none && *number == 0)
                || self.is_passing(&flight.outcome)
        };
        let samples: Vec<&Arrived> =
            arrived.iter().enumerate().filter(is_sample).map(|(_, flight)| flight).collect();
        let is_wrong = |flight: &&&Arrived| {
            let row = self.missing[flight.at];
            let source = source_of(self.contents.inputs, &self.contents.provenance, row);
            source.is_none_or(|(source, _)| {
                let root = self.contents.inputs.root;
                read_flight(root, row, source, self.recipe) != flight.outcome
            })
        };
        // For one, it would take longer to wake another thread.
        let wrong = match samples.len() {
            0 | 1 => samples.iter().find(is_wrong),
            _ => samples.par_iter().find_first(is_wrong),
        };
        match wrong {
            Some(flight) => Err(self.differs(reader, flight.at, "read here, it is another")),
            None => Ok(()),
        }
    }

    /// Whether a flight was refused for something that need not be so here.
    fn is_passing(&self, bytes: &[u8]) -> bool {
        record::sent(bytes).is_some_and(|Sent { outcome, is_refused }| {
            let refusal =
                is_refused.then(|| record::outcome(outcome, true, &self.recipe.fractions));
            matches!(refusal, Some(Some(Err(refusal))) if !is_lasting(refusal.code))
        })
    }

    /// Puts a flight into the checkpoint; says where, and what it came to. No place if the
    /// checkpoint has failed.
    fn keep(
        &self,
        reader: &str,
        at: usize,
        bytes: &[u8],
    ) -> Result<(Option<Place>, Reading), FeaturesError> {
        let row = self.missing[at];
        let sent = record::sent(bytes);
        let outcome = sent.and_then(|Sent { outcome, is_refused }| {
            record::outcome(outcome, is_refused, &self.recipe.fractions)
        });
        let key = self.contents.provenance.key(&row.source);
        let (Some(sent), Some(outcome), Some(key)) = (sent, outcome, key) else {
            return Err(self.differs(reader, at, "its bytes are no flight"));
        };
        let rows = match &outcome {
            Ok(flight) if self.contents.is_whole(flight) => flight.cleaning.rows,
            Ok(_) => return Err(self.differs(reader, at, "it has other features than asked for")),
            Err(refusal) => {
                self.progress.reject(&row.path, refusal, None);
                0
            }
        };
        let place = self.checkpoint.append_body(&record::file_with(row, &key, sent));
        self.progress.advance(1, row.bytes);
        Ok((place, Reading { files: 1, bytes: row.bytes, rows, slowest: None }))
    }

    fn differs(&self, reader: &str, at: usize, reason: &'static str) -> FeaturesError {
        let path = self.missing[at].path.escape_debug().to_string();
        FeaturesError::Differs { reader: reader.to_owned(), path, reason }
    }
}
