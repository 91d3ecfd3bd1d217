//! *Subsets* are the ways to part the few rows of a small node in two: at most 63 for seven
//! rows. `splitter` scores those instead of every feature's cuts.
//!
//! Four in five splits of a fully grown tree have at most seven rows, and with hundreds of
//! features there are far more cuts than ways to part the rows. So all parts are scored
//! once, and the best one is taken that some feature can make: that has all ranks of one
//! side below all ranks of the other. The search is as exact as going through the cuts.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x8, i32x8};
use rand_chacha::ChaCha8Rng;

use super::criterion::{BLOCK, Criterion};
use super::draw::below;
use super::features::{LANES, padded};
use super::rank::Rank;
use super::scan::{NO_CUT, TILE, sum_each};

/// Most rows of a small node. One more would double the parts; at eight rows, going through
/// the features is as fast.
pub(super) const MOST_ROWS: usize = 7;

/// Number of ways to part [`MOST_ROWS`] rows in two, and the way that parts nothing.
const N_PARTS: usize = 1 << (MOST_ROWS - 1);

/// One way to part a small node, and a feature that does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Bit i tells on which side row i is.
    pub(super) rows: u32,
    pub(super) feature: u32,
    /// Whether the feature does it with missing values below all others; otherwise they are
    /// above.
    pub(super) missing_first: bool,
}

/// The rows of a small node.
pub(super) struct SmallNode<'a, R> {
    /// By row: ranks of all features, padded.
    pub(super) ranks: &'a [&'a [R]],
    /// By row: how often it was drawn.
    pub(super) counts: &'a [u32],
    pub(super) min_samples_leaf: usize,
    /// Whether any row of the training set lacks a feature.
    pub(super) any_missing: bool,
}

/// Search buffers, reused from node to node.
pub(super) struct Subsets {
    scores: [f32; N_PARTS],
    sums: [[i32; BLOCK]; N_PARTS],
    squares: [[f32; BLOCK]; N_PARTS],
    /// A bit for each feature, padded: whether it can make the part.
    makes: Vec<u32>,
    /// The same for features that can only with missing values first.
    makes_missing_first: Vec<u32>,
}

impl Subsets {
    pub(super) fn new(n_features: usize) -> Self {
        let makes = vec![0; padded(n_features) / LANES];
        Self {
            scores: [NO_CUT; N_PARTS],
            sums: [[0; BLOCK]; N_PARTS],
            squares: [[0.0; BLOCK]; N_PARTS],
            makes_missing_first: makes.clone(),
            makes,
        }
    }

    /// The best part that a feature can make whose bit in `drawn` is 1, or `None`. All
    /// equally good pairs of part and feature have the same chance.
    #[inline(always)]
    pub(super) fn best<S: Simd, R: Rank>(
        &mut self,
        simd: S,
        node: &SmallNode<'_, R>,
        criterion: &Criterion,
        drawn: &[u32],
        rng: &mut ChaCha8Rng,
    ) -> Option<Part> {
        let n_parts = 1 << (node.counts.len() - 1);
        if n_parts == 2 {
            // Two rows part in one way only: there is nothing to compare.
            self.scores[1] = if node.min_samples_leaf == 1 { 0.0 } else { NO_CUT };
        } else {
            self.score(simd, node, criterion, n_parts);
        }
        loop {
            let best = self.scores[1..n_parts].iter().fold(NO_CUT, |best, &score| best.max(score));
            if best == NO_CUT {
                return None;
            }
            // The nth of all equally good pairs replaces those before it with probability
            // 1/n, taken for a whole part at a time.
            let mut found = None;
            let mut n_found = 0;
            for rows in 1..n_parts {
                if self.scores[rows] != best {
                    continue;
                }
                self.scores[rows] = NO_CUT;
                let n_makers = self.makers(simd, node, rows as u32, drawn);
                n_found += n_makers;
                if n_makers > 0 && (n_found == n_makers || below(rng, n_found) < n_makers) {
                    let nth = if n_makers == 1 { 0 } else { below(rng, n_makers) };
                    found = Some(self.nth_maker(rows as u32, nth));
                }
            }
            if found.is_some() {
                return found;
            }
        }
    }

