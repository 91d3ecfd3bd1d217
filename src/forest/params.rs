//! *Parameters* say how a forest is grown; everything here changes its predictions.
//! Configs deserialise [`ForestParams`], check them once, and hand the checked form to
//! [`Forest::fit`](super::Forest::fit).

use serde::{Deserialize, Serialize};

/// Parameters as a user wrote them, not yet checked. There are no defaults: those belong
/// where a user can read them.
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
    /// How many features each node draws.
    pub max_features: MaxFeatures,
    /// Whether each tree sees as many rows as there are, drawn with replacement, or all rows.
    pub bootstrap: bool,
    /// How targets of different units share the split criterion.
    pub target_scaling: TargetScaling,
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
        match params.max_features {
            MaxFeatures::Count(count) => at_least("max_features", 1, count),
            MaxFeatures::Share(share) if !(share > 0.0 && share <= 1.0) => {
                Err(ForestParamsError::Share { found: share })
            }
            _ => Ok(()),
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
    /// A share of the features outside (0, 1].
    #[error("`max_features` as a share must be above 0 and at most 1, found {found}")]
    Share {
        /// The value found.
        found: f64,
    },
}

fn at_least(name: &'static str, least: usize, found: usize) -> Result<(), ForestParamsError> {
    if found < least { Err(ForestParamsError::TooSmall { name, least, found }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::testing::plain_params;

    #[test]
    fn each_parameter_out_of_range_is_named_with_its_value() {
        type Spoil = fn(&mut ForestParams);
        let cases: [(Spoil, &str); 7] = [
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
