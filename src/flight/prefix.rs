//! A *prefix* is what is known of a flight at an elapsed horizon: the rows up to so many
//! seconds after the first kept one, and nothing of the rows after them.
//!
//! Both ways of reading take note of what the variables came to when a row passes a horizon;
//! `summary` puts that together with the track so far. What a file that ends at the horizon
//! comes to as a whole is, to the last bit, what the whole file's prefix comes to.

use super::aggregate::Accumulator;
use super::geodesy::haversine_m;
use super::order::Order;
use super::roles::{NO_TIME, RoleRows};
use super::track::Track;
use crate::tables::STATE;
use crate::units::MICROSECONDS;

/// What is known of a flight at one horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefix {
    /// Aggregates of the rows so far, variable by variable in the recipe's order; NaN where
    /// missing.
    pub aggregates: Vec<f64>,
    /// The flight's state as of the last kept row, as [`STATE`] names it; NaN where unknown.
    pub state: [f64; STATE.len()],
}

/// Speeds are taken between the last row and the latest row at least so long before it: one
/// second of a radar's or a receiver's rounding would be most of a speed over one second.
const SPEED_OVER_US: i64 = 60 * MICROSECONDS;

/// Takes note of the variables' accumulators when rows pass the horizons, as long as the rows
/// are in order.
#[derive(Debug, Default)]
pub(super) struct Crossings {
    /// Ascending.
    horizons_us: Vec<i64>,
    /// Time of the first kept row.
    start_us: Option<i64>,
    /// For each horizon passed so far an accumulator per wanted variable.
    pub(super) taken: Vec<Vec<Accumulator>>,
}

impl Crossings {
    /// None passed yet of horizons at these seconds, ascending.
    pub(super) fn new(horizons_s: &[f64]) -> Self {
        Self { horizons_us: in_microseconds(horizons_s).collect(), ..Self::default() }
    }

    /// Whether a flight that began might yet pass a horizon.
    #[inline]
    pub(super) fn are_ahead(&self) -> bool {
        self.taken.len() < self.horizons_us.len()
    }

    /// Takes the time of a row that counts, if it has a position; the first one begins the flight.
    #[inline]
    pub(super) fn begin(&mut self, time_us: i64, has_position: impl FnOnce() -> bool) {
        if self.start_us.is_none() && time_us != NO_TIME && has_position() {
            self.start_us = Some(time_us);
        }
    }

    /// Number of horizons that a row at a time passes after `passed` of them.
    pub(super) fn passed_by(&self, time_us: i64, passed: usize) -> usize {
        let Some(start) = self.start_us.filter(|_| time_us != NO_TIME) else { return 0 };
        let ahead = self.horizons_us.get(passed..).unwrap_or_default();
        ahead.iter().take_while(|horizon| time_us > start.saturating_add(**horizon)).count()
    }
}

fn in_microseconds(seconds: &[f64]) -> impl Iterator<Item = i64> {
    seconds.iter().map(|seconds| (seconds * MICROSECONDS as f64).round() as i64)
}

/// For each horizon how many of the ordered rows are its prefix; none for a horizon that the
/// flight does not last to.
pub(super) fn lengths(
    horizons_s: &[f64],
    track: &Track<'_>,
    rows: &RoleRows,
    order: &Order,
) -> Vec<Option<usize>> {
    let (first, last) = (track.time_us[0], track.time_us[track.time_us.len() - 1]);
    let length = |horizon: i64| {
        let end = first.saturating_add(horizon);
        let is_later = |row: usize| rows.time_us[row] != NO_TIME && rows.time_us[row] > end;
        let within = || order.rows().position(is_later).unwrap_or_else(|| order.rows().count());
        (last >= end).then(within)
    };
    in_microseconds(horizons_s).map(length).collect()
}

/// The state of a flight at a horizon that it lasts to.
pub(super) fn state(track: &Track<'_>, horizon_s: f64) -> [f64; STATE.len()] {
    let first = track.time_us[0];
    let horizon = in_microseconds(&[horizon_s]).next().unwrap_or_default();
    let end = first.saturating_add(horizon);
    let Some(here) = last_until(&track.time_us, end) else { return [f64::NAN; STATE.len()] };
    let (longitude, latitude) = (track.longitude_deg[here], track.latitude_deg[here]);
    let (speed, course) = motion(track, here);
    let radians = course.to_radians();
    // A flight that stands still has velocities, but no course.
    let along = |share: f64| if speed == 0.0 { 0.0 } else { speed * share };
    let climb = last_until(&track.altitude_time_us, end)
        .map_or([f64::NAN; 2], |row| [track.altitude_m[row], climb(track, row)]);
    [
        longitude,
        latitude,
        climb[0],
        (track.time_us[here] - first) as f64 / MICROSECONDS as f64,
        track.distance_m[here],
        speed,
        course,
        along(libm::sin(radians)),
        along(libm::cos(radians)),
        climb[1],
    ]
}

/// The last of ascending times that is not after `end`.
fn last_until(times_us: &[i64], end: i64) -> Option<usize> {
    times_us.partition_point(|time| *time <= end).checked_sub(1)
}

/// The row to compare a row with, and the seconds between them.
fn compared(times_us: &[i64], row: usize) -> Option<(usize, f64)> {
    let long_enough = last_until(times_us, times_us[row] - SPEED_OVER_US);
    let before = long_enough.unwrap_or(0);
    let seconds = (times_us[row] - times_us[before]) as f64 / MICROSECONDS as f64;
    (before < row).then_some((before, seconds))
}

/// Speed over ground in metres per second and true track in degrees from north, clockwise;
/// NaN where undefined.
fn motion(track: &Track<'_>, row: usize) -> (f64, f64) {
    let Some((before, seconds)) = compared(&track.time_us, row) else {
        return (f64::NAN, f64::NAN);
    };
    let (from, to) = (
        (track.longitude_deg[before], track.latitude_deg[before]),
        (track.longitude_deg[row], track.latitude_deg[row]),
    );
    let metres = haversine_m(from.0, from.1, to.0, to.1);
    let course = if metres > 0.0 { bearing_deg(from, to) } else { f64::NAN };
    (metres / seconds, course)
}

/// Metres per second upwards; NaN where undefined.
fn climb(track: &Track<'_>, row: usize) -> f64 {
    let Some((before, seconds)) = compared(&track.altitude_time_us, row) else { return f64::NAN };
    (track.altitude_m[row] - track.altitude_m[before]) / seconds
}

/// Initial bearing of the great circle between two places in degrees `(longitude, latitude)`:
/// degrees from north, clockwise, from 0 to 360 (Ed Williams, "Aviation Formulary", course
/// between points).
fn bearing_deg(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (lat1, lat2) = (from.1.to_radians(), to.1.to_radians());
    let turn = (to.0 - from.0).to_radians();
    let east = libm::sin(turn) * libm::cos(lat2);
    let north =
        libm::cos(lat1) * libm::sin(lat2) - libm::sin(lat1) * libm::cos(lat2) * libm::cos(turn);
    let degrees = libm::atan2(east, north).to_degrees();
    if degrees < 0.0 { degrees + 360.0 } else { degrees }
}
