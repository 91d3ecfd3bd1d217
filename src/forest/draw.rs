//! A *draw* is a random choice; each tree draws from its own `ChaCha` stream.
//! `fitting` makes the streams, `splitter` draws features and breaks ties with them.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The generator of one tree: a function of the seed and the tree's index alone, so that
/// neither the number of threads nor the order in which trees are grown can change it.
pub(super) fn stream(seed: u64, tree: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(tree);
    rng
}

/// A uniform integer below `bound`, which must be positive. Multiplies instead of dividing
/// and rejects the few draws that would favour small results (Lemire, *Fast random integer
/// generation in an interval*, 2019).
pub(super) fn below(rng: &mut ChaCha8Rng, bound: u32) -> u32 {
    let mut product = u64::from(rng.next_u32()) * u64::from(bound);
    if (product as u32) < bound {
        let rejected = bound.wrapping_neg() % bound;
        while (product as u32) < rejected {
            product = u64::from(rng.next_u32()) * u64::from(bound);
        }
    }
    (product >> 32) as u32
}

/// How often each of `n_rows` rows occurs in a bootstrap sample of `n_drawn` rows.
pub(super) fn bootstrap_counts(rng: &mut ChaCha8Rng, n_rows: usize, n_drawn: usize) -> Vec<u32> {
    let mut counts = vec![0; n_rows];
    for _ in 0..n_drawn {
        counts[below(rng, n_rows as u32) as usize] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_below_a_bound_are_uniform() {
        let mut rng = stream(1, 0);
        let mut seen = [0_u32; 7];
        for _ in 0..70_000 {
            seen[below(&mut rng, 7) as usize] += 1;
        }
        // Each count is binomial with standard deviation 93; five of them are allowed.
        assert!(seen.iter().all(|&count| count.abs_diff(10_000) < 465), "{seen:?}");
        assert_eq!(below(&mut rng, 1), 0);
    }

    #[test]
    fn streams_differ_by_seed_and_by_tree() {
        let first = |seed, tree| stream(seed, tree).next_u64();
        assert_eq!(first(3, 4), first(3, 4));
        assert_ne!(first(3, 4), first(3, 5));
        assert_ne!(first(3, 4), first(4, 4));
    }

    #[test]
    fn a_bootstrap_draws_as_many_rows_as_there_are_and_leaves_some_out() {
        let counts = bootstrap_counts(&mut stream(1, 0), 1_000, 1_000);
        assert_eq!(counts.iter().sum::<u32>(), 1_000);
        let left_out = counts.iter().filter(|&&count| count == 0).count();
        // The expectation is 1000/e = 368 with a standard deviation below 16.
        assert!(left_out.abs_diff(368) < 64, "{left_out}");
    }
}
