//! *Resampling* says how far a skill may be off for want of days: flights of one day share
//! their weather and their traffic, so days are drawn anew, not flights.
//!
//! `metrics` asks it for the interval of each skill.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rayon::prelude::*;

use super::shuffle::below;
use super::statistics::{quantile, skill};

/// Samples that are drawn.
const N_RESAMPLES: u64 = 1000;
/// The ends of the interval, as shares of the drawn skills: 95 % lie between them.
const ENDS: [f64; 2] = [0.025, 0.975];
/// An interval from fewer days than this would say more of them than of the skill.
const FEWEST_UNITS: usize = 5;

/// Sums of absolute errors by unit, a day or a flight; `(n_units)` each.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct UnitSums {
    /// Those of the model.
    pub(super) model: Vec<f64>,
    /// Those of the yardstick on the same flights.
    pub(super) yardstick: Vec<f64>,
}

/// The 95 % interval of the skill of each of `sums`, all over the same units: the percentile
/// interval of the bootstrap (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993,
/// chapter 13), in which as many units as there are get drawn with replacement, 1,000 times.
/// One drawing serves all sums. None for fewer than five units, or where the skill of a drawn
/// sample is undefined. Depends on the order of the units and the seed, and on no thread.
pub(super) fn skill_intervals(sums: &[UnitSums], seed: u64) -> Vec<Option<(f64, f64)>> {
    let n_units = sums.first().map_or(0, |sums| sums.model.len());
    if n_units < FEWEST_UNITS {
        return vec![None; sums.len()];
    }
    let drawn: Vec<Vec<Option<f64>>> = (0..N_RESAMPLES)
        .into_par_iter()
        .map(|number| {
            let times = draw(n_units, seed, number);
            let total = |values: &[f64]| values.iter().zip(&times).map(|(v, n)| v * n).sum::<f64>();
            // Both sums are of as many flights, so their ratio is that of the means.
            sums.iter().map(|sums| skill(total(&sums.model), total(&sums.yardstick))).collect()
        })
        .collect();
    let interval = |of: usize| {
        let mut skills = drawn.iter().map(|skills| skills[of]).collect::<Option<Vec<f64>>>()?;
        skills.sort_by(f64::total_cmp);
        quantile(&skills, ENDS[0]).zip(quantile(&skills, ENDS[1]))
    };
    (0..sums.len()).map(interval).collect()
}

/// How many times each unit is in the sample of a number.
fn draw(n_units: usize, seed: u64, number: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let mut times = vec![0.0; n_units];
    for _ in 0..n_units {
        times[below(&mut rng, n_units as u64) as usize] += 1.0;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::noise;

    /// Units whose model errs by half of what the yardstick does, give or take.
    fn sums(n_units: usize, jitter: f64) -> UnitSums {
        let yardstick: Vec<f64> = (0..n_units).map(|unit| 10.0 + noise(unit, 1)).collect();
        let model =
            yardstick.iter().enumerate().map(|(unit, y)| y * (0.5 + jitter * noise(unit, 2)));
        UnitSums { model: model.collect(), yardstick }
    }

    #[test]
    fn the_interval_is_as_wide_as_the_theory_of_a_mean_says() {
        let (n, jitter) = (200, 0.6);
        let found = skill_intervals(&[sums(n, jitter)], 1)[0].unwrap();
        // Uniform noise of width `jitter` has the standard deviation jitter / sqrt(12); that
        // of a mean is smaller by the root of n; 95 % of a normal lie within 1.96 of them.
        let expected = 1.96 * jitter / 12_f64.sqrt() / (n as f64).sqrt();
        let half = (found.1 - found.0) / 2.0;
        assert!((half / expected - 1.0).abs() < 0.15, "{half} {expected}");
        assert!((f64::midpoint(found.0, found.1) - 0.5).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn intervals_hold_the_true_skill_about_95_times_in_a_hundred() {
        let mut held = 0;
        for world in 0..200 {
            let units = 60;
            let of = |channel: usize| move |unit: usize| noise(world * units + unit, channel);
            let yardstick: Vec<f64> = (0..units).map(|unit| 2.0 + of(3)(unit)).collect();
            let model = (0..units).map(|unit| yardstick[unit] * (0.7 + 0.5 * of(4)(unit)));
            let sums = UnitSums { model: model.collect(), yardstick };
            let (lower, upper) = skill_intervals(&[sums], 9)[0].unwrap();
            held += usize::from(lower <= 0.3 && 0.3 <= upper);
        }
        // Binomial of 200 with 95 %: standard deviation 3; the bootstrap falls a bit short.
        assert!((180..=198).contains(&held), "{held}");
    }

    #[test]
    fn equal_seeds_draw_equally_at_any_number_of_threads_and_others_do_not() {
        let all = [sums(30, 0.5), sums(30, 0.2)];
        let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        let one = pool(1).install(|| skill_intervals(&all, 5));
        assert_eq!(one, pool(3).install(|| skill_intervals(&all, 5)));
        assert_ne!(one, skill_intervals(&all, 6));
        // Drawn together or alone is the same.
        assert_eq!(one[1..], skill_intervals(&all[1..], 5));
    }

    #[test]
    fn few_units_and_a_perfect_yardstick_have_no_interval() {
        assert_eq!(skill_intervals(&[sums(4, 0.5)], 1), [None]);
        assert!(skill_intervals(&[sums(5, 0.5)], 1)[0].is_some());
        let mut perfect = sums(20, 0.5);
        perfect.yardstick.fill(0.0);
        assert_eq!(skill_intervals(&[perfect], 1), [None]);
        assert!(skill_intervals(&[], 1).is_empty());
    }
}
