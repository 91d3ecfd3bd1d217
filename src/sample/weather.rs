//! The weather is one wind, temperature and pressure field for all flights of the same
//! hours: smooth in space and height, slowly changing.
//!
//! It is made once per sample; the schedule asks for storms, the route builder for runway
//! winds, the simulator for the air around each aircraft every second.

use super::atmosphere::{SEA_LEVEL_PA, pressure_altitude_m};
use super::draws::{Draws, Stream};

const DAY_S: f64 = 86_400.0;
const WAVES: usize = 3;

/// What a flight feels at a place, a height and a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// Wind to the east, m/s.
    pub(super) wind_east_ms: f64,
    /// Wind to the north, m/s.
    pub(super) wind_north_ms: f64,
    /// How much warmer than standard, K.
    pub(super) deviation_k: f64,
    /// Pressure altitude of the sea level, m: above 0 when the pressure is low.
    pub(super) sea_level_altitude_m: f64,
}

/// The fields over a span of days.
///
/// One anchor per midnight; between two midnights the fields blend linearly, so they run on
/// smoothly through the night and flights of a day share them.
pub(super) struct Weather {
    first_day: i64,
    anchors: Vec<Anchor>,
}

/// The state at one midnight.
struct Anchor {
    jet_east_ms: f64,
    jet_north_ms: f64,
    jet_latitude_deg: f64,
    surface_east_ms: f64,
    surface_north_ms: f64,
    deviation_k: f64,
    /// Difference of the pressure at sea level from standard at 45 N 3 E, Pa.
    pressure_pa: f64,
    /// Change of that pressure per metre to the east and to the north, Pa/m.
    pressure_slope: [f64; 2],
    storminess: f64,
    waves: [Wave; WAVES],
}

/// One eddy: a plane wave of the stream function, so that its wind does not diverge.
struct Wave {
    /// Radians per metre to the east and to the north.
    number: [f64; 2],
    phase: f64,
    /// Radians per second.
    frequency: f64,
    /// Unit vector of the wind at the crest times its speed, m/s.
    wind: [f64; 2],
}

impl Weather {
    /// The weather of `days` days from `first_day` (days since 1970-01-01), and of the day
    /// after, which late flights reach.
    pub(super) fn new(seed: u64, first_day: i64, days: usize) -> Self {
        let mut anchors: Vec<Anchor> = Vec::with_capacity(days + 2);
        for day in 0..days + 2 {
            let mut draws = Draws::new(seed, Stream::Weather, day as u64);
            let anchor = Anchor::after(anchors.last(), &mut draws);
            anchors.push(anchor);
        }
        Self { first_day, anchors }
    }

    /// The conditions at a place, a pressure altitude and a time (seconds since 1970).
    pub(super) fn at(
        &self,
        latitude_deg: f64,
        longitude_deg: f64,
        altitude_m: f64,
        epoch_s: f64,
    ) -> Conditions {
        // A flat map around 45 N 3 E: distortion bends the eddies a little, which no one
        // can tell from other eddies.
        let place = [(longitude_deg - 3.0) * 78_700.0, (latitude_deg - 45.0) * 111_195.0];
        let layers = Layers::at(altitude_m);
        let (before, after, share) = self.around(epoch_s);
        let (a, b) = (
            before.felt(place, latitude_deg, &layers, epoch_s),
            after.felt(place, latitude_deg, &layers, epoch_s),
        );
        let blend = |i: usize| a[i] + share * (b[i] - a[i]);
        // Warm in the south, and low air follows the sun (warmest at 14 UTC).
        let hour_angle = (epoch_s / DAY_S - 14.0 / 24.0) * std::f64::consts::TAU;
        let sun_k = 4.0 * layers.surface * libm::cos(hour_angle);
        let deviation_k = blend(2) - 0.35 * (latitude_deg - 45.0) + sun_k;
        Conditions {
            wind_east_ms: blend(0),
            wind_north_ms: blend(1),
            deviation_k,
            sea_level_altitude_m: pressure_altitude_m(SEA_LEVEL_PA + blend(3)),
        }
    }

    /// How bad the weather is, from 0 to 1.
    pub(super) fn storminess(&self, epoch_s: f64) -> f64 {
        let (before, after, share) = self.around(epoch_s);
        before.storminess + share * (after.storminess - before.storminess)
    }

    fn around(&self, epoch_s: f64) -> (&Anchor, &Anchor, f64) {
        let days = epoch_s / DAY_S - self.first_day as f64;
        let last = self.anchors.len() - 2;
        let index = (days.max(0.0) as usize).min(last);
        let share = (days - index as f64).clamp(0.0, 1.0);
        (&self.anchors[index], &self.anchors[index + 1], share)
    }
}

/// How strongly each part of the field acts at one height.
struct Layers {
    jet: f64,
    surface: f64,
}

impl Layers {
    fn at(altitude_m: f64) -> Self {
        let from_jet = (altitude_m - 10_500.0) / 5_200.0;
        Self {
            jet: 0.15 + 0.85 * libm::exp(-from_jet * from_jet),
            surface: libm::exp(-altitude_m.max(0.0) / 1_500.0),
        }
    }
}

