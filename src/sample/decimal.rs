//! A decimal is a number written with a fixed count of digits after the mark.
//!
//! The writer prints a hundred thousand of them per flight, so this goes by integers;
//! scaling and rounding are exact IEEE operations, so every machine prints the same digits.

const POWERS: [f64; 8] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// Appends `value`, rounded half away from zero to `decimals` (at most 7) digits. A zero has
/// no sign. `value` must be finite and below 1e11 in magnitude.
pub(super) fn push(text: &mut Vec<u8>, value: f64, decimals: u32, mark: u8) {
    let scaled = (value * POWERS[decimals as usize]).round() as i64;
    if scaled < 0 {
        text.push(b'-');
    }
    let mut digits = [0; 24];
    let mut start = digits.len();
    let mut left = scaled.unsigned_abs();
    let mut written = 0;
    while left > 0 || written <= decimals {
        if decimals > 0 && written == decimals {
            start -= 1;
            digits[start] = mark;
        }
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
        written += 1;
    }
    text.extend_from_slice(&digits[start..]);
}

/// Appends a number below 100 as two digits.
pub(super) fn push_two(text: &mut Vec<u8>, number: i64) {
    text.push(b'0' + (number / 10 % 10) as u8);
    text.push(b'0' + (number % 10) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: f64, decimals: u32) -> String {
        let mut text = Vec::new();
        push(&mut text, value, decimals, b'.');
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn small_numbers_keep_their_zeros() {
        assert_eq!(text(0.0, 0), "0");
        assert_eq!(text(-0.0004, 3), "0.000");
        assert_eq!(text(-0.0005, 3), "-0.001");
        assert_eq!(text(0.05, 1), "0.1");
        assert_eq!(text(12.0, 2), "12.00");
        assert_eq!(text(-3.5668, 6), "-3.566800");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_within_half_a_unit(value in -1e9..1e9_f64, decimals in 0..8_u32) {
            let read: f64 = text(value, decimals).parse().unwrap();
            prop_assert!((read - value).abs() <= 0.5001 / POWERS[decimals as usize] + 1e-6);
        }
    }
}
