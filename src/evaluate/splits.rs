//! A *split* divides flights into those learnt from and those held out, in several folds.
//!
//! `train` scores every model under each configured split. Flights are positions in a
//! dataset, which is sorted by id, so equal flights and seeds give equal folds.

use std::collections::BTreeMap;

use super::SplitError;
use super::shuffle::shuffle;
use crate::models::derive_seed;
use crate::tables::Split;

/// Microseconds of a UTC day.
const DAY_US: i64 = 86_400_000_000;

/// Flights to learn from and flights to judge by; both ascending, not empty and without a
/// common flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Positions of the flights to learn from.
    pub train: Vec<usize>,
    /// Positions of the flights held out.
    pub test: Vec<usize>,
}

/// Divides flights into `k` folds. `starts` has each flight's start in microseconds since
/// 1970, in the order of their ids.
///
/// `forward` sorts by start and id, cuts k + 1 blocks of n / (k + 1) flights rounded down
/// (the rest goes to the last), and learns from all blocks before the one held out. `day`
/// deals shuffled UTC days to k folds, `random` shuffled flights.
///
/// # Errors
/// [`SplitError::NoCalendar`] where `forward` or `day` meets a flight without a start, and
/// [`SplitError::TooFew`].
pub fn folds(
    split: Split,
    starts: &[Option<i64>],
    k: usize,
    seed: u64,
) -> Result<Vec<Fold>, SplitError> {
    let seed = derive_seed(seed, &["split", split.as_str()]);
    match split {
        Split::Forward => forward(&calendar(split, starts)?, k),
        Split::Day => day(&calendar(split, starts)?, k, seed),
        Split::Random => random(starts.len(), k, seed),
    }
}

/// The number of the UTC day of a start, from 1970.
pub(super) fn day_of(start_us: i64) -> i64 {
    start_us.div_euclid(DAY_US)
}

/// Whether every flight has a start, which `forward` and `day` need.
#[must_use]
pub fn has_calendar(starts: &[Option<i64>]) -> bool {
    starts.iter().all(Option::is_some)
}

fn calendar(split: Split, starts: &[Option<i64>]) -> Result<Vec<i64>, SplitError> {
    starts.iter().copied().collect::<Option<_>>().ok_or(SplitError::NoCalendar { split })
}

fn forward(starts: &[i64], k: usize) -> Result<Vec<Fold>, SplitError> {
    let n = starts.len();
    let block = n / (k + 1);
    if block == 0 {
        let needed = k + 1;
        return Err(SplitError::TooFew {
            split: Split::Forward,
            k,
            needed,
            found: n,
            of: "flights",
        });
    }
    let mut order: Vec<usize> = (0..n).collect();
    // The sort is stable and positions ascend with ids, which breaks ties.
    order.sort_by_key(|flight| starts[*flight]);
    let fold = |i: usize| {
        let (from, to) = (i * block, if i == k { n } else { (i + 1) * block });
        Fold { train: sorted(&order[..from]), test: sorted(&order[from..to]) }
    };
    Ok((1..=k).map(fold).collect())
}

fn day(starts: &[i64], k: usize, seed: u64) -> Result<Vec<Fold>, SplitError> {
    let mut flights_of_day: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (flight, start) in starts.iter().enumerate() {
        flights_of_day.entry(day_of(*start)).or_default().push(flight);
    }
    let mut days: Vec<Vec<usize>> = flights_of_day.into_values().collect();
    shuffle(&mut days, seed);
    deal(Split::Day, "days", &days, k)
}

fn random(n: usize, k: usize, seed: u64) -> Result<Vec<Fold>, SplitError> {
    let mut flights: Vec<Vec<usize>> = (0..n).map(|flight| vec![flight]).collect();
    shuffle(&mut flights, seed);
    deal(Split::Random, "flights", &flights, k)
}

/// Deals groups of flights to `k` folds in turn; each fold is held out once.
fn deal(
    split: Split,
    of: &'static str,
    groups: &[Vec<usize>],
    k: usize,
) -> Result<Vec<Fold>, SplitError> {
    // One fold would leave nothing to learn from.
    let needed = k.max(2);
    if groups.len() < needed {
        return Err(SplitError::TooFew { split, k, needed, found: groups.len(), of });
    }
    let pick = |wanted: &dyn Fn(usize) -> bool| {
        let dealt = groups.iter().enumerate().filter(|(at, _)| wanted(at % needed));
        sorted(&dealt.flat_map(|(_, flights)| flights.iter().copied()).collect::<Vec<_>>())
    };
    let fold =
        |i: usize| Fold { train: pick(&|dealt| dealt != i), test: pick(&|dealt| dealt == i) };
    Ok((0..needed).map(fold).collect())
}

