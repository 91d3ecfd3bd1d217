//! The same flights give the same bytes: at any number of threads, in any order of rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::flights::{file_of, flights};
use crate::world::{World, set_modified};

/// Every table and model but figures and record, which hold timings, and the page made from
/// the record.
fn outputs(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut state = world.state(&["data-index", "models"]);
    let has_timings = ["figures.json", "run.json", "report.html"];
    state.retain(|path, _| !has_timings.iter().any(|name| path.ends_with(name)));
    state.into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
}

fn differing(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<PathBuf> {
    assert!(one.keys().eq(other.keys()), "{:?} and {:?}", one.keys(), other.keys());
    one.keys().filter(|path| one[*path] != other[*path]).cloned().collect()
}

fn start_over(world: &World) {
    for folder in ["data-index", "models"] {
        fs::remove_dir_all(world.path(folder)).unwrap();
    }
}

#[test]
fn one_thread_and_four_give_the_same_bytes() {
    let world = World::with(flights(24));
    world.write("flights/LEMD-LEBL_BAD_A320_20240301T000000.csv", "");
    let mut all = Vec::new();
    for jobs in [1, 4, 3] {
        world.traj(&format!("run --jobs {jobs}")).exits(3);
        let out = format!("models/out-{jobs}.parquet");
        let table = "data-index/features.parquet";
        world.traj(&format!("predict default {table} --jobs {jobs} --out {out}")).exits(0);
        let mut outputs = outputs(&world);
        let predicted = outputs.remove(&PathBuf::from(out)).unwrap();
        outputs.insert("predicted".into(), predicted);
        all.push(outputs);
        start_over(&world);
    }
    assert!(all[0].len() >= 10, "{:?}", all[0].keys());
    assert_eq!(differing(&all[0], &all[1]), Vec::<PathBuf>::new());
    assert_eq!(differing(&all[0], &all[2]), Vec::<PathBuf>::new());
}

#[test]
fn every_level_of_simd_gives_the_same_bytes() {
    let world = World::with(flights(12));
    let mut all = Vec::new();
    for (level, _) in traj::simd::available() {
        world.traj_with("run", &[("TRAJ_SIMD", level)]).exits(0);
        all.push(outputs(&world));
        start_over(&world);
    }
    for other in &all[1..] {
        assert_eq!(differing(&all[0], other), Vec::<PathBuf>::new());
    }
}

#[test]
fn other_settings_give_other_bytes() {
    let world = World::with(flights(12));
    world.traj("run").exits(0);
    let one = outputs(&world);
    start_over(&world);
    world.traj("run --set train.seed=43").exits(0);
    let differing = differing(&one, &outputs(&world));
    assert!(differing.contains(&"models/default/model.traj".into()), "{differing:?}");
    assert!(!differing.contains(&"data-index/features.parquet".into()), "{differing:?}");
}

#[test]
fn rows_in_any_order_give_the_same_features_and_targets() {
    let world = World::with(flights(6));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    let tables = ["data-index/features.parquet", "data-index/targets.parquet"];
    let before = tables.map(|table| world.read(table));
    fs::remove_dir_all(world.path("data-index")).unwrap();
    for (number, flight) in flights(6).iter().enumerate() {
        let path = world.path(format!("flights/{}", flight.name()));
        let changed = fs::metadata(&path).unwrap().modified().unwrap();
        let lines = flight.lines();
        // Steps that share no divisor with 20 visit every row.
        let step = [3, 7, 9, 11, 13, 19][number];
        let order = (0..lines.len()).map(|row| lines[(row * step + number) % lines.len()].clone());
        fs::write(&path, file_of(&order.collect::<Vec<_>>())).unwrap();
        // The tables' stamps name the size and the time of change of the files.
        set_modified(&path, changed);
    }
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    assert!(world.cleaning(&flights(6)[0].id()).out_of_order_rows > 0);
    for (table, before) in tables.iter().zip(before) {
        assert!(world.read(table) == before, "{table} differs");
    }
}

#[test]
fn a_sample_is_the_same_however_it_is_made() {
    let world = World::empty();
    world.traj("sample a --flights 5 --seed 9 --jobs 1").exits(0);
    world.traj("sample b --flights 5 --seed 9 --jobs 4").exits(0);
    world.traj("sample c --flights 5 --seed 8 --jobs 4").exits(0);
    let files = |folder: &str| -> Vec<(PathBuf, Vec<u8>)> {
        let state = world.state(&[folder]).into_iter();
        state.map(|(path, (bytes, _))| (path.strip_prefix(folder).unwrap().into(), bytes)).collect()
    };
    assert!(files("a") == files("b"));
    assert!(files("a") != files("c"));
}
