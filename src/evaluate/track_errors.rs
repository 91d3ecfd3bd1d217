//! *Track errors* split the distance between the flown and the predicted position into a part
//! along the pair's median track and a part across it: a flight that is late has the one, a
//! flight that was sent another way the other.
//!
//! `metrics` averages them.

use super::{HeldOut, Reference};
use crate::flight::EARTH_RADIUS_M;
use crate::models::sphere::{Position, unit_vector};
use crate::units::METRES_PER_NAUTICAL_MILE;

/// Positions of the median track closer than this, in radians (a metre), have no direction.
const SAME_PLACE: f64 = 1.0 / EARTH_RADIUS_M;

/// Where a predicted position lies, seen from the flown one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TrackError {
    /// Ahead along the median track, in nautical miles; negative behind.
    pub(super) along_nmi: f64,
    /// To the right of the median track, in nautical miles; negative to the left.
    pub(super) cross_nmi: f64,
}

/// The track error of each held-out flight at fraction number `at`, none where there is no
/// direction to resolve it in: one fraction only, a median track that stands still, or a pair
/// that the fold did not learn from, which has no median track of its own.
///
/// The direction is that of the great circle from the yardstick's position at the fraction
/// before to the one at the fraction after (at either end, to or from the fraction itself).
/// The yardstick learnt from other flights, so the held-out one has no say in it.
pub(super) fn track_errors(
    reference: &Reference<'_>,
    held_out: &HeldOut,
    at: usize,
) -> Vec<Option<TrackError>> {
    let last = reference.dataset.fractions.len() - 1;
    let (before, after) = (at.saturating_sub(1), (at + 1).min(last));
    let row = |row: usize| {
        if !reference.knows_pair[row] {
            return None;
        }
        let median = &reference.yardstick.predicted;
        resolve(
            position(&median[before], row),
            position(&median[after], row),
            position(&reference.dataset.targets[at], held_out.flights[row]),
            position(&held_out.predicted[at], row),
        )
    };
    (0..held_out.flights.len()).map(row).collect()
}

fn position(matrix: &ndarray::Array2<f64>, row: usize) -> Position {
    Position { longitude_deg: matrix[[row, 0]], latitude_deg: matrix[[row, 1]] }
}

