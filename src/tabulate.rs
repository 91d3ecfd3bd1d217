//! Tabulation puts flights' summaries into the rows of the feature and target tables.
//!
//! `features` calls it on the flights of the catalog, `predict` on the CSV files that it is
//! given, so that a model sees the same columns from both.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::flight::{FlightSummary, Prefix, Recipe, TargetPoint, airport_with_code, haversine_m};
use crate::tables::{
    Axis, Category, DISTANCE_TO_GO, Feature, FeatureTable, Horizon, STATE, STATE_LATITUDE,
    STATE_LONGITUDE, Stamp, TargetRow, TargetTable, aggregate_column, at_horizon,
};

/// A flight's summary and what is known of the flight besides.
#[derive(Debug, Clone, PartialEq)]
pub struct SummarisedFlight {
    /// Unique name.
    pub flight_id: String,
    /// Where it comes from.
    pub origin: Option<String>,
    /// Where it goes.
    pub destination: Option<String>,
    /// Callsign.
    pub callsign: Option<String>,
    /// ICAO aircraft type designator.
    pub aircraft_type: Option<String>,
    /// What its file came to.
    pub summary: FlightSummary,
}

/// Names of category columns that flights can have.
pub const CATEGORIES: [&str; 5] = ["origin", "destination", "aircraft_type", "airline", "callsign"];

/// Names of calendar columns that flights can have: `weekday` (0 is Monday, as in pandas),
/// `hour` (since midnight, with its minutes as a fraction) and `month` (1 to 12) of the start,
/// in UTC.
pub const CALENDAR: [&str; 3] = ["weekday", "hour", "month"];

/// Which columns the tables get.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// Variables, aggregates and fractions, as the summaries were made with.
    pub recipe: &'a Recipe,
    /// Some of [`CATEGORIES`].
    pub categories: &'a [String],
    /// Some of [`CALENDAR`].
    pub calendar: &'a [String],
}

/// The feature and target tables of some flights, sorted by flight id.
#[must_use]
pub fn tabulate(
    mut flights: Vec<SummarisedFlight>,
    columns: Columns<'_>,
    stamp: &Stamp,
) -> (FeatureTable, TargetTable) {
    flights.sort_by(|a, b| a.flight_id.cmp(&b.flight_id));
    let targets = TargetTable { rows: target_rows(&flights), stamp: stamp.clone() };
    (feature_table(&flights, columns, stamp), targets)
}

/// The feature table of some flights, in their order.
#[must_use]
pub fn feature_table(
    flights: &[SummarisedFlight],
    columns: Columns<'_>,
    stamp: &Stamp,
) -> FeatureTable {
    let starts: Vec<Option<i64>> =
        flights.iter().map(|f| f.summary.has_calendar.then_some(f.summary.start_us)).collect();
    let mut table = FeatureTable {
        flight_id: flights.iter().map(|f| f.flight_id.clone()).collect(),
        origin: flights.iter().map(|f| f.origin.clone()).collect(),
        destination: flights.iter().map(|f| f.destination.clone()).collect(),
        duration_s: flights.iter().map(|f| f.summary.duration_s).collect(),
        distance_m: flights.iter().map(|f| f.summary.distance_m).collect(),
        features: aggregates(flights, columns.recipe)
            .chain(prefixes(flights, columns.recipe))
            .collect(),
        categories: Vec::new(),
        stamp: stamp.clone(),
        start_time_us: starts.clone(),
    };
    for name in columns.calendar {
        let values = starts.iter().map(|start| calendar(name, *start)).collect();
        table.features.push(Feature { name: name.clone(), horizon: Horizon::Departure, values });
    }
    for name in
        columns.categories.iter().filter(|n| !["origin", "destination"].contains(&n.as_str()))
    {
        let values = flights.iter().map(|flight| category(name, flight)).collect();
        table.categories.push(Category { name: name.clone(), values });
    }
    table
}

/// One column per variable and aggregate.
fn aggregates(flights: &[SummarisedFlight], recipe: &Recipe) -> impl Iterator<Item = Feature> {
    aggregate_names(recipe).enumerate().map(|(column, name)| Feature {
        name,
        horizon: Horizon::WholeFlight,
        values: flights.iter().map(|f| f.summary.aggregates[column]).collect(),
    })
}

fn aggregate_names(recipe: &Recipe) -> impl Iterator<Item = String> {
    recipe.variables.iter().flat_map(|variable| {
        recipe.aggregates.iter().map(move |a| aggregate_column(variable, &a.to_string()))
    })
}

/// Number of columns of an elapsed horizon, given the number of aggregates.
#[must_use]
pub fn prefix_width(n_aggregates: usize) -> usize {
    n_aggregates + STATE.len() + 1
}

