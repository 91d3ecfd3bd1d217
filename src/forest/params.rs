//! *Parameters* say how a forest is grown; everything here changes its predictions.
//! Configs deserialise [`ForestParams`], check them once, and hand the checked form to
//! [`Forest::fit`](super::Forest::fit).

use serde::{Deserialize, Serialize};

/// Parameters as a user wrote them, not yet checked. The default is scikit-learn's, but for
/// targets that are standardised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForestParams {
    /// Number of trees, at least 1.
    pub n_trees: usize,
    /// Largest number of splits between the root and a leaf, at least 1; `None` is unlimited.
    pub max_depth: Option<usize>,
    /// A node with fewer distinct rows becomes a leaf; at least 2.
    pub min_samples_split: usize,
    /// No split may leave a side with fewer distinct rows; at least 1. A row that the
    /// bootstrap drew several times counts once, as in scikit-learn.
    pub min_samples_leaf: usize,
    /// Largest number of leaves of a tree, at least 2; `None` is unlimited. A limited tree
    /// splits the node next whose split decreases the squared error most.
    pub max_leaf_nodes: Option<usize>,
    /// How many features each node draws.
    pub max_features: MaxFeatures,
    /// Where a node cuts the features that it drew.
    pub thresholds: Thresholds,
    /// Whether each tree sees rows drawn with replacement, or all rows once.
    pub bootstrap: bool,
    /// How many rows a bootstrap draws; `None` is as many as there are.
    pub max_samples: Option<MaxSamples>,
    /// How targets of different units share the split criterion.
    pub target_scaling: TargetScaling,
    /// How much each target's squared error counts in the criterion, at least 0 and not all
    /// 0; `None` is 1 for all.
    pub target_weights: Option<Vec<f64>>,
    /// Whether the forest remembers the training rows of its leaves, which quantiles need.
    pub keep_leaf_rows: bool,
    /// Whether each training row is predicted by the trees that did not draw it; needs
    /// `bootstrap`.
    pub out_of_bag: bool,
    /// Key of every random draw: equal seeds and data give equal forests.
    pub seed: u64,
}

/// How many features a node draws, without replacement, before it settles for the best
/// split. Constant features count as drawn, but a node draws on until one was not constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaxFeatures {
    /// Every feature.
    All,
    /// This share of the features, above 0 and at most 1, rounded down but at least one.
    Share(f64),
    /// This many features, at least 1; more than there are means all.
    Count(usize),
    /// The square root of the number of features, rounded down.
    Sqrt,
}

impl MaxFeatures {
    /// The number of features to draw out of `n_features`, between 1 and `n_features`.
    pub(super) fn count(self, n_features: usize) -> usize {
        let count = match self {
            Self::All => n_features,
            Self::Share(share) => (share * n_features as f64) as usize,
            Self::Count(count) => count,
            Self::Sqrt => n_features.isqrt(),
        };
        count.clamp(1, n_features)
    }
}

/// Where a node cuts a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thresholds {
    /// Where the criterion gains most, of all cuts: an exact search.
    Best,
    /// At one random place between the node's smallest and largest value, which makes
    /// extremely randomised trees (Geurts, Ernst and Wehenkel 2006).
    Random,
}

/// How many rows a bootstrap draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaxSamples {
    /// This share of the rows, above 0 and at most 1, rounded but at least one.
    Share(f64),
    /// This many rows, at least 1; more than there are means as many as there are.
    Count(usize),
}

impl MaxSamples {
    /// The number of rows to draw out of `n_rows`, between 1 and `n_rows`.
    pub(super) fn count(self, n_rows: usize) -> usize {
        let count = match self {
            Self::Share(share) => (share * n_rows as f64).round() as usize,
            Self::Count(count) => count,
        };
        count.clamp(1, n_rows)
    }
}

/// How targets of different units share the split criterion. Leaf values and predictions
/// are in the original units either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetScaling {
    /// Divide each target by its standard deviation (population, over the training rows),
    /// so that every target has the same say.
    Standard,
    /// Use the targets as they are, so that the one with the largest numbers decides the
    /// splits: scikit-learn's behaviour.
    None,
}

