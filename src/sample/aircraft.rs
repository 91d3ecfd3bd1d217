//! An aircraft type is the set of numbers that its flights need: masses, a drag polar, an
//! engine and a speed schedule.
//!
//! The timetable chooses one per flight and the simulator flies it. The numbers are our own
//! round figures, near the makers' published masses, areas and speeds and textbook values of
//! drag and fuel consumption; they describe the kind of aircraft, not a certified one.

use super::atmosphere::{Air, SEA_LEVEL_DENSITY};

/// One type of aircraft.
#[derive(Debug)]
pub(super) struct AircraftType {
    /// ICAO designator.
    pub(super) code: &'static str,
    pub(super) max_mass_kg: f64,
    pub(super) empty_mass_kg: f64,
    pub(super) max_payload_kg: f64,
    pub(super) wing_area_m2: f64,
    /// CD0 of the clean drag polar CD = CD0 + k CL^2.
    pub(super) zero_lift_drag: f64,
    /// k of the drag polar.
    pub(super) induced_drag: f64,
    pub(super) engine: Engine,
    /// Highest flight level at light mass.
    pub(super) ceiling_fl: f64,
    pub(super) cruise_mach: f64,
    pub(super) climb_cas_kt: f64,
    pub(super) descent_cas_kt: f64,
    /// Lowest speed without flaps.
    pub(super) clean_cas_kt: f64,
    /// Final approach speed at 80 % of the greatest mass.
    pub(super) approach_cas_kt: f64,
    /// Pairs longer than this do not see the type.
    pub(super) longest_nmi: f64,
}

/// What pushes or pulls.
#[derive(Debug)]
pub(super) enum Engine {
    /// Thrust falls with density; consumption per thrust grows with Mach.
    Turbofan { climb_thrust_n: f64, idle_fuel_kg_s: f64, static_fuel_kg_per_n_s: f64 },
    /// Power falls with density; thrust is power over speed.
    Turboprop { climb_power_w: f64, static_thrust_n: f64, idle_fuel_kg_s: f64, fuel_kg_per_j: f64 },
}

impl Engine {
    /// Greatest thrust in climb, N.
    pub(super) fn climb_thrust_n(&self, air: &Air, true_airspeed_ms: f64) -> f64 {
        let density_ratio = air.density / SEA_LEVEL_DENSITY;
        match *self {
            Self::Turbofan { climb_thrust_n, .. } => {
                climb_thrust_n * libm::pow(density_ratio, 0.72)
            }
            Self::Turboprop { climb_power_w, static_thrust_n, .. } => {
                let power_w = climb_power_w * density_ratio.sqrt();
                (power_w / true_airspeed_ms).min(static_thrust_n)
            }
        }
    }

    /// Fuel flow, kg/s, never below idle.
    pub(super) fn fuel_flow_kg_s(&self, thrust_n: f64, true_airspeed_ms: f64, mach: f64) -> f64 {
        match *self {
            Self::Turbofan { static_fuel_kg_per_n_s, idle_fuel_kg_s, .. } => {
                (thrust_n * static_fuel_kg_per_n_s * (1.0 + 0.7 * mach)).max(idle_fuel_kg_s)
            }
            Self::Turboprop { fuel_kg_per_j, idle_fuel_kg_s, .. } => {
                (thrust_n * true_airspeed_ms * fuel_kg_per_j).max(idle_fuel_kg_s)
            }
        }
    }
}

