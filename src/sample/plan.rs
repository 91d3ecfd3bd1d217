//! A plan is everything about a flight that is settled before it moves: path, mass, levels,
//! speeds.
//!
//! The flight generator makes one per departure and hands it to the simulator. What depends
//! on weather, hour and airline can be learned from the files; the rest is chance.

use super::aircraft::AircraftType;
use super::draws::Draws;
use super::path::Path;
use super::route;
use super::schedule::Departure;
use super::sphere::Position;
use super::terminal;
use super::timetable;
use super::units::{FT_M, KT_MS, NMI_M};
use super::vertical::{self, VerticalPlan};
use super::weather::Weather;

/// One flight, ready to fly.
pub(super) struct Plan {
    pub(super) path: Path,
    pub(super) vertical: VerticalPlan,
    pub(super) speeds: SpeedPlan,
    pub(super) aircraft: &'static AircraftType,
    pub(super) start: Position,
    pub(super) start_heading_deg: f64,
    /// Height of the first row above the origin, m.
    pub(super) start_height_m: f64,
    pub(super) origin_elevation_m: f64,
    pub(super) destination_elevation_m: f64,
    pub(super) take_off_mass_kg: f64,
    /// Share of the full climb thrust in use: derated take-offs, careful airlines.
    pub(super) climb_setting: f64,
    /// Standard deviation of the gusts, m/s.
    pub(super) gusts_ms: f64,
}

/// Speeds of one flight: calibrated in m/s, and Mach.
pub(super) struct SpeedPlan {
    pub(super) climb_ms: f64,
    pub(super) descent_ms: f64,
    pub(super) mach: f64,
    /// Limit below 10,000 ft.
    pub(super) low_ms: f64,
    pub(super) initial_climb_ms: f64,
    pub(super) clean_ms: f64,
    pub(super) approach_ms: f64,
}

/// A holding pattern on the path, by distance to go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) from_to_go_m: f64,
    pub(super) until_to_go_m: f64,
}

impl Plan {
    pub(super) fn new(departure: &Departure, weather: &Weather, draws: &mut Draws) -> Self {
        let aircraft = departure.aircraft;
        let (from, to) = (departure.pair.from, departure.pair.to);
        let epoch_s = departure.epoch_s as f64;
        let arrival_s = epoch_s + departure.pair.distance_m() / 200.0;
        let storm = weather.storminess(arrival_s);
        let busy = timetable::busyness(arrival_s);
        let take_off_mass_kg = take_off_mass_kg(departure, draws);
        let speeds = SpeedPlan::draw(departure, take_off_mass_kg, draws);

        let headings_deg = (
            terminal::runway_heading_deg(from, from.departure_headings_deg, weather, epoch_s),
            terminal::runway_heading_deg(to, to.arrival_headings_deg, weather, arrival_s),
        );
        let pressure = Pressure { storm, busy };
        let lateral = Lateral::draw(departure, weather, headings_deg, &pressure, &speeds, draws);
        let vertical = vertical::draw(
            departure,
            &lateral.path,
            lateral.hold,
            take_off_mass_kg,
            &pressure,
            draws,
        );
        Self {
            path: lateral.path,
            vertical,
            speeds,
            aircraft,
            start: lateral.start,
            start_heading_deg: headings_deg.0,
            start_height_m: draws.between(1_000.0, 1_500.0) * FT_M,
            origin_elevation_m: from.elevation_ft * FT_M,
            destination_elevation_m: to.elevation_ft * FT_M,
            take_off_mass_kg,
            climb_setting: draws.between(0.82, 0.97),
            gusts_ms: 0.25 + 0.9 * storm * draws.unit(),
        }
    }
}

/// What makes controllers delay a flight, each from 0 to 1.
pub(super) struct Pressure {
    pub(super) storm: f64,
    pub(super) busy: f64,
}

/// The path over the ground with its holding pattern.
struct Lateral {
    path: Path,
    start: Position,
    hold: Option<Hold>,
}

