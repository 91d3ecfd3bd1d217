//! *Settings* are the configuration's sections `[forest]` and `[elastic-net]`.
//!
//! `config` reads them, `train` hands them to the estimators. There are no defaults here:
//! every value is written out where a user can read it.

use serde::{Deserialize, Serialize};

use super::{FeatureDraw, SampleDraw};
use crate::forest::{ForestParams, ForestParamsError, TargetScaling, Thresholds};
use crate::problem::Invalid;

/// The section `[forest]`: settings of `forest`, `forest-per-target`, `forest-path` and, as far
/// as they have them, `smartcore-forest` and `smartcore-extra-trees`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForestConfig {
    /// Number of trees, at least 1.
    pub trees: usize,
    /// Largest number of splits between root and leaf; absent or 0 is unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_depth: Option<usize>,
    /// A node with fewer flights becomes a leaf; at least 2.
    pub min_samples_split: usize,
    /// No split leaves a side with fewer flights; at least 1.
    pub min_samples_leaf: usize,
    /// Largest number of leaves of a tree, at least 2; absent or 0 is unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_leaf_nodes: Option<usize>,
    /// How many features each node looks at.
    pub max_features: FeatureDraw,
    /// Whether each tree sees flights drawn with replacement, or all of them.
    pub bootstrap: bool,
    /// How many flights each tree draws; absent is as many as there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_samples: Option<SampleDraw>,
    /// Where a split cuts a feature: at the best place or, for extremely randomised trees, at
    /// a random one; absent is the best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    /// How targets of different units share the split criterion.
    pub target_scaling: TargetScaling,
}

/// The section `[elastic-net]`: settings of linfa's multi-task elastic net, which minimises
/// `|Y - XW|^2 / 2n + penalty (l1_ratio |W|_21 + (1 - l1_ratio) |W|^2 / 2)` for standardised
/// features and targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticNetConfig {
    /// Weight of both penalties, at least 0.
    pub penalty: f64,
    /// Share of the penalty that drops features, from 0 (ridge) to 1 (lasso).
    pub l1_ratio: f64,
    /// Passes over the features, at least 1.
    pub max_iterations: u32,
    /// Duality gap, as a share of the targets' sum of squares, at which it stops; above 0.
    pub tolerance: f64,
}

impl ForestConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.params(0).check().map(|_| ()).map_err(|error| {
            let (name, message) = match &error {
                ForestParamsError::TooSmall { name: "n_trees", least, found } => {
                    ("trees", format!("must be at least {least}, found {found}"))
                }
                ForestParamsError::TooSmall { name, least, found } => {
                    (*name, format!("must be at least {least}, found {found}"))
                }
                ForestParamsError::Share { name, found } => {
                    (*name, format!("as a share must be above 0 and at most 1.0, found {found}"))
                }
                ForestParamsError::NothingLeftOut => ("bootstrap", error.to_string()),
                ForestParamsError::SamplesOfAll => ("max_samples", error.to_string()),
                ForestParamsError::TargetWeight { .. } | ForestParamsError::NoTargetWeight => {
                    ("target_weights", error.to_string())
                }
            };
            Invalid::new(format!("forest.{name}"), message)
        })
    }

    /// The engine's parameters for a seed.
    #[must_use]
    pub fn params(&self, seed: u64) -> ForestParams {
        ForestParams {
            n_trees: self.trees,
            max_depth: self.max_depth.filter(|depth| *depth > 0),
            min_samples_split: self.min_samples_split,
            min_samples_leaf: self.min_samples_leaf,
            max_leaf_nodes: self.max_leaf_nodes.filter(|leaves| *leaves > 0),
            max_features: self.max_features.0,
            thresholds: self.thresholds.unwrap_or(Thresholds::Best),
            bootstrap: self.bootstrap,
            max_samples: self.max_samples.map(|draw| draw.0),
            target_scaling: self.target_scaling,
            seed,
            ..ForestParams::default()
        }
    }
}

