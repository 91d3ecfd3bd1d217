//! A *splitter* searches the features of a node for its best split.
//! `grow` asks it once per node.

use rand_chacha::ChaCha8Rng;

use super::criterion::{Criterion, Side};
use super::draw::below;
use super::training::{MISSING, TrainingSet, value};

/// Decreases this close, as a share of the node's squared error, are equal: the sums of two
/// features that cut a node alike are rounded differently, and luck would choose between
/// them. That costs accuracy: on the parity data, scikit-learn's unbootstrapped forest scores
/// R2 0.614 for the first target, but 0.621 if all sums are made exact.
const TIE: f64 = 1e-12;

/// A question that sends each row of a node left or right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) feature: u32,
    /// Rows whose feature is at most this go left.
    pub(super) threshold: f32,
    /// Whether rows without the feature go left.
    pub(super) missing_left: bool,
}

/// Search buffers, reused from node to node, and the limits on a split.
pub(super) struct Splitter {
    max_features: usize,
    min_samples_leaf: usize,
    /// A permutation of all features; a node draws its features to the front.
    features: Vec<u32>,
    /// Key of one feature and position in the node, for rows that have the feature.
    present: Vec<u64>,
    /// Positions in the node of rows without the feature.
    missing: Vec<u32>,
    left: Side,
}

impl Splitter {
    pub(super) fn new(data: &TrainingSet, max_features: usize, min_samples_leaf: usize) -> Self {
        Self {
            max_features,
            min_samples_leaf,
            features: (0..data.n_features as u32).collect(),
            present: Vec::new(),
            missing: Vec::new(),
            left: Side::new(data.n_targets),
        }
    }

    /// The split of the node that decreases the criterion most, or `None` if every feature
    /// is constant or no split leaves enough rows on both sides. `node` holds the loaded
    /// `rows`. As in scikit-learn, a node draws `max_features` features, and more while all
    /// of them were constant; a split may leave the criterion as it is.
    pub(super) fn best_split(
        &mut self,
        data: &TrainingSet,
        rows: &[u32],
        node: &Criterion,
        rng: &mut ChaCha8Rng,
    ) -> Option<Split> {
        let mut best = Best { margin: TIE * node.error(), decrease: 0.0, n_ties: 0, split: None };
        let mut found_varying = false;
        let n_features = self.features.len();
        for drawn in 0..n_features {
            if drawn >= self.max_features && found_varying {
                break;
            }
            // If all are wanted then their order is of no consequence.
            if self.max_features < n_features {
                let next = drawn + below(rng, (n_features - drawn) as u32) as usize;
                self.features.swap(drawn, next);
            }
            let feature = self.features[drawn];
            if self.sort(data.column(feature), rows) {
                found_varying = true;
                self.search(feature, node, &mut best, rng);
            }
        }
        best.split
    }

    /// Sorts the node by one feature; false if the feature is constant: all missing, or all
    /// present and equal. (scikit-learn also calls features constant that vary by less than
    /// 1e-7, which would depend on their unit.)
    fn sort(&mut self, column: &[u32], rows: &[u32]) -> bool {
        self.present.clear();
        self.missing.clear();
        let (mut least, mut most) = (MISSING, 0);
        for (position, &row) in rows.iter().enumerate() {
            let key = column[row as usize];
            if key == MISSING {
                self.missing.push(position as u32);
            } else {
                least = least.min(key);
                most = most.max(key);
                self.present.push(u64::from(key) << 32 | position as u64);
            }
        }
        if self.present.is_empty() || (least == most && self.missing.is_empty()) {
            return false;
        }
        // Positions in the low bits make all entries distinct, so that the order, and with
        // it every sum, is the same whatever the sorting algorithm.
        self.present.sort_unstable();
        true
    }

    /// Offers every split of the sorted node: first with the missing rows on the right, the
    /// last of them being present against missing, then with the missing rows on the left.
    fn search(&mut self, feature: u32, node: &Criterion, best: &mut Best, rng: &mut ChaCha8Rng) {
        self.left.clear();
        self.sweep(feature, false, node, best, rng);
        if self.missing.is_empty() {
            return;
        }
        if self.present.len().min(self.missing.len()) >= self.min_samples_leaf {
            // scikit-learn's threshold is infinite here, but a stored one must be finite.
            let split = Split { feature, threshold: f32::MAX, missing_left: false };
            best.offer(node.decrease(&self.left), split, rng);
        }
        self.left.clear();
        for &position in &self.missing {
            self.left.add(node, position as usize);
        }
        self.sweep(feature, true, node, best, rng);
    }

