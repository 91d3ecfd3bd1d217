//! A *shuffle* puts things in an order that a seed decides. Splits deal flights and days by
//! it, `train` draws the settings that it tries.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Shuffles in place: every order is equally likely over the seeds (Fisher and Yates;
/// Knuth, *The Art of Computer Programming* 2, algorithm P).
pub fn shuffle<T>(things: &mut [T], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for last in (1..things.len()).rev() {
        let chosen = below(&mut rng, last as u64 + 1);
        things.swap(last, chosen as usize);
    }
}

/// A uniform integer below `bound`, which must be positive: draws that would favour small
/// results are drawn anew.
pub(super) fn below(rng: &mut ChaCha8Rng, bound: u64) -> u64 {
    let fair = u64::MAX - u64::MAX % bound;
    loop {
        let draw = rng.next_u64();
        if draw < fair {
            return draw % bound;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_everything_and_depends_on_the_seed_alone() {
        let shuffled = |seed| {
            let mut things: Vec<usize> = (0..100).collect();
            shuffle(&mut things, seed);
            things
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let mut sorted = shuffled(3);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn every_place_is_equally_likely() {
        let mut counts = [0_u32; 5];
        for seed in 0..5000 {
            let mut things = [0, 1, 2, 3, 4];
            shuffle(&mut things, seed);
            counts[things.iter().position(|t| *t == 0).unwrap()] += 1;
        }
        // Binomial with standard deviation 28; five of them are allowed.
        assert!(counts.iter().all(|count| count.abs_diff(1000) < 141), "{counts:?}");
    }
}
