//! The forces on an aircraft: lift, drag and thrust.
//!
//! The simulator asks for them every second. In every row the energy equation
//! T = D + m (dV/dt + g sin gamma) and the polar CD = CD0 + k CL^2 (plus flaps, gear or
//! brakes) hold.

use super::atmosphere::{Air, GRAVITY, SEA_LEVEL_PA};
use super::plan::Plan;
use super::units::NMI_M;

/// What the forces depend on.
pub(super) struct State {
    pub(super) air: Air,
    pub(super) true_airspeed_ms: f64,
    pub(super) calibrated_ms: f64,
    pub(super) mass_kg: f64,
    pub(super) bank: f64,
    pub(super) sin_path: f64,
    pub(super) cos_path: f64,
    /// dV/dt, m/s2.
    pub(super) acceleration: f64,
    pub(super) to_go_m: f64,
}

/// Forces in newtons, coefficients without unit.
pub(super) struct Forces {
    pub(super) lift_n: f64,
    pub(super) drag_n: f64,
    /// Drag without speed brakes.
    pub(super) clean_drag_n: f64,
    pub(super) thrust_n: f64,
    /// Thrust that the engines have for the climb.
    pub(super) climb_thrust_n: f64,
    pub(super) fuel_flow_kg_s: f64,
    pub(super) lift_coefficient: f64,
    pub(super) drag_coefficient: f64,
}

/// The forces of one moment. Where less than idle thrust is called for, the speed brakes
/// make up the drag.
pub(super) fn forces(plan: &Plan, state: &State) -> Forces {
    let aircraft = plan.aircraft;
    let (air, speed_ms) = (&state.air, state.true_airspeed_ms);
    let mach = speed_ms / air.sound_ms;
    let pressed_n = 0.5 * air.density * speed_ms * speed_ms * aircraft.wing_area_m2;
    let weight_n = state.mass_kg * GRAVITY;
    let lift_n = weight_n * state.cos_path / libm::cos(state.bank);
    let lift_coefficient = lift_n / pressed_n;
    let polar = aircraft.zero_lift_drag
        + flaps_and_gear(plan, state)
        + aircraft.induced_drag * lift_coefficient * lift_coefficient;
    let clean_drag_n = polar * pressed_n;
    let climb_thrust_n = aircraft.engine.climb_thrust_n(air, speed_ms);
    // Derates wash out with height: the full climb thrust is there from some 25,000 ft up.
    let thin = ((1.0 - air.pressure_pa / SEA_LEVEL_PA) / 0.63).clamp(0.0, 1.0);
    let setting = plan.climb_setting + (1.0 - plan.climb_setting) * thin;
    let gained_n = state.mass_kg * state.acceleration + weight_n * state.sin_path;
    let thrust_n = (clean_drag_n + gained_n).max(0.04 * climb_thrust_n);
    let drag_n = thrust_n - gained_n;
    Forces {
        lift_n,
        drag_n,
        clean_drag_n,
        thrust_n,
        climb_thrust_n: setting * climb_thrust_n,
        fuel_flow_kg_s: aircraft.engine.fuel_flow_kg_s(thrust_n, speed_ms, mach),
        lift_coefficient,
        drag_coefficient: drag_n / pressed_n,
    }
}

/// Drag coefficient of what hangs out below the clean speed and on the final approach.
fn flaps_and_gear(plan: &Plan, state: &State) -> f64 {
    let speeds = &plan.speeds;
    let range_ms = speeds.clean_ms - speeds.approach_ms;
    let flaps = ((speeds.clean_ms - state.calibrated_ms) / range_ms).clamp(0.0, 1.0);
    let gear = ((6.0 - state.to_go_m / NMI_M) / 0.5).clamp(0.0, 1.0);
    0.045 * flaps + 0.018 * gear
}
