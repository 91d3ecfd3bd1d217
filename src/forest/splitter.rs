//! A *splitter* searches the features of a node for its best split.
//! `grow` asks it once per node.
//!
//! The search is exact: of all cuts of the features that a node draws, it takes one with the
//! largest decrease, and draws lots between those that are equal. How it gets there depends
//! on the number of rows only: few rows are parted in all ways (`subsets`), more are sorted
//! sixteen features at a time if the processor can (`network`), and the rest are read from
//! lists that were sorted when the tree began (`lists`, `scan`).

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f32x8};
use rand_chacha::ChaCha8Rng;

use super::candidates::{Candidates, one_of};
use super::criterion::{BLOCK, Criterion};
use super::features::Features;
use super::lists::{Lists, OVERRUN};
use super::network::{self, MediumNode, Network};
use super::node::{Cut, Ground, Node, Rows, n_present, take_cut, take_part, varies};
use super::params::{ForestParams, Thresholds};
use super::random_cuts::RandomCuts;
use super::rank::{Entry, Needed, Rank};
use super::sample::Sample;
use super::scan::{Before, NO_CUT, Scan, TILE, highest_lane};
use super::sides::Sides;
use super::split::{Found, Split};
use super::subsets::{self, SmallNode, Subsets};
use super::targets::Targets;

/// Finds the splits of one tree. Buffers are reused from node to node.
pub(super) struct Splitter<'a, R: Rank> {
    ground: Ground<'a, R>,
    criterion: Criterion,
    candidates: Candidates,
    lists: Lists<R::Entry>,
    /// Nodes of more rows are read from lists.
    most_without_lists: usize,
    /// Whether any row of the training set lacks a feature.
    any_missing: bool,
    sweeps: Vec<Sweep>,
    sums: Vec<[i32; BLOCK]>,
    cuts: Vec<u32>,
    subsets: Subsets,
    network: Network,
    random_cuts: RandomCuts,
    /// Of the split that was found or marked last.
    sides: Sides,
}

/// One way through the sorted rows of a feature, and the score of its best cut.
#[derive(Debug, Clone, Copy)]
struct Sweep {
    feature: u32,
    /// Whether rows without the feature are on the left from the start.
    missing_left: bool,
    score: f32,
}

impl<'a, R: Rank> Splitter<'a, R> {
    /// Begins a tree; `roots` are the lists of its root.
    pub(super) fn new(ground: Ground<'a, R>, targets: &Targets, roots: &Lists<R::Entry>) -> Self {
        let Ground { features, sample, params, level, .. } = ground;
        let n_features = features.n_features;
        Self {
            criterion: Criterion::new::<R::Entry>(sample, targets),
            candidates: Candidates::new(n_features, params.max_features.count(n_features)),
            lists: roots.clone(),
            most_without_lists: most_without_lists::<R>(params, level),
            any_missing: features.any_missing(),
            sweeps: Vec::new(),
            sums: Vec::new(),
            cuts: Vec::new(),
            subsets: Subsets::new(n_features),
            network: Network::default(),
            random_cuts: RandomCuts::new(n_features),
            sides: Sides::new(sample.n_rows(), R::Entry::table_len(sample.n_rows())),
            ground,
        }
    }

    /// Begins another tree from the same sample.
    pub(super) fn restart(&mut self, targets: &Targets, roots: &Lists<R::Entry>) {
        self.criterion.restart::<R::Entry>(self.ground.sample, targets);
        self.lists.copy_from(roots);
    }

    /// A split of a node that decreases the criterion most, or `None` if every feature is
    /// constant or no split leaves enough rows on both sides. A split may leave the criterion
    /// as it is, as in scikit-learn.
    pub(super) fn best(&mut self, node: &Node<'_>, rng: &mut ChaCha8Rng) -> Option<Found> {
        let sample = self.ground.sample;
        let criterion = &mut self.criterion;
        dispatch!(self.ground.level, _simd => criterion.load(sample, node.places));
        if self.ground.params.thresholds == Thresholds::Random {
            let split =
                self.random_cuts.best(&self.ground, node, criterion, &mut self.candidates, rng)?;
            self.mark(node, &split);
            return Some(split.into());
        }
        if node.places.len() <= subsets::MOST_ROWS {
            return self.best_of_few(node, rng);
        }
        dispatch!(self.ground.level, _simd => criterion.spread(sample, node.places));
        if node.places.len() <= self.most_without_lists {
            self.best_by_network(node, rng)
        } else {
            self.best_in_lists(node, rng)
        }
    }

    /// Marks again which rows of a node go left, for a split that was found before.
    pub(super) fn mark(&mut self, node: &Node<'_>, split: &Split) {
        for &place in node.places {
            let row = self.ground.features.row(self.ground.sample.row(place));
            self.sides.mark(place as usize, split.goes_left(row[split.feature as usize]));
        }
    }

    /// Whether the split that was found or marked last sends a row left.
    pub(super) fn goes_left(&self, place: u32) -> bool {
        self.sides.goes_left(place)
    }