    /// Moves the present rows to the left one by one and offers each cut between different
    /// values.
    fn sweep(
        &mut self,
        feature: u32,
        missing_left: bool,
        node: &Criterion,
        best: &mut Best,
        rng: &mut ChaCha8Rng,
    ) {
        let n_missing = self.missing.len();
        let n_rows = self.present.len() + n_missing;
        for (moved, &entry) in self.present.iter().enumerate() {
            self.left.add(node, (entry & u64::from(u32::MAX)) as usize);
            let Some(&next) = self.present.get(moved + 1) else { break };
            let (lower, upper) = ((entry >> 32) as u32, (next >> 32) as u32);
            let n_left = moved + 1 + if missing_left { n_missing } else { 0 };
            let n_right = n_rows - n_left;
            if lower == upper || n_left.min(n_right) < self.min_samples_leaf {
                continue;
            }
            let decrease = node.decrease(&self.left);
            if best.would_take(decrease) {
                // Where no row lacks the feature, later ones that do follow the majority.
                let missing_left = if n_missing == 0 { n_left > n_right } else { missing_left };
                let threshold = midpoint(value(lower), value(upper));
                best.offer(decrease, Split { feature, threshold, missing_left }, rng);
            }
        }
    }
}

/// The best split so far; equally good ones have had the same chance to be it.
struct Best {
    /// How far apart two decreases may be and still be equal.
    margin: f64,
    decrease: f64,
    n_ties: u32,
    split: Option<Split>,
}

impl Best {
    fn would_take(&self, decrease: f64) -> bool {
        self.split.is_none() || decrease >= self.decrease - self.margin
    }

    /// Takes a better split, and the nth of n equal splits with probability 1/n.
    fn offer(&mut self, decrease: f64, split: Split, rng: &mut ChaCha8Rng) {
        if !self.would_take(decrease) {
            return;
        }
        if self.split.is_none() || decrease > self.decrease + self.margin {
            *self = Self { decrease, n_ties: 1, split: Some(split), ..*self };
            return;
        }
        self.n_ties += 1;
        self.decrease = self.decrease.max(decrease);
        if below(rng, self.n_ties) == 0 {
            self.split = Some(split);
        }
    }
}

