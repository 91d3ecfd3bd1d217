//! A *linear model* of all targets on standardised features and targets, such as linfa's
//! multi-task *elastic net*.
//!
//! `fitting` fits it; `pls` does by other means. What is kept is a weight per column and
//! target, so a prediction is one sum in a fixed order.

use linfa::Dataset as LinfaDataset;
use linfa::traits::Fit as _;
use linfa_elasticnet::MultiTaskElasticNet;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::imputation::Imputation;
use super::{ElasticNetConfig, ModelError};

/// The smallest penalty and ratio that linfa is given. With a product of exactly zero its
/// soft threshold divides zero by zero as soon as the residual is zero.
const LEAST: f64 = 1e-150;

/// A fitted linear model of all targets at one fraction.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    /// What replaces missing features.
    pub(super) imputation: Imputation,
    /// Means of the training features `(n_columns)`.
    pub(super) means: Array1<f64>,
    /// Change of each target per unit of each feature `(n_columns, n_targets)`.
    pub(super) weights: Array2<f64>,
    /// Each target where all features are at their means `(n_targets)`.
    pub(super) offsets: Array1<f64>,
}

impl LinearModel {
    /// Fits `y (n_flights, n_targets)` to `x (n_flights, n_columns)`, NaN being missing.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`], [`ModelError::ElasticNet`] or [`ModelError::Diverged`].
    pub fn fit(
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        config: &ElasticNetConfig,
    ) -> Result<Self, ModelError> {
        Self::learn(x, y, |x, y| {
            let fitted = MultiTaskElasticNet::params()
                .penalty(config.penalty.max(LEAST))
                .l1_ratio(config.l1_ratio.max(LEAST))
                .max_iterations(config.max_iterations)
                .tolerance(config.tolerance)
                .with_intercept(false) // standardised targets have none
                .fit(&LinfaDataset::new(x, y))?;
            Ok(fitted.hyperplane().clone())
        })
    }

    /// Learns the weights `(n_columns, n_targets)` that `fit` finds for features without missing
    /// values and targets, both standardised.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`], [`ModelError::Diverged`] or what `fit` says.
    pub(super) fn learn(
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        fit: impl FnOnce(Array2<f64>, Array2<f64>) -> Result<Array2<f64>, ModelError>,
    ) -> Result<Self, ModelError> {
        let imputation = Imputation::learn(x);
        let (standard_x, means, x_scales) =
            standardised(imputation.fill(x).mapv(f64::from)).ok_or(ModelError::NoFlights)?;
        let (standard_y, offsets, y_scales) =
            standardised(y.to_owned()).ok_or(ModelError::NoFlights)?;
        let mut weights = fit(standard_x, standard_y)?;
        weights *= &y_scales;
        weights /= &x_scales.insert_axis(Axis(1));
        match weights.iter().filter(|weight| !weight.is_finite()).count() {
            0 => Ok(Self { imputation, means, weights, offsets }),
            found => Err(ModelError::Diverged { found }),
        }
    }

    /// Predicts `(n_flights, n_targets)` from `x (n_flights, n_columns)`, NaN being missing.
    ///
    /// # Errors
    /// [`ModelError::Width`].
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>, ModelError> {
        let expected = self.means.len();
        if x.ncols() != expected {
            return Err(ModelError::Width { expected, found: x.ncols() });
        }
        let full = self.imputation.fill(x);
        Ok(Array2::from_shape_fn((x.nrows(), self.offsets.len()), |(flight, target)| {
            let columns = full.row(flight).into_iter().zip(&self.means);
            let weights = self.weights.column(target);
            let terms =
                columns.zip(weights).map(|((value, mean), w)| w * (f64::from(*value) - mean));
            terms.fold(self.offsets[target], |sum, term| sum + term)
        }))
    }
}

/// Columns less their mean over their standard deviation (population; 1 where it is 0), with
/// both; none without rows.
pub(super) fn standardised(
    mut matrix: Array2<f64>,
) -> Option<(Array2<f64>, Array1<f64>, Array1<f64>)> {
    let n_rows = matrix.nrows() as f64;
    let means = matrix.mean_axis(Axis(0))?;
    matrix -= &means;
    let scales = matrix.map_axis(Axis(0), |column| {
        let variance = column.iter().map(|v| v * v).sum::<f64>() / n_rows;
        if variance > 0.0 { variance.sqrt() } else { 1.0 }
    });
    matrix /= &scales;
    Some((matrix, means, scales))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{elastic_net_config, noise};

    fn line(n: usize) -> (Array2<f32>, Array2<f64>) {
        let x = Array2::from_shape_fn((n, 3), |(i, j)| noise(i, j) as f32);
        let y = Array2::from_shape_fn((n, 2), |(i, target)| {
            let (a, b) = (f64::from(x[[i, 0]]), f64::from(x[[i, 1]]));
            if target == 0 { 1000.0 + 50.0 * a } else { -3.0 + 0.1 * a - 0.2 * b }
        });
        (x, y)
    }

    #[test]
    fn a_linear_truth_is_found_within_the_penalty() {
        let (x, y) = line(200);
        let model = LinearModel::fit(x.view(), y.view(), &elastic_net_config()).unwrap();
        assert!((model.weights[[0, 0]] - 50.0).abs() < 0.2, "{:?}", model.weights);
        assert!((model.weights[[1, 1]] + 0.2).abs() < 1e-3, "{:?}", model.weights);
        let predicted = model.predict(x.view()).unwrap();
        assert!((&predicted - &y).column(0).iter().all(|e| e.abs() < 0.2));
    }

    #[test]
    fn a_missing_value_is_read_as_the_median() {
        let (mut x, y) = line(200);
        let model = LinearModel::fit(x.view(), y.view(), &elastic_net_config()).unwrap();
        x[[0, 0]] = model.imputation.medians[0];
        let expected = model.predict(x.view()).unwrap();
        x[[0, 0]] = f32::NAN;
        assert_eq!(model.predict(x.view()).unwrap(), expected);
    }

    #[test]
    fn constant_targets_one_flight_and_no_penalty_give_the_mean_and_no_nan() {
        let config = ElasticNetConfig { penalty: 0.0, l1_ratio: 0.0, ..elastic_net_config() };
        for n in [1, 5] {
            let (x, _) = line(n);
            let y = Array2::from_elem((n, 2), 7.0);
            let model = LinearModel::fit(x.view(), y.view(), &config).unwrap();
            assert_eq!(model.predict(x.view()).unwrap(), y);
        }
    }
}