fn sorted(flights: &[usize]) -> Vec<usize> {
    let mut flights = flights.to_vec();
    flights.sort_unstable();
    flights
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn starts() -> impl Strategy<Value = Vec<Option<i64>>> {
        proptest::collection::vec((-30 * DAY_US..30 * DAY_US).prop_map(Some), 40..120)
    }

    #[test]
    fn forward_cuts_blocks_in_order_of_time_and_the_last_takes_the_rest() {
        let starts: Vec<Option<i64>> = [5, 1, 3, 2, 4, 6, 7].map(Some).to_vec();
        let found = folds(Split::Forward, &starts, 2, 0).unwrap();
        assert_eq!(
            found,
            [
                Fold { train: vec![1, 3], test: vec![2, 4] },
                Fold { train: vec![1, 2, 3, 4], test: vec![0, 5, 6] }
            ]
        );
    }

    #[test]
    fn too_few_flights_or_days_say_how_many_are_needed() {
        let starts = vec![Some(0); 5];
        let message =
            |split| folds(split, &starts, 5, 0).map_err(|error| error.to_string()).unwrap_err();
        assert_eq!(
            message(Split::Forward),
            "5 folds of `forward` need at least 6 flights, found 5"
        );
        assert_eq!(message(Split::Day), "5 folds of `day` need at least 5 days, found 1");
        assert_eq!(folds(Split::Random, &starts, 5, 0).unwrap().len(), 5);
        assert!(folds(Split::Random, &starts[..1], 1, 0).is_err());
    }

    #[test]
    fn midnight_divides_days_also_before_1970() {
        let starts = [Some(-DAY_US), Some(-1), Some(0), Some(DAY_US - 1)];
        let mut found = folds(Split::Day, &starts, 2, 0).unwrap();
        found.sort_by_key(|fold| fold.test[0]);
        assert_eq!(found[0], Fold { train: vec![2, 3], test: vec![0, 1] });
    }

    #[test]
    fn without_a_calendar_only_random_runs() {
        let starts = [Some(1), None, Some(3), Some(4)];
        assert!(!has_calendar(&starts));
        let error = folds(Split::Forward, &starts, 2, 0).unwrap_err();
        assert!(matches!(error, SplitError::NoCalendar { split: Split::Forward }));
        assert_eq!(folds(Split::Random, &starts, 2, 0).unwrap().len(), 2);
    }

    proptest! {
        #[test]
        fn folds_are_disjoint_and_hold_each_flight_out_once_at_most(
            starts in starts(), k in 2..5_usize, seed in 0..1000_u64,
        ) {
            for split in [Split::Forward, Split::Random, Split::Day] {
                let Ok(found) = folds(split, &starts, k, seed) else {
                    prop_assert_eq!(split, Split::Day);
                    continue;
                };
                prop_assert_eq!(found.len(), k);
                let mut held = vec![0; starts.len()];
                for fold in &found {
                    prop_assert!(!fold.train.is_empty() && !fold.test.is_empty());
                    prop_assert!(fold.test.iter().all(|t| fold.train.binary_search(t).is_err()));
                    fold.test.iter().for_each(|t| held[*t] += 1);
                }
                prop_assert!(held.iter().all(|count| *count <= 1));
                if split != Split::Forward {
                    prop_assert!(held.iter().all(|count| *count == 1));
                }
                prop_assert_eq!(found, folds(split, &starts, k, seed).unwrap());
            }
        }

        #[test]
        fn forward_never_learns_from_the_future(starts in starts(), k in 1..8_usize) {
            for fold in folds(Split::Forward, &starts, k, 0).unwrap() {
                let latest = fold.train.iter().map(|f| (starts[*f], *f)).max();
                let earliest = fold.test.iter().map(|f| (starts[*f], *f)).min();
                prop_assert!(latest < earliest);
            }
        }

        #[test]
        fn day_never_divides_a_day(starts in starts(), k in 2..4_usize, seed in 0..1000_u64) {
            let day = |flight: &usize| starts[*flight].unwrap().div_euclid(DAY_US);
            for fold in folds(Split::Day, &starts, k, seed).unwrap() {
                let held: std::collections::BTreeSet<i64> = fold.test.iter().map(day).collect();
                prop_assert!(fold.train.iter().all(|flight| !held.contains(&day(flight))));
            }
        }

        #[test]
        fn another_seed_deals_otherwise(seed in 0..1000_u64) {
            let starts = vec![None; 60];
            let dealt = |seed| folds(Split::Random, &starts, 3, seed).unwrap();
            prop_assert_ne!(dealt(seed), dealt(seed + 1));
        }
    }
}
