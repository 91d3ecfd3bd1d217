//! The contents of a checkpoint, as far as they concern the flights of a catalog.

use std::collections::BTreeMap;
use std::path::Path;

use super::FeaturesInputs;
use super::checkpoint::{Checkpoint, is_lasting};
use super::journal::{self, Place};
use super::provenance::Provenance;
use super::record::{self, Outcome, Record};
use crate::flight::{FlightSummary, is_unchanged};
use crate::tables::{Catalog, CleaningRow};

/// What a checkpoint holds for a catalog and a configuration.
#[derive(Debug)]
pub(super) struct Contents<'a> {
    pub(super) inputs: &'a FeaturesInputs<'a>,
    catalog: &'a Catalog,
    rows_by_path: BTreeMap<&'a str, usize>,
    /// How flights are read now.
    pub(super) provenance: Provenance,
    /// Hash of configuration and catalog, by which a run is known again.
    pub(super) run: String,
    /// Where the flight of each row of the catalog is; none where it has to be read.
    pub(super) places: Vec<Option<Place>>,
    /// The rows that the same run selected when it began.
    pub(super) selected: Option<Vec<usize>>,
    /// The settings that were last written down.
    written_under: Option<Provenance>,
    /// Rows whose file is there, but read in another way.
    is_outdated: Vec<bool>,
}

impl<'a> Contents<'a> {
    /// What a checkpoint without records holds.
    pub(super) fn new(inputs: &'a FeaturesInputs<'a>, catalog: &'a Catalog, run: String) -> Self {
        let rows = &catalog.rows;
        Self {
            inputs,
            catalog,
            rows_by_path: rows.iter().enumerate().map(|(at, r)| (r.path.as_str(), at)).collect(),
            provenance: Provenance::new(inputs),
            run,
            places: vec![None; rows.len()],
            selected: None,
            written_under: None,
            is_outdated: vec![false; rows.len()],
        }
    }

    /// Looks at the checkpoint at `path` and changes nothing. A file that is no checkpoint, or
    /// cannot be read, holds nothing.
    pub(super) fn look(mut self, path: &Path) -> Self {
        let _ = journal::look(path, |place, body| self.take(place, body));
        self
    }

    /// Takes note of a record; false for bytes that are none.
    pub(super) fn take(&mut self, place: Place, body: &[u8]) -> bool {
        match record::parse(body) {
            None => return false,
            Some(Record::Settings(json)) => self.written_under = Provenance::parse(json),
            Some(Record::Selected { of, rows }) => {
                let rows: Vec<usize> = rows.into_iter().map(|row| row as usize).collect();
                let is_this = of == self.run && rows.iter().all(|row| *row < self.places.len());
                self.selected = is_this.then_some(rows).or(self.selected.take());
            }
            Some(Record::File { path, bytes, mtime_ns, key, outcome, is_refused }) => {
                let Some(at) = self.rows_by_path.get(path).copied() else { return true };
                let row = &self.catalog.rows[at];
                if (row.bytes, row.mtime_ns) != (bytes, mtime_ns) {
                    return true;
                }
                // A record that does not fit leaves the one before it, which may: the settings
                // of the first run may be back.
                if self.provenance.key(&row.source) != Some(key) {
                    self.is_outdated[at] = self.places[at].is_none();
                } else if self.is_good(outcome, is_refused) {
                    self.places[at] = Some(place);
                    self.is_outdated[at] = false;
                }
            }
        }
        true
    }

    /// Whether an outcome can be used as it is.
    fn is_good(&self, outcome: &[u8], is_refused: bool) -> bool {
        match record::outcome(outcome, is_refused, &self.inputs.targets.fractions) {
            Some(Ok(flight)) => self.is_whole(&flight),
            Some(Err(refusal)) => is_lasting(refusal.code),
            None => false,
        }
    }

    /// Whether a flight has as many values as the settings ask for.
    pub(super) fn is_whole(&self, flight: &FlightSummary) -> bool {
        let features = self.inputs.features;
        flight.aggregates.len() == features.variables.len() * features.aggregates.len()
            && flight.prefixes.len() == features.elapsed_s().len()
    }

    /// The row of a flight of the earlier tables, if it has to be read as things stand, and its
    /// file and settings have not changed.
    pub(super) fn wants(&mut self, flight: &CleaningRow, settings: &Provenance) -> Option<usize> {
        let at = *self.rows_by_path.get(flight.path.as_str())?;
        let row = &self.catalog.rows[at];
        let is_this = (row.bytes, row.mtime_ns) == (flight.bytes, flight.mtime_ns);
        if self.places[at].is_some() || !is_this {
            return None;
        }
        let key = self.provenance.key(&row.source);
        self.is_outdated[at] = key.is_none() || key != settings.key(&row.source);
        (!self.is_outdated[at]).then_some(at)
    }

    /// Takes note of settings that flights were made under, unless the checkpoint named some.
    pub(super) fn came_from(&mut self, settings: Provenance) {
        self.written_under.get_or_insert(settings);
    }

    /// Puts what a row's file came to into the checkpoint.
    pub(super) fn keep(&mut self, to: &Checkpoint, at: usize, outcome: &Outcome) -> bool {
        let row = &self.catalog.rows[at];
        let place = self.provenance.key(&row.source).and_then(|key| to.append(row, &key, outcome));
        self.places[at] = place;
        place.is_some()
    }

    /// The place of a row's flight, if the row's file is still the one that was read.
    pub(super) fn kept(&self, row: usize) -> Option<Place> {
        self.places[row].filter(|_| is_unchanged(self.inputs.root, &self.catalog.rows[row]))
    }

    /// Whether the settings have to be written down.
    pub(super) fn has_new_settings(&self) -> bool {
        self.written_under.as_ref() != Some(&self.provenance)
    }

    /// What changed since the checkpoint was written, as a sentence; none where that costs no
    /// selected flight.
    pub(super) fn changes(&self, selected: &[usize]) -> Option<String> {
        let outdated = selected.iter().filter(|row| self.is_outdated[**row]).count();
        let changed = self.written_under.as_ref()?.differences(&self.provenance);
        if outdated == 0 || changed.is_empty() {
            return None;
        }
        let which = if outdated == selected.len() { "all " } else { "" };
        let flights = if outdated == 1 { "flight is" } else { "flights are" };
        Some(format!(
            "{} changed: {which}{outdated} finished {flights} read again",
            changed.join(", ")
        ))
    }
}
