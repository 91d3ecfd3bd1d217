//! The whole configuration, composed of the stages' sections.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::layer::merge;
use super::locate::{keys_of, locate, nearest};
use super::{ConfigError, Layer};
use crate::explore::ExploreConfig;
use crate::features::{FeaturesConfig, SelectConfig, TargetsConfig};
use crate::flight::{Source, SourceConfig};
use crate::index::DataConfig;
use crate::models::{ElasticNetConfig, ForestConfig, PlsConfig, RouteClusterConfig, XgBoostConfig};
use crate::problem::Invalid;
use crate::tables::Digest;
use crate::train::{HorizonConfigs, ImportancesConfig, TrainConfig, TuneConfig};

/// Every default value, in one visible place.
pub const BASELINE: &str = include_str!("../../configs/baseline.toml");

/// The configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the flights are.
    pub data: DataConfig,
    /// Which flights are used.
    pub select: SelectConfig,
    /// What is known of each flight.
    pub features: FeaturesConfig,
    /// What is predicted.
    pub targets: TargetsConfig,
    /// How much of the flights is shown.
    pub explore: ExploreConfig,
    /// How models are scored.
    pub train: TrainConfig,
    /// How importances by permutation are measured.
    pub importances: ImportancesConfig,
    /// Settings of the forests.
    pub forest: ForestConfig,
    /// What `traj train --tune` tries.
    pub tune: TuneConfig,
    /// Settings that differ at a horizon.
    #[serde(default, skip_serializing_if = "HorizonConfigs::is_empty")]
    pub horizon: HorizonConfigs,
    /// Settings of `elastic-net`.
    #[serde(rename = "elastic-net")]
    pub elastic_net: ElasticNetConfig,
    /// Settings of `pls`.
    pub pls: PlsConfig,
    /// Settings of `route-cluster`.
    #[serde(rename = "route-cluster")]
    pub route_cluster: RouteClusterConfig,
    /// Settings of `smartcore-xgboost`.
    #[serde(rename = "smartcore-xgboost")]
    pub xg_boost: XgBoostConfig,
    /// How each kind of file is read.
    #[serde(default)]
    pub source: Vec<SourceConfig>,
}

/// A configuration that was checked.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// All values.
    pub config: Config,
    /// The compiled `[[source]]` blocks.
    pub sources: Vec<Source>,
    layers: Vec<Layer>,
}

impl Loaded {
    /// Merges layers, later ones on top, over the baseline, and checks the result.
    ///
    /// A relative `data.root` is taken from the folder of the file `config_path`.
    ///
    /// # Errors
    /// [`ConfigError::Text`] pointing at the text of the layer that is wrong.
    pub fn new(layers: Vec<Layer>, config_path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut all = vec![Layer::parse("configs/baseline.toml", BASELINE)?];
        all.extend(layers);
        let mut merged = Table::new();
        for layer in &all {
            merge(&mut merged, &layer.table);
        }
        let mut config: Config = serde_path_to_error::deserialize(Value::Table(merged))
            .map_err(|error| explain(&all, &error.path().to_string(), error.inner().message()))?;
        if !config.data.root.as_os_str().is_empty() && config.data.root.is_relative() {
            let folder = config_path.and_then(Path::parent).unwrap_or(Path::new(""));
            config.data.root = folder.join(&config.data.root);
        }
        let mut sources = Vec::new();
        for (at, source) in config.source.iter().enumerate() {
            let compiled = Source::compile(source).map_err(|error| {
                explain(&all, &format!("source[{at}].{}", error.key), &error.message)
            })?;
            sources.push(compiled);
        }
        let loaded = Self { config, sources, layers: all };
        loaded.validate().map_err(|invalid| loaded.locate(&invalid))?;
        Ok(loaded)
    }

