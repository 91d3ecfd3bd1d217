//! *Duplicates* are flights that are in the data more than once: the same recording under
//! another name, or another recording of the same flight. One of them in training and the other
//! held out would be an answer given away.
//!
//! `train` finds them before it divides the flights, and keeps each group on one side.

use std::collections::BTreeSet;

use super::Fold;
use crate::models::sphere::Position;
use crate::models::{Dataset, Span};
use crate::tables::Target;

/// Two recordings of one flight begin within so many microseconds of each other.
const START_WITHIN_US: u64 = 60_000_000;
/// They take as long, but for so many seconds.
const DURATION_WITHIN_S: f64 = 60.0;
/// They are so near to each other at the same fractions, on average, in metres: half of a
/// nautical mile, a fifth of the least separation that radar control leaves between flights
/// (ICAO Doc 4444, 8.7.3).
const APART_WITHIN_M: f64 = 926.0;
/// Without a calendar nothing tells two flights of one day from two days, so only tracks that
/// are the same to rounding are duplicates.
const SAME_DURATION_S: f64 = 1e-3;
const SAME_PLACE_M: f64 = 1.0;

/// Groups of flights, as positions in the dataset, that are recordings of one flight: each
/// ascending and of two flights or more, the groups in the order of their first flights.
///
/// `starts` are microseconds since 1970, by flight. Flights are compared within their pair.
#[must_use]
pub fn duplicates(dataset: &Dataset, starts: &[Option<i64>]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..dataset.n_flights()).collect();
    for mut flights in dataset.groups().into_values() {
        let (mut known, mut unknown): (Vec<usize>, Vec<usize>) =
            (flights.drain(..)).partition(|flight| starts[*flight].is_some());
        known.sort_by_key(|flight| (starts[*flight], *flight));
        for (at, &first) in known.iter().enumerate() {
            let began = starts[first].unwrap_or_default();
            let near = |other: &&usize| {
                starts[**other].unwrap_or_default().abs_diff(began) <= START_WITHIN_US
            };
            for &other in known[at + 1..].iter().take_while(near) {
                let same = |a: f64, b: f64| (a - b).abs() <= DURATION_WITHIN_S;
                if is_same(dataset, first, other, same, APART_WITHIN_M) {
                    join(&mut group, first, other);
                }
            }
        }
        let duration = |flight: usize| dataset.spans[flight].duration_s;
        unknown.sort_by(|a, b| duration(*a).total_cmp(&duration(*b)).then(a.cmp(b)));
        for (at, &first) in unknown.iter().enumerate() {
            let same = |a: f64, b: f64| (a - b).abs() <= SAME_DURATION_S;
            let near = |other: &&usize| same(duration(**other), duration(first));
            for &other in unknown[at + 1..].iter().take_while(near) {
                if is_same(dataset, first, other, same, SAME_PLACE_M) {
                    join(&mut group, first, other);
                }
            }
        }
    }
    let mut groups = vec![Vec::new(); group.len()];
    for flight in 0..group.len() {
        groups[root(&mut group, flight)].push(flight);
    }
    groups.retain(|flights| flights.len() > 1);
    groups
}

/// Takes out of the training of each fold the other recordings of flights that it holds out.
pub fn keep_apart(folds: &mut [Fold], groups: &[Vec<usize>]) {
    for fold in folds {
        let held_out = |flight: &usize| fold.test.binary_search(flight).is_ok();
        let given_away: BTreeSet<usize> =
            groups.iter().filter(|group| group.iter().any(held_out)).flatten().copied().collect();
        let train: Vec<usize> =
            fold.train.iter().copied().filter(|flight| !given_away.contains(flight)).collect();
        // A fold that is all duplicates is left as it is: there must be something to learn from.
        if !train.is_empty() {
            fold.train = train;
        }
    }
}

