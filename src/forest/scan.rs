//! A *scan* goes through a sorted list and scores each cut between different values.
//! `splitter` scans the lists of a node to find the best.
//!
//! Both kernels take eight cuts at a time: sums run from row to row, scores are computed for
//! eight cuts at once. A cut that is none, since the next row has the same value or a side
//! would be too small, scores [`NO_CUT`].

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x8, i32x8, i32x16, u64x8};

use super::criterion::{BLOCK, Criterion, Distances, LENGTH, PER_LENGTH, WEIGHT};
use super::rank::Entry;

/// Below the score of every cut.
pub(super) const NO_CUT: f32 = -1.0;

/// Cuts that are scored together.
pub(super) const TILE: usize = 8;

/// One less than the rounding of a product and a quotient.
pub(super) const ALMOST_ONE: f32 = 1.0 - 1.0 / 1_048_576.0;

/// Tiles whose sums are kept until they are scored.
const RUN: usize = 8;

/// One pass through a sorted list.
pub(super) struct Scan<'a, E> {
    /// The node's list and at least [`OVERRUN`](super::lists::OVERRUN) entries more.
    pub(super) list: &'a [E],
    /// The entry that the pass begins at.
    pub(super) first: usize,
    /// What is on the left before that entry is.
    pub(super) before: Before<'a, E>,
    /// The allowed cuts: cut number i is behind entry i.
    pub(super) cuts: Range<usize>,
}

/// Rows of a node.
pub(super) enum Before<'a, E> {
    /// These.
    Rows(&'a [E]),
    /// All but these. The distances of a node sum to zero, so that those of the others are
    /// known.
    AllBut(&'a [E]),
}

impl<E: Entry> Scan<'_, E> {
    /// Hands out the scores of cuts, eight at a time, with the number of the first; of those
    /// that are below `floor`, or below a score that was handed out, not all.
    #[inline(always)]
    pub(super) fn run<S: Simd>(
        &self,
        simd: S,
        node: &Criterion,
        sums: &mut Vec<[i32; BLOCK]>,
        floor: f32,
        mut take: impl FnMut(usize, f32x8<S>),
    ) {
        if self.cuts.end <= self.first.max(self.cuts.start) {
            return;
        }
        match node.by_place() {
            Distances::Block(blocks) => self.run_block(simd, blocks, node.weight(), floor, take),
            Distances::One(packed) => self.run_one(simd, packed, node.weight(), floor, take),
            Distances::Several { n_blocks, blocks, weights } => {
                sums.clear();
                sums.resize(*n_blocks, [0; BLOCK]);
                let several = Several { n_blocks: *n_blocks, blocks, weights };
                several.run(simd, self, node.weight(), sums, floor, &mut take);
            }
        }
    }

    #[inline(always)]
    fn run_one<S: Simd>(
        &self,
        simd: S,
        packed: &[u64],
        node_weight: f32,
        floor: f32,
        mut take: impl FnMut(usize, f32x8<S>),
    ) {
        let packed = E::table(packed);
        let add = |sum: u64, entry: &E| sum.wrapping_add(*entry.of(packed));
        let mut sum = match self.before {
            Before::Rows(rows) => rows.iter().fold(0, add),
            Before::AllBut(rows) => (node_weight as u64).wrapping_sub(rows.iter().fold(0, add)),
        };
        let mut best = Best::new(simd, node_weight, floor);
        let (tiles, _) = self.list[self.first..].as_chunks::<TILE>();
        let tiles = &tiles[..(self.cuts.end - self.first).div_ceil(TILE)];
        // Sums of a run are stored before any is loaded as part of a vector: a load that
        // has to wait for several stores is slow.
        let mut sums = [[0_u64; TILE]; RUN];
        for (run, tiles) in tiles.chunks(RUN).enumerate() {
            for (tile, sums) in tiles.iter().zip(&mut sums) {
                for (entry, sum_here) in tile.iter().zip(sums) {
                    sum = add(sum, entry);
                    *sum_here = sum;
                }
            }
            for (tile, sums) in sums[..tiles.len()].iter().enumerate() {
                let halves: i32x16<S> = u64x8::from_slice(simd, sums).bitcast();
                let (low, high) = halves.split();
                let weights = f32x8::float_from(low.unzip_low(high));
                let distances = f32x8::float_from(low.unzip_high(high));
                let first = self.first + (run * RUN + tile) * TILE;
                self.score(simd, first, distances * distances, weights, &mut best, &mut take);
            }
        }
    }

    #[inline(always)]
    fn run_block<S: Simd>(
        &self,
        simd: S,
        blocks: &[[i32; BLOCK]],
        node_weight: f32,
        floor: f32,
        mut take: impl FnMut(usize, f32x8<S>),
    ) {
        let blocks = E::table(blocks);
        let add = |sum: i32x8<S>, entry: &E| {
            sum + i32x8::from_slice(simd, entry.of::<[i32; BLOCK]>(blocks))
        };
        let none = i32x8::splat(simd, 0);
        let mut sum = match self.before {
            Before::Rows(rows) => rows.iter().fold(none, add),
            Before::AllBut(rows) => {
                let all: [i32; BLOCK] =
                    std::array::from_fn(|at| if at == WEIGHT { node_weight as i32 } else { 0 });
                i32x8::from_slice(simd, &all) - rows.iter().fold(none, add)
            }
        };
        let mut best = Best::new(simd, node_weight, floor);
        let mut first = self.first;
        let mut stretches = Stretches { node_weight, length: None };
        while first < self.cuts.end {
            if self.cuts.end - self.first >= LEAST_TO_SKIP && first + STRETCH <= self.cuts.end {
                let end = self.list[first..first + STRETCH].iter().fold(sum, add);
                if stretches.cannot_reach(simd, best.floor, sum, end) {
                    sum = end;
                    first += STRETCH;
                    continue;
                }
            }
            let mut sums = [f32x8::splat(simd, 0.0); TILE];
            for (entry, sum_here) in self.list[first..first + TILE].iter().zip(&mut sums) {
                sum = add(sum, entry);
                *sum_here = f32x8::float_from(sum);
            }
            let [a, b, c, d, e, f, _, weights] = transposed(sums);
            let squares = (a * a + b * b) + (c * c + d * d) + (e * e + f * f);
            self.score(simd, first, squares, weights, &mut best, &mut take);
            first += TILE;
            stretches.length = None;
        }
    }

    /// Scores eight cuts from the squares of their sums and their left weights, and hands the
    /// scores out unless all are below the best, which the highest of them becomes. To divide
    /// is slow, to multiply is not: only cuts that could be the best are divided.
    #[inline(always)]
    fn score<S: Simd>(
        &self,
        simd: S,
        first: usize,
        squares: f32x8<S>,
        weights: f32x8<S>,
        best: &mut Best<S>,
        take: &mut impl FnMut(usize, f32x8<S>),
    ) {
        let products = weights * (best.node_weight - weights);
        let high = squares.simd_ge(products * best.bar);
        if high.all_false() {
            return;
        }
        let lanes = i32x8::from_slice(simd, &[0, 1, 2, 3, 4, 5, 6, 7]);
        let (start, end) = (self.cuts.start as i64, self.cuts.end as i64);
        let (start, end) = (start - first as i64, end - first as i64);
        let allowed = E::steps(simd, &self.list[first..])
            & lanes.simd_lt(end.min(TILE as i64) as i32)
            & lanes.simd_ge(start.max(0) as i32);
        if (allowed & high).all_false() {
            return;
        }
        let scores = allowed.select(squares / products, f32x8::splat(simd, NO_CUT));
        let highest = highest_lane(scores);
        if highest > best.floor {
            best.raise(simd, highest);
        }
        take(first, scores);
    }
}

