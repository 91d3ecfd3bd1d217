//! An airport is a place with runway directions.
//!
//! The table serves [`super::Pair`], the timetable and the route builder. Reference points
//! and elevations follow the national aeronautical publications, rounded to 0.001 degrees
//! and a foot; true headings are rounded to a degree. Good for synthetic flights, not for
//! flying.

use super::sphere::Position;

/// One airport of the table.
#[derive(Debug, PartialEq)]
pub(super) struct Airport {
    /// ICAO location indicator.
    pub(super) icao: &'static str,
    pub(super) latitude_deg: f64,
    pub(super) longitude_deg: f64,
    pub(super) elevation_ft: f64,
    /// True headings of the runways for departures; the wind chooses.
    pub(super) departure_headings_deg: &'static [f64],
    /// True headings of the runways for arrivals.
    pub(super) arrival_headings_deg: &'static [f64],
}

impl Airport {
    pub(super) fn position(&self) -> Position {
        Position::from_degrees(self.latitude_deg, self.longitude_deg)
    }
}

/// Every airport that a pair may name, by indicator.
pub(super) const AIRPORTS: [Airport; 18] = [
    airport("EBBR", 50.901, 4.484, 184.0, &[66.0, 246.0], &[66.0, 246.0]),
    airport("EDDF", 50.033, 8.571, 364.0, &[70.0, 180.0, 250.0], &[70.0, 250.0]),
    airport("EDDM", 48.354, 11.786, 1487.0, &[82.0, 262.0], &[82.0, 262.0]),
    airport("EGLL", 51.470, -0.454, 83.0, &[90.0, 270.0], &[90.0, 270.0]),
    airport("EHAM", 52.309, 4.764, -11.0, &[58.0, 3.0, 183.0, 238.0], &[58.0, 183.0, 267.0]),
    airport("EKCH", 55.618, 12.656, 17.0, &[42.0, 222.0], &[42.0, 222.0]),
    airport("LEBL", 41.297, 2.079, 14.0, &[65.0, 245.0], &[65.0, 245.0]),
    airport("LEMD", 40.494, -3.567, 1998.0, &[2.0, 143.0], &[182.0, 323.0]),
    airport("LEMG", 36.675, -4.499, 53.0, &[131.0, 311.0], &[131.0, 311.0]),
    airport("LEPA", 39.552, 2.739, 27.0, &[58.0, 238.0], &[58.0, 238.0]),
    airport("LEVC", 39.489, -0.482, 240.0, &[118.0, 298.0], &[118.0, 298.0]),
    airport("LFBO", 43.629, 1.364, 499.0, &[143.0, 323.0], &[143.0, 323.0]),
    airport("LFPG", 49.010, 2.548, 392.0, &[85.0, 265.0], &[85.0, 265.0]),
    airport("LIMC", 45.631, 8.728, 768.0, &[170.0, 350.0], &[350.0, 170.0]),
    airport("LIRF", 41.800, 12.239, 13.0, &[253.0, 162.0], &[342.0, 162.0]),
    airport("LOWW", 48.110, 16.570, 600.0, &[116.0, 164.0, 296.0], &[116.0, 164.0, 344.0]),
    airport("LPPT", 38.774, -9.134, 374.0, &[21.0, 201.0], &[21.0, 201.0]),
    airport("LSZH", 47.465, 8.549, 1416.0, &[100.0, 154.0, 317.0], &[137.0, 275.0]),
];

/// The airport with this indicator, if the table has it.
pub(super) fn find(icao: &str) -> Option<&'static Airport> {
    AIRPORTS.iter().find(|airport| airport.icao.eq_ignore_ascii_case(icao))
}

const fn airport(
    icao: &'static str,
    latitude_deg: f64,
    longitude_deg: f64,
    elevation_ft: f64,
    departure_headings_deg: &'static [f64],
    arrival_headings_deg: &'static [f64],
) -> Airport {
    Airport {
        icao,
        latitude_deg,
        longitude_deg,
        elevation_ft,
        departure_headings_deg,
        arrival_headings_deg,
    }
}
