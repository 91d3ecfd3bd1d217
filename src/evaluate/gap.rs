//! A *gap* is the time between the landing of the last flight that a forward fold learns from and
//! the departure of the first that it holds out.
//!
//! `train` leaves it after it divided the flights. Without one a fold also learns from flights
//! that were still in the air when the first held-out flight left: nobody knew their end by then.

use std::time::Duration;

use super::Fold;
use crate::units::MICROSECONDS;

/// When a flight took place, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// Its first row.
    pub departs_us: i64,
    /// Its last row.
    pub lands_us: i64,
}

impl Time {
    /// The time of a flight that takes `duration_s`; one that is not known counts as none.
    #[must_use]
    pub fn new(departs_us: i64, duration_s: f64) -> Self {
        // Rounded up: a flight has not landed before its last row. A cast saturates, and takes
        // what is not a number for 0.
        let takes_us = (duration_s.max(0.0) * MICROSECONDS as f64).ceil() as i64;
        Self { departs_us, lands_us: departs_us.saturating_add(takes_us) }
    }
}

/// Takes out of the training of each fold the flights that had not landed for `gap` when the
/// first flight that it holds out departs. A fold that nothing is left to learn from goes as a
/// whole. `times` are by flight. Without a gap folds stay as they are.
#[must_use]
pub fn leave_gap(folds: Vec<Fold>, times: &[Time], gap: Duration) -> Vec<Fold> {
    if gap.is_zero() {
        return folds;
    }
    // Wider than any sum of times can be.
    let gap_us = i128::try_from(gap.as_micros()).unwrap_or(i128::MAX / 2);
    let left = |mut fold: Fold| {
        let first = fold.test.iter().map(|flight| times[*flight].departs_us).min()?;
        let is_known =
            |flight: &usize| i128::from(times[*flight].lands_us) + gap_us <= i128::from(first);
        fold.train.retain(is_known);
        (!fold.train.is_empty()).then_some(fold)
    };
    folds.into_iter().filter_map(left).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::folds;
    use crate::tables::Split;

    const HOUR_US: i64 = 3_600_000_000;

    #[test]
    fn a_flight_in_the_air_teaches_nothing_under_any_gap_and_a_fold_without_pupils_goes() {
        let at = |hour: i64, hours: f64| Time::new(hour * HOUR_US, hours * 3600.0);
        // The second lands on the hour at which the third departs, the first an hour later.
        let times = [at(0, 11.0), at(4, 6.0), at(10, 1.0), at(30, 1.0)];
        let whole = vec![
            Fold { train: vec![0, 1], test: vec![2] },
            Fold { train: vec![0, 1, 2], test: vec![3] },
        ];
        let trains = |gap_s: u64| {
            let folds = leave_gap(whole.clone(), &times, Duration::from_secs(gap_s));
            folds.into_iter().map(|fold| fold.train).collect::<Vec<_>>()
        };
        assert_eq!(trains(0), [vec![0, 1], vec![0, 1, 2]]);
        assert_eq!(trains(1), [vec![0, 1, 2]]);
        assert_eq!(trains(19 * 3600), [vec![0, 1, 2]]);
        assert_eq!(trains(19 * 3600 + 1), [vec![1]]);
        assert!(trains(u64::MAX).is_empty());
    }

    #[test]
    fn a_duration_that_is_not_known_takes_no_time_and_a_long_one_does_not_overflow() {
        assert_eq!(Time::new(5, f64::NAN).lands_us, 5);
        assert_eq!(Time::new(5, -1.0).lands_us, 5);
        assert_eq!(Time::new(5, f64::INFINITY).lands_us, i64::MAX);
        assert_eq!(Time::new(5, 1e-9).lands_us, 6);
    }

    proptest! {
        #[test]
        fn whoever_is_learnt_from_had_landed_for_so_long_and_nobody_else_is_left_out(
            flights in proptest::collection::vec((0..90_i64, 0.0..20.0_f64), 12..80),
            k in 1..6_usize, gap_h in 1..60_u64,
        ) {
            let starts: Vec<Option<i64>> =
                flights.iter().map(|(hour, _)| Some(hour * HOUR_US)).collect();
            let times: Vec<Time> =
                flights.iter().map(|(hour, h)| Time::new(hour * HOUR_US, h * 3600.0)).collect();
            let whole = folds(Split::Forward, &starts, k, 0).unwrap();
            let gap = Duration::from_secs(gap_h * 3600);
            let left = leave_gap(whole.clone(), &times, gap);
            let gap_us = gap_h as i64 * HOUR_US;
            for fold in &whole {
                let first = fold.test.iter().map(|f| times[*f].departs_us).min().unwrap();
                let may = |f: &&usize| first - times[**f].lands_us >= gap_us;
                let expected: Vec<usize> = fold.train.iter().filter(may).copied().collect();
                let found = left.iter().find(|left| left.test == fold.test);
                prop_assert_eq!(found.map(|f| f.train.clone()).unwrap_or_default(), expected);
            }
            prop_assert!(left.iter().all(|fold| !fold.train.is_empty()));
        }
    }
}