impl Lateral {
    fn draw(
        departure: &Departure,
        weather: &Weather,
        headings_deg: (f64, f64),
        pressure: &Pressure,
        speeds: &SpeedPlan,
        draws: &mut Draws,
    ) -> Self {
        let (from, to) = (departure.pair.from, departure.pair.to);
        let route = route::choose(departure, weather, draws);
        let reach_m = |nmi: f64| (nmi * NMI_M).min(0.22 * departure.pair.distance_m());
        let toward = |a: Position, b: Position, m: f64| a.toward(a.bearing_deg(b), m);
        let first = route.first().copied().unwrap_or(to.position());
        let last = route.last().copied().unwrap_or(from.position());
        let exit = toward(from.position(), first, reach_m(32.0));
        let gate = toward(to.position(), last, reach_m(38.0));

        let mut points = terminal::departure_points(from, headings_deg.0, exit, draws);
        let start = points[0];
        points.push(exit);
        points.extend(&route);
        if draws.chance(0.12 + 0.3 * pressure.busy) {
            // Vectors: one dogleg before the gate.
            let aside_deg = last.bearing_deg(gate) + 90.0 * draws.sign();
            let middle = toward(last, gate, 0.6 * last.distance_m(gate));
            points.push(middle.toward(aside_deg, reach_m(draws.between(3.0, 9.0))));
        }
        points.push(gate);
        let laps = laps(pressure, draws);
        let hold_legs = Path::through(&points).legs();
        let inbound_deg = points[points.len() - 2].bearing_deg(gate);
        // True airspeed at 13,000 ft is a fifth above the calibrated.
        let holding_ms = 1.22 * (speeds.clean_ms + 8.0 * KT_MS);
        points.extend(terminal::holding_points(gate, inbound_deg, laps, holding_ms, draws));
        let stretch_nmi = draws.exponential(0.8 + 3.0 * pressure.busy + 3.0 * pressure.storm);
        let arrival =
            terminal::arrival_points(to, headings_deg.1, gate, stretch_nmi.min(11.0), draws);
        points.extend(arrival);
        let path = Path::through(&points);
        let hold = (laps > 0).then(|| Hold {
            from_to_go_m: path.beyond_m(hold_legs - 1),
            until_to_go_m: path.beyond_m(hold_legs - 1 + 4 * laps),
        });
        Self { path, start, hold }
    }
}

/// Rounds in the holding pattern.
fn laps(pressure: &Pressure, draws: &mut Draws) -> usize {
    if !draws.chance(
        0.02 + 0.10 * pressure.busy * pressure.busy + 0.25 * pressure.storm * pressure.storm,
    ) {
        return 0;
    }
    1 + draws.index(if pressure.storm > 0.5 { 4 } else { 2 })
}

/// Empty mass, payload by season of the week, fuel for the trip and some more.
fn take_off_mass_kg(departure: &Departure, draws: &mut Draws) -> f64 {
    let aircraft = departure.aircraft;
    let weekend = matches!(super::schedule::weekday(departure.day), 0 | 5 | 6);
    let usual = if weekend { 0.87 } else { 0.78 };
    let load = (usual + 0.10 * draws.normal()).clamp(0.25, 1.0);
    let landing_kg = aircraft.empty_mass_kg + load * aircraft.max_payload_kg;
    let trip_kg = landing_kg * (0.022 + departure.pair.distance_m() / 2.0e7);
    let reserve_kg = aircraft.max_mass_kg * draws.between(0.045, 0.085);
    (landing_kg + trip_kg + reserve_kg).min(aircraft.max_mass_kg)
}

impl SpeedPlan {
    fn draw(departure: &Departure, mass_kg: f64, draws: &mut Draws) -> Self {
        let aircraft = departure.aircraft;
        let haste = departure.airline.haste + 0.4 * draws.normal();
        let mass_factor = (mass_kg / (0.8 * aircraft.max_mass_kg)).sqrt();
        let clean_kt = aircraft.clean_cas_kt * mass_factor;
        let approach_kt = aircraft.approach_cas_kt * mass_factor + draws.between(0.0, 6.0);
        let limit_kt: f64 = if draws.chance(0.15) { 280.0 } else { 250.0 };
        let kt = |fast: f64, spread: f64| fast + spread * haste.clamp(-1.2, 1.2);
        let climb_kt = kt(aircraft.climb_cas_kt, 0.04 * aircraft.climb_cas_kt);
        let descent_kt = kt(aircraft.descent_cas_kt, 0.04 * aircraft.descent_cas_kt);
        Self {
            climb_ms: climb_kt * KT_MS,
            descent_ms: descent_kt * KT_MS,
            mach: kt(aircraft.cruise_mach, 0.008),
            low_ms: limit_kt.min(climb_kt) * KT_MS,
            initial_climb_ms: (approach_kt + 22.0) * KT_MS,
            clean_ms: clean_kt * KT_MS,
            approach_ms: approach_kt * KT_MS,
        }
    }
}