/// For each elapsed horizon a column per variable and aggregate, then the flight's state: its
/// [`STATE`] and its distance to go. Missing for flights that were over.
fn prefixes(flights: &[SummarisedFlight], recipe: &Recipe) -> impl Iterator<Item = Feature> {
    recipe.elapsed_s.iter().enumerate().flat_map(move |(place, seconds)| {
        let horizon = Horizon::Elapsed(Duration::from_secs_f64(*seconds));
        let state = STATE.iter().map(|name| (*name).to_owned());
        let names = aggregate_names(recipe).chain(state).chain([DISTANCE_TO_GO.to_owned()]);
        names.enumerate().map(move |(column, name)| Feature {
            name: at_horizon(&name, horizon),
            horizon,
            values: flights
                .iter()
                .map(|flight| {
                    let prefix = flight.summary.prefixes[place].as_ref();
                    prefix.map_or(f64::NAN, |prefix| known_of(flight, prefix, column))
                })
                .collect(),
        })
    })
}

/// The value of a column of an elapsed horizon.
fn known_of(flight: &SummarisedFlight, prefix: &Prefix, column: usize) -> f64 {
    let known = prefix.aggregates.iter().chain(&prefix.state).nth(column);
    known.copied().unwrap_or_else(|| {
        let destination = flight.destination.as_deref().and_then(airport_with_code);
        destination.map_or(f64::NAN, |airport| {
            let (longitude, latitude) =
                (prefix.state[STATE_LONGITUDE], prefix.state[STATE_LATITUDE]);
            haversine_m(longitude, latitude, airport.longitude_deg, airport.latitude_deg)
        })
    })
}

/// A calendar column's value; NaN without a calendar.
fn calendar(name: &str, start_us: Option<i64>) -> f64 {
    let Some(start) = start_us.and_then(|us| Timestamp::from_microsecond(us).ok()) else {
        return f64::NAN;
    };
    let start = start.to_zoned(TimeZone::UTC);
    match name {
        "weekday" => f64::from(start.weekday().to_monday_zero_offset()),
        "hour" => start.time().duration_since(Time::midnight()).as_secs_f64() / 3600.0,
        "month" => f64::from(start.month()),
        _ => f64::NAN,
    }
}

fn category(name: &str, flight: &SummarisedFlight) -> Option<String> {
    match name {
        "aircraft_type" => flight.aircraft_type.clone(),
        "callsign" => flight.callsign.clone(),
        "airline" => flight.callsign.as_deref().and_then(airline).map(str::to_owned),
        _ => None,
    }
}

/// The airline in an ICAO callsign: three letters before a digit (ICAO Doc 8585); none for a
/// registration or anything else.
fn airline(callsign: &str) -> Option<&str> {
    let bytes = callsign.as_bytes();
    let is_airline = bytes.len() > 3
        && bytes[..3].iter().all(u8::is_ascii_uppercase)
        && bytes[3].is_ascii_digit();
    is_airline.then(|| &callsign[..3])
}

/// The rows of the target table of some flights, in their order.
#[must_use]
pub fn target_rows(flights: &[SummarisedFlight]) -> Vec<TargetRow> {
    let mut rows = Vec::new();
    for flight in flights {
        for (axis, points) in [
            (Axis::Time, &flight.summary.along_time),
            (Axis::Distance, &flight.summary.along_distance),
        ] {
            rows.extend(points.iter().map(|point| target_row(&flight.flight_id, axis, point)));
        }
    }
    rows
}

fn target_row(flight_id: &str, axis: Axis, point: &TargetPoint) -> TargetRow {
    TargetRow {
        flight_id: flight_id.to_owned(),
        axis,
        fraction: point.fraction,
        longitude_deg: point.longitude_deg,
        latitude_deg: point.latitude_deg,
        altitude_m: point.altitude_m,
        elapsed_s: point.elapsed_s,
        distance_m: point.distance_m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_airline_is_read_from_an_airline_callsign_only() {
        assert_eq!(airline("IBE1802"), Some("IBE"));
        assert_eq!(airline("EZY36QD"), Some("EZY"));
        for other in ["N123AB", "GABCD", "IBE", "ibe12", "ÉBE12"] {
            assert_eq!(airline(other), None, "{other}");
        }
    }

    #[test]
    fn calendar_columns_follow_pandas() {
        let start = "2024-03-05T23:45:00Z".parse::<Timestamp>().unwrap().as_microsecond();
        assert_eq!(calendar("weekday", Some(start)), 1.0, "a Tuesday");
        assert_eq!(calendar("hour", Some(start)), 23.75);
        assert_eq!(calendar("month", Some(start)), 3.0);
        assert!(calendar("hour", None).is_nan());
    }
}
