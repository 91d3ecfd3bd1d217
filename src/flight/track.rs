//! A track is a flight's cleaned positions: sorted by time, without repeats, unwrapped.

use std::borrow::Cow;

use super::geodesy::{haversine_m, unwrap_longitude};
use super::order::Order;
use super::roles::{NO_TIME, RoleRows, position};
use super::targets::interpolate;
use crate::tables::Cleaning;
use crate::units::MICROSECONDS;

/// Positions in order of time. All lists but those of the altitude are of one length. What
/// is as in the file is borrowed from the role rows.
#[derive(Debug, Default)]
pub(super) struct Track<'a> {
    /// Strictly ascending microseconds.
    pub(super) time_us: Cow<'a, [i64]>,
    /// Degrees, without jumps: each within 180 of the one before.
    pub(super) longitude_deg: Cow<'a, [f64]>,
    /// Degrees.
    pub(super) latitude_deg: Cow<'a, [f64]>,
    /// Metres since the first row: the file's own, else summed great circles. May step back
    /// where the file's does.
    pub(super) distance_m: Vec<f64>,
    /// Times of the rows that have an altitude.
    pub(super) altitude_time_us: Cow<'a, [i64]>,
    /// Their pressure altitudes in metres.
    pub(super) altitude_m: Cow<'a, [f64]>,
}

impl<'a> Track<'a> {
    /// Cleans the role rows taken in `order`.
    pub(super) fn clean(rows: &'a RoleRows, order: &Order, cleaning: &mut Cleaning) -> Self {
        let is_clean = order.is_as_in_file()
            && cleaning.rows_without_time == 0
            && cleaning.rows_without_position == 0
            && has_no_turns(&rows.longitude_deg);
        let (mut track, recorded_m) =
            if is_clean { Self::borrow(rows) } else { Self::collect(rows, order) };
        track.distance_m = track.distances(&recorded_m);
        cleaning.kept_rows = track.time_us.len() as u64;
        let gaps = track.time_us.windows(2).map(|pair| pair[1] - pair[0]);
        cleaning.max_gap_s = gaps.max().unwrap_or(0) as f64 / MICROSECONDS as f64;
        track
    }

    /// The track of rows that all have a time and a position and that need no turning, with
    /// the distances that the file has.
    fn borrow(rows: &'a RoleRows) -> (Self, Cow<'a, [f64]>) {
        // Counted, since a loop that may end early is not done in vectors.
        let n_altitudes = rows.altitude_m.iter().filter(|m| !m.is_nan()).count();
        let has_altitudes = n_altitudes > 0 && n_altitudes == rows.altitude_m.len();
        let mut track = Self {
            time_us: Cow::Borrowed(&rows.time_us),
            longitude_deg: Cow::Borrowed(&rows.longitude_deg),
            latitude_deg: Cow::Borrowed(&rows.latitude_deg),
            ..Self::default()
        };
        if has_altitudes {
            track.altitude_time_us = Cow::Borrowed(&rows.time_us);
            track.altitude_m = Cow::Borrowed(&rows.altitude_m);
        } else {
            let times = rows.time_us.iter().zip(&rows.altitude_m);
            let (times, altitudes): (Vec<_>, Vec<_>) = times.filter(|(_, m)| !m.is_nan()).unzip();
            (track.altitude_time_us, track.altitude_m) = (times.into(), altitudes.into());
        }
        (track, Cow::Borrowed(&rows.distance_m))
    }

    /// The track of any rows, with the distances that the file has or NaN.
    fn collect(rows: &RoleRows, order: &Order) -> (Self, Cow<'a, [f64]>) {
        let (mut altitude_times, mut altitudes) = (Vec::new(), Vec::new());
        let (mut times, mut longitudes, mut latitudes) = (Vec::new(), Vec::new(), Vec::new());
        let mut recorded_m = Vec::new();
        for row in order.rows() {
            let time = rows.time_us[row];
            if time == NO_TIME {
                continue;
            }
            if let Some(altitude) = rows.altitude_m.get(row).filter(|a| !a.is_nan()) {
                altitude_times.push(time);
                altitudes.push(*altitude);
            }
            let place = position(rows.longitude_deg[row], rows.latitude_deg[row]);
            let Some((longitude, latitude)) = place else { continue };
            let reference = longitudes.last().copied().unwrap_or(longitude);
            times.push(time);
            longitudes.push(unwrap_longitude(longitude, reference));
            latitudes.push(latitude);
            recorded_m.push(rows.distance_m.get(row).copied().unwrap_or(f64::NAN));
        }
        let track = Self {
            time_us: times.into(),
            longitude_deg: longitudes.into(),
            latitude_deg: latitudes.into(),
            distance_m: Vec::new(),
            altitude_time_us: altitude_times.into(),
            altitude_m: altitudes.into(),
        };
        (track, recorded_m.into())
    }

