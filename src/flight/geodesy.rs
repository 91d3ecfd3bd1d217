//! Geodesy on a sphere: distances and longitudes.
//!
//! The sphere has the Earth's mean radius, so distances differ from the ellipsoid's by at
//! most about 0.5 %. Trigonometry comes from `libm`, whose bits are the same everywhere.

/// Mean radius of the Earth (IUGG) in metres.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Great-circle distance between two points given in degrees, by the haversine formula
/// (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984).
#[must_use]
pub fn haversine_m(lon1_deg: f64, lat1_deg: f64, lon2_deg: f64, lat2_deg: f64) -> f64 {
    let (lat1, lat2) = (lat1_deg.to_radians(), lat2_deg.to_radians());
    let half_lat = libm::sin((lat2 - lat1) / 2.0);
    let half_lon = libm::sin((lon2_deg - lon1_deg).to_radians() / 2.0);
    let h = half_lat * half_lat + libm::cos(lat1) * libm::cos(lat2) * half_lon * half_lon;
    // Rounding can push h past 1 for antipodes.
    2.0 * EARTH_RADIUS_M * libm::asin(h.min(1.0).sqrt())
}

/// `longitude_deg` plus the multiple of 360 that brings it within 180 degrees of
/// `reference_deg`, so that a track across the anti-meridian has no jump.
#[must_use]
pub fn unwrap_longitude(longitude_deg: f64, reference_deg: f64) -> f64 {
    let turns = ((reference_deg - longitude_deg) / 360.0).round();
    // Most longitudes need no turn; adding zero turns would still round them.
    if turns == 0.0 { longitude_deg } else { longitude_deg + turns * 360.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_distances() {
        // A degree of a great circle, and the quarter from the pole to the equator.
        let degree = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;
        assert!((haversine_m(10.0, 0.0, 11.0, 0.0) - degree).abs() < 1e-6);
        assert!((haversine_m(77.0, 90.0, 0.0, 0.0) - 90.0 * degree).abs() < 1e-6);
        assert!((haversine_m(0.0, 0.0, 180.0, 0.0) - 180.0 * degree).abs() < 1e-6);
        assert_eq!(haversine_m(3.0, 4.0, 3.0, 4.0), 0.0);
    }

    proptest! {
        #[test]
        fn a_turn_of_the_globe_changes_no_distance(
            lon1 in -180.0..180.0, lat1 in -90.0..90.0, lon2 in -180.0..180.0, lat2 in -90.0..90.0
        ) {
            let plain = haversine_m(lon1, lat1, lon2, lat2);
            let turned = haversine_m(lon1 + 360.0, lat1, unwrap_longitude(lon2, lon1), lat2);
            prop_assert!((plain - turned).abs() <= 1e-6 + 1e-9 * plain);
            prop_assert!((unwrap_longitude(lon2, lon1) - lon1).abs() <= 180.0 + 1e-9);
        }
    }
}
