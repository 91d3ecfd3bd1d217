//! A *dataset* is the flights that models learn from and are judged on: features and
//! targets of the same flights, along one axis, in one order.
//!
//! `train` builds one per axis; `evaluate` compares predictions with its targets.

use std::collections::BTreeMap;

use ndarray::{Array2, Axis as MatrixAxis};

use super::sphere::{Position, mean_longitude};
use crate::flight::unwrap_longitude;
use crate::tables::{
    Axis, FeatureTable, Horizon, Target, TargetRow, TargetTable, aggregate_column,
};

/// Fractions closer than this are the same fraction.
const SAME_FRACTION: f64 = 1e-9;

/// Targets with altitude, in the order of the target matrices' columns.
const WITH_ALTITUDE: &[Target] =
    &[Target::Longitude, Target::Latitude, Target::Altitude, Target::Elapsed, Target::Distance];
/// Targets without.
const WITHOUT_ALTITUDE: &[Target] =
    &[Target::Longitude, Target::Latitude, Target::Elapsed, Target::Distance];

/// What is predicted, in the order of the columns of target matrices.
pub(super) fn target_columns(has_altitude: bool) -> &'static [Target] {
    if has_altitude { WITH_ALTITUDE } else { WITHOUT_ALTITUDE }
}

/// Flights with features and all targets along one axis, in ascending order of their ids.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Along what the fractions are taken.
    pub axis: Axis,
    /// The fractions, ascending.
    pub fractions: Vec<f64>,
    /// What the columns of `targets` are; without altitude there is no such column.
    pub columns: &'static [Target],
    /// Each flight's row in the feature table; `n_flights` ascending numbers.
    pub rows: Vec<usize>,
    /// Each flight's pair; none where an end is unknown.
    pub pairs: Vec<Option<String>>,
    /// Each flight's ends, duration and length.
    pub spans: Vec<Span>,
    /// For each fraction a matrix `(n_flights, n_targets)`: degrees, metres and seconds, all
    /// finite. Longitudes lie within 180 degrees of the mean of their pair at the fraction,
    /// so they may leave -180..180.
    pub targets: Vec<Array2<f64>>,
    /// Flights of either table that are not here, and why.
    pub refused: Refused,
}

/// A flight from end to end, as the great-circle baseline sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The first position, at the fraction `from_share`.
    pub first: Position,
    /// The last position, at the fraction `to_share`.
    pub last: Position,
    /// Fraction at which `first` was: 0 when the feature table knows the first row.
    pub from_share: f64,
    /// Fraction at which `last` was: 1 when the feature table knows the last row.
    pub to_share: f64,
    /// Seconds from the first to the last row.
    pub duration_s: f64,
    /// Metres along the great circle from the first to the last row.
    pub length_m: f64,
}

/// How many flights a dataset had to leave out, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refused {
    /// Flights with targets and no features, or features and no targets.
    pub unmatched: usize,
    /// Flights that lack one of the fractions, or have a number there that is not finite.
    pub incomplete: usize,
    /// Flights without altitude while others have it.
    pub without_altitude: usize,
}

