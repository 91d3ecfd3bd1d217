//! A track is a flight's cleaned positions: sorted by time, without repeats, unwrapped.

use super::geodesy::{haversine_m, unwrap_longitude};
use super::roles::{NO_TIME, RoleRows, position};
use super::targets::interpolate;
use crate::tables::Cleaning;
use crate::units::MICROSECONDS;

/// Positions in order of time. All vectors but those of the altitude are of one length.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// Strictly ascending microseconds.
    pub(super) time_us: Vec<i64>,
    /// Degrees, without jumps: each within 180 of the one before.
    pub(super) longitude_deg: Vec<f64>,
    /// Degrees.
    pub(super) latitude_deg: Vec<f64>,
    /// Metres since the first row: the file's own, else summed great circles. May step back
    /// where the file's does.
    pub(super) distance_m: Vec<f64>,
    /// Times of the rows that have an altitude.
    pub(super) altitude_time_us: Vec<i64>,
    /// Their pressure altitudes in metres.
    pub(super) altitude_m: Vec<f64>,
}

/// The rows of a file in order of time, as row numbers, without those whose time an earlier
/// row has. Rows without a time stay behind the row above them.
pub(super) fn order_of(rows: &RoleRows, cleaning: &mut Cleaning) -> Vec<u32> {
    let mut last = NO_TIME;
    let keys: Vec<i64> = rows
        .time_us
        .iter()
        .map(|time| {
            last = if *time == NO_TIME { last } else { *time };
            last
        })
        .collect();
    let mut order: Vec<u32> = (0..rows.time_us.len() as u32).collect();
    order.sort_by_key(|row| keys[*row as usize]);
    let before = order.len();
    let mut last = NO_TIME;
    order.retain(|row| {
        let time = rows.time_us[*row as usize];
        let repeats = time != NO_TIME && time == last;
        last = if time == NO_TIME { last } else { time };
        !repeats
    });
    cleaning.repeated_times = (before - order.len()) as u64;
    order
}

impl Track {
    /// Cleans the role rows taken in `order`.
    pub(super) fn clean(rows: &RoleRows, order: &[u32], cleaning: &mut Cleaning) -> Self {
        let mut track = Self::default();
        let mut recorded_m = Vec::new();
        for row in order.iter().map(|row| *row as usize) {
            let time = rows.time_us[row];
            if time == NO_TIME {
                continue;
            }
            if let Some(altitude) = rows.altitude_m.get(row).filter(|a| !a.is_nan()) {
                track.altitude_time_us.push(time);
                track.altitude_m.push(*altitude);
            }
            let place = position(rows.longitude_deg[row], rows.latitude_deg[row]);
            let Some((longitude, latitude)) = place else { continue };
            let reference = track.longitude_deg.last().copied().unwrap_or(longitude);
            track.time_us.push(time);
            track.longitude_deg.push(unwrap_longitude(longitude, reference));
            track.latitude_deg.push(latitude);
            recorded_m.push(rows.distance_m.get(row).copied().unwrap_or(f64::NAN));
        }
        track.distance_m = track.distances(&recorded_m);
        cleaning.kept_rows = track.time_us.len() as u64;
        let gaps = track.time_us.windows(2).map(|pair| pair[1] - pair[0]);
        cleaning.max_gap_s = gaps.max().unwrap_or(0) as f64 / MICROSECONDS as f64;
        track
    }

    /// The file's own distances, from zero and with gaps filled linearly in time; where the
    /// file has none, summed great circles.
    fn distances(&self, recorded_m: &[f64]) -> Vec<f64> {
        let known: Vec<usize> =
            (0..recorded_m.len()).filter(|row| !recorded_m[*row].is_nan()).collect();
        if known.len() < 2 {
            return self.flown_m();
        }
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
