//! A *node* is some rows of a tree's sample; parting it marks each of them left or right.
//! `splitter` looks at its rows and parts it where the best split is.

use std::ops::Range;

use fearless_simd::Level;

use super::features::{Features, padded};
use super::params::ForestParams;
use super::rank::{Entry, Rank};
use super::sample::Sample;
use super::sides::Sides;
use super::split::{Found, Threshold};
use super::subsets::Part;

/// What all nodes of a tree share.
pub(super) struct Ground<'a, R> {
    pub(super) features: &'a Features,
    pub(super) ranks: &'a [R],
    pub(super) sample: &'a Sample,
    pub(super) params: &'a ForestParams,
    /// The processor's vectors; what is found does not depend on them.
    pub(super) level: Level,
}

/// The rows of a node: a range of the sorted lists, and their places in the sample.
pub(super) struct Node<'a> {
    pub(super) range: Range<usize>,
    pub(super) places: &'a [u32],
}

/// The ranks and counts of the rows of a node.
pub(super) struct Rows<'a, R, const MOST: usize> {
    n: usize,
    ranks: [&'a [R]; MOST],
    counts: [u32; MOST],
}

impl<'a, R: Rank, const MOST: usize> Rows<'a, R, MOST> {
    pub(super) fn new(ground: &Ground<'a, R>, places: &[u32]) -> Self {
        let stride = padded(ground.features.n_features);
        let (mut ranks, mut counts) = ([&[][..]; MOST], [0; MOST]);
        for (at, &place) in places.iter().enumerate() {
            ranks[at] = &ground.ranks[ground.sample.row(place) as usize * stride..][..stride];
            counts[at] = ground.sample.count(place);
        }
        Self { n: places.len(), ranks, counts }
    }

    /// By row: the ranks of all features, padded, and how often it was drawn.
    pub(super) fn get(&self) -> (&[&'a [R]], &[u32]) {
        (&self.ranks[..self.n], &self.counts[..self.n])
    }
}

/// Whether a feature is not the same for all rows.
pub(super) fn varies<R: Rank>(ranks: &[&[R]], feature: u32) -> bool {
    let of_row = |ranks: &&[R]| ranks[feature as usize];
    ranks.iter().any(|ranks_of_row| of_row(ranks_of_row) != of_row(&ranks[0]))
}

/// Number of the first rows of a list that have a value; the others are at its end.
pub(super) fn n_present<E: Entry>(list: &[E], n_rows: usize) -> usize {
    if !list[n_rows - 1].is_missing() {
        return n_rows;
    }
    list[..n_rows].partition_point(|entry| !entry.is_missing())
}

/// A place in a sorted list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) feature: u32,
    /// Whether missing rows, which end the list, are on the left.
    pub(super) missing_left: bool,
    /// The last entry on the left.
    pub(super) behind: usize,
}

/// The split at a cut of a list; marks the rows that go left.
pub(super) fn take_cut<R: Rank>(
    ground: &Ground<'_, R>,
    list: &[R::Entry],
    n_rows: usize,
    cut: Cut,
    sides: &mut Sides,
) -> Found {
    let Cut { feature, missing_left, behind } = cut;
    let n_present = n_present(list, n_rows);
    for (at, entry) in list[..n_rows].iter().enumerate() {
        let left = at <= behind || (missing_left && at >= n_present);
        sides.mark(entry.row(), left);
    }
    // Where no row lacks the feature, later ones that do follow the majority.
    let majority_left = 2 * (behind + 1) > n_rows;
    let missing_left = if n_present == n_rows { majority_left } else { missing_left };
    let row = |at: usize| ground.sample.row(list[at].row() as u32);
    let threshold = Threshold::Between { lower: row(behind), upper: row(behind + 1) };
    Found { feature, threshold, missing_left }
}

/// The split that makes a part; marks the rows that go left.
pub(super) fn take_part<R: Rank>(
    ground: &Ground<'_, R>,
    places: &[u32],
    ranks: &[&[R]],
    part: Part,
    sides: &mut Sides,
) -> Found {
    let feature = part.feature as usize;
    let order = |rank: R| if part.missing_first { rank.missing_first() } else { rank };
    // The side with the least rank is the left one.
    let lowest = (0..places.len()).min_by_key(|&row| order(ranks[row][feature]));
    let left_bit = part.rows >> lowest.expect("a node has rows") & 1;
    let side = |left: bool| {
        (0..places.len()).filter(move |&row| (part.rows >> row & 1 == left_bit) == left)
    };
    for left in [true, false] {
        side(left).for_each(|row| sides.mark(places[row] as usize, left));
    }
    // Next to the cut a row that lacks the feature is only if no other is on its side.
    let lower = side(true).max_by_key(|&row| ranks[row][feature].missing_first());
    let upper = side(false).min_by_key(|&row| ranks[row][feature]);
    let row = |row: Option<usize>| ground.sample.row(places[row.expect("no side is empty")]);
    let threshold = Threshold::Between { lower: row(lower), upper: row(upper) };
    let is_missing = |ranks: &&[R]| ranks[feature].number() == R::MISSING_NUMBER;
    let any_missing = ranks.iter().any(is_missing);
    let majority_left = 2 * side(true).count() > places.len();
    let missing_left = if any_missing { part.missing_first } else { majority_left };
    Found { feature: part.feature, threshold, missing_left }
}
