//! Numbers of up to 16 characters, eight cells at a time. The digits of such a cell are a
//! whole number below 2^53 and what they are to be divided by is a power of ten below 10^16;
//! both are exact, and so one division rounds as a correct parser does (W. D. Clinger, "How
//! to read floating point numbers accurately", 1990).
//!
//! A cell's bytes are taken as they end at its separator; what stands before it is masked
//! out, a minus too, and the bytes left of the dot move right by one to close the gap. The
//! dot's place is itself a number of digits, 1 and zeros, so that the divisor is made as the
//! dividend is. Short cells whose dots stand alike take less ([`super::alike`]). All else
//! (signs, exponents, blanks, words, more digits) is handed back.

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Bytes as _, Simd, f64x8, i16x32, u8x64, u16x32, u64x8};

use super::alike::Alike;
use super::index::{Edge, ROWS};
use super::one_by_one;
use super::window::{self, Bytes};
use crate::units::{Conversion, Linear};

/// Cells that are parsed together.
pub(super) const LANES: usize = 8;
const TILES: usize = ROWS / LANES;
/// Cells longer than this are handed back.
pub(super) const LONGEST: u8 = 16;
/// Cells of up to so many characters need half of the work.
pub(super) const SHORT: u8 = 8;
/// Every 64-bit number below 2^52, put into these bits, is a float that many above 2^52.
const TO_FLOAT: u64 = 0x4330_0000_0000_0000;
const TWO_52: f64 = 4_503_599_627_370_496.0;
pub(super) const TWO_53: f64 = 9_007_199_254_740_992.0;
const LAST_BYTE: u64 = 0xFF << 56;
const LAST_ONE: u64 = 1 << 56;

/// How the cells of a column are written, and what they are turned to.
#[derive(Clone, Copy)]
pub(super) struct Written {
    /// The decimal mark.
    pub(super) decimal: u8,
    pub(super) conversion: Conversion,
}

/// Parses the cells between two edges; `unread` has a bit set for each that is handed back,
/// and whose value is nonsense.
#[inline(always)]
pub(super) fn parse<S: Simd>(
    simd: S,
    bytes: &Bytes,
    (starts, ends): (&Edge, &Edge),
    rows: usize,
    written: Written,
    values: &mut [f64; ROWS],
) -> u64 {
    let (starts_of, ends_of, values) = (tiles(starts), tiles(ends), tiles_mut(values));
    let mut unread = 0;
    if S::u8s::LEN < 32 {
        // Shuffles of bytes within short vectors cost more than they bring.
        for number in 0..rows.div_ceil(LANES).min(TILES) {
            let (starts, ends) = (&starts_of[number], &ends_of[number]);
            let failed = one_by_one::parse(bytes, starts, ends, written, &mut values[number]);
            unread |= failed << (LANES * number);
        }
        return unread;
    }
    let lengths = lengths(simd, starts, ends);
    let lengths_of = tiles(&lengths);
    let first = window::before(bytes, ends[0]);
    let alike = Alike::to(simd, first, lengths[0], written.decimal);
    let others = alike.others(simd, u8x64::from_slice(simd, &lengths)).to_le_bytes();
    let Linear { factor, offset } = written.conversion.linear();
    let is_as_it_is = factor == 1.0 && offset == 0.0;
    // In a loop of their own, whose constants stay in registers. Beyond the last row it reads
    // whatever was there before, since a loop whose end is known costs less.
    let mut left = 0u32;
    for number in 0..TILES {
        let right = gather(simd, bytes, &ends_of[number], 8);
        let lengths = in_all_bytes(simd, &lengths_of[number]);
        let parsed = if others[number] == 0 { alike.parse(simd, right, lengths) } else { None };
        let Some((result, is_positive)) = parsed else {
            left |= 1 << number;
            continue;
        };
        // Else the sum makes a zero of a negative one.
        let result = if is_as_it_is && is_positive { result } else { result * factor + offset };
        result.store_slice(&mut values[number]);
    }
    while left != 0 {
        let number = left.trailing_zeros() as usize % TILES;
        left &= left - 1;
        let (ends, lengths) = (&ends_of[number], &lengths_of[number]);
        let (result, failed) = parse_tile(simd, bytes, ends, lengths, written.decimal);
        (result * factor + offset).store_slice(&mut values[number]);
        unread |= failed << (LANES * number);
    }
    unread
}

