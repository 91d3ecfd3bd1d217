//! An *estimator* predicts all targets of a flight, at one fraction or at all of them. [`Model`]
//! is the closed set of fitted ones.
//!
//! `fitting` makes them, `train` scores them, `store` keeps them, `predict` applies them.

use ndarray::{Array1, Array2, ArrayView2};

use super::path::parted;
use super::{
    FromMedian, LinearModel, ModelError, PairTable, RouteCluster, SmartcoreModel, WholePath,
};
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
    /// One forest of all targets at all fractions.
    ForestPath(WholePath<FromMedian<Forest>>),
    /// The routes of each pair.
    RouteCluster(WholePath<RouteCluster>),
    /// smartcore's forest per target.
    SmartcoreForest(FromMedian<SmartcoreModel>),
    /// smartcore's extremely randomised trees per target.
    SmartcoreExtraTrees(FromMedian<SmartcoreModel>),
    /// smartcore's boosted trees per target.
    SmartcoreXgBoost(FromMedian<SmartcoreModel>),
    /// A linear model of all targets.
    ElasticNet(FromMedian<LinearModel>),
    /// A linear model of all targets on a few directions of the features.
    Pls(FromMedian<LinearModel>),
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
    matches!(name, ModelName::Forest | ModelName::ForestPerTarget | ModelName::ForestPath)
}

/// Whether a model is kept in `model.traj`.
#[must_use]
pub fn is_stored(name: ModelName) -> bool {
    !matches!(
        name,
        ModelName::SmartcoreForest | ModelName::SmartcoreExtraTrees | ModelName::SmartcoreXgBoost
    )
}

/// Whether a model has one estimator of all fractions rather than one for each.
#[must_use]
pub fn is_of_path(name: ModelName) -> bool {
    matches!(name, ModelName::ForestPath | ModelName::RouteCluster)
}

/// Number of estimators that a model has for a number of fractions.
#[must_use]
pub fn n_estimators(name: ModelName, n_fractions: usize) -> usize {
    if is_of_path(name) { 1 } else { n_fractions }
}

/// Impurity importances of a model's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnImportances {
    /// `(n_columns)` for all targets together; none where targets are learnt separately.
    pub overall: Option<Array1<f64>>,
    /// `(n_columns, n_targets)`; for a model of whole paths the targets at the first fraction,
    /// then those at the second, and so on.
    pub by_target: Array2<f64>,
}

impl ColumnImportances {
    /// Parts those of a model of whole paths into the shares for all fractions together and,
    /// per fraction, those of its `n_targets` targets.
    #[must_use]
    pub fn parted(self, n_targets: usize) -> (Self, Vec<Self>) {
        let of_fraction = |by_target| Self { overall: None, by_target };
        let by_fraction = parted(&self.by_target, n_targets).into_iter().map(of_fraction);
        let by_fraction = by_fraction.collect();
        let none = Array2::zeros((self.by_target.nrows(), 0));
        (Self { overall: self.overall, by_target: none }, by_fraction)
    }
}

/// What each of the forests per target says of some flights, a column each.
fn side_by_side(
    forests: &[Forest],
    of_one: impl Fn(&Forest) -> Result<Array1<f64>, ModelError>,
) -> Result<Array2<f64>, ModelError> {
    let columns = forests.iter().map(of_one).collect::<Result<Vec<_>, _>>()?;
    let n_rows = columns.first().map_or(0, Array1::len);
    Ok(Array2::from_shape_fn((n_rows, columns.len()), |(row, column)| columns[column][row]))
}

/// Predictions, a matrix `(n_flights, n_targets)` per fraction, and as many of their spread.
type WithSpread = (Vec<Array2<f64>>, Option<Vec<Array2<f64>>>);

impl Model {
    /// The estimator's name.
    #[must_use]
    pub fn name(&self) -> ModelName {
        match self {
            Self::Forest(_) => ModelName::Forest,
            Self::ForestPerTarget(_) => ModelName::ForestPerTarget,
            Self::ForestPath(_) => ModelName::ForestPath,
            Self::RouteCluster(_) => ModelName::RouteCluster,
            Self::SmartcoreForest(_) => ModelName::SmartcoreForest,
            Self::SmartcoreExtraTrees(_) => ModelName::SmartcoreExtraTrees,
            Self::SmartcoreXgBoost(_) => ModelName::SmartcoreXgBoost,
            Self::ElasticNet(_) => ModelName::ElasticNet,
            Self::Pls(_) => ModelName::Pls,
            Self::OdMedian(_) => ModelName::OdMedian,
            Self::GreatCircle(_) => ModelName::GreatCircle,
        }
    }

