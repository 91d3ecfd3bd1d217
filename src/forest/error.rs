//! A *forest error* says which cell, shape or request a forest cannot work with.
//! Every method of [`Forest`](super::Forest) but `decode` returns it.

use super::params::ForestParamsError;

/// What stops a fit or a prediction. Rows and columns count from 0.
#[derive(Debug, thiserror::Error)]
pub enum ForestError {
    /// A parameter is out of range.
    #[error(transparent)]
    Params(#[from] ForestParamsError),
    /// There is nothing to learn from.
    #[error("a forest needs at least one row and feature, found {n_rows} and {n_features}")]
    NoFeatures {
        /// Rows of the features.
        n_rows: usize,
        /// Columns of the features.
        n_features: usize,
    },
    /// There is nothing to learn.
    #[error("a forest needs at least one target, found none in {n_rows} rows")]
    NoTargets {
        /// Rows of the targets.
        n_rows: usize,
    },
    /// There is not one weight for each target.
    #[error("there are {weights} target weights for {targets} targets")]
    TargetWeights {
        /// Number of weights.
        weights: usize,
        /// Number of targets.
        targets: usize,
    },
    /// Features and targets disagree on the number of rows.
    #[error("features have {features} rows but targets have {targets}")]
    RowsDiffer {
        /// Rows of the features.
        features: usize,
        /// Rows of the targets.
        targets: usize,
    },
    /// More rows or features than 31 bits count, or more leaves than 32 bits do.
    #[error("{what} number {found}, more than a forest can index")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A feature is infinite; a missing feature would be NaN.
    #[error("feature {column} of row {row} is infinite")]
    InfiniteFeature {
        /// Row of the features.
        row: usize,
        /// Column of the features.
        column: usize,
    },
    /// A target is missing, infinite, or so large that its square would be.
    #[error("target {column} of row {row} is {found}, which no forest can learn")]
    UnusableTarget {
        /// Row of the targets.
        row: usize,
        /// Column of the targets.
        column: usize,
        /// The value found.
        found: f64,
    },
    /// The caller asked to stop.
    #[error("the fit was interrupted")]
    Interrupted,
    /// Rows to predict have another width than those learned from.
    #[error("rows have {found} features but the forest was fitted on {expected}")]
    FeatureWidth {
        /// Features that the forest was fitted on.
        expected: usize,
        /// Features found.
        found: usize,
    },
    /// The space for a prediction has another width than the targets.
    #[error("there is space for {found} targets but the forest predicts {expected}")]
    TargetWidth {
        /// Targets that the forest was fitted on.
        expected: usize,
        /// Space found.
        found: usize,
    },
    /// A column is exchanged that there is not.
    #[error("there is no feature {found} among {n_features}")]
    NoSuchFeature {
        /// The feature asked for.
        found: usize,
        /// Features that the forest was fitted on.
        n_features: usize,
    },
    /// A column is exchanged for one of another length.
    #[error("the column has {found} rows but there are {expected}")]
    ColumnLength {
        /// Rows that there are.
        expected: usize,
        /// Rows of the new column.
        found: usize,
    },
    /// A quantile is asked for at a level that is no share.
    #[error("quantile {found} is not between 0 and 1")]
    QuantileLevel {
        /// The level asked for.
        found: f64,
    },
    /// Quantiles are asked for, but the forest does not know the training rows of its leaves.
    #[error(
        "the forest was fitted without its leaves' training rows; fit it with `keep_leaf_rows` on"
    )]
    NoLeafRows,
    /// linfa refused something about the data set.
    #[error("linfa: {0}")]
    Linfa(#[from] linfa::Error),
}
