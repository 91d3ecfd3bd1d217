//! Real flights and hostile files, where `FLIGHT_DATA` names the folder into which they are
//! unpacked. They are not part of the repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use traj::flight::{Reading, Recipe, Source, summarise_by};
use traj::tables::RejectedTable;

use crate::world::{World, files_below};

/// A folder of the real data; says so where there is none.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("FLIGHT_DATA") else {
        println!("skipped: FLIGHT_DATA does not name the folder of the real flights");
        return None;
    };
    let folder = Path::new(&root).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} does not exist", folder.display());
    None
}

const SO6: &str = r#"
[[source]]
name = "so6"
file_name = "{origin}-{destination}_{callsign}_{}.csv"
[source.columns]
time = "time"
longitude = "longitude"
latitude = "latitude"
altitude = "flight_level"
origin = "origin"
destination = "destination"
callsign = "callsign"
aircraft_type = "aircraft"
[source.units]
altitude = "FL"
"#;

#[test]
fn a_day_of_europe_is_indexed_and_summed_up() {
    let Some(folder) = data("opensky-so6-europe-20180101") else { return };
    let world = World::empty();
    let root = folder.join("flights");
    world.write("traj.toml", format!("[data]\nroot = {root:?}\n{SO6}"));
    let index = world.traj("index --format json").exits(0).json();
    assert_eq!(index["flights"], 11_043);
    assert_eq!(index["pair_disagreements"], 0);
    let pairs = index["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 5_624);
    assert!(pairs.iter().any(|pair| pair[0] == "LEMD-LEBL" && pair[1] == 9));
    let features = world.traj("features --format json");
    let longest_s = world.features().duration_s.into_iter().fold(0.0, f64::max);
    assert!(longest_s <= 20.0 * 3600.0, "a flight of {longest_s} s");
    let features_json = features.json();
    let midnight = features_json["midnight_steps"].as_u64().unwrap();
    // The set's own list has 240 files with a step back, 29 of them of a day.
    assert_eq!((midnight, &features_json["out_of_order"][0]), (29, &211.into()));
    let selected = features_json["selected"].as_u64().unwrap();
    let rejected = RejectedTable::read(&world.path("data-index/rejected.parquet")).unwrap().rows;
    assert_eq!(world.features().n_flights() as u64 + rejected.len() as u64, selected);
    let madrid_barcelona = world.traj("features --pair LEMD-LEBL --format json").exits(0).json();
    assert_eq!(madrid_barcelona["flights"], 9);
}

/// A source for every trio of first columns that the files have, so that each is read as far
/// as it goes.
fn sources_of(files: &[PathBuf]) -> String {
    let mut trios: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for path in files {
        let mut bytes = Vec::new();
        // Of a damaged file that is packed, as much as can be unpacked.
        let _ = traj::flight::unpacked(path).unwrap().take(1 << 16).read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some(line) = text.lines().find(|line| !line.trim().is_empty()) else { continue };
        let line = line.trim_start_matches('\u{feff}');
        for (number, delimiter) in [',', ';', '\t', '|'].into_iter().enumerate() {
            let names = line.split(delimiter).take(3).map(|name| name.trim().to_owned());
            let names: Vec<String> = names.collect();
            if names.len() == 3 && names.iter().all(|name| !name.is_empty()) {
                trios.insert([vec![delimiter.to_string()], names].concat(), number);
            }
        }
    }
    let mut text = String::new();
    for (number, trio) in trios.keys().enumerate() {
        let quoted = |word: &str| toml::Value::String(word.to_owned()).to_string();
        write!(
            text,
            "[[source]]\nname = \"{number}\"\ndialect.delimiter = {}\ncolumns.time = {}\n\
             columns.longitude = {}\ncolumns.latitude = {}\nunits.time = \"elapsed-s\"\n",
            quoted(&trio[0]),
            quoted(&trio[1]),
            quoted(&trio[2]),
            quoted(&trio[3]),
        )
        .unwrap();
    }
    text
}

#[test]
fn hostile_files_are_read_or_refused_with_a_reason_and_none_hangs() {
    let Some(root) = data("csv-torture") else { return };
    let world = World::empty();
    let endings = ["csv", "txt", "tsv", "ssv", "gz", "zst", "zip", "bz2"];
    let is_taken = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        endings.contains(&ending.as_str()) && *path != root.join("index.csv")
    };
    let files: Vec<PathBuf> = files_below(&root).into_iter().filter(is_taken).collect();
    assert_eq!(files.len(), 1296);
    let config = format!(
        "data.root = {root:?}\ndata.extensions = {endings:?}\ndata.flight_id = \"path\"\n\
         features.variables = []\n{}",
        sources_of(&files)
    );
    world.write("traj.toml", &config);
    let began = Instant::now();
    world.traj("index").exits(3);
    world.traj("features").exits(3);
    println!("{} files in {:?}", files.len(), began.elapsed());

    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let rejected = RejectedTable::read(&world.path("data-index/rejected.parquet")).unwrap();
    let catalog = world.catalog();
    for row in &rejected.rows {
        assert_ne!(row.code.as_str(), "bug", "{}: {}", row.path, row.message);
        *codes.entry(row.code.as_str()).or_default() += 1;
    }
    let n_read = world.features().n_flights();
    *codes.entry("(read)").or_default() += n_read;
    let seen: BTreeSet<&str> = rejected
        .rows
        .iter()
        .map(|row| row.path.as_str())
        .chain(catalog.rows.iter().map(|row| row.path.as_str()))
        .collect();
    let relative = files.iter().map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap());
    // Folders whose names begin with a dot are not searched.
    let searched = relative.filter(|path| {
        let mut folders = path.rsplit('/').skip(1);
        !folders.any(|folder| folder.starts_with('.'))
    });
    let unseen: Vec<&str> = searched.filter(|path| !seen.contains(path)).collect();
    assert_eq!(unseen, [""; 0]);
    assert_eq!(n_read + rejected.rows.len(), seen.len());
    let codes: Vec<String> = codes.iter().map(|(code, n)| format!("{code} {n}")).collect();
    assert_snapshot!(codes.join("\n"), @r"
    (read) 37
    bad-encoding 123
    bad-number 131
    bad-position 29
    bad-time 175
    duplicate-flight 5
    empty-file 16
    implausible-duration 2
    missing-column 380
    no-header 229
    ragged-row 55
    repeated-column 22
    too-few-rows 84
    too-large 6
    ");
    none_hangs(&config, &files);
}

