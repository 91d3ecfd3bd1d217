//! The terminal area is what lies between a runway and the route: departure and arrival
//! paths, vectors and holding patterns.
//!
//! The planner puts its points before and after those of the route.

use super::airports::Airport;
use super::draws::Draws;
use super::sphere::{Position, wrap_180};
use super::units::NMI_M;
use super::weather::Weather;

/// The heading that has the most wind on the nose, among those that a runway offers.
pub(super) fn runway_heading_deg(
    airport: &Airport,
    headings_deg: &[f64],
    weather: &Weather,
    epoch_s: f64,
) -> f64 {
    let wind = weather.at(
        airport.latitude_deg,
        airport.longitude_deg,
        airport.elevation_ft * 0.3048,
        epoch_s,
    );
    let headwind_ms = |heading_deg: f64| {
        let (sin, cos) = libm::sincos(heading_deg.to_radians());
        -(wind.wind_east_ms * sin + wind.wind_north_ms * cos)
    };
    // The first runway is preferred: others must offer 2 m/s more.
    let mut best = (headings_deg[0], headwind_ms(headings_deg[0]) + 2.0);
    for heading_deg in &headings_deg[1..] {
        if headwind_ms(*heading_deg) > best.1 {
            best = (*heading_deg, headwind_ms(*heading_deg));
        }
    }
    best.0
}

/// From just beyond the runway to the turn towards the first point of the route.
pub(super) fn departure_points(
    airport: &Airport,
    heading_deg: f64,
    gate: Position,
    draws: &mut Draws,
) -> Vec<Position> {
    let start = airport.position().toward(heading_deg, draws.between(1.6, 2.1) * NMI_M);
    let turn_point = start.toward(heading_deg, draws.between(4.0, 6.5) * NMI_M);
    let mut points = vec![start, turn_point];
    let turn_deg = wrap_180(turn_point.bearing_deg(gate) - heading_deg);
    if turn_deg.abs() > 100.0 {
        let abeam_deg = heading_deg + 90.0 * turn_deg.signum();
        points.push(turn_point.toward(abeam_deg, draws.between(6.0, 8.0) * NMI_M));
    }
    points
}

/// From the arrival's gate to the touchdown point: straight in, by a base leg, or round a
/// downwind leg, as the gate lies. `stretch_nmi` lengthens the final approach, as sequencing
/// does.
pub(super) fn arrival_points(
    airport: &Airport,
    heading_deg: f64,
    gate: Position,
    stretch_nmi: f64,
    draws: &mut Draws,
) -> Vec<Position> {
    let back_deg = heading_deg + 180.0;
    let touchdown = airport.position().toward(back_deg, 0.5 * NMI_M);
    let final_m = (draws.between(9.0, 11.0) + stretch_nmi) * NMI_M;
    let fix = touchdown.toward(back_deg, final_m);
    let from_gate_deg = wrap_180(gate.bearing_deg(fix) - heading_deg);
    // The side of the extended centre line on which the gate lies, 1 for the right.
    let side = wrap_180(touchdown.bearing_deg(gate) - heading_deg).signum();
    let abeam_deg = heading_deg + 90.0 * side;
    let offset_m = draws.between(5.0, 6.5) * NMI_M;
    let mut points = Vec::new();
    if from_gate_deg.abs() > 112.0 {
        points.push(touchdown.toward(abeam_deg, offset_m).toward(back_deg, NMI_M));
    }
    if from_gate_deg.abs() > 55.0 {
        points.push(fix.toward(abeam_deg, offset_m));
    }
    points.extend([fix, touchdown]);
    points
}

/// Laps of a racetrack that begins and ends at the gate, flown before going on.
pub(super) fn holding_points(
    gate: Position,
    inbound_deg: f64,
    laps: usize,
    holding_ms: f64,
    draws: &mut Draws,
) -> Vec<Position> {
    let to_side_deg = inbound_deg + 90.0 * draws.sign();
    // Two turns at 22 degrees of bank fit side by side, with some room for the wind.
    let radius_m = holding_ms * holding_ms / (super::atmosphere::GRAVITY * 0.404);
    let outbound_m = holding_ms * draws.between(65.0, 90.0) + radius_m;
    let far = gate.toward(to_side_deg, 2.25 * radius_m);
    let far_back = far.toward(inbound_deg + 180.0, outbound_m);
    let back = gate.toward(inbound_deg + 180.0, outbound_m);
    [far, far_back, back, gate].repeat(laps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::airports;
    use crate::sample::draws::Stream;
    use crate::sample::path::Path;

    #[test]
    fn an_arrival_from_any_side_ends_on_the_extended_centre_line() {
        let airport = airports::find("LEBL").unwrap();
        for bearing in 0..36 {
            let gate = airport.position().toward(f64::from(bearing) * 10.0, 70_000.0);
            let mut draws = Draws::new(1, Stream::Flight, bearing as u64);
            let mut points = vec![gate];
            points.extend(arrival_points(airport, 65.0, gate, 3.0, &mut draws));
            let (fix, end) = (points[points.len() - 2], points[points.len() - 1]);
            assert!(wrap_180(fix.bearing_deg(end) - 65.0).abs() < 0.5);
            for corner in points.windows(3) {
                let turn_deg =
                    wrap_180(corner[1].bearing_deg(corner[2]) - corner[0].bearing_deg(corner[1]));
                assert!(turn_deg.abs() < 135.0, "{bearing} {turn_deg}");
            }
            assert!(Path::through(&points).length_m() < 150_000.0);
        }
    }
}
