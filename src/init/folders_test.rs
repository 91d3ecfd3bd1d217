//! Real and synthetic folders of flights: what is written must read what was looked at.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{Guess, InitError, look};
use crate::flight::{Source, SourceConfig, peek};
use crate::progress::Silent;
use crate::sample::{SampleOptions, generate};

/// A set below the folder that `FLIGHT_DATA` names; none, with a line, where it is not.
fn real(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("FLIGHT_DATA").map(|folder| Path::new(&folder).join(name));
    let path = path.filter(|path| path.is_dir());
    if path.is_none() {
        let mut line = std::io::stderr();
        let _ = std::io::Write::write_all(
            &mut line,
            format!("skipped: FLIGHT_DATA names no folder with {name}\n").as_bytes(),
        );
    }
    path
}

/// The guess; its text is printed where a test fails, and must read its files.
fn guess(folder: &Path) -> (Guess, toml::Table) {
    let guess = look(folder, &Silent).unwrap();
    let text = guess.to_toml();
    let shown = format!("{}\n\n{text}", guess.notes().join("\n"));
    let _ = std::io::Write::write_all(&mut std::io::stderr(), shown.as_bytes());
    let table: toml::Table = text.parse().unwrap();
    (guess, table)
}

/// How many of a folder's files, evenly chosen, the written sources take, of how many.
fn taken(table: &toml::Table) -> (usize, usize) {
    let sources: Vec<Source> = table["source"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block.clone().try_into::<SourceConfig>().unwrap())
        .map(|config| Source::compile(&config).unwrap())
        .collect();
    let root = Path::new(table["data"]["root"].as_str().unwrap());
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|item| item.unwrap().path()).collect();
    files.sort();
    let chosen: Vec<&PathBuf> = files.iter().step_by(files.len().div_ceil(150)).collect();
    let read = chosen.iter().filter(|path| {
        let bytes = std::fs::metadata(path).unwrap().len();
        peek(path, bytes, &sources).is_ok()
    });
    (read.count(), chosen.len())
}