/// Reads each file by itself. A file takes milliseconds; the bound is far above what a slow
/// machine needs, and far below a hang.
fn none_hangs(config: &str, files: &[PathBuf]) {
    let layer = traj::config::Layer::parse("the test", config).unwrap();
    let loaded = traj::config::Loaded::new(vec![layer], None).unwrap();
    let recipe = loaded.config.features.recipe(&loaded.config.targets);
    for path in files {
        let began = Instant::now();
        let bytes = fs::metadata(path).unwrap().len();
        if let Ok(peeked) = traj::flight::peek(path, bytes, &loaded.sources) {
            let source = loaded.sources.iter().find(|s| s.config.name == peeked.source).unwrap();
            read_both_ways(path, source, &recipe);
        }
        let took = began.elapsed();
        assert!(took < Duration::from_secs(20), "{}: {took:?}", path.display());
    }
}

/// Reads a file through the `csv` crate and in blocks; both must say the same.
fn read_both_ways(path: &Path, source: &Source, recipe: &Recipe) {
    let plain = format!("{:?}", summarise_by(Reading::Plain, path, source, recipe));
    for (name, level) in traj::simd::available() {
        let fast = summarise_by(Reading::Fast(level), path, source, recipe);
        // Every digit of a number is shown.
        assert_eq!(format!("{fast:?}"), plain, "{} at {name}", path.display());
    }
}

#[test]
fn real_flights_read_the_same_either_way() {
    for name in [
        "deeptp-kiah-kbos",
        "eurocontrol-trrrj-egll-2017",
        "iff-atl-terminal-2019",
        "opensky-so6-europe-20180101",
        "traffic-switzerland-2018",
    ] {
        let Some(folder) = data(name) else { continue };
        let root = folder.join("flights");
        let guess = traj::init::look(&root, &traj::progress::Silent).unwrap();
        let layer = traj::config::Layer::parse("the test", guess.to_toml()).unwrap();
        let loaded = traj::config::Loaded::new(vec![layer], None).unwrap();
        let recipe = loaded.config.features.recipe(&loaded.config.targets);
        for path in files_below(&root) {
            let bytes = fs::metadata(&path).unwrap().len();
            let Ok(peeked) = traj::flight::peek(&path, bytes, &loaded.sources) else { continue };
            let source = loaded.sources.iter().find(|s| s.config.name == peeked.source).unwrap();
            read_both_ways(&path, source, &recipe);
        }
    }
}
