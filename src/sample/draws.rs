//! Draws are random numbers from a named stream, so that no two uses share a generator.
//!
//! Every part of the generator makes its own from (seed, stream, index); which thread runs
//! it, and in which order, cannot change what it draws.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the numbers are for; the discriminants are part of the generator's output.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Weather = 1,
    Network = 2,
    Timetable = 3,
    Schedule = 4,
    Flight = 5,
    Dirt = 6,
}

/// A seeded source of numbers.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    pub(super) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(stream as u64).to_le_bytes());
        key[16..24].copy_from_slice(&index.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in [0, 1), from the upper 53 bits.
    pub(super) fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// Uniform in [low, high).
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with the given probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// 1 or -1.
    pub(super) fn sign(&mut self) -> f64 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// Uniform in 0..n; `n` must not be 0.
    pub(super) fn index(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n - 1)
    }

    /// Standard normal: Box and Muller (1958), <https://doi.org/10.1214/aoms/1177706645>.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.unit())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// Exponential with the given mean.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.unit())
    }

    /// Standard Gumbel: the noise that turns utilities into multinomial-logit choices.
    pub(super) fn gumbel(&mut self) -> f64 {
        -libm::log(-libm::log(1.0 - self.unit()) + f64::MIN_POSITIVE)
    }

    /// An index with probability proportional to its weight; `weights` must not be empty.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
            last = index;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_and_indices_do_not_share_numbers() {
        let first = |stream, index| Draws::new(7, stream, index).0.next_u64();
        assert_eq!(first(Stream::Flight, 3), first(Stream::Flight, 3));
        assert_ne!(first(Stream::Flight, 3), first(Stream::Flight, 4));
        assert_ne!(first(Stream::Flight, 3), first(Stream::Dirt, 3));
    }

    #[test]
    fn normals_have_mean_zero_and_unit_variance() {
        let mut draws = Draws::new(1, Stream::Flight, 0);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..20_000 {
            let x = draws.normal();
            sum += x;
            squares += x * x;
        }
        // Standard errors are 0.007 and 0.01.
        assert!((sum / 20_000.0).abs() < 0.03);
        assert!((squares / 20_000.0 - 1.0).abs() < 0.04);
    }

    #[test]
    fn weights_set_the_shares() {
        let mut draws = Draws::new(1, Stream::Flight, 1);
        let mut counts = [0; 3];
        for _ in 0..10_000 {
            counts[draws.weighted([1.0, 0.0, 3.0].into_iter())] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
    }
}
