//! *Splitter tests* compare every way to search a node with an oracle that is slow and plain.

use fearless_simd::Level;
use ndarray::{Array2, array};
use proptest::prelude::*;

use super::draw::stream;
use super::features::{Features, Ranks};
use super::node::{Ground, Node};
use super::params::{ForestParams, MaxFeatures, TargetScaling, Thresholds};
use super::rank::Rank;
use super::sample::Sample;
use super::split::Split;
use super::splitter::{Splitter, root_lists};
use super::targets::Targets;

const NAN: f32 = f32::NAN;

/// A node of all rows that were drawn at least once.
struct Case<'a> {
    x: &'a Array2<f32>,
    y: &'a Array2<f64>,
    counts: &'a [u32],
    params: ForestParams,
}

impl Case<'_> {
    /// The split that is found and the rows that it sends left, by vectors of a kind.
    fn best(&self, level: Level, narrow: bool) -> Option<(Split, Vec<usize>)> {
        let features = Features::with_width(self.x.view(), narrow).unwrap();
        let targets = Targets::new(self.y.view(), &self.params).unwrap();
        let sample = Sample::new(self.counts);
        match &features.ranks {
            Ranks::Narrow(ranks) => self.search(&features, ranks, &targets, &sample, level),
            Ranks::Wide(ranks) => self.search(&features, ranks, &targets, &sample, level),
        }
    }

    fn search<R: Rank>(
        &self,
        features: &Features,
        ranks: &[R],
        targets: &Targets,
        sample: &Sample,
        level: Level,
    ) -> Option<(Split, Vec<usize>)> {
        let ground = Ground { features, ranks, sample, params: &self.params, level };
        let lists = root_lists::<R>(features, sample, &self.params, level);
        let mut splitter = Splitter::new(ground, targets, &lists);
        let places: Vec<u32> = (0..sample.n_rows() as u32).collect();
        let node = Node { range: 0..places.len(), places: &places };
        let split = splitter.best(&node, &mut stream(self.params.seed, 0))?.split(features);
        let left = places.iter().filter(|&&place| splitter.goes_left(place));
        Some((split, left.map(|&place| sample.row(place) as usize).collect()))
    }

    fn rows(&self) -> Vec<usize> {
        (0..self.counts.len()).filter(|&row| self.counts[row] > 0).collect()
    }

    /// The squared error of some rows around their mean, over targets, by its definition.
    fn error(&self, targets: &Targets, rows: &[usize]) -> f64 {
        let weight: f64 = rows.iter().map(|&row| f64::from(self.counts[row])).sum();
        (0..self.y.ncols())
            .map(|target| {
                let value = |row: usize| targets.scaled(row as u32)[target];
                let weighted = |row: &usize| f64::from(self.counts[*row]) * value(*row);
                let mean = rows.iter().map(weighted).sum::<f64>() / weight;
                let square =
                    |row: &usize| f64::from(self.counts[*row]) * (value(*row) - mean).powi(2);
                rows.iter().map(square).sum::<f64>()
            })
            .sum()
    }

    fn decrease(&self, left: &[usize]) -> f64 {
        let targets = Targets::new(self.y.view(), &self.params).unwrap();
        let (left, right): (Vec<usize>, Vec<usize>) =
            self.rows().into_iter().partition(|row| left.contains(row));
        self.error(&targets, &self.rows())
            - self.error(&targets, &left)
            - self.error(&targets, &right)
    }

    /// The largest decrease of all cuts of all features, or `None` if there is no cut.
    fn largest_decrease(&self) -> Option<f64> {
        let rows = self.rows();
        let mut largest = None;
        for feature in 0..self.x.ncols() {
            let value = |row: usize| self.x[[row, feature]];
            for &threshold in rows.iter().map(|&row| self.x.get((row, feature)).unwrap()) {
                for missing_left in [false, true] {
                    let split = Split { feature: 0, threshold, missing_left };
                    let left: Vec<usize> =
                        rows.iter().copied().filter(|&row| split.goes_left(value(row))).collect();
                    let least = left.len().min(rows.len() - left.len());
                    if least >= self.params.min_samples_leaf {
                        let decrease = self.decrease(&left);
                        largest = Some(largest.map_or(decrease, |most: f64| most.max(decrease)));
                    }
                }
            }
        }
        largest
    }
}

/// All kinds of vectors that this processor has.
fn levels() -> Vec<Level> {
    let mut levels = vec![Level::new(), Level::baseline()];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        levels.extend(Level::new().as_sse4_2().map(Level::Sse4_2));
        levels.extend(Level::new().as_avx2().map(Level::Avx2));
    }
    levels
}

fn plain() -> ForestParams {
    ForestParams { target_scaling: TargetScaling::None, ..ForestParams::default() }
}

