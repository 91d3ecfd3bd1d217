//! The whole job on real flights, as a user without a configuration does it: `traj init`, then
//! the stages; and scikit-learn's figures on the same flights and folds.

use traj::tables::{
    Horizon, Metric, MetricTable, ModelName, RunRecord, Split, Target, TargetTable,
};

use crate::real_data::data;
use crate::world::World;

/// Few trees and folds: these stories are about what runs, not about how well.
const QUICK: &str = "--set forest.trees=3 --set train.folds=2 \
                     --set targets.fractions=[0.25,0.5,0.75]";

/// A folder in which `traj init` has looked at a set of flights.
fn initialised(name: &str) -> Option<World> {
    let folder = data(name)?;
    let world = World::empty();
    world.traj(&format!("init {}", folder.display())).exits(0);
    Some(world)
}

#[test]
fn houston_boston_is_as_good_as_scikit_learn_on_its_folds() {
    let Some(folder) = data("deeptp-kiah-kbos") else { return };
    let folds = folder.with_file_name("kiah-folds.csv");
    if !folds.exists() {
        println!("skipped: {} does not exist", folds.display());
        return;
    }
    let world = World::empty();
    world.traj(&format!("init {}", folder.display())).exits(0);
    // The settings of the study: its variables, aggregates and calendar, leaves of two.
    let settings = "--set 'features.variables=[\"longitude\",\"latitude\",\"altitude\",\"Speed\"]' \
                    --set 'features.aggregates=[\"mean\",\"min\",\"max\",\"std\",\"last\"]' \
                    --set 'features.calendar=[\"weekday\",\"hour\"]'";
    let folds = format!("--set 'train.folds_file=\"{}\"'", folds.display());
    let splits = "--set 'train.splits=[\"forward\",\"random\"]'";
    world.traj(&format!("run {settings} {splits} {folds}")).exits(0);
    let metrics = MetricTable::read(&world.path("models/default/metrics.parquet")).unwrap();
    let error_nmi = |model, split, horizon| {
        let rows: Vec<f64> = metrics
            .rows
            .iter()
            .filter(|row| (row.model, row.split, row.horizon) == (model, split, horizon))
            .filter(|row| (row.target, row.metric) == (Target::Horizontal, Metric::Mae))
            .filter(|row| row.pair.is_none() && row.fraction.is_some())
            .map(|row| row.value)
            .collect();
        assert_eq!(rows.len(), 19);
        rows.iter().sum::<f64>() / 19.0
    };
    // scikit-learn 1.9.1's RandomForestRegressor, and the pair's median track, in nautical
    // miles. A forest's seed moves its figure by some tenths of a mile.
    for (split, horizon, forest, median) in [
        (Split::Random, Horizon::WholeFlight, 19.94, 87.35),
        (Split::Forward, Horizon::WholeFlight, 25.30, 97.93),
        (Split::Random, Horizon::Departure, 85.80, 87.35),
        (Split::Forward, Horizon::Departure, 97.26, 97.93),
    ] {
        let found = error_nmi(ModelName::Forest, split, horizon);
        assert!((found - forest).abs() < 1.5, "{split} {horizon}: {found}, not {forest}");
        let found = error_nmi(ModelName::OdMedian, split, horizon);
        assert!((found - median).abs() < 0.2, "{split} {horizon}: {found}, not {median}");
    }
}

#[test]
fn flows_over_switzerland_take_their_pairs_from_a_side_table() {
    let Some(world) = initialised("traffic-switzerland-2018") else { return };
    let index = world.traj("index --format json").exits(0).json();
    assert_eq!((&index["flights"], &index["without_pair"]), (&1244.into(), &0.into()));
    assert_eq!(index["pairs"][0], serde_json::json!(["SEC_SW-SEC_NW", 130]));
    world.traj(&format!("run {QUICK}")).exits(0);
    let run = RunRecord::read(&world.path("models/default/run.json")).unwrap();
    assert_eq!(run.splits, [Split::Forward, Split::Random], "all flights are of one day");
    assert!(run.checks.iter().any(|check| check.code == "split-not-run"));
}

#[test]
fn tracks_at_atlanta_have_no_altitude_and_no_calendar_and_nothing_pretends() {
    let Some(world) = initialised("iff-atl-terminal-2019") else { return };
    world.traj(&format!("run --pair SEC_E-KATL {QUICK}")).exits(0);
    let features = world.features();
    assert_eq!(features.n_flights(), 1409);
    assert!(features.start_time_us.iter().all(Option::is_none));
    let (targets, _) = TargetTable::read(&world.path("data-index/targets.parquet")).unwrap();
    assert!(targets.rows.iter().all(|row| row.altitude_m.is_none()));
    let run = RunRecord::read(&world.path("models/default/run.json")).unwrap();
    assert_eq!((run.splits, run.has_altitude), (vec![Split::Random], false));
    for code in ["no-calendar", "no-altitude"] {
        assert!(run.checks.iter().any(|check| check.code == code), "{code}");
    }
    let metrics = MetricTable::read(&world.path("models/default/metrics.parquet")).unwrap();
    assert!(metrics.rows.iter().all(|row| row.target != Target::Altitude));
}

#[test]
fn four_schemas_in_one_folder_take_one_command() {
    let Some(world) = initialised("eurocontrol-trrrj-egll-2017") else { return };
    let index = world.traj("index --format json").exits(0).json();
    assert_eq!(index["flights"], 162);
    assert_eq!(index["sources"].as_object().unwrap().len(), 4);
    let features = world.traj("features --format json").exits(0).json();
    // As counted by hand in the set's own index: 63 files, 5,209 rows.
    assert_eq!(features["out_of_order"], serde_json::json!([63, 5209]));
    // 69 files repeat a time from row to row; 78 do once their rows are in order.
    assert_eq!(features["repeated_times"], serde_json::json!([78, 324]));
    assert_eq!((&features["flights"], &features["rows"]), (&162.into(), &49_729.into()));
}