impl Dataset {
    /// Joins features and targets along `axis` at `fractions` (ascending, unlike each other).
    #[must_use]
    pub fn join(
        features: &FeatureTable,
        targets: &TargetTable,
        axis: Axis,
        fractions: &[f64],
    ) -> Self {
        let mut by_flight: BTreeMap<&str, Vec<&TargetRow>> = BTreeMap::new();
        for row in targets.rows.iter().filter(|row| row.axis == axis) {
            by_flight.entry(&row.flight_id).or_default().push(row);
        }
        let n_tracks = by_flight.len();
        let mut order: Vec<usize> = (0..features.n_flights()).collect();
        order.sort_by(|a, b| features.flight_id[*a].cmp(&features.flight_id[*b]));
        let tracks: Vec<(usize, Vec<&TargetRow>)> = order
            .iter()
            .filter_map(|&row| Some((row, by_flight.remove(features.flight_id[row].as_str())?)))
            .collect();
        let n_matched = tracks.len();
        let unmatched = order.len() + n_tracks - 2 * n_matched;

        let whole: Vec<(usize, Vec<&TargetRow>)> = tracks
            .into_iter()
            .filter_map(|(row, track)| Some((row, at_fractions(&track, fractions)?)))
            .collect();
        let incomplete = n_matched - whole.len();
        let has_altitude = |track: &[&TargetRow]| track.iter().all(|row| row.altitude_m.is_some());
        let any_altitude = whole.iter().any(|(_, track)| has_altitude(track));
        let n_whole = whole.len();
        let kept: Vec<(usize, Vec<&TargetRow>)> =
            whole.into_iter().filter(|(_, track)| !any_altitude || has_altitude(track)).collect();
        let without_altitude = n_whole - kept.len();

        let columns = target_columns(any_altitude);
        let mut dataset = Self {
            axis,
            fractions: fractions.to_vec(),
            columns,
            pairs: kept.iter().map(|(row, _)| features.pair(*row)).collect(),
            spans: spans(features, &kept, fractions),
            targets: (0..fractions.len()).map(|at| matrix(&kept, at, columns)).collect(),
            rows: kept.into_iter().map(|(row, _)| row).collect(),
            refused: Refused { unmatched, incomplete, without_altitude },
        };
        dataset.gather_longitudes();
        dataset
    }

    /// Number of flights.
    #[must_use]
    pub fn n_flights(&self) -> usize {
        self.rows.len()
    }

    /// Whether altitude is a target.
    #[must_use]
    pub fn has_altitude(&self) -> bool {
        self.columns.contains(&Target::Altitude)
    }

    /// The column of a target in the target matrices.
    #[must_use]
    pub fn column(&self, target: Target) -> Option<usize> {
        self.columns.iter().position(|column| *column == target)
    }

    /// Whether a flight lasts to a horizon, so that there is something to predict. At departure
    /// every flight does; a whole flight is looked back on.
    #[must_use]
    pub fn lasts_to(&self, flight: usize, horizon: Horizon) -> bool {
        horizon.elapsed_s().is_none_or(|elapsed_s| self.spans[flight].duration_s >= elapsed_s)
    }

    /// Whether a flight has the fraction of a number still ahead of it at a horizon. What was
    /// flown already is no prediction.
    #[must_use]
    pub fn is_ahead(&self, flight: usize, at: usize, horizon: Horizon) -> bool {
        let elapsed = self.column(Target::Elapsed).expect("every dataset has it");
        horizon.elapsed_s().is_none_or(|elapsed_s| {
            self.lasts_to(flight, horizon) && self.targets[at][[flight, elapsed]] > elapsed_s
        })
    }

    /// The flights, ascending, that last to a horizon.
    #[must_use]
    pub fn lasting(&self, flights: &[usize], horizon: Option<Horizon>) -> Vec<usize> {
        let lasts = |flight: &usize| horizon.is_none_or(|horizon| self.lasts_to(*flight, horizon));
        flights.iter().copied().filter(lasts).collect()
    }

    /// The dataset of some of its flights, given in ascending order.
    #[must_use]
    pub fn of(&self, flights: &[usize]) -> Self {
        Self {
            axis: self.axis,
            fractions: self.fractions.clone(),
            columns: self.columns,
            rows: flights.iter().map(|flight| self.rows[*flight]).collect(),
            pairs: flights.iter().map(|flight| self.pairs[*flight].clone()).collect(),
            spans: flights.iter().map(|flight| self.spans[*flight]).collect(),
            targets: self.targets.iter().map(|all| all.select(MatrixAxis(0), flights)).collect(),
            refused: self.refused,
        }
    }

    /// The flights of each pair, in order; those of unknown ends are a group of their own.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<Option<&str>, Vec<usize>> {
        let mut groups: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for (flight, pair) in self.pairs.iter().enumerate() {
            groups.entry(pair.as_deref()).or_default().push(flight);
        }
        groups
    }

    /// Shifts longitudes by whole turns towards the mean of their pair at the fraction, so
    /// that means and medians near the anti-meridian are near it. The choice of the turn is
    /// the only thing that a held-out flight has a say in, and errors do not depend on it.
    fn gather_longitudes(&mut self) {
        let groups: Vec<Vec<usize>> = self.groups().into_values().collect();
        for matrix in &mut self.targets {
            for flights in &groups {
                let reference = mean_longitude(flights.iter().map(|flight| matrix[[*flight, 0]]));
                for &flight in flights {
                    matrix[[flight, 0]] = unwrap_longitude(matrix[[flight, 0]], reference);
                }
            }
        }
    }
}