fn strings(value: &toml::Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn whole_flights_of_one_pair() {
    let Some(folder) = real("deeptp-kiah-kbos") else { return };
    let (_, table) = guess(&folder);
    let (read, all) = taken(&table);
    assert_eq!(read, all);
    let source = &table["source"][0];
    assert_eq!(source["columns"]["time"].as_str(), Some("Elap_Time"));
    assert_eq!(source["units"]["altitude"].as_str(), Some("FL"));
    assert_eq!(source["file_name"].as_str(), Some("{origin}-{destination}_{}.csv"));
    let variables = strings(&table["features"]["variables"]);
    assert_eq!(variables, ["latitude", "longitude", "altitude", "Speed", "course"]);
    assert!(table["data"]["root"].as_str().unwrap().ends_with("/flights"));
    assert!(!table["data"].as_table().unwrap().contains_key("side_table"));
}

#[test]
fn a_pair_from_the_table_beside_the_flights() {
    let Some(folder) = real("traffic-switzerland-2018") else { return };
    let (_, table) = guess(&folder.join("flights"));
    assert_eq!(taken(&table).0, taken(&table).1);
    assert_eq!(table["data"]["side_table"]["path"].as_str(), Some("../index.csv"));
    assert_eq!(table["data"]["side_table"]["origin"].as_str(), Some("origin"));
    let source = &table["source"][0];
    assert_eq!(source["units"]["altitude"].as_str(), Some("ft"));
    assert_eq!(source["columns"]["callsign"].as_str(), Some("callsign"));
    let variables = strings(&table["features"]["variables"]);
    assert!(variables.contains(&"groundspeed") && !variables.contains(&"icao24"));
    assert_eq!(strings(&table["features"]["categories"]), ["origin", "destination", "airline"]);
}

#[test]
fn tracks_without_altitude_and_calendar() {
    let Some(folder) = real("iff-atl-terminal-2019") else { return };
    let (_, table) = guess(&folder);
    assert_eq!(taken(&table).0, taken(&table).1);
    let source = &table["source"][0];
    assert_eq!(source["units"]["time"].as_str(), Some("elapsed-s"));
    assert_eq!(source["columns"]["time"].as_str(), Some("t_s"));
    assert!(source["columns"].get("altitude").is_none());
    assert!(source.get("file_name").is_none());
    assert_eq!(table["data"]["side_table"]["key"].as_str(), Some("file"));
}

#[test]
fn a_day_of_a_continent() {
    let Some(folder) = real("opensky-so6-europe-20180101") else { return };
    let (_, table) = guess(&folder);
    assert_eq!(taken(&table).0, taken(&table).1);
    let source = &table["source"][0];
    assert_eq!(source["units"]["altitude"].as_str(), Some("FL"));
    for role in ["origin", "destination", "callsign"] {
        assert_eq!(source["columns"][role].as_str(), Some(role));
    }
    assert_eq!(source["columns"]["aircraft_type"].as_str(), Some("aircraft"));
    assert_eq!(source["file_name"].as_str(), Some("{origin}-{destination}_{callsign}_{}.csv"));
    assert_eq!(strings(&table["features"]["variables"]), ["latitude", "longitude", "altitude"]);
    let categories = ["origin", "destination", "aircraft_type", "airline"];
    assert_eq!(strings(&table["features"]["categories"]), categories);
}

#[test]
fn four_schemas_in_one_folder() {
    let Some(folder) = real("eurocontrol-trrrj-egll-2017") else { return };
    let (_, table) = guess(&folder);
    assert_eq!(taken(&table).0, taken(&table).1);
    let sources = table["source"].as_array().unwrap();
    let names: Vec<&str> = sources.iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for source in sources {
        let name = source["name"].as_str().unwrap();
        let altitude = if name == "cpr" { "FL" } else { "ft" };
        assert_eq!(source["units"]["altitude"].as_str(), Some(altitude), "{name}");
        let pattern = "{origin}-{destination}_{}_{callsign}_{}.csv";
        assert_eq!(source["file_name"].as_str(), Some(pattern), "{name}");
        assert!(source["columns"].get("distance").is_none());
        let time = source["columns"]["time"].as_str().unwrap();
        let expected = ["timestamp_track", "event_time", "timestamp"];
        assert!(expected.contains(&time), "{name} {time}");
    }
    let variables = strings(&table["features"]["variables"]);
    for left in ["snapshot_id", "sequence_number", "squawk", "cpm_id", "radar_id"] {
        assert!(!variables.contains(&left), "{left}");
    }
}

fn sample(dirty: bool) -> (tempfile::TempDir, toml::Table) {
    let scratch = tempfile::tempdir().unwrap();
    let options = SampleOptions {
        directory: scratch.path().join("flights"),
        flights: if dirty { 140 } else { 60 },
        seed: 7,
        pairs: vec!["LEMD-LEBL".parse().unwrap(), "EGLL-EHAM".parse().unwrap()],
        dirty,
        force: false,
    };
    generate(&options, &|_| ControlFlow::Continue(())).unwrap();
    let table = guess(&scratch.path().join("flights")).1;
    (scratch, table)
}

#[test]
fn a_clean_sample_needs_one_plain_source() {
    let (_scratch, table) = sample(false);
    assert_eq!(taken(&table), (60, 60));
    assert_eq!(table["source"].as_array().unwrap().len(), 1);
    let source = &table["source"][0];
    assert_eq!(source.get("dialect"), None);
    assert_eq!(source["columns"]["altitude"].as_str(), Some("altitude_ft"));
    assert_eq!(source["columns"]["distance"].as_str(), Some("distance_nmi"));
    assert_eq!(source["units"]["distance"].as_str(), Some("nmi"));
    let variables = strings(&table["features"]["variables"]);
    for kept in ["altitude", "distance", "T", "m", "wind_u", "fuel_flow", "CL"] {
        assert!(variables.contains(&kept), "{kept}");
    }
    assert_eq!(variables.len(), 26);
}

#[test]
fn every_dirty_file_with_rows_gets_a_source() {
    let (scratch, table) = sample(true);
    let files = std::fs::read_dir(scratch.path().join("flights")).unwrap();
    let empty = files.filter(|item| item.as_ref().unwrap().metadata().unwrap().len() < 1000);
    let (read, all) = taken(&table);
    assert_eq!(read, all - empty.count());
    let sources = table["source"].as_array().unwrap();
    let times: Vec<_> = sources.iter().map(|s| s["columns"]["time"].as_str().unwrap()).collect();
    let marks: Vec<_> = sources.iter().filter(|source| source.get("dialect").is_some()).collect();
    assert_eq!((times.len(), marks.len()), (3, 1), "{sources:?}");
    assert!(times.contains(&"utc"));
}

#[test]
fn files_made_to_break_readers_are_survived() {
    let Some(folder) = real("csv-torture") else { return };
    let begun = std::time::Instant::now();
    match look(&folder, &Silent) {
        Ok(guess) => {
            guess.to_toml().parse::<toml::Table>().unwrap();
            assert!(!guess.notes().is_empty());
        }
        Err(error) => assert!(matches!(error, InitError::NoRoles { .. }), "{error}"),
    }
    assert!(begun.elapsed().as_secs() < 120);
    for part in std::fs::read_dir(&folder).unwrap().map(|item| item.unwrap().path()) {
        if part.is_dir() {
            let _ =
                look(&part, &Silent).map(|guess| guess.to_toml().parse::<toml::Table>().unwrap());
        }
    }
}
