//! *Candidates* are the features that a node goes through.
//! `splitter` draws them anew for each node.

use rand_chacha::ChaCha8Rng;

use super::draw::below;
use super::features::{LANES, padded};

/// The features that the last node drew.
pub(super) struct Candidates {
    max_features: usize,
    /// A permutation of all features; a node draws its features to the front.
    permutation: Vec<u32>,
    drawn: Vec<u32>,
    /// The drawn features as bits, padded.
    bits: Vec<u32>,
}

impl Candidates {
    pub(super) fn new(n_features: usize, max_features: usize) -> Self {
        let all = 0..n_features as u32;
        let mut candidates = Self {
            max_features,
            permutation: all.clone().collect(),
            drawn: Vec::new(),
            bits: vec![0; padded(n_features) / LANES],
        };
        if max_features == n_features {
            all.for_each(|feature| candidates.mark(feature));
        }
        candidates
    }

    /// Draws `max_features` features without replacement, and more while all of them were
    /// constant, as scikit-learn does. If all are wanted then constant ones remain.
    pub(super) fn draw(&mut self, rng: &mut ChaCha8Rng, varies: impl Fn(u32) -> bool) {
        let n_features = self.permutation.len();
        if self.max_features == n_features {
            return;
        }
        self.drawn.clear();
        self.bits.fill(0);
        for next in 0..n_features {
            if next >= self.max_features && !self.drawn.is_empty() {
                break;
            }
            let from = next + below(rng, (n_features - next) as u32) as usize;
            self.permutation.swap(next, from);
            let feature = self.permutation[next];
            if varies(feature) {
                self.mark(feature);
            }
        }
    }

    /// The drawn features, in the order of the draw.
    pub(super) fn features(&self) -> &[u32] {
        &self.drawn
    }

    /// The drawn features as bits, [`LANES`] to a number.
    pub(super) fn bits(&self) -> &[u32] {
        &self.bits
    }

    fn mark(&mut self, feature: u32) {
        self.drawn.push(feature);
        self.bits[feature as usize / LANES] |= 1 << (feature as usize % LANES);
    }
}

/// One of `n` with equal chance; draws nothing if there is no choice.
pub(super) fn one_of(n: usize, rng: &mut ChaCha8Rng) -> usize {
    if n == 1 { 0 } else { below(rng, n as u32) as usize }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::draw::stream;

    #[test]
    fn each_feature_is_drawn_as_often_as_any_other() {
        let mut candidates = Candidates::new(40, 10);
        let (mut rng, mut seen) = (stream(1, 0), [0_u32; 40]);
        for _ in 0..4_000 {
            candidates.draw(&mut rng, |_| true);
            assert_eq!(candidates.features().len(), 10);
            for &feature in candidates.features() {
                assert_eq!(candidates.bits()[feature as usize / 32] >> (feature % 32) & 1, 1);
                seen[feature as usize] += 1;
            }
            assert_eq!(candidates.bits().iter().map(|bits| bits.count_ones()).sum::<u32>(), 10);
        }
        // Each count is binomial with standard deviation 27; five of them are allowed.
        assert!(seen.iter().all(|&count| count.abs_diff(1_000) < 137), "{seen:?}");
    }

    #[test]
    fn a_node_draws_on_until_a_feature_is_not_constant() {
        let mut candidates = Candidates::new(6, 1);
        for seed in 0..20 {
            candidates.draw(&mut stream(seed, 0), |feature| feature == 3);
            assert_eq!(candidates.features(), [3]);
        }
        candidates.draw(&mut stream(0, 0), |_| false);
        assert!(candidates.features().is_empty());
    }
}
