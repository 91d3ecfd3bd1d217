//! Models find what is there to be found, and nothing else.

use std::collections::BTreeSet;

use super::world::World;
use crate::tables::{Axis, Horizon, ImportanceMethod, Metric, ModelName, Split, Target};

#[test]
fn a_linear_truth_is_learnt_by_every_learner_and_missed_by_the_median() {
    let mut world = World::new(200, 0.0);
    world.train.models = ModelName::ALL.to_vec();
    world.train.splits = vec![Split::Random];
    let summary = world.train();
    let skill = |model| world.skill(model, Horizon::WholeFlight, Target::Horizontal);
    assert!(skill(ModelName::ElasticNet) > 0.95, "{}", skill(ModelName::ElasticNet));
    for model in [ModelName::Forest, ModelName::ForestPerTarget, ModelName::SmartcoreForest] {
        assert!(skill(model) > 0.8, "{model}: {}", skill(model));
    }
    assert_eq!(skill(ModelName::OdMedian), 0.0);
    let forest = summary.headline.iter().find(|h| h.model == ModelName::Forest).unwrap();
    assert!(forest.is_reconstruction && forest.n == 200);
    assert!(forest.horizontal_nmi.unwrap() < 1.0 && forest.altitude_ft.unwrap() < 200.0);
    let r2 = forest.mid_flight_r2.iter().find(|r| r.target == Target::Altitude).unwrap();
    assert!(r2.fraction == 0.5 && r2.lowest > 0.9, "{r2:?}");
    assert_eq!(summary.headline.len(), 6);
}

#[test]
fn noise_is_not_predicted() {
    let mut world = World::new(300, 1.0);
    world.horizons = vec![Horizon::Departure];
    world.train.models = vec![ModelName::Forest, ModelName::ElasticNet];
    world.train.splits = vec![Split::Random];
    world.elastic_net.penalty = 0.1;
    world.train();
    // Nothing known at departure says anything of the targets: an honest learner is no better
    // than the median, and a forest that fits noise is somewhat worse.
    let skill = |model| world.skill(model, Horizon::Departure, Target::Altitude);
    assert!(skill(ModelName::ElasticNet).abs() < 0.05, "{}", skill(ModelName::ElasticNet));
    let forest = skill(ModelName::Forest);
    assert!(forest < 0.03 && forest > -0.4, "{forest}");
}

/// What is true of a flight that no fold learns from reaches no prediction of another.
#[test]
fn a_flight_of_the_last_block_has_no_say_in_predictions_of_others() {
    let predictions = |spoil: bool| {
        let mut world = World::new(41, 0.2);
        world.train.models = vec![ModelName::Forest, ModelName::ElasticNet, ModelName::GreatCircle];
        // Of the last block, only the last flight tells that the wind varies; with it spoilt,
        // an encoder that looked at held-out flights would think the wind constant.
        world.features.features.retain(|feature| feature.name != "wind_first@600s");
        world.features.duration_s.fill(3000.0);
        world.features.distance_m.fill(480_000.0);
        world.features.features[0].values[30..40].fill(0.1);
        if spoil {
            world.features.features[0].values[40] = 0.1;
            for row in world.targets.rows.iter_mut().filter(|r| r.flight_id == "F0040") {
                row.latitude_deg += 1.0;
                row.elapsed_s *= 2.0;
            }
        }
        world.train();
        let rows = world.predictions().rows.into_iter();
        rows.filter(|r| &*r.flight_id != "F0040").collect::<Vec<_>>()
    };
    let plain = predictions(false);
    assert_eq!(plain.len(), 3 * 30 * 2);
    assert_eq!(plain, predictions(true));
}

