//! A *rank* is the place of a value among the different values of its feature; it stands in
//! for the value wherever only the order matters. `features` ranks, `lists` and `subsets`
//! compare.
//!
//! Up to 65,535 rows, ranks take two bytes and an entry of a sorted list four; beyond that,
//! four and eight: large nodes are read from the second cache level or beyond, where half the
//! memory is half the traffic.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, mask32x8, mask32x16, u16x32, u32x8, u32x16};

use super::features::LANES;
use super::lists::OVERRUN;
use super::sides::Sides;

/// An unsigned integer that holds ranks. The largest is the rank of a missing value.
pub(super) trait Rank: Copy + Ord + Send + Sync + 'static {
    /// An entry of a sorted list.
    type Entry: Entry;
    /// The rank of a missing value, as a number.
    const MISSING_NUMBER: u32;
    /// The rank as a number.
    fn number(self) -> u32;
    /// Whether every rank fits 16 bits.
    const IS_SHORT: bool;
    /// A bit for each of the [`LANES`] features from `first` on: whether all ranks of the rows
    /// in the bits of `rows` are below, or all above, those of the others; with missing
    /// values below all others if `missing_first`.
    fn separates<S: Simd>(
        simd: S,
        ranks: &[&[Self]],
        rows: u32,
        first: usize,
        missing_first: bool,
    ) -> u32;
    /// The next rank, so that all ranks keep their order but a missing one becomes the least.
    fn missing_first(self) -> Self;
}

/// A row and its rank in one number, which sorts by rank, then by row.
pub(super) trait Entry: Copy + Default + Ord + Send + Sync + 'static {
    /// Numbers by row, in a type that no entry can be out of bounds of if that is possible.
    type Table<T>: ?Sized;

    fn new(rank: u32, row: u32) -> Self;
    /// Number of the row in the tree's sample.
    fn row(self) -> usize;
    /// Length of the slice that makes a table for as many rows.
    fn table_len(n_rows: usize) -> usize;
    /// The table in a slice of [`table_len`](Self::table_len).
    fn table<T>(numbers: &[T]) -> &Self::Table<T>;
    /// What a table has for the row.
    fn of<T>(self, table: &Self::Table<T>) -> &T;
    /// Whether both rows have the same value, or none.
    fn ties(self, other: Self) -> bool;
    /// Whether the row has no value.
    fn is_missing(self) -> bool;
    /// For the eight entries from the first on: whether the next entry has another value.
    /// Reads nine entries.
    fn steps<S: Simd>(simd: S, entries: &[Self]) -> mask32x8<S>;

    /// Moves those of the first `n` entries of a list whose row goes left before the others,
    /// keeping the order within each side; a side that is not `needed` is left in disorder.
    /// The list has [`OVERRUN`] entries more, which stay as they are, and `right` is room for
    /// as many.
    #[inline(always)]
    fn part<S: Simd>(
        _simd: S,
        list: &mut [Self],
        n: usize,
        right: &mut [Self],
        sides: &Sides,
        _needed: Needed,
    ) {
        part_one_by_one(list, n, right, sides);
    }
}

/// The sides of a split whose lists will be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Needed {
    pub(super) left: bool,
    pub(super) right: bool,
}

#[inline(always)]
fn part_one_by_one<E: Entry>(list: &mut [E], n: usize, right: &mut [E], sides: &Sides) {
    let side = E::table(sides.by_place());
    let (mut n_left, mut n_right) = (0, 0);
    for at in 0..n {
        // Writes to both sides and goes on on one: no branch that could be mispredicted.
        let entry = list[at];
        let left = usize::from(*entry.of(side));
        list[n_left] = entry;
        right[n_right] = entry;
        n_left += left;
        n_right += 1 - left;
    }
    list[n_left..n].copy_from_slice(&right[..n_right]);
}

impl Rank for u16 {
    type Entry = u32;
    const MISSING_NUMBER: u32 = 0xFFFF;

    const IS_SHORT: bool = true;

    #[inline(always)]
    fn number(self) -> u32 {
        u32::from(self)
    }

    #[inline(always)]
    fn separates<S: Simd>(
        simd: S,
        ranks: &[&[Self]],
        rows: u32,
        first: usize,
        missing_first: bool,
    ) -> u32 {
        let (zero, ones) = (u16x32::splat(simd, 0), u16x32::splat(simd, u16::MAX));
        let (mut least_in, mut most_in, mut least_out, mut most_out) = (ones, zero, ones, zero);
        for (row, ranks) in ranks.iter().enumerate() {
            let ranks = u16x32::from_slice(simd, &ranks[first..first + LANES]);
            let ranks = ranks + u16::from(missing_first);
            // All ones if the row is in, so that it makes no difference to what is out.
            let is_in = u16x32::splat(simd, 0_u16.wrapping_sub((rows >> row & 1) as u16));
            least_in = least_in.min(ranks | !is_in);
            most_in = most_in.max(ranks & is_in);
            least_out = least_out.min(ranks | is_in);
            most_out = most_out.max(ranks & !is_in);
        }
        (most_in.simd_lt(least_out) | most_out.simd_lt(least_in)).to_bitmask() as u32
    }

    #[inline(always)]
    fn missing_first(self) -> Self {
        self.wrapping_add(1)
    }
}

impl Rank for u32 {
    type Entry = u64;
    const MISSING_NUMBER: u32 = u32::MAX;

    const IS_SHORT: bool = false;

