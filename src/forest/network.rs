//! A *network* sorts the rows of a medium node by sixteen features at a time, one in each
//! lane of a vector, and scores their cuts. `splitter` prefers it to sorted lists for nodes
//! of up to [`MOST_ROWS`] rows where a vector has 64 bytes.
//!
//! Sorting so few rows anew costs two instructions per comparator for sixteen features,
//! less than keeping sorted lists through the splits above. The distances of all rows fit a
//! few registers, and one instruction looks one up in each lane, so that all sixteen
//! features sum at once. Shorter vectors would have to look up number by number; there, lists
//! serve nodes of every size.
//!
//! Scores are the same to the last bit as those of `scan`.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x16, i32x16, mask32x16, u8x64, u32x16};

use super::criterion::BLOCK;
use super::features::LANES;
use super::rank::Rank;
use super::scan::{ALMOST_ONE, NO_CUT, highest_lane};
use super::sorting::{Line, SIZES, sort};

/// Most rows of a medium node: as many as the six spare bits of a key can number.
pub(super) const MOST_ROWS: usize = 64;

/// Features that are sorted together.
const WIDTH: usize = 16;

/// Rows that one table of distances has.
const PER_TABLE: usize = 16;

/// The rows of a medium node.
pub(super) struct MediumNode<'a, R> {
    /// By row: ranks of all features, padded.
    pub(super) ranks: &'a [&'a [R]],
    /// `(n_rows, n_targets)`: weight times distance, whole.
    pub(super) whole: &'a [i32],
    /// By row: how often it was drawn.
    pub(super) counts: &'a [u32],
    pub(super) weight: f32,
    pub(super) n_targets: usize,
    pub(super) min_samples_leaf: usize,
    /// Whether any row of the training set lacks a feature.
    pub(super) any_missing: bool,
}

/// Distances or weights by row.
type Table = [Line<i32>; MOST_ROWS / PER_TABLE];

/// Buffers, reused from node to node, and the scores of all features.
pub(super) struct Network {
    /// By row: the keys of sixteen features.
    keys: Box<[Line<u32>; MOST_ROWS]>,
    /// `(n_targets + 1, 4)`: distances by target and row, then weights.
    tables: Vec<Table>,
    /// Sums by target, for many targets.
    sums: Vec<[i32; WIDTH]>,
    /// By feature, padded: the score of the best cut with missing values on the right.
    pub(super) scores: Vec<f32>,
    /// The same with missing values on the left.
    pub(super) missing_left: Vec<f32>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            keys: Box::new([Line([0; WIDTH]); MOST_ROWS]),
            tables: Vec::new(),
            sums: Vec::new(),
            scores: Vec::new(),
            missing_left: Vec::new(),
        }
    }
}

impl Network {
    /// Scores the features whose bits in `drawn` are 1; the others get [`NO_CUT`]. Returns the
    /// best score.
    #[inline(always)]
    pub(super) fn score<S: Simd, R: Rank>(
        &mut self,
        simd: S,
        node: &MediumNode<'_, R>,
        drawn: &[u32],
    ) -> f32 {
        self.fill_tables(node);
        self.scores.clear();
        self.scores.resize(drawn.len() * LANES, NO_CUT);
        self.missing_left.clear();
        self.missing_left.resize(drawn.len() * LANES, NO_CUT);
        let mut floor = NO_CUT;
        for first in (0..drawn.len() * LANES).step_by(WIDTH) {
            let drawn = drawn[first / LANES] >> (first % LANES) & 0xFFFF;
            if drawn == 0 {
                continue;
            }
            let (best, lacking) = self.score_sixteen(simd, node, first, false, floor);
            put(simd, best, drawn, &mut self.scores[first..first + WIDTH], &mut floor);
            if lacking & drawn != 0 {
                let (best, _) = self.score_sixteen(simd, node, first, true, floor);
                let scores = &mut self.missing_left[first..first + WIDTH];
                put(simd, best, drawn & lacking, scores, &mut floor);
            }
        }
        floor
    }

    fn fill_tables<R>(&mut self, node: &MediumNode<'_, R>) {
        self.tables.clear();
        self.tables.resize(node.n_targets + 1, [Line([0; PER_TABLE]); 4]);
        let rows = node.whole.chunks_exact(node.n_targets).zip(node.counts);
        for (row, (distances, &count)) in rows.enumerate() {
            let (table, at) = (row / PER_TABLE, row % PER_TABLE);
            for (tables, &distance) in self.tables.iter_mut().zip(distances) {
                tables[table].0[at] = distance;
            }
            self.tables[node.n_targets][table].0[at] = count as i32;
        }
    }

