//! The index knows where the separators of a block of rows are: first in the order of the
//! file, then column by column, so that cells of one column are parsed together.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, mask8x64, u8x64, u16x8, u16x32};

use super::GiveUp;
use super::pattern::{LANES, Pattern};
use super::window::{self, Bytes};

/// Rows of a block.
pub(super) const ROWS: usize = 64;
/// Positions that are turned from rows to columns together.
const TILE: usize = 8;
/// Blocks whose rows are held against no pattern, since in the block before too few had one.
const REST: u8 = 16;

/// The positions of one separator in each row of a block.
pub(super) type Edge = [u16; ROWS];

/// One before and one for each byte of a window, and room behind them for what is written or
/// read beyond the last: as many, so that the compiler knows that none is out of bounds.
type Positions = [u16; 1 + (1 << 16) + 64];

/// Where the separators of a block of rows are.
pub(super) struct Index {
    /// Cells of a row.
    width: usize,
    delimiter: u8,
    is_crlf: bool,
    /// Separators in the order of the file, behind the end of the row before.
    positions: Box<Positions>,
    /// How many of them there are, without that end; at most one to a byte of the window.
    n_positions: u16,
    n_line_breaks: usize,
    /// Whether the last byte that was searched is a carriage return.
    ends_with_return: bool,
    /// Where the search goes on.
    at: u16,
    /// The pattern of the last row, and the one before: values change their sign, and back.
    patterns: [Pattern; 2],
    /// Rows of the block that had neither.
    unlike: usize,
    /// Blocks until rows are held against patterns again.
    rest: u8,
    /// A list per separator of a row: the first is the end of the row before.
    edges: Vec<Edge>,
    /// The tiles of edges that somebody asked for.
    tiles: Vec<usize>,
}

impl Default for Index {
    fn default() -> Self {
        let positions = vec![0; size_of::<Positions>() / size_of::<u16>()].into_boxed_slice();
        Self {
            width: 0,
            delimiter: 0,
            is_crlf: false,
            positions: positions.try_into().expect("as many as there are"),
            n_positions: 0,
            n_line_breaks: 0,
            ends_with_return: false,
            at: 0,
            patterns: Default::default(),
            unlike: 0,
            rest: 0,
            edges: Vec::new(),
            tiles: Vec::new(),
        }
    }
}

impl Index {
    /// Prepares for rows of so many cells, of which only these columns are wanted.
    pub(super) fn shape(
        &mut self,
        width: usize,
        delimiter: u8,
        is_crlf: bool,
        columns: impl Iterator<Item = usize>,
    ) {
        (self.width, self.delimiter, self.is_crlf) = (width, delimiter, is_crlf);
        (self.unlike, self.rest) = (0, 0);
        self.patterns.iter_mut().for_each(Pattern::forget);
        self.edges.resize((width + 1).next_multiple_of(TILE), [0; ROWS]);
        self.tiles.clear();
        self.tiles.extend(columns.flat_map(|column| [column / TILE, (column + 1) / TILE]));
        self.tiles.sort_unstable();
        self.tiles.dedup();
    }

    /// Begins at the start of a window.
    pub(super) fn restart(&mut self) {
        self.at = 0;
        self.positions[0] = u16::MAX;
        (self.n_positions, self.n_line_breaks, self.ends_with_return) = (0, 0, false);
    }

    /// The separators before and behind a column's cells.
    #[inline(always)]
    pub(super) fn cells(&self, column: usize) -> (&Edge, &Edge) {
        (&self.edges[column], &self.edges[column + 1])
    }

    /// Searches the bytes up to `end` for so many rows, and says whether they are there.
    ///
    /// # Errors
    /// Where a byte means what the plain way has to say.
    #[inline(always)]
    pub(super) fn find<S: Simd>(
        &mut self,
        simd: S,
        bytes: &Bytes,
        end: u16,
        rows: usize,
    ) -> Result<bool, GiveUp> {
        let wanted = rows * self.width;
        if self.rest == 0 {
            return self.find_alike(simd, bytes, end, wanted);
        }
        if !self.is_crlf {
            self.search_whole_blocks(simd, bytes, end, wanted)?;
        }
        while usize::from(self.n_positions) < wanted && self.at < end {
            self.search(simd, window::block(bytes, self.at), end - self.at)?;
        }
        Ok(usize::from(self.n_positions) >= wanted)
    }

    /// Takes the rows that were found, at most so many: their number, and the position behind
    /// them.
    ///
    /// # Errors
    /// Where the bytes are no rows of the right width.
    #[inline(always)]
    pub(super) fn take<S: Simd>(
        &mut self,
        simd: S,
        bytes: &Bytes,
        most: usize,
    ) -> Result<(usize, u16), GiveUp> {
        let rows = (usize::from(self.n_positions) / self.width).min(most);
        self.check(bytes, rows)?;
        self.rest = if 2 * self.unlike > rows { REST } else { self.rest.saturating_sub(1) };
        self.unlike = 0;
        self.turn(simd);
        if self.is_crlf {
            // The last cell of a row ends before the carriage return.
            self.edges[self.width].iter_mut().for_each(|edge| *edge = edge.wrapping_sub(1));
        }
        Ok((rows, self.positions[rows * self.width].wrapping_add(1)))
    }

