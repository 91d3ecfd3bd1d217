//! *Sorting* sixteen columns of keys at a time, one in each lane of a vector, by networks of
//! comparators. `network` calls it.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u32x16};

/// Sorts each lane; the number of vectors is 16, 32 or 64.
#[inline(always)]
pub(super) fn sort<S: Simd>(keys: &mut [u32x16<S>]) {
    for sixteen in keys.chunks_exact_mut(16) {
        sort_16(sixteen.try_into().expect("a chunk has 16 keys"));
    }
    let mut span = 32;
    while span <= keys.len() {
        for block in keys.chunks_exact_mut(span) {
            merge(block);
        }
        span *= 2;
    }
}

/// Merges two sorted halves (Batcher 1968): exchanges mirrored places, then sorts the two
/// halves, which have become bitonic.
#[inline(always)]
fn merge<S: Simd>(block: &mut [u32x16<S>]) {
    let n = block.len();
    for at in 0..n / 2 {
        exchange(block, at, n - 1 - at);
    }
    let mut span = n / 2;
    while span > 16 {
        for part in block.chunks_exact_mut(span) {
            for at in 0..span / 2 {
                exchange(part, at, at + span / 2);
            }
        }
        span /= 2;
    }
    for part in block.chunks_exact_mut(16) {
        sort_bitonic_16(part.try_into().expect("a chunk has 16 keys"));
    }
}

#[inline(always)]
fn exchange<S: Simd>(keys: &mut [u32x16<S>], low: usize, high: usize) {
    let (a, b) = (keys[low], keys[high]);
    keys[low] = a.min(b);
    keys[high] = a.max(b);
}

/// Exchanges pairs of sixteen keys, written out: a loop would not keep them in registers.
macro_rules! exchange_each {
    ($keys:ident, $(($low:literal, $high:literal))*) => {
        let mut here = *$keys;
        $(
            let (low, high) = (here[$low], here[$high]);
            here[$low] = low.min(high);
            here[$high] = low.max(high);
        )*
        *$keys = here;
    };
}

/// Sixty comparators, the fewest known for sixteen keys (Green 1969; Knuth, *The Art of
/// Computer Programming*, volume 3, section 5.3.4).
#[inline(always)]
#[rustfmt::skip]
fn sort_16<S: Simd>(keys: &mut [u32x16<S>; 16]) {
    exchange_each!(keys,
        (0, 1) (2, 3) (4, 5) (6, 7) (8, 9) (10, 11) (12, 13) (14, 15)
        (0, 2) (1, 3) (4, 6) (5, 7) (8, 10) (9, 11) (12, 14) (13, 15)
        (0, 4) (1, 5) (2, 6) (3, 7) (8, 12) (9, 13) (10, 14) (11, 15)
        (0, 8) (1, 9) (2, 10) (3, 11) (4, 12) (5, 13) (6, 14) (7, 15)
        (5, 10) (6, 9) (3, 12) (13, 14) (4, 8) (7, 11) (1, 2)
        (1, 4) (7, 13) (2, 8) (11, 14)
        (2, 4) (5, 6) (9, 10) (11, 13) (3, 8) (7, 12)
        (6, 8) (10, 12) (3, 5) (7, 9)
        (3, 4) (5, 6) (7, 8) (9, 10) (11, 12)
        (6, 7) (8, 9)
    );
}

/// Sorts sixteen keys that rise, then fall, or the other way round.
#[inline(always)]
#[rustfmt::skip]
fn sort_bitonic_16<S: Simd>(keys: &mut [u32x16<S>; 16]) {
    exchange_each!(keys,
        (0, 8) (1, 9) (2, 10) (3, 11) (4, 12) (5, 13) (6, 14) (7, 15)
        (0, 4) (1, 5) (2, 6) (3, 7) (8, 12) (9, 13) (10, 14) (11, 15)
        (0, 2) (1, 3) (4, 6) (5, 7) (8, 10) (9, 11) (12, 14) (13, 15)
        (0, 1) (2, 3) (4, 5) (6, 7) (8, 9) (10, 11) (12, 13) (14, 15)
    );
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::*;
    use crate::forest::draw::stream;
    use rand_chacha::rand_core::Rng as _;

    #[inline(always)]
    fn sorted<S: Simd>(simd: S, columns: &mut [[u32; 16]]) {
        let mut keys: Vec<u32x16<S>> =
            columns.iter().map(|row| u32x16::from_slice(simd, row)).collect();
        sort(&mut keys);
        for (row, keys) in columns.iter_mut().zip(&keys) {
            keys.store_slice(row);
        }
    }

    #[test]
    fn every_column_of_zeros_and_ones_is_sorted() {
        // A network that sorts all columns of zeros and ones sorts everything (Knuth, *The
        // Art of Computer Programming*, volume 3, section 5.3.4, theorem Z).
        for first in (0..1_u32 << 16).step_by(16) {
            let mut columns: Vec<[u32; 16]> = (0..16)
                .map(|row| std::array::from_fn(|lane| (first + lane as u32) >> row & 1))
                .collect();
            dispatch!(Level::new(), simd => sorted(simd, &mut columns));
            for lane in 0..16 {
                assert!(columns.windows(2).all(|rows| rows[0][lane] <= rows[1][lane]), "{first}");
            }
        }
    }

    #[test]
    fn longer_columns_are_sorted() {
        let mut rng = stream(5, 0);
        for n_rows in [32, 64] {
            let mut columns: Vec<[u32; 16]> =
                (0..n_rows).map(|_| std::array::from_fn(|_| rng.next_u32() % 100)).collect();
            let mut expected = columns.clone();
            for lane in 0..16 {
                let mut column: Vec<u32> = columns.iter().map(|row| row[lane]).collect();
                column.sort_unstable();
                expected.iter_mut().zip(column).for_each(|(row, key)| row[lane] = key);
            }
            dispatch!(Level::new(), simd => sorted(simd, &mut columns));
            assert_eq!(columns, expected);
        }
    }
}