    fn validate(&self) -> Result<(), Invalid> {
        let config = &self.config;
        config.data.validate()?;
        config.select.validate()?;
        config.features.validate()?;
        config.targets.validate()?;
        config.explore.validate()?;
        config.train.validate()?;
        config.importances.validate()?;
        config.forest.validate()?;
        config.tune.validate(&config.forest)?;
        for (horizon, at) in &config.horizon {
            if !config.features.horizons.contains(horizon) {
                let message = "settings at a horizon that is not among `features.horizons`";
                return Err(Invalid::new(format!("horizon.{horizon}"), message));
            }
            at.validate(*horizon, &config.forest)?;
            let known = &config.features.aggregates;
            let unknown = |word: &&String| !known.iter().any(|k| k.to_string() == **word);
            if let Some(word) = at.aggregates.iter().flatten().find(unknown) {
                let message = format!("`{word}` is not among `features.aggregates`");
                return Err(Invalid::new(format!("horizon.{horizon}.aggregates"), message));
            }
        }
        config.elastic_net.validate()?;
        config.pls.validate()?;
        config.route_cluster.validate()?;
        config.xg_boost.validate()?;
        let names = config.source.iter().map(|source| &source.name);
        let repeated =
            names.clone().enumerate().find(|(at, n)| names.clone().take(*at).any(|o| o == *n));
        match repeated {
            Some((at, name)) => {
                let message = format!("another source is called `{name}` as well");
                Err(Invalid::new(format!("source[{at}].name"), message))
            }
            None => Ok(()),
        }
    }

    /// The error that a value out of range amounts to, with its place in the text.
    #[must_use]
    pub fn locate(&self, invalid: &Invalid) -> ConfigError {
        explain(&self.layers, &invalid.key, &invalid.message)
    }

    /// Checks that there is something to read.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] without `data.root` or without any `[[source]]`.
    pub fn needs_data(&self) -> Result<(), ConfigError> {
        let missing = |key: &str, message: &str| ConfigError::Missing {
            key: key.to_owned(),
            message: message.to_owned(),
            help: "`traj init DIR` looks at a folder of flights and writes traj.toml".to_owned(),
        };
        if self.config.data.root.as_os_str().is_empty() {
            return Err(missing("data.root", "nothing says where the flights are"));
        }
        if self.sources.is_empty() {
            return Err(missing("source", "nothing says how the flights are read"));
        }
        Ok(())
    }

    /// All values as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.config).expect("a configuration of plain values")
    }

    /// Hash of what the catalog depends on.
    #[must_use]
    pub fn index_hash(&self) -> String {
        hash(&(&self.config.data, &self.config.source))
    }

    /// Hash of what the features depend on.
    #[must_use]
    pub fn features_hash(&self) -> String {
        let c = &self.config;
        hash(&(&c.data, &c.source, &c.select, &c.features, &c.targets))
    }

    /// Hash of what the exploration depends on besides its tables.
    #[must_use]
    pub fn explore_hash(&self) -> String {
        let c = &self.config;
        hash(&(&c.data, &c.source, &c.select, &c.features, &c.explore, &c.route_cluster))
    }

    /// The same for a part of the flights: where the folder is may differ from machine to
    /// machine.
    #[must_use]
    pub fn part_hash(&self) -> String {
        let c = &self.config;
        let mut data = c.data.clone();
        data.root.clear();
        hash(&("part", &data, &c.source, &c.select, &c.features, &c.targets))
    }

    /// Hash of what a run depends on besides its tables, whose digests tell of the sections
    /// that made them: so `traj run --pair X` after `traj features --pair X` and `traj train`
    /// finds nothing to do.
    #[must_use]
    pub fn train_hash(&self) -> String {
        let c = &self.config;
        let known = (&c.features.horizons, &c.features.categories);
        let models = (&c.forest, &c.horizon, &c.elastic_net, &c.pls, &c.route_cluster, &c.xg_boost);
        hash(&(known, &c.targets, &c.train, &c.importances, models))
    }

    /// Hash of what tuning depends on besides the tables.
    #[must_use]
    pub fn tune_hash(&self) -> String {
        hash(&(self.train_hash(), &self.config.tune))
    }

    /// The same with the settings at horizons that tuning chose.
    #[must_use]
    pub fn tuned(&self, horizon: HorizonConfigs) -> Self {
        Self { config: Config { horizon, ..self.config.clone() }, ..self.clone() }
    }
}

