//! *Random cuts* are thresholds drawn between the smallest and the largest value of a node.
//! `splitter` takes the best of one for each feature, for extremely randomised trees.
//!
//! After Geurts, Ernst and Wehenkel, *Extremely randomized trees* (2006), and scikit-learn's
//! `ExtraTreesRegressor` (`RandomSplitter`): the threshold is uniform, and so is the side of
//! missing values.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::candidates::{Candidates, one_of};
use super::criterion::Criterion;
use super::node::{Ground, Node};
use super::rank::Rank;
use super::split::Split;

/// Search buffers, reused from node to node.
pub(super) struct RandomCuts {
    /// By feature: the smallest and the largest value of the node, NaN if it has none, and
    /// how many rows have one.
    ranges: Vec<Values>,
    /// The best cuts so far.
    best: Vec<Split>,
    sums: Vec<i64>,
}

#[derive(Debug, Clone, Copy)]
struct Values {
    smallest: f32,
    largest: f32,
    n_present: usize,
}

impl Values {
    const NONE: Self = Self { smallest: f32::NAN, largest: f32::NAN, n_present: 0 };

    /// Whether a cut between values, or between present and missing, is possible.
    fn vary(self, n_rows: usize) -> bool {
        self.n_present > 0 && (self.smallest < self.largest || self.n_present < n_rows)
    }
}

impl RandomCuts {
    pub(super) fn new(n_features: usize) -> Self {
        Self { ranges: vec![Values::NONE; n_features], best: Vec::new(), sums: Vec::new() }
    }

    /// The best of one random cut for each feature that is drawn, or `None` if every feature
    /// is constant or no cut leaves enough rows on both sides.
    pub(super) fn best<R: Rank>(
        &mut self,
        ground: &Ground<'_, R>,
        node: &Node<'_>,
        criterion: &Criterion,
        candidates: &mut Candidates,
        rng: &mut ChaCha8Rng,
    ) -> Option<Split> {
        self.find_ranges(ground, node);
        let n_rows = node.places.len();
        let ranges = &self.ranges;
        candidates.draw(rng, |feature| ranges[feature as usize].vary(n_rows));
        let mut most = f64::NEG_INFINITY;
        self.best.clear();
        for &feature in candidates.features() {
            let values = self.ranges[feature as usize];
            if !values.vary(n_rows) {
                continue;
            }
            let split = random_cut(feature, values, n_rows, rng);
            let Some(decrease) = self.decrease(ground, node, criterion, &split) else { continue };
            if decrease > most {
                most = decrease;
                self.best.clear();
            }
            if decrease == most {
                self.best.push(split);
            }
        }
        if self.best.is_empty() { None } else { Some(self.best[one_of(self.best.len(), rng)]) }
    }

    fn find_ranges<R: Rank>(&mut self, ground: &Ground<'_, R>, node: &Node<'_>) {
        self.ranges.fill(Values::NONE);
        for &place in node.places {
            let row = ground.features.row(ground.sample.row(place));
            for (values, &value) in self.ranges.iter_mut().zip(row) {
                // A minimum or maximum with NaN is the other number.
                values.smallest = values.smallest.min(value);
                values.largest = values.largest.max(value);
                values.n_present += usize::from(!value.is_nan());
            }
        }
    }

    /// How much a split decreases the criterion, up to a factor of the node; `None` if a side
    /// would be too small.
    fn decrease<R: Rank>(
        &mut self,
        ground: &Ground<'_, R>,
        node: &Node<'_>,
        criterion: &Criterion,
        split: &Split,
    ) -> Option<f64> {
        let n_targets = criterion.n_targets();
        self.sums.clear();
        self.sums.resize(n_targets, 0);
        let (mut weight, mut n_left) = (0, 0);
        for (&place, distances) in node.places.iter().zip(criterion.whole().chunks(n_targets)) {
            let row = ground.features.row(ground.sample.row(place));
            if split.goes_left(row[split.feature as usize]) {
                n_left += 1;
                weight += u64::from(ground.sample.count(place));
                for (sum, &distance) in self.sums.iter_mut().zip(distances) {
                    *sum += i64::from(distance);
                }
            }
        }
        if n_left.min(node.places.len() - n_left) < ground.params.min_samples_leaf {
            return None;
        }
        let squares: f64 = self.sums.iter().map(|&sum| (sum as f64).powi(2)).sum();
        let (left, all) = (weight as f64, f64::from(criterion.weight()));
        Some(squares / (left * (all - left)))
    }
}

/// A cut at a uniform place, which parts present from missing if all values are equal.
fn random_cut(feature: u32, values: Values, n_rows: usize, rng: &mut ChaCha8Rng) -> Split {
    let Values { smallest, largest, n_present } = values;
    if smallest == largest {
        return Split { feature, threshold: f32::MAX, missing_left: false };
    }
    let share = f64::from(rng.next_u32()) / 2_f64.powi(32);
    let drawn = f64::from(smallest) + share * (f64::from(largest) - f64::from(smallest));
    // Rounding must not leave the right side empty.
    let threshold = (drawn as f32).clamp(smallest, largest.next_down());
    let missing_left = if n_present < n_rows { rng.next_u32() & 1 == 1 } else { 2.0 * share > 1.0 };
    Split { feature, threshold, missing_left }
}
