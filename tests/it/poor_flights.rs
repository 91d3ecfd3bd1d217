//! What flights may lack: altitude, calendar, pair. What is absent is absent, never zero.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::flights::{flight, flights};
use crate::world::World;

/// Ships: seconds since they left, longitude and latitude, and nothing else.
const SHIPS: &str = r#"
[data]
root = "ships"
[[source]]
name = "ships"
[source.columns]
time = "t_s"
longitude = "lon"
latitude = "lat"
[source.units]
time = "elapsed-s"
[features]
variables = ["longitude", "latitude"]
[targets]
fractions = [0.25, 0.75]
[train]
folds = 2
[forest]
trees = 3
"#;

fn ships() -> World {
    let world = World::empty();
    world.write("traj.toml", SHIPS);
    for number in 0..12 {
        let mut text = "t_s,lon,lat\n".to_owned();
        for row in 0..10 {
            let (t, x) = (60 * row, 0.01 * f64::from(row));
            writeln!(text, "{t},{:.4},{:.4}", 3.0 + x, 51.0 + x * f64::from(number) / 10.0)
                .unwrap();
        }
        world.write(format!("ships/ship-{number:02}.csv"), text);
    }
    world
}

#[test]
fn without_altitude_there_is_no_altitude_rather_than_zero() {
    let world = ships();
    world.traj("run").exits(0);
    assert!(world.targets().rows.iter().all(|row| row.altitude_m.is_none()));
    assert!(!world.features().features.iter().any(|feature| feature.name.contains("altitude")));
    let csv = world.traj("predict default ships/ship-03.csv").exits(0).stdout;
    let (header, rows) = csv.split_once('\n').unwrap();
    let at = header.split(',').position(|name| name == "altitude_m").unwrap();
    assert!(rows.lines().all(|row| row.split(',').nth(at) == Some("")), "{csv}");
}

#[test]
fn without_a_calendar_only_the_random_split_runs_and_a_check_says_so() {
    let world = ships();
    world.traj("index").exits(0);
    assert_snapshot!(world.traj("features"), @r"
    exit 0
    --- stdout
    12 flights with 17 features, from 120 rows and 2.33 KiB ([RATE])
      12 flights without altitude
      12 flights without a calendar
      slowest file [FILE] ([TIME] s)

    next: traj train
    ");
    assert!(world.features().start_time_us.iter().all(Option::is_none));
    assert_snapshot!(world.traj("train"), @"
    exit 0
    --- stdout
    12 flights learnt from in [TIME] s, peak memory [SIZE]

    mean error on flights held out, over all fractions
    split   known          model         position  altitude  time  duration  at time            R2  skill (95 %)
                                              nmi        ft     s       min      nmi       at 0.25
    random  departure      forest            0.81         -     0       0.0     0.81  -0.04..-0.01   0.00 (-0.07..0.06)
    random  departure      od-median         0.81         -     0       0.0     0.81   -0.03..0.00   0.00
    random  departure      great-circle      0.81         -     0       0.0     0.81   -0.03..0.00   0.00 (0.00..0.00)
    random  whole-flight*  forest            0.52         -     0       0.0     0.52    0.48..0.48   0.36 (0.21..0.56)
    random  whole-flight*  od-median         0.81         -     0       0.0     0.81   -0.03..0.00   0.00
    random  whole-flight*  great-circle      0.81         -     0       0.0     0.81   -0.03..0.00   0.00 (0.00..0.00)
    * known only after landing: a reconstruction, not a prediction

    check no-calendar: 12 of 12 flights have no start time: only the random split was run, which flatters every model
    check no-altitude: no flight has an altitude, so there is no altitude target
    check few-flights: 12 flights are few: figures will change with a few more
    check no-features: nothing that varies is known at departure: models give the mean
    check reconstruction: features of `whole-flight` are known only after landing: its results are a reconstruction, not a prediction
    check determined-target: known at whole-flight: `latitude_mean` gives latitude; `latitude_max` gives latitude; `latitude_std` gives latitude; `latitude_last` gives latitude; `distance_m` gives distance
    check constant-target: longitude, elapsed has one value in all flights: there is nothing to predict
    check no-skill: under `random` no better than od-median: forest at departure along time

    next: traj report default
    ");
    world.traj("report").exits(0);
    let page = String::from_utf8(world.read("models/default/report.html")).unwrap();
    assert!(page.contains("no-calendar") && page.contains("no-altitude"), "the report is silent");
    assert!(!page.contains("NaN"), "the report shows a figure that is none");
}

#[test]
fn without_a_pair_flights_are_learnt_from_all_the_same() {
    let world = World::with(flights(12));
    world.edit("traj.toml", |text| {
        text.replace("{origin}-{destination}_{callsign}_{aircraft_type}_{date}", "{flight_id}")
    });
    assert_snapshot!(world.traj("index"), @r"
    exit 0
    --- stdout
    12 flights in the catalog, 14.84 KiB: 12 opened, 0 unchanged, 0 removed
      starts from 2024-03-01 06:00 to 2024-03-03 18:00 UTC
      12 flights without a pair

    next: traj features
    ");
    world.traj("features").exits(0);
    world.traj("train").exits(0);
    world.traj("report").exits(0);
}

#[test]
fn a_flight_without_altitude_among_others_is_left_out_and_counted() {
    let world = World::with(flights(12));
    let lines = flight(12).lines();
    let blind: Vec<String> = lines
        .iter()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[3] = "";
            cells.join(",")
        })
        .collect();
    world.write(format!("flights/{}", flight(12).name()), crate::flights::file_of(&blind));
    world.traj("index").exits(0);
    let features = world.traj("features").exits(0);
    assert!(features.stdout.contains("1 flight without altitude"), "{features}");
    let train = world.traj("train").exits(0);
    assert!(train.stdout.contains("check flights-left-out"), "{train}");
}

#[test]
fn a_variable_that_no_file_has_is_named() {
    let world = World::with(flights(4));
    world.traj("index").exits(0);
    let ran = world.traj("features --set 'features.variables=[\"altitude\", \"thurst\"]'").exits(0);
    assert_snapshot!(ran, @r"
    exit 0
    --- stdout
    4 flights with 17 features, from 80 rows and 4.95 KiB ([RATE])
      no file has values of: thurst; `features.variables` names them
      slowest file [FILE] ([TIME] s)

    next: traj train
    ");
}

#[test]
fn flights_over_the_anti_meridian_do_not_go_around_the_world() {
    let world = World::with([]);
    let mut crossing = flight(0);
    crossing.from.1 = 178.0;
    crossing.to.1 = 182.0;
    let lines: Vec<String> = crossing
        .lines()
        .iter()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            let longitude: f64 = cells[1].parse().unwrap();
            if longitude > 180.0 {
                cells[1] = format!("{:.6}", longitude - 360.0);
            }
            cells.join(",")
        })
        .collect();
    world.write(format!("flights/{}", crossing.name()), crate::flights::file_of(&lines));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    let distance_km = world.features().distance_m[0] / 1000.0;
    assert!((320.0..370.0).contains(&distance_km), "{distance_km} km");
}
