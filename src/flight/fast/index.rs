//! The index knows where the separators of a block of rows are: first in the order of the
//! file, then column by column, so that cells of one column are parsed together.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, mask8x64, u8x64, u16x8};

use super::GiveUp;
use super::window::{self, Bytes};

/// Rows of a block.
pub(super) const ROWS: usize = 64;
/// Positions that are turned from rows to columns together.
const TILE: usize = 8;

/// The positions of one separator in each row of a block.
pub(super) type Edge = [u16; ROWS];

/// Where the separators of a block of rows are.
#[derive(Default)]
pub(super) struct Index {
    /// Cells of a row.
    width: usize,
    delimiter: u8,
    is_crlf: bool,
    /// Separators in the order of the file, behind the end of the row before.
    positions: Vec<u16>,
    /// How many of them there are, without that end.
    n_positions: usize,
    n_line_breaks: usize,
    /// Whether the last byte that was searched is a carriage return.
    ends_with_return: bool,
    /// Where the search goes on.
    at: u16,
    /// A list per separator of a row: the first is the end of the row before.
    edges: Vec<Edge>,
    /// The tiles of edges that somebody asked for.
    tiles: Vec<usize>,
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
        // A block of rows, what the last 64 bytes may bring beyond it, and a tile.
        self.positions.resize(ROWS * width + 2 * 64 + TILE, 0);
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
        while self.n_positions < wanted && self.at < end {
            self.search(simd, window::block(bytes, self.at), end - self.at)?;
        }
        Ok(self.n_positions >= wanted)
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
        let rows = (self.n_positions / self.width).min(most);
        self.check(bytes, rows)?;
        self.turn(simd, rows);
        if self.is_crlf {
            // The last cell of a row ends before the carriage return.
            self.edges[self.width].iter_mut().for_each(|edge| *edge = edge.wrapping_sub(1));
        }
        Ok((rows, self.positions[rows * self.width].wrapping_add(1)))
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
        let into = &mut self.positions[1 + self.n_positions..];
        let into = into.first_chunk_mut().expect("room for 64 more");
        put(simd, separators, self.at, into);
        self.n_positions += separators.count_ones() as usize;
        self.n_line_breaks += line_breaks.count_ones() as usize;
        self.at += length.min(64);
        Ok(())
    }

    /// Whether each row ends with its last separator, and with no other.
    #[inline(always)]
    fn check(&self, bytes: &Bytes, rows: usize) -> Result<(), GiveUp> {
        let is_line_break = |position: &&u16| window::byte(bytes, **position) == b'\n';
        let behind = &self.positions[1..=self.n_positions];
        let (taken, left) = behind.split_at(rows * self.width);
        let line_breaks_left = left.iter().filter(is_line_break).count();
        let ends = taken.chunks_exact(self.width).filter_map(<[u16]>::last);
        let is_sound = ends.filter(is_line_break).count() == rows
            && self.n_line_breaks - line_breaks_left == rows;
        if is_sound { Ok(()) } else { Err(GiveUp) }
    }

    /// Turns positions from rows to columns, by tiles of eight by eight.
    #[inline(always)]
    fn turn<S: Simd>(&mut self, simd: S, rows: usize) {
        for tile in &self.tiles {
            let first = tile * TILE;
            let (edges, _) = self.edges[first..].split_first_chunk_mut::<TILE>().expect("whole");
            for row in (0..rows).step_by(TILE) {
                let mut tile: [u16x8<S>; TILE] = std::array::from_fn(|i| {
                    // Beyond the last row stands whatever was there before.
                    let at = (row + i).min(rows - 1) * self.width + first;
                    u16x8::from_slice(simd, &self.positions[at..at + TILE])
                });
                for _ in 0..3 {
                    // Three perfect shuffles of eight vectors turn them.
                    tile = std::array::from_fn(|i| {
                        let (a, b) = (tile[i / 2], tile[i / 2 + 4]);
                        if i % 2 == 0 { a.zip_low(b) } else { a.zip_high(b) }
                    });
                }
                for (edge, column) in edges.iter_mut().zip(tile) {
                    column.store_slice(&mut edge[row..row + TILE]);
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
    // Twelve without a look, since that is what most blocks have at most; a branch that depends
    // on their number would often be mispredicted.
    let mut bits = bits;
    let (first_ones, others) = into.split_at_mut(12);
    for into in [first_ones].into_iter().chain(others.chunks_exact_mut(4)) {
        for position in into {
            *position = first.wrapping_add(bits.trailing_zeros() as u16);
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            return;
        }
    }
}