    /// Whether it starts from what it has learnt of a flight's pair, so that there is nothing to
    /// start from where the pair is new to it.
    #[must_use]
    pub fn starts_from_pair(&self) -> bool {
        match self {
            Self::Forest(FromMedian { medians, .. })
            | Self::ForestPerTarget(FromMedian { medians, .. })
            | Self::ForestPath(WholePath { estimator: FromMedian { medians, .. }, .. })
            | Self::SmartcoreForest(FromMedian { medians, .. })
            | Self::SmartcoreExtraTrees(FromMedian { medians, .. })
            | Self::SmartcoreXgBoost(FromMedian { medians, .. })
            | Self::ElasticNet(FromMedian { medians, .. })
            | Self::Pls(FromMedian { medians, .. }) => !medians.states.is_empty(),
            Self::RouteCluster(_) | Self::OdMedian(_) | Self::GreatCircle(_) => true,
        }
    }

    /// Predicts a matrix `(n_flights, n_targets)` per fraction of the estimator, which is one
    /// unless it [`is_of_path`], in the units of the training targets; longitudes may leave
    /// -180..180 as those did.
    ///
    /// # Errors
    /// [`ModelError::Forest`], [`ModelError::Smartcore`] or [`ModelError::Width`].
    pub fn predict(&self, inputs: Inputs<'_>) -> Result<Vec<Array2<f64>>, ModelError> {
        let Inputs { x, pairs } = inputs;
        let predicted = match self {
            Self::Forest(model) => model.predict(pairs, |forest| Ok(forest.predict(x)?)),
            Self::ForestPerTarget(model) => model.predict(pairs, |forests| {
                side_by_side(forests, |forest| Ok(forest.predict(x)?.column(0).to_owned()))
            }),
            Self::ForestPath(WholePath { n_targets, estimator: model }) => {
                let joined = model.predict(pairs, |forest| Ok(forest.predict(x)?))?;
                return Ok(parted(&joined, *n_targets));
            }
            Self::RouteCluster(WholePath { n_targets, estimator: routes }) => {
                return Ok(parted(&routes.predict(x, pairs)?, *n_targets));
            }
            Self::SmartcoreForest(model)
            | Self::SmartcoreExtraTrees(model)
            | Self::SmartcoreXgBoost(model) => model.predict(pairs, |trees| trees.predict(x)),
            Self::ElasticNet(model) | Self::Pls(model) => {
                model.predict(pairs, |linear| linear.predict(x))
            }
            Self::OdMedian(table) | Self::GreatCircle(table) => Ok(table.predict(pairs)),
        };
        Ok(vec![predicted?])
    }

    /// What [`predict`](Self::predict) says, and how much the trees disagree about it, matrix
    /// by matrix (see [`Forest::predict_spread`]); none for models without trees of ours.
    ///
    /// # Errors
    /// As those of [`predict`](Self::predict).
    pub fn predict_with_spread(&self, inputs: Inputs<'_>) -> Result<WithSpread, ModelError> {
        let predicted = self.predict(inputs)?;
        // The medians that trees start from are the same for all of them.
        let spread = match self {
            Self::Forest(model) => vec![model.learner.predict_spread(inputs.x)?],
            Self::ForestPath(WholePath { n_targets, estimator: model }) => {
                parted(&model.learner.predict_spread(inputs.x)?, *n_targets)
            }
            Self::ForestPerTarget(model) => {
                let of_one = |forest: &Forest| {
                    Ok::<_, ModelError>(forest.predict_spread(inputs.x)?.column(0).to_owned())
                };
                vec![side_by_side(&model.learner, of_one)?]
            }
            Self::RouteCluster(_)
            | Self::SmartcoreForest(_)
            | Self::SmartcoreExtraTrees(_)
            | Self::SmartcoreXgBoost(_)
            | Self::ElasticNet(_)
            | Self::Pls(_)
            | Self::OdMedian(_)
            | Self::GreatCircle(_) => return Ok((predicted, None)),
        };
        Ok((predicted, Some(spread)))
    }

    /// Impurity importances; none for models without trees of ours.
    #[must_use]
    pub fn importances(&self) -> Option<ColumnImportances> {
        match self {
            Self::Forest(FromMedian { learner: forest, .. })
            | Self::ForestPath(WholePath {
                estimator: FromMedian { learner: forest, .. }, ..
            }) => Some(ColumnImportances {
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
            Self::RouteCluster(_)
            | Self::SmartcoreForest(_)
            | Self::SmartcoreExtraTrees(_)
            | Self::SmartcoreXgBoost(_)
            | Self::ElasticNet(_)
            | Self::Pls(_)
            | Self::OdMedian(_)
            | Self::GreatCircle(_) => None,
        }
    }
}
