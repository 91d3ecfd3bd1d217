//! Names of feature columns: `<variable>_<aggregate>`, with `@<horizon>` when seen early.

use std::time::Duration;

use super::Horizon;

/// The column, and the category, of where a flight comes from.
pub const ORIGIN: &str = "origin";
/// The column, and the category, of where it goes.
pub const DESTINATION: &str = "destination";
/// The column of the time between the first and the last kept row.
pub const DURATION: &str = "duration_s";
/// The column of the metres flown.
pub const DISTANCE: &str = "distance_m";
/// What is known of a flight's state at an elapsed horizon, a column each: position, pressure
/// altitude, seconds since the first kept row and metres flown since, and how it moves: speed
/// over ground, true track, the same as velocities (which do not jump at north), and vertical
/// speed.
pub const STATE: [&str; 10] = [
    "longitude_deg",
    "latitude_deg",
    "altitude_m",
    "elapsed_s",
    "distance_m",
    "ground_speed_m_s",
    "track_deg",
    "east_velocity_m_s",
    "north_velocity_m_s",
    "vertical_rate_m_s",
];
/// Place of the longitude in [`STATE`].
pub const STATE_LONGITUDE: usize = 0;
/// Place of the latitude in [`STATE`].
pub const STATE_LATITUDE: usize = 1;
/// Place of the seconds since the first kept row in [`STATE`]; never missing.
pub const STATE_ELAPSED: usize = 3;
/// Metres along the great circle from the last position at an elapsed horizon to the
/// destination; missing where traj does not know the airport.
pub const DISTANCE_TO_GO: &str = "distance_to_go_m";
/// Calendar columns whose numbers are names: Saturday is not six times Monday.
pub const CALENDAR_NAMES: [&str; 2] = ["weekday", "month"];

/// The column of a variable's aggregate over the whole flight, such as `T_mean`.
#[must_use]
pub fn aggregate_column(variable: &str, aggregate: &str) -> String {
    format!("{variable}_{aggregate}")
}

/// The name of `column` when it is seen only up to `horizon`: `T_mean@600s`.
///
/// Columns known at departure or over the whole flight keep their plain name.
#[must_use]
pub fn at_horizon(column: &str, horizon: Horizon) -> String {
    match horizon {
        Horizon::Elapsed(time) => format!("{column}@{}s", time.as_secs()),
        Horizon::Departure | Horizon::WholeFlight => column.to_owned(),
    }
}

/// The elapsed horizon that a column's name carries, if any.
#[must_use]
pub fn horizon_of_column(column: &str) -> Option<Horizon> {
    let seconds = column.rsplit_once('@')?.1.strip_suffix('s')?.parse().ok()?;
    Some(Horizon::Elapsed(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_name_carries_its_elapsed_horizon_and_no_other() {
        let horizon = Horizon::Elapsed(Duration::from_mins(10));
        let name = at_horizon(&aggregate_column("altitude", "last"), horizon);
        assert_eq!(name, "altitude_last@600s");
        assert_eq!(horizon_of_column(&name), Some(horizon));
        assert_eq!(horizon_of_column(&at_horizon("T_mean", Horizon::WholeFlight)), None);
    }
}
