//! A *criterion* says how much a split would help: the decrease of the squared error of all
//! targets. `grow` loads a node into it, `scan` and `subsets` compare splits by it.
//!
//! With row weights w and a node whose rows weigh W, the squared error of target k around
//! its mean is W times its weighted variance. Cutting the node into sides of weights a and
//! b (a + b = W) decreases it by `a b / W (mean_a - mean_b)^2`. Let S be the sum over the
//! first side of w times the distance from the node's mean: then `mean_a = S / a` and,
//! since the distances of the whole node sum to zero, `mean_b = -S / b`, both from the
//! node's mean. The decrease is therefore `S^2 W / (a b)`, which needs no sum over the other
//! side. It differs from scikit-learn's `proxy_impurity_improvement` (`_criterion.pyx`,
//! `MSE`) by a constant of the node only, so both rank splits alike.
//!
//! Distances are whole numbers here: multiples of 2^-29 of the node's largest sum of
//! absolute weighted distances, rounded so that they still sum to zero. Sums of whole
//! numbers do not depend on their order, so that two features that part a node's rows alike
//! score equal to the last bit and lots are drawn between them, whatever the order in which
//! each goes through the rows; with floating point, rounding would choose, which costs
//! accuracy. It also makes vectors of any length, and so any processor, grow the same tree.
//! The rounding moves a sum over n rows by about `sqrt(n / 12)` units, 2^-24 of the node's
//! largest sum at 50,000 rows: less than single-precision sums would lose.

use super::rank::Entry;
use super::sample::Sample;
use super::targets::Targets;

/// What the largest sum of absolute distances, over targets, becomes, so that no sum over some
/// rows leaves 32 bits.
const LARGEST_SUM: f64 = (1 << 29) as f64;

/// Units of a distance in one of a length: where each target varies in other rows, lengths
/// over six targets sum to six times [`LARGEST_SUM`].
pub(super) const PER_LENGTH: f64 = 4.0;

/// Numbers in one vector of sums.
pub(super) const BLOCK: usize = 8;
/// Where a [`Distances::Block`] has the length of the row's distance over all targets, in
/// units of [`PER_LENGTH`], rounded up.
pub(super) const LENGTH: usize = 6;
/// Where a [`Distances::Block`] has the row's weight.
pub(super) const WEIGHT: usize = 7;

/// The targets of one node, as whole distances from their mean. Buffers are reused from
/// node to node.
pub(super) struct Criterion {
    n_targets: usize,
    /// `(n_rows, n_targets)`: the scaled targets of the sample.
    targets: Vec<f64>,
    mean: Vec<f64>,
    /// Sum of all weights.
    weight: u64,
    /// `(n_node_rows, n_targets)`: weight times distance from the node's mean, whole.
    whole: Vec<i32>,
    by_place: Distances,
}

/// Distances by place in the sample, in the layout that `scan` sums.
pub(super) enum Distances {
    /// One target: the distance in the upper half, the weight in the lower, so that one
    /// addition adds both.
    One(Vec<u64>),
    /// Two to six targets, then [`LENGTH`] and [`WEIGHT`].
    Block(Vec<[i32; BLOCK]>),
    /// Any number of targets.
    Several {
        /// Vectors of a row.
        n_blocks: usize,
        /// `(n_rows, n_blocks)`, padded with zero.
        blocks: Vec<[i32; BLOCK]>,
        /// How often each row was drawn.
        weights: Vec<i32>,
    },
}

impl Criterion {
    pub(super) fn new<E: Entry>(sample: &Sample, targets: &Targets) -> Self {
        let (n_rows, n_targets) = (sample.n_rows(), targets.n_targets);
        let by_place = if n_targets == 1 {
            Distances::One(vec![0; E::table_len(n_rows)])
        } else if n_targets <= LENGTH {
            Distances::Block(vec![[0; BLOCK]; E::table_len(n_rows)])
        } else {
            let n_blocks = n_targets.div_ceil(BLOCK);
            Distances::Several {
                n_blocks,
                blocks: vec![[0; BLOCK]; n_rows * n_blocks],
                weights: (0..n_rows as u32).map(|place| sample.count(place) as i32).collect(),
            }
        };
        let scaled = (0..n_rows as u32).flat_map(|place| targets.scaled(sample.row(place)));
        Self {
            n_targets,
            targets: scaled.copied().collect(),
            mean: vec![0.0; n_targets],
            weight: 0,
            whole: Vec::new(),
            by_place,
        }
    }