    /// The best scores of sixteen features, and which of them some row lacks.
    #[inline(always)]
    fn score_sixteen<S: Simd, R: Rank>(
        &mut self,
        simd: S,
        node: &MediumNode<'_, R>,
        first: usize,
        missing_first: bool,
        floor: f32,
    ) -> (f32x16<S>, u32) {
        let n_rows = node.ranks.len();
        let size = SIZES.into_iter().find(|&size| n_rows <= size);
        let keys = &mut self.keys[..size.expect("a medium node has at most MOST_ROWS rows")];
        for (row, (ranks, keys)) in node.ranks.iter().zip(&mut *keys).enumerate() {
            let ranks: &[R; WIDTH] =
                ranks[first..first + WIDTH].try_into().expect("ranks are padded");
            let mut wide = [0; WIDTH];
            for (wide, &rank) in wide.iter_mut().zip(ranks) {
                *wide = if missing_first { rank.missing_first() } else { rank }.number();
            }
            // The row in the low byte is an index of four-byte numbers already.
            let wide = (u32x16::from_slice(simd, &wide) << 16) | (row as u32 * 4);
            wide.store_slice(&mut keys.0);
        }
        keys[n_rows..].fill(Line([u32::MAX; WIDTH]));
        sort(simd, keys);
        // In ascending order the missing values are last.
        let lacking = if node.any_missing && !missing_first {
            let Line(last) = keys[n_rows - 1];
            let is_missing = |key: u32| u32::from(key >> 16 == 0xFFFF);
            last.iter().enumerate().fold(0, |lanes, (lane, &key)| lanes | is_missing(key) << lane)
        } else {
            0
        };
        let scan = KeyScan { keys: &keys[..n_rows], node, missing_first, floor };
        let best = match n_rows {
            ..=PER_TABLE => scan.run_at_most::<S, PER_TABLE>(simd, &self.tables, &mut self.sums),
            17..=32 => scan.run_at_most::<S, 32>(simd, &self.tables, &mut self.sums),
            _ => scan.run_at_most::<S, MOST_ROWS>(simd, &self.tables, &mut self.sums),
        };
        (best, lacking)
    }
}

/// Takes over the scores of the features in the bits of `lanes`, the best of which becomes
/// the floor.
#[inline(always)]
fn put<S: Simd>(simd: S, best: f32x16<S>, lanes: u32, scores: &mut [f32], floor: &mut f32) {
    let wanted = mask32x16::from_bitmask(simd, u64::from(lanes));
    let best = wanted.select(best, f32x16::splat(simd, NO_CUT));
    best.store_slice(scores);
    let (low, high) = best.split();
    *floor = highest_lane(low.max(high)).max(*floor);
}

/// A pass through sixteen sorted columns of keys.
struct KeyScan<'a, R> {
    keys: &'a [Line<u32>],
    node: &'a MediumNode<'a, R>,
    missing_first: bool,
    /// A score that others have already.
    floor: f32,
}