#[test]
fn the_yardstick_is_not_written_unless_it_was_asked_for() {
    let mut world = World::new(60, 0.2);
    world.train.models = vec![ModelName::ElasticNet];
    world.train();
    let models: BTreeSet<ModelName> = world.metrics().iter().map(|row| row.model).collect();
    assert_eq!(models, BTreeSet::from([ModelName::ElasticNet]));
    assert!(world.metrics().iter().any(|row| row.metric == Metric::Skill));
    assert!(world.predictions().rows.iter().all(|row| row.model == ModelName::ElasticNet));
}

#[test]
fn baselines_have_the_same_rows_at_every_horizon_and_learners_do_not() {
    let mut world = World::new(80, 0.2);
    world.horizons = vec![Horizon::WholeFlight, Horizon::Departure];
    world.train();
    let rows = |model, horizon| {
        let rows = world.predictions().rows.into_iter();
        let rows = rows.filter(move |r| r.model == model && r.horizon == horizon);
        rows.map(|r| (r.flight_id.clone(), r.fraction, r.latitude_deg)).collect::<Vec<_>>()
    };
    let both = |model| (rows(model, Horizon::Departure), rows(model, Horizon::WholeFlight));
    let (early, late) = both(ModelName::OdMedian);
    assert!(!early.is_empty() && early == late);
    let (early, late) = both(ModelName::Forest);
    assert_ne!(early, late);
    assert_eq!(early.len(), late.len());
}

#[test]
fn the_predictions_table_is_sorted_and_holds_every_held_out_flight_once() {
    let mut world = World::new(41, 0.2);
    world.train.splits = vec![Split::Random, Split::Forward, Split::Day];
    world.train.models = vec![ModelName::OdMedian, ModelName::GreatCircle];
    world.train();
    let rows = world.predictions().rows;
    let key = |r: &crate::tables::PredictionRow| {
        (r.model, r.horizon, r.split, r.axis, r.flight_id.clone(), (r.fraction * 100.0) as i64)
    };
    assert!(rows.is_sorted_by(|a, b| key(a) < key(b)));
    let count = |split| rows.iter().filter(|r| r.split == split).count();
    assert_eq!(count(Split::Random), 2 * 41 * 2);
    assert_eq!(count(Split::Day), 2 * 41 * 2);
    // Four blocks of ten, the last with the rest: the first is never held out.
    assert_eq!(count(Split::Forward), 2 * 31 * 2);
    assert_eq!(world.record().splits, [Split::Forward, Split::Day, Split::Random]);
}

#[test]
fn the_feature_that_decides_everything_is_the_most_important() {
    let mut world = World::new(120, 0.0);
    world.train.models = vec![ModelName::Forest, ModelName::ForestPerTarget];
    world.features.features.retain(|feature| feature.name != "wind_first@600s");
    world.features.duration_s.fill(f64::NAN);
    world.features.distance_m.fill(f64::NAN);
    world.train();
    let mut rows = world.importances().rows;
    rows.retain(|row| row.method == ImportanceMethod::Impurity);
    let joint = rows.iter().filter(|r| r.model == ModelName::Forest && r.target.is_none());
    for row in joint.clone() {
        assert_eq!(row.importance > 0.9, row.feature == "wind_mean", "{row:?}");
    }
    // Three features at two fractions, for all targets and for each of five; the other model
    // has only the latter.
    assert_eq!((joint.count(), rows.len()), (6, 36 + 30));
}

#[test]
fn both_axes_are_scored_and_stored_side_by_side() {
    let mut world = World::new(40, 0.1);
    let mut distance = world.targets.rows.clone();
    distance.iter_mut().for_each(|row| row.axis = Axis::Distance);
    world.targets.rows.extend(distance);
    world.axes = vec![Axis::Distance, Axis::Time];
    world.train();
    let axes: BTreeSet<Axis> = world.metrics().iter().map(|row| row.axis).collect();
    assert_eq!(axes.len(), 2);
    let file = crate::models::ModelFile::open(&world.run_dir().join("model.traj")).unwrap();
    assert_eq!(file.sets.iter().map(|s| s.axis).collect::<Vec<_>>(), [Axis::Time, Axis::Distance]);
}
