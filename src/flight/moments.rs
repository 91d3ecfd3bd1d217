//! Moments are a variable's count, mean and spread, summed so that the bits depend on the
//! values and their order alone.
//!
//! Rows come in blocks of 64. Within a block, row i adds to lane i mod 8, and the lanes are
//! merged in one order; so a processor that does eight rows at once gets the same bits as
//! one that does them in turn. A block's spread is taken about the block's own mean, and
//! blocks are merged by the formula of Chan, Golub and `LeVeque` ("Updating formulae and a
//! pairwise algorithm for computing sample variances", 1979), which loses nothing where the
//! mean is large against the spread.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8};

/// Rows of a block.
pub(super) const BLOCK: usize = 64;
const LANES: usize = 8;

/// Count, mean and sum of squared deviations so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Takes the next 64 rows; NaN is missing, but takes its place. The last block of a flight
    /// is filled up with missing values. Gives whether no value is missing.
    #[inline(always)]
    pub(super) fn take<S: Simd>(&mut self, simd: S, block: &[f64; BLOCK]) -> bool {
        let zero = f64x8::splat(simd, 0.0);
        let (rows, _) = block.as_chunks::<LANES>();
        let (mut sums, mut squares) = (zero, zero);
        for row in rows {
            sums += f64x8::from_slice(simd, row);
        }
        let sum = merged(sums);
        if sum.is_finite() {
            let mean = sum / BLOCK as f64;
            for row in rows {
                let difference = f64x8::from_slice(simd, row) - mean;
                squares += difference * difference;
            }
            self.merge(BLOCK as u64, mean, merged(squares));
            return true;
        }
        let mut count = 0;
        sums = zero;
        for row in rows {
            let row = f64x8::from_slice(simd, row);
            let is_there = row.simd_eq(row);
            count += is_there.to_bitmask().count_ones();
            sums += is_there.select(row, zero);
        }
        if count > 0 {
            let mean = merged(sums) / f64::from(count);
            for row in rows {
                let row = f64x8::from_slice(simd, row);
                let difference = row - mean;
                squares += row.simd_eq(row).select(difference * difference, zero);
            }
            self.merge(count.into(), mean, merged(squares));
        }
        false
    }

    /// Count, mean and sample standard deviation; NaN where undefined.
    pub(super) fn finish(&self) -> (u64, f64, f64) {
        let mean = if self.count == 0 { f64::NAN } else { self.mean };
        let std = match self.count {
            0 | 1 => f64::NAN,
            n => (self.squares / (n - 1) as f64).sqrt(),
        };
        (self.count, mean, std)
    }

    #[inline(always)]
    fn merge(&mut self, count: u64, mean: f64, squares: f64) {
        let total = self.count + count;
        let difference = mean - self.mean;
        let share = count as f64 / total as f64;
        self.squares += squares + difference * difference * self.count as f64 * share;
        self.mean += difference * share;
        self.count = total;
    }
}

/// The sum of the lanes, always in this order: halves are added to halves.
#[inline(always)]
fn merged<S: Simd>(lanes: f64x8<S>) -> f64 {
    let (low, high) = lanes.split();
    let (low, high) = (low + high).split();
    let pair = low + high;
    pair[0] + pair[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    fn moments(values: &[f64]) -> (u64, f64, f64) {
        let of = simd::available().into_iter().map(|(_, level)| moments_at(level, values));
        let all: Vec<(u64, f64, f64)> = of.collect();
        let bits = |(count, mean, std): (u64, f64, f64)| (count, mean.to_bits(), std.to_bits());
        assert!(all.iter().all(|one| bits(*one) == bits(all[0])), "{all:?}");
        all[0]
    }

    fn moments_at(level: Level, values: &[f64]) -> (u64, f64, f64) {
        let mut moments = Moments::default();
        for rows in values.chunks(BLOCK) {
            let mut block = [f64::NAN; BLOCK];
            block[..rows.len()].copy_from_slice(rows);
            dispatch!(level, simd => moments.take(simd, &block));
        }
        moments.finish()
    }

    proptest! {
        #[test]
        fn moments_agree_with_two_passes(
            values in prop::collection::vec(-1e3..1e3f64, 2..400), offset in -1e6..1e6f64
        ) {
            let values: Vec<f64> = values.iter().map(|v| v + offset).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
            let (count, found_mean, found_std) = moments(&values);
            prop_assert_eq!(count, values.len() as u64);
            prop_assert!((found_mean - mean).abs() <= 1e-9 * mean.abs().max(1.0));
            let std = (squares / (n - 1.0)).sqrt();
            prop_assert!((found_std - std).abs() <= 1e-9 * std.max(1.0));
        }
    }

    #[test]
    fn a_spread_far_from_zero_keeps_its_digits() {
        let values: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 2)).collect();
        let (_, mean, std) = moments(&values);
        assert_eq!(mean, 1e9 + 0.5);
        assert!((std - (0.25 * 1000.0 / 999.0_f64).sqrt()).abs() < 1e-12);
    }
}
