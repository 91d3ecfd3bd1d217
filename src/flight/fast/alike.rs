//! Cells are *alike* that have up to eight characters and as many digits behind the dot as the
//! first cell of their block: those of most columns, whose places somebody chose.
//!
//! Where the dot stands is then known before the cells are looked at. One exclusive or turns
//! digits to their values and the dot to zero, one comparison says whether that is what they
//! are, one shuffle closes the gap, and the divisor is the same for all. A cell that is written
//! in another way is left to [`super::numbers`], with the seven beside it.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f64x8, i8x64, u8x16, u8x64, u64x8};

use super::numbers::{SHORT, number, signed};

/// What numbers with so many digits behind the dot are to be divided by.
const POWERS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// For so many digits behind the dot, where each byte of two cells comes from, so that the
/// digits before the dot move right by one, and the dot to the front.
const CLOSED: [[u8; 16]; 8] = {
    let mut closed = [[0; 16]; 8];
    let mut places = 0;
    while places < 8 {
        let mut byte = 0;
        while byte < 16 {
            let (cell, at, dot) = (byte / 8 * 8, byte % 8, 7 - places);
            let from = if places == 0 || at > dot { at } else { (at + dot) % (dot + 1) };
            closed[places][byte] = (cell + from) as u8;
            byte += 1;
        }
        places += 1;
    }
    closed
};

/// How the cells of a block are written, if they are alike.
pub(super) struct Alike<S: Simd> {
    places: u8,
    /// What digits and the dot are when they are worth nothing.
    zeros: u8x64<S>,
    /// The most that each byte may be worth.
    limits: u8x64<S>,
    closed: u8x64<S>,
}

impl<S: Simd> Alike<S> {
    /// As the cell of this length at the end of sixteen bytes is written.
    #[inline(always)]
    pub(super) fn to(simd: S, cell: &[u8; 16], length: u8, decimal: u8) -> Self {
        let dots = u8x16::from_slice(simd, cell).simd_eq(u8x16::splat(simd, decimal));
        let places = (dots.to_bitmask() as u16).leading_zeros() as u8;
        let places = if places < length.min(SHORT) { places } else { 0 };
        let digit = u8x64::splat(simd, b'0');
        let nine = u8x64::splat(simd, 9);
        let (zeros, limits) = if places == 0 {
            (digit, nine)
        } else {
            let is_dot = to_end(simd).simd_eq(u8x64::splat(simd, places + 1));
            let (dot, zero) = (u8x64::splat(simd, decimal), u8x64::splat(simd, 0));
            (is_dot.select(dot, digit), is_dot.select(zero, nine))
        };
        let closed = u8x16::from_slice(simd, &CLOSED[usize::from(places & 7)]);
        Self { places, zeros, limits, closed: u8x64::block_splat(closed) }
    }

    /// A bit for each of the lengths that no cell has which is alike.
    #[inline(always)]
    pub(super) fn others(&self, simd: S, lengths: u8x64<S>) -> u64 {
        let least = self.places + 1;
        let above = lengths - u8x64::splat(simd, least);
        above.simd_gt(u8x64::splat(simd, SHORT - least)).to_bitmask()
    }

    /// The values of eight cells and whether none has a minus, if they are alike: given their
    /// last eight bytes, and their lengths, which may be, in all of these.
    #[inline(always)]
    pub(super) fn parse(
        &self,
        simd: S,
        cells: u64x8<S>,
        lengths: u8x64<S>,
    ) -> Option<(f64x8<S>, bool)> {
        let none = u8x64::splat(simd, 0);
        // Signed bytes take one instruction to compare.
        let lengths: i8x64<S> = lengths.bitcast();
        let firsts: i8x64<S> = to_end(simd).bitcast();
        let is_there = lengths.simd_gt(firsts - i8x64::splat(simd, 1));
        let digits = is_there.select(cells.bitcast::<u8x64<S>>() ^ self.zeros, none);
        if digits.saturating_sub(self.limits).simd_eq(none).all_true() {
            return Some((self.value(simd, digits), true));
        }
        // Only before the dot, or before the last digit, since a 3 looks like a minus where the
        // dot should be, and a minus alone is no number.
        let least = i8x64::splat(simd, self.places as i8 + 1);
        let is_first = lengths.simd_eq(firsts) & lengths.simd_gt(least);
        let is_minus = digits.simd_eq(u8x64::splat(simd, b'-' ^ b'0')) & is_first;
        let digits = is_minus.select(none, digits);
        let is_sound = digits.saturating_sub(self.limits).simd_eq(none).all_true();
        let minus: u64x8<S> = is_minus.select(u8x64::splat(simd, 0xFF), none).bitcast();
        is_sound.then(|| (signed(simd, self.value(simd, digits), minus), false))
    }

    #[inline(always)]
    fn value(&self, simd: S, digits: u8x64<S>) -> f64x8<S> {
        if self.places == 0 {
            number(simd, digits.bitcast())
        } else {
            // The first byte of each cell is now the dot, which is worth nothing.
            let digits = digits.swizzle_dyn_within_blocks(self.closed);
            number(simd, digits.bitcast()) / POWERS[usize::from(self.places & 7)]
        }
    }
}

/// For each byte of eight cells how long a cell is that begins with it.
#[inline(always)]
fn to_end<S: Simd>(simd: S) -> u8x64<S> {
    u8x64::from_fn(simd, |i| SHORT - i as u8 % SHORT)
}
