//! smartcore's random forest, one per target: a rival to compare ours with, scored and never
//! stored, since it would take gigabytes.
//!
//! `estimator` fits it with the settings of `[forest]` that it has; it always bootstraps.

use ndarray::{Array2, ArrayView2};
use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::imputation::Imputation;
use super::{ForestConfig, ModelError};
use crate::forest::MaxFeatures;

type Regressor = RandomForestRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>;

/// A forest per target at one fraction.
#[derive(Debug)]
pub struct SmartcoreForest {
    imputation: Imputation,
    regressors: Vec<Regressor>,
}

impl SmartcoreForest {
    /// Fits each column of `y (n_flights, n_targets)` to `x (n_flights, n_columns)`, NaN
    /// being missing; there is a seed per target. `stopped` is asked before each target.
    ///
    /// # Errors
    /// [`ModelError::Smartcore`] or [`ModelError::Interrupted`].
    pub fn fit(
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        config: &ForestConfig,
        seeds: &[u64],
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, ModelError> {
        let imputation = Imputation::learn(x);
        let matrix = dense(&imputation.fill(x))?;
        let mut regressors = Vec::with_capacity(seeds.len());
        for (column, seed) in y.columns().into_iter().zip(seeds) {
            if stopped() {
                return Err(ModelError::Interrupted);
            }
            let parameters = parameters(config, x.ncols(), *seed);
            regressors.push(Regressor::fit(&matrix, &column.to_vec(), parameters)?);
        }
        Ok(Self { imputation, regressors })
    }

    /// Predicts `(n_flights, n_targets)`.
    ///
    /// # Errors
    /// [`ModelError::Smartcore`] or [`ModelError::Width`].
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Result<Array2<f64>, ModelError> {
        let expected = self.imputation.medians.len();
        if x.ncols() != expected {
            return Err(ModelError::Width { expected, found: x.ncols() });
        }
        let mut predicted = Array2::zeros((x.nrows(), self.regressors.len()));
        if x.nrows() == 0 {
            return Ok(predicted);
        }
        let matrix = dense(&self.imputation.fill(x))?;
        for (mut column, regressor) in predicted.columns_mut().into_iter().zip(&self.regressors) {
            column.assign(&ndarray::Array1::from(regressor.predict(&matrix)?));
        }
        Ok(predicted)
    }
}

fn dense(x: &Array2<f32>) -> Result<DenseMatrix<f32>, ModelError> {
    let values = x.t().iter().copied().collect();
    Ok(DenseMatrix::new(x.nrows(), x.ncols(), values, true)?)
}

fn parameters(config: &ForestConfig, width: usize, seed: u64) -> RandomForestRegressorParameters {
    let drawn = match config.max_features.0 {
        MaxFeatures::All => width,
        MaxFeatures::Share(share) => (share * width as f64) as usize,
        MaxFeatures::Count(count) => count,
        MaxFeatures::Sqrt => width.isqrt(),
    };
    let mut parameters = RandomForestRegressorParameters::default()
        .with_n_trees(config.trees)
        .with_min_samples_split(config.min_samples_split)
        .with_min_samples_leaf(config.min_samples_leaf)
        .with_m(drawn.clamp(1, width))
        .with_seed(seed);
    if let Some(depth) = config.max_depth.filter(|depth| *depth > 0) {
        parameters = parameters.with_max_depth(u16::try_from(depth).unwrap_or(u16::MAX));
    }
    parameters
}
