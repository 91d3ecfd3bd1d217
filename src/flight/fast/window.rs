//! A window is the part of a file that is at hand, seen from the row that is read next: so far
//! ahead as 16 bits count. It moves on by whole rows over a larger buffer, into which the file
//! is read in few pieces.

use std::io::{ErrorKind, Read};

use super::GiveUp;

/// Positions in a window fit 16 bits, so that the compiler knows that none is out of bounds.
const WINDOW: usize = 1 << 16;
/// Bytes before the first of the window, so that the 16 bytes before any position exist.
const BEFORE: usize = 16;
/// Bytes behind it, so that the last 64 bytes can be searched as a whole.
const BEHIND: usize = 64;
/// Bytes that rows may fill, so that the end of the last is a position as well.
const FULL: usize = WINDOW - 1;
/// Bytes that are read at once. A call costs about as much as copying 8 KiB does; more would
/// not stay in the second level of cache.
const PIECE: usize = 1 << 18;

/// The bytes of a window, with those before and behind it.
pub(super) type Bytes = [u8; BEFORE + WINDOW + BEHIND];

/// The bytes before a position: the cell that ends there is their end.
#[inline(always)]
pub(super) fn before(bytes: &Bytes, position: u16) -> &[u8; 16] {
    let (chunk, _) = bytes[usize::from(position)..].split_first_chunk().expect("WINDOW bounds it");
    chunk
}

/// The 64 bytes from a position on.
#[inline(always)]
pub(super) fn block(bytes: &Bytes, position: u16) -> &[u8; 64] {
    let at = BEFORE + usize::from(position);
    let (chunk, _) = bytes[at..].split_first_chunk().expect("WINDOW bounds it");
    chunk
}

/// The byte at a position.
#[inline(always)]
pub(super) fn byte(bytes: &Bytes, position: u16) -> u8 {
    bytes[BEFORE + usize::from(position)]
}

/// The bytes between two positions; none if they are in the wrong order.
#[inline(always)]
pub(super) fn between(bytes: &Bytes, from: u16, to: u16) -> Option<&[u8]> {
    bytes.get(BEFORE + usize::from(from)..BEFORE + usize::from(to))
}

/// A file's header line without its line break.
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) is_crlf: bool,
}

/// The part of a file that is at hand.
pub(super) struct Window {
    /// A piece of the file, and behind it room for a window that begins at its end.
    buffer: Box<[u8]>,
    /// Where the rows begin.
    start: usize,
    /// Where the bytes end.
    filled: usize,
    is_last: bool,
}

impl Default for Window {
    fn default() -> Self {
        let buffer = vec![0; PIECE + size_of::<Bytes>()].into_boxed_slice();
        Self { buffer, start: 0, filled: 0, is_last: false }
    }
}

impl Window {
    /// Forgets the file before.
    pub(super) fn restart(&mut self) {
        (self.start, self.filled, self.is_last) = (0, 0, false);
    }

    /// The bytes from the next row on, at position 0.
    pub(super) fn bytes(&self) -> &Bytes {
        self.buffer[self.start..].first_chunk().expect("room for a window behind each piece")
    }

    /// Where the bytes end.
    pub(super) fn end(&self) -> u16 {
        (self.filled - self.start).min(FULL) as u16
    }

    /// Whether all of the file was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_last && self.start == self.filled
    }

    /// Reads on, unless the window is full or the file at its end; says whether it did. Positions
    /// stay what they were. The last line is given a line break if it has none: whether it was
    /// cut shows in its cells.
    ///
    /// # Errors
    /// Where the file cannot be read, which the plain way will report.
    pub(super) fn fill(&mut self, input: &mut dyn Read) -> Result<bool, GiveUp> {
        if self.is_last || self.filled - self.start >= FULL {
            return Ok(false);
        }
        self.buffer.copy_within(BEFORE + self.start..BEFORE + self.filled, BEFORE);
        self.filled -= self.start;
        self.start = 0;
        while self.filled < PIECE && !self.is_last {
            match input.read(&mut self.buffer[BEFORE + self.filled..BEFORE + PIECE]) {
                Ok(0) => self.end_last_line(),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(GiveUp),
            }
        }
        Ok(true)
    }

    /// Takes the next line away, which must be whole.
    pub(super) fn take_line(&mut self) -> Result<Line<'_>, GiveUp> {
        let at_hand = &self.buffer[BEFORE + self.start..BEFORE + self.filled];
        let length = at_hand.iter().take(FULL).position(|byte| *byte == b'\n').ok_or(GiveUp)?;
        self.start += length + 1;
        let line = &at_hand[..length];
        let without = line.strip_suffix(b"\r");
        Ok(Line { bytes: without.unwrap_or(line), is_crlf: without.is_some() })
    }

    /// Goes on behind the rows that end before a position.
    pub(super) fn consume(&mut self, position: u16) {
        self.start += usize::from(position);
    }

    fn end_last_line(&mut self) {
        self.is_last = true;
        let at_hand = &self.buffer[BEFORE..BEFORE + self.filled];
        if at_hand.last().is_some_and(|last| *last != b'\n') {
            // The lines above break as the last one should.
            let above = at_hand.iter().position(|byte| *byte == b'\n');
            let is_crlf = above.is_some_and(|at| at > 0 && at_hand[at - 1] == b'\r');
            let line_break: &[u8] = if is_crlf { b"\r\n" } else { b"\n" };
            let end = self.filled + line_break.len();
            self.buffer[BEFORE + self.filled..BEFORE + end].copy_from_slice(line_break);
            self.filled = end;
        }
    }
}