impl ElasticNetConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), Invalid> {
        let wrong = |key: &str, rule: &str, found: f64| {
            Err(Invalid::new(format!("elastic-net.{key}"), format!("{rule}, found {found}")))
        };
        if !(self.penalty >= 0.0 && self.penalty.is_finite()) {
            return wrong("penalty", "must be at least 0", self.penalty);
        }
        if !(0.0..=1.0).contains(&self.l1_ratio) {
            return wrong("l1_ratio", "must be from 0 to 1", self.l1_ratio);
        }
        if self.max_iterations == 0 {
            return wrong("max_iterations", "must be at least 1", 0.0);
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            return wrong("tolerance", "must be above 0", self.tolerance);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::{MaxFeatures, MaxSamples};
    use crate::models::testing::{elastic_net_config, forest_config};

    fn read(max_features: &str) -> Result<ForestConfig, toml::de::Error> {
        toml::from_str(&format!(
            "trees = 100\nmin_samples_split = 2\nmin_samples_leaf = 2\nbootstrap = true\n\
             target_scaling = \"standard\"\nmax_features = {max_features}\n"
        ))
    }

    #[test]
    fn a_share_a_count_and_sqrt_are_told_apart_and_survive_a_round_trip() {
        for (text, expected) in [
            ("1.0", MaxFeatures::Share(1.0)),
            ("1", MaxFeatures::Count(1)),
            ("\"sqrt\"", MaxFeatures::Sqrt),
        ] {
            let config = read(text).unwrap();
            assert_eq!(config.max_features.0, expected);
            config.validate().unwrap();
            let again: ForestConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
            assert_eq!(again, config);
        }
        for text in ["-1", "\"log2\"", "true"] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains("a share such as 1.0"), "{message}");
        }
    }

    #[test]
    fn what_is_optional_is_read_and_survives_a_round_trip() {
        let with = |line: &str| read(&format!("1.0\n{line}"));
        assert_eq!(with("").unwrap().params(3), ForestParams { seed: 3, ..with_two_per_leaf() });
        for (line, change) in [
            ("max_leaf_nodes = 9", (|p| p.max_leaf_nodes = Some(9)) as fn(&mut ForestParams)),
            ("max_leaf_nodes = 0", |_| {}),
            ("max_samples = 0.5", |p| p.max_samples = Some(MaxSamples::Share(0.5))),
            ("max_samples = 2000", |p| p.max_samples = Some(MaxSamples::Count(2000))),
            ("thresholds = \"best\"", |_| {}),
            ("thresholds = \"random\"", |p| p.thresholds = Thresholds::Random),
        ] {
            let config = with(line).unwrap();
            config.validate().unwrap();
            let mut expected = with_two_per_leaf();
            change(&mut expected);
            assert_eq!(config.params(0), expected, "{line}");
            let again: ForestConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
            assert_eq!(again, config);
        }
        let message = with("max_samples = \"sqrt\"").unwrap_err().to_string();
        assert!(message.contains("a share such as 0.5 or a count such as 2000"), "{message}");
    }

    fn with_two_per_leaf() -> ForestParams {
        let max_features = MaxFeatures::Share(1.0);
        ForestParams { min_samples_leaf: 2, max_features, ..ForestParams::default() }
    }

    #[test]
    fn a_value_out_of_range_names_its_key() {
        let mut forest = forest_config();
        forest.trees = 0;
        assert_eq!(
            forest.validate().unwrap_err().to_string(),
            "forest.trees: must be at least 1, found 0"
        );
        let share =
            ForestConfig { max_features: FeatureDraw(MaxFeatures::Share(2.0)), ..forest_config() };
        assert_eq!(share.validate().unwrap_err().key, "forest.max_features");
        let all = ForestConfig {
            bootstrap: false,
            max_samples: Some(SampleDraw(MaxSamples::Count(5))),
            ..forest_config()
        };
        assert_eq!(all.validate().unwrap_err().key, "forest.max_samples");
        let stump = ForestConfig { max_leaf_nodes: Some(1), ..forest_config() };
        assert_eq!(stump.validate().unwrap_err().key, "forest.max_leaf_nodes");
        let unlimited = ForestConfig { max_depth: Some(0), ..forest_config() };
        assert_eq!(unlimited.params(1).max_depth, None);
        unlimited.validate().unwrap();

        let net = ElasticNetConfig { l1_ratio: 1.5, ..elastic_net_config() };
        assert_eq!(net.validate().unwrap_err().key, "elastic-net.l1_ratio");
        let net = ElasticNetConfig { penalty: f64::NAN, ..elastic_net_config() };
        assert_eq!(net.validate().unwrap_err().key, "elastic-net.penalty");
    }
}
