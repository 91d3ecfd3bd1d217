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
