//! What a cluster makes are the bytes of one machine.

use std::fs;

use crate::flights::flight;
use crate::services::{Cluster, assert_same, expected_of_long_world, long_world, tables};
use crate::world::{World, files_below};

#[test]
fn features_are_the_bytes_of_one_machine() {
    let (world, expected) = (long_world(), expected_of_long_world());
    let mut cluster = Cluster::start(&world, 2);
    let ran = world.traj(&format!("features --format json {}", cluster.engine())).exits(0);
    assert_eq!(ran.json()["read_files"], 160);
    assert_same(&tables(&world, "data-index"), expected);
    // Nothing is left to do, here or there, and nothing lies about.
    world.traj("features").exits(0);
    assert_same(&tables(&world, "data-index"), expected);
    for service in cluster.workers.iter_mut().chain([&mut cluster.scheduler]) {
        assert_eq!(service.stop(), Some(0), "{}", service.said());
    }
    assert_eq!(files_below(&world.path("data-index/cluster")), Vec::<std::path::PathBuf>::new());
}

#[test]
fn flights_that_are_refused_are_refused_alike() {
    let world = World::with(crate::flights::flights(40));
    for (name, text) in [("1", "timestamp,longitude\n"), ("2", "\"")] {
        world.write(format!("flights/LEMD-LEBL_X{name}_A320_20240301T000000.csv"), text);
    }
    let mut short = flight(7).csv();
    short.truncate(short.len() / 2);
    world.write(format!("flights/{}", flight(7).name()), short.replace(",62", ",x62"));
    world.traj("index");
    let index: Vec<_> = ["catalog", "rejected"]
        .map(|name| (name, world.read(format!("data-index/{name}.parquet"))))
        .into();
    let settings = "--set features.min_rows=20";
    let local = world.traj(&format!("features {settings}"));
    let expected = tables(&world, "data-index");
    assert_eq!(local.code, 3, "{local}");
    fs::remove_dir_all(world.path("data-index")).unwrap();
    for (name, bytes) in index {
        world.write(format!("data-index/{name}.parquet"), bytes);
    }
    let cluster = Cluster::start(&world, 2);
    let remote = world.traj(&format!("features {settings} {}", cluster.engine())).exits(3);
    assert_same(&tables(&world, "data-index"), &expected);
    assert!(remote.stdout.contains("1 flight rejected"), "{remote}");
}

#[test]
fn runs_are_the_bytes_of_one_machine_also_with_folds_from_a_file() {
    let world = World::trained();
    let ids: Vec<String> = (0..24).map(|number| flight(number).id()).collect();
    let row = |(at, id): (usize, &String)| {
        let roles = (0..3).map(|fold| {
            let role = if at % 3 == fold { "test" } else { "train" };
            format!("random,{fold},{id},{role}\n")
        });
        roles.collect::<String>()
    };
    let rows: String = ids.iter().enumerate().map(row).collect();
    world.write("folds.csv", format!("split,fold,flight_id,role\n{rows}"));
    let cluster = Cluster::start(&world, 2);
    for settings in ["", "--set 'train.splits=[\"random\"]' --set 'train.folds_file=\"folds.csv\"'"]
    {
        world.traj(&format!("train --run here {settings}")).exits(0);
        world.traj(&format!("train --run there {settings} {}", cluster.engine())).exits(0);
        assert_same(&tables(&world, "models/there"), &tables(&world, "models/here"));
    }
    world.traj("check").exits(0);
}