    /// The file's own distances, from zero and with gaps filled linearly in time; where the
    /// file has none, summed great circles.
    fn distances(&self, recorded_m: &[f64]) -> Vec<f64> {
        let n_known = recorded_m.iter().filter(|distance| !distance.is_nan()).count();
        if n_known < 2 {
            return self.flown_m();
        }
        let span_us = self.time_us[self.time_us.len() - 1].abs_diff(self.time_us[0]);
        if n_known == recorded_m.len() && span_us < 1 << 53 {
            // What interpolation gives at the very times of the rows.
            let first = recorded_m[0];
            let since_first = |distance: f64| distance - first;
            let mut distances = vec![since_first(first); recorded_m.len()];
            for (distance, pair) in distances[1..].iter_mut().zip(recorded_m.windows(2)) {
                let (before, here) = (since_first(pair[0]), since_first(pair[1]));
                *distance = before + (here - before);
            }
            return distances;
        }
        let known: Vec<usize> =
            (0..recorded_m.len()).filter(|row| !recorded_m[*row].is_nan()).collect();
        let times: Vec<i64> = known.iter().map(|row| self.time_us[*row]).collect();
        let values: Vec<f64> =
            known.iter().map(|row| recorded_m[*row] - recorded_m[known[0]]).collect();
        let origin = self.time_us[0];
        let fill = |row: usize| {
            let elapsed = (self.time_us[row] - origin) as f64;
            interpolate(&times, &values, origin, elapsed)
        };
        (0..recorded_m.len()).map(fill).collect()
    }

    fn flown_m(&self) -> Vec<f64> {
        let mut total = 0.0;
        let mut flown = Vec::with_capacity(self.time_us.len());
        for row in 0..self.time_us.len() {
            if row > 0 {
                total += haversine_m(
                    self.longitude_deg[row - 1],
                    self.latitude_deg[row - 1],
                    self.longitude_deg[row],
                    self.latitude_deg[row],
                );
            }
            flown.push(total);
        }
        flown
    }

    /// Time between the first and the last row in seconds; 0 for fewer than two rows.
    pub(super) fn duration_s(&self) -> f64 {
        match (self.time_us.first(), self.time_us.last()) {
            (Some(first), Some(last)) => (last - first) as f64 / MICROSECONDS as f64,
            _ => 0.0,
        }
    }
}

/// Whether each longitude is so near to the one before that unwrapping would not change it.
/// A missing one is near to nothing.
pub(super) fn has_no_turns(longitudes_deg: &[f64]) -> bool {
    let steps = longitudes_deg.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let is_first_there = longitudes_deg.first().is_some_and(|first| !first.is_nan());
    // Far below a half turn, so that no rounding has to be thought of.
    is_first_there && steps.filter(|step| *step < 179.0).count() + 1 == longitudes_deg.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn distances_without_gaps_are_what_interpolation_gives(
            steps in prop::collection::vec((1i64..10_000_000, -1e3..1e3f64), 2..50)
        ) {
            let mut now = 0;
            let (times, recorded): (Vec<i64>, Vec<f64>) = steps
                .iter()
                .map(|(step, distance)| {
                    now += step;
                    (now, *distance)
                })
                .unzip();
            let since_first: Vec<f64> = recorded.iter().map(|m| m - recorded[0]).collect();
            let elapsed = times.iter().map(|time| (time - times[0]) as f64);
            let expected: Vec<u64> = elapsed
                .map(|elapsed| interpolate(&times, &since_first, times[0], elapsed).to_bits())
                .collect();
            let track = Track { time_us: times.clone().into(), ..Track::default() };
            let found = track.distances(&recorded);
            prop_assert_eq!(found.iter().map(|m| m.to_bits()).collect::<Vec<_>>(), expected);
        }
    }
}