/// Parameters that were checked; the only kind that [`Forest::fit`](super::Forest::fit) takes.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidForestParams(ForestParams);

impl Default for ForestParams {
    fn default() -> Self {
        Self {
            n_trees: 100,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_leaf_nodes: None,
            max_features: MaxFeatures::All,
            thresholds: Thresholds::Best,
            bootstrap: true,
            max_samples: None,
            target_scaling: TargetScaling::Standard,
            target_weights: None,
            keep_leaf_rows: false,
            out_of_bag: false,
            seed: 0,
        }
    }
}

impl ForestParams {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first parameter that is out of range, with the value found.
    pub fn check(self) -> Result<ValidForestParams, ForestParamsError> {
        let valid = ValidForestParams::unchecked(self);
        valid.verify()?;
        Ok(valid)
    }
}

impl ValidForestParams {
    /// The values, all in range.
    #[must_use]
    pub fn get(&self) -> &ForestParams {
        &self.0
    }

    /// Wraps values that [`verify`](Self::verify) has yet to see; for linfa's convention of
    /// handing out a reference to the checked form.
    pub(super) fn unchecked(params: ForestParams) -> Self {
        Self(params)
    }

    /// Checks every value.
    pub(super) fn verify(&self) -> Result<(), ForestParamsError> {
        let params = &self.0;
        at_least("n_trees", 1, params.n_trees)?;
        if let Some(depth) = params.max_depth {
            at_least("max_depth", 1, depth)?;
        }
        at_least("min_samples_split", 2, params.min_samples_split)?;
        at_least("min_samples_leaf", 1, params.min_samples_leaf)?;
        if let Some(leaves) = params.max_leaf_nodes {
            at_least("max_leaf_nodes", 2, leaves)?;
        }
        match params.max_features {
            MaxFeatures::Count(count) => at_least("max_features", 1, count)?,
            MaxFeatures::Share(found) => share("max_features", found)?,
            MaxFeatures::All | MaxFeatures::Sqrt => {}
        }
        match params.max_samples {
            Some(_) if !params.bootstrap => return Err(ForestParamsError::SamplesOfAll),
            Some(MaxSamples::Count(count)) => at_least("max_samples", 1, count)?,
            Some(MaxSamples::Share(found)) => share("max_samples", found)?,
            None => {}
        }
        if params.out_of_bag && !params.bootstrap {
            return Err(ForestParamsError::NothingLeftOut);
        }
        let Some(weights) = &params.target_weights else { return Ok(()) };
        match weights.iter().position(|weight| !(0.0..=1e100).contains(weight)) {
            Some(target) => Err(ForestParamsError::TargetWeight { target, found: weights[target] }),
            None if weights.iter().all(|&weight| weight == 0.0) => {
                Err(ForestParamsError::NoTargetWeight)
            }
            None => Ok(()),
        }
    }
}

/// A parameter that is out of range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForestParamsError {
    /// A count below its smallest meaningful value.
    #[error("`{name}` must be at least {least}, found {found}")]
    TooSmall {
        /// The parameter.
        name: &'static str,
        /// Its smallest allowed value.
        least: usize,
        /// The value found.
        found: usize,
    },
    /// A share outside (0, 1].
    #[error("`{name}` as a share must be above 0 and at most 1, found {found}")]
    Share {
        /// The parameter.
        name: &'static str,
        /// The value found.
        found: f64,
    },
    /// A number of rows to draw, but nothing is drawn.
    #[error("`max_samples` needs `bootstrap`, which is off")]
    SamplesOfAll,
    /// Out-of-bag predictions, but every tree sees every row.
    #[error("`out_of_bag` needs `bootstrap`, which is off")]
    NothingLeftOut,
    /// A target's weight that is negative, not finite or beyond 1e100.
    #[error("the weight of target {target} must be from 0 to 1e100, found {found}")]
    TargetWeight {
        /// The target, from 0.
        target: usize,
        /// The value found.
        found: f64,
    },
    /// No target counts.
    #[error("at least one target must have a weight above 0")]
    NoTargetWeight,
}

