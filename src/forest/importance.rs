//! An *importance* is the share of the explained squared error that a feature's splits
//! account for. `fitting` averages them over trees, reports show them.
//!
//! Mean decrease in impurity, after scikit-learn: a tree's decreases are divided by their
//! sum (`tree_.compute_feature_importances(normalize=True)`), the mean over trees is divided
//! by its sum again (`BaseForest.feature_importances_`). Trees without any decrease are left
//! out of the mean, which the last division makes immaterial.

use ndarray::{Array2, ArrayView1, ArrayView2};

/// Impurity importances; every number is at least 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Importances {
    pub(super) overall: Vec<f64>,
    pub(super) by_target: Array2<f64>,
}

impl Importances {
    /// `(n_features)`: by the decrease of all targets in the scale of the criterion. Sums to
    /// 1, or is 0 throughout if no tree explained anything.
    #[must_use]
    pub fn overall(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.overall)
    }

    /// `(n_features, n_targets)`: by the decrease of one target's own squared error. Each
    /// column sums to 1, or is 0 throughout, as for a constant target.
    #[must_use]
    pub fn by_target(&self) -> ArrayView2<'_, f64> {
        self.by_target.view()
    }

    /// The mean over trees of the decreases `(n_features, n_targets)` that each tree found.
    pub(super) fn average<'a>(
        trees: impl Iterator<Item = &'a [f64]>,
        (n_features, n_targets): (usize, usize),
    ) -> Self {
        let mut overall = vec![0.0; n_features];
        let mut by_target = vec![vec![0.0; n_features]; n_targets];
        for decreases in trees {
            let rows = || decreases.chunks_exact(n_targets);
            add_shares(&mut overall, rows().map(|row| row.iter().sum()));
            for (target, shares) in by_target.iter_mut().enumerate() {
                add_shares(shares, rows().map(|row| row[target]));
            }
        }
        normalise(&mut overall);
        for shares in &mut by_target {
            normalise(shares);
        }
        let by_target =
            Array2::from_shape_fn((n_features, n_targets), |(row, column)| by_target[column][row]);
        Self { overall, by_target }
    }
}

/// Adds each feature's share of the tree's total.
fn add_shares(shares: &mut [f64], decreases: impl Iterator<Item = f64> + Clone) {
    let total: f64 = decreases.clone().sum();
    if total > 0.0 {
        for (share, decrease) in shares.iter_mut().zip(decreases) {
            *share += decrease / total;
        }
    }
}

fn normalise(shares: &mut [f64]) {
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        for share in shares {
            *share /= total;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn each_tree_counts_alike_however_much_it_explained() {
        // Two features, two targets; the second target is constant, the third tree a leaf.
        let trees: [&[f64]; 3] =
            [&[30.0, 0.0, 10.0, 0.0], &[1.0, 0.0, 3.0, 0.0], &[0.0, 0.0, 0.0, 0.0]];
        let importances = Importances::average(trees.into_iter(), (2, 2));
        assert_eq!(importances.overall(), array![0.5, 0.5]);
        assert_eq!(importances.by_target(), array![[0.5, 0.0], [0.5, 0.0]]);
    }

    #[test]
    fn overall_weighs_targets_by_their_decrease_and_by_target_does_not() {
        let importances = Importances::average([&[9.0, 0.0, 0.0, 1.0][..]].into_iter(), (2, 2));
        assert_eq!(importances.overall(), array![0.9, 0.1]);
        assert_eq!(importances.by_target(), array![[1.0, 0.0], [0.0, 1.0]]);
    }
}
