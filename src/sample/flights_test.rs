//! Tests of whole flights and whole samples: physics, sharing, determinism, dirt.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use super::atmosphere::GAS_CONSTANT;
use super::dirt::DirtKind;
use super::row::Row;
use super::schedule::{self, Departure};
use super::sphere::{Position, wrap_180};
use super::units::{FPM_MS, FT_M, KT_MS, NMI_M};
use super::weather::Weather;
use super::{Pair, SampleError, SampleOptions, generate, rows};

fn options(directory: &Path, flights: usize, seed: u64) -> SampleOptions {
    let directory = directory.to_path_buf();
    SampleOptions { directory, flights, seed, pairs: Pair::defaults(), dirty: false, force: false }
}

/// A few flights of every default pair, flown.
fn flown(seed: u64) -> Vec<(Departure, Vec<Row>)> {
    let options = options(Path::new("unused"), 24, seed);
    let weather = Weather::new(seed, schedule::FIRST_DAY, schedule::days(options.flights));
    let departures = schedule::draw(&options, &weather);
    departures
        .into_iter()
        .map(|departure| {
            let rows = rows(&departure, &weather, seed);
            (departure, rows)
        })
        .collect()
}

fn position(row: &Row) -> Position {
    Position::from_degrees(row.get("latitude"), row.get("longitude"))
}

/// Every file of a directory, by name.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn go_on(_bytes: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn positions_move_as_speed_track_and_distance_say() {
    for (departure, rows) in flown(1) {
        let name = &departure.file_name;
        let mut flown_m = 0.0;
        for pair in rows.windows(2) {
            let (here, there) = (position(&pair[0]), position(&pair[1]));
            let step_m = here.distance_m(there);
            flown_m += step_m;
            let mean = |column| 0.5 * (pair[0].get(column) + pair[1].get(column));
            let off_kt = step_m / KT_MS - mean("ground_speed_kt");
            // A gust changes the wind by at most a few m/s in a second.
            assert!(off_kt.abs() < 3.0, "{name} {off_kt}");
            let turned_deg = wrap_180(here.bearing_deg(there) - pair[0].get("track_deg"));
            assert!(turned_deg.abs() < 4.0, "{name} {turned_deg}");
            assert!(pair[1].get("distance_nmi") > pair[0].get("distance_nmi"));
        }
        let last = &rows[rows.len() - 1];
        assert!((last.get("distance_nmi") * NMI_M - flown_m).abs() < 10.0, "{name}");
        let left_m = position(last).distance_m(departure.pair.to.position());
        assert!(left_m < 2.0 * NMI_M, "{name} {left_m}");
        let above_ft = last.get("geo_altitude_ft") - departure.pair.to.elevation_ft;
        assert!(above_ft.abs() < 20.0, "{name} {above_ft}");
        assert!((900..15_000).contains(&rows.len()), "{name} {}", rows.len());
    }
}

#[test]
fn altitude_changes_as_the_vertical_rate_says_and_nothing_jumps() {
    for (departure, rows) in flown(2) {
        let name = &departure.file_name;
        for pair in rows.windows(2) {
            let change = |column| pair[1].get(column) - pair[0].get(column);
            let mean_ms = 0.5
                * (pair[0].get("vertical_rate_fpm") + pair[1].get("vertical_rate_fpm"))
                * FPM_MS;
            assert!((change("altitude_ft") * FT_M - mean_ms).abs() < 1e-6, "{name}");
            assert!(change("vertical_rate_fpm").abs() < 125.0, "{name}");
            assert!(change("true_airspeed_kt").abs() < 1.3, "{name}");
            assert!(change("bank_deg").abs() < 4.01, "{name}");
            assert!(wrap_180(change("heading_deg")).abs() < 5.0, "{name}");
            assert_eq!(pair[1].epoch_s - pair[0].epoch_s, 1);
        }
    }
}