/// Parses eight cells in whatever way they are written.
#[inline(always)]
fn parse_tile<S: Simd>(
    simd: S,
    bytes: &Bytes,
    ends: &[u16; LANES],
    lengths: &[u8; LANES],
    decimal: u8,
) -> (f64x8<S>, u64) {
    let right = gather(simd, bytes, ends, 8);
    let decimal = u8x64::splat(simd, decimal);
    let cells = Cells { right, lengths: in_all_bytes(simd, lengths), decimal };
    let (mut failed, mut longest) = (0, 0);
    for (i, length) in lengths.iter().enumerate() {
        // An empty cell wraps round to the longest of all.
        failed |= u64::from(length.wrapping_sub(1) >= LONGEST) << i;
        longest = longest.max(*length);
    }
    let (result, bad) = if longest > SHORT {
        cells.long(simd, gather(simd, bytes, ends, 0))
    } else {
        cells.short(simd)
    };
    (result, failed | bad)
}

/// What belongs to the rows of a block, by cells that are parsed together.
#[inline(always)]
fn tiles<T>(rows: &[T; ROWS]) -> &[[T; LANES]; TILES] {
    rows.as_chunks().0.try_into().expect("whole tiles")
}

#[inline(always)]
fn tiles_mut<T>(rows: &mut [T; ROWS]) -> &mut [[T; LANES]; TILES] {
    rows.as_chunks_mut().0.try_into().expect("whole tiles")
}

/// The lengths of cells; 255 stands for all above.
#[inline(always)]
fn lengths<S: Simd>(simd: S, starts: &Edge, ends: &Edge) -> [u8; ROWS] {
    let of = |rows: Range<usize>| {
        let (starts, ends) = (&starts[rows.clone()], &ends[rows]);
        u16x32::from_slice(simd, ends) - u16x32::from_slice(simd, starts) - u16x32::splat(simd, 1)
    };
    let mut lengths = [0; ROWS];
    of(0..ROWS / 2).saturating_narrow(of(ROWS / 2..ROWS)).store_slice(&mut lengths);
    lengths
}

/// Eight bytes of each cell, which end so many bytes before its end as `from` is below 8.
#[inline(always)]
fn gather<S: Simd>(simd: S, bytes: &Bytes, ends: &[u16; LANES], from: usize) -> u64x8<S> {
    // As floats each pair of them takes two instructions, and three as numbers.
    let halves = std::array::from_fn(|i| {
        let cell = window::before(bytes, ends[i]);
        let (half, _) = cell[from..].split_first_chunk().expect("half of it");
        f64::from_le_bytes(*half)
    });
    f64x8::simd_from(simd, halves).bitcast()
}

/// Each length in all bytes of its lane.
#[inline(always)]
fn in_all_bytes<S: Simd>(simd: S, lengths: &[u8; LANES]) -> u8x64<S> {
    let all: u8x64<S> = splat(simd, u64::from_le_bytes(*lengths)).bitcast();
    all.swizzle_dyn_within_blocks(u8x64::from_fn(simd, |i| (i / 8) as u8))
}

/// Eight cells and what is known of them.
struct Cells<S: Simd> {
    /// Their last eight bytes.
    right: u64x8<S>,
    lengths: u8x64<S>,
    decimal: u8x64<S>,
}

/// One half of eight cells.
struct Half<S: Simd> {
    /// The digits, with the dot among them.
    digits: u64x8<S>,
    /// All bits of the bytes that are dots.
    dots: u64x8<S>,
    /// All bits of the byte that is the sign.
    minus: u64x8<S>,
}

impl<S: Simd> Cells<S> {
    /// The half whose last byte is so many before the end of the cell.
    #[inline(always)]
    fn half(&self, simd: S, bytes: u64x8<S>, before_end: u8) -> Half<S> {
        let bytes: u8x64<S> = bytes.bitcast();
        let none = u8x64::splat(simd, 0);
        let all = u8x64::splat(simd, 0xFF);
        // How long a cell is that begins with the byte.
        let lengths = u8x64::from_fn(simd, |i| 8 - (i % 8) as u8) + before_end;
        let is_there = self.lengths.simd_ge(lengths);
        let is_dot = bytes.simd_eq(self.decimal) & is_there;
        let is_minus = bytes.simd_eq(u8x64::splat(simd, b'-')) & self.lengths.simd_eq(lengths);
        let digits = bytes ^ u8x64::splat(simd, b'0');
        Half {
            digits: is_there.select(is_minus.select(none, digits), none).bitcast(),
            dots: is_dot.select(all, none).bitcast(),
            minus: is_minus.select(all, none).bitcast(),
        }
    }

    /// The values of cells of up to eight characters, and which of them are none.
    #[inline(always)]
    fn short(&self, simd: S) -> (f64x8<S>, u64) {
        let right = self.half(simd, self.right, 0);
        let none = splat(simd, 0);
        let ends = (right.dots | right.minus) & splat(simd, LAST_BYTE);
        let has_no_dot = right.dots.simd_eq(none);
        // Many columns hold whole numbers.
        let (value, bad) = if has_no_dot.all_true() {
            (number(simd, right.digits), excess(simd, right.digits) | ends)
        } else {
            let gap = has_no_dot.select(none, right.up_to_dot(simd));
            let digits = select_bits(gap, right.digits << 8, right.digits);
            let power = has_no_dot.select(splat(simd, LAST_ONE), right.dot_as_digit(simd));
            (number(simd, digits) / number(simd, power), excess(simd, digits) | ends)
        };
        (signed(simd, value, right.minus), bad.simd_ne(none).to_bitmask())
    }

