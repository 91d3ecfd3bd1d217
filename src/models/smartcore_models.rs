//! smartcore's ensembles of trees, one per target: rivals to compare ours with, scored and
//! never stored, since they would take gigabytes.
//!
//! `fitting` fits them: random forests and extremely randomised trees with the settings of
//! `[forest]` that they have (the forest always bootstraps, the extra trees never do), boosted
//! trees with those of `[smartcore-xgboost]`.

use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use smartcore::ensemble::extra_trees_regressor::{
    ExtraTreesRegressor, ExtraTreesRegressorParameters,
};
use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::xgboost::{XGRegressor, XGRegressorParameters};

use super::imputation::Imputation;
use super::linear::standardised;
use super::{ForestConfig, ModelError};
use crate::forest::MaxFeatures;
use crate::problem::Invalid;

type Matrix = DenseMatrix<f32>;
type RandomForest = RandomForestRegressor<f32, f64, Matrix, Vec<f64>>;
type ExtraTrees = ExtraTreesRegressor<f32, f64, Matrix, Vec<f64>>;
type XgBoost = XGRegressor<f32, f64, Matrix, Vec<f64>>;

/// Deepest boosted tree that may be asked for: smartcore grows them by recursion.
const DEEPEST: u16 = 64;

/// The section `[smartcore-xgboost]`: settings of smartcore's gradient boosting, after Chen and
/// Guestrin 2016, on standardised targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XgBoostConfig {
    /// Number of trees, at least 1.
    pub rounds: usize,
    /// Share of each tree's correction that is made, above 0 and at most 1.
    pub learning_rate: f64,
    /// Most splits between root and leaf, from 1 to 64.
    pub max_depth: u16,
    /// Fewest flights on a side of a split, at least 1.
    pub min_child_weight: usize,
    /// Penalty on the square of leaf values, at least 0.
    pub lambda: f64,
    /// Least gain of a split, at least 0.
    pub gamma: f64,
}

impl XgBoostConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), Invalid> {
        let wrong = |key: &str, rule: &str, found: &dyn std::fmt::Display| {
            Err(Invalid::new(format!("smartcore-xgboost.{key}"), format!("{rule}, found {found}")))
        };
        if self.rounds == 0 {
            return wrong("rounds", "must be at least 1", &0);
        }
        if !(self.learning_rate > 0.0 && self.learning_rate <= 1.0) {
            return wrong("learning_rate", "must be above 0 and at most 1", &self.learning_rate);
        }
        if !(1..=DEEPEST).contains(&self.max_depth) {
            return wrong("max_depth", "must be from 1 to 64", &self.max_depth);
        }
        if self.min_child_weight == 0 {
            return wrong("min_child_weight", "must be at least 1", &0);
        }
        for (key, value) in [("lambda", self.lambda), ("gamma", self.gamma)] {
            if !(value >= 0.0 && value.is_finite()) {
                return wrong(key, "must be at least 0", &value);
            }
        }
        Ok(())
    }
}

