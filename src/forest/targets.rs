//! *Targets* are what the trees of a forest learn, as given and as the criterion sees them.
//! `fitting` makes them, one for each forest.

use ndarray::ArrayView2;

use super::error::ForestError;
use super::params::{ForestParams, TargetScaling};

/// Targets beyond this are refused, so that no sum of squares over rows can overflow.
const LARGEST_TARGET: f64 = 1e100;

/// Checked targets, by row.
#[expect(clippy::struct_field_names, reason = "`n_targets` is what it is everywhere")]
pub(super) struct Targets {
    pub(super) n_targets: usize,
    /// `(n_rows, n_targets)` in the original units.
    original: Vec<f64>,
    /// `(n_rows, n_targets)`: what the criterion sees.
    scaled: Vec<f64>,
}

impl Targets {
    /// Copies and checks targets `y (n_rows, n_targets)`.
    pub(super) fn new(y: ArrayView2<'_, f64>, params: &ForestParams) -> Result<Self, ForestError> {
        let (n_rows, n_targets) = y.dim();
        if n_targets == 0 {
            return Err(ForestError::NoTargets { n_rows });
        }
        if let Some(weights) = &params.target_weights
            && weights.len() != n_targets
        {
            return Err(ForestError::TargetWeights { weights: weights.len(), targets: n_targets });
        }
        let usable = |found: f64| found.abs() <= LARGEST_TARGET;
        if let Some(((row, column), &found)) = y.indexed_iter().find(|(_, found)| !usable(**found))
        {
            return Err(ForestError::UnusableTarget { row, column, found });
        }
        let original: Vec<f64> = y.iter().copied().collect();
        let mut scaled = original.clone();
        for column in 0..n_targets {
            let weight = params.target_weights.as_ref().map_or(1.0, |weights| weights[column]);
            standardise(&mut scaled, column, n_targets, params.target_scaling, weight);
        }
        Ok(Self { n_targets, original, scaled })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.original.len() / self.n_targets
    }

    /// The targets of one row in the original units.
    pub(super) fn original(&self, row: u32) -> &[f64] {
        &self.original[row as usize * self.n_targets..][..self.n_targets]
    }

    /// The targets of one row as the criterion sees them.
    pub(super) fn scaled(&self, row: u32) -> &[f64] {
        &self.scaled[row as usize * self.n_targets..][..self.n_targets]
    }
}

/// Centres one column, divides it, if asked for, by its population standard deviation
/// (scikit-learn's `StandardScaler`), and multiplies it by the square root of its weight in
/// the sum of squares. A constant column becomes exactly zero, so that it has no say in any
/// split.
fn standardise(
    scaled: &mut [f64],
    column: usize,
    n_targets: usize,
    scaling: TargetScaling,
    weight: f64,
) {
    let n_rows = (scaled.len() / n_targets) as f64;
    // Differences from the first row keep the sums exact for constant columns and accurate
    // for columns that are far from zero.
    let first = scaled[column];
    let values: Vec<f64> =
        scaled.iter().skip(column).step_by(n_targets).map(|value| value - first).collect();
    let mean = values.iter().sum::<f64>() / n_rows;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n_rows;
    let scale = match scaling {
        TargetScaling::Standard if variance > 0.0 => variance.sqrt(),
        _ => 1.0,
    };
    for (cell, value) in (column..).step_by(n_targets).zip(values) {
        scaled[cell] = (value - mean) / scale * weight.sqrt();
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn learnt(y: &Array2<f64>, params: &ForestParams) -> Targets {
        Targets::new(y.view(), params).unwrap()
    }

    fn refusal(y: &Array2<f64>, params: &ForestParams) -> String {
        Targets::new(y.view(), params).err().unwrap().to_string()
    }

    #[test]
    fn targets_are_standardised_and_a_constant_target_becomes_zero() {
        let mut y = Array2::from_elem((6, 2), 0.1);
        y.column_mut(0).assign(&array![1e7, 1e7 + 4.0, 1e7, 1e7 + 4.0, 1e7, 1e7 + 4.0]);
        let targets = learnt(&y, &ForestParams::default());
        assert_eq!([targets.scaled(0), targets.scaled(1)], [&[-1.0, 0.0], &[1.0, 0.0]]);
        let raw = ForestParams { target_scaling: TargetScaling::None, ..Default::default() };
        let targets = learnt(&y, &raw);
        assert_eq!([targets.scaled(0), targets.scaled(1)], [&[-2.0, 0.0], &[2.0, 0.0]]);
        assert_eq!(targets.original(1), [1e7 + 4.0, 0.1]);
    }

    #[test]
    fn a_target_weight_scales_its_squares() {
        let y = array![[1.0, 1.0], [3.0, 3.0]];
        let target_weights = Some(vec![4.0, 0.0]);
        let targets = learnt(&y, &ForestParams { target_weights, ..Default::default() });
        assert_eq!([targets.scaled(0), targets.scaled(1)], [&[-2.0, -0.0], &[2.0, 0.0]]);
    }

    #[test]
    fn unusable_targets_are_named_by_row_and_column() {
        let params = ForestParams::default();
        assert_eq!(
            refusal(&array![[0.0, 1.0], [f64::NAN, 2.0]], &params),
            "target 0 of row 1 is NaN, which no forest can learn"
        );
        assert_eq!(
            refusal(&array![[0.0, f64::INFINITY], [1.0, 2.0]], &params),
            "target 1 of row 0 is inf, which no forest can learn"
        );
        let none = Array2::<f64>::zeros((3, 0));
        let message = "a forest needs at least one target, found none in 3 rows";
        assert_eq!(refusal(&none, &params), message);
        let one_weight = ForestParams { target_weights: Some(vec![1.0]), ..Default::default() };
        let message = "there are 1 target weights for 2 targets";
        assert_eq!(refusal(&array![[0.0, 1.0]], &one_weight), message);
    }
}