impl<R: Rank> KeyScan<'_, R> {
    /// The best scores, for any number of targets and at most `N` rows.
    #[inline(always)]
    fn run_at_most<S: Simd, const N: usize>(
        &self,
        simd: S,
        tables: &[Table],
        sums: &mut Vec<[i32; WIDTH]>,
    ) -> f32x16<S> {
        match self.node.n_targets {
            1 => self.run::<S, 1, N>(simd, tables),
            2 => self.run::<S, 2, N>(simd, tables),
            3 => self.run::<S, 3, N>(simd, tables),
            4 => self.run::<S, 4, N>(simd, tables),
            5 => self.run::<S, 5, N>(simd, tables),
            _ => self.run_many::<S, N>(simd, tables, sums),
        }
    }

    /// The best scores, for `K` targets and at most `N` rows.
    #[inline(always)]
    fn run<S: Simd, const K: usize, const N: usize>(&self, simd: S, tables: &[Table]) -> f32x16<S> {
        let mut sums = [i32x16::splat(simd, 0); K];
        let mut weights = i32x16::splat(simd, 0);
        let mut best = f32x16::splat(simd, NO_CUT);
        let mut floor = f32x16::splat(simd, self.floor);
        for cut in 0..self.last_cut() {
            let row = Row::new(simd, self.key(simd, cut));
            let mut squares = [f32x16::splat(simd, 0.0); BLOCK];
            for target in 0..K {
                sums[target] += row.look_up::<N>(simd, &tables[target]);
                let sum = f32x16::float_from(sums[target]);
                squares[target] = sum * sum;
            }
            weights += row.look_up::<N>(simd, &tables[K]);
            self.score(simd, cut, sum_of_first(squares, K), weights, &mut floor, &mut best);
        }
        best
    }

    /// As [`run`](Self::run), for any number of targets.
    #[inline(always)]
    fn run_many<S: Simd, const N: usize>(
        &self,
        simd: S,
        tables: &[Table],
        sums: &mut Vec<[i32; WIDTH]>,
    ) -> f32x16<S> {
        let n_targets = self.node.n_targets;
        sums.clear();
        sums.resize(n_targets, [0; WIDTH]);
        let mut weights = i32x16::splat(simd, 0);
        let mut best = f32x16::splat(simd, NO_CUT);
        let mut floor = f32x16::splat(simd, self.floor);
        for cut in 0..self.last_cut() {
            let row = Row::new(simd, self.key(simd, cut));
            let mut squares = [f32x16::splat(simd, 0.0); BLOCK];
            for (block, tables) in sums.chunks_mut(BLOCK).zip(tables[..n_targets].chunks(BLOCK)) {
                for ((sum, table), squares) in block.iter_mut().zip(tables).zip(&mut squares) {
                    let here = i32x16::from_slice(simd, sum) + row.look_up::<N>(simd, table);
                    here.store_slice(sum);
                    let here = f32x16::float_from(here);
                    *squares += here * here;
                }
            }
            weights += row.look_up::<N>(simd, &tables[n_targets]);
            self.score(simd, cut, sum_of_first(squares, BLOCK), weights, &mut floor, &mut best);
        }
        best
    }

    #[inline(always)]
    fn key<S: Simd>(&self, simd: S, row: usize) -> u32x16<S> {
        u32x16::from_slice(simd, &self.keys[row].0)
    }

    /// Behind the last cut that leaves enough rows on the right.
    fn last_cut(&self) -> usize {
        self.keys.len().saturating_sub(self.node.min_samples_leaf)
    }

    /// Scores one cut of sixteen features, unless all are below their floors; see `scan`.
    #[inline(always)]
    fn score<S: Simd>(
        &self,
        simd: S,
        cut: usize,
        squares: f32x16<S>,
        weights: i32x16<S>,
        floor: &mut f32x16<S>,
        best: &mut f32x16<S>,
    ) {
        if cut + 1 < self.node.min_samples_leaf {
            return;
        }
        let weights = f32x16::float_from(weights);
        let products = weights * (f32x16::splat(simd, self.node.weight) - weights);
        let high = squares.simd_ge(products * (*floor * ALMOST_ONE));
        if high.all_false() {
            return;
        }
        let (here, next) = (self.key(simd, cut), self.key(simd, cut + 1));
        let mut steps: mask32x16<S> = (here ^ next).simd_gt(0xFFFF);
        if self.missing_first {
            // Missing rows alone on the left are what the other pass has on the right.
            steps &= here.simd_gt(0xFFFF);
        }
        if (steps & high).all_false() {
            return;
        }
        let scores = steps.select(squares / products, f32x16::splat(simd, NO_CUT));
        *floor = floor.max(scores);
        *best = best.max(scores);
    }
}

/// The sum of eight vectors in the order of `scan`, without those that are zero.
#[inline(always)]
fn sum_of_first<S: Simd>(vectors: [f32x16<S>; BLOCK], n: usize) -> f32x16<S> {
    let [a, b, c, d, e, f, g, h] = vectors;
    match n {
        1 => a,
        2 => a + b,
        3 => (a + b) + c,
        4 => (a + b) + (c + d),
        5 => ((a + b) + (c + d)) + e,
        _ => ((a + b) + (c + d)) + ((e + f) + (g + h)),
    }
}

/// Where each lane's row is in the tables.
struct Row<S: Simd> {
    bytes: u8x64<S>,
    /// Whether the row is in the last two tables.
    is_late: mask32x16<S>,
}

impl<S: Simd> Row<S> {
    #[inline(always)]
    fn new(simd: S, keys: u32x16<S>) -> Self {
        // Bytes 4i, 4i + 1, 4i + 2 and 4i + 3 make number i, and the low byte of a key is 4i.
        let low_byte = u8x64::from_fn(simd, |at| (at % 16 / 4 * 4) as u8);
        let each = u8x64::from_fn(simd, |at| (at % 4) as u8);
        let low: u8x64<S> = keys.bitcast::<u8x64<S>>().swizzle_dyn_within_blocks(low_byte);
        Self { bytes: low | each, is_late: (keys & 0x80).simd_gt(0) }
    }

    /// What a table has for each lane's row, one of at most `N`.
    #[inline(always)]
    fn look_up<const N: usize>(&self, simd: S, table: &Table) -> i32x16<S> {
        let [a, b, c, d] = table;
        let line = |line: &Line<i32>| i32x16::from_slice(simd, &line.0);
        let part = |a, b| line(a).concat_swizzle_dyn(line(b), self.bytes);
        if N <= PER_TABLE {
            line(a).swizzle_dyn(self.bytes)
        } else if N <= 2 * PER_TABLE {
            part(a, b)
        } else {
            self.is_late.select(part(c, d), part(a, b))
        }
    }
}
