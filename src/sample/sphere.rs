//! A position is a point on the sphere, held as a unit vector so that great circles need no
//! trigonometry.
//!
//! The route builder places waypoints with it and the simulator moves the aircraft with it.
//! Formulas: great-circle navigation with n-vectors, Gade (2010),
//! <https://doi.org/10.1017/S0373463309990415>.

/// Mean Earth radius (IUGG), metres.
pub(super) const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A vector in the Earth-fixed frame (x to 0 N 0 E, z to the north pole).
pub(super) type Vector = [f64; 3];

/// A point on the sphere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Position(pub(super) Vector);

impl Position {
    pub(super) fn from_degrees(latitude_deg: f64, longitude_deg: f64) -> Self {
        let (sin_lat, cos_lat) = libm::sincos(latitude_deg.to_radians());
        let (sin_lon, cos_lon) = libm::sincos(longitude_deg.to_radians());
        Self([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    }

    pub(super) fn latitude_deg(self) -> f64 {
        let [x, y, z] = self.0;
        libm::atan2(z, (x * x + y * y).sqrt()).to_degrees()
    }

    pub(super) fn longitude_deg(self) -> f64 {
        libm::atan2(self.0[1], self.0[0]).to_degrees()
    }

    /// Unit vectors to the east and to the north. Not defined at the poles.
    pub(super) fn east_north(self) -> (Vector, Vector) {
        let [x, y, _] = self.0;
        let horizontal = (x * x + y * y).sqrt();
        let east = [-y / horizontal, x / horizontal, 0.0];
        (east, cross(self.0, east))
    }

    /// The point reached along a great circle that starts with this displacement.
    pub(super) fn moved(self, east_m: f64, north_m: f64) -> Self {
        let distance_m = (east_m * east_m + north_m * north_m).sqrt();
        if distance_m == 0.0 {
            return self;
        }
        let (east, north) = self.east_north();
        let (sin, cos) = libm::sincos(distance_m / EARTH_RADIUS_M);
        let (to_east, to_north) = (sin * east_m / distance_m, sin * north_m / distance_m);
        let at = |i: usize| self.0[i] * cos + east[i] * to_east + north[i] * to_north;
        Self(unit([at(0), at(1), at(2)]))
    }

    /// The point at a distance on an initial bearing.
    pub(super) fn toward(self, bearing_deg: f64, distance_m: f64) -> Self {
        let (sin, cos) = libm::sincos(bearing_deg.to_radians());
        self.moved(distance_m * sin, distance_m * cos)
    }

    /// Great-circle distance, metres.
    pub(super) fn distance_m(self, other: Self) -> f64 {
        EARTH_RADIUS_M * libm::atan2(norm(cross(self.0, other.0)), dot(self.0, other.0))
    }

    /// Initial bearing to another point, degrees in [0, 360).
    pub(super) fn bearing_deg(self, other: Self) -> f64 {
        let (east, north) = self.east_north();
        wrap_360(libm::atan2(dot(other.0, east), dot(other.0, north)).to_degrees())
    }
}

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn norm(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// The vector of length 1 in the same direction; `a` must not be null.
pub(super) fn unit(a: Vector) -> Vector {
    let length = norm(a);
    [a[0] / length, a[1] / length, a[2] / length]
}

/// An angle in [0, 360).
pub(super) fn wrap_360(angle_deg: f64) -> f64 {
    let wrapped = angle_deg - 360.0 * (angle_deg / 360.0).floor();
    if wrapped >= 360.0 { 0.0 } else { wrapped }
}

/// An angle in [-180, 180).
pub(super) fn wrap_180(angle_deg: f64) -> f64 {
    wrap_360(angle_deg + 180.0) - 180.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_sixty_miles_and_a_bit() {
        let (a, b) = (Position::from_degrees(40.0, -3.0), Position::from_degrees(41.0, -3.0));
        assert!((a.distance_m(b) - EARTH_RADIUS_M.to_radians()).abs() < 1e-3);
        assert!(a.bearing_deg(b).abs() < 1e-9);
        assert!((b.bearing_deg(a) - 180.0).abs() < 1e-9);
    }

    #[test]
    fn going_there_arrives_there() {
        let start = Position::from_degrees(51.5, -0.5);
        let there = start.toward(123.0, 700_000.0);
        assert!((start.distance_m(there) - 700_000.0).abs() < 1e-3);
        assert!((start.bearing_deg(there) - 123.0).abs() < 1e-9);
        let back = Position::from_degrees(there.latitude_deg(), there.longitude_deg());
        assert!(back.distance_m(there) < 1e-3);
    }

    #[test]
    fn angles_wrap_into_their_ranges() {
        assert_eq!(wrap_180(190.0), -170.0);
        assert_eq!(wrap_180(-180.0), -180.0);
        assert_eq!(wrap_360(-90.0), 270.0);
        assert_eq!(wrap_360(-1e-17), 0.0);
    }
}
