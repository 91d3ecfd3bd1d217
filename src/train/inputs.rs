//! What a run is made from: paths, settings, and the flights read from the tables.
//!
//! `cli` fills in [`TrainInputs`]; the stage reads [`Material`] from them once.

use std::fs;
use std::path::Path;

use super::{
    HorizonConfig, HorizonConfigs, ImportancesConfig, TrainConfig, TrainError, TuneConfig, Tuning,
};
use crate::evaluate::duplicates;
use crate::models::{
    Dataset, ElasticNetConfig, Encoder, ForestConfig, PlsConfig, RouteClusterConfig, Settings,
    XgBoostConfig,
};
use crate::problem::Invalid;
use crate::tables::{
    Axis, Digest, FEATURES, FeatureTable, Horizon, Stamp, TARGETS, TargetTable, digest_of,
};

/// What `traj train` works on.
#[derive(Debug, Clone, Copy)]
pub struct TrainInputs<'a> {
    /// The features table.
    pub features: &'a Path,
    /// The targets table.
    pub targets: &'a Path,
    /// The folder of the run, `models/NAME`.
    pub run_dir: &'a Path,
    /// How models are scored.
    pub train: &'a TrainConfig,
    /// How importances by permutation are measured.
    pub importances: &'a ImportancesConfig,
    /// Settings of the forests.
    pub forest: &'a ForestConfig,
    /// What differs from these, and which aggregates are seen, at some horizons.
    pub at_horizons: &'a HorizonConfigs,
    /// What tuning tries.
    pub tune: &'a TuneConfig,
    /// What tuning chose, if `at_horizons` is its choice.
    pub tuning: Option<&'a Tuning>,
    /// Settings of the elastic net.
    pub elastic_net: &'a ElasticNetConfig,
    /// Settings of partial least squares.
    pub pls: &'a PlsConfig,
    /// Settings of the clusters of routes.
    pub route_cluster: &'a RouteClusterConfig,
    /// Settings of smartcore's boosted trees.
    pub xg_boost: &'a XgBoostConfig,
    /// What features may know; at least one.
    pub horizons: &'a [Horizon],
    /// Along what fractions are taken; at least one.
    pub axes: &'a [Axis],
    /// The fractions; at least one.
    pub fractions: &'a [f64],
    /// Names of the configured categories; `origin` and `destination` are features only if
    /// they are among them.
    pub categories: &'a [String],
    /// The configuration to leave beside the model, as TOML.
    pub frozen_config: &'a str,
    /// Hash of the configuration that the run depends on.
    pub config_hash: &'a str,
    /// Hash of the configuration that tuning depends on: before it chose.
    pub tune_hash: &'a str,
}

impl TrainInputs<'_> {
    /// What differs at a horizon.
    pub(super) fn at(&self, horizon: Horizon) -> HorizonConfig {
        self.at_horizons.get(&horizon).cloned().unwrap_or_default()
    }

    /// Settings of the forests at a horizon; none for baselines, which are none.
    pub(super) fn forest_at(&self, horizon: Option<Horizon>) -> ForestConfig {
        horizon.map_or_else(|| self.forest.clone(), |horizon| self.at(horizon).forest(self.forest))
    }

    /// Settings of the estimators, given those of the forests.
    pub(super) fn settings<'a>(&'a self, forest: &'a ForestConfig) -> Settings<'a> {
        Settings {
            forest,
            elastic_net: self.elastic_net,
            pls: self.pls,
            route_cluster: self.route_cluster,
            xg_boost: self.xg_boost,
            from_median: self.train.from_median,
        }
    }

    /// Learns how some flights of a table are to be seen at a horizon.
    pub(super) fn encoder(
        &self,
        table: &FeatureTable,
        rows: &[usize],
        horizon: Horizon,
    ) -> Encoder {
        let from_median = self.train.from_median;
        let mut encoder = Encoder::learn(table, rows, horizon, self.categories, from_median)
            .without(&self.train.leave_out);
        self.at(horizon).narrow(&mut encoder);
        encoder
    }

    /// The stamp of every table of the run: equal stamps mean equal inputs and settings. The
    /// content of a folds file counts as an input.
    pub(super) fn stamp(&self, features: &Digest, targets: &Digest) -> Stamp {
        let folds = self.train.folds_file.as_ref().map(fs::read).and_then(Result::ok);
        let (features, targets) = (features.to_string(), targets.to_string());
        let parts = [features.as_bytes(), targets.as_bytes(), &folds.unwrap_or_default()];
        Stamp {
            config: self.config_hash.to_owned(),
            inputs: Digest::of_parts(parts).to_string(),
            ..Stamp::default()
        }
    }

    /// The stamp that the run would get if it were made now.
    pub(super) fn expected_stamp(&self) -> Option<Stamp> {
        let features = digest_of(self.features, FEATURES).ok()?;
        let targets = digest_of(self.targets, TARGETS).ok()?;
        Some(self.stamp(&features, &targets))
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.train.validate()?;
        self.importances.validate()?;
        self.forest.validate()?;
        self.at_horizons.iter().try_for_each(|(horizon, at)| at.validate(*horizon, self.forest))?;
        self.tune.validate(self.forest)?;
        self.elastic_net.validate()?;
        self.pls.validate()?;
        self.route_cluster.validate()?;
        self.xg_boost.validate()?;
        let empty = |key: &str, what: &str| Err(Invalid::new(key, format!("names no {what}")));
        if self.horizons.is_empty() {
            return empty("features.horizons", "horizon");
        }
        if self.axes.is_empty() {
            return empty("targets.axes", "axis");
        }
        if self.fractions.is_empty() {
            return empty("targets.fractions", "fraction");
        }
        match self.fractions.iter().find(|fraction| !(0.0..=1.0).contains(*fraction)) {
            Some(wrong) => {
                let message = format!("must be from 0 to 1, found {wrong}");
                Err(Invalid::new("targets.fractions", message))
            }
            None => Ok(()),
        }
    }
}

