//! The distance flown: a column that grows as the track does, which also tells its unit.
//!
//! [`super::roles`] asks.

use super::kind::Kind;
use super::roles::{Measured, Position, best};
use super::specimen::Specimen;
use super::toml_text::quoted;
use super::words::{is_distance_flown, unit};
use crate::units::Unit;

/// Units of distance, in the configuration's spelling.
const UNITS: [&str; 5] = ["m", "km", "nmi", "mi", "ft"];

/// The column of the distance flown, if there is one that agrees with the track.
pub(super) fn choose_distance(
    kind: &Kind,
    position: &Position,
    doubts: &mut Vec<String>,
) -> Option<Measured> {
    let candidates: Vec<(usize, &'static str)> = (0..kind.header.len())
        .filter(|at| {
            is_distance_flown(&kind.words(*at))
                && !position.uses(*at)
                && kind.has_own_name(*at)
                && kind.is_numeric(*at)
        })
        .filter_map(|at| match unit_along(kind, at, position) {
            Ok(unit) => Some((at, unit)),
            Err(why) => {
                doubts
                    .push(format!("{} is not the distance flown: {why}", quoted(&kind.header[at])));
                None
            }
        })
        .collect();
    let at = best(candidates.iter().map(|(at, _)| (*at, -(kind.words(*at).len() as i32))))?;
    candidates.iter().find(|(found, _)| *found == at).map(|(at, unit)| Measured { at: *at, unit })
}

/// The unit in which the column grows as the great circles between the rows do.
fn unit_along(kind: &Kind, at: usize, position: &Position) -> Result<&'static str, &'static str> {
    let grows = kind.median(|file| Some(file.columns[at].onward_share()));
    if grows.is_none_or(|share| share < 0.98) {
        return Err("it does not grow from row to row");
    }
    let metres_per_unit = kind
        .median(|file| growth(file, at, position).map(|(metres, grown, _)| metres / grown))
        .ok_or("it does not grow with the track")?;
    let starts_at = kind.median(|file| growth(file, at, position).map(|(_, _, first)| first));
    if starts_at.is_none_or(|first| first * metres_per_unit > 20_000.0) {
        return Err("it does not begin near zero");
    }
    let named = unit(&kind.words(at));
    let off = |symbol: &str| {
        let factor = symbol.parse::<Unit>().map_or(1.0, |unit| unit.to_base().apply(1.0));
        libm::log(metres_per_unit / factor).abs()
    };
    let tolerance = libm::log(1.25);
    if let Some(named) = UNITS.iter().find(|symbol| named == Some(**symbol)) {
        return if off(named) < tolerance {
            Ok(named)
        } else {
            Err("its unit does not fit the track")
        };
    }
    let nearest = UNITS.into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or("m");
    if off(nearest) < libm::log(1.07) { Ok(nearest) } else { Err("it does not fit the track") }
}

/// Metres of track, growth of the column over the same rows, and its first value.
fn growth(file: &Specimen, at: usize, position: &Position) -> Option<(f64, f64, f64)> {
    let (metres, first, last) = position.path(file)?;
    let values = &file.columns[at].values;
    let grown = values[last] - values[first];
    (grown > 0.0 && metres > 1_000.0).then_some((metres, grown, values[first]))
}
