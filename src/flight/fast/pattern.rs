//! The pattern of a row is what stands between its numbers, and where. A recorder that writes
//! so many decimals writes most rows like the one before: whether a row is one of them takes
//! a comparison of vectors for 64 bytes, and then no separator of it has to be searched.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x64, u16x32};

use super::window::{self, Bytes};

/// Bytes that are compared together; shorter rows have no pattern.
const BLOCK: usize = 64;
/// Separators whose places are kept together.
pub(super) const LANES: usize = 32;
/// What may differ between rows that are alike: digits, signs and dots, and what lies between
/// them. No line break and no quote is among them.
const FREE: std::ops::RangeInclusive<u8> = b'-'..=b'9';

/// What stands between a row's numbers, and where.
#[derive(Default)]
pub(super) struct Pattern {
    /// Bytes of the row, with its line break.
    length: u16,
    /// The row in blocks, of which the last ends with it: zero where a byte is free, and
    /// elsewhere a number for each other byte. None, if no row was learnt.
    blocks: Vec<[u8; BLOCK]>,
    /// The separators' places in the row; what fills the last vector means nothing.
    places: Vec<[u16; LANES]>,
}

impl Pattern {
    /// Is like no row.
    pub(super) fn forget(&mut self) {
        self.blocks.clear();
    }

    /// Bytes of a row that is like it.
    #[inline(always)]
    pub(super) fn length(&self) -> u16 {
        self.length
    }

    /// The separators' places in the row; what fills the last vector means nothing.
    #[inline(always)]
    pub(super) fn places(&self) -> impl Iterator<Item = &[u16; LANES]> {
        self.places.iter()
    }

    /// Becomes that of a row, of which the start and the end are given, and the positions of its
    /// separators with whatever stands behind them.
    #[inline(always)]
    pub(super) fn learn<'a, S: Simd>(
        &mut self,
        simd: S,
        bytes: &Bytes,
        (start, end): (u16, u16),
        separators: impl Iterator<Item = &'a [u16; LANES]>,
        delimiter: u8,
    ) {
        self.forget();
        self.length = end.wrapping_sub(start);
        if usize::from(self.length) < BLOCK || FREE.contains(&delimiter) {
            return;
        }
        let last = end - BLOCK as u16;
        self.blocks.extend((start..last).step_by(BLOCK).chain([last]).map(|position| {
            let mut meaning = [0; BLOCK];
            meaning_of(simd, bytes, position).store_slice(&mut meaning);
            meaning
        }));
        self.places.clear();
        self.places.extend(separators.map(|positions| {
            let mut places = [0; LANES];
            (u16x32::from_slice(simd, positions) - start).store_slice(&mut places);
            places
        }));
    }

    /// Whether the row that begins at a position is like it, and ends within the window.
    #[inline(always)]
    pub(super) fn fits<S: Simd>(&self, simd: S, bytes: &Bytes, (start, end): (u16, u16)) -> bool {
        let Some((last, whole)) = self.blocks.split_last() else { return false };
        if end - start < self.length {
            return false;
        }
        let compared = |position: u16, expected: &[u8; BLOCK]| {
            meaning_of(simd, bytes, position) ^ u8x64::from_slice(simd, expected)
        };
        let mut differences = compared(start + (self.length - BLOCK as u16), last);
        let mut position = start;
        for expected in whole {
            differences |= compared(position, expected);
            position = position.wrapping_add(BLOCK as u16);
        }
        differences.simd_eq(u8x64::splat(simd, 0)).all_true()
    }
}

/// Zero for each byte from a position on that is free, and another number for any other.
#[inline(always)]
fn meaning_of<S: Simd>(simd: S, bytes: &Bytes, position: u16) -> u8x64<S> {
    let block = u8x64::from_slice(simd, window::block(bytes, position));
    let above_first = block - u8x64::splat(simd, *FREE.start());
    above_first.saturating_sub(u8x64::splat(simd, *FREE.end() - *FREE.start()))
}
