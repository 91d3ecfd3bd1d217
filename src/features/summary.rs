//! The summary of the stage: what was selected, read, refused and missing.

use std::collections::BTreeMap;

use crate::flight::FlightSummary;
use crate::memory::peak_memory_bytes;
use crate::tables::{CatalogRow, StageFigures};

/// What the stage did.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct FeaturesSummary {
    /// Flights selected.
    pub selected: u64,
    /// Flights with features.
    pub flights: u64,
    /// Columns of features.
    pub columns: u64,
    /// Bytes of the flights with features.
    pub bytes: u64,
    /// Their rows.
    pub rows: u64,
    /// Selected flights that were taken from a checkpoint, not read.
    pub from_checkpoint: u64,
    /// Selected flights that were taken from the tables of the last run, not read.
    pub from_tables: u64,
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
    /// The file with the largest share of missing cells, and that share; none where no cell
    /// is missing.
    pub worst: Option<(String, f64)>,
    /// Variables that no file has.
    pub unknown_variables: Vec<String>,
    /// Flights without altitude.
    pub without_altitude: u64,
    /// Flights without a calendar.
    pub without_calendar: u64,
    /// Files read by this run.
    pub read_files: u64,
    /// Bytes of them.
    pub read_bytes: u64,
    /// Rows of them, refused files left out.
    pub read_rows: u64,
    /// Seconds that reading took.
    pub read_seconds: f64,
    /// Seconds that making and writing the tables took.
    pub write_seconds: f64,
    /// Of the files read, the one that took longest, and its seconds.
    pub slowest: Option<(String, f64)>,
}

impl FeaturesSummary {
    /// The figures of a run that took so many seconds.
    pub(super) fn figures(&self, seconds: f64) -> StageFigures {
        StageFigures {
            seconds,
            files: self.read_files,
            bytes: Some(self.read_bytes),
            rows: Some(self.read_rows),
            files_per_s: StageFigures::rate(self.read_files, self.read_seconds),
            bytes_per_s: Some(StageFigures::rate(self.read_bytes, self.read_seconds)),
            rows_per_s: Some(StageFigures::rate(self.read_rows, self.read_seconds)),
            flights: self.selected,
            rejected_share: StageFigures::shares(&self.rejected, self.selected),
            missing_share: Some(self.missing_share),
            slowest: self.slowest.clone(),
            worst: self.worst.clone(),
            peak_memory_bytes: peak_memory_bytes(),
        }
    }
}

/// A summary that is being added up, flight by flight.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) summary: FeaturesSummary,
    cells: u64,
    missing_cells: u64,
    /// Whether a variable has had a value.
    has_values: Vec<bool>,
}

impl Tally {
    /// No flight yet.
    pub(super) fn new(summary: FeaturesSummary, n_variables: usize) -> Self {
        Self { summary, cells: 0, missing_cells: 0, has_values: vec![false; n_variables] }
    }

    /// Adds a flight.
    pub(super) fn add(&mut self, row: &CatalogRow, flight: &FlightSummary) {
        let cleaning = &flight.cleaning;
        let summary = &mut self.summary;
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
        self.cells += cleaning.cells;
        self.missing_cells += cleaning.missing_cells;
        let missing_share = cleaning.missing_cells as f64 / cleaning.cells.max(1) as f64;
        if missing_share > summary.worst.as_ref().map_or(0.0, |worst| worst.1) {
            summary.worst = Some((row.path.clone(), missing_share));
        }
        let n_aggregates = flight.aggregates.len() / self.has_values.len().max(1);
        for (has_values, values) in
            self.has_values.iter_mut().zip(flight.aggregates.chunks(n_aggregates.max(1)))
        {
            *has_values |= values.iter().any(|value| !value.is_nan());
        }
    }

    /// Adds a refused flight.
    pub(super) fn refuse(&mut self, code: &str) {
        *self.summary.rejected.entry(code.to_owned()).or_default() += 1;
    }

    /// The summary of all flights, given the names of the variables.
    pub(super) fn finish(mut self, variables: &[String]) -> FeaturesSummary {
        self.summary.missing_share = self.missing_cells as f64 / self.cells.max(1) as f64;
        let unknown =
            variables.iter().zip(&self.has_values).filter(|(_, has_values)| !**has_values);
        self.summary.unknown_variables = unknown.map(|(name, _)| name.clone()).collect();
        self.summary
    }
}