impl Anchor {
    /// The next midnight: yesterday's weather decays and something new comes in.
    fn after(previous: Option<&Self>, draws: &mut Draws) -> Self {
        const MEMORY: f64 = 0.6;
        let fresh = (1.0 - MEMORY * MEMORY).sqrt();
        let mut next = |mean: f64, spread: f64, of: fn(&Self) -> f64| {
            let drawn = spread * draws.normal();
            mean + previous.map_or(drawn, |old| MEMORY * (of(old) - mean) + fresh * drawn)
        };
        let (jet_east_ms, jet_north_ms) =
            (next(20.0, 11.0, |a| a.jet_east_ms), next(-3.0, 12.0, |a| a.jet_north_ms));
        let jet_latitude_deg = next(46.0, 5.0, |a| a.jet_latitude_deg);
        let (surface_east_ms, surface_north_ms) =
            (next(1.0, 3.5, |a| a.surface_east_ms), next(0.0, 3.5, |a| a.surface_north_ms));
        let deviation_k = next(1.0, 5.0, |a| a.deviation_k);
        let pressure_pa = next(350.0, 900.0, |a| a.pressure_pa);
        let pressure_slope =
            [next(0.0, 4e-4, |a| a.pressure_slope[0]), next(0.0, 4e-4, |a| a.pressure_slope[1])];
        let unsettled = next(0.0, 1.0, |_| 0.0) - pressure_pa / 900.0;
        Self {
            jet_east_ms,
            jet_north_ms,
            jet_latitude_deg,
            surface_east_ms,
            surface_north_ms,
            deviation_k,
            pressure_pa,
            pressure_slope,
            storminess: 1.0 / (1.0 + libm::exp(-1.5 * (unsettled - 1.0))),
            waves: [Wave::draw(draws), Wave::draw(draws), Wave::draw(draws)],
        }
    }

    /// Wind to the east and to the north, temperature deviation, pressure difference.
    fn felt(&self, place: [f64; 2], latitude_deg: f64, layers: &Layers, epoch_s: f64) -> [f64; 4] {
        let from_jet = (latitude_deg - self.jet_latitude_deg) / 7.0;
        let jet = layers.jet * (0.35 + 0.65 * libm::exp(-from_jet * from_jet));
        let mut east_ms = jet * self.jet_east_ms + layers.surface * self.surface_east_ms;
        let mut north_ms = jet * self.jet_north_ms + layers.surface * self.surface_north_ms;
        for wave in &self.waves {
            let angle = wave.number[0] * place[0] + wave.number[1] * place[1] + wave.phase
                - wave.frequency * epoch_s;
            let strength = layers.jet * libm::cos(angle);
            east_ms += strength * wave.wind[0];
            north_ms += strength * wave.wind[1];
        }
        let slope = self.pressure_slope;
        let pressure_pa = self.pressure_pa + slope[0] * place[0] + slope[1] * place[1];
        [east_ms, north_ms, self.deviation_k, pressure_pa]
    }
}

impl Wave {
    fn draw(draws: &mut Draws) -> Self {
        let length_m = draws.between(500e3, 1_800e3);
        let (sin, cos) = libm::sincos(draws.between(0.0, std::f64::consts::TAU));
        let number = std::f64::consts::TAU / length_m;
        let speed_ms = 5.0 * draws.normal();
        Self {
            number: [number * cos, number * sin],
            phase: draws.between(0.0, std::f64::consts::TAU),
            // Eddies drift at 5 to 15 m/s.
            frequency: number * draws.between(5.0, 15.0),
            wind: [-sin * speed_ms, cos * speed_ms],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_DAY: i64 = 19_783;

    fn weather() -> (Weather, f64) {
        (Weather::new(5, FIRST_DAY, 14), FIRST_DAY as f64 * DAY_S)
    }

    #[test]
    fn the_fields_are_smooth_in_space_height_and_time() {
        let (weather, start_s) = weather();
        for day in 0..13 {
            let epoch_s = start_s + f64::from(day + 1) * DAY_S - 30.0;
            let here = weather.at(41.0, 0.0, 9_000.0, epoch_s);
            for there in [
                weather.at(41.05, 0.0, 9_000.0, epoch_s),
                weather.at(41.0, 0.05, 9_000.0, epoch_s),
                weather.at(41.0, 0.0, 9_050.0, epoch_s),
                weather.at(41.0, 0.0, 9_000.0, epoch_s + 60.0),
            ] {
                assert!((there.wind_east_ms - here.wind_east_ms).abs() < 0.7);
                assert!((there.wind_north_ms - here.wind_north_ms).abs() < 0.7);
                assert!((there.deviation_k - here.deviation_k).abs() < 0.2);
                let lifted_m = there.sea_level_altitude_m - here.sea_level_altitude_m;
                assert!(lifted_m.abs() < 2.0, "{lifted_m}");
            }
        }
    }

    #[test]
    fn days_differ_and_the_jet_blows_harder_than_the_surface_wind() {
        let (weather, start_s) = weather();
        let speed = |day: i32, altitude_m| {
            let at = weather.at(45.0, 3.0, altitude_m, start_s + f64::from(day) * DAY_S);
            (at.wind_east_ms * at.wind_east_ms + at.wind_north_ms * at.wind_north_ms).sqrt()
        };
        let (high, low): (f64, f64) = (0..14)
            .map(|day| (speed(day, 10_500.0), speed(day, 0.0)))
            .fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        assert!(high > 1.5 * low, "{high} {low}");
        assert!((speed(1, 10_500.0) - speed(9, 10_500.0)).abs() > 0.5);
    }
}
