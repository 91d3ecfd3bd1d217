//! An airport is a place where flights begin and end, known by its ICAO and IATA codes.
//!
//! `init` and `index` ask for the [`nearest_airport`] to a track's ends where nothing else
//! names the pair. The table holds the busiest airports of the world, more densely in
//! Europe, with some closed ones that older data still have. Codes, reference points and
//! elevations are those of the national aeronautical publications, rounded to 0.001
//! degrees and a foot: good for telling airports apart, not for flying.

use std::sync::LazyLock;

use super::{NameParts, haversine_m};

/// One airport of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Airport {
    /// ICAO location indicator, four letters.
    pub icao: &'static str,
    /// IATA code, three letters.
    pub iata: &'static str,
    /// City, and the airport's own name where the city has several.
    pub name: &'static str,
    /// Degrees north.
    pub latitude_deg: f64,
    /// Degrees east.
    pub longitude_deg: f64,
    /// Feet above mean sea level.
    pub elevation_ft: f64,
}

/// The airport nearest to a position, if it is within `within_m` metres.
///
/// ```
/// let airport = traj::flight::nearest_airport(-3.56, 40.49, 5_000.0).expect("Madrid");
/// assert_eq!((airport.icao, airport.iata), ("LEMD", "MAD"));
/// assert_eq!(traj::flight::nearest_airport(-35.0, 45.0, 100_000.0), None);
/// ```
#[must_use]
pub fn nearest_airport(
    longitude_deg: f64,
    latitude_deg: f64,
    within_m: f64,
) -> Option<&'static Airport> {
    // A degree of latitude is never shorter than this, so that most airports need no sine.
    let band_deg = within_m / 110_000.0;
    AIRPORTS
        .iter()
        .filter(|airport| (airport.latitude_deg - latitude_deg).abs() <= band_deg)
        .map(|airport| {
            let (lon, lat) = (airport.longitude_deg, airport.latitude_deg);
            (haversine_m(longitude_deg, latitude_deg, lon, lat), airport)
        })
        .filter(|(distance_m, _)| *distance_m <= within_m)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, airport)| airport)
}

/// How far from an airport a flight may begin or end, in metres: within the traffic pattern.
const AIRPORT_RADIUS_M: f64 = 15_000.0;

/// Names the ends of a flight that are still unknown by the airports nearest to its first and
/// last position, longitude and latitude in degrees.
pub fn fill_from_airports(identity: &mut NameParts, ends_deg: Option<((f64, f64), (f64, f64))>) {
    let Some((first, last)) = ends_deg else { return };
    let icao = |(longitude, latitude): (f64, f64)| {
        nearest_airport(longitude, latitude, AIRPORT_RADIUS_M).map(|a| a.icao.to_owned())
    };
    if identity.origin.is_none() {
        identity.origin = icao(first);
    }
    if identity.destination.is_none() {
        identity.destination = icao(last);
    }
}

/// The airport with an ICAO or IATA code, in upper case.
#[must_use]
pub fn airport_with_code(code: &str) -> Option<&'static Airport> {
    AIRPORTS.iter().find(|airport| airport.icao == code || airport.iata == code)
}

static AIRPORTS: LazyLock<Vec<Airport>> = LazyLock::new(|| {
    let lines = include_str!("airports.csv").lines().skip(1);
    lines.map(|line| airport(line).expect("a test reads every line of the table")).collect()
});

fn airport(line: &'static str) -> Option<Airport> {
    let mut cells = line.split(',');
    Some(Airport {
        icao: cells.next()?,
        iata: cells.next()?,
        name: cells.next()?,
        latitude_deg: cells.next()?.parse().ok()?,
        longitude_deg: cells.next()?.parse().ok()?,
        elevation_ft: cells.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance_km(from: &str, to: &str) -> f64 {
        let (a, b) = (airport_with_code(from).unwrap(), airport_with_code(to).unwrap());
        haversine_m(a.longitude_deg, a.latitude_deg, b.longitude_deg, b.latitude_deg) / 1000.0
    }

    #[test]
    fn the_table_is_sorted_by_code_and_codes_are_unique() {
        assert!(AIRPORTS.len() > 400, "{}", AIRPORTS.len());
        assert!(AIRPORTS.windows(2).all(|pair| pair[0].icao < pair[1].icao));
        let mut iata: Vec<_> = AIRPORTS.iter().map(|airport| airport.iata).collect();
        iata.sort_unstable();
        assert!(iata.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn every_airport_is_on_the_globe_and_apart_from_the_others() {
        for airport in AIRPORTS.iter() {
            assert!(airport.latitude_deg.abs() < 80.0, "{airport:?}");
            assert!(airport.longitude_deg.abs() <= 180.0, "{airport:?}");
            assert!((-100.0..9_000.0).contains(&airport.elevation_ft), "{airport:?}");
            assert!(!airport.name.is_empty() && airport.icao.len() == 4, "{airport:?}");
            assert!(airport.iata.len() == 3, "{airport:?}");
            let (lon, lat) = (airport.longitude_deg, airport.latitude_deg);
            assert_eq!(nearest_airport(lon, lat, 2_000.0), Some(airport));
        }
    }

    #[test]
    fn distances_between_airports_are_the_published_ones() {
        for (from, to, km) in [
            ("LEMD", "LEBL", 484.0),
            ("EGLL", "KJFK", 5540.0),
            ("MAD", "BCN", 484.0),
            ("YSSY", "SCEL", 11_350.0),
            ("KIAH", "KBOS", 2568.0),
            ("SYD", "LAX", 12_060.0),
            ("SIN", "FRA", 10_260.0),
        ] {
            let found = distance_km(from, to);
            assert!((found - km).abs() < 0.01 * km, "{from}-{to}: {found} km");
        }
    }

    #[test]
    fn the_nearest_airport_is_the_nearest_and_within_reach() {
        // Between Heathrow and Gatwick, nearer to Heathrow.
        let near = |within_m| nearest_airport(-0.4, 51.4, within_m).map(|airport| airport.icao);
        assert_eq!(near(20_000.0), Some("EGLL"));
        assert_eq!(near(5_000.0), None);
        assert_eq!(nearest_airport(f64::NAN, 51.4, 1e6), None);
    }
}