#[test]
fn the_air_is_an_ideal_gas_and_the_forces_balance() {
    for (departure, rows) in flown(3) {
        let name = &departure.file_name;
        for pair in rows.windows(2) {
            let row = &pair[0];
            let gas = row.get("p") / (row.get("rho") * GAS_CONSTANT * row.get("T"));
            assert!((gas - 1.0).abs() < 1e-12, "{name}");
            assert!(pair[1].get("m") < row.get("m"), "{name}");
            let speed_ms = row.get("true_airspeed_kt") * KT_MS;
            let acceleration = pair[1].get("true_airspeed_kt") * KT_MS - speed_ms;
            let weight_n = row.get("m") * 9.806_65;
            let path = row.get("path_angle_deg").to_radians();
            let energy_n =
                row.get("drag") + row.get("m") * acceleration + weight_n * libm::sin(path);
            assert!((row.get("thrust") - energy_n).abs() < 1.0, "{name}");
            assert!(row.get("thrust") > 0.0 && row.get("drag") > 0.0, "{name}");
            let lift_n = weight_n * libm::cos(path) / libm::cos(row.get("bank_deg").to_radians());
            assert!((row.get("lift") / lift_n - 1.0).abs() < 1e-9, "{name}");
            assert!(row.get("CL") < 1.9 && row.get("mach") < 0.84, "{name}");
        }
    }
}

#[test]
fn the_wind_triangle_closes() {
    for (departure, rows) in flown(4) {
        for row in rows.iter().step_by(10) {
            let path = row.get("path_angle_deg").to_radians();
            let through_ms = row.get("true_airspeed_kt") * KT_MS * libm::cos(path);
            let (sin, cos) = libm::sincos(row.get("heading_deg").to_radians());
            let east = through_ms * sin + row.get("wind_u");
            let north = through_ms * cos + row.get("wind_v");
            let ground_ms = row.get("ground_speed_kt") * KT_MS;
            assert!(((east * east + north * north).sqrt() - ground_ms).abs() < 1e-6);
            let track_deg = libm::atan2(east, north).to_degrees();
            assert!(
                wrap_180(track_deg - row.get("track_deg")).abs() < 1e-6,
                "{}",
                departure.callsign
            );
        }
    }
}

#[test]
fn flights_of_a_day_share_the_wind_and_days_differ() {
    let mut same_hour = Vec::new();
    let mut apart = Vec::new();
    let options = SampleOptions {
        pairs: vec!["LEMD-LEBL".parse().unwrap()],
        ..options(Path::new("unused"), 40, 9)
    };
    let weather = Weather::new(9, schedule::FIRST_DAY, schedule::days(options.flights));
    let cruise: Vec<(i64, f64, f64)> = schedule::draw(&options, &weather)
        .iter()
        .map(|departure| {
            let rows = rows(departure, &weather, 9);
            let row = &rows[rows.len() / 2];
            (row.epoch_s, row.get("wind_u"), row.get("wind_v"))
        })
        .collect();
    for (i, a) in cruise.iter().enumerate() {
        for b in &cruise[..i] {
            let off_ms = (a.1 - b.1).abs().max((a.2 - b.2).abs());
            if (a.0 - b.0).abs() < 2 * 3600 {
                same_hour.push(off_ms);
            } else if (a.0 - b.0).abs() > 2 * 86_400 {
                apart.push(off_ms);
            }
        }
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    assert!(same_hour.len() > 5);
    assert!(mean(&same_hour) * 2.0 < mean(&apart), "{} {}", mean(&same_hour), mean(&apart));
}

#[test]
fn the_same_arguments_give_the_same_bytes_on_any_number_of_threads() {
    let (one, four, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let on = |threads: usize, options: &SampleOptions| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| generate(options, &go_on)).unwrap()
    };
    let dirty =
        |directory: &Path, seed| SampleOptions { dirty: true, ..options(directory, 12, seed) };
    let first = on(1, &dirty(one.path(), 5));
    assert_eq!(first, on(4, &dirty(four.path(), 5)));
    assert_eq!(contents(one.path()), contents(four.path()));
    on(2, &dirty(other.path(), 6));
    assert_ne!(contents(one.path()), contents(other.path()));
    let bytes: usize = contents(one.path()).values().map(Vec::len).sum();
    assert_eq!((first.files, first.bytes), (12, bytes as u64));
}