/// Every type, by designator.
pub(super) const AIRCRAFT: [AircraftType; 8] = [
    AircraftType {
        code: "A20N",
        max_mass_kg: 79_000.0,
        empty_mass_kg: 44_300.0,
        max_payload_kg: 18_000.0,
        zero_lift_drag: 0.0232,
        induced_drag: 0.0360,
        engine: turbofan(141_000.0, 9.3e-6, 0.17),
        ..A320
    },
    AircraftType {
        code: "A319",
        max_mass_kg: 68_000.0,
        empty_mass_kg: 40_000.0,
        max_payload_kg: 14_500.0,
        zero_lift_drag: 0.0236,
        engine: turbofan(132_000.0, 11.0e-6, 0.18),
        cruise_mach: 0.77,
        climb_cas_kt: 290.0,
        clean_cas_kt: 198.0,
        approach_cas_kt: 130.0,
        ..A320
    },
    A320,
    AircraftType {
        code: "A321",
        max_mass_kg: 89_000.0,
        empty_mass_kg: 48_500.0,
        max_payload_kg: 21_500.0,
        zero_lift_drag: 0.0258,
        engine: turbofan(167_000.0, 11.0e-6, 0.22),
        ceiling_fl: 370.0,
        clean_cas_kt: 215.0,
        approach_cas_kt: 141.0,
        ..A320
    },
    AircraftType {
        code: "A332",
        max_mass_kg: 233_000.0,
        empty_mass_kg: 121_000.0,
        max_payload_kg: 36_000.0,
        wing_area_m2: 361.6,
        zero_lift_drag: 0.0212,
        induced_drag: 0.0355,
        engine: turbofan(375_000.0, 10.4e-6, 0.45),
        ceiling_fl: 410.0,
        cruise_mach: 0.81,
        climb_cas_kt: 300.0,
        descent_cas_kt: 295.0,
        clean_cas_kt: 220.0,
        approach_cas_kt: 138.0,
        longest_nmi: 5_000.0,
    },
    AircraftType {
        code: "AT76",
        max_mass_kg: 22_800.0,
        empty_mass_kg: 13_500.0,
        max_payload_kg: 7_000.0,
        wing_area_m2: 61.0,
        zero_lift_drag: 0.0280,
        induced_drag: 0.0330,
        engine: Engine::Turboprop {
            climb_power_w: 2_900_000.0,
            static_thrust_n: 48_000.0,
            idle_fuel_kg_s: 0.045,
            fuel_kg_per_j: 9.4e-8,
        },
        ceiling_fl: 230.0,
        cruise_mach: 0.44,
        climb_cas_kt: 175.0,
        descent_cas_kt: 225.0,
        clean_cas_kt: 150.0,
        approach_cas_kt: 114.0,
        longest_nmi: 350.0,
    },
    AircraftType {
        code: "B738",
        max_mass_kg: 78_200.0,
        empty_mass_kg: 41_700.0,
        max_payload_kg: 18_500.0,
        wing_area_m2: 124.6,
        zero_lift_drag: 0.0233,
        induced_drag: 0.0385,
        engine: turbofan(146_000.0, 11.1e-6, 0.20),
        ceiling_fl: 400.0,
        cruise_mach: 0.785,
        clean_cas_kt: 210.0,
        approach_cas_kt: 143.0,
        ..A320
    },
    AircraftType {
        code: "E190",
        max_mass_kg: 50_300.0,
        empty_mass_kg: 28_200.0,
        max_payload_kg: 11_500.0,
        wing_area_m2: 92.5,
        zero_lift_drag: 0.0228,
        induced_drag: 0.0400,
        engine: turbofan(98_000.0, 11.3e-6, 0.13),
        ceiling_fl: 390.0,
        cruise_mach: 0.77,
        climb_cas_kt: 285.0,
        descent_cas_kt: 285.0,
        clean_cas_kt: 195.0,
        approach_cas_kt: 127.0,
        longest_nmi: 1_500.0,
    },
];

const A320: AircraftType = AircraftType {
    code: "A320",
    max_mass_kg: 77_000.0,
    empty_mass_kg: 42_600.0,
    max_payload_kg: 17_500.0,
    wing_area_m2: 122.6,
    zero_lift_drag: 0.0240,
    induced_drag: 0.0375,
    engine: turbofan(141_000.0, 11.0e-6, 0.19),
    ceiling_fl: 390.0,
    cruise_mach: 0.78,
    climb_cas_kt: 295.0,
    descent_cas_kt: 290.0,
    clean_cas_kt: 205.0,
    approach_cas_kt: 136.0,
    longest_nmi: 2_500.0,
};

/// The type with this designator.
pub(super) fn find(code: &str) -> &'static AircraftType {
    AIRCRAFT.iter().find(|kind| kind.code == code).expect("the airlines fly types of the table")
}

const fn turbofan(climb_thrust_n: f64, static_fuel_kg_per_n_s: f64, idle_fuel_kg_s: f64) -> Engine {
    Engine::Turbofan { climb_thrust_n, idle_fuel_kg_s, static_fuel_kg_per_n_s }
}
