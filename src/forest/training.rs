//! A *training set* is a checked copy of the matrices in the layout that growing reads.
//! `ensemble` makes one per fit; all trees share it.

use ndarray::{ArrayView2, Axis};

use super::error::ForestError;
use super::params::TargetScaling;

/// The key of a missing feature; above the key of every finite number.
pub(super) const MISSING: u32 = u32::MAX;

/// Targets beyond this are refused, so that no sum of squares over rows can overflow.
const LARGEST_TARGET: f64 = 1e100;

/// Features as sortable keys by column, targets by row.
pub(super) struct TrainingSet {
    pub(super) n_rows: usize,
    pub(super) n_features: usize,
    pub(super) n_targets: usize,
    /// `(n_features, n_rows)`: [`key`] of each feature.
    keys: Vec<u32>,
    /// `(n_rows, n_targets)` in the original units.
    targets: Vec<f64>,
    /// `(n_rows, n_targets)`: what the criterion sees.
    scaled: Vec<f64>,
}

impl TrainingSet {
    /// Copies and checks features `x (n_rows, n_features)`, NaN being missing, and targets
    /// `y (n_rows, n_targets)`.
    pub(super) fn new(
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        scaling: TargetScaling,
    ) -> Result<Self, ForestError> {
        let ((n_rows, n_features), n_targets) = (x.dim(), y.ncols());
        check_shapes(x, y)?;
        let keys = keys_by_column(x)?;
        let targets = checked_targets(y)?;
        let mut scaled = targets.clone();
        for column in 0..n_targets {
            standardise(&mut scaled, column, n_targets, scaling);
        }
        Ok(Self { n_rows, n_features, n_targets, keys, targets, scaled })
    }

    /// The keys of one feature, by row.
    pub(super) fn column(&self, feature: u32) -> &[u32] {
        let start = feature as usize * self.n_rows;
        &self.keys[start..start + self.n_rows]
    }

    /// The targets of one row in the original units.
    pub(super) fn targets(&self, row: u32) -> &[f64] {
        &self.targets[row as usize * self.n_targets..][..self.n_targets]
    }

    /// The targets of one row as the criterion sees them.
    pub(super) fn scaled_targets(&self, row: u32) -> &[f64] {
        &self.scaled[row as usize * self.n_targets..][..self.n_targets]
    }
}

