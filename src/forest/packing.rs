//! *Packing* puts numbers into no more bytes than their range needs, and reads them back
//! from bytes that may be anything. `codec` calls it.
//!
//! Whatever is read was there: nothing is allocated for bytes that are missing. Every number
//! has one packed form only, so that padding and numbers beyond their range are errors.

use super::codec::DecodeError;

/// Bytes that every number below `n` fits into.
pub(super) fn width(n: usize) -> usize {
    match n {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        0x1_0001..=0x100_0000 => 3,
        _ => 4,
    }
}

/// Appends numbers below `n`.
pub(super) fn put_below(bytes: &mut Vec<u8>, n: usize, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes()[..width(n)]);
    }
}

/// Appends bits, the first of each byte lowest, padded with zeros.
pub(super) fn put_bits(bytes: &mut Vec<u8>, bits: impl IntoIterator<Item = bool>) {
    let mut n_used = 8;
    for bit in bits {
        if n_used == 8 {
            bytes.push(0);
            n_used = 0;
        }
        if let Some(byte) = bytes.last_mut() {
            *byte |= u8::from(bit) << n_used;
        }
        n_used += 1;
    }
}

/// The bit at a place of packed bits.
pub(super) fn bit(bits: &[u8], place: usize) -> bool {
    bits[place / 8] >> (place % 8) & 1 == 1
}

/// The bytes not read yet and how many came before them.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        let (words, _) = self.take(what, 4)?.as_chunks::<4>();
        Ok(u32::from_le_bytes(words[0]))
    }

    /// A number of things of which there must be one, and at most `most`.
    pub(super) fn count(&mut self, what: &'static str, most: u32) -> Result<usize, DecodeError> {
        let offset = self.offset;
        match self.u32(what)? {
            count if (1..=most).contains(&count) => Ok(count as usize),
            _ => Err(DecodeError::OutOfRange { what, offset }),
        }
    }

    /// Numbers that take as many bytes as numbers below `n` do, whether they are or not.
    pub(super) fn packed(
        &mut self,
        what: &'static str,
        n_numbers: usize,
        n: usize,
    ) -> Result<impl Iterator<Item = u32> + use<'a>, DecodeError> {
        let width = width(n);
        let bytes = self.take(what, n_numbers.saturating_mul(width))?;
        Ok(bytes
            .chunks_exact(width)
            .map(|bytes| bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte))))
    }

    /// Numbers below `n`.
    pub(super) fn below(
        &mut self,
        what: &'static str,
        n_numbers: usize,
        n: usize,
    ) -> Result<Vec<u32>, DecodeError> {
        let offset = self.offset;
        let numbers: Vec<u32> = self.packed(what, n_numbers, n)?.collect();
        if numbers.iter().all(|&number| (number as usize) < n) {
            Ok(numbers)
        } else {
            Err(DecodeError::OutOfRange { what, offset })
        }
    }

    pub(super) fn bits(
        &mut self,
        what: &'static str,
        n_bits: usize,
    ) -> Result<&'a [u8], DecodeError> {
        let offset = self.offset;
        let bits = self.take(what, n_bits.div_ceil(8))?;
        let n_used = n_bits % 8;
        match bits.last() {
            Some(last) if n_used > 0 && last >> n_used > 0 => {
                Err(DecodeError::OutOfRange { what, offset })
            }
            _ => Ok(bits),
        }
    }

    pub(super) fn reals(
        &mut self,
        what: &'static str,
        [n_rows, n_columns]: [usize; 2],
        in_range: impl Fn(f64) -> bool,
    ) -> Result<Vec<f64>, DecodeError> {
        let offset = self.offset;
        let needed = n_rows.saturating_mul(n_columns).saturating_mul(8);
        let (words, _) = self.take(what, needed)?.as_chunks::<8>();
        let reals: Vec<f64> = words.iter().map(|word| f64::from_le_bytes(*word)).collect();
        if reals.iter().all(|&real| in_range(real)) {
            Ok(reals)
        } else {
            Err(DecodeError::OutOfRange { what, offset })
        }
    }

    /// The next `needed` bytes.
    pub(super) fn take(
        &mut self,
        what: &'static str,
        needed: usize,
    ) -> Result<&'a [u8], DecodeError> {
        let (offset, available) = (self.offset, self.bytes.len());
        let Some((taken, rest)) = self.bytes.split_at_checked(needed) else {
            return Err(DecodeError::Truncated { what, offset, needed, available });
        };
        self.bytes = rest;
        self.offset += needed;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_bytes_that_their_range_needs() {
        let cases = [
            (1, 1),
            (256, 1),
            (257, 2),
            (65_536, 2),
            (65_537, 3),
            (1 << 24, 3),
            ((1 << 24) + 1, 4),
        ];
        for (n, expected) in cases {
            let largest = n as u32 - 1;
            let mut bytes = Vec::new();
            put_below(&mut bytes, n, [largest, 0, largest / 2]);
            assert_eq!((width(n), bytes.len()), (expected, 3 * expected));
            let mut reader = Reader { bytes: &bytes, offset: 0 };
            assert_eq!(reader.below("x", 3, n).unwrap(), [largest, 0, largest / 2]);
        }
        let mut reader = Reader { bytes: &[3], offset: 0 };
        assert!(matches!(reader.below("x", 1, 3), Err(DecodeError::OutOfRange { .. })));
    }

    #[test]
    fn bits_come_back_and_their_padding_must_be_zero() {
        let bits = [true, false, false, true, true, false, true, true, false, true];
        let mut bytes = Vec::new();
        put_bits(&mut bytes, bits);
        assert_eq!(bytes, [0b1101_1001, 0b10]);
        let mut reader = Reader { bytes: &bytes, offset: 0 };
        let read = reader.bits("x", 10).unwrap();
        assert!(bits.iter().enumerate().all(|(place, &expected)| bit(read, place) == expected));
        let mut reader = Reader { bytes: &[0, 0b100], offset: 0 };
        assert!(matches!(reader.bits("x", 10), Err(DecodeError::OutOfRange { .. })));
    }
}
