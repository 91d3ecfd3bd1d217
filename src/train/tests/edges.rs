//! Too few flights, no calendar, no altitude, the anti-meridian: defined, and told.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::world::{Impatient, World};
use crate::models::testing::lessons;
use crate::problem::{Class, Problem as _};
use crate::tables::{Axis, Horizon, Metric, ModelName, Split, Target};
use crate::train::TrainError;
use crate::train::way::Way;
use crate::train::work::{Pupils, Work};

#[test]
fn no_flights_at_all_say_so_and_name_the_command() {
    let mut world = World::new(3, 0.0);
    world.fractions = vec![0.9];
    let error = world.try_train().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no flight has features and all 1 fractions on the `time` axis: \
         3 have features, 3 of them lack a fraction"
    );
    assert_eq!(error.class(), Class::Usage);
    assert!(error.hint().unwrap().contains("traj features"));
    assert!(!world.run_dir().exists());
}

#[test]
fn one_flight_cannot_be_scored_but_can_be_learnt_from() {
    let mut world = World::new(1, 0.0);
    world.train.models = ModelName::ALL.to_vec();
    let error = world.try_train().unwrap_err();
    assert_eq!(error.to_string(), "3 folds of `forward` need at least 4 flights, found 1");
    assert!(error.hint().unwrap().contains("train.splits=[]"));
    world.train.splits = vec![];
    let summary = world.train();
    assert_eq!(summary.n_flights, 1);
    assert!(summary.headline.is_empty());
    assert!(world.metrics().is_empty() && world.predictions().rows.is_empty());
    assert_eq!(
        world.codes(),
        [
            "few-flights",
            "fewer-flights-than-needed",
            "single-flight-pair",
            "no-features",
            "reconstruction"
        ]
    );
}

#[test]
fn a_pair_of_one_flight_is_predicted_by_all_flights_when_it_is_held_out() {
    let mut world = World::new(60, 0.1);
    world.features.origin[59] = Some("EGLL".to_owned());
    world.train.models = vec![ModelName::OdMedian, ModelName::GreatCircle];
    world.train();
    let record = world.record();
    let message = |code: &str| {
        record.checks.iter().find(|c| c.code == code).map_or("", |c| c.message.as_str())
    };
    assert_eq!(message("single-flight-pair"), "1 of 2 pairs have one flight: EGLL-LEBL");
    assert_eq!(
        message("unseen-pair"),
        "held-out flights of a pair that training lacks: 1 of 45 under `forward`"
    );
    assert_eq!(record.pairs[0].pair, "LEMD-LEBL");
    assert_eq!((record.pairs[0].n_flights, record.pairs[1].n_flights), (59, 1));
    // Two pairs: R2 is there for the large one alone.
    let r2: Vec<_> = world.metrics().into_iter().filter(|r| r.metric == Metric::R2).collect();
    assert!(!r2.is_empty() && r2.iter().all(|r| r.pair.as_deref() == Some("LEMD-LEBL")));
}

#[test]
fn without_a_calendar_only_random_runs_and_a_check_says_so() {
    let mut world = World::new(60, 0.1);
    world.features.start_time_us[7] = None;
    world.train.splits = vec![Split::Forward, Split::Day];
    world.train();
    assert_eq!(world.record().splits, [Split::Random]);
    assert_eq!(world.record().start_range, None);
    assert!(world.codes().contains(&"no-calendar".to_owned()));
}

#[test]
fn a_split_that_the_flights_do_not_allow_is_left_out_and_a_check_says_so() {
    let mut world = World::new(8, 0.1); // two days
    world.train.splits = vec![Split::Forward, Split::Day];
    world.train();
    assert_eq!(world.record().splits, [Split::Forward]);
    let checks = world.record().checks;
    let left_out = checks.iter().find(|check| check.code == "split-not-run").unwrap();
    assert_eq!(left_out.message, "day needs more flights or days than there are for 3 folds");
    world.train.splits = vec![Split::Day];
    let error = world.try_train().unwrap_err();
    assert_eq!(error.to_string(), "3 folds of `day` need at least 3 days, found 2");
    assert!(error.hint().unwrap().contains("train.folds=2"));
}