fn best(x: &Array2<f32>, y: &[f64], params: &ForestParams) -> Option<Split> {
    let y = Array2::from_shape_vec((y.len(), 1), y.to_vec()).unwrap();
    let counts = vec![1; y.nrows()];
    let case = Case { x, y: &y, counts: &counts, params: params.clone() };
    case.best(Level::new(), true).map(|(split, _)| split)
}

fn split(feature: u32, threshold: f32, missing_left: bool) -> Split {
    Split { feature, threshold, missing_left }
}

#[test]
fn the_best_of_two_features_is_cut_in_the_middle_of_the_gap() {
    let x = array![[3.0, 1.0], [1.0, 2.0], [2.0, 6.0], [4.0, 8.0]];
    assert_eq!(best(&x, &[0.0, 0.1, 5.0, 5.1], &plain()), Some(split(1, 4.0, false)));
}

#[test]
fn missing_values_learn_the_side_that_helps_most() {
    let x = array![[1.0], [2.0], [3.0], [4.0], [NAN]];
    assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0, 0.1], &plain()), Some(split(0, 2.5, true)));
    assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0, 8.9], &plain()), Some(split(0, 2.5, false)));
}

#[test]
fn present_against_missing_is_a_split_even_of_equal_values() {
    let x = array![[1.0], [1.0], [NAN], [NAN]];
    assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0], &plain()), Some(split(0, f32::MAX, false)));
    let limit = ForestParams { min_samples_leaf: 3, ..plain() };
    assert_eq!(best(&x, &[0.0, 0.0, 9.0, 9.0], &limit), None);
}

#[test]
fn without_missing_values_the_larger_side_takes_later_ones() {
    let x = array![[1.0], [2.0], [3.0]];
    assert_eq!(best(&x, &[0.0, 0.0, 9.0], &plain()), Some(split(0, 2.5, true)));
    assert_eq!(best(&x, &[0.0, 9.0, 9.0], &plain()), Some(split(0, 1.5, false)));
}

#[test]
fn small_sides_are_not_split_off() {
    let x = array![[1.0], [2.0], [3.0], [4.0]];
    let limit = ForestParams { min_samples_leaf: 2, ..plain() };
    assert_eq!(best(&x, &[0.0, 0.0, 0.0, 9.0], &limit), Some(split(0, 2.5, false)));
    let more = ForestParams { min_samples_leaf: 3, ..plain() };
    assert_eq!(best(&x, &[0.0, 1.0, 2.0, 9.0], &more), None);
    // A missing row counts on the side that it goes to.
    let x = array![[1.0], [2.0], [3.0], [NAN]];
    assert_eq!(best(&x, &[0.0, 5.0, 5.0, 0.1], &limit), Some(split(0, 1.5, true)));
}

#[test]
fn constant_and_wholly_missing_features_offer_no_split() {
    let x = array![[7.0, NAN], [7.0, NAN], [7.0, NAN]];
    for thresholds in [Thresholds::Best, Thresholds::Random] {
        assert_eq!(best(&x, &[0.0, 1.0, 2.0], &ForestParams { thresholds, ..plain() }), None);
    }
}

#[test]
fn a_split_that_gains_nothing_is_still_taken() {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    assert!(best(&x, &[0.0, 1.0, 1.0, 0.0], &plain()).is_some());
}

#[test]
fn equal_gains_are_broken_evenly_whatever_the_number_of_rows() {
    for n_rows in [3, 12, 80] {
        // The second feature mirrors the first, so that its sums run the other way round.
        let x = Array2::from_shape_fn((n_rows, 3), |(row, feature)| {
            let value = row as f32 + 0.1 * feature as f32;
            if feature == 1 { -value } else { value }
        });
        let y: Vec<f64> = (0..n_rows).map(|row| (row as f64 / 7.0).exp().sin() + 0.3).collect();
        let mut taken = [0_u32; 3];
        for seed in 0..900 {
            let params = ForestParams { seed, ..plain() };
            taken[best(&x, &y, &params).unwrap().feature as usize] += 1;
        }
        // Each count is binomial with standard deviation 14; five of them are allowed.
        assert!(taken.iter().all(|&count| count.abs_diff(300) < 70), "{n_rows} {taken:?}");
    }
}

#[test]
fn lengths_of_rows_that_differ_in_different_targets_do_not_overflow() {
    // The sum of lengths is then the sum over targets of the largest sum of distances.
    let x = Array2::from_shape_fn((240, 2), |(row, feature)| (row * (7 + feature) % 241) as f32);
    let y = Array2::from_shape_fn((240, 6), |(row, target)| {
        let sign = if row / 6 % 2 == 0 { 1.0 } else { -1.0 };
        if row % 6 == target { sign * (1.0 + f64::from(x[[row, 0]]) / 1e3) } else { 0.0 }
    });
    let case = Case { x: &x, y: &y, counts: &[1; 240], params: plain() };
    for level in levels() {
        let (_, left) = case.best(level, true).unwrap();
        assert!(case.decrease(&left) >= case.largest_decrease().unwrap() - 1e-6);
    }
}