    /// Begins another tree from the same sample.
    pub(super) fn restart<E: Entry>(&mut self, sample: &Sample, targets: &Targets) {
        if targets.n_targets != self.n_targets {
            *self = Self::new::<E>(sample, targets);
            return;
        }
        let scaled =
            (0..sample.n_rows() as u32).flat_map(|place| targets.scaled(sample.row(place)));
        self.targets.clear();
        self.targets.extend(scaled);
    }

    /// Loads a node.
    #[inline(always)]
    pub(super) fn load(&mut self, sample: &Sample, places: &[u32]) {
        self.weight = places.iter().map(|&place| u64::from(sample.count(place))).sum();
        match self.n_targets {
            1 => self.load_few::<1>(sample, places),
            2 => self.load_few::<2>(sample, places),
            3 => self.load_few::<3>(sample, places),
            4 => self.load_few::<4>(sample, places),
            5 => self.load_few::<5>(sample, places),
            _ => self.load_many(sample, places),
        }
    }

    /// The scaled targets of a row.
    #[inline(always)]
    fn of(&self, place: u32) -> &[f64] {
        &self.targets[place as usize * self.n_targets..][..self.n_targets]
    }

    /// As [`load_many`](Self::load_many), for `K` targets, whose sums stay in registers.
    #[inline(always)]
    fn load_few<const K: usize>(&mut self, sample: &Sample, places: &[u32]) {
        let (targets, _) = self.targets.as_chunks::<K>();
        let rows = || {
            places.iter().map(|&place| (f64::from(sample.count(place)), &targets[place as usize]))
        };
        let mut mean = [0.0; K];
        for (weight, targets) in rows() {
            for target in 0..K {
                mean[target] += weight * targets[target];
            }
        }
        mean = mean.map(|sum| sum / self.weight as f64);
        let mut lengths = [0.0; K];
        for (weight, targets) in rows() {
            for target in 0..K {
                lengths[target] += weight * (targets[target] - mean[target]).abs();
            }
        }
        let unit = unit(&lengths);
        let mut sums = [0_i64; K];
        self.whole.clear();
        for (weight, targets) in rows() {
            let factor = weight * unit;
            let whole: [i32; K] =
                std::array::from_fn(|target| rounded(factor * (targets[target] - mean[target])));
            for target in 0..K {
                sums[target] += i64::from(whole[target]);
            }
            self.whole.extend_from_slice(&whole);
        }
        self.mean.copy_from_slice(&mean);
        for (target, sum) in sums.into_iter().enumerate() {
            self.cancel(target, sum);
        }
    }

    /// Finds the mean of each target, the unit, and the distances as whole numbers.
    #[inline(always)]
    fn load_many(&mut self, sample: &Sample, places: &[u32]) {
        let mut mean = vec![0.0; self.n_targets];
        for &place in places {
            let weight = f64::from(sample.count(place));
            for (mean, target) in mean.iter_mut().zip(self.of(place)) {
                *mean += weight * target;
            }
        }
        for mean in &mut mean {
            *mean /= self.weight as f64;
        }
        self.mean = mean;
        let mut lengths = vec![0.0; self.n_targets];
        for &place in places {
            let weight = f64::from(sample.count(place));
            let distances = self.of(place).iter().zip(&self.mean);
            for (length, (target, mean)) in lengths.iter_mut().zip(distances) {
                *length += weight * (target - mean).abs();
            }
        }
        let unit = unit(&lengths);
        let mut sums = vec![0_i64; self.n_targets];
        let mut whole = std::mem::take(&mut self.whole);
        whole.clear();
        for &place in places {
            let factor = f64::from(sample.count(place)) * unit;
            let distances = self.of(place).iter().zip(&self.mean);
            for (sum, (target, mean)) in sums.iter_mut().zip(distances) {
                let distance = rounded(factor * (target - mean));
                *sum += i64::from(distance);
                whole.push(distance);
            }
        }
        self.whole = whole;
        for (target, sum) in sums.into_iter().enumerate() {
            self.cancel(target, sum);
        }
    }

