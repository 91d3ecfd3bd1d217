//! *Partial least squares*: linfa's regression on the few directions of the features that vary
//! most together with the targets (Wegelin 2000; scikit-learn's `PLSRegression`).
//!
//! `fitting` fits it. What is kept is a weight per column and target, so it is a
//! [`LinearModel`] as the elastic net is, with the same standardising and imputation.

use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_pls::{PlsError, PlsRegression};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{LinearModel, ModelError};
use crate::problem::Invalid;

/// Most steps to each component.
const STEPS: usize = 2000;
/// A column counts as one that others make up if so little of its sum of squares is left.
const NOTHING_LEFT: f64 = 1e-10;

/// The section `[pls]`: settings of linfa's partial least squares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlsConfig {
    /// Directions of the features that are used, at least 1; fewer where the features have
    /// fewer that are independent.
    pub components: usize,
}

impl PlsConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.components == 0 {
            return Err(Invalid::new("pls.components", "must be at least 1, found 0"));
        }
        Ok(())
    }
}

impl LinearModel {
    /// Fits `y (n_flights, n_targets)`, of at least two targets, to `x (n_flights, n_columns)`,
    /// NaN being missing, by partial least squares. Where features tell nothing of the
    /// targets, or there are none, all weights are 0.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`] or [`ModelError::Pls`].
    pub fn fit_pls(
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        config: &PlsConfig,
    ) -> Result<Self, ModelError> {
        Self::learn(x, y, |x, y| {
            let shape = (x.ncols(), y.ncols());
            let most = config.components.min(rank(&x)).min(x.nrows().saturating_sub(1));
            let dataset = DatasetBase::new(x, y);
            // Targets may be explained by fewer components than were asked for, after which
            // linfa finds no more of them.
            for components in (1..=most).rev() {
                let fitted = PlsRegression::params(components)
                    .scale(false) // standardised already
                    .max_iterations(STEPS)
                    .fit(&dataset);
                match fitted {
                    Ok(fitted) if fitted.coefficients().iter().all(|weight| weight.is_finite()) => {
                        return Ok(fitted.coefficients().clone());
                    }
                    Ok(_)
                    | Err(
                        PlsError::PowerMethodConstantResidualError()
                        | PlsError::PowerMethodNotConvergedError(_),
                    ) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(Array2::zeros(shape))
        })
    }
}

/// The number of columns of a standardised matrix that no others make up: the steps of a
/// Cholesky decomposition with pivots (Higham 1990) of its products of columns.
fn rank(x: &Array2<f64>) -> usize {
    let mut left = x.t().dot(x);
    let n_columns = x.ncols();
    let enough = x.nrows() as f64 * NOTHING_LEFT;
    for rank in 0..n_columns {
        let diagonal = (0..n_columns).map(|at| (at, left[[at, at]]));
        let pivot = diagonal.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((pivot, square)) = pivot.filter(|(_, square)| *square > enough) else {
            return rank;
        };
        let row = left.row(pivot).to_owned();
        for at in 0..n_columns {
            let share = row[at] / square;
            left.row_mut(at).scaled_add(-share, &row);
        }
        // What rounding left of the column that is done must not be taken for a column.
        left.row_mut(pivot).fill(0.0);
        left.column_mut(pivot).fill(0.0);
    }
    n_columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{PLS, noise};

    /// Four columns of which the last is the sum of the first two, and three targets that are
    /// linear in the first and the third.
    fn line(n: usize) -> (Array2<f32>, Array2<f64>) {
        let x = Array2::from_shape_fn((n, 4), |(i, j)| match j {
            3 => (noise(i, 0) as f32) + (noise(i, 1) as f32),
            _ => noise(i, j) as f32,
        });
        let y = Array2::from_shape_fn((n, 3), |(i, target)| {
            let (a, c) = (f64::from(x[[i, 0]]), f64::from(x[[i, 2]]));
            [1000.0 + 50.0 * a, -3.0 + 0.1 * a - 0.2 * c, 7.0 * c][target]
        });
        (x, y)
    }

    #[test]
    fn a_linear_truth_is_found_by_all_components_and_not_by_one() {
        let (x, y) = line(200);
        let worst = |components| {
            let config = PlsConfig { components };
            let model = LinearModel::fit_pls(x.view(), y.view(), &config).unwrap();
            let errors = model.predict(x.view()).unwrap() - &y;
            errors.column(0).iter().fold(0.0_f64, |worst, error| worst.max(error.abs()))
        };
        // There are three independent columns; whoever asks for more gets three.
        assert!(worst(3) < 1e-6 && worst(100) < 1e-6, "{} {}", worst(3), worst(100));
        assert!(worst(1) > 1.0, "{}", worst(1));
    }

    /// scikit-learn 1.9 for the same matrices:
    /// `PLSRegression(2, max_iter=2000, tol=1e-6).fit(x, y).predict(x)[0]`.
    #[test]
    fn two_components_predict_what_those_of_scikit_learn_do() {
        let x = Array2::from_shape_fn((12, 3), |(i, j)| {
            ((i * i * (3 + 2 * j) + 5 * i * (j + 1) + j) % 11) as f32
        });
        let y = Array2::from_shape_fn((12, 2), |(i, target)| {
            let (a, b, c) = (f64::from(x[[i, 0]]), f64::from(x[[i, 1]]), f64::from(x[[i, 2]]));
            if target == 0 { a + 0.5 * b * b } else { 10.0 * c - a }
        });
        let config = PlsConfig { components: 2 };
        let model = LinearModel::fit_pls(x.view(), y.view(), &config).unwrap();
        let predicted = model.predict(x.view()).unwrap();
        for (found, expected) in predicted.row(0).iter().zip([-0.6011, 20.2712]) {
            assert!((found - expected).abs() < 1e-3, "{predicted}");
        }
    }

    #[test]
    fn the_rank_is_the_number_of_independent_columns() {
        let (x, _) = line(50);
        let mut x = x.mapv(f64::from);
        assert_eq!(rank(&x), 3);
        x.column_mut(1).fill(0.0);
        assert_eq!(rank(&x), 3); // the last is no longer made up
        x.column_mut(0).fill(0.0);
        assert_eq!(rank(&x), 2);
        assert_eq!(rank(&Array2::zeros((50, 2))), 0);
    }

    #[test]
    fn constant_targets_constant_features_none_and_one_flight_give_the_mean_and_no_nan() {
        let (x, y) = line(20);
        let (one_x, _) = line(1);
        let level = Array2::from_elem((20, 3), 7.0);
        for (x, y) in [
            (x, level.clone()),
            (Array2::from_elem((20, 4), 3.0), level.clone()),
            (Array2::zeros((20, 0)), level),
            (one_x, Array2::from_elem((1, 3), 7.0)),
        ] {
            let model = LinearModel::fit_pls(x.view(), y.view(), &PLS).unwrap();
            assert_eq!(model.predict(x.view()).unwrap(), y);
        }
        let flat = Array2::from_elem((20, 4), 3.0);
        let model = LinearModel::fit_pls(flat.view(), y.view(), &PLS).unwrap();
        assert!(model.weights.iter().all(|weight| *weight == 0.0));
        let none =
            LinearModel::fit_pls(Array2::zeros((0, 2)).view(), Array2::zeros((0, 2)).view(), &PLS);
        assert!(matches!(none, Err(ModelError::NoFlights)));
    }
}
