//! The simulator flies a plan through the weather, one row per second.
//!
//! The flight generator calls it once per flight. A point mass with coordinated turns:
//! bounded and slewed bank, vertical rate and acceleration, so that nothing jumps. Thrust
//! follows from the energy equation, T = D + m (dV/dt + g sin gamma); in the climb it is the
//! engine's and the rate of climb follows instead. Drag is CD0 + k CL^2, lift is
//! m g cos gamma / cos bank; see e.g. Anderson, *Aircraft Performance and Design* (1999).

use super::atmosphere::{Air, GRAVITY, height_m};
use super::draws::Draws;
use super::path::{GroundVelocity, Guidance};
use super::plan::Plan;
use super::polar::{self, Forces};
use super::row::Row;
use super::speed;
use super::sphere::{Position, wrap_360};
use super::units::{FPM_MS, FT_M, KT_MS, NMI_M};
use super::weather::{Conditions, Weather};

/// Longer flights are ended; no pair of the table needs half of it.
const LONGEST_S: usize = 6 * 3600;
const STEEPEST_BANK: f64 = 25.0 * std::f64::consts::PI / 180.0;
const BANK_PER_S: f64 = 4.0 * std::f64::consts::PI / 180.0;
/// How far ahead, s, the descent profile is aimed at.
const AIM_S: f64 = 20.0;
const FASTEST_DESCENT_MS: f64 = 3_600.0 * FPM_MS;

/// Flies the plan from its start at `epoch_s` to touchdown.
pub(super) fn fly(plan: &Plan, weather: &Weather, epoch_s: i64, draws: &mut Draws) -> Vec<Row> {
    let mut flight = Flight::start(plan, weather, epoch_s);
    let mut rows = Vec::with_capacity(4_000);
    while rows.len() < LONGEST_S {
        let (row, landed) = flight.second(draws);
        rows.push(row);
        if landed {
            break;
        }
    }
    rows
}

/// An aircraft in flight.
struct Flight<'a> {
    plan: &'a Plan,
    weather: &'a Weather,
    epoch_s: i64,
    position: Position,
    leg: usize,
    altitude_m: f64,
    /// Rate of pressure altitude, m/s.
    climb_ms: f64,
    true_airspeed_ms: f64,
    /// Commanded calibrated airspeed, which moves at a bounded rate.
    target_cas_ms: f64,
    /// Its rate, m/s2, which moves at a bounded rate too.
    target_rate: f64,
    heading: f64,
    bank: f64,
    mass_kg: f64,
    flown_m: f64,
    gust_ms: [f64; 2],
}

/// What the aircraft feels at one second.
struct Sensed {
    conditions: Conditions,
    air: Air,
    height_m: f64,
    /// Velocity over ground to the east and to the north, m/s.
    velocity_ms: [f64; 2],
    ground: GroundVelocity,
    latitude_deg: f64,
    longitude_deg: f64,
    sin_path: f64,
    cos_path: f64,
}

impl<'a> Flight<'a> {
    fn start(plan: &'a Plan, weather: &'a Weather, epoch_s: i64) -> Self {
        let (latitude_deg, longitude_deg) = (plan.start.latitude_deg(), plan.start.longitude_deg());
        let height = plan.origin_elevation_m + plan.start_height_m;
        let felt = weather.at(latitude_deg, longitude_deg, height, epoch_s as f64);
        // Two steps of a fixed-point iteration leave less than a decimetre.
        let mut altitude_m = height;
        for _ in 0..2 {
            altitude_m +=
                height - height_m(altitude_m, felt.deviation_k, felt.sea_level_altitude_m);
        }
        let air = Air::at(altitude_m, felt.deviation_k);
        let target_cas_ms = plan.speeds.initial_climb_ms;
        Self {
            plan,
            weather,
            epoch_s,
            position: plan.start,
            leg: 0,
            altitude_m,
            climb_ms: 1_800.0 * FPM_MS,
            true_airspeed_ms: air.true_airspeed_ms(target_cas_ms),
            target_cas_ms,
            target_rate: 0.0,
            heading: plan.start_heading_deg.to_radians(),
            bank: 0.0,
            mass_kg: plan.take_off_mass_kg,
            flown_m: 0.0,
            gust_ms: [0.0; 2],
        }
    }