    /// Splits the lists of a node as marked, unless no child needs them; `left` are the rows
    /// that go left.
    pub(super) fn split_lists(&mut self, node: &Range<usize>, left: &[u32]) {
        let n_left = left.len();
        let most = self.most_without_lists;
        let needed = Needed { left: n_left > most, right: node.len() - n_left > most };
        if needed.left || needed.right {
            self.sides.set_bits(left);
            let (lists, sides) = (&mut self.lists, &self.sides);
            dispatch!(self.ground.level, simd => lists.split(simd, node, sides, needed));
        }
    }

    /// The criterion, with the node loaded that was searched last.
    pub(super) fn criterion(&self) -> &Criterion {
        &self.criterion
    }

    /// Loads a node into the criterion without searching it.
    pub(super) fn load(&mut self, node: &Node<'_>) {
        self.criterion.load(self.ground.sample, node.places);
    }

    fn best_of_few(&mut self, node: &Node<'_>, rng: &mut ChaCha8Rng) -> Option<Found> {
        let rows = Rows::<R, { subsets::MOST_ROWS }>::new(&self.ground, node.places);
        let (ranks, counts) = rows.get();
        self.candidates.draw(rng, |feature| varies(ranks, feature));
        let small = SmallNode {
            ranks,
            counts,
            min_samples_leaf: self.ground.params.min_samples_leaf,
            any_missing: self.any_missing,
        };
        let (subsets, bits) = (&mut self.subsets, self.candidates.bits());
        let criterion = &self.criterion;
        let part = dispatch!(self.ground.level, simd =>
            subsets.best(simd, &small, criterion, bits, rng))?;
        Some(take_part(&self.ground, node.places, ranks, part, &mut self.sides))
    }

    fn best_by_network(&mut self, node: &Node<'_>, rng: &mut ChaCha8Rng) -> Option<Found> {
        let rows = Rows::<R, { network::MOST_ROWS }>::new(&self.ground, node.places);
        let (ranks, counts) = rows.get();
        self.candidates.draw(rng, |feature| varies(ranks, feature));
        let medium = MediumNode {
            ranks,
            whole: self.criterion.whole(),
            counts,
            weight: self.criterion.weight(),
            n_targets: self.criterion.n_targets(),
            min_samples_leaf: self.ground.params.min_samples_leaf,
            any_missing: self.any_missing,
        };
        let (network, bits) = (&mut self.network, self.candidates.bits());
        let best =
            dispatch!(self.ground.level, simd => score_if_long(simd, network, &medium, bits));
        self.sweeps.clear();
        if best == NO_CUT {
            return None;
        }
        let scores = self.network.scores.iter().zip(&self.network.missing_left);
        for (feature, (&right, &left)) in scores.enumerate() {
            for (score, missing_left) in [(right, false), (left, true)] {
                if score == best {
                    self.sweeps.push(Sweep { feature: feature as u32, missing_left, score });
                }
            }
        }
        let sweep = best_sweep(&self.sweeps, rng)?;
        // One sorted list costs little, and from here on all is as for large nodes.
        let mut list = [R::Entry::default(); network::MOST_ROWS + OVERRUN];
        for ((entry, ranks), &place) in list.iter_mut().zip(ranks).zip(node.places) {
            *entry = R::Entry::new(ranks[sweep.feature as usize].number(), place);
        }
        list[..node.places.len()].sort_unstable();
        Some(self.best_cut(&list, node.places.len(), sweep, rng))
    }

    fn best_in_lists(&mut self, node: &Node<'_>, rng: &mut ChaCha8Rng) -> Option<Found> {
        let lists = &self.lists;
        self.candidates.draw(rng, |feature| {
            let list = lists.list(feature, &node.range);
            !list[0].ties(list[node.range.len() - 1])
        });
        self.sweeps.clear();
        dispatch!(self.ground.level, simd => self.sweep_all(simd, &node.range));
        let sweep = best_sweep(&self.sweeps, rng)?;
        // The list moves out of the splitter while its other parts are used.
        let lists = std::mem::replace(&mut self.lists, Lists::none());
        let list = lists.list(sweep.feature, &node.range);
        let split = self.best_cut(list, node.range.len(), sweep, rng);
        self.lists = lists;
        Some(split)
    }

    #[inline(always)]
    fn sweep_all<S: Simd>(&mut self, simd: S, node: &Range<usize>) {
        let mut best = NO_CUT;
        for &feature in self.candidates.features() {
            let list = self.lists.list(feature, node);
            let last = list[node.len() - 1];
            if list[0].ties(last) {
                continue;
            }
            for missing_left in [false, true] {
                if missing_left && !(self.any_missing && last.is_missing()) {
                    continue;
                }
                let scan =
                    scan(list, node.len(), missing_left, self.ground.params.min_samples_leaf);
                let score = best_score(simd, &scan, &self.criterion, &mut self.sums, best);
                best = best.max(score);
                self.sweeps.push(Sweep { feature, missing_left, score });
            }
        }
    }