#[test]
fn without_altitude_there_is_no_altitude_target_and_a_flight_that_lacks_it_is_left_out() {
    let mut world = World::new(60, 0.1);
    for row in &mut world.targets.rows {
        if row.flight_id == "F0003" {
            row.altitude_m = None;
        }
    }
    world.train();
    assert_eq!(world.record().n_flights, 59);
    let checks = world.record().checks;
    let left_out = checks.iter().find(|c| c.code == "flights-left-out").unwrap();
    assert_eq!(left_out.message, "flights that no model saw: 1 have no altitude while others do");

    world.targets.rows.iter_mut().for_each(|row| row.altitude_m = None);
    world.train.models = vec![ModelName::Forest, ModelName::ElasticNet, ModelName::GreatCircle];
    world.train();
    assert!(!world.record().has_altitude);
    assert!(world.codes().contains(&"no-altitude".to_owned()));
    assert!(world.metrics().iter().all(|row| row.target != Target::Altitude));
    assert!(world.predictions().rows.iter().all(|row| row.altitude_m.is_none()));
}

/// The same flights moved to the anti-meridian have the same horizontal errors, whichever
/// side of it a flight's own longitudes begin on.
#[test]
fn the_anti_meridian_does_no_harm() {
    let error = |shift: f64, turn: bool| {
        let mut world = World::new(80, 0.3);
        world.features.features.retain(|f| f.name != "wind_first@600s");
        for (at, row) in world.targets.rows.iter_mut().enumerate() {
            row.longitude_deg += shift;
            if turn && at / 2 % 2 == 1 {
                row.longitude_deg -= 360.0;
            }
        }
        world.train.models = vec![
            ModelName::Forest,
            ModelName::ElasticNet,
            ModelName::OdMedian,
            ModelName::GreatCircle,
        ];
        let summary = world.train();
        assert!(
            world.predictions().rows.iter().all(|r| (-180.0..180.0).contains(&r.longitude_deg))
        );
        summary.headline.iter().map(|h| h.horizontal_nmi.unwrap()).collect::<Vec<_>>()
    };
    let (plain, moved) = (error(0.0, false), error(181.0, true));
    for (plain, moved) in plain.iter().zip(&moved) {
        // Splits between equal gains and rounding may differ a little.
        assert!((plain - moved).abs() < 0.02 * plain, "{plain} {moved}");
    }
}

#[test]
fn folds_of_a_file_are_used_as_they_are() {
    let mut world = World::new(20, 0.1);
    let path = world.folder.path().join("folds.csv");
    let mut lines = vec!["split,fold,flight_id,role".to_owned()];
    let role = |i| if i < 12 { "train" } else { "test" };
    lines.extend((0..20).map(|i| format!("forward,0,F{i:04},{}", role(i))));
    fs::write(&path, lines.join("\n")).unwrap();
    world.train.folds_file = Some(path.clone());
    world.train();
    let held: std::collections::BTreeSet<String> =
        world.predictions().rows.iter().map(|r| r.flight_id.to_string()).collect();
    assert_eq!(held, (12..20).map(|i| format!("F{i:04}")).collect());
    assert!(world.is_up_to_date());
    fs::write(&path, "split,fold,flight_id,role\nforward,0,nobody,test\n").unwrap();
    assert!(!world.is_up_to_date());
    let error = world.try_train().unwrap_err();
    assert!(error.to_string().contains("folds.csv:2: flight `nobody`"), "{error}");
    assert_eq!(error.class(), Class::Usage);
}

#[test]
fn an_interruption_leaves_the_earlier_run_as_it_was() {
    let mut world = World::new(60, 0.1);
    world.train();
    let names = ["run.json", "model.traj", "metrics.parquet", "predictions.parquet"];
    let before = names.map(|name| world.bytes(name));
    let folder = world.run_dir();
    let n_files = || fs::read_dir(&folder).unwrap().count();
    let n_before = n_files();
    world.train.seed = 43;
    // 12 steps of scoring, then one of importances, then the final fit.
    for patience in [0, 3, 12, 14] {
        let error = world.train_watched(&Impatient::new(patience)).unwrap_err();
        assert!(matches!(error, TrainError::Interrupted), "{error}");
        assert_eq!(error.class(), Class::Interrupted);
        assert_eq!(names.map(|name| world.bytes(name)), before);
    }
    assert_eq!(n_files(), n_before);
    let patient = Impatient::new(u64::MAX);
    world.train_watched(&patient).unwrap();
    assert_eq!(patient.steps.into_inner(), patient.announced.into_inner());
    assert_ne!(world.bytes("model.traj"), before[1]);
}

