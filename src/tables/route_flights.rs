//! Route flights: which flights of a pair took which of its routes.

use std::path::Path;

use super::columns::ColumnsOut;
use super::file::Kind;
use super::{Digest, ExploredTable, Stamp, TableError};

/// The schema.
pub const ROUTE_FLIGHTS: Kind =
    Kind { schema: "traj.explore.route-flights/1", made_by: "traj explore" };

/// A flight and its route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteFlightRow {
    /// The flight.
    pub flight_id: String,
    /// Its pair.
    pub pair: String,
    /// Its route: `A` for the one that most flights of the pair take, then `B`, and so on.
    pub route: String,
}

/// The flights of the pairs that have several routes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteFlightTable {
    /// By pair in the order of the page, then by flight.
    pub rows: Vec<RouteFlightRow>,
}

impl ExploredTable for RouteFlightTable {
    fn file_name(&self) -> &'static str {
        "route_flights.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("flight_id", rows.iter().map(|row| Some(row.flight_id.as_str())));
        out.text("pair", rows.iter().map(|row| Some(row.pair.as_str())));
        out.text("route", rows.iter().map(|row| Some(row.route.as_str())));
        out.write(path, ROUTE_FLIGHTS, stamp)
    }
}
