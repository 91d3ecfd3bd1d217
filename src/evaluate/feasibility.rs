//! *Feasibility*: whether anything could fly what was predicted, from one fraction to the
//! next in the time between them.
//!
//! `metrics` counts the flights that could not be flown.

use ndarray::Array2;

use super::HeldOut;
use crate::models::Dataset;
use crate::models::sphere::Position;
use crate::tables::Target;
use crate::units::METRES_PER_NAUTICAL_MILE;

/// Positions closer than this are the same but for rounding: no time need pass between them.
const SAME_PLACE_M: f64 = 1.0;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// Whether each held-out flight's prediction is infeasible: somewhere, time runs backwards
/// from one fraction to the next, or the great circle between their predicted positions would
/// be flown faster than `fastest_kt` knots, or something is not a number. None with fewer
/// than two fractions, between which there is no speed.
pub(super) fn infeasible(
    dataset: &Dataset,
    held_out: &HeldOut,
    fastest_kt: u32,
) -> Option<Vec<bool>> {
    let elapsed = dataset.column(Target::Elapsed)?;
    let fastest_m_s = f64::from(fastest_kt) * METRES_PER_NAUTICAL_MILE / SECONDS_PER_HOUR;
    let position = |matrix: &Array2<f64>, row: usize| Position {
        longitude_deg: matrix[[row, 0]],
        latitude_deg: matrix[[row, 1]],
    };
    let is_flown = |row: usize, pair: &[Array2<f64>]| {
        let seconds = pair[1][[row, elapsed]] - pair[0][[row, elapsed]];
        let metres = position(&pair[0], row).distance_m(position(&pair[1], row));
        seconds >= 0.0 && metres <= (fastest_m_s * seconds).max(SAME_PLACE_M)
    };
    let rows = 0..held_out.flights.len();
    let infeasible = |row| held_out.predicted.windows(2).any(|pair| !is_flown(row, pair));
    (held_out.predicted.len() > 1).then(|| rows.map(infeasible).collect())
}