fn at_least(name: &'static str, least: usize, found: usize) -> Result<(), ForestParamsError> {
    if found < least { Err(ForestParamsError::TooSmall { name, least, found }) } else { Ok(()) }
}

fn share(name: &'static str, found: f64) -> Result<(), ForestParamsError> {
    if found > 0.0 && found <= 1.0 { Ok(()) } else { Err(ForestParamsError::Share { name, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::testing::plain_params;

    #[test]
    fn each_parameter_out_of_range_is_named_with_its_value() {
        type Spoil = fn(&mut ForestParams);
        let cases: [(Spoil, &str); 14] = [
            (|p| p.n_trees = 0, "`n_trees` must be at least 1, found 0"),
            (|p| p.max_depth = Some(0), "`max_depth` must be at least 1, found 0"),
            (|p| p.min_samples_split = 1, "`min_samples_split` must be at least 2, found 1"),
            (|p| p.min_samples_leaf = 0, "`min_samples_leaf` must be at least 1, found 0"),
            (
                |p| p.max_features = MaxFeatures::Count(0),
                "`max_features` must be at least 1, found 0",
            ),
            (
                |p| p.max_features = MaxFeatures::Share(1.5),
                "`max_features` as a share must be above 0 and at most 1, found 1.5",
            ),
            (
                |p| p.max_features = MaxFeatures::Share(f64::NAN),
                "`max_features` as a share must be above 0 and at most 1, found NaN",
            ),
            (|p| p.max_leaf_nodes = Some(1), "`max_leaf_nodes` must be at least 2, found 1"),
            (
                |p| (p.bootstrap, p.max_samples) = (true, Some(MaxSamples::Count(0))),
                "`max_samples` must be at least 1, found 0",
            ),
            (
                |p| (p.bootstrap, p.max_samples) = (true, Some(MaxSamples::Share(0.0))),
                "`max_samples` as a share must be above 0 and at most 1, found 0",
            ),
            (
                |p| (p.bootstrap, p.max_samples) = (false, Some(MaxSamples::Count(9))),
                "`max_samples` needs `bootstrap`, which is off",
            ),
            (
                |p| (p.bootstrap, p.out_of_bag) = (false, true),
                "`out_of_bag` needs `bootstrap`, which is off",
            ),
            (
                |p| p.target_weights = Some(vec![1.0, -0.5]),
                "the weight of target 1 must be from 0 to 1e100, found -0.5",
            ),
            (
                |p| p.target_weights = Some(vec![0.0, 0.0]),
                "at least one target must have a weight above 0",
            ),
        ];
        for (spoil, message) in cases {
            let mut params = plain_params();
            spoil(&mut params);
            assert_eq!(params.check().unwrap_err().to_string(), message);
        }
        assert!(plain_params().check().is_ok());
    }

    #[test]
    fn the_number_of_drawn_features_is_rounded_down_but_never_zero() {
        assert_eq!(MaxFeatures::All.count(115), 115);
        assert_eq!(MaxFeatures::Share(0.33).count(115), 37);
        assert_eq!(MaxFeatures::Share(0.001).count(115), 1);
        assert_eq!(MaxFeatures::Count(200).count(115), 115);
        assert_eq!(MaxFeatures::Sqrt.count(115), 10);
        assert_eq!(MaxFeatures::Sqrt.count(1), 1);
    }

    #[test]
    fn the_number_of_drawn_rows_is_rounded_but_never_zero() {
        assert_eq!(MaxSamples::Share(0.25).count(10), 3);
        assert_eq!(MaxSamples::Share(0.001).count(10), 1);
        assert_eq!(MaxSamples::Count(7).count(10), 7);
        assert_eq!(MaxSamples::Count(70).count(10), 10);
    }

    #[test]
    fn parameters_survive_a_round_trip_through_text() {
        for max_features in
            [MaxFeatures::All, MaxFeatures::Share(0.33), MaxFeatures::Count(3), MaxFeatures::Sqrt]
        {
            let params = ForestParams { max_features, ..plain_params() };
            let text = serde_json::to_string(&params).unwrap();
            assert_eq!(serde_json::from_str::<ForestParams>(&text).unwrap(), params);
        }
    }
}
