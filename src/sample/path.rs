//! A path is a chain of great-circle legs, and the steering along it.
//!
//! The planner builds one per flight; the simulator asks it every second which way to turn
//! and how far it still is.

use super::atmosphere::GRAVITY;
use super::sphere::{EARTH_RADIUS_M, Position, Vector, cross, dot, unit, wrap_180};
use super::units::NMI_M;

/// Legs shorter than this are merged away.
const SHORTEST_LEG_M: f64 = 0.5 * NMI_M;

/// Waypoints joined by great circles.
pub(super) struct Path {
    legs: Vec<Leg>,
}

struct Leg {
    end: Position,
    /// Unit normal of the leg's plane; it points to the left of the leg.
    left: Vector,
    length_m: f64,
    /// Turn at the end of the leg, degrees, positive to the right; 0 at the last.
    turn_deg: f64,
    /// Distance still to fly from the end of the leg, corners cut.
    beyond_m: f64,
}

/// Where the aircraft is on its path, and what the path asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guidance {
    /// Rate of turn that leads back to the leg, rad/s, positive to the right.
    pub(super) turn_rate: f64,
    /// Distance to the end of the path, m; negative beyond it.
    pub(super) to_go_m: f64,
}

impl Path {
    /// The path through the points; at least two of them, some way apart.
    pub(super) fn through(points: &[Position]) -> Self {
        let mut kept: Vec<Position> = Vec::with_capacity(points.len());
        for point in points {
            if kept.last().is_none_or(|last| last.distance_m(*point) > SHORTEST_LEG_M) {
                kept.push(*point);
            }
        }
        let mut legs: Vec<Leg> =
            kept.windows(2).map(|ends| Leg::between(ends[0], ends[1])).collect();
        for i in 1..legs.len() {
            let inbound_deg = legs[i - 1].course_deg(legs[i - 1].end);
            legs[i - 1].turn_deg = wrap_180(legs[i].course_deg(legs[i - 1].end) - inbound_deg);
        }
        for i in (1..legs.len()).rev() {
            let beyond_m = legs[i].beyond_m + legs[i].length_m;
            legs[i - 1].beyond_m = beyond_m - corner_cut_m(legs[i - 1].turn_deg, beyond_m);
        }
        Self { legs }
    }

    /// Length from the start, corners cut.
    pub(super) fn length_m(&self) -> f64 {
        self.legs.first().map_or(0.0, |leg| leg.length_m + leg.beyond_m)
    }

    /// Distance to go once this leg is flown.
    pub(super) fn beyond_m(&self, leg: usize) -> f64 {
        self.legs.get(leg).map_or(0.0, |leg| leg.beyond_m)
    }

    /// Number of legs.
    pub(super) fn legs(&self) -> usize {
        self.legs.len()
    }

    /// Steers from a position on leg `leg`, which moves on to the next leg in time to cut
    /// the corner.
    ///
    /// The law asks for a course that closes the cross-track distance within 20 s of flight
    /// and for a turn that removes the course error within 8 s, which is damped enough not
    /// to weave at any speed.
    pub(super) fn guide(
        &self,
        leg: &mut usize,
        at: Position,
        ground: GroundVelocity,
        true_airspeed_ms: f64,
    ) -> Guidance {
        let mut ahead_m = self.legs[*leg].ahead_m(at);
        while *leg + 1 < self.legs.len() && ahead_m < self.lead_m(*leg, ground, true_airspeed_ms) {
            *leg += 1;
            ahead_m = self.legs[*leg].ahead_m(at);
        }
        let current = &self.legs[*leg];
        let off_left_m = EARTH_RADIUS_M * dot(at.0, current.left);
        let closing_m = 20.0 * ground.speed_ms + 150.0;
        let intercept_deg = libm::atan(off_left_m / closing_m).to_degrees().clamp(-45.0, 45.0);
        let wanted_deg = current.course_deg(at) + intercept_deg;
        let error_deg = wrap_180(wanted_deg - ground.track_deg);
        Guidance { turn_rate: error_deg.to_radians() / 8.0, to_go_m: ahead_m + current.beyond_m }
    }

    /// How long before the end of a leg the turn begins.
    fn lead_m(&self, leg: usize, ground: GroundVelocity, true_airspeed_ms: f64) -> f64 {
        let leg = &self.legs[leg];
        let half_turn = (0.5 * leg.turn_deg.abs()).min(60.0).to_radians();
        // The ground track of a turn at 23 degrees of bank.
        let radius_m = ground.speed_ms * true_airspeed_ms / (GRAVITY * 0.424);
        let roll_in_m = 3.0 * ground.speed_ms * (half_turn * 4.0).min(1.0);
        (radius_m * libm::tan(half_turn) + roll_in_m).min(0.75 * leg.length_m.max(12.0 * NMI_M))
    }
}

/// Speed over ground and its direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroundVelocity {
    pub(super) speed_ms: f64,
    pub(super) track_deg: f64,
}

impl Leg {
    fn between(start: Position, end: Position) -> Self {
        Self {
            end,
            left: unit(cross(start.0, end.0)),
            length_m: start.distance_m(end),
            turn_deg: 0.0,
            beyond_m: 0.0,
        }
    }

    /// Course of the leg abeam a position, degrees.
    fn course_deg(&self, at: Position) -> f64 {
        let along = cross(self.left, at.0);
        let (east, north) = at.east_north();
        libm::atan2(dot(along, east), dot(along, north)).to_degrees()
    }

    /// Distance along the leg to its end, m.
    fn ahead_m(&self, at: Position) -> f64 {
        let beyond = dot(at.0, cross(self.left, self.end.0));
        -EARTH_RADIUS_M * libm::atan2(beyond, dot(at.0, self.end.0))
    }
}

/// What a turn saves against the corner, R (2 tan(theta/2) - theta), with the radius of an
/// aircraft that far from its runway.
fn corner_cut_m(turn_deg: f64, to_go_m: f64) -> f64 {
    let turn = turn_deg.abs().min(120.0).to_radians();
    let radius_m = (1.1 + 0.035 * to_go_m / NMI_M).min(6.0) * NMI_M;
    radius_m * (2.0 * libm::tan(0.5 * turn) - turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Path {
        let start = Position::from_degrees(40.0, 0.0);
        let corner = start.toward(90.0, 50_000.0);
        Path::through(&[start, start, corner, corner.toward(0.0, 50_000.0)])
    }

    #[test]
    fn points_on_one_spot_make_no_leg() {
        assert_eq!(square().legs(), 2);
    }

    #[test]
    fn an_aircraft_off_to_the_left_is_sent_to_the_right() {
        let path = square();
        let at = Position::from_degrees(40.0, 0.0).toward(90.0, 10_000.0).toward(0.0, 1_000.0);
        let ground = GroundVelocity { speed_ms: 200.0, track_deg: 90.0 };
        let guidance = path.guide(&mut 0, at, ground, 200.0);
        assert!(guidance.turn_rate > 0.0);
        let expected_m = path.length_m() - 10_000.0;
        assert!((guidance.to_go_m - expected_m).abs() < 20.0);
    }

    #[test]
    fn the_turn_begins_before_the_corner() {
        let path = square();
        let mut leg = 0;
        let at = Position::from_degrees(40.0, 0.0).toward(90.0, 42_000.0);
        let ground = GroundVelocity { speed_ms: 200.0, track_deg: 90.0 };
        let guidance = path.guide(&mut leg, at, ground, 200.0);
        assert_eq!(leg, 1);
        assert!(guidance.turn_rate < 0.0, "the second leg leads to the left, north");
    }
}
