//! Targets are a track's state at fractions of its time or of its distance.

use std::borrow::Cow;

use super::track::Track;
use crate::units::MICROSECONDS;

/// A flight's state at one fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetPoint {
    /// The fraction.
    pub fraction: f64,
    /// Degrees, unwrapped.
    pub longitude_deg: f64,
    /// Degrees.
    pub latitude_deg: f64,
    /// Metres of pressure altitude; none where the flight has none.
    pub altitude_m: Option<f64>,
    /// Seconds since the first kept row.
    pub elapsed_s: f64,
    /// Metres since the first kept row.
    pub distance_m: f64,
}

/// The state at fractions of the time: linear interpolation at
/// `t_first + x (t_last - t_first)`. The track has at least one row.
pub(super) fn along_time(track: &Track<'_>, fractions: &[f64]) -> Vec<TargetPoint> {
    let first = track.time_us[0];
    let span = (track.time_us[track.time_us.len() - 1] - first) as f64;
    let at = |fraction: &f64| {
        let elapsed_us = fraction * span;
        let place = place(&track.time_us, first, elapsed_us);
        let value = |values: &[f64]| place.of(values);
        TargetPoint {
            fraction: *fraction,
            longitude_deg: value(&track.longitude_deg),
            latitude_deg: value(&track.latitude_deg),
            altitude_m: altitude_at(track, elapsed_us),
            elapsed_s: elapsed_us / MICROSECONDS as f64,
            distance_m: value(&track.distance_m),
        }
    };
    fractions.iter().map(at).collect()
}

/// The state at fractions of the distance: at the first row whose running maximum of the
/// distance reaches x of the total, interpolated from the row before.
pub(super) fn along_distance(track: &Track<'_>, fractions: &[f64]) -> Vec<TargetPoint> {
    let reached = running_maximum(&track.distance_m);
    let highest = reached[reached.len() - 1];
    let first = track.time_us[0];
    let at = |fraction: &f64| {
        let wanted = fraction * highest;
        let row = reached.partition_point(|distance| *distance < wanted).min(reached.len() - 1);
        let before = row.saturating_sub(1);
        let step = reached[row] - reached[before];
        let share = if step > 0.0 { (wanted - reached[before]) / step } else { 0.0 };
        let between = |values: &[f64]| values[before] + (values[row] - values[before]) * share;
        let since_first = |row: usize| (track.time_us[row] - first) as f64;
        let elapsed_us = since_first(before) + (since_first(row) - since_first(before)) * share;
        TargetPoint {
            fraction: *fraction,
            longitude_deg: between(&track.longitude_deg),
            latitude_deg: between(&track.latitude_deg),
            altitude_m: altitude_at(track, elapsed_us),
            elapsed_s: elapsed_us / MICROSECONDS as f64,
            distance_m: wanted,
        }
    };
    fractions.iter().map(at).collect()
}

fn altitude_at(track: &Track<'_>, elapsed_us: f64) -> Option<f64> {
    let interpolated =
        || interpolate(&track.altitude_time_us, &track.altitude_m, track.time_us[0], elapsed_us);
    (!track.altitude_m.is_empty()).then(interpolated)
}

/// The largest distance so far; in most files, the distance itself.
fn running_maximum(distances: &[f64]) -> Cow<'_, [f64]> {
    let is_ascending = distances.windows(2).filter(|pair| pair[0] <= pair[1]).count() + 1;
    if is_ascending == distances.len() {
        return Cow::Borrowed(distances);
    }
    let mut highest = f64::NEG_INFINITY;
    let reached = distances.iter().map(|distance| {
        highest = highest.max(*distance);
        highest
    });
    reached.collect()
}

/// Linear interpolation over ascending times, flat beyond both ends, as `numpy.interp`.
/// There is at least one time.
///
/// Times are taken relative to `origin_us`, since f64 cannot hold fractions of a microsecond
/// since 1970.
pub(super) fn interpolate(
    times_us: &[i64],
    values: &[f64],
    origin_us: i64,
    elapsed_us: f64,
) -> f64 {
    place(times_us, origin_us, elapsed_us).of(values)
}

/// A place in a list of times: at a row, or between the row before one and that one.
#[derive(Clone, Copy)]
enum Place {
    At(usize),
    Before(usize, f64),
}

impl Place {
    fn of(self, values: &[f64]) -> f64 {
        match self {
            Self::At(row) => values[row],
            Self::Before(row, share) => values[row - 1] + (values[row] - values[row - 1]) * share,
        }
    }
}

fn place(times_us: &[i64], origin_us: i64, elapsed_us: f64) -> Place {
    let since_origin = |time: i64| (time - origin_us) as f64;
    let after = times_us.partition_point(|time| since_origin(*time) < elapsed_us);
    if after == 0 {
        return Place::At(0);
    }
    if after == times_us.len() {
        return Place::At(after - 1);
    }
    let (left, right) = (since_origin(times_us[after - 1]), since_origin(times_us[after]));
    Place::Before(after, (elapsed_us - left) / (right - left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track() -> Track<'static> {
        // Eastward along the equator, then a step back, then on; the clock runs 0, 10, 20, 40 s.
        Track {
            time_us: [0, 10, 20, 40].map(|s| s * MICROSECONDS).to_vec().into(),
            longitude_deg: vec![0.0, 2.0, 1.0, 4.0].into(),
            latitude_deg: vec![0.0; 4].into(),
            distance_m: vec![0.0, 200.0, 100.0, 400.0],
            altitude_time_us: vec![10 * MICROSECONDS, 20 * MICROSECONDS].into(),
            altitude_m: vec![1000.0, 3000.0].into(),
        }
    }

    #[test]
    fn along_time_is_linear_between_rows_and_altitude_flat_beyond_its_ends() {
        let points = along_time(&track(), &[0.0, 0.125, 0.375, 0.75, 1.0]);
        let longitudes: Vec<f64> = points.iter().map(|p| p.longitude_deg).collect();
        assert_eq!(longitudes, [0.0, 1.0, 1.5, 2.5, 4.0]);
        let altitudes: Vec<f64> = points.iter().filter_map(|p| p.altitude_m).collect();
        assert_eq!(altitudes, [1000.0, 1000.0, 2000.0, 3000.0, 3000.0]);
        assert_eq!(points[2].elapsed_s, 15.0);
        assert_eq!(points[2].distance_m, 150.0);
    }

    #[test]
    fn along_distance_is_where_the_distance_is_first_reached() {
        let points = along_distance(&track(), &[0.25, 0.5, 0.75, 1.0]);
        let elapsed: Vec<f64> = points.iter().map(|p| p.elapsed_s).collect();
        // 100 m at 5 s, 200 m at 10 s; 300 m half-way from the second maximum at 20 s to 40 s.
        assert_eq!(elapsed, [5.0, 10.0, 30.0, 40.0]);
        assert_eq!(points[2].distance_m, 300.0);
    }

    #[test]
    fn a_track_that_does_not_move_has_targets_at_its_place() {
        let still = Track {
            time_us: vec![0, MICROSECONDS].into(),
            longitude_deg: vec![3.0; 2].into(),
            latitude_deg: vec![4.0; 2].into(),
            distance_m: vec![0.0; 2],
            ..Track::default()
        };
        let point = along_distance(&still, &[0.5])[0];
        assert_eq!((point.longitude_deg, point.elapsed_s, point.altitude_m), (3.0, 0.0, None));
    }
}
