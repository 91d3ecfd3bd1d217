//! The *chi-squared* distribution: how likely a sum of squares is by chance.
//!
//! `kruskal_wallis` has its p values from it, and so has the comparison of counts.

use std::f64::consts::PI;

/// The share of the distribution with `degrees` of freedom that lies above `value`.
///
/// For whole degrees it is a finite sum of positive terms (Abramowitz and Stegun 1964, 26.4.4
/// and 26.4.5); each is held as a logarithm, so that none over- or underflows on its own.
pub(super) fn survival(value: f64, degrees: usize) -> f64 {
    if value <= 0.0 || degrees == 0 {
        return if degrees == 0 && value > 0.0 { 0.0 } else { 1.0 };
    }
    let half = value / 2.0;
    // Terms half^k / gamma(k + 1) e^-half, for k from 0 or from 1/2 in steps of 1.
    let is_odd = degrees % 2 == 1;
    let (mut k, mut term, mut sum) = if is_odd {
        let first = libm::log(half) / 2.0 - half - libm::log(PI.sqrt() / 2.0);
        (0.5, first, libm::erfc(half.sqrt()))
    } else {
        (0.0, -half, 0.0)
    };
    for _ in 0..degrees / 2 {
        sum += libm::exp(term);
        k += 1.0;
        term += libm::log(half / k);
    }
    sum.min(1.0)
}

/// The chance of counts that differ between two groups as much as these, if both are drawn
/// alike (Pearson's test of homogeneity), by level: `counts` has those of either group. None
/// where there are fewer than two levels, or a group is empty.
pub(in crate::explore) fn homogeneity(counts: &[(u64, u64)]) -> Option<f64> {
    let levels = counts.iter().filter(|(one, other)| one + other > 0);
    let (ones, others) = levels.clone().fold((0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
    let n_levels = levels.clone().count();
    if n_levels < 2 || ones == 0 || others == 0 {
        return None;
    }
    let (ones, others) = (ones as f64, others as f64);
    let of_level = |&(one, other): &(u64, u64)| {
        let both = (one + other) as f64;
        let expected = (both * ones / (ones + others), both * others / (ones + others));
        let apart = one as f64 - expected.0;
        apart * apart * (1.0 / expected.0 + 1.0 / expected.1)
    };
    Some(survival(levels.map(of_level).sum(), n_levels - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_distribution_are_certain_and_impossible() {
        assert_eq!(survival(0.0, 3), 1.0);
        assert_eq!(survival(-1e-12, 3), 1.0);
        assert_eq!(survival(1e5, 3), 0.0);
        assert!((survival(2000.0, 2000) - 0.5).abs() < 0.01);
    }

    #[test]
    fn levels_of_which_there_is_one_or_groups_without_flights_are_not_compared() {
        assert_eq!(homogeneity(&[(3, 4), (0, 0)]), None);
        assert_eq!(homogeneity(&[(3, 0), (2, 0)]), None);
        assert!(homogeneity(&[(10, 20), (20, 40)]).is_some_and(|p| p > 0.999));
    }
}
