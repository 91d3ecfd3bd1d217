//! Numbers of up to 16 characters, one cell at a time, in the bytes of a 64-bit word: the way
//! of [`super::numbers`] for processors without wide vectors.

use super::numbers::{LANES, LONGEST, SHORT, TWO_53, Written};
use super::window::{self, Bytes};

const ONES: u64 = 0x0101_0101_0101_0101;
const TOP_BITS: u64 = 0x80 * ONES;
const LAST_TOP_BIT: u64 = 1 << 63;
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Parses eight cells; gives a bit for each that is handed back.
#[inline(always)]
pub(super) fn parse(
    bytes: &Bytes,
    starts: &[u16; LANES],
    ends: &[u16; LANES],
    written: Written,
    values: &mut [f64; LANES],
) -> u64 {
    let mut unread = 0;
    for (lane, ((value, start), end)) in values.iter_mut().zip(starts).zip(ends).enumerate() {
        let length = end.wrapping_sub(*start).wrapping_sub(1);
        let cell = u128::from_le_bytes(*window::before(bytes, *end));
        match parse_one(cell, length, written.decimal) {
            Some(number) => *value = written.conversion.apply(number),
            None => unread |= 1 << lane,
        }
    }
    unread
}

/// Parses the cell of this length at the end of sixteen bytes.
#[inline(always)]
fn parse_one(cell: u128, length: u16, decimal: u8) -> Option<f64> {
    if length.wrapping_sub(1) >= LONGEST.into() {
        return None;
    }
    let last = (cell >> 120) as u8;
    if !last.is_ascii_digit() {
        return None;
    }
    let right = (cell >> 64) as u64;
    let value = if length <= SHORT.into() {
        let (digits, is_negative) = digits_of(right, length);
        let (digits, places) = match first_dot(digits, decimal) {
            0 => (digits, 0),
            dot => (close(digits, 0, dot), places_behind(dot)),
        };
        if has_others(digits) {
            return None;
        }
        signed(number(digits) / POWERS[places & 15], is_negative)
    } else {
        let (left, is_negative) = digits_of(cell as u64, length - u16::from(SHORT));
        let right = right ^ (u64::from(b'0') * ONES);
        let (left, right, places) = match (first_dot(left, decimal), first_dot(right, decimal)) {
            (0, 0) => (left, right, 0),
            (0, dot) => (left << 8, close(right, left, dot), places_behind(dot)),
            // A second dot is no digit.
            (dot, _) => (close(left, 0, dot), right, 8 + places_behind(dot)),
        };
        let dividend = number(left) * 1e8 + number(right);
        if has_others(left) || has_others(right) || dividend >= TWO_53 {
            return None;
        }
        signed(dividend / POWERS[places & 15], is_negative)
    };
    Some(value)
}

/// The digits, dot and all, of the last bytes of a word, without a minus at the front.
#[inline(always)]
fn digits_of(word: u64, length: u16) -> (u64, bool) {
    let shift = 64 - 8 * u32::from(length);
    let digits = (word ^ (u64::from(b'0') * ONES)) >> shift;
    let is_negative = digits as u8 == b'-' ^ b'0';
    let sign = if is_negative { 0xFF } else { 0 };
    ((digits & !sign) << shift, is_negative)
}

/// The top bit of the first byte that is the dot; zero if none is.
#[inline(always)]
fn first_dot(digits: u64, decimal: u8) -> u64 {
    let others = digits ^ (u64::from(decimal ^ b'0') * ONES);
    // Bits above the lowest may be wrong.
    let dots = others.wrapping_sub(ONES) & !others & TOP_BITS;
    dots & dots.wrapping_neg()
}

/// Moves what stands left of the dot right by a byte.
#[inline(always)]
fn close(digits: u64, left: u64, dot: u64) -> u64 {
    let gap = if dot == LAST_TOP_BIT { u64::MAX } else { (dot << 1) - 1 };
    (((digits << 8) | (left >> 56)) & gap) | (digits & !gap)
}

#[inline(always)]
fn places_behind(dot: u64) -> usize {
    7 - dot.trailing_zeros() as usize / 8
}

#[inline(always)]
fn has_others(digits: u64) -> bool {
    (digits.wrapping_add(0x76 * ONES) | digits) & TOP_BITS != 0
}

/// The number that eight digits make: pairs, and then the four pairs at once.
#[inline(always)]
fn number(digits: u64) -> f64 {
    const PAIRS: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let second = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    f64::from((first.wrapping_add(second) >> 32) as u32)
}

#[inline(always)]
fn signed(value: f64, is_negative: bool) -> f64 {
    if is_negative { -value } else { value }
}