/// A flight's rows at the fractions, or none if one is missing or not finite.
fn at_fractions<'a>(track: &[&'a TargetRow], fractions: &[f64]) -> Option<Vec<&'a TargetRow>> {
    fractions
        .iter()
        .map(|fraction| {
            track.iter().copied().find(|row| (row.fraction - fraction).abs() < SAME_FRACTION)
        })
        .map(|row| row.filter(|row| is_finite(row)))
        .collect()
}

fn is_finite(row: &TargetRow) -> bool {
    let numbers = [row.longitude_deg, row.latitude_deg, row.elapsed_s, row.distance_m];
    numbers.iter().all(|v| v.is_finite()) && row.altitude_m.is_none_or(f64::is_finite)
}

fn matrix(kept: &[(usize, Vec<&TargetRow>)], at: usize, columns: &[Target]) -> Array2<f64> {
    Array2::from_shape_fn((kept.len(), columns.len()), |(flight, column)| {
        let row = kept[flight].1[at];
        match columns[column] {
            Target::Longitude => row.longitude_deg,
            Target::Latitude => row.latitude_deg,
            // The column is only there when every kept flight has an altitude.
            Target::Altitude => row.altitude_m.unwrap_or_default(),
            Target::Elapsed => row.elapsed_s,
            // The others are no columns.
            Target::Distance | Target::Horizontal | Target::HorizontalAtTime | Target::Duration => {
                row.distance_m
            }
        }
    })
}

fn spans(
    features: &FeatureTable,
    kept: &[(usize, Vec<&TargetRow>)],
    fractions: &[f64],
) -> Vec<Span> {
    let column = |variable: &str, aggregate: &str| {
        let name = aggregate_column(variable, aggregate);
        features.features.iter().find(|feature| feature.name == name).map(|f| &f.values)
    };
    let longitude = (column("longitude", "first"), column("longitude", "last"));
    let latitude = (column("latitude", "first"), column("latitude", "last"));
    let known = |values: Option<&Vec<f64>>, row: usize| {
        values.map(|values| values[row]).filter(|value| value.is_finite())
    };
    let ends = |row: usize| {
        let first = (known(longitude.0, row)?, known(latitude.0, row)?);
        let last = (known(longitude.1, row)?, known(latitude.1, row)?);
        Some((first, last))
    };
    kept.iter()
        .map(|(row, track)| {
            let (low, high) = (track[0], track[track.len() - 1]);
            let from_targets =
                ((low.longitude_deg, low.latitude_deg), (high.longitude_deg, high.latitude_deg));
            let (shares, (first, last)) = match ends(*row) {
                Some(ends) => ((0.0, 1.0), ends),
                None => ((fractions[0], fractions[fractions.len() - 1]), from_targets),
            };
            let duration = features.duration_s[*row];
            span(shares, first, last, duration, high)
        })
        .collect()
}

fn span(
    (from_share, to_share): (f64, f64),
    first: (f64, f64),
    last: (f64, f64),
    duration_s: f64,
    high: &TargetRow,
) -> Span {
    let position = |(longitude_deg, latitude_deg)| Position { longitude_deg, latitude_deg };
    let (first, last) = (position(first), position(last));
    // A single fraction is a track of no length; it stands for the whole.
    let share = if to_share > from_share { to_share - from_share } else { 1.0 };
    Span {
        first,
        last,
        from_share,
        to_share,
        duration_s: if duration_s.is_finite() {
            duration_s
        } else if high.fraction > 0.0 {
            high.elapsed_s / high.fraction
        } else {
            high.elapsed_s
        },
        length_m: first.distance_m(last) / share,
    }
}