/// Which of smartcore's ensembles to fit, and how.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind<'a> {
    RandomForest(&'a ForestConfig),
    ExtraTrees(&'a ForestConfig),
    XgBoost(&'a XgBoostConfig),
}

/// An ensemble per target at one fraction.
#[derive(Debug)]
pub struct SmartcoreModel {
    imputation: Imputation,
    regressors: Vec<Regressor>,
    /// Each target's mean and scale, in which the regressors learnt it.
    offsets: Array1<f64>,
    scales: Array1<f64>,
}

/// An ensemble of one target.
#[derive(Debug)]
enum Regressor {
    RandomForest(RandomForest),
    ExtraTrees(ExtraTrees),
    XgBoost(XgBoost),
}

impl SmartcoreModel {
    /// Fits each column of `y (n_flights, n_targets)` to `x (n_flights, n_columns)`, NaN
    /// being missing; there is a seed per target. `stopped` is asked before each target.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`], [`ModelError::Smartcore`] or [`ModelError::Interrupted`].
    pub(super) fn fit(
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        kind: Kind<'_>,
        seeds: &[u64],
        stopped: &dyn Fn() -> bool,
    ) -> Result<Self, ModelError> {
        let imputation = Imputation::learn(x);
        let matrix = dense(&imputation.fill(x))?;
        // Boosted trees predict in single precision and penalise leaf values, so the unit
        // matters; to forests it does not.
        let (y, offsets, scales) = match kind {
            Kind::XgBoost(_) => standardised(y.to_owned()).ok_or(ModelError::NoFlights)?,
            _ => (y.to_owned(), Array1::zeros(y.ncols()), Array1::ones(y.ncols())),
        };
        let mut regressors = Vec::with_capacity(seeds.len());
        for (column, seed) in y.columns().into_iter().zip(seeds) {
            if stopped() {
                return Err(ModelError::Interrupted);
            }
            regressors.push(Regressor::fit(&matrix, x.ncols(), &column.to_vec(), kind, *seed)?);
        }
        Ok(Self { imputation, regressors, offsets, scales })
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
            column.assign(&Array1::from(regressor.predict(&matrix)?));
        }
        Ok(predicted * &self.scales + &self.offsets)
    }
}

impl Regressor {
    fn fit(
        x: &Matrix,
        width: usize,
        y: &Vec<f64>,
        kind: Kind<'_>,
        seed: u64,
    ) -> Result<Self, ModelError> {
        Ok(match kind {
            Kind::RandomForest(config) => {
                let parameters = forest_parameters(config, width, seed);
                Self::RandomForest(RandomForest::fit(x, y, parameters)?)
            }
            Kind::ExtraTrees(config) => {
                let parameters = extra_trees_parameters(config, width, seed);
                Self::ExtraTrees(ExtraTrees::fit(x, y, parameters)?)
            }
            Kind::XgBoost(config) => {
                let parameters = boosting_parameters(config, seed);
                Self::XgBoost(XgBoost::fit(x, y, parameters)?)
            }
        })
    }

    fn predict(&self, x: &Matrix) -> Result<Vec<f64>, ModelError> {
        Ok(match self {
            Self::RandomForest(forest) => forest.predict(x)?,
            Self::ExtraTrees(forest) => forest.predict(x)?,
            Self::XgBoost(trees) => trees.predict(x)?.into_iter().map(f64::from).collect(),
        })
    }
}

fn dense(x: &Array2<f32>) -> Result<Matrix, ModelError> {
    let values = x.t().iter().copied().collect();
    Ok(DenseMatrix::new(x.nrows(), x.ncols(), values, true)?)
}

/// How many of `width` features a node looks at.
fn drawn(config: &ForestConfig, width: usize) -> usize {
    let drawn = match config.max_features.0 {
        MaxFeatures::All => width,
        MaxFeatures::Share(share) => (share * width as f64) as usize,
        MaxFeatures::Count(count) => count,
        MaxFeatures::Sqrt => width.isqrt(),
    };
    drawn.clamp(1, width)
}

/// The largest depth, if there is one.
fn depth(config: &ForestConfig) -> Option<u16> {
    let depth = config.max_depth.filter(|depth| *depth > 0);
    depth.map(|depth| u16::try_from(depth).unwrap_or(u16::MAX))
}

fn forest_parameters(
    config: &ForestConfig,
    width: usize,
    seed: u64,
) -> RandomForestRegressorParameters {
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(config.trees)
        .with_min_samples_split(config.min_samples_split)
        .with_min_samples_leaf(config.min_samples_leaf)
        .with_m(drawn(config, width))
        .with_seed(seed);
    match depth(config) {
        Some(depth) => parameters.with_max_depth(depth),
        None => parameters,
    }
}

fn extra_trees_parameters(
    config: &ForestConfig,
    width: usize,
    seed: u64,
) -> ExtraTreesRegressorParameters {
    let parameters = ExtraTreesRegressorParameters::default()
        .with_n_trees(config.trees)
        .with_min_samples_split(config.min_samples_split)
        .with_min_samples_leaf(config.min_samples_leaf)
        .with_m(drawn(config, width))
        .with_seed(seed);
    match depth(config) {
        Some(depth) => parameters.with_max_depth(depth),
        None => parameters,
    }
}

fn boosting_parameters(config: &XgBoostConfig, seed: u64) -> XGRegressorParameters {
    XGRegressorParameters::default()
        .with_n_estimators(config.rounds)
        .with_learning_rate(config.learning_rate)
        .with_max_depth(config.max_depth)
        .with_min_child_weight(config.min_child_weight)
        .with_lambda(config.lambda)
        .with_gamma(config.gamma)
        .with_base_score(0.0) // the mean of standardised targets
        .with_seed(seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{XG_BOOST, forest_config, noise};

    /// Steps: the first target is 100 or 300 by the first column, the second a tenth of it.
    fn steps(n: usize) -> (Array2<f32>, Array2<f64>) {
        let x = Array2::from_shape_fn((n, 2), |(i, j)| noise(i, j) as f32);
        let y = Array2::from_shape_fn((n, 2), |(i, target)| {
            (if x[[i, 0]] > 0.0 { 300.0 } else { 100.0 }) * [1.0, 0.1][target]
        });
        (x, y)
    }

    fn fit(x: &Array2<f32>, y: &Array2<f64>, kind: Kind<'_>) -> SmartcoreModel {
        SmartcoreModel::fit(x.view(), y.view(), kind, &[1, 2], &|| false).unwrap()
    }

    #[test]
    fn a_step_is_learnt_by_every_kind_and_a_missing_value_is_the_median() {
        let (forest, boosting) = (forest_config(), XG_BOOST);
        let (x, y) = steps(200);
        for kind in
            [Kind::RandomForest(&forest), Kind::ExtraTrees(&forest), Kind::XgBoost(&boosting)]
        {
            let model = fit(&x, &y, kind);
            let probe = ndarray::array![[0.3_f32, 0.1], [-0.3, f32::NAN]];
            let predicted = model.predict(probe.view()).unwrap();
            for (found, expected) in predicted.iter().zip([300.0, 30.0, 100.0, 10.0]) {
                assert!((found / expected - 1.0).abs() < 0.05, "{kind:?}: {predicted}");
            }
            let known = ndarray::array![[-0.3_f32, model.imputation.medians[1]]];
            assert_eq!(model.predict(known.view()).unwrap().row(0), predicted.row(1));
            assert_eq!(fit(&x, &y, kind).predict(probe.view()).unwrap(), predicted);
            assert_eq!(model.predict(Array2::zeros((0, 2)).view()).unwrap().dim(), (0, 2));
            let narrow = model.predict(Array2::zeros((1, 1)).view());
            assert!(matches!(narrow, Err(ModelError::Width { expected: 2, found: 1 })));
        }
    }

    #[test]
    fn what_the_section_says_reaches_the_boosted_trees() {
        let (x, y) = steps(200);
        let worst = |config: XgBoostConfig| {
            let predicted = fit(&x, &y, Kind::XgBoost(&config)).predict(x.view()).unwrap();
            (predicted - &y).column(0).iter().fold(0.0_f64, |worst, error| worst.max(error.abs()))
        };
        assert!(worst(XG_BOOST) < 1.0);
        assert!(worst(XgBoostConfig { rounds: 2, ..XG_BOOST }) > 40.0);
        assert!(worst(XgBoostConfig { learning_rate: 0.001, ..XG_BOOST }) > 40.0);
        assert!(worst(XgBoostConfig { min_child_weight: 150, ..XG_BOOST }) > 40.0);
        assert!(worst(XgBoostConfig { lambda: 1e6, ..XG_BOOST }) > 40.0);
        assert!(worst(XgBoostConfig { gamma: 1e6, ..XG_BOOST }) > 40.0);
    }

    #[test]
    fn a_value_out_of_range_names_its_key() {
        XG_BOOST.validate().unwrap();
        let key = |change: fn(&mut XgBoostConfig)| {
            let mut config = XG_BOOST;
            change(&mut config);
            config.validate().unwrap_err().key
        };
        assert_eq!(key(|c| c.rounds = 0), "smartcore-xgboost.rounds");
        assert_eq!(key(|c| c.learning_rate = 0.0), "smartcore-xgboost.learning_rate");
        assert_eq!(key(|c| c.max_depth = 0), "smartcore-xgboost.max_depth");
        assert_eq!(key(|c| c.min_child_weight = 0), "smartcore-xgboost.min_child_weight");
        assert_eq!(key(|c| c.lambda = -1.0), "smartcore-xgboost.lambda");
        assert_eq!(key(|c| c.gamma = f64::NAN), "smartcore-xgboost.gamma");
    }
}