/// What the cuts of a node are held against.
struct Best<S: Simd> {
    node_weight: f32x8<S>,
    /// The best score so far.
    floor: f32,
    /// No product of this and what a score is divided by is above what is divided, unless the
    /// score is below the best.
    bar: f32x8<S>,
}

impl<S: Simd> Best<S> {
    #[inline(always)]
    fn new(simd: S, node_weight: f32, floor: f32) -> Self {
        let zero = f32x8::splat(simd, 0.0);
        let mut best = Self { node_weight: f32x8::splat(simd, node_weight), floor, bar: zero };
        best.raise(simd, floor);
        best
    }

    #[inline(always)]
    fn raise(&mut self, simd: S, floor: f32) {
        self.floor = floor;
        self.bar = f32x8::splat(simd, floor * ALMOST_ONE);
    }
}

/// Cuts that are passed over together if none of them can be the best.
const STRETCH: usize = 16;

/// Cuts that a scan must have for stretches to be passed over: in small nodes they hardly
/// ever can be.
const LEAST_TO_SKIP: usize = 4 * STRETCH;

/// A walk from stretch to stretch.
struct Stretches {
    node_weight: f32,
    /// Length of the sum before the next stretch, if it is known.
    length: Option<f32>,
}

impl Stretches {
    /// Whether no cut in a stretch scores `floor`, from the sums before it and behind it.
    ///
    /// The sum at a cut is at most the sum before plus the lengths of the rows between, and at
    /// most the sum behind plus the lengths of the rows from there on; so it is at most half
    /// of both sums and all lengths. The product of the weights is least at one of the ends.
    #[inline(always)]
    fn cannot_reach<S: Simd>(
        &mut self,
        simd: S,
        floor: f32,
        before: i32x8<S>,
        behind: i32x8<S>,
    ) -> bool {
        let lengths = (behind[LENGTH] - before[LENGTH]) as f32 * PER_LENGTH as f32;
        let length_before = self.length.unwrap_or_else(|| length(simd, before));
        let length_behind = length(simd, behind);
        self.length = Some(length_behind);
        let longest = 0.5 * (length_before + length_behind + lengths);
        let product = |weight: f32| weight * (self.node_weight - weight);
        let first = before[WEIGHT] as f32 + 1.0;
        let last = (behind[WEIGHT] as f32).min(self.node_weight - 1.0);
        // More than the rounding of all of this.
        1.0001 * longest * longest < floor * product(first).min(product(last))
    }
}

