//! The sections `[horizon.<name>]`: settings that differ at a horizon.
//!
//! `config` reads them, `train` lays them over `[forest]`, and `traj train --tune` chooses them.
//! The less is known, the larger the leaves should be: what is best after landing follows noise
//! at departure, and one setting cannot serve both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flight::Aggregate;
use crate::models::{Encoder, FeatureDraw, ForestConfig};
use crate::problem::Invalid;
use crate::tables::Horizon;

/// The sections by the horizon that they are about.
pub type HorizonConfigs = BTreeMap<Horizon, HorizonConfig>;

/// What differs at a horizon; what is absent is as it is elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HorizonConfig {
    /// In place of `forest.trees`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trees: Option<usize>,
    /// In place of `forest.min_samples_leaf`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_samples_leaf: Option<usize>,
    /// In place of `forest.max_features`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_features: Option<FeatureDraw>,
    /// The aggregates that models see; absent is all that there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregates: Option<Vec<String>>,
}

impl HorizonConfig {
    /// The settings of the forests at the horizon.
    #[must_use]
    pub fn forest(&self, elsewhere: &ForestConfig) -> ForestConfig {
        ForestConfig {
            trees: self.trees.unwrap_or(elsewhere.trees),
            min_samples_leaf: self.min_samples_leaf.unwrap_or(elsewhere.min_samples_leaf),
            max_features: self.max_features.unwrap_or(elsewhere.max_features),
            ..elsewhere.clone()
        }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self, horizon: Horizon, forest: &ForestConfig) -> Result<(), Invalid> {
        self.forest(forest).validate().map_err(|wrong| {
            let key = wrong.key.replace("forest.", &format!("horizon.{horizon}."));
            Invalid::new(key, wrong.message)
        })?;
        let Some(aggregates) = &self.aggregates else { return Ok(()) };
        check_aggregates(&format!("horizon.{horizon}.aggregates"), aggregates)
    }

    /// Takes out of an encoder the aggregates that are not to be seen.
    pub(super) fn narrow(&self, encoder: &mut Encoder) {
        let Some(wanted) = &self.aggregates else { return };
        let is_seen = |column: &str| {
            aggregate_of(column).is_none_or(|aggregate| wanted.iter().any(|w| w == aggregate))
        };
        encoder.features.retain(|feature| is_seen(&feature.name));
    }
}

/// That a list names aggregates, and at least one.
pub(super) fn check_aggregates(key: &str, aggregates: &[String]) -> Result<(), Invalid> {
    if aggregates.is_empty() {
        return Err(Invalid::new(key, "names no aggregate"));
    }
    match aggregates.iter().find(|word| word.parse::<Aggregate>().is_err()) {
        Some(word) => Err(Invalid::new(key, format!("`{word}` is no aggregate"))),
        None => Ok(()),
    }
}

/// The aggregate that a column holds: `mean` of `T_mean` and of `T_mean@600s`; none for what is
/// no aggregate, such as `hour` and `distance_to_go_m@600s`.
pub(super) fn aggregate_of(column: &str) -> Option<&str> {
    let plain = column.rsplit_once('@').map_or(column, |(plain, _)| plain);
    let (_, word) = plain.rsplit_once('_')?;
    word.parse::<Aggregate>().is_ok().then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::forest_config;

    #[test]
    fn what_is_set_at_a_horizon_replaces_what_is_set_elsewhere_and_the_rest_stays() {
        let large = HorizonConfig { min_samples_leaf: Some(20), ..HorizonConfig::default() };
        let expected = ForestConfig { min_samples_leaf: 20, ..forest_config() };
        assert_eq!(large.forest(&forest_config()), expected);
    }

    #[test]
    fn sections_are_read_back_as_written_and_name_a_key_that_is_out_of_range() {
        let text = "[\"elapsed:10min\"]\nmin_samples_leaf = 5\naggregates = [\"mean\", \"p05\"]\n";
        let read: HorizonConfigs = toml::from_str(text).unwrap();
        let written = toml::to_string(&read).unwrap();
        assert!(written.starts_with("[\"elapsed:600s\"]"), "{written}");
        assert_eq!(toml::from_str::<HorizonConfigs>(&written).unwrap(), read);
        let key = |config: HorizonConfig| {
            config.validate(Horizon::Departure, &forest_config()).unwrap_err().key
        };
        let no_leaf = HorizonConfig { min_samples_leaf: Some(0), ..HorizonConfig::default() };
        assert_eq!(key(no_leaf), "horizon.departure.min_samples_leaf");
        for aggregates in [vec![], vec!["mode".to_owned()]] {
            let aggregates = Some(aggregates);
            let wrong = HorizonConfig { aggregates, ..HorizonConfig::default() };
            assert_eq!(key(wrong), "horizon.departure.aggregates");
        }
    }

    #[test]
    fn columns_of_aggregates_are_told_from_others() {
        assert_eq!(aggregate_of("T_mean"), Some("mean"));
        assert_eq!(aggregate_of("ground_speed_p95@600s"), Some("p95"));
        for other in ["hour", "distance_to_go_m@600s", "duration_s", "aircraft_type"] {
            assert_eq!(aggregate_of(other), None, "{other}");
        }
    }
}
