//! Models with fewer flights than they need are named, and no others.

use super::world::World;
use crate::tables::{Feature, Horizon, ModelName, Split};

fn message(world: &World) -> Option<String> {
    let checks = world.record().checks;
    let found = checks.into_iter().find(|check| check.code == "fewer-flights-than-needed");
    found.map(|check| check.message)
}

/// Adds columns of noise that are known after landing.
fn add_columns(world: &mut World, n: usize) {
    let flights = world.features.flight_id.len();
    for column in 0..n {
        let value = |flight| crate::models::testing::noise(flight, 100 + column);
        world.features.features.push(Feature {
            name: format!("noise{column}_mean"),
            horizon: Horizon::WholeFlight,
            values: (0..flights).map(value).collect(),
        });
    }
}

#[test]
fn a_linear_model_with_fewer_flights_than_columns_is_told_and_a_forest_is_not() {
    let mut world = World::new(60, 0.2);
    world.train.models = vec![ModelName::ElasticNet, ModelName::Forest, ModelName::OdMedian];
    world.train.splits = vec![Split::Forward, Split::Random];
    add_columns(&mut world, 30);
    world.train();
    let told = message(&world).unwrap();
    assert!(told.starts_with("elastic-net at whole-flight: 15 flights in a fold of `forward` for"));
    assert!(!told.contains("; "), "{told}");
    world.train.models = vec![ModelName::Forest, ModelName::OdMedian];
    world.train();
    assert_eq!(message(&world), None);
}

#[test]
fn a_forest_that_cannot_split_and_clusters_that_cannot_be_made_are_told() {
    let mut world = World::new(60, 0.2);
    world.train.models = vec![ModelName::Forest, ModelName::RouteCluster];
    world.forest.min_samples_leaf = 8;
    world.train();
    assert_eq!(
        message(&world).unwrap(),
        "forest at whole-flight: 15 flights in a fold of `forward`, and a split takes 16, so that \
         it gives the mean"
    );
    world.forest.min_samples_leaf = 7;
    world.train();
    assert_eq!(message(&world), None);
    world.route_cluster.min_flights = 31;
    world.train();
    assert_eq!(
        message(&world).unwrap(),
        "route-cluster: 1 of 1 pairs have fewer than the 62 flights of two clusters, so that it \
         gives their median"
    );
}
