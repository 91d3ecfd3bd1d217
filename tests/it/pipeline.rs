//! From a folder to a report and predictions; and what is done again when something changes.

use std::fs;
use std::path::PathBuf;

use insta::assert_snapshot;

use crate::flights::{file_of, flight, flights};
use crate::world::{Ran, World};

/// What `traj run` said of each stage: its first line.
fn stages(ran: &Ran) -> String {
    let stages = ["index: ", "features: ", "train: ", "report: "];
    let lines = ran.stdout.lines().filter(|line| stages.iter().any(|s| line.starts_with(s)));
    lines.collect::<Vec<_>>().join("\n")
}

/// How many files the index stage of `traj run --format json` opened.
fn opened(ran: &Ran) -> u64 {
    ran.json()["stages"]["index"]["opened"].as_u64().unwrap()
}

#[test]
fn a_folder_becomes_a_report_and_predictions() {
    let world = World::with(flights(24));
    assert_snapshot!(world.traj("index"), @r"
    exit 0
    --- stdout
    24 flights in the catalog, 29.69 KiB: 24 opened, 0 unchanged, 0 removed
      starts from 2024-03-01 06:00 to 2024-03-06 18:00 UTC
      2 pairs: LEMD-LEBL 18, LEMD-LEPA 6

    next: traj features
    ");
    assert_snapshot!(world.traj("features"), @r"
    exit 0
    --- stdout
    24 flights with 35 features, from 480 rows and 29.69 KiB ([RATE])
      slowest file [FILE] ([TIME] s)

    next: traj train
    ");
    assert_snapshot!(world.traj("train"), @"
    exit 0
    --- stdout
    24 flights learnt from in [TIME] s, peak memory [SIZE]

    mean error on flights held out, over all fractions
    split    known          model         position  altitude  time  duration  at time            R2  skill (95 %)
                                               nmi        ft     s       min      nmi        at 0.5
    forward  departure      forest            5.65      2289   154       4.3    12.60  -0.95..-0.47  -0.17
    forward  departure      od-median         4.82      1947   119       4.0    11.30   -0.13..0.00   0.00
    forward  departure      great-circle      4.19      1947   119       4.0    10.96   -0.28..0.00   0.13
    forward  whole-flight*  forest            3.44      1392   100       1.3     4.84    0.05..0.57   0.29
    forward  whole-flight*  od-median         4.82      1947   119       4.0    11.30   -0.13..0.00   0.00
    forward  whole-flight*  great-circle      4.19      1947   119       4.0    10.96   -0.28..0.00   0.13
    day      departure      forest            5.91      2387   121       4.2    12.12  -0.80..-0.15  -0.15 (-0.35..0.03)
    day      departure      od-median         5.12      2069   119       4.0    11.49   -0.24..0.00   0.00
    day      departure      great-circle      4.51      2069   119       4.0    11.35   -0.27..0.00   0.12 (0.05..0.18)
    day      whole-flight*  forest            1.76       711   106       1.9     5.04   -0.21..0.85   0.66 (0.56..0.75)
    day      whole-flight*  od-median         5.12      2069   119       4.0    11.49   -0.24..0.00   0.00
    day      whole-flight*  great-circle      4.51      2069   119       4.0    11.35   -0.27..0.00   0.12 (0.05..0.18)
    random   departure      forest            5.14      2078   127       5.2    13.81  -0.27..-0.12  -0.25 (-0.40..-0.05)
    random   departure      od-median         4.12      1663   123       4.1    11.00   -0.09..0.00   0.00
    random   departure      great-circle      4.51      1663   123       4.1    11.22   -0.27..0.00  -0.10 (-0.15..-0.04)
    random   whole-flight*  forest            1.49       603    94       1.3     3.58    0.12..0.87   0.64 (0.56..0.71)
    random   whole-flight*  od-median         4.12      1663   123       4.1    11.00   -0.09..0.00   0.00
    random   whole-flight*  great-circle      4.51      1663   123       4.1    11.22   -0.27..0.00  -0.10 (-0.15..-0.04)
    * known only after landing: a reconstruction, not a prediction

    check few-flights: 24 flights are few: figures will change with a few more
    check importance-below-probe: no feature known at departure helps held-out flights more than random numbers: the forests learn nothing from them
    check reconstruction: features of `whole-flight` are known only after landing: its results are a reconstruction, not a prediction
    check determined-target: known at whole-flight: `latitude_mean` gives latitude, altitude; `altitude_mean` gives latitude, altitude; `altitude_max` gives latitude, altitude; `altitude_std` gives latitude, altitude; `T_mean` gives latitude, altitude; and 8 more features
    check no-skill: under `forward` no better than od-median: forest at departure along time

    next: traj report default
    ");
    assert_snapshot!(world.traj("report"), @r"
    exit 0
    --- stdout
    [DIR]/models/default/report.html ([SIZE])

    next: traj predict default FLIGHT.csv
    ");
    let new = flight(30);
    world.write(format!("new/{}", new.name()), new.csv());
    assert_snapshot!(world.traj("predict default new --out predicted.csv"), @"
    exit 0
    --- stdout
    1 flight by forest at horizon whole-flight, along time: predicted.csv
    --- stderr
    `forest` at `whole-flight` uses what is known only after landing: a reconstruction, not a prediction
    ");
    assert_snapshot!(world.traj("check"), @r"
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
    let predicted = String::from_utf8(world.read("predicted.csv")).unwrap();
    assert_eq!(predicted.lines().count(), 1 + 3);
}

#[test]
fn a_finished_stage_leaves_its_tables_and_nothing_else() {
    let world = World::trained();
    let state = world.state(&["data-index", "models"]);
    let paths: Vec<&str> = state.keys().map(|path| path.to_str().unwrap()).collect();
    assert_snapshot!(paths.join("\n"), @r"
    data-index/catalog.parquet
    data-index/cleaning.parquet
    data-index/features.parquet
    data-index/figures.json
    data-index/rejected.parquet
    data-index/targets.parquet
    models/default/config.toml
    models/default/coverage.parquet
    models/default/importances.parquet
    models/default/metrics.parquet
    models/default/model.traj
    models/default/predictions.parquet
    models/default/report.html
    models/default/run.json
    ");
}

#[test]
fn a_second_run_finds_everything_up_to_date_and_touches_nothing() {
    let world = World::with(flights(12));
    world.traj("run").exits(0);
    let before = world.state(&["data-index", "models"]);
    assert_snapshot!(world.traj("run"), @r"
    exit 0
    --- stdout
    index: 12 flights in the catalog, 14.84 KiB: 0 opened, 12 unchanged, 0 removed
      nothing has changed, so nothing was written
      starts from 2024-03-01 06:00 to 2024-03-03 18:00 UTC
      2 pairs: LEMD-LEBL 9, LEMD-LEPA 3
    features: up to date, nothing to do
    train: up to date, nothing to do
    report: up to date, nothing to do

    next: traj predict default FLIGHT.csv
    ");
    assert!(world.state(&["data-index", "models"]) == before, "the second run changed a file");
}

#[test]
fn a_changed_setting_runs_only_what_depends_on_it() {
    let world = World::trained();
    assert_snapshot!(stages(&world.traj("run --set forest.trees=6").exits(0)), @r"
    index: 24 flights in the catalog, 29.69 KiB: 0 opened, 24 unchanged, 0 removed
    features: up to date, nothing to do
    train: 24 flights learnt from in [TIME] s, peak memory [SIZE]
    report: [DIR]/models/default/report.html ([SIZE])
    ");
    assert_snapshot!(
        stages(&world.traj("run --set forest.trees=6 --set targets.fractions=[0.5]").exits(0)),
        @r"
    index: 24 flights in the catalog, 29.69 KiB: 0 opened, 24 unchanged, 0 removed
    features: 24 flights with 35 features, from 480 rows and 29.69 KiB ([RATE])
    train: 24 flights learnt from in [TIME] s, peak memory [SIZE]
    report: [DIR]/models/default/report.html ([SIZE])
    "
    );
    let set = "run --set forest.trees=6 --set targets.fractions=[0.5] --set data.airports=true";
    assert_snapshot!(stages(&world.traj(set).exits(0)), @r"
    index: 24 flights in the catalog, 29.69 KiB: 24 opened, 0 unchanged, 0 removed
    features: 24 flights with 35 features, from 480 rows and 29.69 KiB
    train: 24 flights learnt from in [TIME] s, peak memory [SIZE]
    report: [DIR]/models/default/report.html ([SIZE])
    ");
}

#[test]
fn a_table_that_is_gone_is_made_again() {
    let world = World::trained();
    let before = world.state(&["data-index"]);
    fs::remove_file(world.path("data-index/targets.parquet")).unwrap();
    assert_snapshot!(stages(&world.traj("run").exits(0)), @r"
    index: 24 flights in the catalog, 29.69 KiB: 0 opened, 24 unchanged, 0 removed
    features: 24 flights with 35 features, from 480 rows and 29.69 KiB ([RATE])
    train: up to date, nothing to do
    report: up to date, nothing to do
    ");
    let bytes = |state: &std::collections::BTreeMap<PathBuf, (Vec<u8>, _)>| -> Vec<Vec<u8>> {
        // Seconds are never the same.
        let tables = state.iter().filter(|(path, _)| !path.ends_with("figures.json"));
        tables.map(|(_, (bytes, _))| bytes.clone()).collect()
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
    assert_snapshot!(world.traj("index"), @r"
    exit 0
    --- stdout
    25 flights in the catalog, 30.93 KiB: 1 opened, 24 unchanged, 0 removed
      starts from 2024-03-01 06:00 to 2024-03-07 06:00 UTC
      2 pairs: LEMD-LEBL 19, LEMD-LEPA 6

    next: traj features
    ");
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
    assert_snapshot!(world.traj("train --set train.splits=[]"), @r"
    exit 0
    --- stdout
    4 flights learnt from in [TIME] s, peak memory [SIZE]
    no split was run, so nothing says how good the models are
    check few-flights: 4 flights are few: figures will change with a few more
    check single-flight-pair: 1 of 2 pairs have one flight: LEMD-LEPA
    check reconstruction: features of `whole-flight` are known only after landing: its results are a reconstruction, not a prediction

    next: traj report default
    ");
}

#[test]
fn one_flight_is_too_few_to_hold_any_out() {
    let world = World::with(flights(1));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    assert_snapshot!(world.traj("train"), @r"
    exit 2
    --- stderr
    error: 2 folds of `random` need at least 2 flights, found 1
    hint: fit without scoring, `--set 'train.splits=[]'`, or add flights
    ");
    world.traj("train --set train.splits=[]").exits(0);
}

#[test]
fn a_pair_with_one_flight_is_named() {
    // Flight 3 is the only one of its pair.
    let world = World::with(flights(7));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    let ran = world.traj("train").exits(0);
    let checks: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("check ")).collect();
    assert_snapshot!(checks.join("\n"), @"
    check few-flights: 7 flights are few: figures will change with a few more
    check fewer-flights-than-needed: forest at departure: 2 flights in a fold of `forward`, and a split takes 4, so that it gives the mean; forest at whole-flight: 2 flights in a fold of `forward`, and a split takes 4, so that it gives the mean
    check single-flight-pair: 1 of 2 pairs have one flight: LEMD-LEPA
    check unseen-pair: held-out flights of a pair that training lacks: 1 of 5 under `forward`, 1 of 7 under `day`, 1 of 7 under `random`
    check importance-below-probe: no feature known at departure, whole-flight helps held-out flights more than random numbers: the forests learn nothing from them
    check reconstruction: features of `whole-flight` are known only after landing: its results are a reconstruction, not a prediction
    check no-skill: under `forward` no better than od-median: forest at whole-flight along time
    ");
}

#[test]
fn a_folder_of_flights_needs_no_configuration_by_hand() {
    let world = World::empty();
    for flight in flights(12) {
        world.write(format!("flights/{}", flight.name()), flight.csv());
    }
    assert_snapshot!(world.traj("init flights"), @r#"
    exit 0
    --- stdout
    12 files in [DIR]/flights, of which 12 were looked at
    source `flights`, 12 files: time "timestamp" (iso8601), longitude "longitude" (deg), latitude "latitude" (deg), altitude "altitude_ft" (ft); names {origin}-{destination}_{callsign}_{aircraft_type}_{date}.csv
    origin and destination from names of files or columns

    wrote traj.toml
    next: look at traj.toml, then traj run
    "#);
    assert_snapshot!(world.traj("init flights"), @r"
    exit 2
    --- stderr
    error: traj.toml is there already
    hint: edit it, or replace it with --force
    ");
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

#[test]
fn stages_run_one_by_one_leave_nothing_for_run_to_do_but_the_report() {
    let world = World::with(flights(12));
    world.traj("index").exits(0);
    world.traj("features --pair LEMD-LEBL").exits(0);
    world.traj("train").exits(0);
    let run = world.traj("run --pair LEMD-LEBL --format json").exits(0).json();
    for stage in ["features", "train"] {
        assert_eq!(run["stages"][stage]["up_to_date"], true, "{stage}: {run}");
    }
}
