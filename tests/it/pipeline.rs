//! From a folder to a report and predictions; and what is done again when something changes.

use std::fs;

use insta::assert_snapshot;

use crate::flights::{file_of, flight, flights};
use crate::world::{Ran, World};

/// What `traj run` said of each stage: its first line.
fn stages(ran: &Ran) -> String {
    let stages = ["index: ", "features: ", "train: ", "report: "];
    let lines = ran.stdout.lines().filter(|line| stages.iter().any(|s| line.starts_with(s)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Bytes below the folder of the flights that a command read, as Linux counts them.
fn opened(ran: &Ran) -> u64 {
    ran.json()["stages"]["index"]["opened"].as_u64().unwrap()
}

#[test]
fn a_folder_becomes_a_report_and_predictions() {
    let world = World::with(flights(24));
    assert_snapshot!(world.traj("index"), @"");
    assert_snapshot!(world.traj("features"), @"");
    assert_snapshot!(world.traj("train"), @"");
    assert_snapshot!(world.traj("report"), @"");
    let new = flight(30);
    world.write(format!("new/{}", new.name()), new.csv());
    assert_snapshot!(world.traj("predict default new --out predicted.csv"), @"");
    assert_snapshot!(world.traj("check"), @"");
    let predicted = String::from_utf8(world.read("predicted.csv")).unwrap();
    assert_eq!(predicted.lines().count(), 1 + 3);
}

#[test]
fn a_finished_stage_leaves_its_tables_and_nothing_else() {
    let world = World::trained();
    let state = world.state(&["data-index", "models"]);
    let paths: Vec<&str> = state.keys().map(|path| path.to_str().unwrap()).collect();
    assert_snapshot!(paths.join("\n"), @"");
}

#[test]
fn a_second_run_finds_everything_up_to_date_and_touches_nothing() {
    let world = World::with(flights(12));
    assert_snapshot!(world.traj("run"), @"");
    let before = world.state(&["data-index", "models"]);
    assert_snapshot!(world.traj("run"), @"");
    assert!(world.state(&["data-index", "models"]) == before, "the second run changed a file");
}

#[test]
fn a_changed_setting_runs_only_what_depends_on_it() {
    let world = World::trained();
    assert_snapshot!(stages(&world.traj("run --set forest.trees=6").exits(0)), @"");
    assert_snapshot!(
        stages(&world.traj("run --set forest.trees=6 --set targets.fractions=[0.5]").exits(0)),
        @""
    );
    let set = "run --set forest.trees=6 --set targets.fractions=[0.5] --set data.airports=true";
    assert_snapshot!(stages(&world.traj(set).exits(0)), @"");
}

#[test]
fn a_table_that_is_gone_is_made_again() {
    let world = World::trained();
    let before = world.state(&["data-index"]);
    fs::remove_file(world.path("data-index/targets.parquet")).unwrap();
    assert_snapshot!(stages(&world.traj("run").exits(0)), @"");
    let bytes = |state: &std::collections::BTreeMap<_, (Vec<u8>, _)>| -> Vec<Vec<u8>> {
        state.values().map(|(bytes, _)| bytes.clone()).collect()
    };
    assert!(bytes(&world.state(&["data-index"])) == bytes(&before));
}

#[test]
fn a_new_flight_is_indexed_without_opening_the_others() {
    let world = World::trained();
    // A file that looks unchanged is not opened, so nobody sees what it holds now.
    let path = world.path(format!("flights/{}", flight(2).name()));
    let changed = fs::metadata(&path).unwrap().modified().unwrap();
    let length = fs::metadata(&path).unwrap().len() as usize;
    fs::write(&path, vec![b'x'; length]).unwrap();
    crate::world::set_modified(&path, changed);
    world.write(format!("flights/{}", flight(24).name()), flight(24).csv());
    assert_snapshot!(world.traj("index"), @"");
}

#[test]
fn a_removed_flight_leaves_the_catalog_and_then_the_features() {
    let world = World::trained();
    fs::remove_file(world.path(format!("flights/{}", flight(2).name()))).unwrap();
    let ran = world.traj("run --format json").exits(0);
    assert_eq!((opened(&ran), &ran.json()["stages"]["index"]["removed"]), (0, &1.into()));
    assert_eq!(world.features().n_flights(), 23);
    assert!(!world.features().flight_id.contains(&flight(2).id()));
}

#[test]
fn a_changed_flight_is_read_again() {
    let world = World::trained();
    let rows = flight(2).lines();
    world.write(format!("flights/{}", flight(2).name()), file_of(&rows[..10]));
    let ran = world.traj("run --format json").exits(0);
    assert_eq!(opened(&ran), 1);
    let duration_s = world.features().duration_s[2];
    assert_eq!(duration_s, 9.0 * flight(2).step_s as f64);
}

#[test]
fn a_run_by_another_name_leaves_the_first_alone() {
    let world = World::trained();
    let before = world.state(&["models/default"]);
    world.traj("train --run talk --set 'train.models=[\"od-median\"]'").exits(0);
    assert!(world.path("models/talk/run.json").exists());
    assert!(world.state(&["models/default"]) == before);
}

#[test]
fn training_without_splits_only_fits() {
    let world = World::with(flights(4));
    world.traj("run --set train.splits=[]").exits(0);
    let table = "data-index/features.parquet";
    world.traj(&format!("predict default {table} --out p.parquet")).exits(0);
    assert_snapshot!(world.traj("train --set train.splits=[]"), @"");
}

#[test]
fn one_flight_is_too_few_to_hold_any_out() {
    let world = World::with(flights(1));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    assert_snapshot!(world.traj("train"), @"");
    world.traj("train --set train.splits=[]").exits(0);
}

#[test]
fn a_pair_with_one_flight_is_named() {
    // Flight 3 is the only one of its pair.
    let world = World::with(flights(7));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    assert_snapshot!(world.traj("train"), @"");
}

#[test]
fn a_folder_of_flights_needs_no_configuration_by_hand() {
    let world = World::empty();
    for flight in flights(12) {
        world.write(format!("flights/{}", flight.name()), flight.csv());
    }
    assert_snapshot!(world.traj("init flights"), @"");
    assert_snapshot!(world.traj("init flights"), @"");
    world.traj("init flights --force").exits(0);
    world.traj("run --set train.folds=2 --set forest.trees=5").exits(0);
    assert_eq!(world.features().pair(0).unwrap(), "LEMD-LEBL");
}

#[test]
fn the_demo_says_where_the_report_is() {
    let world = World::empty();
    let ran = world
        .traj("demo show --flights 12 --set forest.trees=2 --set train.folds=2 --format json")
        .exits(0);
    assert_eq!(ran.json()["command"], "demo");
    assert!(world.path("show/models/default/report.html").exists());
    assert!(world.path("show/traj.toml").exists());
}
