//! *Settings* are the configuration's sections `[forest]` and `[elastic-net]`.
//!
//! `config` reads them, `train` hands them to the estimators. There are no defaults here:
//! every value is written out where a user can read it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::forest::{ForestParams, ForestParamsError, MaxFeatures, TargetScaling};
use crate::problem::Invalid;

/// The section `[forest]`: settings of `forest`, `forest-per-target` and, as far as it has
/// them, `smartcore-forest`.
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
    /// How many features each node looks at.
    pub max_features: FeatureDraw,
    /// Whether each tree sees flights drawn with replacement, or all of them.
    pub bootstrap: bool,
    /// How targets of different units share the split criterion.
    pub target_scaling: TargetScaling,
}

/// How many features a node draws: `1.0` (a share), `5` (a count) or `"sqrt"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureDraw(pub MaxFeatures);

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
            max_features: self.max_features.0,
            bootstrap: self.bootstrap,
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

impl Serialize for FeatureDraw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            MaxFeatures::All => serializer.serialize_f64(1.0),
            MaxFeatures::Share(share) => serializer.serialize_f64(share),
            MaxFeatures::Count(count) => serializer.serialize_u64(count as u64),
            MaxFeatures::Sqrt => serializer.serialize_str("sqrt"),
        }
    }
}

impl<'de> Deserialize<'de> for FeatureDraw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FeatureDrawVisitor)
    }
}

/// Tells a share (`1.0`) from a count (`1`) by how the number is written.
struct FeatureDrawVisitor;

impl de::Visitor<'_> for FeatureDrawVisitor {
    type Value = FeatureDraw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a share such as 1.0, a count such as 5, or \"sqrt\"")
    }

    fn visit_f64<E: de::Error>(self, share: f64) -> Result<FeatureDraw, E> {
        Ok(FeatureDraw(MaxFeatures::Share(share)))
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<FeatureDraw, E> {
        let count = usize::try_from(count).map_err(|_| E::custom("too large a count"))?;
        Ok(FeatureDraw(MaxFeatures::Count(count)))
    }

    fn visit_i64<E: de::Error>(self, count: i64) -> Result<FeatureDraw, E> {
        match u64::try_from(count) {
            Ok(count) => self.visit_u64(count),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(count), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<FeatureDraw, E> {
        match text {
            "sqrt" => Ok(FeatureDraw(MaxFeatures::Sqrt)),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let unlimited = ForestConfig { max_depth: Some(0), ..forest_config() };
        assert_eq!(unlimited.params(1).max_depth, None);
        unlimited.validate().unwrap();

        let net = ElasticNetConfig { l1_ratio: 1.5, ..elastic_net_config() };
        assert_eq!(net.validate().unwrap_err().key, "elastic-net.l1_ratio");
        let net = ElasticNetConfig { penalty: f64::NAN, ..elastic_net_config() };
        assert_eq!(net.validate().unwrap_err().key, "elastic-net.penalty");
    }
}