/// The length of a sum over all targets.
#[inline(always)]
fn length<S: Simd>(simd: S, sum: i32x8<S>) -> f32 {
    let targets = f32x8::from_slice(simd, &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    let sum = f32x8::float_from(sum) * targets;
    let [a, b, c, d, e, f, ..]: [f32; 8] = (sum * sum).into();
    ((a + b) + (c + d) + (e + f)).sqrt()
}

/// Lane i of vector j becomes lane j of vector i. Each of three steps interleaves the halves
/// of the eight vectors, which rotates the six bits of a number's place by one.
#[inline(always)]
fn transposed<S: Simd>(vectors: [f32x8<S>; 8]) -> [f32x8<S>; 8] {
    let step = |[a, b, c, d, e, f, g, h]: [f32x8<S>; 8]| {
        let (ae, bf) = (a.interleave(e), b.interleave(f));
        let (cg, dh) = (c.interleave(g), d.interleave(h));
        [ae.0, ae.1, bf.0, bf.1, cg.0, cg.1, dh.0, dh.1]
    };
    step(step(step(vectors)))
}

/// Distances of several targets; see [`Distances::Several`].
struct Several<'a> {
    n_blocks: usize,
    blocks: &'a [[i32; BLOCK]],
    weights: &'a [i32],
}

impl Several<'_> {
    #[inline(always)]
    fn run<S: Simd, E: Entry>(
        &self,
        simd: S,
        scan: &Scan<'_, E>,
        node_weight: f32,
        sums: &mut [[i32; BLOCK]],
        floor: f32,
        take: &mut impl FnMut(usize, f32x8<S>),
    ) {
        let (rows, sign, mut weight) = match scan.before {
            Before::Rows(rows) => (rows, 1, 0),
            Before::AllBut(rows) => (rows, -1, node_weight as i32),
        };
        for entry in rows {
            weight += sign * self.weights[entry.row()];
            for (block, sum) in sums.iter_mut().enumerate() {
                let here =
                    i32x8::from_slice(simd, &self.blocks[entry.row() * self.n_blocks + block]);
                (i32x8::from_slice(simd, sum) + here * sign).store_slice(sum);
            }
        }
        let mut best = Best::new(simd, node_weight, floor);
        for first in (scan.first..scan.cuts.end).step_by(TILE) {
            let tile = &scan.list[first..first + TILE];
            let mut weights = [0; TILE];
            for (entry, weight_here) in tile.iter().zip(&mut weights) {
                weight += self.weights[entry.row()];
                *weight_here = weight;
            }
            let mut squares = [f32x8::splat(simd, 0.0); TILE];
            for (block, carried) in sums.iter_mut().enumerate() {
                let mut sum = i32x8::from_slice(simd, carried);
                for (entry, squares) in tile.iter().zip(&mut squares) {
                    let at = entry.row() * self.n_blocks + block;
                    sum += i32x8::from_slice(simd, &self.blocks[at]);
                    let sum = f32x8::float_from(sum);
                    *squares += sum * sum;
                }
                sum.store_slice(carried);
            }
            let squares = sum_each(squares);
            let weights = f32x8::float_from(i32x8::from_slice(simd, &weights));
            scan.score(simd, first, squares, weights, &mut best, take);
        }
    }
}

/// The largest of eight numbers, none of them NaN; in three steps rather than seven.
#[inline(always)]
pub(super) fn highest_lane<S: Simd>(vector: f32x8<S>) -> f32 {
    let (low, high) = vector.split();
    let [a, b, c, d] = low.max(high).into();
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    larger(larger(a, b), larger(c, d))
}

/// The sum of the lanes of each of eight vectors: lane i is the sum of vector i.
#[inline(always)]
pub(super) fn sum_each<S: Simd>(vectors: [f32x8<S>; 8]) -> f32x8<S> {
    let [a, b, c, d, e, f, g, h] = vectors;
    let pair = |a: f32x8<S>, b: f32x8<S>| a.unzip_low(b) + a.unzip_high(b);
    let (ab, cd, ef, gh) = (pair(a, b), pair(c, d), pair(e, f), pair(g, h));
    pair(pair(ab, cd), pair(ef, gh))
}