    /// As [`Self::find`], where most rows are like those before; it ends where a row does.
    #[inline(always)]
    fn find_alike<S: Simd>(
        &mut self,
        simd: S,
        bytes: &Bytes,
        end: u16,
        wanted: usize,
    ) -> Result<bool, GiveUp> {
        loop {
            self.repeat(simd, bytes, end, wanted);
            if usize::from(self.n_positions) >= wanted {
                return Ok(true);
            }
            if !self.search_row(simd, bytes, end)? {
                return Ok(false);
            }
        }
    }

    /// Takes rows as long as they are like one of the last two patterns.
    #[inline(always)]
    fn repeat<S: Simd>(&mut self, simd: S, bytes: &Bytes, end: u16, wanted: usize) {
        // Copies, as below.
        let (mut at, mut n_positions, mut rows) = (self.at, self.n_positions, 0);
        let [mut pattern, mut other] = self.patterns.each_ref();
        let mut are_swapped = false;
        while usize::from(n_positions) < wanted {
            if !pattern.fits(simd, bytes, (at, end)) {
                if !other.fits(simd, bytes, (at, end)) {
                    break;
                }
                (pattern, other) = (other, pattern);
                are_swapped = !are_swapped;
            }
            let mut behind = n_positions;
            for places in pattern.places() {
                let (some, _) = room(&mut self.positions, behind).split_at_mut(LANES);
                (u16x32::from_slice(simd, places) + at).store_slice(some);
                behind = behind.wrapping_add(LANES as u16);
            }
            n_positions += self.width as u16;
            at += pattern.length();
            rows += 1;
        }
        if are_swapped {
            self.patterns.reverse();
        }
        (self.at, self.n_positions) = (at, n_positions);
        self.n_line_breaks += rows;
    }

    /// Searches the next row, and says whether all of it is there.
    #[inline(always)]
    fn search_row<S: Simd>(&mut self, simd: S, bytes: &Bytes, end: u16) -> Result<bool, GiveUp> {
        let before = (self.at, self.n_positions, self.n_line_breaks);
        let (start, first, _) = before;
        let behind = first + self.width as u16;
        self.ends_with_return = false;
        while self.n_positions < behind && self.at < end {
            self.search(simd, window::block(bytes, self.at), end - self.at)?;
        }
        if self.n_positions < behind {
            (self.at, self.n_positions, self.n_line_breaks) = before;
            return Ok(false);
        }
        // What is behind the row is searched again: whether it is like this one.
        self.n_line_breaks -= self.line_breaks_behind(bytes, behind.into());
        self.n_positions = behind;
        self.at = self.positions[usize::from(behind)].wrapping_add(1);
        let row = self.positions[1 + usize::from(first)..].as_chunks().0;
        let row = row.iter().take(self.width.div_ceil(LANES));
        self.patterns.reverse();
        self.patterns[0].learn(simd, bytes, (start, self.at), row, self.delimiter);
        self.unlike += 1;
        Ok(true)
    }

    /// Searches blocks of 64 bytes of lines that end with a line feed alone.
    #[inline(always)]
    fn search_whole_blocks<S: Simd>(
        &mut self,
        simd: S,
        bytes: &Bytes,
        end: u16,
        wanted: usize,
    ) -> Result<(), GiveUp> {
        // Copies, since what is written through references is read from memory again.
        let (mut at, mut n_positions, mut n_line_breaks) =
            (self.at, self.n_positions, self.n_line_breaks);
        let delimiter = u8x64::splat(simd, self.delimiter);
        let mut strange = mask8x64::splat(simd, false);
        while usize::from(n_positions) < wanted && end - at >= 64 {
            let bytes = u8x64::from_slice(simd, window::block(bytes, at));
            let line_breaks = is(simd, bytes, b'\n');
            strange = strange | is(simd, bytes, b'\r') | is(simd, bytes, b'"');
            let separators = (line_breaks | bytes.simd_eq(delimiter)).to_bitmask();
            put(simd, separators, at, room(&mut self.positions, n_positions));
            n_positions += separators.count_ones() as u16;
            n_line_breaks += line_breaks.to_bitmask().count_ones() as usize;
            at += 64;
        }
        (self.at, self.n_positions, self.n_line_breaks) = (at, n_positions, n_line_breaks);
        if strange.any_true() { Err(GiveUp) } else { Ok(()) }
    }

