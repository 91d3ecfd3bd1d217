//! *Groups* of features that say nearly the same, and which one of each to keep.
//!
//! The section on correlation shows them, and `traj explore --write-config` leaves the others
//! out of training.

use super::numbers::Number;
use super::statistics::{Correlations, tight_groups};

/// Features of which any two are correlated by the threshold or more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// The one to keep.
    pub(super) kept: usize,
    /// The others, ascending.
    pub(super) others: Vec<usize>,
    /// The least absolute rank correlation of any two.
    pub(super) weakest: f64,
}

/// The groups at a threshold of the absolute rank correlation, the largest first, then in the
/// order of their first members.
pub(super) fn groups(numbers: &[Number], found: &Correlations, threshold: f64) -> Vec<Group> {
    let distances: Vec<f64> = found.spearman.iter().map(|r| 1.0 - r.abs()).collect();
    let tight = tight_groups(found.n, &distances, 1.0 - threshold);
    let strength = |one: usize, other: usize| found.spearman[found.place(one, other)].abs();
    let mut groups: Vec<Group> = tight
        .into_iter()
        .map(|members| {
            let kept = *members
                .iter()
                .min_by_key(|member| rank(&numbers[**member], **member, &members, strength))
                .expect("a group has members");
            let pairs = members.iter().enumerate();
            let pairs = pairs.flat_map(|(at, one)| members[at + 1..].iter().map(move |o| (one, o)));
            let weakest = pairs.map(|(one, o)| strength(*one, *o)).fold(1.0, f64::min);
            let others = members.into_iter().filter(|member| *member != kept).collect();
            Group { kept, others, weakest }
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.others.len()));
    groups
}

/// What decides which member is kept, the least first: known earliest, so that every horizon
/// that had one of the group keeps one; lacking in the fewest flights; the most like the others,
/// to three decimals; of the shortest name, then the first by name.
fn rank(
    number: &Number,
    member: usize,
    members: &[usize],
    strength: impl Fn(usize, usize) -> f64,
) -> (crate::tables::Horizon, usize, i64, usize, String) {
    let others = members.iter().filter(|other| **other != member);
    let sum: f64 = others.map(|other| strength(member, *other)).sum();
    let mean = (sum / (members.len() - 1) as f64 * 1000.0).round() as i64;
    let length = number.name.chars().count();
    (number.horizon, number.n_missing, -mean, length, number.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::statistics::correlations;
    use crate::models::testing::noise;
    use crate::tables::Horizon;

    fn number(name: &str, horizon: Horizon, value: impl Fn(usize) -> f64) -> Number {
        let values: Vec<f64> = (0..200).map(value).collect();
        let n_missing = values.iter().filter(|value| value.is_nan()).count();
        Number { name: name.to_owned(), horizon, values, n_missing }
    }

    fn found(numbers: &[Number]) -> Vec<(String, Vec<String>)> {
        let columns: Vec<&[f64]> = numbers.iter().map(|n| n.values.as_slice()).collect();
        let name = |at: &usize| numbers[*at].name.clone();
        let groups = groups(numbers, &correlations(&columns), 0.95);
        groups.iter().map(|g| (name(&g.kept), g.others.iter().map(name).collect())).collect()
    }

    #[test]
    fn a_feature_and_its_copies_are_one_group_of_which_the_earliest_known_is_kept() {
        let whole = Horizon::WholeFlight;
        let wind = |row: usize| noise(row, 0);
        let numbers = [
            number("wind_speed_mean", whole, wind),
            number("other", whole, |row| noise(row, 1)),
            number("wind", whole, |row| if row == 7 { f64::NAN } else { wind(row) }),
            number("tailwind", whole, |row| -3.0 * wind(row)),
            number("planned_wind", Horizon::Departure, |row| wind(row).exp()),
        ];
        let rest = ["wind_speed_mean", "wind", "tailwind"].map(str::to_owned).to_vec();
        assert_eq!(found(&numbers), [("planned_wind".to_owned(), rest)]);
        // Without it the one that lacks a flight is not kept, and the shorter name is.
        let rest = ["wind_speed_mean", "wind"].map(str::to_owned).to_vec();
        assert_eq!(found(&numbers[..4]), [("tailwind".to_owned(), rest)]);
    }

    #[test]
    fn the_one_most_like_the_others_is_kept() {
        let whole = Horizon::WholeFlight;
        let near = |channel: usize| move |row: usize| noise(row, 0) + 0.1 * noise(row, channel);
        let numbers = [
            number("a", whole, near(1)),
            number("the middle of them", whole, |row| noise(row, 0)),
            number("b", whole, near(2)),
        ];
        assert_eq!(found(&numbers)[0].0, "the middle of them");
    }
}
