//! *Sorting* sixteen columns of keys at a time, one in each lane of a vector, by networks of
//! comparators. `network` calls it.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u32x16};

/// Sixteen numbers in a cache line of their own: a load across two lines reads both.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Line<T>(pub(super) [T; 16]);

/// How many keys [`sort`] can sort, ascending: between powers of two, more sizes pay, since
/// keys that are only there to fill up cost as much as others.
pub(super) const SIZES: [usize; 6] = [12, 16, 24, 32, 48, 64];

/// Sorts each lane; the number of vectors is one of [`SIZES`].
#[inline(always)]
pub(super) fn sort<S: Simd>(simd: S, keys: &mut [Line<u32>]) {
    match keys.len() {
        12 => sort_sized::<S, 12>(simd, keys),
        16 => sort_sized::<S, 16>(simd, keys),
        24 => sort_sized::<S, 24>(simd, keys),
        32 => sort_sized::<S, 32>(simd, keys),
        48 => sort_sized::<S, 48>(simd, keys),
        64 => sort_sized::<S, 64>(simd, keys),
        _ => unreachable!("one of SIZES"),
    }
}

/// Sorts `N` keys by the network for the next power of two, without the comparators whose
/// higher key is beyond `N`: all comparators put the higher key higher, so that keys there
/// that are higher than all others would stay where they are.
#[inline(always)]
fn sort_sized<S: Simd, const N: usize>(simd: S, lines: &mut [Line<u32>]) {
    let lines: &mut [Line<u32>; N] = lines.try_into().expect("the size is N");
    let mut keys = [u32x16::splat(simd, 0); N];
    for at in 0..N {
        keys[at] = u32x16::from_slice(simd, &lines[at].0);
    }
    sort_16::<S, N, 0>(&mut keys);
    sort_16::<S, N, 16>(&mut keys);
    sort_16::<S, N, 32>(&mut keys);
    sort_16::<S, N, 48>(&mut keys);
    if N > 16 {
        merge_32::<S, N, 0>(&mut keys);
    }
    if N > 48 {
        merge_32::<S, N, 32>(&mut keys);
    }
    if N > 32 {
        merge_64(&mut keys);
    }
    for at in 0..N {
        keys[at].store_slice(&mut lines[at].0);
    }
}

/// Merges two sorted sixteens from `BASE` on (Batcher 1968): exchanges mirrored places, then
/// sorts both sixteens, which have become bitonic.
#[inline(always)]
fn merge_32<S: Simd, const N: usize, const BASE: usize>(keys: &mut [u32x16<S>; N]) {
    for at in 0..16 {
        exchange(keys, BASE + at, BASE + 31 - at);
    }
    if BASE == 0 {
        sort_bitonic_16::<S, N, 0>(keys);
        sort_bitonic_16::<S, N, 16>(keys);
    } else {
        sort_bitonic_16::<S, N, 32>(keys);
        sort_bitonic_16::<S, N, 48>(keys);
    }
}

/// Merges two sorted 32s.
#[inline(always)]
fn merge_64<S: Simd, const N: usize>(keys: &mut [u32x16<S>; N]) {
    for at in 0..32 {
        exchange(keys, at, 63 - at);
    }
    for at in (0..16).chain(32..48) {
        exchange(keys, at, at + 16);
    }
    sort_bitonic_16::<S, N, 0>(keys);
    sort_bitonic_16::<S, N, 16>(keys);
    sort_bitonic_16::<S, N, 32>(keys);
    sort_bitonic_16::<S, N, 48>(keys);
}

#[inline(always)]
fn exchange<S: Simd, const N: usize>(keys: &mut [u32x16<S>; N], low: usize, high: usize) {
    if high < N {
        let (a, b) = (keys[low], keys[high]);
        keys[low] = a.min(b);
        keys[high] = a.max(b);
    }
}

/// Exchanges pairs of the at most sixteen keys from `BASE` on, written out: a loop would not
/// keep them in registers.
macro_rules! exchange_each {
    ($keys:ident, $(($low:literal, $high:literal))*) => {
        if BASE < N {
            let mut here: [u32x16<S>; 16] =
                std::array::from_fn(|at| $keys[if BASE + at < N { BASE + at } else { BASE }]);
            $(
                if BASE + $high < N {
                    let (low, high) = (here[$low], here[$high]);
                    here[$low] = low.min(high);
                    here[$high] = low.max(high);
                }
            )*
            for at in 0..16 {
                if BASE + at < N {
                    $keys[BASE + at] = here[at];
                }
            }
        }
    };
}

/// Sixty comparators, the fewest known for sixteen keys (Green 1969; Knuth, *The Art of
/// Computer Programming*, volume 3, section 5.3.4).
#[inline(always)]
#[rustfmt::skip]
fn sort_16<S: Simd, const N: usize, const BASE: usize>(keys: &mut [u32x16<S>; N]) {
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
fn sort_bitonic_16<S: Simd, const N: usize, const BASE: usize>(keys: &mut [u32x16<S>; N]) {
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
        let mut keys: Vec<Line<u32>> = columns.iter().map(|row| Line(*row)).collect();
        sort(simd, &mut keys);
        for (row, keys) in columns.iter_mut().zip(&keys) {
            *row = keys.0;
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
        for n_rows in SIZES {
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
