//! The atmosphere gives temperature, pressure and density at a pressure altitude, and ties
//! airspeeds and altitudes together.
//!
//! The simulator calls it once per second of flight. Formulas and constants: ICAO Doc 7488,
//! *Manual of the ICAO Standard Atmosphere* (1993), to 20 km; a day's temperature deviation
//! shifts the temperature at every pressure altitude alike.

/// Gravity, m/s2.
pub(super) const GRAVITY: f64 = 9.806_65;
/// Specific gas constant of dry air, J/(kg K).
pub(super) const GAS_CONSTANT: f64 = 287.052_87;
/// Standard pressure at sea level, Pa.
pub(super) const SEA_LEVEL_PA: f64 = 101_325.0;
/// Standard density at sea level, kg/m3.
pub(super) const SEA_LEVEL_DENSITY: f64 = 1.225;

const SEA_LEVEL_K: f64 = 288.15;
const LAPSE_K_PER_M: f64 = 0.0065;
const TROPOPAUSE_M: f64 = 11_000.0;
const TROPOPAUSE_K: f64 = 216.65;
const PRESSURE_EXPONENT: f64 = GRAVITY / (LAPSE_K_PER_M * GAS_CONSTANT);
const HEAT_RATIO: f64 = 1.4;

/// The state of the air at one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Air {
    /// Static temperature, K.
    pub(super) temperature_k: f64,
    /// What the temperature would be in the standard atmosphere, K.
    pub(super) standard_k: f64,
    /// Static pressure, Pa.
    pub(super) pressure_pa: f64,
    /// Density, kg/m3.
    pub(super) density: f64,
    /// Speed of sound, m/s.
    pub(super) sound_ms: f64,
}

impl Air {
    /// The air at a pressure altitude, `deviation_k` warmer than standard.
    pub(super) fn at(pressure_altitude_m: f64, deviation_k: f64) -> Self {
        let standard_k = (SEA_LEVEL_K - LAPSE_K_PER_M * pressure_altitude_m).max(TROPOPAUSE_K);
        let temperature_k = standard_k + deviation_k;
        let pressure_pa = pressure_pa(pressure_altitude_m);
        Self {
            temperature_k,
            standard_k,
            pressure_pa,
            density: pressure_pa / (GAS_CONSTANT * temperature_k),
            sound_ms: (HEAT_RATIO * GAS_CONSTANT * temperature_k).sqrt(),
        }
    }

    /// True airspeed of a calibrated airspeed, both m/s: the impact pressure that the pitot
    /// tube would meet at sea level, met here (compressible, subsonic).
    pub(super) fn true_airspeed_ms(&self, calibrated_ms: f64) -> f64 {
        let sea_level_sound_squared = HEAT_RATIO * GAS_CONSTANT * SEA_LEVEL_K;
        let ratio = 1.0 + 0.2 * calibrated_ms * calibrated_ms / sea_level_sound_squared;
        let impact_pa = SEA_LEVEL_PA * (power_3_5(ratio) - 1.0);
        let mach_squared = 5.0 * (libm::pow(1.0 + impact_pa / self.pressure_pa, 1.0 / 3.5) - 1.0);
        mach_squared.sqrt() * self.sound_ms
    }

    /// Calibrated airspeed of a true airspeed, both m/s: the inverse of the above.
    pub(super) fn calibrated_airspeed_ms(&self, true_ms: f64) -> f64 {
        let mach = true_ms / self.sound_ms;
        let impact_pa = self.pressure_pa * (power_3_5(1.0 + 0.2 * mach * mach) - 1.0);
        let ratio = libm::pow(1.0 + impact_pa / SEA_LEVEL_PA, 1.0 / 3.5);
        (5.0 * HEAT_RATIO * GAS_CONSTANT * SEA_LEVEL_K * (ratio - 1.0)).sqrt()
    }
}

/// x to the power of 3.5, which is gamma / (gamma - 1) for air.
fn power_3_5(x: f64) -> f64 {
    x * x * x * x.sqrt()
}

/// Standard pressure at a pressure altitude, Pa.
fn pressure_pa(pressure_altitude_m: f64) -> f64 {
    let below_m = pressure_altitude_m.min(TROPOPAUSE_M);
    let ratio = 1.0 - LAPSE_K_PER_M * below_m / SEA_LEVEL_K;
    let at_m = SEA_LEVEL_PA * libm::pow(ratio, PRESSURE_EXPONENT);
    if pressure_altitude_m <= TROPOPAUSE_M {
        return at_m;
    }
    let above_m = pressure_altitude_m - TROPOPAUSE_M;
    at_m * libm::exp(-GRAVITY * above_m / (GAS_CONSTANT * TROPOPAUSE_K))
}

