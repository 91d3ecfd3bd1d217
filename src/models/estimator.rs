//! An *estimator* predicts all targets of a flight at one fraction. [`Model`] is the closed
//! set of fitted ones; [`fit`] is the one way to get one.
//!
//! `train` fits and scores them, `store` keeps them, `predict` applies them.

use std::ops::ControlFlow;

use ndarray::{Array1, Array2, ArrayView2, Axis as MatrixAxis};

use super::{
    ElasticNetConfig, ForestConfig, LinearModel, ModelError, PairTable, SmartcoreForest, Span,
};
use crate::forest::{Forest, ForestError};
use crate::tables::{ModelName, Target};

/// What an estimator sees of some flights.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Encoded features `(n_flights, n_columns)`, NaN being missing.
    pub x: ArrayView2<'a, f32>,
    /// Their pairs.
    pub pairs: &'a [Option<String>],
}

/// What an estimator learns from.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// The flights.
    pub inputs: Inputs<'a>,
    /// Their targets `(n_flights, n_targets)`, all finite.
    pub targets: ArrayView2<'a, f64>,
    /// What the columns of `targets` are.
    pub columns: &'a [Target],
    /// Their ends.
    pub spans: &'a [Span],
    /// The fraction at which the targets are.
    pub fraction: f64,
}

/// How estimators are fitted.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// For the forests.
    pub forest: &'a ForestConfig,
    /// For the elastic net.
    pub elastic_net: &'a ElasticNetConfig,
}

/// A fitted estimator.
#[derive(Debug)]
pub enum Model {
    /// One forest of all targets.
    Forest(Forest),
    /// A forest per target.
    ForestPerTarget(Vec<Forest>),
    /// smartcore's forest per target.
    SmartcoreForest(SmartcoreForest),
    /// A linear model of all targets.
    ElasticNet(LinearModel),
    /// The pair's medians.
    OdMedian(PairTable),
    /// The pair's great circle.
    GreatCircle(PairTable),
}

/// Whether a model uses features; the baselines know the pair only and are the same at every
/// horizon.
#[must_use]
pub fn uses_features(name: ModelName) -> bool {
    !matches!(name, ModelName::OdMedian | ModelName::GreatCircle)
}

/// Whether a model is kept in `model.traj`.
#[must_use]
pub fn is_stored(name: ModelName) -> bool {
    name != ModelName::SmartcoreForest
}

/// Fits an estimator. `seed_of` gives the seed for one target, or for all of a joint model;
/// `stopped` is asked from time to time, from any thread.
///
/// # Errors
/// As [`ModelError`] says.
pub fn fit(
    name: ModelName,
    training: &Training<'_>,
    settings: Settings<'_>,
    seed_of: &dyn Fn(Option<Target>) -> u64,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Model, ModelError> {
    let Training { inputs: Inputs { x, pairs }, targets, columns, spans, fraction } = *training;
    let grow = |targets: ArrayView2<'_, f64>, seed: u64| {
        let params = settings.forest.params(seed).check().map_err(ForestError::from)?;
        let on_tree = || if stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        Ok(Forest::fit(x, targets, &params, &on_tree)?)
    };
    match name {
        ModelName::Forest => Ok(Model::Forest(grow(targets, seed_of(None))?)),
        ModelName::ForestPerTarget => {
            let one = |(at, target): (usize, &Target)| {
                let column = targets.column(at).insert_axis(MatrixAxis(1));
                grow(column, seed_of(Some(*target)))
            };
            let forests: Result<_, ModelError> = columns.iter().enumerate().map(one).collect();
            Ok(Model::ForestPerTarget(forests?))
        }
        ModelName::SmartcoreForest => {
            let seeds: Vec<u64> = columns.iter().map(|target| seed_of(Some(*target))).collect();
            SmartcoreForest::fit(x, targets, settings.forest, &seeds, stopped)
                .map(Model::SmartcoreForest)
        }
        ModelName::ElasticNet => {
            LinearModel::fit(x, targets, settings.elastic_net).map(Model::ElasticNet)
        }
        ModelName::OdMedian => PairTable::od_median(pairs, targets, columns).map(Model::OdMedian),
        ModelName::GreatCircle => PairTable::great_circle(pairs, targets, columns, spans, fraction)
            .map(Model::GreatCircle),
    }
}

/// Impurity importances of a model's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnImportances {
    /// `(n_columns)` for all targets together; none where targets are learnt separately.
    pub overall: Option<Array1<f64>>,
    /// `(n_columns, n_targets)`.
    pub by_target: Array2<f64>,
}

impl Model {
    /// The estimator's name.
    #[must_use]
    pub fn name(&self) -> ModelName {
        match self {
            Self::Forest(_) => ModelName::Forest,
            Self::ForestPerTarget(_) => ModelName::ForestPerTarget,
            Self::SmartcoreForest(_) => ModelName::SmartcoreForest,
            Self::ElasticNet(_) => ModelName::ElasticNet,
            Self::OdMedian(_) => ModelName::OdMedian,
            Self::GreatCircle(_) => ModelName::GreatCircle,
        }
    }

    /// Predicts `(n_flights, n_targets)` in the units of the training targets; longitudes may
    /// leave -180..180 as those did.
    ///
    /// # Errors
    /// [`ModelError::Forest`], [`ModelError::Smartcore`] or [`ModelError::Width`].
    pub fn predict(&self, inputs: Inputs<'_>) -> Result<Array2<f64>, ModelError> {
        match self {
            Self::Forest(forest) => Ok(forest.predict(inputs.x)?),
            Self::ForestPerTarget(forests) => {
                let mut all = Array2::zeros((inputs.x.nrows(), forests.len()));
                for (mut column, forest) in all.columns_mut().into_iter().zip(forests) {
                    column.assign(&forest.predict(inputs.x)?.column(0));
                }
                Ok(all)
            }
            Self::SmartcoreForest(forest) => forest.predict(inputs.x),
            Self::ElasticNet(linear) => linear.predict(inputs.x),
            Self::OdMedian(table) | Self::GreatCircle(table) => Ok(table.predict(inputs.pairs)),
        }
    }

    /// Impurity importances; none for models without trees of ours.
    #[must_use]
    pub fn importances(&self) -> Option<ColumnImportances> {
        match self {
            Self::Forest(forest) => Some(ColumnImportances {
                overall: Some(forest.importances().overall().to_owned()),
                by_target: forest.importances().by_target().to_owned(),
            }),
            Self::ForestPerTarget(forests) => {
                let n_columns = forests.first().map_or(0, Forest::n_features);
                let mut by_target = Array2::zeros((n_columns, forests.len()));
                for (mut column, forest) in by_target.columns_mut().into_iter().zip(forests) {
                    column.assign(&forest.importances().overall());
                }
                Some(ColumnImportances { overall: None, by_target })
            }
            Self::SmartcoreForest(_)
            | Self::ElasticNet(_)
            | Self::OdMedian(_)
            | Self::GreatCircle(_) => None,
        }
    }
}