    /// The split at one of the cuts with the sweep's score; marks the rows that go left.
    fn best_cut(
        &mut self,
        list: &[R::Entry],
        n_rows: usize,
        sweep: Sweep,
        rng: &mut ChaCha8Rng,
    ) -> Found {
        let scan = scan(list, n_rows, sweep.missing_left, self.ground.params.min_samples_leaf);
        let (cuts, sums, criterion) = (&mut self.cuts, &mut self.sums, &self.criterion);
        dispatch!(self.ground.level, simd =>
            cuts_with(simd, sweep.score, &scan, criterion, sums, cuts));
        let cut = self.cuts[one_of(self.cuts.len(), rng)] as usize;
        let Sweep { feature, missing_left, .. } = sweep;
        let cut = Cut { feature, missing_left, behind: cut };
        take_cut(&self.ground, list, n_rows, cut, &mut self.sides)
    }
}

/// The lists of the root, for as many trees as grow from the same sample.
pub(super) fn root_lists<R: Rank>(
    features: &Features,
    sample: &Sample,
    params: &ForestParams,
    level: Level,
) -> Lists<R::Entry> {
    if sample.n_rows() > most_without_lists::<R>(params, level) {
        Lists::new(features, sample, R::MISSING_NUMBER)
    } else {
        Lists::none()
    }
}

fn most_without_lists<R: Rank>(params: &ForestParams, level: Level) -> usize {
    match params.thresholds {
        Thresholds::Random => usize::MAX,
        Thresholds::Best if has_network::<R>(level) => network::MOST_ROWS,
        Thresholds::Best => subsets::MOST_ROWS,
    }
}

/// Whether medium nodes go to the network.
fn has_network<R: Rank>(level: Level) -> bool {
    R::IS_SHORT && dispatch!(level, simd => has_long_vectors(simd))
}

/// Whether a vector has 64 bytes.
#[inline(always)]
fn has_long_vectors<S: Simd>(_simd: S) -> bool {
    S::u8s::LEN == 64
}

/// Compiles the network for long vectors only.
#[inline(always)]
fn score_if_long<S: Simd, R: Rank>(
    simd: S,
    network: &mut Network,
    node: &MediumNode<'_, R>,
    drawn: &[u32],
) -> f32 {
    if has_long_vectors(simd) { network.score(simd, node, drawn) } else { NO_CUT }
}

/// One of the sweeps with the best score.
fn best_sweep(sweeps: &[Sweep], rng: &mut ChaCha8Rng) -> Option<Sweep> {
    let best = sweeps.iter().fold(NO_CUT, |best, sweep| best.max(sweep.score));
    if best == NO_CUT {
        return None;
    }
    let ties = || sweeps.iter().filter(|sweep| sweep.score == best);
    ties().nth(one_of(ties().count(), rng)).copied()
}

/// The score of the best cut, or less if it is below `floor`.
#[inline(always)]
fn best_score<S: Simd, E: Entry>(
    simd: S,
    scan: &Scan<'_, E>,
    criterion: &Criterion,
    sums: &mut Vec<[i32; BLOCK]>,
    floor: f32,
) -> f32 {
    let mut best = f32x8::splat(simd, NO_CUT);
    scan.run(simd, criterion, sums, floor, |_, scores| best = best.max(scores));
    highest_lane(best)
}

/// Lists the cuts that have a score.
#[inline(always)]
fn cuts_with<S: Simd, E: Entry>(
    simd: S,
    score: f32,
    scan: &Scan<'_, E>,
    criterion: &Criterion,
    sums: &mut Vec<[i32; BLOCK]>,
    cuts: &mut Vec<u32>,
) {
    cuts.clear();
    scan.run(simd, criterion, sums, score, |first, scores| {
        for (lane, &found) in scores.as_slice().iter().enumerate().take(TILE) {
            if found == score {
                cuts.push((first + lane) as u32);
            }
        }
    });
}

/// The pass through a node's list. With missing values on the right it ends behind them, so
/// that its last cut can part present from missing.
#[inline(always)]
fn scan<E: Entry>(
    list: &[E],
    n_rows: usize,
    missing_left: bool,
    min_samples_leaf: usize,
) -> Scan<'_, E> {
    let n_listed = if missing_left { n_present(list, n_rows) } else { n_rows };
    let n_missing = n_rows - n_listed;
    let mut scan = Scan {
        list,
        first: 0,
        before: Before::Rows(&list[n_listed..n_rows]),
        cuts: min_samples_leaf.saturating_sub(n_missing + 1)
            ..n_listed.saturating_sub(min_samples_leaf),
    };
    // Of many equal values at either end none is gone through: a feature that is the same
    // for most rows takes little time.
    let (first, middle, last) = (list[0], list[n_listed / 2], list[n_listed - 1]);
    if middle.ties(first) {
        let n_first = list[..n_listed].partition_point(|entry| entry.ties(first));
        scan.first = n_first - 1;
        scan.before = Before::AllBut(&list[n_first - 1..n_listed]);
    } else if middle.ties(last) {
        let n_before = list[..n_listed].partition_point(|entry| !entry.ties(last));
        scan.cuts.end = scan.cuts.end.min(n_before);
    }
    scan
}