fn is_same(
    dataset: &Dataset,
    one: usize,
    other: usize,
    as_long: impl Fn(f64, f64) -> bool,
    within_m: f64,
) -> bool {
    let span = |flight: usize| -> &Span { &dataset.spans[flight] };
    let column = |target| dataset.column(target).expect("every dataset has positions");
    let (longitude, latitude) = (column(Target::Longitude), column(Target::Latitude));
    let place = |at: usize, flight: usize| Position {
        longitude_deg: dataset.targets[at][[flight, longitude]],
        latitude_deg: dataset.targets[at][[flight, latitude]],
    };
    let apart_m = |at: usize| place(at, one).distance_m(place(at, other));
    let n = dataset.fractions.len();
    as_long(span(one).duration_s, span(other).duration_s)
        && (0..n).map(apart_m).sum::<f64>() <= within_m * n as f64
}

/// The flight that stands for a flight's group: the first of it.
fn root(group: &mut [usize], flight: usize) -> usize {
    let mut at = flight;
    while group[at] != at {
        group[at] = group[group[at]];
        at = group[at];
    }
    at
}

fn join(group: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(group, one), root(group, other));
    group[one.max(other)] = one.min(other);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{flights, targets};
    use crate::tables::Axis;

    const FRACTIONS: [f64; 3] = [0.25, 0.5, 0.75];

    fn dataset(copies: &[(usize, &str)], with_calendar: bool) -> (Dataset, Vec<Option<i64>>) {
        let mut table = flights(20);
        let mut targets = targets(&table, &FRACTIONS, 0.1);
        for (flight, name) in copies {
            let id = table.flight_id[*flight].clone();
            table.flight_id.push((*name).to_owned());
            for column in [&mut table.origin, &mut table.destination] {
                column.push(column[*flight].clone());
            }
            table.start_time_us.push(table.start_time_us[*flight]);
            table.duration_s.push(table.duration_s[*flight]);
            table.distance_m.push(table.distance_m[*flight]);
            for feature in &mut table.features {
                feature.values.push(feature.values[*flight]);
            }
            let mut rows: Vec<_> =
                targets.rows.iter().filter(|row| row.flight_id == id).cloned().collect();
            rows.iter_mut().for_each(|row| row.flight_id = (*name).to_owned());
            targets.rows.extend(rows);
        }
        if !with_calendar {
            table.start_time_us.fill(None);
        }
        let dataset = Dataset::join(&table, &targets, Axis::Time, &FRACTIONS);
        let starts = dataset.rows.iter().map(|row| table.start_time_us[*row]).collect();
        (dataset, starts)
    }

    #[test]
    fn a_flight_copied_under_other_names_is_one_group_with_and_without_a_calendar() {
        for with_calendar in [true, false] {
            let copies = [(3, "X"), (3, "Y"), (7, "Z")];
            let (dataset, starts) = dataset(&copies, with_calendar);
            assert_eq!(duplicates(&dataset, &starts), [vec![3, 20, 21], vec![7, 22]]);
            let (dataset, starts) = super::tests::dataset(&[], with_calendar);
            assert!(duplicates(&dataset, &starts).is_empty());
        }
    }

    #[test]
    fn flights_on_one_track_at_other_times_are_not_the_same_flight() {
        let (dataset, mut starts) = dataset(&[(3, "X")], true);
        starts[20] = starts[20].map(|start| start + 120_000_000);
        assert!(duplicates(&dataset, &starts).is_empty());
    }

    #[test]
    fn no_recording_of_a_held_out_flight_is_learnt_from() {
        let mut folds = vec![
            Fold { train: vec![0, 1, 2, 3], test: vec![4, 5] },
            Fold { train: vec![4, 5], test: vec![0, 1] },
            Fold { train: vec![4], test: vec![0, 1] },
        ];
        keep_apart(&mut folds, &[vec![1, 5], vec![0, 4]]);
        assert_eq!(folds[0].train, [2, 3]);
        assert_eq!(folds[1].train, [4, 5], "nothing would be left");
        assert_eq!(folds[2].train, [4]);
    }
}