fn hash(values: &impl Serialize) -> String {
    let json = serde_json::to_vec(values).expect("a configuration of plain values");
    Digest::of_parts([json.as_slice()]).to_string()
}

/// An error at a key, shown in the topmost layer that sets it, or else the nearest table.
fn explain(layers: &[Layer], path: &str, message: &str) -> ConfigError {
    let mut keys = keys_of(path);
    let unknown = message.strip_prefix("unknown field `").and_then(|m| m.split_once('`'));
    if let Some((field, _)) = unknown
        && keys.last().is_none_or(|last| last != field)
    {
        keys.push(field.to_owned());
    }
    let places = layers.iter().map(|layer| locate(&layer.text, &keys, unknown.is_some()));
    // The topmost of the layers that know the most of the path.
    let best = places
        .enumerate()
        .filter_map(|(at, place)| place.map(|(depth, span)| (depth, at, span)))
        .max_by_key(|(depth, at, _)| (*depth, *at));
    let (message, help) = match unknown {
        Some((field, rest)) => describe_unknown(&keys, field, rest),
        None => (format!("{}: {message}", keys.join(".")), None),
    };
    match best {
        Some((_, at, span)) => ConfigError::Text {
            layer: layers[at].name.clone(),
            text: layers[at].text.clone(),
            span,
            message,
            help,
        },
        None => {
            ConfigError::Missing { key: keys.join("."), message, help: help.unwrap_or_default() }
        }
    }
}

/// "unknown key `treez`; did you mean `trees`?" from serde's message.
fn describe_unknown(keys: &[String], field: &str, rest: &str) -> (String, Option<String>) {
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let section = &keys[..keys.len().saturating_sub(1)];
    let place = if section.is_empty() {
        "at the top".to_owned()
    } else {
        format!("in `{}`", section.join("."))
    };
    let help = match nearest(field, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known are {}", known.join(", ")),
    };
    (format!("unknown key `{field}` {place}"), Some(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_models_and_importances_is_a_reason_to_train_again_and_for_nothing_else() {
        let loaded =
            |assignment: &str| Loaded::new(vec![Layer::set(assignment).unwrap()], None).unwrap();
        let usual = loaded("train.folds=5");
        for assignment in [
            "forest.trees=99",
            "forest.max_depth=9",
            "forest.max_leaf_nodes=9",
            "forest.max_samples=0.5",
            "forest.max_samples=2000",
            "forest.thresholds='random'",
            "train.gap='12h'",
            "horizon.departure.min_samples_leaf=20",
            "horizon.whole-flight.aggregates=['mean']",
            "pls.components=3",
            "train.leave_out=['T_mean']",
            "route-cluster.max_clusters=2",
            "smartcore-xgboost.rounds=9",
            "importances.repeats=0",
            "importances.fractions=[0.5]",
            "importances.cluster_threshold=0.8",
        ] {
            let changed = loaded(assignment);
            assert_ne!(changed.train_hash(), usual.train_hash(), "{assignment}");
            assert_eq!(changed.features_hash(), usual.features_hash());
            let frozen = Layer::parse("frozen", changed.to_toml()).unwrap();
            assert_eq!(Loaded::new(vec![frozen], None).unwrap().config, changed.config);
        }
    }

    #[test]
    fn settings_that_nothing_would_obey_are_refused() {
        for (assignment, why) in [
            ("horizon.'elapsed:240s'.trees=9", "not among `features.horizons`"),
            ("horizon.departure.aggregates=['p05']", "not among `features.aggregates`"),
        ] {
            let refused = Loaded::new(vec![Layer::set(assignment).unwrap()], None).unwrap_err();
            assert!(refused.to_string().contains(why), "{assignment}: {refused}");
        }
    }
}
