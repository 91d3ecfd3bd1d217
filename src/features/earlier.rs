//! Earlier tables: what the last run came to need not be read again where neither the files
//! nor the settings that a flight depends on have changed.

use std::collections::BTreeMap;

use super::FeaturesInputs;
use super::assemble::FLIGHTS_AT_ONCE;
use super::checkpoint::Checkpoint;
use super::contents::Contents;
use super::provenance::Provenance;
use crate::flight::{FlightSummary, Prefix, TargetPoint};
use crate::tables::{
    Axis, CLEANING, CleaningRow, CleaningTable, FEATURES, FeatureTable, STATE, STATE_ELAPSED,
    Stamp, TARGETS, TableError, TargetRow, TargetTable, stamp_of,
};
use crate::tabulate::prefix_width;
use crate::units::MICROSECONDS;

/// Key of the settings in the features' metadata.
const SETTINGS: &str = "traj.settings";
/// Key of their hashes by source: settings as text have their numbers rounded.
const READING: &str = "traj.reading";

/// What the features' metadata says of how the flights were read.
pub(super) fn notes(provenance: &Provenance) -> BTreeMap<String, String> {
    BTreeMap::from([
        (SETTINGS.to_owned(), provenance.to_json()),
        (READING.to_owned(), provenance.keys_as_json()),
    ])
}

/// How the flights of a features table were read, from its [`notes`].
pub(super) fn settings_of(features: &Stamp) -> Option<Provenance> {
    let settings = Provenance::parse(features.notes.get(SETTINGS)?)?;
    settings.with_keys(features.notes.get(READING)?)
}

/// Selected rows of the catalog that the earlier tables have as they are.
///
/// Takes note of the settings of the earlier tables in `contents` on the way. Tables that are
/// damaged, of different runs or of an older version have nothing.
pub(super) fn find(
    inputs: &FeaturesInputs<'_>,
    contents: &mut Contents<'_>,
    selected: &[usize],
) -> Vec<Found> {
    parts(inputs, contents, selected).unwrap_or_default()
}

/// A part of the earlier tables that has flights of interest.
#[derive(Debug)]
pub(super) struct Found {
    /// The first flight's place in the tables.
    pub(super) first: usize,
    pub(super) cleaning: Vec<CleaningRow>,
    /// The part's flights that are wanted: their place in the part, and in the catalog.
    pub(super) wanted: Vec<(usize, usize)>,
}

fn parts(
    inputs: &FeaturesInputs<'_>,
    contents: &mut Contents<'_>,
    selected: &[usize],
) -> Option<Vec<Found>> {
    let paths = &inputs.paths;
    let (features, _) = stamp_of(&paths.features, FEATURES).ok()?;
    for (path, kind) in [(&paths.targets, TARGETS), (&paths.cleaning, CLEANING)] {
        let (stamp, _) = stamp_of(path, kind).ok()?;
        if (&stamp.config, &stamp.inputs) != (&features.config, &features.inputs) {
            return None;
        }
    }
    let settings = settings_of(&features)?;
    let mut is_selected = vec![false; contents.places.len()];
    selected.iter().for_each(|row| is_selected[*row] = true);
    let mut found = Vec::new();
    for first in (0..).step_by(FLIGHTS_AT_ONCE) {
        let cleaning = CleaningTable::read_rows(&paths.cleaning, first..first + FLIGHTS_AT_ONCE);
        let cleaning = cleaning.ok()?;
        if cleaning.is_empty() {
            break;
        }
        let wanted = cleaning.iter().enumerate().filter_map(|(at, row)| {
            let wanted = contents.wants(row, &settings)?;
            is_selected[wanted].then_some((at, wanted))
        });
        let wanted: Vec<(usize, usize)> = wanted.collect();
        if !wanted.is_empty() {
            found.push(Found { first, cleaning, wanted });
        }
    }
    contents.came_from(settings);
    Some(found)
}

