//! Synthetic flights whose answers are known, for the tests of models, scores and stages.

use std::collections::BTreeMap;
use std::sync::Mutex;

use ndarray::Array2;

use super::{
    Dataset, Encoder, ForestConfig, Inputs, Model, Seeds, Settings, Training, fit, fit_duration,
};
use crate::forest::Features;
use crate::tables::{Axis, Feature, FeatureTable, Horizon, ModelName, TargetRow, TargetTable};

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// A number in -0.5..0.5 that looks random and is the same everywhere.
pub(crate) fn noise(flight: usize, channel: usize) -> f64 {
    let mut state = (flight as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state ^= (channel as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    state ^= state >> 29;
    state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state ^= state >> 32;
    (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
}

/// `n` flights from LEMD to LEBL, four a day, with `wind_mean` known after landing,
/// `wind_first@600s` known after ten minutes, and `hour` and `weekday` known at departure.
pub(crate) fn flights(n: usize) -> FeatureTable {
    let column = |name: &str, horizon: Horizon, value: &dyn Fn(usize) -> f64| Feature {
        name: name.to_owned(),
        horizon,
        values: (0..n).map(value).collect(),
    };
    let early = Horizon::Elapsed(std::time::Duration::from_mins(10));
    FeatureTable {
        flight_id: (0..n).map(|i| format!("F{i:04}")).collect(),
        origin: vec![Some("LEMD".to_owned()); n],
        destination: vec![Some("LEBL".to_owned()); n],
        start_time_us: (0..n as i64).map(|i| Some(i / 4 * DAY_US + i % 4 * DAY_US / 4)).collect(),
        duration_s: (0..n).map(|i| 3000.0 + 600.0 * wind(i)).collect(),
        distance_m: (0..n).map(|i| 480_000.0 + 1000.0 * wind(i)).collect(),
        features: vec![
            column("wind_mean", Horizon::WholeFlight, &wind),
            column("wind_first@600s", early, &|i| wind(i) + 0.1 * noise(i, 1)),
            column("hour", Horizon::Departure, &|i| (i % 4 * 6) as f64),
            column("weekday", Horizon::Departure, &|i| (i / 4 % 7) as f64),
        ],
        categories: Vec::new(),
        stamp: crate::tables::Stamp::default(),
    }
}

/// The wind of a flight, which decides everything about it, from -0.5 to 0.5.
pub(crate) fn wind(flight: usize) -> f64 {
    noise(flight, 0)
}

/// The flights' targets on the time axis: linear in the wind, plus `jitter` times noise that
/// no feature tells.
pub(crate) fn targets(table: &FeatureTable, fractions: &[f64], jitter: f64) -> TargetTable {
    let mut rows = Vec::new();
    for (flight, id) in table.flight_id.iter().enumerate() {
        for (at, &fraction) in fractions.iter().enumerate() {
            let wind = wind(flight);
            let off = |channel: usize| jitter * noise(flight, 10 + channel + 5 * at);
            rows.push(TargetRow {
                flight_id: id.clone(),
                axis: Axis::Time,
                fraction,
                longitude_deg: -3.5 + 5.5 * fraction + 0.1 * wind + 0.1 * off(0),
                latitude_deg: 40.5 + 0.8 * fraction + 0.2 * wind + 0.2 * off(1),
                altitude_m: Some(9000.0 + 800.0 * wind + 800.0 * off(2)),
                elapsed_s: fraction * (3000.0 + 600.0 * wind) + 600.0 * off(3),
                distance_m: fraction * (480_000.0 + 1000.0 * wind) + 1000.0 * off(4),
            });
        }
    }
    TargetTable { rows, stamp: crate::tables::Stamp::default() }
}

/// A small forest, fast enough for tests in the dev profile.
pub(crate) fn forest_config() -> super::ForestConfig {
    super::ForestConfig {
        trees: 12,
        max_depth: None,
        min_samples_split: 2,
        min_samples_leaf: 2,
        max_leaf_nodes: None,
        max_features: super::FeatureDraw(crate::forest::MaxFeatures::Share(1.0)),
        bootstrap: true,
        max_samples: None,
        thresholds: None,
        target_scaling: crate::forest::TargetScaling::Standard,
    }
}

/// A nearly unpenalised linear model.
pub(crate) const fn elastic_net_config() -> super::ElasticNetConfig {
    super::ElasticNetConfig { penalty: 0.001, l1_ratio: 0.5, max_iterations: 1000, tolerance: 1e-6 }
}

/// More components than there are features.
pub(crate) const PLS: super::PlsConfig = super::PlsConfig { components: 10 };

/// Clusters that small data sets have.
pub(crate) const ROUTE_CLUSTER: super::RouteClusterConfig = super::RouteClusterConfig {
    max_clusters: 4,
    min_flights: 10,
    min_silhouette: 0.5,
    max_depth: 5,
    min_leaf: 5,
};

/// Boosted trees that are soon grown.
pub(crate) const XG_BOOST: super::XgBoostConfig = super::XgBoostConfig {
    rounds: 40,
    learning_rate: 0.3,
    max_depth: 4,
    min_child_weight: 2,
    lambda: 1.0,
    gamma: 0.0,
};

/// Settings of all models.
pub(crate) fn settings(forest: &ForestConfig) -> Settings<'_> {
    const ELASTIC_NET: super::ElasticNetConfig = elastic_net_config();
    Settings {
        forest,
        elastic_net: &ELASTIC_NET,
        pls: &PLS,
        route_cluster: &ROUTE_CLUSTER,
        xg_boost: &XG_BOOST,
        from_median: true,
    }
}

/// What models learn from in tests: flights along the time axis, known after landing.
pub(crate) struct Lessons {
    pub(crate) dataset: Dataset,
    pub(crate) encoder: Encoder,
    pub(crate) x: Array2<f32>,
    features: Features,
}

/// Lessons about flights whose targets have a little noise.
pub(crate) fn lessons(table: &FeatureTable, fractions: &[f64], categories: &[String]) -> Lessons {
    let targets = targets(table, fractions, 0.1);
    let dataset = Dataset::join(table, &targets, Axis::Time, fractions);
    lessons_of(table, dataset, categories)
}

/// Lessons about the flights of a dataset.
pub(crate) fn lessons_of(table: &FeatureTable, dataset: Dataset, categories: &[String]) -> Lessons {
    let encoder = Encoder::learn(table, &dataset.rows, Horizon::WholeFlight, categories, true);
    let x = encoder.encode(table, &dataset.rows);
    let features = Features::new(x.view()).unwrap();
    Lessons { dataset, encoder, x, features }
}

impl Lessons {
    pub(crate) fn training(&self) -> Training<'_> {
        training(&self.dataset, &self.x, &self.features)
    }
}

/// What there is to learn from a dataset and its encoded features.
pub(crate) fn training<'a>(
    dataset: &'a Dataset,
    x: &'a Array2<f32>,
    features: &'a Features,
) -> Training<'a> {
    Training {
        inputs: Inputs { x: x.view(), pairs: &dataset.pairs },
        features: Some(features),
        targets: &dataset.targets,
        columns: dataset.columns,
        spans: &dataset.spans,
        fractions: &dataset.fractions,
    }
}

/// The estimators of a model at all fractions, in their order, all seeds being 7.
pub(crate) fn fit_all(
    name: ModelName,
    training: &Training<'_>,
    forest: &ForestConfig,
) -> Vec<Model> {
    let settings = settings(forest);
    let seeds = Seeds { shared: 7, own: &|_, _| 7 };
    let fitted = Mutex::new(BTreeMap::new());
    let done = |at, model| assert!(fitted.lock().unwrap().insert(at, model).is_none());
    fit(name, training, settings, seeds, &|| false, &done).unwrap();
    fitted.into_inner().unwrap().into_values().collect()
}

/// The estimator of the duration of a model, all seeds being 7.
pub(crate) fn fit_one_duration(
    name: ModelName,
    training: &Training<'_>,
    forest: &ForestConfig,
) -> Model {
    let seeds = Seeds { shared: 7, own: &|_, _| 7 };
    fit_duration(name, training, settings(forest), seeds, &|| false).unwrap()
}