    /// Writes down this second and moves on to the next.
    fn second(&mut self, draws: &mut Draws) -> (Row, bool) {
        let sensed = self.sense();
        let guidance = self.plan.path.guide(
            &mut self.leg,
            self.position,
            sensed.ground,
            self.true_airspeed_ms,
        );
        let acceleration = self.accelerate(&sensed, guidance);
        let forces = self.forces(&sensed, guidance, acceleration);
        let row = self.row(&sensed, &forces);
        let above_m = sensed.height_m - self.plan.destination_elevation_m;
        let landed =
            guidance.to_go_m < -1.5 * NMI_M || (above_m <= 0.5 && guidance.to_go_m < NMI_M);
        let climb_ms = self.wanted_climb_ms(&sensed, guidance, &forces, acceleration);
        self.advance(&sensed, guidance, climb_ms, acceleration, draws);
        self.mass_kg -= forces.fuel_flow_kg_s;
        (row, landed)
    }

    fn sense(&self) -> Sensed {
        let (latitude_deg, longitude_deg) =
            (self.position.latitude_deg(), self.position.longitude_deg());
        let mut conditions =
            self.weather.at(latitude_deg, longitude_deg, self.altitude_m, self.epoch_s as f64);
        conditions.wind_east_ms += self.gust_ms[0];
        conditions.wind_north_ms += self.gust_ms[1];
        let air = Air::at(self.altitude_m, conditions.deviation_k);
        // The air is stretched by its warmth, so heights change faster than pressure altitude.
        let stretch = air.temperature_k / air.standard_k;
        let sin_path = self.climb_ms * stretch / self.true_airspeed_ms;
        let cos_path = (1.0 - sin_path * sin_path).sqrt();
        let velocity_ms = self.velocity_ms(self.heading, cos_path, &conditions);
        let [east, north] = velocity_ms;
        Sensed {
            height_m: height_m(
                self.altitude_m,
                conditions.deviation_k,
                conditions.sea_level_altitude_m,
            ),
            conditions,
            air,
            velocity_ms,
            ground: GroundVelocity {
                speed_ms: (east * east + north * north).sqrt(),
                track_deg: wrap_360(libm::atan2(east, north).to_degrees()),
            },
            latitude_deg,
            longitude_deg,
            sin_path,
            cos_path,
        }
    }

    /// The wind triangle.
    fn velocity_ms(&self, heading: f64, cos_path: f64, felt: &Conditions) -> [f64; 2] {
        let (sin, cos) = libm::sincos(heading);
        let through_air_ms = self.true_airspeed_ms * cos_path;
        [through_air_ms * sin + felt.wind_east_ms, through_air_ms * cos + felt.wind_north_ms]
    }

    /// Moves the commanded speed and returns dV/dt, m/s2.
    fn accelerate(&mut self, sensed: &Sensed, guidance: Guidance) -> f64 {
        let wanted_ms = speed::wanted_cas_ms(
            self.plan,
            &speed::Place {
                flown_m: self.flown_m,
                to_go_m: guidance.to_go_m,
                altitude_m: self.altitude_m,
                height_m: sensed.height_m,
            },
        );
        let wanted_rate =
            ((wanted_ms - self.target_cas_ms) / 8.0).clamp(-0.6 * KT_MS, 0.75 * KT_MS);
        self.target_rate += (wanted_rate - self.target_rate).clamp(-0.025, 0.025);
        self.target_cas_ms += self.target_rate;
        let fastest_ms = self.plan.speeds.mach * sensed.air.sound_ms;
        let target_ms = sensed.air.true_airspeed_ms(self.target_cas_ms).min(fastest_ms);
        (target_ms - self.true_airspeed_ms).clamp(-0.6, 0.6)
    }

    fn forces(&self, sensed: &Sensed, guidance: Guidance, acceleration: f64) -> Forces {
        polar::forces(
            self.plan,
            &polar::State {
                air: sensed.air,
                true_airspeed_ms: self.true_airspeed_ms,
                calibrated_ms: self.target_cas_ms,
                mass_kg: self.mass_kg,
                bank: self.bank,
                sin_path: sensed.sin_path,
                cos_path: sensed.cos_path,
                acceleration,
                to_go_m: guidance.to_go_m,
            },
        )
    }

