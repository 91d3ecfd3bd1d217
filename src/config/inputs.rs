//! What stages work on, as the configuration says.

use std::path::Path;

use super::Loaded;
use crate::train::TrainInputs;

impl Loaded {
    /// Calls `then` with what `traj train` works on, given the folder of the tables and that of
    /// the run.
    pub fn with_train_inputs<T>(
        &self,
        tables: &Path,
        run_dir: &Path,
        then: impl FnOnce(&TrainInputs<'_>) -> T,
    ) -> T {
        let config = &self.config;
        then(&TrainInputs {
            features: &tables.join("features.parquet"),
            targets: &tables.join("targets.parquet"),
            run_dir,
            train: &config.train,
            importances: &config.importances,
            forest: &config.forest,
            at_horizons: &config.horizon,
            tune: &config.tune,
            tuning: None,
            elastic_net: &config.elastic_net,
            pls: &config.pls,
            route_cluster: &config.route_cluster,
            xg_boost: &config.xg_boost,
            horizons: &config.features.horizons,
            axes: &config.targets.axes,
            fractions: &config.targets.fractions,
            categories: &config.features.categories,
            frozen_config: &self.to_toml(),
            config_hash: &self.train_hash(),
            tune_hash: &self.tune_hash(),
        })
    }
}
