//! Tables and models that are damaged, missing or not made for each other: exit status 4, and
//! the command that makes them anew. And two programs that want one folder: exit status 11.

use std::fs::{self, File};

use insta::assert_snapshot;
use traj::tables::FeatureTable;

use crate::flights::{flight, flights};
use crate::world::World;

/// Changes one bit in the middle of a file.
fn flip(world: &World, path: &str) {
    let mut bytes = world.read(path);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    world.write(path, bytes);
}

fn predict(world: &World) -> crate::world::Ran {
    world.traj(&format!("predict default flights/{}", flight(1).name()))
}

#[test]
fn what_is_whole_is_said_to_be_whole() {
    assert_snapshot!(World::trained().traj("check"), @r"
    exit 0
    --- stdout
    ok       data-index/catalog.parquet
    ok       data-index/cleaning.parquet
    ok       data-index/features.parquet
    ok       data-index/rejected.parquet
    ok       data-index/targets.parquet
    ok       models/default/coverage.parquet
    ok       models/default/importances.parquet
    ok       models/default/metrics.parquet
    ok       models/default/model.traj
    ok       models/default/predictions.parquet
    ok       models/default/run.json
    ");
}

#[test]
fn check_where_there_is_nothing_says_so() {
    assert_snapshot!(World::empty().traj("check"), @r"
    exit 2
    --- stderr
    error: there is nothing of traj's in data-index or models
    hint: name a table, a run's folder, or start with `traj run`
    ");
    assert_snapshot!(World::empty().traj("check nowhere"), @r"
    exit 2
    --- stderr
    error: there is nothing of traj's in nowhere
    hint: name a table, a run's folder, or start with `traj run`
    ");
}

#[test]
fn a_model_cut_in_half_is_named_with_the_command_that_makes_it() {
    let world = World::trained();
    let bytes = world.read("models/default/model.traj");
    world.write("models/default/model.traj", &bytes[..bytes.len() / 2]);
    assert_snapshot!(predict(&world), @r"
    exit 4
    --- stderr
    error: models/default/model.traj is damaged: its bytes do not match its digest
    hint: make it anew with `traj train`
    ");
    assert_snapshot!(world.traj("check models"), @r"
    exit 4
    --- stdout
    ok       models/default/coverage.parquet
    ok       models/default/importances.parquet
    ok       models/default/metrics.parquet
    damaged  models/default/model.traj: its bytes do not match its digest
    ok       models/default/predictions.parquet
    ok       models/default/run.json
    --- stderr
    error: 1 file damaged, or does not fit
    hint: make it anew with `traj train`
    ");
}

#[test]
fn a_model_with_one_wrong_bit_does_not_predict() {
    let world = World::trained();
    flip(&world, "models/default/model.traj");
    predict(&world).exits(4);
    world.traj("check").exits(4);
}

#[test]
fn the_model_of_another_run_does_not_predict() {
    let world = World::trained();
    world.traj("train --run other --set forest.trees=3").exits(0);
    fs::copy(world.path("models/other/model.traj"), world.path("models/default/model.traj"))
        .unwrap();
    assert_snapshot!(predict(&world), @r"
    exit 4
    --- stderr
    error: models/default/model.traj is not the file that run.json names
    hint: make the run anew with `traj train`
    ");
    assert_snapshot!(world.traj("check").exits(4).stderr, @r"
    error: 1 file damaged, or does not fit
    hint: make it anew with `traj train`
    ");
}

#[test]
fn features_with_one_wrong_bit_are_named_with_the_command_that_makes_them() {
    let world = World::trained();
    flip(&world, "data-index/features.parquet");
    assert_snapshot!(world.traj("train"), @r"
    exit 4
    --- stderr
    error: data-index/features.parquet is damaged: its bytes do not match its digest
    hint: make it anew with `traj features`
    ");
    assert_snapshot!(world.traj("check"), @r"
    exit 4
    --- stdout
    ok       data-index/catalog.parquet
    ok       data-index/cleaning.parquet
    damaged  data-index/features.parquet: its bytes do not match its digest
    ok       data-index/rejected.parquet
    ok       data-index/targets.parquet
    ok       models/default/coverage.parquet
    ok       models/default/importances.parquet
    ok       models/default/metrics.parquet
    ok       models/default/model.traj
    ok       models/default/predictions.parquet
    ok       models/default/run.json
    --- stderr
    error: 1 file damaged, or does not fit
    hint: make it anew with `traj features`
    ");
    world.traj("features").exits(0);
    world.traj("check").exits(0);
}

#[test]
fn every_table_with_one_wrong_bit_is_found() {
    let world = World::trained();
    let tables = world.state(&["data-index", "models"]);
    for path in tables.keys().filter(|path| path.extension().is_some_and(|e| e == "parquet")) {
        let path = path.to_str().unwrap();
        let whole = world.read(path);
        flip(&world, path);
        let ran = world.traj("check").exits(4);
        assert!(ran.stdout.contains(&format!("damaged  {path}: ")), "{path}: {ran}");
        world.write(path, whole);
    }
    world.traj("check").exits(0);
}

#[test]
fn a_damaged_catalog_is_made_anew_by_index() {
    let world = World::trained();
    flip(&world, "data-index/catalog.parquet");
    assert_snapshot!(world.traj("features"), @r"
    exit 4
    --- stderr
    error: data-index/catalog.parquet is damaged: its bytes do not match its digest
    hint: make it anew with `traj index`
    ");
    world.traj("index").exits(0);
    world.traj("features").exits(0);
}

#[test]
fn a_table_in_the_place_of_another_is_named() {
    let world = World::trained();
    let targets = world.read("data-index/targets.parquet");
    world.write("data-index/features.parquet", targets);
    assert_snapshot!(world.traj("train"), @r"
    exit 4
    --- stderr
    error: data-index/features.parquet holds traj.targets/1, not traj.features/1
    hint: make it anew with `traj features`
    ");
}

#[test]
fn a_stage_without_its_input_names_the_command_that_makes_it() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj("features"), @r"
    exit 2
    --- stderr
    error: data-index/catalog.parquet does not exist
    hint: make it with `traj index`
    ");
    assert_snapshot!(world.traj("train"), @r"
    exit 2
    --- stderr
    error: data-index/features.parquet does not exist
    hint: make it with `traj features`
    ");
    assert_snapshot!(world.traj("report"), @r"
    exit 2
    --- stderr
    error: models/default/run.json does not exist
    hint: make it with `traj train`
    ");
}

#[test]
fn flights_that_lack_a_feature_are_told_which() {
    let world = World::trained();
    let mut table: FeatureTable = world.features();
    table.features.retain(|feature| feature.name != "hour" && feature.name != "m_mean");
    table.write(&world.path("poor.parquet")).unwrap();
    assert_snapshot!(world.traj("predict default poor.parquet"), @r"
    exit 4
    --- stderr
    error: `forest` at horizon `departure` needs features that the flights lack: hour
    hint: make the features anew with `traj features` under the run's config.toml, or choose an earlier horizon with --horizon
    ");
    assert_snapshot!(world.traj("predict default poor.parquet --horizon whole-flight"), @r"
    exit 4
    --- stderr
    error: `forest` at horizon `whole-flight` needs features that the flights lack: m_mean, hour
    hint: make the features anew with `traj features` under the run's config.toml, or choose an earlier horizon with --horizon
    ");
}

#[test]
fn a_run_that_does_not_exist_is_said_to_be_so() {
    let world = World::trained();
    let file = format!("flights/{}", flight(1).name());
    assert_snapshot!(world.traj(&format!("predict talk {file}")), @r"
    exit 2
    --- stderr
    error: models/talk/config.toml does not exist
    hint: name a run that `traj train` has finished; `ls models` lists them
    ");
    assert_snapshot!(world.traj("predict talk data-index/features.parquet"), @r"
    exit 2
    --- stderr
    error: models/talk/run.json does not exist
    hint: make it with `traj train`
    ");
    assert_snapshot!(world.traj("report talk"), @r"
    exit 2
    --- stderr
    error: models/talk/run.json does not exist
    hint: make it with `traj train`
    ");
    assert!(!world.path("models/talk").exists());
}

#[test]
fn a_name_that_is_no_plain_folder_is_no_run() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj("train --run .."), @r"
    exit 2
    --- stderr
    error: `..` is not a name for a run
    hint: use letters, digits, - and _
    ");
}

#[test]
fn what_was_not_stored_is_said_with_what_was() {
    let world = World::trained();
    let predict = |flags: &str| {
        world.traj(&format!("predict default data-index/features.parquet {flags}")).exits(2)
    };
    assert_snapshot!(predict("--model elastic-net"), @r"
    exit 2
    --- stderr
    error: the run has no model `elastic-net`; it has `forest`, `od-median`, `great-circle`
    hint: leave the choice to traj, or name one that is stored
    ");
    assert_snapshot!(predict("--axis distance"), @r"
    exit 2
    --- stderr
    error: the run has no axis `distance`; it has `time`
    hint: leave the choice to traj, or name one that is stored
    ");
    assert_snapshot!(predict("--out predicted.xlsx"), @"
    exit 2
    --- stderr
    `forest` at `whole-flight` uses what is known only after landing: a reconstruction, not a prediction
    error: predicted.xlsx ends in neither .csv nor .parquet
    hint: name the output .csv or .parquet
    ");
}

#[test]
fn flights_that_the_run_cannot_read_are_named() {
    let world = World::trained();
    world.write("new/LEMD-LEBL_X_A320_20240401T100000.csv", "a,b\n1,2\n");
    assert_snapshot!(world.traj("predict default new"), @r"
    exit 2
    --- stderr
    rejected new/LEMD-LEBL_X_A320_20240401T100000.csv: line 1: column `timestamp`: the header has no such column, which source `flights` needs, nor 3 others [missing-column]
    error: none of the 1 file is a flight that the run can read
    hint: the run reads files like those it was trained on; see the reasons above
    ");
    world.write("new/LEMD-LEBL_Y_A320_20240401T100000.csv", flight(30).csv());
    let ran = world.traj("predict default new --out out.csv");
    assert_snapshot!(ran, @"
    exit 3
    --- stdout
    1 flight by forest at horizon whole-flight, along time: out.csv
    --- stderr
    rejected new/LEMD-LEBL_X_A320_20240401T100000.csv: line 1: column `timestamp`: the header has no such column, which source `flights` needs, nor 3 others [missing-column]
    `forest` at `whole-flight` uses what is known only after landing: a reconstruction, not a prediction
    ");
}

#[test]
fn a_second_program_on_the_same_tables_gives_up_at_once() {
    let world = World::with(flights(2));
    fs::create_dir(world.path("data-index")).unwrap();
    let folder = File::open(world.path("data-index")).unwrap();
    folder.lock().unwrap();
    assert_snapshot!(world.traj("index"), @r"
    exit 11
    --- stderr
    error: another traj (process [PID]) is writing to data-index
    hint: wait until it is done, or stop it
    ");
    world.traj("features").exits(11);
    world.traj("run").exits(11);
    folder.unlock().unwrap();
    world.traj("index").exits(0);
}

#[test]
fn a_second_program_on_the_same_run_gives_up_at_once() {
    let world = World::trained();
    let folder = File::open(world.path("models/default")).unwrap();
    folder.lock().unwrap();
    assert_snapshot!(world.traj("train"), @r"
    exit 11
    --- stderr
    error: another traj (process [PID]) is writing to models/default
    hint: wait until it is done, or stop it
    ");
    world.traj("report").exits(11);
    world.traj("train --run other").exits(0);
}
