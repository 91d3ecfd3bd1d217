//! A *world* is a folder with tables of synthetic flights and settings to train on them.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::forest::MaxFeatures;
use crate::models::FeatureDraw;
use crate::models::testing::{
    PLS, ROUTE_CLUSTER, XG_BOOST, elastic_net_config, flights, forest_config, targets,
};
use crate::models::{ElasticNetConfig, ForestConfig, PlsConfig, RouteClusterConfig, XgBoostConfig};
use crate::progress::{Progress, Silent};
use crate::tables::{
    Axis, FeatureTable, Horizon, ImportanceTable, Metric, MetricRow, MetricTable, ModelName,
    PredictionTable, RunRecord, Split, Target, TargetTable,
};
use crate::train::{
    Gap, HorizonConfigs, ImportancesConfig, TrainConfig, TrainError, TrainInputs, TrainSummary,
    TuneConfig, is_up_to_date, train,
};

/// Everything that a run is made from; fields are there to be changed by tests.
pub(super) struct World {
    pub(super) folder: tempfile::TempDir,
    pub(super) features: FeatureTable,
    pub(super) targets: TargetTable,
    pub(super) train: TrainConfig,
    pub(super) importances: ImportancesConfig,
    pub(super) forest: ForestConfig,
    pub(super) at_horizons: HorizonConfigs,
    pub(super) tune: TuneConfig,
    pub(super) elastic_net: ElasticNetConfig,
    pub(super) pls: PlsConfig,
    pub(super) route_cluster: RouteClusterConfig,
    pub(super) xg_boost: XgBoostConfig,
    pub(super) horizons: Vec<Horizon>,
    pub(super) axes: Vec<Axis>,
    pub(super) fractions: Vec<f64>,
    pub(super) categories: Vec<String>,
    pub(super) config_hash: String,
}

impl World {
    /// `n` flights of one pair whose targets are linear in the wind plus jitter.
    pub(super) fn new(n: usize, jitter: f64) -> Self {
        let fractions = vec![0.25, 0.5];
        let features = flights(n);
        let targets = targets(&features, &fractions, jitter);
        Self {
            folder: tempfile::tempdir().unwrap(),
            features,
            targets,
            train: TrainConfig {
                models: vec![ModelName::Forest, ModelName::OdMedian],
                splits: vec![Split::Forward],
                folds: 3,
                gap: Gap::default(),
                seed: 42,
                from_median: true,
                mute: vec![],
                leave_out: Vec::new(),
                fastest_kt: 900,
                folds_file: None,
            },
            importances: ImportancesConfig {
                repeats: 2,
                fractions: vec![0.5],
                cluster_threshold: 0.9,
            },
            forest: forest_config(),
            at_horizons: HorizonConfigs::new(),
            tune: tune_config(),
            elastic_net: elastic_net_config(),
            pls: PLS,
            route_cluster: ROUTE_CLUSTER,
            xg_boost: XG_BOOST,
            horizons: vec![Horizon::WholeFlight],
            axes: vec![Axis::Time],
            fractions,
            categories: vec![],
            config_hash: "c0ffee".to_owned(),
        }
    }

    pub(super) fn run_dir(&self) -> PathBuf {
        self.folder.path().join("models/test")
    }

    pub(super) fn write_tables(&mut self) {
        self.features.write(&self.path("features.parquet")).unwrap();
        self.targets.write(&self.path("targets.parquet")).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn with_inputs<T>(&self, then: impl FnOnce(&TrainInputs<'_>) -> T) -> T {
        then(&TrainInputs {
            features: &self.path("features.parquet"),
            targets: &self.path("targets.parquet"),
            run_dir: &self.run_dir(),
            train: &self.train,
            importances: &self.importances,
            forest: &self.forest,
            at_horizons: &self.at_horizons,
            tune: &self.tune,
            tuning: None,
            elastic_net: &self.elastic_net,
            pls: &self.pls,
            route_cluster: &self.route_cluster,
            xg_boost: &self.xg_boost,
            horizons: &self.horizons,
            axes: &self.axes,
            fractions: &self.fractions,
            categories: &self.categories,
            frozen_config: "[train]\n",
            config_hash: &self.config_hash,
            tune_hash: "decaf",
        })
    }

    pub(super) fn try_train(&mut self) -> Result<TrainSummary, TrainError> {
        self.write_tables();
        self.with_inputs(|inputs| train(inputs, &Silent))
    }

    pub(super) fn train(&mut self) -> TrainSummary {
        self.try_train().unwrap()
    }

    pub(super) fn train_watched(&mut self, progress: &dyn Progress) -> Result<(), TrainError> {
        self.write_tables();
        self.with_inputs(|inputs| train(inputs, progress)).map(|_| ())
    }

    pub(super) fn is_up_to_date(&self) -> bool {
        self.with_inputs(is_up_to_date)
    }

    pub(super) fn metrics(&self) -> Vec<MetricRow> {
        MetricTable::read(&self.run_dir().join("metrics.parquet")).unwrap().rows
    }

    pub(super) fn predictions(&self) -> PredictionTable {
        PredictionTable::read(&self.run_dir().join("predictions.parquet")).unwrap()
    }

    pub(super) fn importances(&self) -> ImportanceTable {
        ImportanceTable::read(&self.run_dir().join("importances.parquet")).unwrap()
    }

    pub(super) fn record(&self) -> RunRecord {
        RunRecord::read(&self.run_dir().join("run.json")).unwrap()
    }

    pub(super) fn codes(&self) -> Vec<String> {
        self.record().checks.into_iter().map(|check| check.code).collect()
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.run_dir().join(name)).unwrap()
    }

    /// The pooled skill of a model at a horizon in the horizontal.
    pub(super) fn skill(&self, model: ModelName, horizon: Horizon, target: Target) -> f64 {
        let found = self.metrics().into_iter().find(|row| {
            row.model == model
                && row.horizon == horizon
                && row.target == target
                && row.metric == Metric::Skill
                && row.fraction.is_none()
                && row.pair.is_none()
        });
        found.unwrap().value
    }
}

/// Leaves from the smallest to the largest that 40 flights allow.
pub(in crate::train) fn tune_config() -> TuneConfig {
    TuneConfig {
        trials: 20,
        fractions: vec![0.5],
        trees: vec![12],
        min_samples_leaf: vec![1, 4, 16],
        max_features: vec![FeatureDraw(MaxFeatures::Share(1.0))],
        aggregates: vec![vec!["mean".to_owned(), "first".to_owned()], vec!["first".to_owned()]],
    }
}

/// A watcher that counts steps and asks to stop after some of them.
pub(super) struct Impatient {
    pub(super) patience: u64,
    pub(super) steps: AtomicU64,
    pub(super) announced: AtomicU64,
}

impl Impatient {
    pub(super) fn new(patience: u64) -> Self {
        Self { patience, steps: AtomicU64::new(0), announced: AtomicU64::new(0) }
    }
}

impl Progress for Impatient {
    fn begin(&self, _: &str, steps: u64, _: u64) {
        self.announced.fetch_add(steps, Ordering::SeqCst);
    }

    fn advance(&self, steps: u64, _: u64) {
        self.steps.fetch_add(steps, Ordering::SeqCst);
    }

    fn note(&self, _: &str) {}

    fn stopped(&self) -> bool {
        self.steps.load(Ordering::SeqCst) >= self.patience
    }
}