#[test]
fn an_estimator_that_cannot_be_kept_stops_the_fit_and_does_not_count() {
    let world = World::new(20, 0.1);
    let fractions: Vec<f64> = (1..20).map(|at| f64::from(at) / 20.0).collect();
    let lessons = lessons(&world.features, &fractions, &[]);
    let training = lessons.training();
    let pupils = Pupils { training, axis: Axis::Time, horizon: None, fold: "all" };
    // With one thread it is known how many estimators there are before it stops.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for &name in ModelName::ALL {
        let (patient, refused) = (Impatient::new(u64::MAX), AtomicUsize::new(0));
        let refuse = |_, _| {
            refused.fetch_add(1, Ordering::SeqCst);
            let source = std::io::Error::other("no room");
            Err(TrainError::Write { path: "model.traj".into(), source })
        };
        let fitted = world.with_inputs(|inputs| {
            let work = Work { inputs, progress: &patient, way: Way::Whole };
            pool.install(|| work.fit(name, &pupils, &refuse))
        });
        let error = fitted.unwrap_err();
        assert!(matches!(error, TrainError::Write { .. }), "{name}: {error}");
        assert_eq!(patient.steps.into_inner(), 0);
        // Forests that grew side by side are complete side by side.
        assert!(refused.into_inner() < fractions.len(), "{name}");
    }
}

#[test]
fn settings_out_of_range_are_refused_by_key() {
    let key = |change: fn(&mut World)| {
        let mut world = World::new(3, 0.0);
        change(&mut world);
        match world.try_train().unwrap_err() {
            TrainError::Invalid(invalid) => invalid.key,
            other => panic!("{other}"),
        }
    };
    assert_eq!(key(|w| w.train.folds = 1), "train.folds");
    assert_eq!(key(|w| w.forest.trees = 0), "forest.trees");
    assert_eq!(key(|w| w.elastic_net.tolerance = 0.0), "elastic-net.tolerance");
    assert_eq!(key(|w| w.pls.components = 0), "pls.components");
    assert_eq!(key(|w| w.xg_boost.rounds = 0), "smartcore-xgboost.rounds");
    assert_eq!(key(|w| w.route_cluster.min_flights = 0), "route-cluster.min_flights");
    assert_eq!(key(|w| w.fractions = vec![1.5]), "targets.fractions");
    assert_eq!(key(|w| w.horizons = vec![]), "features.horizons");
}

#[test]
fn departure_alone_is_no_reconstruction() {
    let mut world = World::new(60, 0.1);
    world.horizons = vec![Horizon::Departure];
    let summary = world.train();
    let mut codes = world.codes();
    codes.retain(|code| code != "coverage");
    // The wind decides everything, and nothing at departure tells of it.
    assert_eq!(codes, ["importance-below-probe", "no-skill"]);
    assert!(summary.headline.iter().all(|h| !h.is_reconstruction));
    let features = world.record().features;
    assert_eq!(features.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["hour", "weekday"]);
    assert_eq!(features[1].columns, 7);
}

#[test]
fn what_is_left_out_is_not_learnt_from_and_a_slip_of_the_pen_is_told() {
    let mut world = World::new(60, 0.1);
    world.horizons = vec![Horizon::Departure];
    world.train.leave_out = ["hour", "wnid_mean"].map(str::to_owned).to_vec();
    world.train();
    let features = world.record().features;
    assert_eq!(features.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["weekday"]);
    let check = world.record().checks.into_iter().find(|c| c.code == "unknown-left-out");
    assert_eq!(check.unwrap().message, "left out, but no feature: `wnid_mean`");
}