    /// Copies the loaded node's distances to where `scan` finds them.
    #[inline(always)]
    pub(super) fn spread(&mut self, sample: &Sample, places: &[u32]) {
        let rows = self.whole.chunks_exact(self.n_targets).zip(places);
        match &mut self.by_place {
            Distances::One(packed) => {
                for (row, &place) in rows {
                    let distance = u64::from(row[0].cast_unsigned()) << 32;
                    packed[place as usize] = distance | u64::from(sample.count(place));
                }
            }
            Distances::Block(blocks) => {
                for (row, &place) in rows {
                    let block = &mut blocks[place as usize];
                    block[..row.len()].copy_from_slice(row);
                    let squares = row.iter().map(|&distance| f64::from(distance).powi(2));
                    block[LENGTH] = (squares.sum::<f64>().sqrt() / PER_LENGTH) as i32 + 1;
                    block[WEIGHT] = sample.count(place) as i32;
                }
            }
            Distances::Several { n_blocks, blocks, .. } => {
                for (row, &place) in rows {
                    let blocks = &mut blocks[place as usize * *n_blocks..][..*n_blocks];
                    for (block, distances) in blocks.iter_mut().zip(row.chunks(BLOCK)) {
                        block[..distances.len()].copy_from_slice(distances);
                    }
                }
            }
        }
    }

    /// Whether no split could decrease the criterion: all rows have the same targets.
    /// scikit-learn asks for an impurity below 2.2e-16 instead, which would depend on the
    /// unit.
    pub(super) fn is_settled(&self, places: &[u32]) -> bool {
        let first = self.of(places[0]);
        places.iter().all(|&place| self.of(place) == first)
    }

    /// `(n_node_rows, n_targets)`: weight times distance of the loaded rows, whole.
    pub(super) fn whole(&self) -> &[i32] {
        &self.whole
    }

    pub(super) fn n_targets(&self) -> usize {
        self.n_targets
    }

    pub(super) fn by_place(&self) -> &Distances {
        &self.by_place
    }

    /// Weight of the loaded node.
    pub(super) fn weight(&self) -> f32 {
        self.weight as f32
    }

    /// Adds the decrease of each target's squared error, in the scale of the targets that
    /// the criterion sees, if `left` is split off the loaded node.
    pub(super) fn add_decreases(&self, sample: &Sample, left: &[u32], decreases: &mut [f64]) {
        let weight: u64 = left.iter().map(|&place| u64::from(sample.count(place))).sum();
        let other = self.weight - weight;
        let factor = self.weight as f64 / (weight as f64 * other as f64);
        for (target, (decrease, mean)) in decreases.iter_mut().zip(&self.mean).enumerate() {
            let distance =
                |&place: &u32| f64::from(sample.count(place)) * (self.of(place)[target] - mean);
            let sum: f64 = left.iter().map(distance).sum();
            *decrease += sum * sum * factor;
        }
    }

    /// Moves distances of a target by one unit each until they sum to zero instead of `sum`.
    /// Each was off by up to half a unit, so that there are always enough rows.
    #[inline(always)]
    fn cancel(&mut self, target: usize, mut sum: i64) {
        for distance in self.whole.iter_mut().skip(target).step_by(self.n_targets) {
            if sum == 0 {
                break;
            }
            *distance -= sum.signum() as i32;
            sum -= sum.signum();
        }
    }
}

