//! Importances by permutation find what decides, beside random numbers, and change nothing
//! else of a run.

use std::collections::BTreeMap;

use super::world::World;
use crate::problem::{Class, Problem as _};
use crate::tables::{
    Feature, Horizon, Importance, ImportanceMethod, ModelName, RANDOM_PROBE, Split, Target,
};
use crate::train::TrainError;

/// The rows of a method, of all targets together or of one, by feature.
fn by_feature(
    world: &World,
    model: ModelName,
    method: ImportanceMethod,
    target: Option<Target>,
) -> BTreeMap<String, Importance> {
    let rows = world.importances().rows.into_iter();
    let rows = rows.filter(|r| (r.model, r.method, r.target) == (model, method, target));
    rows.map(|row| (row.feature.clone(), row)).collect()
}

#[test]
fn the_feature_that_decides_everything_is_needed_and_others_are_as_needless_as_chance() {
    let mut world = World::new(240, 0.0);
    world.train.models = vec![ModelName::Forest, ModelName::ForestPerTarget];
    world.importances.repeats = 5;
    world.features.features.retain(|feature| feature.name != "wind_first@600s");
    world.features.duration_s.fill(f64::NAN);
    world.features.distance_m.fill(f64::NAN);
    world.train();
    for model in world.train.models.clone() {
        for target in [None, Some(Target::Longitude), Some(Target::Elapsed)] {
            let rows = by_feature(&world, model, ImportanceMethod::Permutation, target);
            assert_eq!(
                rows.keys().map(String::as_str).collect::<Vec<_>>(),
                ["hour", RANDOM_PROBE, "weekday", "wind_mean"]
            );
            // Truth and prediction are two draws of the same: the loss is two variances.
            let wind = &rows["wind_mean"];
            assert!((wind.importance - 2.0).abs() < 0.5, "{wind:?}");
            assert_eq!((wind.split, wind.fraction), (Some(Split::Forward), Some(0.5)));
            assert!(wind.std.unwrap() > 0.0);
            for name in ["hour", "weekday", RANDOM_PROBE] {
                assert!(rows[name].importance.abs() < 0.05, "{:?}", rows[name]);
            }
        }
        assert!(by_feature(&world, model, ImportanceMethod::PermutationCluster, None).is_empty());
    }
    // The record and the final fit know nothing of the random column.
    let rows = world.importances().rows;
    let probes = rows.iter().filter(|r| r.feature == RANDOM_PROBE);
    assert!(probes.clone().all(|r| r.method == ImportanceMethod::Permutation));
    assert!(world.record().features.iter().all(|f| f.name != RANDOM_PROBE));
}

#[test]
fn features_that_say_the_same_matter_together_more_than_alone() {
    let mut world = World::new(120, 0.0);
    world.train.models = vec![ModelName::Forest];
    world.train();
    let single = by_feature(&world, ModelName::Forest, ImportanceMethod::Permutation, None);
    let all = ["wind_mean", "wind_first@600s", "duration_s", "distance_m"];
    let clusters =
        by_feature(&world, ModelName::Forest, ImportanceMethod::PermutationCluster, None);
    let record = world.record().permutation.unwrap();
    assert_eq!((record.repeats, record.n_flights), (2, 30));
    assert_eq!(record.clusters.len(), 1);
    let cluster = &record.clusters[0];
    assert_eq!(
        (cluster.horizon, cluster.name.as_str()),
        (Horizon::WholeFlight, "cluster:wind_mean+3")
    );
    assert_eq!(cluster.members, all);
    assert_eq!(clusters.keys().collect::<Vec<_>>(), [&cluster.name]);
    let together = clusters[&cluster.name].importance;
    assert!((together - 2.0).abs() < 0.7, "{together}");
    assert!(all.iter().all(|name| single[*name].importance < 0.8 * together), "{single:?}");
}

#[test]
fn what_is_measured_changes_neither_scores_nor_models() {
    let files = ["model.traj", "metrics.parquet", "predictions.parquet"];
    let run = |repeats: usize| {
        let mut world = World::new(60, 0.2);
        world.importances.repeats = repeats;
        world.train();
        let rows = world.importances().rows;
        let n = rows.iter().filter(|r| r.method != ImportanceMethod::Impurity).count();
        assert_eq!(world.record().permutation.is_some(), repeats > 0);
        (n > 0, files.map(|name| world.bytes(name)))
    };
    let (with, without) = (run(3), run(0));
    assert!(with.0 && !without.0);
    assert!(with.1 == without.1);
}

#[test]
fn the_last_fold_of_the_first_split_is_what_they_are_measured_on() {
    let mut world = World::new(61, 0.2);
    world.train.splits = vec![Split::Random, Split::Day];
    world.train();
    let rows = world.importances().rows;
    let measured = rows.iter().filter(|r| r.method == ImportanceMethod::Permutation);
    assert!(measured.clone().count() > 0 && measured.clone().all(|r| r.split == Some(Split::Day)));
    world.train.splits = vec![];
    world.train();
    assert!(world.importances().rows.iter().all(|r| r.method == ImportanceMethod::Impurity));
    assert!(world.record().permutation.is_none());
}

#[test]
fn a_feature_with_the_name_of_the_probe_is_refused_unless_there_is_none() {
    let mut world = World::new(20, 0.2);
    let values = (0..20).map(f64::from).collect();
    world.features.features.push(Feature {
        name: RANDOM_PROBE.to_owned(),
        horizon: Horizon::Departure,
        values,
    });
    let error = world.try_train().unwrap_err();
    assert!(matches!(&error, TrainError::Invalid(i) if i.key == "importances.repeats"), "{error}");
    assert_eq!(error.class(), Class::Usage);
    world.importances.repeats = 0;
    world.train();
}

#[test]
fn where_chance_is_as_good_as_every_feature_a_check_says_so() {
    let mut world = World::new(160, 0.5);
    world.importances.repeats = 5;
    world.horizons = vec![Horizon::Departure, Horizon::WholeFlight];
    world.train();
    let checks = world.record().checks;
    let check = checks.iter().find(|check| check.code == "importance-below-probe").unwrap();
    assert_eq!(
        check.message,
        "no feature known at departure helps held-out flights more than random numbers: the \
         forests learn nothing from them"
    );
    world.horizons = vec![Horizon::WholeFlight];
    world.train();
    assert!(!world.codes().contains(&"importance-below-probe".to_owned()));
}
