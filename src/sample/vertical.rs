//! The vertical plan says how high a flight may be: caps in the climb, cruise levels, and
//! the height of the descent by distance to go.
//!
//! The planner draws one per flight; the simulator climbs up to it and follows it down.

use super::draws::Draws;
use super::path::Path;
use super::plan::{Hold, Pressure};
use super::schedule::Departure;
use super::sphere::wrap_360;
use super::units::{FT_M, NMI_M};

const STEP_M: f64 = 0.25 * NMI_M;
/// The descent profile is drawn up to here, above any ceiling.
const TOP_M: f64 = 46_000.0 * FT_M;

/// Height limits of one flight.
pub(super) struct VerticalPlan {
    /// Pressure altitude that holds until this much of the path is flown, m.
    climb_cap: Option<(f64, f64)>,
    /// Pressure altitude in cruise, m, by distance to go: the first whose distance to go is
    /// below the aircraft's.
    cruise: Vec<(f64, f64)>,
    /// Height above mean sea level of the descent, m, every [`STEP_M`] to go.
    descent_m: Vec<f64>,
    hold: Option<Hold>,
}

impl VerticalPlan {
    /// Pressure altitude that the flight shall not exceed, m.
    pub(super) fn cap_m(&self, flown_m: f64, to_go_m: f64) -> f64 {
        let cruise = self.cruise.iter().find(|(until_m, _)| to_go_m > *until_m);
        let cruise_m = cruise.or(self.cruise.last()).map_or(TOP_M, |(_, altitude_m)| *altitude_m);
        match self.climb_cap {
            Some((until_m, altitude_m)) if flown_m < until_m => altitude_m.min(cruise_m),
            _ => cruise_m,
        }
    }

    /// Whether the flight slows down for its holding pattern, or has been in it.
    pub(super) fn holds(&self, to_go_m: f64) -> bool {
        self.hold.is_some_and(|hold| to_go_m < hold.from_to_go_m + 8.0 * NMI_M)
    }

    /// Height of the descent profile at a distance to go, m; the glide path goes on below the
    /// runway.
    pub(super) fn descent_m(&self, to_go_m: f64) -> f64 {
        let last = self.descent_m.len() - 2;
        let steps = to_go_m / STEP_M;
        let index = (steps.max(0.0) as usize).min(last);
        let slope = (self.descent_m[index + 1] - self.descent_m[index]) / STEP_M;
        self.descent_m[index] + slope * (to_go_m - index as f64 * STEP_M)
    }
}

/// Draws the plan of one flight.
pub(super) fn draw(
    departure: &Departure,
    path: &Path,
    hold: Option<Hold>,
    take_off_mass_kg: f64,
    pressure: &Pressure,
    draws: &mut Draws,
) -> VerticalPlan {
    let cruise = cruise_levels(departure, path, take_off_mass_kg, pressure, draws);
    VerticalPlan {
        climb_cap: climb_cap(pressure, draws),
        cruise,
        descent_m: descent_m(departure.pair.to.elevation_ft * FT_M, hold, pressure, draws),
        hold,
    }
}

/// A level-off on the way up, where crossing traffic asks for one.
fn climb_cap(pressure: &Pressure, draws: &mut Draws) -> Option<(f64, f64)> {
    if !draws.chance(0.15 + 0.2 * pressure.busy) {
        return None;
    }
    let level_ft = 10_000.0 * (0.7 + 0.2 * draws.index(9) as f64);
    // At some 330 ft per mile, plus the time on the level.
    let until_nmi = level_ft / 330.0 + draws.between(3.0, 12.0);
    Some((until_nmi * NMI_M, level_ft * FT_M))
}

/// The level by type, mass, distance and direction, and sometimes a change under way.
fn cruise_levels(
    departure: &Departure,
    path: &Path,
    take_off_mass_kg: f64,
    pressure: &Pressure,
    draws: &mut Draws,
) -> Vec<(f64, f64)> {
    let aircraft = departure.aircraft;
    let distance_nmi = departure.pair.distance_m() / NMI_M;
    let heavy = take_off_mass_kg / aircraft.max_mass_kg - 0.8;
    let by_mass = aircraft.ceiling_fl - 120.0 * heavy.max(0.0) - 10.0;
    let by_distance = 80.0 + 0.92 * distance_nmi + 18.0 * draws.normal();
    let wanted = by_mass.min(by_distance).clamp(90.0, aircraft.ceiling_fl);
    // Semicircular rule, ICAO Annex 2, appendix 3: odd levels to the east.
    let (from, to) = (departure.pair.from.position(), departure.pair.to.position());
    let parity = if wrap_360(from.bearing_deg(to)) < 180.0 { 10.0 } else { 0.0 };
    let mut level = 20.0 * ((wanted - parity) / 20.0).round() + parity;
    if level > aircraft.ceiling_fl {
        level -= 20.0;
    }
    let altitude_m = level * 100.0 * FT_M;
    if !draws.chance(0.12 + 0.25 * pressure.storm) {
        return vec![(0.0, altitude_m)];
    }
    let change_at_m = path.length_m() * draws.between(0.4, 0.65);
    // Climbs pay on long flights only.
    let long = distance_nmi > 400.0;
    let up = long && level + 20.0 <= by_mass && draws.chance(0.4);
    let change_m = if up { 2_000.0 } else { -2_000.0 } * FT_M;
    vec![(change_at_m, altitude_m), (0.0, altitude_m + change_m)]
}