    /// The rate of climb to go for: what power is left for, no higher than the cap, and no
    /// higher than the descent profile.
    fn wanted_climb_ms(
        &self,
        sensed: &Sensed,
        guidance: Guidance,
        forces: &Forces,
        acceleration: f64,
    ) -> f64 {
        let stretch = sensed.air.temperature_k / sensed.air.standard_k;
        let weight_n = self.mass_kg * GRAVITY;
        let spare_n = forces.climb_thrust_n - forces.clean_drag_n - self.mass_kg * acceleration;
        let power_climb_ms = (self.true_airspeed_ms * spare_n / weight_n / stretch).max(1.0);
        let cap_m = self.plan.vertical.cap_m(self.flown_m, guidance.to_go_m);
        let to_cap_ms = ((cap_m - self.altitude_m) / 18.0).max(-1_000.0 * FPM_MS);
        // Aiming at the profile some way ahead rounds its corners.
        let ahead_m = guidance.to_go_m - AIM_S * sensed.ground.speed_ms;
        let below_m = self.plan.vertical.descent_m(ahead_m) - sensed.height_m;
        let mut descent_ms = (below_m / AIM_S / stretch).max(-FASTEST_DESCENT_MS);
        if self.climb_ms <= 0.0 && below_m < 300.0 {
            // Below the profile, it waits level instead of climbing back.
            descent_ms = descent_ms.min(0.0);
        }
        let wanted_ms = power_climb_ms.min(to_cap_ms).min(descent_ms);
        let above_m = sensed.height_m - self.plan.destination_elevation_m;
        if above_m < 50.0 * FT_M && guidance.to_go_m < NMI_M {
            // The flare.
            return wanted_ms.max(-0.8 - 0.18 * above_m.max(0.0)).min(-0.6);
        }
        wanted_ms
    }

    fn advance(
        &mut self,
        sensed: &Sensed,
        guidance: Guidance,
        wanted_climb_ms: f64,
        acceleration: f64,
        draws: &mut Draws,
    ) {
        let wanted_bank = libm::atan(self.true_airspeed_ms * guidance.turn_rate / GRAVITY);
        let wanted_bank = wanted_bank.clamp(-STEEPEST_BANK, STEEPEST_BANK);
        let turn_rate = |bank| GRAVITY * libm::tan(bank) / self.true_airspeed_ms;
        let bank = self.bank + (wanted_bank - self.bank).clamp(-BANK_PER_S, BANK_PER_S);
        let heading = self.heading + 0.5 * (turn_rate(self.bank) + turn_rate(bank));
        self.bank = bank;
        self.heading = wrap_360(heading.to_degrees()).to_radians();
        let climb_ms = self.climb_ms + (0.35 * (wanted_climb_ms - self.climb_ms)).clamp(-0.6, 0.6);
        self.altitude_m += 0.5 * (self.climb_ms + climb_ms);
        self.climb_ms = climb_ms;
        self.true_airspeed_ms += acceleration;

        // The mean of both ends' velocities moves the aircraft, which is exact to the
        // second order.
        let [east, north] = self.velocity_ms(self.heading, sensed.cos_path, &sensed.conditions);
        let moved_m = [0.5 * (sensed.velocity_ms[0] + east), 0.5 * (sensed.velocity_ms[1] + north)];
        self.position = self.position.moved(moved_m[0], moved_m[1]);
        self.flown_m += (moved_m[0] * moved_m[0] + moved_m[1] * moved_m[1]).sqrt();
        for gust_ms in &mut self.gust_ms {
            // An autoregression with a memory of 30 s.
            *gust_ms = 0.967 * *gust_ms + 0.255 * self.plan.gusts_ms * draws.normal();
        }
        self.epoch_s += 1;
    }

    fn row(&self, sensed: &Sensed, forces: &Forces) -> Row {
        let (air, felt) = (&sensed.air, &sensed.conditions);
        Row {
            epoch_s: self.epoch_s,
            values: [
                sensed.longitude_deg,
                sensed.latitude_deg,
                self.altitude_m / FT_M,
                sensed.height_m / FT_M,
                sensed.ground.speed_ms / KT_MS,
                self.true_airspeed_ms / KT_MS,
                air.calibrated_airspeed_ms(self.true_airspeed_ms) / KT_MS,
                self.true_airspeed_ms / air.sound_ms,
                sensed.ground.track_deg,
                self.heading.to_degrees(),
                self.climb_ms / FPM_MS,
                libm::asin(sensed.sin_path).to_degrees(),
                self.bank.to_degrees(),
                self.flown_m / NMI_M,
                air.temperature_k,
                air.pressure_pa,
                air.density,
                felt.wind_east_ms,
                felt.wind_north_ms,
                self.mass_kg,
                forces.fuel_flow_kg_s,
                forces.thrust_n,
                forces.drag_n,
                forces.lift_n,
                forces.lift_coefficient,
                forces.drag_coefficient,
            ],
        }
    }
}