/// Puts the flights of a part into the checkpoint.
///
/// # Errors
/// [`TableError`] where a table cannot be read; its flights are then read from their files.
pub(super) fn take(
    inputs: &FeaturesInputs<'_>,
    contents: &mut Contents<'_>,
    checkpoint: &Checkpoint,
    part: &Found,
) -> Result<u64, TableError> {
    let n_points = 2 * inputs.targets.fractions.len();
    let rows = part.first..part.first + part.cleaning.len();
    let features = FeatureTable::read_rows(&inputs.paths.features, rows.clone())?;
    let rows = rows.start * n_points..rows.end * n_points;
    let targets = TargetTable::read_rows(&inputs.paths.targets, rows)?;
    let mut taken = 0;
    for (at, row) in &part.wanted {
        let points = targets.get(at * n_points..(at + 1) * n_points).unwrap_or_default();
        let Some(flight) = flight(inputs, &features, points, &part.cleaning[*at], *at) else {
            continue;
        };
        taken += u64::from(contents.keep(checkpoint, *row, &Ok(flight)));
    }
    Ok(taken)
}

/// A flight's summary from its rows; none where they are not those of one flight.
fn flight(
    inputs: &FeaturesInputs<'_>,
    features: &FeatureTable,
    points: &[TargetRow],
    cleaning: &CleaningRow,
    at: usize,
) -> Option<FlightSummary> {
    let id = features.flight_id.get(at)?;
    let n_aggregates = inputs.features.variables.len() * inputs.features.aggregates.len();
    let aggregates = features.features.get(..n_aggregates)?;
    let start = features.start_time_us[at];
    let duration_s = features.duration_s[at];
    let fractions = &inputs.targets.fractions;
    let along = |axis: Axis, points: &[TargetRow]| -> Option<Vec<TargetPoint>> {
        let point = |(point, fraction): (&TargetRow, &f64)| {
            let is_this = point.flight_id == *id
                && point.axis == axis
                && point.fraction.to_bits() == fraction.to_bits();
            is_this.then_some(TargetPoint {
                fraction: *fraction,
                longitude_deg: point.longitude_deg,
                latitude_deg: point.latitude_deg,
                altitude_m: point.altitude_m,
                elapsed_s: point.elapsed_s,
                distance_m: point.distance_m,
            })
        };
        points.iter().zip(fractions).map(point).collect()
    };
    let (by_time, by_distance) = points.split_at_checked(fractions.len())?;
    (cleaning.flight_id == *id && by_distance.len() == fractions.len()).then_some(())?;
    // Durations are whole microseconds, which seconds hold exactly after rounding.
    let duration_us = (duration_s * MICROSECONDS as f64).round() as i64;
    Some(FlightSummary {
        start_us: start.unwrap_or(0),
        end_us: start.unwrap_or(0) + duration_us,
        has_calendar: start.is_some(),
        duration_s,
        distance_m: features.distance_m[at],
        aggregates: aggregates.iter().map(|feature| feature.values[at]).collect(),
        prefixes: prefixes(inputs, features, at)?,
        along_time: along(Axis::Time, by_time)?,
        along_distance: along(Axis::Distance, by_distance)?,
        cleaning: cleaning.cleaning,
    })
}

/// What was known of a flight at the elapsed horizons, from the columns in which
/// [`crate::tabulate`] wrote it.
fn prefixes(
    inputs: &FeaturesInputs<'_>,
    features: &FeatureTable,
    at: usize,
) -> Option<Vec<Option<Prefix>>> {
    let n_aggregates = inputs.features.variables.len() * inputs.features.aggregates.len();
    let columns = features.features.get(n_aggregates..)?;
    let width = prefix_width(n_aggregates);
    let prefix = |place: usize| {
        let columns = columns.get(place * width..(place + 1) * width)?;
        let values: Vec<f64> = columns.iter().map(|feature| feature.values[at]).collect();
        let (aggregates, rest) = values.split_at(n_aggregates);
        let state: [f64; STATE.len()] = rest.get(..STATE.len())?.try_into().ok()?;
        // Every flight that lasts to a horizon has a last row there.
        let was_there = !state[STATE_ELAPSED].is_nan();
        Some(was_there.then(|| Prefix { aggregates: aggregates.to_vec(), state }))
    };
    (0..inputs.features.elapsed_s().len()).map(prefix).collect()
}