#[test]
fn names_are_unique_and_most_flights_go_from_madrid_to_barcelona() {
    let options = SampleOptions { dirty: true, ..options(Path::new("unused"), 3_000, 1) };
    let weather = Weather::new(1, schedule::FIRST_DAY, schedule::days(options.flights));
    let departures = schedule::draw(&options, &weather);
    let names: BTreeSet<&str> = departures.iter().map(|d| d.file_name.as_str()).collect();
    assert_eq!(names.len(), 3_000);
    let madrid = departures.iter().filter(|d| d.pair == Pair::defaults()[0]).count();
    assert!((1_000..1_600).contains(&madrid), "{madrid}");
    for departure in &departures {
        let late = departure.dirt == Some(DirtKind::ClockStepsBack);
        let hour = departure.epoch_s.rem_euclid(86_400) / 3600;
        assert!(if late {
            hour == 23
        } else {
            (5..23).contains(&hour) || departure.dirt.is_some()
        });
        assert!((0..75).contains(&(departure.day - schedule::FIRST_DAY)));
    }
}

#[test]
fn a_dirty_sample_counts_its_faults_and_repeats_a_flight_byte_by_byte() {
    let directory = tempfile::tempdir().unwrap();
    let pairs = vec!["EBBR-EHAM".parse().unwrap()];
    let options = SampleOptions { dirty: true, pairs, ..options(directory.path(), 120, 7) };
    let summary = generate(&options, &go_on).unwrap();
    let weather = Weather::new(7, schedule::FIRST_DAY, schedule::days(120));
    let departures = schedule::draw(&options, &weather);
    for (kind, count) in &summary.dirt {
        assert_eq!(departures.iter().filter(|d| d.dirt == Some(*kind)).count(), *count);
    }
    let files = contents(directory.path());
    let copies: Vec<_> =
        departures.iter().filter(|d| d.dirt == Some(DirtKind::RepeatedFlight)).collect();
    assert_eq!(summary.dirt.len(), DirtKind::ALL.len());
    for copy in copies {
        let text = &files[&copy.file_name];
        assert_eq!(files.values().filter(|other| *other == text).count(), 2);
    }
    for late in departures.iter().filter(|d| d.dirt == Some(DirtKind::ClockStepsBack)) {
        let text = String::from_utf8(files[&late.file_name].clone()).unwrap();
        let last = text.lines().last().unwrap();
        assert!(last[11..13] == *"00" && last[..10] == text.lines().nth(1).unwrap()[..10]);
    }
    assert_eq!(
        files.values().filter(|text| text.is_empty()).count(),
        summary.dirt[&DirtKind::EmptyFile]
    );
}

#[test]
fn other_files_in_the_directory_are_refused_unless_forced() {
    let directory = tempfile::tempdir().unwrap();
    let options = options(directory.path(), 1, 1);
    generate(&options, &go_on).unwrap();
    generate(&options, &go_on).expect("its own files are no obstacle");
    fs::write(directory.path().join("thesis.txt"), "years of work").unwrap();
    let error = generate(&options, &go_on).unwrap_err();
    assert!(error.to_string().ends_with("such as thesis.txt"), "{error}");
    generate(&SampleOptions { force: true, ..options }, &go_on).unwrap();
    assert_eq!(contents(directory.path()).len(), 2);
}

#[test]
fn an_interrupted_sample_leaves_whole_files() {
    let directory = tempfile::tempdir().unwrap();
    let options = options(directory.path(), 20, 1);
    let result = generate(&options, &|_| ControlFlow::Break(()));
    let Err(SampleError::Interrupted { files }) = result else { panic!("{result:?}") };
    let left = contents(directory.path());
    assert_eq!(left.len(), files);
    assert!(files < 20 && left.values().all(|text| text.ends_with(b"\n")));
}

#[test]
fn a_sample_without_pairs_or_flights() {
    let directory = tempfile::tempdir().unwrap();
    let none = SampleOptions { pairs: Vec::new(), ..options(directory.path(), 1, 1) };
    assert!(matches!(generate(&none, &go_on), Err(SampleError::NoPairs)));
    let summary = generate(&options(directory.path(), 0, 1), &go_on).unwrap();
    assert_eq!((summary.files, summary.days), (0, None));
}