    /// Searches 64 bytes, of which so many are there.
    #[inline(always)]
    fn search<S: Simd>(&mut self, simd: S, block: &[u8; 64], length: u16) -> Result<(), GiveUp> {
        let bytes = u8x64::from_slice(simd, block);
        let there = if length < 64 { !(u64::MAX << length) } else { u64::MAX };
        let line_breaks = is(simd, bytes, b'\n');
        let separators = (line_breaks | is(simd, bytes, self.delimiter)).to_bitmask() & there;
        let line_breaks = line_breaks.to_bitmask() & there;
        let (returns, quotes) = (is(simd, bytes, b'\r'), is(simd, bytes, b'"'));
        if self.is_crlf {
            let returns = returns.to_bitmask() & there;
            let expected = (returns << 1 | u64::from(self.ends_with_return)) & there;
            self.ends_with_return = returns >> (length.min(64) - 1) == 1;
            if quotes.to_bitmask() & there != 0 || expected != line_breaks {
                return Err(GiveUp);
            }
        } else if (returns | quotes).to_bitmask() & there != 0 {
            return Err(GiveUp);
        }
        put(simd, separators, self.at, room(&mut self.positions, self.n_positions));
        self.n_positions += separators.count_ones() as u16;
        self.n_line_breaks += line_breaks.count_ones() as usize;
        self.at += length.min(64);
        Ok(())
    }

    /// Whether each row ends with its last separator, and with no other.
    #[inline(always)]
    fn check(&self, bytes: &Bytes, rows: usize) -> Result<(), GiveUp> {
        let taken = rows * self.width;
        let line_breaks = self.n_line_breaks - self.line_breaks_behind(bytes, taken);
        let ends = self.positions[1..=taken].chunks_exact(self.width).filter_map(<[u16]>::last);
        let is_line_break = |position: &&u16| window::byte(bytes, **position) == b'\n';
        let is_sound = ends.filter(is_line_break).count() == rows && line_breaks == rows;
        if is_sound { Ok(()) } else { Err(GiveUp) }
    }

    /// The line breaks among the separators behind so many.
    #[inline(always)]
    fn line_breaks_behind(&self, bytes: &Bytes, taken: usize) -> usize {
        let left = &self.positions[1 + taken..=usize::from(self.n_positions)];
        left.iter().filter(|position| window::byte(bytes, **position) == b'\n').count()
    }

    /// Turns positions from rows to columns, by tiles of eight by eight. Beyond the last row
    /// stands whatever was there before.
    #[inline(always)]
    fn turn<S: Simd>(&mut self, simd: S) {
        let width = self.width as u16;
        for tile in &self.tiles {
            let first = tile * TILE;
            let (edges, _) = self.edges[first..].split_first_chunk_mut::<TILE>().expect("whole");
            for rows in 0..ROWS / TILE {
                let mut at = ((rows * TILE) as u16).wrapping_mul(width).wrapping_add(first as u16);
                let mut tile: [u16x8<S>; TILE] = std::array::from_fn(|_| {
                    let line = self.positions[usize::from(at)..].first_chunk().expect("room");
                    at = at.wrapping_add(width);
                    u16x8::from_slice(simd, line as &[u16; TILE])
                });
                for _ in 0..3 {
                    // Three perfect shuffles of eight vectors turn them.
                    tile = std::array::from_fn(|i| {
                        let (a, b) = (tile[i / 2], tile[i / 2 + 4]);
                        if i % 2 == 0 { a.zip_low(b) } else { a.zip_high(b) }
                    });
                }
                for (edge, column) in edges.iter_mut().zip(tile) {
                    column.store_slice(&mut edge.as_chunks_mut::<TILE>().0[rows]);
                }
            }
        }
    }
}

/// Which bytes are this one.
#[inline(always)]
fn is<S: Simd>(simd: S, bytes: u8x64<S>, byte: u8) -> mask8x64<S> {
    bytes.simd_eq(u8x64::splat(simd, byte))
}

/// Writes the positions of the bits that are set; behind them is written at random.
#[inline(always)]
fn put<S: Simd>(simd: S, bits: u64, first: u16, into: &mut [u16; 64]) {
    if S::u8s::LEN == 64 {
        let numbers = u8x64::from_fn(simd, |i| i as u8);
        let (low, high) = numbers.compress(mask8x64::from_bitmask(simd, bits)).widen();
        (low + first).store_slice(&mut into[..32]);
        (high + first).store_slice(&mut into[32..]);
        return;
    }
    // Twelve at least, which is what most blocks have at most: a loop that ends elsewhere in
    // each block would be mispredicted.
    let fours = bits.count_ones().div_ceil(4).max(3) as usize;
    let mut bits = bits;
    for four in into.as_chunks_mut::<4>().0.iter_mut().take(fours) {
        for position in four {
            *position = first.wrapping_add(bits.trailing_zeros() as u16);
            bits &= bits.wrapping_sub(1);
        }
    }
}

/// Room for the positions of 64 bytes behind so many others.
#[inline(always)]
fn room(positions: &mut Positions, n_positions: u16) -> &mut [u16; 64] {
    positions[1 + usize::from(n_positions)..].first_chunk_mut().expect("room for 64 more")
}
