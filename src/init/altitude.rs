//! The altitude: which column it is, and in feet, metres or flight levels.
//!
//! [`super::roles`] asks.

use super::kind::Kind;
use super::roles::{Measured, Position, best};
use super::toml_text::quoted;
use super::words::{altitude_score, unit};

/// The altitude's column, if there is one; pressure altitude where there are several.
pub(super) fn choose_altitude(
    kind: &Kind,
    position: &Position,
    doubts: &mut Vec<String>,
) -> Option<Measured> {
    let at = best((0..kind.header.len()).filter_map(|at| {
        let score = altitude_score(&kind.words(at))?;
        let values = kind.values(at);
        let possible = values.iter().filter(|value| (-2_000.0..200_000.0).contains(*value)).count();
        let fits = !position.uses(at)
            && kind.has_own_name(at)
            && kind.is_numeric(at)
            && possible > 0
            && possible * 100 >= values.len() * 95;
        fits.then_some((at, score))
    }))?;
    let named = unit(&kind.words(at)).filter(|unit| ["ft", "m", "km", "FL"].contains(unit));
    let unit = named.unwrap_or_else(|| {
        let speed_ms = kind.median(|file| position.speed(file));
        let (unit, is_sure) = unit_of_values(&kind.values(at), speed_ms);
        if !is_sure {
            doubts.push(format!(
                "the unit of {} is guessed from its values: {unit}; check it",
                quoted(&kind.header[at])
            ));
        }
        unit
    });
    Some(Measured { at, unit })
}

/// The unit that altitudes are likely in, and whether that is sure. Airliners cruise at
/// 9 to 13 km, 30,000 to 43,000 ft, FL 300 to 430; transponders report steps of 25 ft.
fn unit_of_values(values: &[f64], speed_ms: Option<f64>) -> (&'static str, bool) {
    let mut sorted: Vec<f64> = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // A few wild values are no altitude.
    let Some(top) = sorted.get((sorted.len() * 995 / 1000).min(sorted.len().saturating_sub(1)))
    else {
        return ("ft", false);
    };
    let steps_of = |step: f64| {
        let high: Vec<f64> = values.iter().copied().filter(|value| *value > 100.0).collect();
        let on = high.iter().filter(|v| (*v / step - (*v / step).round()).abs() * step < 0.02);
        !high.is_empty() && on.count() * 10 >= high.len() * 6
    };
    match *top {
        top if top > 14_500.0 => ("ft", true),
        // 25 ft in metres, and not by being whole metres.
        top if top > 600.0 && steps_of(7.62) && !steps_of(1.0) => ("m", true),
        top if top > 600.0 && steps_of(25.0) => ("ft", top > 1_500.0),
        top if top > 8_000.0 => ("m", true),
        top if top > 600.0 => ("m", false),
        _ if speed_ms.is_some_and(|v| v < 40.0) => ("m", false),
        top => ("FL", top > 250.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_follows_from_heights_that_aircraft_fly_at() {
        let climb = |top: f64, step: f64| -> Vec<f64> {
            (0..400).map(|i| (top * f64::from(i) / 399.0 / step).round() * step).collect()
        };
        let fast = Some(200.0);
        assert_eq!(unit_of_values(&climb(38_000.0, 25.0), fast), ("ft", true));
        assert_eq!(unit_of_values(&climb(37_017.3, 0.1), fast), ("ft", true));
        assert_eq!(unit_of_values(&climb(11_277.6, 7.62), fast), ("m", true));
        assert_eq!(unit_of_values(&climb(11_277.0, 0.3), fast), ("m", true));
        assert_eq!(unit_of_values(&climb(9_000.0, 25.0), fast), ("ft", true));
        assert_eq!(unit_of_values(&climb(370.0, 1.0), fast), ("FL", true));
        assert_eq!(unit_of_values(&climb(230.0, 1.0), Some(12.0)), ("m", false));
        assert_eq!(unit_of_values(&climb(3_100.0, 0.7), fast), ("m", false));
    }
}
