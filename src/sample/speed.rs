//! The speed schedule: which calibrated airspeed a flight wants, by height and distance to
//! go.
//!
//! The simulator asks every second and moves towards the answer at a bounded rate.

use super::plan::Plan;
use super::units::{FT_M, KT_MS, NMI_M};

/// Where a flight is, as far as its speed depends on it; all in metres.
#[expect(clippy::struct_field_names, reason = "the postfix is the unit")]
pub(super) struct Place {
    pub(super) flown_m: f64,
    pub(super) to_go_m: f64,
    /// Pressure altitude.
    pub(super) altitude_m: f64,
    /// Height above mean sea level.
    pub(super) height_m: f64,
}

/// Calibrated airspeed to go for, m/s; the Mach limit is the simulator's.
pub(super) fn wanted_cas_ms(plan: &Plan, place: &Place) -> f64 {
    let Place { flown_m, to_go_m, altitude_m, height_m } = *place;
    let speeds = &plan.speeds;
    // Two miles ahead, so that the slow-down begins before the descent.
    let ahead_m = plan.vertical.descent_m(to_go_m - 2.0 * NMI_M);
    let descending = to_go_m < 0.6 * plan.path.length_m() && height_m > ahead_m - 300.0;
    let holding_ms = speeds.clean_ms + 8.0 * KT_MS;
    let wanted_ms = if plan.vertical.holds(to_go_m) {
        holding_ms
    } else if descending && height_m < 11_200.0 * FT_M {
        (250.0 * KT_MS).min(speeds.descent_ms)
    } else if descending {
        speeds.descent_ms
    } else if height_m < plan.origin_elevation_m + 3_000.0 * FT_M && flown_m < 15.0 * NMI_M {
        speeds.initial_climb_ms
    } else if altitude_m < 10_000.0 * FT_M {
        speeds.low_ms
    } else if altitude_m > plan.vertical.cap_m(flown_m, to_go_m) - 100.0 {
        speeds.climb_ms.max(speeds.descent_ms)
    } else {
        speeds.climb_ms
    };
    wanted_ms.min(approach_limit_ms(plan, to_go_m))
}

/// The slow-down to the runway.
fn approach_limit_ms(plan: &Plan, to_go_m: f64) -> f64 {
    let speeds = &plan.speeds;
    let step = |share: f64| speeds.approach_ms + share * (speeds.clean_ms - speeds.approach_ms);
    match to_go_m / NMI_M {
        nmi if nmi < 5.0 => speeds.approach_ms,
        nmi if nmi < 8.0 => step(0.35),
        nmi if nmi < 12.0 => step(0.7),
        nmi if nmi < 18.0 => step(1.0),
        nmi if nmi < 26.0 => step(1.15).max(speeds.clean_ms + 10.0 * KT_MS),
        _ => f64::INFINITY,
    }
}
