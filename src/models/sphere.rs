//! Positions on the *sphere*, the Earth as every error and baseline sees it.
//!
//! The great-circle baseline, the median of longitudes and the horizontal error use them. All
//! trigonometry is `libm`'s, so that the same positions give the same bits everywhere.

use crate::flight::{EARTH_RADIUS_M, haversine_m};

/// A position: longitude and latitude in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Longitude in degrees; any branch.
    pub longitude_deg: f64,
    /// Latitude in degrees, from -90 to 90.
    pub latitude_deg: f64,
}

impl Position {
    /// Great-circle distance to another position in metres.
    #[must_use]
    pub fn distance_m(self, to: Self) -> f64 {
        haversine_m(self.longitude_deg, self.latitude_deg, to.longitude_deg, to.latitude_deg)
    }
}

/// The longitude in -180..180 (180 itself becomes -180).
#[must_use]
pub fn wrap_longitude(longitude_deg: f64) -> f64 {
    if (-180.0..180.0).contains(&longitude_deg) {
        return longitude_deg;
    }
    let turned = libm::fmod(longitude_deg + 180.0, 360.0);
    // fmod keeps the sign of its first argument; a tiny negative rest may round up to 360.
    let wrapped = if turned < 0.0 { turned + 360.0 } else { turned } - 180.0;
    if wrapped >= 180.0 { -180.0 } else { wrapped }
}

/// The direction of the mean unit vector of some longitudes, in degrees; 0 without any.
#[must_use]
pub fn mean_longitude(longitudes_deg: impl IntoIterator<Item = f64>) -> f64 {
    let (mut east, mut north) = (0.0, 0.0);
    for longitude in longitudes_deg {
        east += libm::sin(longitude.to_radians());
        north += libm::cos(longitude.to_radians());
    }
    libm::atan2(east, north).to_degrees()
}

/// The position at a share of the great circle between two positions (0 is `from`, 1 is
/// `to`), by spherical linear interpolation (Shoemake 1985).
///
/// Between antipodes no great circle is the shortest: the position is finite and arbitrary.
#[must_use]
pub fn along_great_circle(from: Position, to: Position, share: f64) -> Position {
    let (a, b) = (unit_vector(from), unit_vector(to));
    let angle = from.distance_m(to) / EARTH_RADIUS_M;
    let sine = libm::sin(angle);
    let (wa, wb) = if sine < 1e-12 {
        (1.0 - share, share)
    } else {
        (libm::sin((1.0 - share) * angle) / sine, libm::sin(share * angle) / sine)
    };
    let v = [0, 1, 2].map(|i| wa * a[i] + wb * b[i]);
    let level = libm::sqrt(v[0] * v[0] + v[1] * v[1]);
    if level == 0.0 && v[2] == 0.0 {
        return from;
    }
    Position {
        longitude_deg: libm::atan2(v[1], v[0]).to_degrees(),
        latitude_deg: libm::atan2(v[2], level).to_degrees(),
    }
}

/// The position on the sphere of radius one about the Earth's centre: towards longitude 0 on
/// the equator, towards 90 degrees east on it, and towards the north pole.
#[must_use]
pub fn unit_vector(position: Position) -> [f64; 3] {
    let (lon, lat) = (position.longitude_deg.to_radians(), position.latitude_deg.to_radians());
    let level = libm::cos(lat);
    [level * libm::cos(lon), level * libm::sin(lon), libm::sin(lat)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn at(longitude_deg: f64, latitude_deg: f64) -> Position {
        Position { longitude_deg, latitude_deg }
    }

    #[test]
    fn the_middle_of_a_quarter_circle_over_the_pole_is_where_it_must_be() {
        let middle = along_great_circle(at(0.0, 60.0), at(180.0, 60.0), 0.5);
        assert!((middle.latitude_deg - 90.0).abs() < 1e-9, "{middle:?}");
        let across = along_great_circle(at(170.0, 0.0), at(-170.0, 0.0), 0.25);
        assert!((across.longitude_deg - 175.0).abs() < 1e-9, "{across:?}");
        let still = along_great_circle(at(5.0, 6.0), at(5.0, 6.0), 0.3);
        assert!((still.longitude_deg - 5.0).abs() < 1e-12, "{still:?}");
    }

    #[test]
    fn the_mean_of_longitudes_on_both_sides_of_the_anti_meridian_is_there_and_not_at_zero() {
        assert!((wrap_longitude(mean_longitude([179.0, -179.0])).abs() - 180.0).abs() < 1e-9);
        assert_eq!(mean_longitude([]), 0.0);
    }

    proptest! {
        #[test]
        fn wrapping_shifts_by_whole_turns_into_range(longitude in -1e4..1e4_f64) {
            let wrapped = wrap_longitude(longitude);
            prop_assert!((-180.0..180.0).contains(&wrapped));
            let turns = (longitude - wrapped) / 360.0;
            prop_assert!((turns - turns.round()).abs() < 1e-9);
        }

        #[test]
        fn a_share_of_the_great_circle_is_that_share_of_its_length(
            lon1 in -180.0..180.0_f64, lat1 in -80.0..80.0_f64,
            lon2 in -180.0..180.0_f64, lat2 in -80.0..80.0_f64, share in 0.0..1.0_f64,
        ) {
            let (from, to) = (at(lon1, lat1), at(lon2, lat2));
            let whole = from.distance_m(to);
            prop_assume!(whole < 0.999 * EARTH_RADIUS_M * std::f64::consts::PI);
            let part = from.distance_m(along_great_circle(from, to, share));
            prop_assert!((part - share * whole).abs() < 1.0, "{part} of {whole}");
        }
    }
}