    /// Scores all parts; the last row is always on the other side.
    #[inline(always)]
    fn score<S: Simd, R: Rank>(
        &mut self,
        simd: S,
        node: &SmallNode<'_, R>,
        criterion: &Criterion,
        n_parts: usize,
    ) {
        let n_targets = criterion.n_targets();
        let n_rows = node.counts.len();
        let n_tiles = n_parts.div_ceil(TILE);
        let sums = &mut self.sums;
        let squares = &mut self.squares[..n_tiles * TILE];
        squares.fill([0.0; BLOCK]);
        for block in 0..n_targets.div_ceil(BLOCK) {
            for row in 0..n_rows - 1 {
                let mut distances = [0; BLOCK];
                let of_row = &criterion.whole()[row * n_targets..][..n_targets];
                let of_block = &of_row[block * BLOCK..n_targets.min((block + 1) * BLOCK)];
                distances[..of_block.len()].copy_from_slice(of_block);
                let distances = i32x8::from_slice(simd, &distances);
                let (known, new) = sums.split_at_mut(1 << row);
                for (known, new) in known.iter().zip(new) {
                    (i32x8::from_slice(simd, known) + distances).store_slice(new);
                }
            }
            for (sum, squares) in sums.iter().zip(&mut *squares) {
                let sum = f32x8::float_from(i32x8::from_slice(simd, sum));
                (f32x8::from_slice(simd, squares) + sum * sum).store_slice(squares);
            }
        }
        let mut weights = [0_i32; N_PARTS];
        for (row, &count) in node.counts[..n_rows - 1].iter().enumerate() {
            let (known, new) = weights.split_at_mut(1 << row);
            for (known, new) in known.iter().zip(new) {
                *new = known + count as i32;
            }
        }
        let all = f32x8::splat(simd, criterion.weight());
        for (tile, squares) in squares.chunks_exact(TILE).enumerate() {
            let at = tile * TILE..(tile + 1) * TILE;
            let weights = f32x8::float_from(i32x8::from_slice(simd, &weights[at.clone()]));
            let squares = std::array::from_fn(|lane| f32x8::from_slice(simd, &squares[lane]));
            let scores = sum_each(squares) / (weights * (all - weights));
            scores.store_slice(&mut self.scores[at]);
        }
        self.scores[0] = NO_CUT;
        if node.min_samples_leaf > 1 {
            for (rows, score) in self.scores[..n_parts].iter_mut().enumerate() {
                let n_here = rows.count_ones() as usize;
                if n_here.min(n_rows - n_here) < node.min_samples_leaf {
                    *score = NO_CUT;
                }
            }
        }
    }

    /// Finds the features that can make a part, and counts them.
    #[inline(always)]
    fn makers<S: Simd, R: Rank>(
        &mut self,
        simd: S,
        node: &SmallNode<'_, R>,
        rows: u32,
        drawn: &[u32],
    ) -> u32 {
        let mut n_makers = 0;
        for (chunk, (makes, &drawn)) in self.makes.iter_mut().zip(drawn).enumerate() {
            let first = chunk * LANES;
            *makes = R::separates(simd, node.ranks, rows, first, false) & drawn;
            n_makers += makes.count_ones();
            if node.any_missing {
                // Missing rows alone on a side are that side either way, and a feature that
                // no row lacks makes the same parts either way.
                let makes_too = &mut self.makes_missing_first[chunk];
                *makes_too = R::separates(simd, node.ranks, rows, first, true) & drawn & !*makes;
                n_makers += makes_too.count_ones();
            }
        }
        n_makers
    }

    fn nth_maker(&self, rows: u32, mut nth: u32) -> Part {
        for (makes, missing_first) in [(&self.makes, false), (&self.makes_missing_first, true)] {
            for (chunk, &makes) in makes.iter().enumerate() {
                if nth < makes.count_ones() {
                    let lane =
                        (0..nth).fold(makes, |makes, _| makes & (makes - 1)).trailing_zeros();
                    return Part { rows, feature: (chunk * LANES) as u32 + lane, missing_first };
                }
                nth -= makes.count_ones();
            }
        }
        unreachable!("nth is below the number of makers")
    }
}
