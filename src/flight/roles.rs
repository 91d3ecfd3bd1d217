//! Role rows are the part of a flight that must be held in memory: time and position of
//! every row, in the order of the file.

use crate::tables::Cleaning;
use crate::units::MICROSECONDS;

/// Stands for a row without a time.
pub(super) const NO_TIME: i64 = i64::MIN;

/// The role columns of a file: a vector per role, a value per row, NaN where missing.
#[derive(Debug, Default)]
pub(super) struct RoleRows {
    /// Microseconds, after days are added at midnight; [`NO_TIME`] where missing.
    pub(super) time_us: Vec<i64>,
    /// Degrees.
    pub(super) longitude_deg: Vec<f64>,
    /// Degrees.
    pub(super) latitude_deg: Vec<f64>,
    /// Metres; empty if the source has no altitude.
    pub(super) altitude_m: Vec<f64>,
    /// Metres; empty if the source has no distance.
    pub(super) distance_m: Vec<f64>,
}

impl RoleRows {
    /// Forgets the rows, but not the memory they took.
    pub(super) fn clear(&mut self) {
        self.time_us.clear();
        for column in [
            &mut self.longitude_deg,
            &mut self.latitude_deg,
            &mut self.altitude_m,
            &mut self.distance_m,
        ] {
            column.clear();
        }
    }
}

const HOUR_US: i64 = 3600 * MICROSECONDS;
const DAY_US: i64 = 24 * HOUR_US;

/// Follows the clock down a file: adds a day where it steps back by about one, and notices
/// rows that are out of order.
#[derive(Debug, Default)]
pub(super) struct Clock {
    offset_us: i64,
    last_us: Option<i64>,
    /// Whether some row came before the one above it.
    pub(super) disordered: bool,
    /// Whether some row has the time of the one above it.
    pub(super) repeated: bool,
}

/// What the clock says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    /// The row comes after all rows above it, or has no time.
    Onward,
    /// The row has the same time as the one above it.
    Repeated,
    /// The row comes before the one above it.
    Back,
}

impl Clock {
    /// Takes the raw times of rows, or [`NO_TIME`], if each is plainly later than the one above,
    /// and says whether that is so; [`Self::tick`] takes others one by one.
    #[inline]
    pub(super) fn tick_onward(&mut self, times_us: &[i64]) -> bool {
        let (Some(first), Some(last)) = (times_us.first(), times_us.last()) else { return true };
        let is_onward = !self.disordered
            && self.offset_us == 0
            && self.last_us.unwrap_or(NO_TIME) < *first
            && times_us.is_sorted_by(|above, below| above < below);
        if is_onward {
            self.last_us = Some(*last);
        }
        is_onward
    }

    /// Takes a row's raw time; gives its time after days are added.
    pub(super) fn tick(&mut self, raw_us: Option<i64>, cleaning: &mut Cleaning) -> (i64, Tick) {
        let Some(raw) = raw_us else { return (NO_TIME, Tick::Onward) };
        let mut time = raw + self.offset_us;
        let Some(last) = self.last_us else {
            self.last_us = Some(time);
            return (time, Tick::Onward);
        };
        if (20 * HOUR_US..=25 * HOUR_US).contains(&(last - time)) {
            // The date was not advanced at midnight.
            self.offset_us += DAY_US;
            time += DAY_US;
            cleaning.midnight_steps += 1;
        } else if self.offset_us > 0 && time - last >= 20 * HOUR_US {
            // The date is right again, so the day that was added above is now one too many.
            self.offset_us -= DAY_US;
            time -= DAY_US;
        }
        self.last_us = Some(time);
        match time.cmp(&last) {
            std::cmp::Ordering::Greater => (time, Tick::Onward),
            std::cmp::Ordering::Equal => {
                self.repeated = true;
                (time, Tick::Repeated)
            }
            std::cmp::Ordering::Less => {
                self.disordered = true;
                cleaning.out_of_order_rows += 1;
                (time, Tick::Back)
            }
        }
    }
}

/// A position on the globe, or none: latitudes beyond the poles and longitudes beyond a
/// full turn are the sign of another unit, not of a place.
pub(super) fn position(longitude_deg: f64, latitude_deg: f64) -> Option<(f64, f64)> {
    let on_globe = latitude_deg.abs() <= 90.0 && longitude_deg.abs() <= 360.0;
    on_globe.then_some((longitude_deg, latitude_deg))
}