/// Pressure altitude at which the standard atmosphere has the pressure `qnh_pa`, metres.
pub(super) fn pressure_altitude_m(qnh_pa: f64) -> f64 {
    let ratio = libm::pow(qnh_pa / SEA_LEVEL_PA, 1.0 / PRESSURE_EXPONENT);
    SEA_LEVEL_K / LAPSE_K_PER_M * (1.0 - ratio)
}

/// Height above mean sea level of a pressure altitude, metres: the hydrostatic equation
/// integrated from the sea level's pressure altitude up, `dh = (T / T_standard) dHp`.
pub(super) fn height_m(altitude_m: f64, deviation_k: f64, sea_level_altitude_m: f64) -> f64 {
    let stretch = thermal_stretch(altitude_m) - thermal_stretch(sea_level_altitude_m);
    altitude_m - sea_level_altitude_m + deviation_k * stretch
}

/// Integral of `dHp / T_standard` from 0, m/K.
fn thermal_stretch(altitude_m: f64) -> f64 {
    let below_m = altitude_m.min(TROPOPAUSE_M);
    let ratio = 1.0 - LAPSE_K_PER_M * below_m / SEA_LEVEL_K;
    -libm::log(ratio) / LAPSE_K_PER_M + (altitude_m - below_m) / TROPOPAUSE_K
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_table_is_met_at_sea_level_and_at_the_tropopause() {
        let ground = Air::at(0.0, 0.0);
        assert!((ground.density - SEA_LEVEL_DENSITY).abs() < 1e-6);
        assert!((ground.sound_ms - 340.294).abs() < 1e-3);
        let tropopause = Air::at(11_000.0, 0.0);
        assert!((tropopause.temperature_k - 216.65).abs() < 1e-9);
        // Doc 7488 prints 226.320 hPa and 0.363918 kg/m3.
        assert!((tropopause.pressure_pa - 22_632.0).abs() < 0.5);
        assert!((tropopause.density - 0.363_918).abs() < 1e-6);
        // At 15 km: 120.445 hPa.
        assert!((Air::at(15_000.0, 0.0).pressure_pa - 12_044.5).abs() < 1.0);
    }

    #[test]
    fn airspeeds_convert_there_and_back() {
        for altitude_m in [0.0, 3_000.0, 10_668.0, 12_000.0] {
            let air = Air::at(altitude_m, 7.0);
            for calibrated_ms in [60.0, 130.0, 150.0] {
                let true_ms = air.true_airspeed_ms(calibrated_ms);
                assert!((air.calibrated_airspeed_ms(true_ms) - calibrated_ms).abs() < 1e-9);
            }
        }
        let ground = Air::at(0.0, 0.0);
        assert!((ground.true_airspeed_ms(100.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn mach_078_at_flight_level_350_is_264_knots_calibrated() {
        // By hand: qc/p = 1.12168^3.5 - 1 = 0.4947, delta = 0.2353, so qc/p0 = 0.1164 and
        // CAS = 661.48 kt (5 (1.1164^(2/7) - 1))^0.5 = 264.4 kt.
        let air = Air::at(10_668.0, 0.0);
        let calibrated_kt = air.calibrated_airspeed_ms(0.78 * air.sound_ms) / (1852.0 / 3600.0);
        assert!((calibrated_kt - 264.4).abs() < 0.1, "{calibrated_kt}");
    }

    #[test]
    fn a_warm_day_lifts_the_pressure_levels() {
        assert!(height_m(0.0, 10.0, 0.0).abs() < 1e-9);
        assert!((height_m(9_000.0, 0.0, 0.0) - 9_000.0).abs() < 1e-9);
        let step = height_m(5_001.0, 10.0, 0.0) - height_m(5_000.0, 10.0, 0.0);
        let air = Air::at(5_000.5, 10.0);
        assert!((step - air.temperature_k / air.standard_k).abs() < 1e-6);
    }

    #[test]
    fn high_pressure_puts_the_sea_level_below_zero() {
        // 27 ft per hPa, the altimeter setting's rule of thumb.
        let altitude_m = pressure_altitude_m(102_325.0);
        assert!((altitude_m / 0.3048 + 10.0 * 27.3).abs() < 5.0, "{altitude_m}");
        assert!(pressure_altitude_m(SEA_LEVEL_PA).abs() < 1e-9);
    }
}
