//! An *estimator* predicts all targets of a flight at one fraction. [`Model`] is the closed
//! set of fitted ones.
//!
//! `fitting` makes them, `train` scores them, `store` keeps them, `predict` applies them.

use ndarray::{Array1, Array2, ArrayView2};

use super::{FromMedian, LinearModel, ModelError, PairTable, SmartcoreForest};
use crate::forest::Forest;
use crate::tables::ModelName;

/// What an estimator sees of some flights.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Encoded features `(n_flights, n_columns)`, NaN being missing.
    pub x: ArrayView2<'a, f32>,
    /// Their pairs.
    pub pairs: &'a [Option<String>],
}

/// A fitted estimator.
#[derive(Debug)]
pub enum Model {
    /// One forest of all targets.
    Forest(FromMedian<Forest>),
    /// A forest per target.
    ForestPerTarget(FromMedian<Vec<Forest>>),
    /// smartcore's forest per target.
    SmartcoreForest(FromMedian<SmartcoreForest>),
    /// A linear model of all targets.
    ElasticNet(FromMedian<LinearModel>),
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

/// Whether a model is made of trees of ours, which grow from sorted features.
#[must_use]
pub fn is_grown(name: ModelName) -> bool {
    matches!(name, ModelName::Forest | ModelName::ForestPerTarget)
}

/// Whether a model is kept in `model.traj`.
#[must_use]
pub fn is_stored(name: ModelName) -> bool {
    name != ModelName::SmartcoreForest
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
        let Inputs { x, pairs } = inputs;
        match self {
            Self::Forest(model) => model.predict(pairs, |forest| Ok(forest.predict(x)?)),
            Self::ForestPerTarget(model) => model.predict(pairs, |forests| {
                let mut all = Array2::zeros((x.nrows(), forests.len()));
                for (mut column, forest) in all.columns_mut().into_iter().zip(forests) {
                    column.assign(&forest.predict(x)?.column(0));
                }
                Ok(all)
            }),
            Self::SmartcoreForest(model) => model.predict(pairs, |forest| forest.predict(x)),
            Self::ElasticNet(model) => model.predict(pairs, |linear| linear.predict(x)),
            Self::OdMedian(table) | Self::GreatCircle(table) => Ok(table.predict(pairs)),
        }
    }

    /// What [`predict`](Self::predict) says, and how much the trees disagree about it
    /// (`(n_flights, n_targets)`, see [`Forest::predict_spread`]); none for models without
    /// trees of ours.
    ///
    /// # Errors
    /// As those of [`predict`](Self::predict).
    pub fn predict_with_spread(
        &self,
        inputs: Inputs<'_>,
    ) -> Result<(Array2<f64>, Option<Array2<f64>>), ModelError> {
        let predicted = self.predict(inputs)?;
        // The medians that trees start from are the same for all of them.
        let spread = match self {
            Self::Forest(model) => Some(model.learner.predict_spread(inputs.x)?),
            Self::ForestPerTarget(model) => {
                let mut all = Array2::zeros(predicted.dim());
                for (mut column, forest) in all.columns_mut().into_iter().zip(&model.learner) {
                    column.assign(&forest.predict_spread(inputs.x)?.column(0));
                }
                Some(all)
            }
            _ => None,
        };
        Ok((predicted, spread))
    }

    /// Impurity importances; none for models without trees of ours.
    #[must_use]
    pub fn importances(&self) -> Option<ColumnImportances> {
        match self {
            Self::Forest(FromMedian { learner: forest, .. }) => Some(ColumnImportances {
                overall: Some(forest.importances().overall().to_owned()),
                by_target: forest.importances().by_target().to_owned(),
            }),
            Self::ForestPerTarget(FromMedian { learner: forests, .. }) => {
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
