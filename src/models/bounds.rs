//! *Bounds* are the ends of the intervals of a predicted state: what calibrations say, within
//! what is possible.
//!
//! `train` writes them beside held-out predictions, `predict` beside those that it hands over.

use ndarray::ArrayView1;

use super::sphere::wrap_longitude;
use crate::tables::{Bounds90, Horizon, Target};

/// The ends of the intervals about a predicted `state (n_targets)`, of which `columns` says what
/// it is. `half_width` has that of each measure: of a column, in its unit, and, for the number
/// after the last column, of the horizontal distance in nautical miles.
#[must_use]
pub fn bounds(
    columns: &[Target],
    state: ArrayView1<'_, f64>,
    half_width: impl Fn(usize) -> Option<f64>,
) -> Bounds90 {
    let ends = |target| {
        let column = columns.iter().position(|known| *known == target)?;
        let width = half_width(column)?;
        Some((state[column] - width, state[column] + width))
    };
    let longitudes = |(west, east): (f64, f64)| match east - west {
        turn if turn >= 360.0 => (-180.0, 180.0),
        _ => (wrap_longitude(west), wrap_longitude(east)),
    };
    // What cannot be flown need not be in an interval.
    let latitudes = |(south, north): (f64, f64)| (south.max(-90.0), north.min(90.0));
    let positive = |(lower, upper): (f64, f64)| (lower.max(0.0), upper.max(0.0));
    Bounds90 {
        longitude_deg: ends(Target::Longitude).map(longitudes),
        latitude_deg: ends(Target::Latitude).map(latitudes),
        altitude_m: ends(Target::Altitude),
        elapsed_s: ends(Target::Elapsed).map(positive),
        distance_m: ends(Target::Distance).map(positive),
        horizontal_radius_nmi: half_width(columns.len()),
        duration_s: None,
    }
}

/// The ends of the interval of a duration, in seconds; a flight in the air at a horizon takes no
/// less than what has passed.
#[must_use]
pub fn duration_bounds(horizon: Horizon, duration_s: f64, half_width_s: f64) -> (f64, f64) {
    let end = |seconds| super::at_least(horizon, seconds);
    (end(duration_s - half_width_s), end(duration_s + half_width_s))
}