    /// The same for cells of up to sixteen, whose other half is `left`.
    #[inline(always)]
    fn long(&self, simd: S, left: u64x8<S>) -> (f64x8<S>, u64) {
        let right = self.half(simd, self.right, 0);
        let left = self.half(simd, left, 8);
        let none = splat(simd, 0);
        let none_right = right.dots.simd_eq(none);
        let none_left = left.dots.simd_eq(none);
        let gap_right = none_right.select(none, right.up_to_dot(simd));
        let all_left = none_right.select(none, splat(simd, u64::MAX));
        let gap_left = none_left.select(all_left, left.up_to_dot(simd));
        let moved = right.digits << 8 | left.digits >> 56;
        let digits_right = select_bits(gap_right, moved, right.digits);
        let digits_left = select_bits(gap_left, left.digits << 8, left.digits);
        let one = none_left.select(splat(simd, LAST_ONE), none);
        let power_right = none_right.select(one, right.dot_as_digit(simd));
        let power_left = left.dot_as_digit(simd);
        let dividend = sixteen(simd, digits_left, digits_right);
        let value = dividend / sixteen(simd, power_left, power_right);
        let ends = (right.dots | right.minus) & splat(simd, LAST_BYTE);
        let bad = excess(simd, digits_left) | excess(simd, digits_right) | ends;
        let has_two_dots = !(none_left.to_bitmask() | none_right.to_bitmask()) & 0xFF;
        let too_large = dividend.simd_ge(f64x8::splat(simd, TWO_53)).to_bitmask();
        let bad = bad.simd_ne(none).to_bitmask() | has_two_dots | too_large;
        (signed(simd, value, left.minus | right.minus), bad)
    }
}

impl<S: Simd> Half<S> {
    /// The digit 1 in place of the first dot.
    #[inline(always)]
    fn dot_as_digit(&self, simd: S) -> u64x8<S> {
        self.dots & (splat(simd, 0) - self.dots)
    }

    /// All bits up to the first dot and with it; all, if there is none.
    #[inline(always)]
    fn up_to_dot(&self, simd: S) -> u64x8<S> {
        (self.dot_as_digit(simd) << 8) - splat(simd, 1)
    }
}

/// The number that eight digits make.
#[inline(always)]
pub(super) fn number<S: Simd>(simd: S, digits: u64x8<S>) -> f64x8<S> {
    // Two digits a, b are a + 256 b; times 10 * 256 + 1, the second byte is 10 a + b.
    let pairs = (digits.bitcast::<u16x32<S>>() * u16x32::splat(simd, 2561)) >> 8;
    let weights = i16x32::from_fn(simd, |i| if i % 2 == 0 { 100 } else { 1 });
    let fours: u64x8<S> = pairs.bitcast::<i16x32<S>>().pairwise_dot_product(weights).bitcast();
    let beside: i16x32<S> = (fours | fours >> 16).bitcast();
    let weights = i16x32::from_fn(simd, |i| match i % 4 {
        0 => 10_000,
        1 => 1,
        _ => 0,
    });
    let eights: u64x8<S> = beside.pairwise_dot_product(weights).bitcast();
    (eights | splat(simd, TO_FLOAT)).bitcast::<f64x8<S>>() - TWO_52
}

/// The number that sixteen digits make, rounded if it is above 2^53.
#[inline(always)]
fn sixteen<S: Simd>(simd: S, left: u64x8<S>, right: u64x8<S>) -> f64x8<S> {
    number(simd, left) * 1e8 + number(simd, right)
}

/// Some bit for each byte that is no digit.
#[inline(always)]
fn excess<S: Simd>(simd: S, digits: u64x8<S>) -> u64x8<S> {
    let bytes: u8x64<S> = digits.bitcast();
    bytes.saturating_sub(u8x64::splat(simd, 9)).bitcast()
}

#[inline(always)]
pub(super) fn signed<S: Simd>(simd: S, value: f64x8<S>, minus: u64x8<S>) -> f64x8<S> {
    let sign = minus.simd_eq(splat(simd, 0)).select(splat(simd, 0), splat(simd, 1 << 63));
    (value.bitcast::<u64x8<S>>() ^ sign).bitcast()
}

#[inline(always)]
fn select_bits<S: Simd>(which: u64x8<S>, set: u64x8<S>, clear: u64x8<S>) -> u64x8<S> {
    (which & set) | (!which & clear)
}

#[inline(always)]
fn splat<S: Simd>(simd: S, value: u64) -> u64x8<S> {
    u64x8::splat(simd, value)
}