/// An integer that sorts as the number does: `key(a) < key(b)` exactly if `a < b`. Both
/// zeros share a key; NaN becomes [`MISSING`].
pub(super) fn key(value: f32) -> u32 {
    if value.is_nan() {
        return MISSING;
    }
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// The number with this key, which must not be [`MISSING`].
pub(super) fn value(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

fn check_shapes(x: ArrayView2<'_, f32>, y: ArrayView2<'_, f64>) -> Result<(), ForestError> {
    let ((n_rows, n_features), n_targets) = (x.dim(), y.ncols());
    if n_rows != y.nrows() {
        return Err(ForestError::RowsDiffer { features: n_rows, targets: y.nrows() });
    }
    if n_rows == 0 || n_features == 0 || n_targets == 0 {
        return Err(ForestError::Empty { n_rows, n_features, n_targets });
    }
    // A tree has up to twice as many nodes as rows, and a node keeps one bit of its feature
    // for the missing values.
    for (what, found) in [("rows", n_rows), ("features", n_features)] {
        if found >= (1 << 31) - 1 {
            return Err(ForestError::TooMany { what, found });
        }
    }
    Ok(())
}

fn keys_by_column(x: ArrayView2<'_, f32>) -> Result<Vec<u32>, ForestError> {
    if let Some(((row, column), _)) = x.indexed_iter().find(|(_, value)| value.is_infinite()) {
        return Err(ForestError::InfiniteFeature { row, column });
    }
    Ok(x.axis_iter(Axis(1)).flatten().map(|&value| key(value)).collect())
}

fn checked_targets(y: ArrayView2<'_, f64>) -> Result<Vec<f64>, ForestError> {
    let usable = |found: f64| found.abs() <= LARGEST_TARGET;
    match y.indexed_iter().find(|(_, found)| !usable(**found)) {
        Some(((row, column), &found)) => Err(ForestError::UnusableTarget { row, column, found }),
        None => Ok(y.iter().copied().collect()),
    }
}

/// Centres one column and, if asked for, divides it by its population standard deviation
/// (scikit-learn's `StandardScaler`). A constant column becomes exactly zero, so that it has
/// no say in any split.
fn standardise(scaled: &mut [f64], column: usize, n_targets: usize, scaling: TargetScaling) {
    let n_rows = (scaled.len() / n_targets) as f64;
    let cells = || (column..).step_by(n_targets);
    // Differences from the first row keep the sums exact for constant columns and accurate
    // for columns that are far from zero.
    let first = scaled[column];
    let shifted = |scaled: &[f64]| -> Vec<f64> {
        scaled.iter().skip(column).step_by(n_targets).map(|value| value - first).collect()
    };
    let values = shifted(scaled);
    let mean = values.iter().sum::<f64>() / n_rows;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n_rows;
    let scale = match scaling {
        TargetScaling::Standard if variance > 0.0 => variance.sqrt(),
        _ => 1.0,
    };
    for (cell, value) in cells().zip(values) {
        scaled[cell] = (value - mean) / scale;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn refusal(x: &Array2<f32>, y: &Array2<f64>) -> String {
        let set = TrainingSet::new(x.view(), y.view(), TargetScaling::Standard);
        set.err().unwrap().to_string()
    }

    #[test]
    fn keys_sort_as_the_numbers_do_and_missing_comes_last() {
        let ascending = [f32::MIN, -1.5, -f32::MIN_POSITIVE, 0.0, 1e-30, 1.0, f32::MAX];
        assert!(ascending.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
        assert!(ascending.iter().all(|&number| value(key(number)) == number));
        assert_eq!(key(-0.0), key(0.0));
        assert!(key(f32::MAX) < key(f32::NAN));
        assert_eq!(key(-f32::NAN), MISSING);
    }

    #[test]
    fn targets_are_standardised_and_a_constant_target_becomes_zero() {
        let x = array![[1.0_f32], [2.0], [3.0], [4.0], [5.0], [6.0]];
        let mut y = Array2::from_elem((6, 2), 0.1);
        y.column_mut(0).assign(&array![1e7, 1e7 + 4.0, 1e7, 1e7 + 4.0, 1e7, 1e7 + 4.0]);
        let set = TrainingSet::new(x.view(), y.view(), TargetScaling::Standard).unwrap();
        assert_eq!([set.scaled_targets(0), set.scaled_targets(1)], [&[-1.0, 0.0], &[1.0, 0.0]]);
        let raw = TrainingSet::new(x.view(), y.view(), TargetScaling::None).unwrap();
        assert_eq!([raw.scaled_targets(0), raw.scaled_targets(1)], [&[-2.0, 0.0], &[2.0, 0.0]]);
        assert_eq!(raw.targets(1), [1e7 + 4.0, 0.1]);
    }

    #[test]
    fn unusable_cells_are_named_by_row_and_column() {
        let x = array![[1.0_f32, f32::NAN], [2.0, f32::NEG_INFINITY]];
        let y = array![[0.0], [1.0]];
        assert_eq!(refusal(&x, &y), "feature 1 of row 1 is infinite");
        let x = array![[1.0_f32], [2.0]];
        assert_eq!(
            refusal(&x, &array![[0.0, 1.0], [f64::NAN, 2.0]]),
            "target 0 of row 1 is NaN, which no forest can learn"
        );
        assert_eq!(
            refusal(&x, &array![[0.0, f64::INFINITY], [1.0, 2.0]]),
            "target 1 of row 0 is inf, which no forest can learn"
        );
    }

    #[test]
    fn empty_and_unequal_shapes_are_refused() {
        let none = Array2::<f64>::zeros((0, 1));
        assert_eq!(
            refusal(&Array2::zeros((0, 2)), &none),
            "a forest needs at least one row, feature and target, found 0, 2 and 1"
        );
        assert!(
            refusal(&Array2::zeros((3, 0)), &Array2::zeros((3, 1))).contains("found 3, 0 and 1")
        );
        assert!(
            refusal(&Array2::zeros((3, 1)), &Array2::zeros((3, 0))).contains("found 3, 1 and 0")
        );
        assert_eq!(
            refusal(&Array2::zeros((3, 2)), &none),
            "features have 3 rows but targets have 0"
        );
    }
}
