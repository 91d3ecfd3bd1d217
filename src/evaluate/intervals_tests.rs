//! Tests of the intervals: whether they hold what they promise, and look at nothing else.

use ndarray::Array2;

use super::{Fold, HeldOut, Measured};
use crate::models::testing::{flights, noise};
use crate::models::{Dataset, Level};
use crate::tables::{Axis, Horizon, Split, TargetRow, TargetTable};

/// The elapsed time, and the distance.
const LATE: Measured = Measured::State(0, 2);
const FAR: Measured = Measured::State(0, 3);

/// `n` flights that stay where they are, at one fraction.
fn still(n: usize) -> Dataset {
    let table = flights(n);
    let rows = table.flight_id.iter().map(|id| TargetRow {
        flight_id: id.clone(),
        axis: Axis::Time,
        fraction: 0.5,
        longitude_deg: 179.99,
        latitude_deg: 60.0,
        altitude_m: None,
        elapsed_s: 1000.0,
        distance_m: 100_000.0,
    });
    let targets = TargetTable { rows: rows.collect(), stamp: table.stamp.clone() };
    Dataset::join(&table, &targets, Axis::Time, &[0.5])
}

/// `k` folds that hold every `k`-th flight out.
fn folds(n: usize, k: usize) -> Vec<Fold> {
    let part = |i: usize, is_own: bool| (0..n).filter(|f| (f % k == i) == is_own).collect();
    (0..k).map(|i| Fold { train: part(i, false), test: part(i, true) }).collect()
}

/// Predictions that are off by noise times the flight's own `difficulty`.
fn off(dataset: &Dataset, folds: &[Fold], difficulty: impl Fn(usize) -> f64) -> HeldOut {
    let mut held = HeldOut::new(folds, 1, 4);
    let truth = &dataset.targets[0];
    held.predicted[0] = Array2::from_shape_fn((held.flights.len(), 4), |(row, column)| {
        let flight = held.flights[row];
        let unit = [0.01, 0.01, 10.0, 1000.0][column];
        truth[[flight, column]] + unit * difficulty(flight) * noise(flight, 50 + column)
    });
    held
}

/// The share of rows that are held, of those with an interval.
fn share(
    dataset: &Dataset,
    held: &HeldOut,
    level: Level,
    measure: usize,
    wanted: impl Fn(usize) -> bool,
) -> (f64, usize) {
    let rows = (0..held.flights.len()).filter(|row| wanted(held.flights[*row]));
    let found: Vec<bool> = rows
        .filter_map(|row| held.holds(dataset, level, row, Measured::State(0, measure)))
        .collect();
    (found.iter().filter(|held| **held).count() as f64 / found.len() as f64, found.len())
}

fn assert_near(level: Level, (share, n): (f64, usize)) {
    let promised = if level == Level::Eighty { 0.8 } else { 0.9 };
    let deviation = (promised * (1.0 - promised) / n as f64).sqrt();
    assert!((share - promised).abs() < 2.0 * deviation, "{level:?}: {share} of {n}");
}

#[test]
fn intervals_of_exchangeable_flights_hold_what_they_promise() {
    let n = 2000;
    let dataset = still(n);
    for has_spread in [false, true] {
        // Some flights are harder, and a model with a spread knows.
        let difficulty =
            |flight: usize| if has_spread { 1.0 + 4.0 * (noise(flight, 9) + 0.5) } else { 1.0 };
        let mut held = off(&dataset, &folds(n, 5), difficulty);
        if has_spread {
            let spread = |(row, _)| difficulty(held.flights[row]) as f32;
            held.spread = Some(vec![Array2::from_shape_fn((n, 4), spread)]);
        }
        let held = held.calibrated(&dataset, Split::Random, None);
        for level in Level::ALL {
            for measure in 0..5 {
                assert_near(level, share(&dataset, &held, level, measure, |_| true));
            }
        }
        if has_spread {
            // The hard third and the easy third alike, which one width could not do.
            let hard = |flight: usize| noise(flight, 9) > 0.17;
            assert_near(Level::Ninety, share(&dataset, &held, Level::Ninety, 2, hard));
            let easy = |flight: usize| noise(flight, 9) < -0.17;
            assert_near(Level::Ninety, share(&dataset, &held, Level::Ninety, 2, easy));
            let width = |row| held.half_width(&dataset, Level::Ninety, row, LATE).unwrap();
            assert!(
                (0..n).any(|row| width(row) > 2.0 * width(0))
                    || (0..n).any(|row| width(0) > 2.0 * width(row))
            );
        }
    }
}

