//! A *criterion* says how much a split would help: the decrease of the squared error of all
//! targets. `grow` loads a node into it, `splitter` asks it about candidate splits.
//!
//! With row weights w and a node whose rows weigh W, the squared error of target k around
//! its mean is W times its weighted variance. Cutting the node into sides of weights a and
//! b (a + b = W) decreases it by `a b / W (mean_a - mean_b)^2`. Let S be the sum over the
//! first side of w times the distance from the node's mean: then `mean_a = S / a` and,
//! since the distances of the whole node sum to zero, `mean_b = -S / b`, both from the
//! node's mean. The decrease is therefore `S^2 W / (a b)`, which needs no sum over the other
//! side. It differs from scikit-learn's `proxy_impurity_improvement` (`_criterion.pyx`,
//! `MSE`) by a constant of the node only, so both rank splits alike; distances from the
//! node's own mean keep their digits in nodes that are small against the whole.

use super::training::TrainingSet;

/// The targets of one node, as distances from their mean. Buffers are reused from node to
/// node.
pub(super) struct Criterion {
    n_targets: usize,
    /// Weight of each of the node's rows: how often the bootstrap drew it.
    weights: Vec<f64>,
    /// `(n_node_rows, n_targets)`: weight times distance from the node's mean.
    distances: Vec<f64>,
    mean: Vec<f64>,
    /// Sum of all weights.
    weight: f64,
    /// Squared error of the node, summed over targets: the largest possible decrease.
    error: f64,
}

impl Criterion {
    pub(super) fn new(n_targets: usize) -> Self {
        Self {
            n_targets,
            weights: Vec::new(),
            distances: Vec::new(),
            mean: vec![0.0; n_targets],
            weight: 0.0,
            error: 0.0,
        }
    }

    /// Loads a node; `counts` are the bootstrap counts of all rows of the training set.
    pub(super) fn load(&mut self, data: &TrainingSet, rows: &[u32], counts: &[u32]) {
        self.weights.clear();
        self.weights.extend(rows.iter().map(|&row| f64::from(counts[row as usize])));
        self.weight = self.weights.iter().sum();
        self.mean.fill(0.0);
        for (&row, &weight) in rows.iter().zip(&self.weights) {
            for (mean, target) in self.mean.iter_mut().zip(data.scaled_targets(row)) {
                *mean += weight * target;
            }
        }
        for mean in &mut self.mean {
            *mean /= self.weight;
        }
        self.distances.clear();
        self.error = 0.0;
        for (&row, &weight) in rows.iter().zip(&self.weights) {
            for (mean, target) in self.mean.iter().zip(data.scaled_targets(row)) {
                let distance = target - mean;
                self.error += weight * distance * distance;
                self.distances.push(weight * distance);
            }
        }
    }

    /// The squared error of the loaded node, summed over targets.
    pub(super) fn error(&self) -> f64 {
        self.error
    }

    /// The decrease of the squared error, summed over targets, if `side` is split off.
    pub(super) fn decrease(&self, side: &Side) -> f64 {
        side.sums.iter().map(|sum| sum * sum).sum::<f64>() * self.factor(side)
    }

    /// Adds the decrease of each target's squared error if `side` is split off.
    pub(super) fn add_decreases(&self, side: &Side, decreases: &mut [f64]) {
        let factor = self.factor(side);
        for (decrease, sum) in decreases.iter_mut().zip(&side.sums) {
            *decrease += sum * sum * factor;
        }
    }

    fn factor(&self, side: &Side) -> f64 {
        self.weight / (side.weight * (self.weight - side.weight))
    }
}

/// Running sums over the rows on one side of a split.
pub(super) struct Side {
    weight: f64,
    /// Sum of weight times distance from the node's mean, by target.
    sums: Vec<f64>,
}

impl Side {
    pub(super) fn new(n_targets: usize) -> Self {
        Self { weight: 0.0, sums: vec![0.0; n_targets] }
    }

    pub(super) fn clear(&mut self) {
        self.weight = 0.0;
        self.sums.fill(0.0);
    }

    /// Adds the row at `position` of the rows that were loaded into the criterion.
    pub(super) fn add(&mut self, criterion: &Criterion, position: usize) {
        self.weight += criterion.weights[position];
        let n_targets = criterion.n_targets;
        let distances = &criterion.distances[position * n_targets..][..n_targets];
        for (sum, distance) in self.sums.iter_mut().zip(distances) {
            *sum += distance;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::forest::params::TargetScaling;

    fn loaded(y: &Array2<f64>, counts: &[u32]) -> Criterion {
        let x = Array2::zeros((y.nrows(), 1));
        let data = TrainingSet::new(x.view(), y.view(), TargetScaling::None).unwrap();
        let rows: Vec<u32> = (0..y.nrows() as u32).filter(|&r| counts[r as usize] > 0).collect();
        let mut criterion = Criterion::new(y.ncols());
        criterion.load(&data, &rows, counts);
        criterion
    }

    fn side(criterion: &Criterion, positions: &[usize]) -> Side {
        let mut side = Side::new(criterion.n_targets);
        for &position in positions {
            side.add(criterion, position);
        }
        side
    }

    #[test]
    fn a_hand_worked_split_decreases_the_squared_error_as_it_should() {
        // Values 1, 2, 6 have mean 3 and squared error 4 + 1 + 9 = 14. Splitting off the 6
        // leaves 1 and 2 around 1.5, an error of 0.5: a decrease of 13.5.
        let criterion = loaded(&array![[1.0], [2.0], [6.0]], &[1, 1, 1]);
        assert_eq!(criterion.error(), 14.0);
        assert_eq!(criterion.decrease(&side(&criterion, &[0, 1])), 13.5);
        assert_eq!(criterion.decrease(&side(&criterion, &[2])), 13.5);
    }

    #[test]
    fn a_weight_counts_as_that_many_equal_rows() {
        let weighted = loaded(&array![[1.0, 7.0], [9.0, 9.0], [5.0, -2.0]], &[2, 0, 3]);
        let repeated =
            loaded(&array![[1.0, 7.0], [1.0, 7.0], [5.0, -2.0], [5.0, -2.0], [5.0, -2.0]], &[1; 5]);
        assert!((weighted.error() - repeated.error()).abs() < 1e-12);
        let decrease = weighted.decrease(&side(&weighted, &[0]));
        assert!((decrease - repeated.decrease(&side(&repeated, &[0, 1]))).abs() < 1e-12);
        // Two pure sides: the split removes all of the error.
        assert!((decrease - weighted.error()).abs() < 1e-12);
    }

    #[test]
    fn the_decreases_of_the_targets_sum_to_the_decrease() {
        let criterion = loaded(&array![[1.0, 0.0], [2.0, 5.0], [6.0, 5.0]], &[1, 2, 1]);
        let left = side(&criterion, &[0]);
        let mut by_target = [0.0; 2];
        criterion.add_decreases(&left, &mut by_target);
        assert!((by_target.iter().sum::<f64>() - criterion.decrease(&left)).abs() < 1e-12);
        assert_eq!(by_target[1], 18.75);
    }
}