/// Units in a distance of 1, from the sum of absolute weighted distances of each target.
fn unit(lengths: &[f64]) -> f64 {
    let largest = lengths.iter().fold(0.0_f64, |largest, &length| largest.max(length));
    if largest > 0.0 { LARGEST_SUM / largest } else { 0.0 }
}

/// The nearest whole number of one below 2^31. Adding 1.5 * 2^52 leaves no bits for a
/// fraction and puts the whole number into the lowest ones; `round` would be a call into the
/// C library on processors without SSE4.1.
#[inline(always)]
fn rounded(value: f64) -> i32 {
    (value + 6_755_399_441_055_744.0).to_bits() as i32
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::forest::params::{ForestParams, TargetScaling};

    fn loaded(y: &Array2<f64>, counts: &[u32]) -> (Sample, Criterion) {
        let params = ForestParams { target_scaling: TargetScaling::None, ..Default::default() };
        let targets = Targets::new(y.view(), &params).unwrap();
        let sample = Sample::new(counts);
        let mut criterion = Criterion::new::<u32>(&sample, &targets);
        let places: Vec<u32> = (0..sample.n_rows() as u32).collect();
        criterion.load(&sample, &places);
        (sample, criterion)
    }

    fn decreases(y: &Array2<f64>, counts: &[u32], left: &[u32]) -> Vec<f64> {
        let (sample, criterion) = loaded(y, counts);
        let mut decreases = vec![0.0; y.ncols()];
        criterion.add_decreases(&sample, left, &mut decreases);
        decreases
    }

    #[test]
    fn a_hand_worked_split_decreases_the_squared_error_as_it_should() {
        // Values 1, 2, 6 have mean 3 and squared error 4 + 1 + 9 = 14. Splitting off the 6
        // leaves 1 and 2 around 1.5, an error of 0.5: a decrease of 13.5.
        let y = array![[1.0], [2.0], [6.0]];
        assert_eq!(decreases(&y, &[1, 1, 1], &[0, 1]), [13.5]);
        assert_eq!(decreases(&y, &[1, 1, 1], &[2]), [13.5]);
    }

    #[test]
    fn a_weight_counts_as_that_many_equal_rows() {
        let weighted = decreases(&array![[1.0, 7.0], [9.0, 9.0], [5.0, -2.0]], &[2, 0, 3], &[0]);
        let rows = array![[1.0, 7.0], [1.0, 7.0], [5.0, -2.0], [5.0, -2.0], [5.0, -2.0]];
        let repeated = decreases(&rows, &[1; 5], &[0, 1]);
        for (weighted, repeated) in weighted.iter().zip(&repeated) {
            assert!((weighted - repeated).abs() < 1e-12, "{weighted} {repeated}");
        }
    }

    #[test]
    fn whole_distances_sum_to_zero_and_are_near_the_true_ones() {
        for n_targets in [1, 3, 5, 7, 20] {
            let y = Array2::from_shape_fn((500, n_targets), |(row, target)| {
                ((row * (target + 3)) as f64).sin() * 10_f64.powi(target as i32 % 3)
            });
            let counts: Vec<u32> = (0..500).map(|row| row % 4).collect();
            let (sample, criterion) = loaded(&y, &counts);
            let rows = || criterion.whole().chunks_exact(n_targets);
            for target in 0..n_targets {
                let sum: i64 = rows().map(|row| i64::from(row[target])).sum();
                assert_eq!(sum, 0);
            }
            let lengths: f64 = rows().map(|row| f64::from(row[n_targets - 1].abs())).sum();
            assert!(lengths <= LARGEST_SUM + 500.0);
            // Ratios of distances survive the rounding.
            let distance = |place: u32| {
                f64::from(sample.count(place)) * (criterion.of(place)[0] - criterion.mean[0])
            };
            let whole = |place: u32| f64::from(criterion.whole()[place as usize * n_targets]);
            let (a, b) = (whole(7) / distance(7), whole(100) / distance(100));
            assert!((a / b - 1.0).abs() < 1e-4, "{a} {b}");
        }
    }
}