/// The flights of a run, and what they are to be learnt from.
pub(super) struct Material {
    pub(super) features: FeatureTable,
    /// One per axis, in the order of the axes; all have flights.
    pub(super) datasets: Vec<Dataset>,
    /// For each dataset the groups of flights that are recordings of one.
    pub(super) duplicates: Vec<Vec<Vec<usize>>>,
    /// From early to late.
    pub(super) horizons: Vec<Horizon>,
    pub(super) features_digest: Digest,
    pub(super) targets_digest: Digest,
}

impl Material {
    /// Checks the settings and reads the tables.
    pub(super) fn read(inputs: &TrainInputs<'_>) -> Result<Self, TrainError> {
        inputs.validate()?;
        let (features, features_digest) = FeatureTable::read(inputs.features)?;
        let (targets, targets_digest) = TargetTable::read(inputs.targets)?;
        let mut fractions = inputs.fractions.to_vec();
        fractions.sort_by(f64::total_cmp);
        fractions.dedup();
        let axes = sorted(inputs.axes);
        let join = |axis: &Axis| {
            let dataset = Dataset::join(&features, &targets, *axis, &fractions);
            if dataset.n_flights() > 0 {
                return Ok(dataset);
            }
            Err(TrainError::NoFlights {
                axis: *axis,
                n_fractions: fractions.len(),
                n_features: features.n_flights(),
                n_incomplete: dataset.refused.incomplete,
            })
        };
        let datasets = axes.iter().map(join).collect::<Result<_, _>>()?;
        let datasets: Vec<Dataset> = datasets;
        let horizons = sorted(inputs.horizons);
        let lasts = |dataset: &Dataset, horizon| {
            (0..dataset.n_flights()).any(|flight| dataset.lasts_to(flight, horizon))
        };
        let is_too_late = |horizon: &&Horizon| !datasets.iter().all(|all| lasts(all, **horizon));
        if let Some(horizon) = horizons.iter().find(is_too_late) {
            let message = format!("names `{horizon}`, to which no flight lasts");
            return Err(Invalid::new("features.horizons", message).into());
        }
        let starts = |dataset: &Dataset| {
            dataset.rows.iter().map(|row| features.start_time_us[*row]).collect::<Vec<_>>()
        };
        let groups = datasets.iter().map(|dataset| duplicates(dataset, &starts(dataset)));
        let duplicates = groups.collect();
        Ok(Self { features, datasets, duplicates, horizons, features_digest, targets_digest })
    }

    /// The ids of a dataset's flights, ascending.
    pub(super) fn ids(&self, dataset: &Dataset) -> Vec<&str> {
        dataset.rows.iter().map(|row| self.features.flight_id[*row].as_str()).collect()
    }

    /// The starts of a dataset's flights.
    pub(super) fn starts(&self, dataset: &Dataset) -> Vec<Option<i64>> {
        dataset.rows.iter().map(|row| self.features.start_time_us[*row]).collect()
    }
}

fn sorted<T: Ord + Copy>(values: &[T]) -> Vec<T> {
    let mut values = values.to_vec();
    values.sort_unstable();
    values.dedup();
    values
}