/// The vector from `flown` to `predicted` along and across the course of the great circle
/// from `before` to `after`.
///
/// The vector is taken in the plane that touches the sphere at `flown`, as long as the great
/// circle between the two and pointing along it, which is the azimuthal equidistant
/// projection (Snyder, *Map Projections: A Working Manual*, 1987, chapter 25); so along and
/// cross are the legs of a right triangle whose hypotenuse is the horizontal error. The
/// course at `flown` is parallel to the great circle: it keeps its distance from it.
fn resolve(
    before: Position,
    after: Position,
    flown: Position,
    predicted: Position,
) -> Option<TrackError> {
    let here = unit_vector(flown);
    let pole = normalised(cross(unit_vector(before), unit_vector(after)), SAME_PLACE)?;
    let course = normalised(cross(pole, here), SAME_PLACE)?;
    let right = cross(course, here);
    let distance_nmi = flown.distance_m(predicted) / METRES_PER_NAUTICAL_MILE;
    if distance_nmi == 0.0 {
        return Some(TrackError { along_nmi: 0.0, cross_nmi: 0.0 });
    }
    let there = unit_vector(predicted);
    let (along, aside) = (dot(there, course), dot(there, right));
    let length = libm::sqrt(along * along + aside * aside);
    let scale = distance_nmi / length;
    // Nowhere is a direction from a point to itself or to its antipode.
    scale.is_finite().then_some(TrackError { along_nmi: along * scale, cross_nmi: aside * scale })
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The vector at length one; none if it is not longer than `least`, or not a number.
fn normalised(v: [f64; 3], least: f64) -> Option<[f64; 3]> {
    let length = libm::sqrt(dot(v, v));
    (length.is_finite() && length > least).then(|| v.map(|part| part / length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEGREE_NMI: f64 =
        EARTH_RADIUS_M * std::f64::consts::PI / 180.0 / METRES_PER_NAUTICAL_MILE;

    const fn at(longitude_deg: f64, latitude_deg: f64) -> Position {
        Position { longitude_deg, latitude_deg }
    }

    fn nmi(before: Position, after: Position, flown: Position, predicted: Position) -> (f64, f64) {
        let error = resolve(before, after, flown, predicted).unwrap();
        (error.along_nmi, error.cross_nmi)
    }

    fn assert_close(found: (f64, f64), expected: (f64, f64)) {
        let apart = (found.0 - expected.0).abs().max((found.1 - expected.1).abs());
        assert!(apart < 1e-9, "{found:?} {expected:?}");
    }

    #[test]
    fn ahead_is_along_and_to_the_right_is_across() {
        // Eastward along the equator: a degree of longitude is ahead, a degree south right.
        let (west, east, here) = (at(-5.0, 0.0), at(5.0, 0.0), at(0.0, 0.0));
        assert_close(nmi(west, east, here, at(1.0, 0.0)), (DEGREE_NMI, 0.0));
        assert_close(nmi(west, east, here, at(0.0, -1.0)), (0.0, DEGREE_NMI));
        assert_close(nmi(east, west, here, at(1.0, 0.0)), (-DEGREE_NMI, 0.0));
        assert_close(nmi(west, east, here, here), (0.0, 0.0));
        // Northward along the anti-meridian, from one side of it to the other.
        let (south, north) = (at(180.0, 40.0), at(-180.0, 50.0));
        assert_close(nmi(south, north, at(180.0, 45.0), at(-180.0, 45.5)), (DEGREE_NMI / 2.0, 0.0));
        let (along, cross) = nmi(south, north, at(179.9, 45.0), at(-179.9, 45.0));
        // Two tenths of a degree east at 45 degrees of latitude.
        let expected = 0.2 * DEGREE_NMI * 45_f64.to_radians().cos();
        assert!((cross - expected).abs() < 1e-4 && along.abs() < 0.03, "{along} {cross}");
    }

    #[test]
    fn to_the_right_of_a_slanted_track_is_what_the_aviation_formulary_says() {
        // Williams' Aviation Formulary, "Cross track error": LAX to JFK, D at N34:30
        // W116:30 is 7.4512 nmi (0.00216747 radians) right of course and 99.588 along.
        let dms = |d: f64, m: f64| d + m / 60.0;
        let lax = at(-dms(118.0, 24.0), dms(33.0, 57.0));
        let jfk = at(-dms(73.0, 47.0), dms(40.0, 38.0));
        let d = at(-dms(116.0, 30.0), dms(34.0, 30.0));
        // The error of a prediction D for a flight on the course, one radian part further on.
        let on_course = crate::models::sphere::along_great_circle(
            lax,
            jfk,
            0.028_969 / (lax.distance_m(jfk) / EARTH_RADIUS_M),
        );
        let (along, cross) = nmi(lax, jfk, on_course, d);
        let expected = 0.002_167_47 * EARTH_RADIUS_M / METRES_PER_NAUTICAL_MILE;
        assert!((cross - expected).abs() < 2e-3 && along.abs() < 2e-2, "{along} {cross}");
    }

    #[test]
    fn without_a_direction_there_is_no_error_to_resolve() {
        let (here, there) = (at(3.0, 40.0), at(4.0, 41.0));
        assert_eq!(resolve(here, here, here, there), None);
        assert_eq!(resolve(here, at(3.000_001, 40.0), here, there), None);
        assert_eq!(resolve(at(f64::NAN, 0.0), here, here, there), None);
        assert_eq!(resolve(here, there, here, at(f64::NAN, 0.0)), None);
        // As far from the track as can be, every course is parallel to it.
        assert_eq!(resolve(at(0.0, 0.0), at(1.0, 0.0), at(0.0, 90.0), there), None);
    }

    proptest! {
        #[test]
        fn along_and_across_are_the_legs_of_the_horizontal_error(
            lon in -180.0..180.0_f64, lat in -80.0..80.0_f64,
            east in -2.0..2.0_f64, north in -2.0..2.0_f64,
            course_east in 0.1..3.0_f64, course_north in -3.0..3.0_f64,
        ) {
            let flown = at(lon, lat);
            let predicted = at(lon + east, lat + north);
            let before = at(lon - course_east, lat - course_north);
            let after = at(lon + course_east, lat + course_north);
            let error = resolve(before, after, flown, predicted).unwrap();
            let horizontal = flown.distance_m(predicted) / METRES_PER_NAUTICAL_MILE;
            let legs = error.along_nmi.hypot(error.cross_nmi);
            prop_assert!((legs - horizontal).abs() <= 1e-9 * (1.0 + horizontal));
        }
    }
}