/// The largest `f32` that is not above the middle of two different values. Single-precision
/// features compare with it exactly as with scikit-learn's double-precision middle.
fn midpoint(lower: f32, upper: f32) -> f32 {
    let middle = f64::from(lower) / 2.0 + f64::from(upper) / 2.0;
    let nearest = middle as f32;
    let below = if f64::from(nearest) > middle { nearest.next_down() } else { nearest };
    if below < upper { below } else { lower }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::forest::draw::stream;
    use crate::forest::params::TargetScaling;

    const NAN: f32 = f32::NAN;

    struct Search {
        max_features: usize,
        min_samples_leaf: usize,
        seed: u64,
    }

    const ALL: Search = Search { max_features: usize::MAX, min_samples_leaf: 1, seed: 0 };

    fn best(x: &Array2<f32>, y: &[f64], search: &Search) -> Option<Split> {
        let y = Array2::from_shape_vec((y.len(), 1), y.to_vec()).unwrap();
        let data = TrainingSet::new(x.view(), y.view(), TargetScaling::None).unwrap();
        let rows: Vec<u32> = (0..y.nrows() as u32).collect();
        let mut node = Criterion::new(1);
        node.load(&data, &rows, &vec![1; rows.len()]);
        let mut splitter = Splitter::new(&data, search.max_features, search.min_samples_leaf);
        splitter.best_split(&data, &rows, &node, &mut stream(search.seed, 0))
    }

    fn split(feature: u32, threshold: f32, missing_left: bool) -> Split {
        Split { feature, threshold, missing_left }
    }

    #[test]
    fn the_best_of_two_features_is_cut_in_the_middle_of_the_gap() {
        let x = array![[3.0, 1.0], [1.0, 2.0], [2.0, 6.0], [4.0, 8.0]];
        assert_eq!(best(&x, &[0.0, 0.1, 5.0, 5.1], &ALL), Some(split(1, 4.0, false)));
    }

    #[test]
    fn missing_values_learn_the_side_that_helps_most() {
        let x = array![[1.0], [2.0], [3.0], [4.0], [NAN]];
        assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0, 0.1], &ALL), Some(split(0, 2.5, true)));
        assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0, 8.9], &ALL), Some(split(0, 2.5, false)));
    }

    #[test]
    fn present_against_missing_is_a_split_even_of_equal_values() {
        let x = array![[1.0], [1.0], [NAN], [NAN]];
        assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0], &ALL), Some(split(0, f32::MAX, false)));
        let limit = Search { min_samples_leaf: 3, ..ALL };
        assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0], &limit), None);
    }

    #[test]
    fn without_missing_values_the_larger_side_takes_later_ones() {
        let x = array![[1.0], [2.0], [3.0]];
        assert_eq!(best(&x, &[0.0, 0.0, 9.0], &ALL), Some(split(0, 2.5, true)));
        assert_eq!(best(&x, &[0.0, 9.0, 9.0], &ALL), Some(split(0, 1.5, false)));
    }

    #[test]
    fn small_sides_are_not_split_off() {
        let x = array![[1.0], [2.0], [3.0], [4.0]];
        let limit = Search { min_samples_leaf: 2, ..ALL };
        assert_eq!(best(&x, &[0.0, 0.0, 0.0, 9.0], &limit), Some(split(0, 2.5, false)));
        assert_eq!(best(&x, &[0.0, 1.0, 2.0, 9.0], &Search { min_samples_leaf: 3, ..ALL }), None);
        // A missing row counts on the side that it goes to.
        let x = array![[1.0], [2.0], [3.0], [NAN]];
        assert_eq!(best(&x, &[0.0, 5.0, 5.0, 0.1], &limit), Some(split(0, 1.5, true)));
    }

    #[test]
    fn constant_and_wholly_missing_features_offer_no_split() {
        let x = array![[7.0, NAN], [7.0, NAN], [7.0, NAN]];
        assert_eq!(best(&x, &[0.0, 1.0, 2.0], &ALL), None);
    }

    #[test]
    fn a_node_draws_on_until_a_feature_is_not_constant() {
        let x = array![[7.0, 7.0, 7.0, 1.0, 7.0, 7.0], [7.0, 7.0, 7.0, 2.0, 7.0, 7.0]];
        for seed in 0..20 {
            let search = Search { max_features: 1, seed, ..ALL };
            assert_eq!(best(&x, &[0.0, 1.0], &search), Some(split(3, 1.5, false)));
        }
    }

    #[test]
    fn a_split_that_gains_nothing_is_still_taken() {
        let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
        assert!(best(&x, &[0.0, 1.0, 1.0, 0.0], &ALL).is_some());
    }

    #[test]
    fn equal_gains_are_broken_evenly() {
        // The second feature mirrors the first, so that its sums run the other way round.
        let x = array![[0.1, 0.9, 0.3], [0.5, 0.5, 0.6], [0.9, 0.1, 0.7]];
        let mut taken = [0_u32; 3];
        for seed in 0..900 {
            let split = best(&x, &[0.1, 0.3, 0.7], &Search { seed, ..ALL }).unwrap();
            taken[split.feature as usize] += 1;
        }
        // Each count is binomial with standard deviation 14; five of them are allowed.
        assert!(taken.iter().all(|&count| count.abs_diff(300) < 70), "{taken:?}");
    }

    #[test]
    fn a_midpoint_separates_even_neighbouring_values() {
        assert_eq!(midpoint(1.0, 2.0), 1.5);
        assert_eq!(midpoint(f32::MIN, f32::MAX), 0.0);
        for lower in [1.0_f32, -1.0, 0.0, 3.4e38, -f32::MIN_POSITIVE] {
            let upper = lower.next_up();
            assert_eq!(midpoint(lower, upper), lower);
        }
    }
}
