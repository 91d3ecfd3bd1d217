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
    for model in [ModelName::ElasticNet, ModelName::Pls] {
        assert!(skill(model) > 0.95, "{model}: {}", skill(model));
    }
    // The wind is no route, but clusters by it tell more than the median.
    assert!(skill(ModelName::RouteCluster) > 0.4, "{}", skill(ModelName::RouteCluster));
    for model in [
        ModelName::Forest,
        ModelName::ForestPerTarget,
        ModelName::ForestPath,
        ModelName::SmartcoreForest,
        ModelName::SmartcoreExtraTrees,
        ModelName::SmartcoreXgBoost,
    ] {
        assert!(skill(model) > 0.8, "{model}: {}", skill(model));
    }
    assert_eq!(skill(ModelName::OdMedian), 0.0);
    let forest = summary.headline.iter().find(|h| h.model == ModelName::Forest).unwrap();
    assert!(forest.is_reconstruction && forest.n == 200);
    assert!(forest.horizontal_nmi.unwrap() < 1.0 && forest.altitude_ft.unwrap() < 200.0);
    let r2 = forest.mid_flight_r2.iter().find(|r| r.target == Target::Altitude).unwrap();
    assert!(r2.fraction == 0.5 && r2.lowest > 0.9, "{r2:?}");
    assert_eq!(summary.headline.len(), 11);
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
    world.train.models = vec![ModelName::Forest, ModelName::ForestPerTarget, ModelName::ForestPath];
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
    let path: Vec<_> = rows.iter().filter(|r| r.model == ModelName::ForestPath).collect();
    for row in &path {
        assert_eq!(row.fraction.is_none(), row.target.is_none());
        assert_eq!(row.importance > 0.8, row.feature == "wind_mean", "{row:?}");
    }
    let last =
        path.iter().filter(|r| (r.fraction, r.target) == (Some(0.5), Some(Target::Distance)));
    assert_eq!(last.count(), 3);
    // Three features at two fractions, for all targets and for each of five; a forest per
    // target has only the latter, a forest of paths the former only once.
    assert_eq!((joint.count(), rows.len()), (6, 36 + 30 + 33));
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

#[test]
fn bounds_surround_what_was_predicted_and_most_of_what_was_flown() {
    let mut world = World::new(200, 0.5);
    world.train.models = vec![ModelName::Forest, ModelName::OdMedian];
    world.train();
    let rows = world.predictions().rows;
    let truth = &world.targets.rows;
    let (mut inside, mut all, mut widths) = (0_u32, 0_u32, BTreeSet::new());
    for row in &rows {
        // Four blocks of fifty; what the first fold holds out has nothing before it.
        assert_eq!(row.bounds.is_some(), row.fold > 0);
        let Some(bounds) = &row.bounds else { continue };
        let ends = [
            (row.longitude_deg, bounds.longitude_deg),
            (row.latitude_deg, bounds.latitude_deg),
            (row.altitude_m.unwrap(), bounds.altitude_m),
            (row.elapsed_s, bounds.elapsed_s),
            (row.distance_m, bounds.distance_m),
        ];
        for (value, ends) in ends {
            let (lower, upper) = ends.unwrap();
            assert!(lower <= value && value <= upper, "{row:?}");
        }
        assert!(bounds.horizontal_radius_nmi.unwrap() > 0.0);
        let is_it = |t: &&crate::tables::TargetRow| {
            *t.flight_id == *row.flight_id && t.fraction == row.fraction
        };
        let flown = truth.iter().find(is_it).unwrap();
        let (lower, upper) = bounds.elapsed_s.unwrap();
        inside += u32::from(lower <= flown.elapsed_s && flown.elapsed_s <= upper);
        all += 1;
        if row.model == ModelName::Forest {
            widths.insert(((upper - lower) * 1e3) as u64);
        }
    }
    assert_eq!(all, 2 * 100 * 2);
    let share = f64::from(inside) / f64::from(all);
    assert!((0.8..0.99).contains(&share), "{share}");
    // Trees are surer of some flights than of others.
    assert!(widths.len() > 20, "{}", widths.len());
    let coverage = |metric| {
        let found = world.metrics().into_iter().find(|r| {
            (r.model, r.metric, r.target) == (ModelName::Forest, metric, Target::Horizontal)
                && r.fraction.is_none()
        });
        found.map(|r| (r.value, r.n)).unwrap()
    };
    let (eighty, ninety) = (coverage(Metric::Coverage80), coverage(Metric::Coverage90));
    assert!(eighty.0 < ninety.0 && ninety.1 == 100, "{eighty:?} {ninety:?}");
}

#[test]
fn no_held_out_flight_runs_backwards_and_who_would_have_to_is_infeasible() {
    let mut world = World::new(60, 0.1);
    // The fractions say unrelated things, which a model of one knows nothing of.
    for (i, row) in world.targets.rows.iter_mut().enumerate() {
        row.elapsed_s = 1000.0 + 100.0 * crate::models::testing::noise(i, 40);
    }
    world.train();
    let rows = world.predictions().rows;
    let flights: Vec<_> =
        rows.chunk_by(|a, b| (a.model, &a.flight_id) == (b.model, &b.flight_id)).collect();
    assert!(flights.iter().all(|f| f.len() == 2 && f[0].elapsed_s <= f[1].elapsed_s));
    let stands = |f: &&&[crate::tables::PredictionRow]| f[0].elapsed_s == f[1].elapsed_s;
    let standing = flights.iter().filter(|f| f[0].model == ModelName::Forest).filter(stands);
    let standing = standing.count() as f64 / 45.0;
    let found = world.metrics().into_iter().find(|r| {
        r.model == ModelName::Forest && r.metric == Metric::Infeasible && r.pair.is_none()
    });
    let infeasible = found.unwrap().value;
    assert!(standing > 0.0 && infeasible >= standing, "{standing} {infeasible}");
}
