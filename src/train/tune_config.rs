//! The section `[tune]`: what `traj train --tune` tries.
//!
//! `config` reads it; `candidates` makes trials of it.

use serde::{Deserialize, Serialize};

use super::at_horizon::check_aggregates;
use crate::models::{FeatureDraw, ForestConfig};
use crate::problem::Invalid;

/// What is tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TuneConfig {
    /// Most trials at a horizon, at least 1; the first is of the settings as they are.
    pub trials: usize,
    /// Where along the flight they are judged: the nearest of the fractions that there are.
    pub fractions: Vec<f64>,
    /// Values of `trees`.
    pub trees: Vec<usize>,
    /// Values of `min_samples_leaf`.
    pub min_samples_leaf: Vec<usize>,
    /// Values of `max_features`.
    pub max_features: Vec<FeatureDraw>,
    /// Lists of the aggregates that models see; of each list what the features have.
    pub aggregates: Vec<Vec<String>>,
}

impl TuneConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self, forest: &ForestConfig) -> Result<(), Invalid> {
        if self.trials == 0 {
            return Err(Invalid::new("tune.trials", "must be at least 1, found 0"));
        }
        let lists = [
            ("fractions", self.fractions.is_empty()),
            ("trees", self.trees.is_empty()),
            ("min_samples_leaf", self.min_samples_leaf.is_empty()),
            ("max_features", self.max_features.is_empty()),
            ("aggregates", self.aggregates.is_empty()),
        ];
        if let Some((key, _)) = lists.iter().find(|(_, is_empty)| *is_empty) {
            return Err(Invalid::new(format!("tune.{key}"), "names nothing to try"));
        }
        if let Some(wrong) = self.fractions.iter().find(|f| !(0.0..=1.0).contains(*f)) {
            return Err(Invalid::new(
                "tune.fractions",
                format!("must be from 0 to 1, found {wrong}"),
            ));
        }
        let trees = self.trees.iter().map(|&trees| ForestConfig { trees, ..forest.clone() });
        let leaves = self.min_samples_leaf.iter();
        let leaves =
            leaves.map(|&min_samples_leaf| ForestConfig { min_samples_leaf, ..forest.clone() });
        let draws = self.max_features.iter();
        let draws = draws.map(|&max_features| ForestConfig { max_features, ..forest.clone() });
        for tried in trees.chain(leaves).chain(draws) {
            tried.validate().map_err(|wrong| {
                Invalid::new(wrong.key.replace("forest.", "tune."), wrong.message)
            })?;
        }
        self.aggregates.iter().try_for_each(|list| check_aggregates("tune.aggregates", list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::MaxFeatures;
    use crate::models::testing::forest_config;
    use crate::train::tests::world::tune_config;

    #[test]
    fn a_value_out_of_range_names_its_key() {
        tune_config().validate(&forest_config()).unwrap();
        let key = |change: fn(&mut TuneConfig)| {
            let mut config = tune_config();
            change(&mut config);
            config.validate(&forest_config()).unwrap_err().key
        };
        assert_eq!(key(|c| c.trials = 0), "tune.trials");
        assert_eq!(key(|c| c.fractions = vec![1.5]), "tune.fractions");
        assert_eq!(key(|c| c.fractions = vec![]), "tune.fractions");
        assert_eq!(key(|c| c.trees = vec![0]), "tune.trees");
        assert_eq!(key(|c| c.min_samples_leaf = vec![5, 0]), "tune.min_samples_leaf");
        let draw = FeatureDraw(MaxFeatures::Share(2.0));
        assert_eq!(
            TuneConfig { max_features: vec![draw], ..tune_config() }
                .validate(&forest_config())
                .unwrap_err()
                .key,
            "tune.max_features"
        );
        assert_eq!(key(|c| c.aggregates = vec![vec![]]), "tune.aggregates");
    }
}
