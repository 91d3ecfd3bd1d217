//! *Kolmogorov and Smirnov's test*: the largest gap between the distributions of two samples,
//! and how likely one as large is if both are drawn alike.
//!
//! The section on drift asks it of earlier and later flights.

/// Most pairs of values of which the chance is counted out; beyond, it is that of infinitely
/// many, which by then is right to a few per cent of itself.
const EXACT: usize = 1_000_000;
/// Gaps are compared less this, for the rounding of shares.
const ROUNDING: f64 = 1e-10;

/// The largest gap between two samples' shares of values up to x, over all x, and the chance of
/// one as large. None without values; NaN is left out.
pub(in crate::explore) fn kolmogorov_smirnov(one: &[f64], other: &[f64]) -> Option<(f64, f64)> {
    let (one, other) = (ascending(one), ascending(other));
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let (n, m) = (one.len() as f64, other.len() as f64);
    let (mut below, mut below_other, mut gap) = (0, 0, 0.0_f64);
    while below < one.len() && below_other < other.len() {
        let value = one[below].min(other[below_other]);
        below += one[below..].iter().take_while(|v| **v == value).count();
        below_other += other[below_other..].iter().take_while(|v| **v == value).count();
        gap = gap.max((below as f64 / n - below_other as f64 / m).abs());
    }
    let p = if one.len() * other.len() <= EXACT {
        counted_out(one.len(), other.len(), gap)
    } else {
        of_infinitely_many(gap * (n * m / (n + m)).sqrt())
    };
    Some((gap, p))
}

fn ascending(values: &[f64]) -> Vec<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    known
}

/// The share of all orders of n and m values of which the gap is as large (Hodges 1958), without
/// ties: a walk from (0, 0) to (n, m), every one equally likely, that leaves the band around the
/// diagonal. `left[j]` is the share of the walks to (i, j) that did.
fn counted_out(n: usize, m: usize, gap: f64) -> f64 {
    let is_out =
        |i: usize, j: usize| (i as f64 / n as f64 - j as f64 / m as f64).abs() >= gap - ROUNDING;
    let mut left = vec![0.0_f64; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            left[j] = if is_out(i, j) {
                1.0
            } else if i + j == 0 {
                0.0
            } else {
                let from_below = if i == 0 { 0.0 } else { left[j] };
                let from_left = if j == 0 { 0.0 } else { left[j - 1] };
                (from_below * i as f64 + from_left * j as f64) / (i + j) as f64
            };
        }
    }
    left[m]
}

/// Kolmogorov's limit (1933): 2 sum (-1)^(k-1) e^(-2 k^2 x^2), and for small x, where that
/// converges slowly, 1 - sqrt(2 pi) / x sum e^(-(2k-1)^2 pi^2 / (8 x^2)).
fn of_infinitely_many(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        let term = |k: i32| {
            let odd = f64::from(2 * k - 1) * PI / x;
            libm::exp(-odd * odd / 8.0)
        };
        return 1.0 - (2.0 * PI).sqrt() / x * (1..=8).rev().map(term).sum::<f64>();
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * libm::exp(-2.0 * f64::from(k * k) * x * x)
    };
    (1..=6).rev().map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::statistics::reference_tests::close;
    use crate::models::testing::noise;

    #[test]
    fn samples_apart_have_the_widest_gap_and_alike_ones_none() {
        let (gap, p) = kolmogorov_smirnov(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap();
        assert_eq!(gap, 1.0);
        close(p, 0.1, 1e-14); // 2 of the 20 orders
        assert_eq!(kolmogorov_smirnov(&[1.0, 2.0], &[1.0, 2.0]), Some((0.0, 1.0)));
        assert_eq!(kolmogorov_smirnov(&[f64::NAN], &[1.0]), None);
    }

    #[test]
    fn the_limit_is_near_what_is_counted_out() {
        for (n, gap) in [(400, 0.05), (400, 0.1), (900, 0.08)] {
            let exact = counted_out(n, n, gap);
            let limit = of_infinitely_many(gap * (n as f64 / 2.0).sqrt());
            assert!((exact - limit).abs() < 0.03, "{exact} {limit}");
        }
    }

    #[test]
    fn bending_and_reordering_change_nothing() {
        let one: Vec<f64> = (0..70).map(|i| noise(i, 0)).collect();
        let other: Vec<f64> = (0..90).map(|i| noise(i, 1) + 0.1).collect();
        let bent = |values: &[f64]| values.iter().rev().map(|v| v.exp()).collect::<Vec<_>>();
        let expected = kolmogorov_smirnov(&one, &other);
        assert_eq!(kolmogorov_smirnov(&bent(&one), &bent(&other)), expected);
        assert_eq!(kolmogorov_smirnov(&other, &one).unwrap().0, expected.unwrap().0);
    }
}