#[test]
fn pairs_that_differ_in_difficulty_are_each_held_as_promised() {
    let n = 2000;
    let mut dataset = still(n);
    for flight in (0..n).filter(|flight| flight.is_multiple_of(3)) {
        dataset.pairs[flight] = Some("LEMD-LFPG".to_owned());
    }
    let difficulty = |flight: usize| if flight.is_multiple_of(3) { 10.0 } else { 1.0 };
    let held = off(&dataset, &folds(n, 5), difficulty).calibrated(&dataset, Split::Day, None);
    for pair in [true, false] {
        let of_pair = |flight: usize| flight.is_multiple_of(3) == pair;
        assert_near(Level::Ninety, share(&dataset, &held, Level::Ninety, 2, of_pair));
    }
    // A pair of few flights is judged with all others.
    for flight in 0..20 {
        dataset.pairs[flight] = Some("LEMD-KJFK".to_owned());
    }
    let held = off(&dataset, &folds(n, 5), difficulty).calibrated(&dataset, Split::Day, None);
    let width = |flight: usize| {
        let row = held.flights.iter().position(|f| *f == flight).unwrap();
        held.half_width(&dataset, Level::Ninety, row, LATE).unwrap()
    };
    assert!(width(5) > 2.0 * width(505), "{} {}", width(5), width(505));
}

#[test]
fn the_future_calibrates_nothing_and_the_first_block_has_no_intervals() {
    let n = 200;
    let dataset = still(n);
    let folds = folds(n, 4);
    let held = off(&dataset, &folds, |_| 1.0).calibrated(&dataset, Split::Forward, None);
    let width = |held: &HeldOut, row: usize| held.half_width(&dataset, Level::Ninety, row, FAR);
    for row in 0..n {
        assert_eq!(width(&held, row).is_some(), held.folds[row] > 0);
    }
    // Whatever becomes of the last fold, nobody else is told.
    let mut spoilt = off(&dataset, &folds, |_| 1.0);
    for row in (0..n).filter(|row| held.folds[*row] == 3) {
        spoilt.predicted[0][[row, 3]] += 1e6;
    }
    let spoilt = spoilt.calibrated(&dataset, Split::Forward, None);
    assert!((0..n).all(|row| width(&held, row) == width(&spoilt, row)));
    // Under other splits it is.
    let (before, after) = (
        off(&dataset, &folds, |_| 1.0).calibrated(&dataset, Split::Random, None),
        HeldOut { intervals: None, ..spoilt }.calibrated(&dataset, Split::Random, None),
    );
    assert_ne!(width(&before, 0), width(&after, 0));
}

#[test]
fn a_flights_own_error_never_enters_its_interval() {
    let n = 120;
    let dataset = still(n);
    // The folds of a file may hold a flight out twice: flight 0 is in the first and the last.
    let mut folds = folds(n, 3);
    folds[2].test.insert(0, 0);
    folds[2].train.retain(|flight| *flight != 0);
    let plain = off(&dataset, &folds, |_| 1.0);
    for split in [Split::Random, Split::Forward] {
        let mut other = plain.clone();
        for row in (0..plain.flights.len()).filter(|row| plain.flights[*row] == 0) {
            other.predicted[0].row_mut(row).mapv_inplace(|value| value + 50.0);
        }
        let (plain, other) = (
            plain.clone().calibrated(&dataset, split, None),
            other.calibrated(&dataset, split, None),
        );
        for row in (0..plain.flights.len()).filter(|row| plain.flights[*row] == 0) {
            for measure in 0..5 {
                let width = |held: &HeldOut| {
                    held.half_width(&dataset, Level::Eighty, row, Measured::State(0, measure))
                };
                assert_eq!(width(&plain), width(&other));
            }
        }
        let all = |held: &HeldOut| {
            let rows = 0..held.flights.len();
            rows.map(|row| held.half_width(&dataset, Level::Eighty, row, LATE)).collect::<Vec<_>>()
        };
        // It does enter those of others.
        assert_ne!(all(&plain), all(&other));
    }
}