#[test]
fn a_random_threshold_is_uniform_and_leaves_rows_on_both_sides() {
    let x = array![[0.0], [0.0], [10.0], [NAN]];
    let (mut below_five, mut missing_left) = (0, 0);
    for seed in 0..1_000 {
        let params = ForestParams { seed, thresholds: Thresholds::Random, ..plain() };
        let found = best(&x, &[0.0, 1.0, 2.0, 3.0], &params).unwrap();
        assert!((0.0..10.0).contains(&found.threshold));
        below_five += u32::from(found.threshold < 5.0);
        missing_left += u32::from(found.missing_left);
    }
    // Binomial with standard deviation 16; five of them are allowed.
    assert!(below_five.abs_diff(500) < 80 && missing_left.abs_diff(500) < 80);
}

/// A case: shape, cells on a coarse or a fine grid with some missing and some equal to the least
/// or the largest, targets, counts.
fn any_case() -> impl Strategy<Value = (Array2<f32>, Array2<f64>, Vec<u32>)> {
    let shape = (
        prop_oneof![2_usize..9, 9_usize..40, 40_usize..90, 90_usize..200],
        1_usize..40,
        1_usize..10,
    );
    let n_values = prop_oneof![Just(3_u32), Just(50), Just(100_000)];
    (shape, any::<u64>(), n_values, 0_u32..4, 0_u32..10).prop_map(
        |((n_rows, n_features, n_targets), seed, n_values, missing, equal)| {
            let mut rng = stream(seed, 1);
            let mut draw = |bound: u32| super::draw::below(&mut rng, bound);
            let x = Array2::from_shape_fn((n_rows, n_features), |(_, feature)| {
                if draw(10) < missing {
                    NAN
                } else if draw(10) < equal {
                    [-2.5, n_values as f32][feature % 2]
                } else {
                    draw(n_values) as f32 - 2.5
                }
            });
            let y = Array2::from_shape_fn((n_rows, n_targets), |(row, _)| {
                let cause = x[[row, 0]];
                let cause = if cause.is_nan() { 1.0 } else { f64::from(cause).sqrt().max(0.0) };
                cause + f64::from(draw(1_000)) / 100.0
            });
            let mut counts: Vec<u32> = (0..n_rows).map(|_| draw(4)).collect();
            (counts[0], counts[1]) = (1, 1);
            (x, y, counts)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_search_finds_a_split_as_good_as_the_oracles(
        (x, y, counts) in any_case(),
        min_samples_leaf in 1_usize..4,
        seed: u64,
    ) {
        let params = ForestParams { min_samples_leaf, seed, ..ForestParams::default() };
        let case = Case { x: &x, y: &y, counts: &counts, params };
        let expected = case.largest_decrease();
        let found: Vec<_> = levels().into_iter().map(|level| case.best(level, true)).collect();
        // Vectors of any length find the very same split.
        prop_assert!(found.iter().all(|other| *other == found[0]), "{found:?}");
        let wide = case.best(Level::new(), false);
        for found in [&found[0], &wide] {
            let Some((split, left)) = found else {
                prop_assert!(expected.is_none());
                continue;
            };
            let by_question: Vec<usize> = case.rows().into_iter()
                .filter(|&row| split.goes_left(x[[row, split.feature as usize]])).collect();
            prop_assert_eq!(left, &by_question);
            prop_assert!(left.len().min(case.rows().len() - left.len()) >= min_samples_leaf);
            let (decrease, expected) = (case.decrease(left), expected.unwrap());
            let targets = Targets::new(y.view(), &case.params).unwrap();
            let error = case.error(&targets, &case.rows());
            prop_assert!(decrease >= expected - 1e-6 * error, "{decrease} {expected} {error}");
        }
    }

    #[test]
    fn drawn_features_are_the_only_ones_searched(
        (x, y, counts) in any_case(),
        seed: u64,
    ) {
        let draw_one = ForestParams { max_features: MaxFeatures::Count(1), seed, ..plain() };
        let case = Case { x: &x, y: &y, counts: &counts, params: draw_one };
        if let Some((split, _)) = case.best(Level::new(), true) {
            let column = x.column(split.feature as usize).insert_axis(ndarray::Axis(1)).to_owned();
            let alone = Case { x: &column, params: plain(), ..case };
            let decrease = alone.decrease(&case.best(Level::new(), true).unwrap().1);
            let targets = Targets::new(y.view(), &plain()).unwrap();
            let error = alone.error(&targets, &alone.rows());
            prop_assert!(decrease >= alone.largest_decrease().unwrap() - 1e-6 * error);
        }
    }
}
