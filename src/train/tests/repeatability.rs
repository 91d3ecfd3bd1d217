//! Equal inputs give equal bytes, and a run knows what it was made from.

use std::collections::BTreeSet;

use super::world::World;
use crate::models::testing::targets;
use crate::tables::{ModelName, Split};

const FILES: [&str; 6] = [
    "model.traj",
    "predictions.parquet",
    "metrics.parquet",
    "coverage.parquet",
    "importances.parquet",
    "config.toml",
];

#[test]
fn the_number_of_threads_changes_no_byte() {
    let bytes = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut world = World::new(40, 0.2);
            // More than the forest grows at a time.
            world.fractions = vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
            world.targets = targets(&world.features, &world.fractions, 0.2);
            world.train.models = ModelName::ALL.to_vec();
            world.train.splits = vec![Split::Forward, Split::Random];
            world.forest.trees = 4;
            world.train();
            FILES.map(|name| world.bytes(name))
        })
    };
    assert!(bytes(1) == bytes(5));
}

/// A tree that is only a root predicts the mean of the flights that it drew, and the world's
/// targets tell which wind that was.
#[test]
fn all_fractions_and_targets_of_a_fold_learn_from_the_same_draws_and_folds_from_others() {
    for model in [ModelName::Forest, ModelName::ForestPerTarget] {
        let mut world = World::new(40, 0.0);
        world.train.models = vec![model];
        (world.forest.trees, world.forest.min_samples_split) = (1, 1000);
        world.train();
        let winds = |at: &crate::tables::PredictionRow| {
            let longitude = (at.longitude_deg + 3.5 - 5.5 * at.fraction) / 0.1;
            let latitude = (at.latitude_deg - 40.5 - 0.8 * at.fraction) / 0.2;
            [longitude, latitude, (at.altitude_m.unwrap() - 9000.0) / 800.0]
        };
        let rounded = |wind: f64| (wind * 1e6).round() as i64;
        let rows = world.predictions().rows;
        let winds: BTreeSet<i64> = rows.iter().flat_map(winds).map(rounded).collect();
        assert_eq!(winds.len(), 3, "{winds:?}"); // one for each fold
    }
}

#[test]
fn what_else_is_configured_changes_no_prediction() {
    let mut alone = World::new(40, 0.2);
    alone.train.models = vec![ModelName::Forest];
    alone.train();
    let mut together = World::new(40, 0.2);
    together.train.models = vec![ModelName::GreatCircle, ModelName::ElasticNet, ModelName::Forest];
    together.train.splits = vec![Split::Random, Split::Forward];
    together.train();
    let forest = |world: &World| {
        let rows = world.predictions().rows.into_iter();
        let rows = rows.filter(|r| r.model == ModelName::Forest && r.split == Split::Forward);
        rows.collect::<Vec<_>>()
    };
    assert!(!forest(&alone).is_empty());
    assert_eq!(forest(&alone), forest(&together));
}

#[test]
fn a_run_is_up_to_date_until_something_that_it_depends_on_changes() {
    let mut world = World::new(40, 0.2);
    assert!(!world.is_up_to_date());
    world.train();
    assert!(world.is_up_to_date());

    world.config_hash = "another".to_owned();
    assert!(!world.is_up_to_date());
    world.config_hash = "c0ffee".to_owned();

    world.features.duration_s[0] += 1.0;
    world.write_tables();
    assert!(!world.is_up_to_date());
    world.features.duration_s[0] -= 1.0;
    world.write_tables();
    assert!(world.is_up_to_date());

    for name in ["model.traj", "predictions.parquet", "importances.parquet", "run.json"] {
        world.train();
        std::fs::remove_file(world.run_dir().join(name)).unwrap();
        assert!(!world.is_up_to_date(), "{name}");
    }
}
