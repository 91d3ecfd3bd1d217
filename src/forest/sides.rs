//! The *sides* of a split say of each row of a sample whether it goes left. `node` marks
//! them, `lists` and `partition` move rows by them.
//!
//! They are kept twice: as a byte per row, which is quick to mark and to look up, and, once
//! a split's lists are to be parted, as a bit per row, since a table of bits is so small that
//! one instruction looks up 64 rows in 1,024.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x64, u16x32, u32x16};

/// Rows whose bits one instruction looks up: two vectors of 64 bytes.
const PER_TABLE: usize = 1024;

/// Which rows of a sample go left.
pub(super) struct Sides {
    /// By place: 1 if the row goes left.
    by_place: Vec<u8>,
    /// Bit `place % 8` of byte `place / 8` of the table `place / PER_TABLE`.
    bits: Vec<[u8; PER_TABLE / 8]>,
}

impl Sides {
    /// Room for a sample; the length is that of an entry's table for it.
    pub(super) fn new(n_rows: usize, table_len: usize) -> Self {
        let bits = vec![[0; PER_TABLE / 8]; n_rows.div_ceil(PER_TABLE)];
        Self { by_place: vec![0; table_len], bits }
    }

    /// Marks a row.
    #[inline(always)]
    pub(super) fn mark(&mut self, place: usize, left: bool) {
        self.by_place[place] = u8::from(left);
    }

    /// Whether a row was marked to go left.
    #[inline(always)]
    pub(super) fn goes_left(&self, place: u32) -> bool {
        self.by_place[place as usize] == 1
    }

    /// By place: 1 if the row goes left.
    #[inline(always)]
    pub(super) fn by_place(&self) -> &[u8] {
        &self.by_place
    }

    /// Sets the bits of a node's rows: of those that go left, and no others.
    pub(super) fn set_bits(&mut self, left: &[u32]) {
        self.bits.fill([0; PER_TABLE / 8]);
        for &place in left {
            let (table, at) = (place as usize / PER_TABLE, place as usize % PER_TABLE);
            self.bits[table][at / 8] |= 1 << (at % 8);
        }
    }

    /// Of 64 entries whose low halves are places: a bit for each, 1 if its row goes left.
    #[inline(always)]
    pub(super) fn of_entries<S: Simd>(&self, simd: S, entries: [u32x16<S>; 4]) -> u64 {
        let [a, b, c, d] = entries.map(|entries| -> u16x32<S> { entries.bitcast() });
        let (ab, cd) = (a.unzip_low(b), c.unzip_low(d));
        let bytes = |ab: u16x32<S>, cd: u16x32<S>| -> u8x64<S> {
            let (ab, cd): (u8x64<S>, u8x64<S>) = (ab.bitcast(), cd.bitcast());
            ab.unzip_low(cd)
        };
        let byte = bytes(ab >> 3, cd >> 3) & (2 * 64 - 1);
        let table = bytes(ab >> 10, cd >> 10);
        let mut found = u8x64::splat(simd, 0);
        for (number, bits) in self.bits.iter().enumerate() {
            let (low, high) = bits.split_at(64);
            let (low, high) = (u8x64::from_slice(simd, low), u8x64::from_slice(simd, high));
            let here = low.concat_swizzle_dyn(high, byte);
            found = table.simd_eq(number as u8).select(here, found);
        }
        let bit = u8x64::from_fn(simd, |at| 1 << (at % 8)).swizzle_dyn(bytes(ab, cd) & 7);
        (found & bit).simd_gt(0).to_bitmask()
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::*;

    #[test]
    fn bits_are_those_of_the_rows_that_go_left() {
        let n_rows = 5000;
        let goes_left = |place: u32| place % 3 == 1 || place / 8 % 7 == 2;
        let mut sides = Sides::new(n_rows, n_rows);
        let left: Vec<u32> = (0..n_rows as u32).filter(|&place| goes_left(place)).collect();
        sides.set_bits(&[1, 4, 4999]); // bits of another node, to be forgotten
        sides.set_bits(&left);
        let places: Vec<u32> = (0..64).map(|at| at * 7919 % n_rows as u32).collect();
        let entries: Vec<u32> = places.iter().map(|place| 0xABCD_0000 | place).collect();
        let wanted = places
            .iter()
            .enumerate()
            .fold(0, |bits, (at, &place)| bits | u64::from(goes_left(place)) << at);
        let found = dispatch!(Level::new(), simd => {
            let vector = |at: usize| u32x16::from_slice(simd, &entries[16 * at..16 * (at + 1)]);
            sides.of_entries(simd, std::array::from_fn(vector))
        });
        assert_eq!(found, wanted);
    }
}