    #[inline(always)]
    fn number(self) -> u32 {
        self
    }

    #[inline(always)]
    fn separates<S: Simd>(
        _simd: S,
        ranks: &[&[Self]],
        rows: u32,
        first: usize,
        missing_first: bool,
    ) -> u32 {
        (0..LANES).fold(0, |bits, lane| {
            let (mut least, mut most) = ([u32::MAX; 2], [0; 2]);
            for (row, ranks) in ranks.iter().enumerate() {
                let side = (rows >> row & 1) as usize;
                let rank = ranks[first + lane].wrapping_add(u32::from(missing_first));
                least[side] = least[side].min(rank);
                most[side] = most[side].max(rank);
            }
            bits | u32::from(most[0] < least[1] || most[1] < least[0]) << lane
        })
    }

    #[inline(always)]
    fn missing_first(self) -> Self {
        self.wrapping_add(1)
    }
}

impl Entry for u32 {
    type Table<T> = [T; 1 << 16];

    fn table_len(_n_rows: usize) -> usize {
        1 << 16
    }

    #[inline(always)]
    fn table<T>(numbers: &[T]) -> &Self::Table<T> {
        numbers.try_into().expect("the slice was made as long")
    }

    #[inline(always)]
    fn of<T>(self, table: &Self::Table<T>) -> &T {
        &table[(self & 0xFFFF) as usize]
    }

    #[inline(always)]
    fn new(rank: u32, row: u32) -> Self {
        rank << 16 | row
    }

    #[inline(always)]
    fn row(self) -> usize {
        (self & 0xFFFF) as usize
    }

    #[inline(always)]
    fn ties(self, other: Self) -> bool {
        self >> 16 == other >> 16
    }

    #[inline(always)]
    fn is_missing(self) -> bool {
        self >> 16 == 0xFFFF
    }

    #[inline(always)]
    fn steps<S: Simd>(simd: S, entries: &[Self]) -> mask32x8<S> {
        let these = u32x8::from_slice(simd, &entries[..8]);
        let next = u32x8::from_slice(simd, &entries[1..9]);
        (these ^ next).simd_gt(0xFFFF)
    }

    /// Where vectors have 64 bytes, the sides of 64 entries are looked up at once, and one
    /// instruction for each side compresses sixteen entries. These are read before sixteen
    /// places from `n_left` on, which begin at or before them, are written.
    #[inline(always)]
    fn part<S: Simd>(
        simd: S,
        list: &mut [Self],
        n: usize,
        right: &mut [Self],
        sides: &Sides,
        needed: Needed,
    ) {
        if S::u8s::LEN < 64 {
            part_one_by_one(list, n, right, sides);
            return;
        }
        let (list, right) = (&mut list[..n + OVERRUN], &mut right[..n + OVERRUN]);
        let beyond = u32x16::from_slice(simd, &list[n..]);
        let (mut from, mut n_left) = (0, 0);
        while from < n {
            let entries: [u32x16<S>; 4] = std::array::from_fn(|at| {
                let first = (from + 16 * at).min(n);
                u32x16::from_slice(simd, &list[first..first + 16])
            });
            let mut left = sides.of_entries(simd, entries);
            if n - from < 64 {
                left &= (1 << (n - from)) - 1;
            }
            for entries in entries {
                if from >= n {
                    break;
                }
                let n_right = from - n_left;
                let mask = mask32x16::from_bitmask(simd, left & 0xFFFF);
                if needed.left {
                    entries.compress(mask).store_slice(&mut list[n_left..n_left + 16]);
                }
                if needed.right {
                    entries.compress(!mask).store_slice(&mut right[n_right..n_right + 16]);
                }
                n_left += (left & 0xFFFF).count_ones() as usize;
                from += 16;
                left >>= 16;
            }
        }
        if needed.right {
            for at in (n_left..n).step_by(16) {
                let right = u32x16::from_slice(simd, &right[at - n_left..at - n_left + 16]);
                right.store_slice(&mut list[at..at + 16]);
            }
        }
        // Sixteen at a time, either side may have been written beyond its end.
        beyond.store_slice(&mut list[n..n + 16]);
    }
}

impl Entry for u64 {
    type Table<T> = [T];

    fn table_len(n_rows: usize) -> usize {
        n_rows
    }

    #[inline(always)]
    fn table<T>(numbers: &[T]) -> &Self::Table<T> {
        numbers
    }

    #[inline(always)]
    fn of<T>(self, table: &Self::Table<T>) -> &T {
        &table[self.row()]
    }

    #[inline(always)]
    fn new(rank: u32, row: u32) -> Self {
        u64::from(rank) << 32 | u64::from(row)
    }

    #[inline(always)]
    fn row(self) -> usize {
        (self & 0xFFFF_FFFF) as usize
    }

    #[inline(always)]
    fn ties(self, other: Self) -> bool {
        self >> 32 == other >> 32
    }

    #[inline(always)]
    fn is_missing(self) -> bool {
        self >> 32 == 0xFFFF_FFFF
    }

    #[inline(always)]
    fn steps<S: Simd>(simd: S, entries: &[Self]) -> mask32x8<S> {
        let entries = &entries[..9];
        let mut differ = [0; 8];
        for (at, differ) in differ.iter_mut().enumerate() {
            *differ = ((entries[at] ^ entries[at + 1]) >> 32) as u32;
        }
        u32x8::from_slice(simd, &differ).simd_gt(0)
    }
}