/// From the runway backwards and up: glide path, intercept, approach, the slow-down at
/// 10,000 ft, the descent proper, and levels where the flight holds or is kept.
fn descent_m(
    elevation_m: f64,
    hold: Option<Hold>,
    pressure: &Pressure,
    draws: &mut Draws,
) -> Vec<f64> {
    let intercept_ft = 3_000.0 + 500.0 * draws.index(3) as f64;
    let level_ft = 10_000.0 + 1_000.0 * (2.0 + draws.index(13) as f64);
    let kept_nmi =
        if draws.chance(0.2 + 0.3 * pressure.busy) { draws.between(4.0, 16.0) } else { 0.0 };
    // Level pieces: height above the field, ft, and length, nmi.
    let mut levels = vec![
        (intercept_ft, draws.between(1.0, 4.0)),
        (10_000.0, draws.between(1.5, 3.5)),
        (level_ft, kept_nmi),
    ];
    let approach = draws.between(245.0, 300.0);
    let descent = draws.between(300.0, 350.0);
    let mut height_ft = 0.0;
    let mut profile_m = vec![elevation_m];
    while profile_m[profile_m.len() - 1] < TOP_M {
        let to_go_m = profile_m.len() as f64 * STEP_M;
        let held = hold.is_some_and(|hold| {
            to_go_m > hold.until_to_go_m && to_go_m < hold.from_to_go_m + 3.0 * NMI_M
        });
        let level = levels.first_mut().filter(|(ft, _)| height_ft >= *ft);
        let per_nmi = match level {
            _ if held => 0.0,
            Some((_, left_nmi)) if *left_nmi > 0.0 => {
                *left_nmi -= STEP_M / NMI_M;
                0.0
            }
            Some(_) => {
                levels.remove(0);
                if height_ft < 9_000.0 { approach } else { descent }
            }
            // The glide path of 3 degrees.
            None if height_ft < intercept_ft => 318.4,
            None if height_ft < 10_000.0 => approach,
            None => descent,
        };
        height_ft += per_nmi * STEP_M / NMI_M;
        profile_m.push(elevation_m + height_ft * FT_M);
    }
    profile_m
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::draws::Stream;

    #[test]
    fn the_descent_ends_on_the_runway_on_a_glide_path_of_three_degrees() {
        let mut draws = Draws::new(3, Stream::Flight, 0);
        let pressure = Pressure { storm: 0.0, busy: 0.5 };
        let plan = VerticalPlan {
            climb_cap: None,
            cruise: vec![(0.0, 10_000.0)],
            descent_m: descent_m(600.0, None, &pressure, &mut draws),
            hold: None,
        };
        assert!((plan.descent_m(0.0) - 600.0).abs() < 1e-9);
        let height_m = plan.descent_m(5.0 * NMI_M);
        let slope = (plan.descent_m(6.0 * NMI_M) - height_m) / NMI_M;
        assert!((slope - libm::tan(3.0_f64.to_radians())).abs() < 1e-4);
        assert!((height_m - 600.0 - 5.0 * 318.4 * FT_M).abs() < 1.0);
        for mile in 0..200 {
            let here_m = plan.descent_m(f64::from(mile) * NMI_M);
            let fall_m = plan.descent_m(f64::from(mile + 1) * NMI_M) - here_m;
            assert!((0.0..0.06 * NMI_M).contains(&fall_m) && here_m >= 600.0);
        }
    }

    #[test]
    fn a_holding_pattern_is_level() {
        let mut draws = Draws::new(3, Stream::Flight, 0);
        let hold = Hold { from_to_go_m: 60.0 * NMI_M, until_to_go_m: 40.0 * NMI_M };
        let pressure = Pressure { storm: 0.0, busy: 0.5 };
        let profile_m = descent_m(0.0, Some(hold), &pressure, &mut draws);
        let at = |nmi: f64| profile_m[(nmi / 0.25) as usize];
        assert_eq!(at(41.0), at(59.0));
        assert!(at(39.0) < at(41.0) && at(66.0) > at(59.0));
    }

    #[test]
    fn the_cap_of_the_climb_is_lifted_after_its_distance() {
        let plan = VerticalPlan {
            climb_cap: Some((50e3, 3e3)),
            cruise: vec![(200e3, 9e3), (0.0, 8e3)],
            descent_m: vec![0.0, 1.0],
            hold: None,
        };
        assert_eq!(plan.cap_m(10e3, 500e3), 3e3);
        assert_eq!(plan.cap_m(60e3, 400e3), 9e3);
        assert_eq!(plan.cap_m(300e3, 150e3), 8e3);
    }
}