#[test]
fn the_quantile_is_the_one_of_n_and_one_more_and_too_few_flights_have_none() {
    // Two folds of n calibrate each other with n flights.
    let widths = |n: usize, level| {
        let dataset = still(2 * n);
        let folds = folds(2 * n, 2);
        let held = off(&dataset, &folds, |_| 1.0).calibrated(&dataset, Split::Random, None);
        let mut errors: Vec<f64> = (0..2 * n)
            .filter(|row| held.folds[*row] == 1)
            .map(|row| (held.predicted[0][[row, 2]] - 1000.0).abs())
            .collect();
        errors.sort_by(f64::total_cmp);
        (held.half_width(&dataset, level, 0, LATE), errors)
    };
    // Of 9, the ninth is ceil(10 * 0.9); of 8 it would be the ninth too.
    let (width, errors) = widths(9, Level::Ninety);
    assert_eq!(width, Some(errors[8]));
    assert_eq!(widths(8, Level::Ninety).0, None);
    let (width, errors) = widths(19, Level::Ninety);
    assert_eq!(width, Some(errors[17]));
    let (width, errors) = widths(4, Level::Eighty);
    assert_eq!(width, Some(errors[3]));
    assert_eq!(widths(3, Level::Eighty).0, None);
}

#[test]
fn trees_that_agree_by_chance_promise_no_certainty_and_trees_that_always_agree_no_scale() {
    let n = 100;
    let dataset = still(n);
    let mut held = off(&dataset, &folds(n, 2), |_| 1.0);
    let plain = held.clone().calibrated(&dataset, Split::Random, None);
    let mut spread = Array2::from_elem((n, 4), 2.0_f32);
    spread[[0, 2]] = 0.0;
    held.spread = Some(vec![spread]);
    let scaled = held.clone().calibrated(&dataset, Split::Random, None);
    let width = |held: &HeldOut, row| held.half_width(&dataset, Level::Ninety, row, LATE).unwrap();
    assert!((width(&scaled, 0) - 0.1 * width(&scaled, 1)).abs() < 1e-9);
    assert!((width(&scaled, 1) - width(&plain, 1)).abs() < 1e-9);
    held.spread = Some(vec![Array2::zeros((n, 4))]);
    let without = held.calibrated(&dataset, Split::Random, None);
    assert_eq!(width(&without, 0), width(&plain, 0));
}

#[test]
fn intervals_of_durations_hold_what_they_promise_and_widen_with_the_trees_doubt() {
    let n = 2000;
    let dataset = still(n);
    let difficulty = |flight: usize| 1.0 + 4.0 * (noise(flight, 9) + 0.5);
    let mut held = off(&dataset, &folds(n, 5), |_| 1.0);
    let off_s = |flight: usize| 100.0 * difficulty(flight) * noise(flight, 77);
    let predicted = |flight: &usize| dataset.spans[*flight].duration_s + off_s(*flight);
    held.durations.predicted_s = held.flights.iter().map(predicted).collect();
    let spread = held.flights.iter().map(|flight| difficulty(*flight) as f32);
    held.durations.spread = Some(spread.collect());
    let held = held.calibrated(&dataset, Split::Random, None);
    for level in Level::ALL {
        for hard in [true, false] {
            let rows = (0..n).filter(|row| (noise(held.flights[*row], 9) > 0.0) == hard);
            let found = rows.filter_map(|row| held.holds(&dataset, level, row, Measured::Duration));
            let found: Vec<bool> = found.collect();
            let share = found.iter().filter(|held| **held).count() as f64 / found.len() as f64;
            assert_near(level, (share, found.len()));
        }
    }
}

#[test]
fn what_flights_to_come_are_calibrated_on_is_all_that_was_held_out_pair_by_pair() {
    let n = 400;
    let mut dataset = still(n);
    for flight in (0..n).filter(|flight| flight.is_multiple_of(4)) {
        dataset.pairs[flight] = Some("LEMD-LFPG".to_owned());
    }
    let difficulty = |flight: usize| if flight.is_multiple_of(4) { 10.0 } else { 1.0 };
    let held = off(&dataset, &folds(n, 5), difficulty);
    let calibrations = held.calibrations(&dataset, Horizon::Departure);
    let width = |pair| calibrations.of(pair).states[2].half_width(Level::Ninety, None).unwrap();
    let expected = |of_pair: bool| {
        let mut errors: Vec<f64> = (0..n)
            .filter(|row| held.flights[*row].is_multiple_of(4) == of_pair)
            .map(|row| (held.predicted[0][[row, 2]] - 1000.0).abs())
            .collect();
        errors.sort_by(f64::total_cmp);
        errors[((errors.len() + 1) * 9).div_ceil(10) - 1]
    };
    assert_eq!(width(Some("LEMD-LFPG")), expected(true));
    assert_eq!(width(Some("LEMD-LEBL")), expected(false));
    // One that was never seen is as hard as they are together.
    assert_eq!(width(Some("AAAA-BBBB")), width(None));
    assert!(width(None) > expected(false) && width(None) < expected(true));
}
