//! Errors *at absolute times*: nobody in flight knows how long it will take, so x % of it is no
//! time on a clock. A trajectory that is predicted in fractions has a time at each once its
//! duration is predicted; at the moment when the flight was at a fraction, the prediction puts
//! it somewhere else along its track, by as much as its times are wrong.
//!
//! `metrics` asks for these errors, and for those of the duration.

use ndarray::Array2;

use super::HeldOut;
use crate::flight::unwrap_longitude;
use crate::models::sphere::Position;
use crate::models::{Dataset, at_least, elapsed_at};
use crate::tables::{Horizon, Target};
use crate::units::METRES_PER_NAUTICAL_MILE;

/// A predicted or flown state: seconds since the first row, and where. The longitudes of a
/// flight are on one branch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fix {
    pub(super) elapsed_s: f64,
    pub(super) position: Position,
}

/// Where a predicted track is after so many seconds: linear between its fixes, which are in
/// ascending order of their times. Before the first fix and after the last the flight goes on
/// as along the nearest leg, but no longer than that leg: the ends of the flight are about as
/// far away as the next fraction.
pub(super) fn position_at(track: &[Fix], elapsed_s: f64) -> Option<Position> {
    let after = track.partition_point(|fix| fix.elapsed_s < elapsed_s);
    let to = after.clamp(1, track.len().saturating_sub(1).max(1));
    let (Some(from), Some(to)) = (track.get(to - 1), track.get(to)) else {
        return track.first().map(|fix| fix.position);
    };
    let leg_s = to.elapsed_s - from.elapsed_s;
    let share = if leg_s > 0.0 { (elapsed_s - from.elapsed_s) / leg_s } else { 0.0 };
    let share = share.clamp(-1.0, 2.0);
    let between = |from: f64, to: f64| from + (to - from) * share;
    Some(Position {
        longitude_deg: between(from.position.longitude_deg, to.position.longitude_deg),
        // A track over a pole is not straight in degrees in any case.
        latitude_deg: between(from.position.latitude_deg, to.position.latitude_deg)
            .clamp(-90.0, 90.0),
    })
}

/// Metres between a predicted track and the flown fixes at the flown fixes' times.
pub(super) fn apart_m(predicted: &[Fix], flown: &[Fix]) -> Vec<f64> {
    let apart = |fix: &Fix| {
        position_at(predicted, fix.elapsed_s).map_or(f64::NAN, |at| at.distance_m(fix.position))
    };
    flown.iter().map(apart).collect()
}

/// For each fraction how far each held-out flight's predicted track is, in nautical miles, from
/// where the flight was when it was at the fraction. The times of the predicted track are those
/// of its predicted duration at a horizon.
pub(super) fn errors_at_time(
    dataset: &Dataset,
    held_out: &HeldOut,
    horizon: Horizon,
) -> Vec<Vec<f64>> {
    let elapsed = dataset.column(Target::Elapsed).expect("every dataset has it");
    let track = |matrices: &[Array2<f64>], row: usize, duration_s: Option<f64>| -> Vec<Fix> {
        let mut before = matrices[0][[row, 0]];
        let fix = |(fraction, matrix): (&f64, &Array2<f64>)| {
            // Each fraction has a branch of its own.
            before = unwrap_longitude(matrix[[row, 0]], before);
            let position = Position { longitude_deg: before, latitude_deg: matrix[[row, 1]] };
            let at_fraction_s = matrix[[row, elapsed]];
            let elapsed_s = duration_s.map_or(at_fraction_s, |duration_s| {
                elapsed_at(dataset.axis, *fraction, at_fraction_s, duration_s)
            });
            Fix { elapsed_s, position }
        };
        dataset.fractions.iter().zip(matrices).map(fix).collect()
    };
    let mut errors = vec![Vec::with_capacity(held_out.flights.len()); dataset.fractions.len()];
    for (row, flight) in held_out.flights.iter().enumerate() {
        let duration_s = at_least(horizon, held_out.durations.predicted_s[row]);
        let predicted = track(&held_out.predicted, row, Some(duration_s));
        let flown = track(&dataset.targets, *flight, None);
        for (errors, apart_m) in errors.iter_mut().zip(apart_m(&predicted, &flown)) {
            errors.push(apart_m / METRES_PER_NAUTICAL_MILE);
        }
    }
    errors
}

/// Predicted less true duration of each held-out flight in seconds at a horizon, and the true
/// ones.
pub(super) fn duration_errors(
    dataset: &Dataset,
    held_out: &HeldOut,
    horizon: Horizon,
) -> (Vec<f64>, Vec<f64>) {
    let truth: Vec<f64> =
        held_out.flights.iter().map(|flight| dataset.spans[*flight].duration_s).collect();
    let errors = truth.iter().zip(&held_out.durations.predicted_s);
    let errors = errors.map(|(truth_s, predicted_s)| at_least(horizon, *predicted_s) - truth_s);
    (errors.collect(), truth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flight::EARTH_RADIUS_M;

    fn track(times: &[f64]) -> Vec<Fix> {
        let fix = |(at, elapsed_s): (usize, &f64)| Fix {
            elapsed_s: *elapsed_s,
            position: Position { longitude_deg: at as f64, latitude_deg: 0.0 },
        };
        times.iter().enumerate().map(fix).collect()
    }

    #[test]
    fn a_track_flown_on_time_is_nowhere_off_and_a_late_one_by_what_it_flies_in_the_delay() {
        let flown = track(&[100.0, 200.0, 300.0]);
        assert_eq!(apart_m(&flown, &flown), [0.0; 3]);
        let early = track(&[90.0, 190.0, 290.0]);
        let degree_m = EARTH_RADIUS_M.to_radians();
        for apart in apart_m(&early, &flown) {
            assert!((apart - 0.1 * degree_m).abs() < 1.0, "{apart}");
        }
    }

    #[test]
    fn a_track_goes_on_for_one_leg_and_no_further() {
        let track = track(&[100.0, 200.0, 300.0]);
        let longitude = |time| position_at(&track, time).unwrap().longitude_deg;
        for (time, expected) in
            [(50.0, -0.5), (-500.0, -1.0), (150.0, 0.5), (300.0, 2.0), (350.0, 2.5), (900.0, 3.0)]
        {
            assert!((longitude(time) - expected).abs() < 1e-12, "{time}: {}", longitude(time));
        }
        assert_eq!(position_at(&track[..1], 0.0), Some(track[0].position));
        assert_eq!(position_at(&[], 0.0), None);
        // Two fixes at one time are no leg.
        let still = super::tests::track(&[100.0, 100.0]);
        assert_eq!(position_at(&still, 100.0).unwrap().longitude_deg, 0.0);
    }
}
