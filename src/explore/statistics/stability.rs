//! The *population stability index*: how far the shares of later values have moved between
//! bins that hold equal shares of all.
//!
//! The section on drift measures every feature with it.

/// Most bins of a column of numbers.
const MOST_BINS: usize = 10;
/// Flights of the smaller half to a bin: with fewer, chance alone looks like drift.
const PER_BIN: usize = 20;

/// The index of `later` values against `earlier` ones, both without NaN and in any order. Bins
/// are bounded by quantiles of all values, up to ten, and as few as keep twenty of the smaller
/// half to each. The convention takes quantiles of the earlier values; of all, no bin is empty on
/// both sides, and what falls below all earlier values is seen as well as what rises above. None
/// where there are fewer than two bins.
pub(in crate::explore) fn stability(earlier: &[f64], later: &[f64]) -> Option<f64> {
    let n_bins = (earlier.len().min(later.len()) / PER_BIN).min(MOST_BINS);
    let mut ascending = [earlier, later].concat();
    ascending.sort_by(f64::total_cmp);
    // The smallest value up to which at least this share lies (Hyndman and Fan 1996, 1).
    let bound = |bin: usize| ascending[(bin * ascending.len()).div_ceil(n_bins) - 1];
    let mut bounds: Vec<f64> = (1..n_bins).map(bound).collect();
    bounds.dedup();
    bounds.retain(|bound| Some(bound) != ascending.last());
    let mut counts = vec![(0, 0); bounds.len() + 1];
    let bin = |value: f64| bounds.partition_point(|bound| *bound < value);
    earlier.iter().for_each(|value| counts[bin(*value)].0 += 1);
    later.iter().for_each(|value| counts[bin(*value)].1 += 1);
    stability_of_counts(&counts)
}

/// The index of counts by level, earlier and later: the sum over levels of (q - p) ln(q / p),
/// where p and q are shares with half a flight added to every level, so that an empty one does
/// not count as infinitely surprising. None with fewer than two levels or an empty half.
pub(in crate::explore) fn stability_of_counts(counts: &[(u64, u64)]) -> Option<f64> {
    let (earlier, later) = counts.iter().fold((0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
    if counts.len() < 2 || earlier == 0 || later == 0 {
        return None;
    }
    let spare = counts.len() as f64 / 2.0;
    let share = |count: u64, all: u64| (count as f64 + 0.5) / (all as f64 + spare);
    let of_level = |(one, other): &(u64, u64)| {
        let (p, q) = (share(*one, earlier), share(*other, later));
        (q - p) * libm::log(q / p)
    };
    Some(counts.iter().map(of_level).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::noise;

    #[test]
    fn what_stays_is_near_zero_and_what_moves_is_not() {
        let half = |column: usize, by: f64| (0..400).map(move |i| noise(i, column) + by);
        let earlier: Vec<f64> = half(0, 0.0).collect();
        let stays = stability(&earlier, &half(1, 0.0).collect::<Vec<_>>()).unwrap();
        let moves = stability(&earlier, &half(1, 0.3).collect::<Vec<_>>()).unwrap();
        assert!(stays < 0.1 && moves > 0.25, "{stays} {moves}");
        assert_eq!(stability(&earlier, &earlier), Some(0.0));
    }

    #[test]
    fn scaling_and_order_change_nothing() {
        let earlier: Vec<f64> = (0..300).map(|i| noise(i, 0)).collect();
        let later: Vec<f64> = (0..200).map(|i| noise(i, 1) * 1.2).collect();
        let bent = |values: &[f64]| values.iter().rev().map(|v| v.exp()).collect::<Vec<_>>();
        assert_eq!(stability(&bent(&earlier), &bent(&later)), stability(&earlier, &later));
    }

    #[test]
    fn too_few_flights_and_one_value_have_none() {
        assert_eq!(stability(&[1.0; 30], &[2.0; 30]), None);
        assert_eq!(stability(&[], &[2.0; 30]), None);
        assert_eq!(stability(&[1.0; 60], &[1.0; 60]), None);
        for later in [0.0, 2.0] {
            assert!(stability(&[1.0; 60], &[later; 60]).is_some_and(|index| index > 1.0));
        }
        assert_eq!(stability_of_counts(&[(3, 4)]), None);
        assert_eq!(stability_of_counts(&[(3, 0), (2, 0)]), None);
    }
}
