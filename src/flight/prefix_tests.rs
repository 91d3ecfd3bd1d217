//! A prefix is what a file that ends at the horizon comes to.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::tables::{STATE_ELAPSED, STATE_LATITUDE, STATE_LONGITUDE};

const HORIZON_S: f64 = 100.0;

fn source() -> Source {
    Source::compile(&SourceConfig {
        name: "test".to_owned(),
        file_name: None,
        timezone: None,
        dialect: Dialect::default(),
        columns: RoleColumns {
            time: "time".to_owned(),
            longitude: "lon".to_owned(),
            latitude: "lat".to_owned(),
            altitude: Some("alt".to_owned()),
            ..RoleColumns::default()
        },
        units: [("time".to_owned(), "elapsed-s".to_owned())].into(),
    })
    .unwrap()
}

fn recipe(elapsed_s: Vec<f64>) -> Recipe {
    Recipe {
        variables: ["longitude", "altitude", "x", "y"].map(str::to_owned).to_vec(),
        aggregates: ["mean", "min", "max", "std", "first", "last", "p25"]
            .map(|name| name.parse().unwrap())
            .to_vec(),
        fractions: vec![0.5],
        elapsed_s,
        limits: Limits { min_rows: 2, max_rows: 3000, min_completeness: 0.0, max_duration_s: 1e9 },
    }
}

/// A row's time in seconds, and whether its position, altitude and variable are missing.
type Row = (u32, [bool; 3]);

fn summarised(rows: &[Row], elapsed_s: Vec<f64>) -> Result<FlightSummary, Refusal> {
    let mut text = "time,lon,lat,alt,x,y\n".to_owned();
    for (time, [no_place, no_altitude, no_x]) in rows {
        let value = |missing: &bool, value: f64| {
            if *missing { String::new() } else { format!("{value:.3}") }
        };
        let t = f64::from(*time);
        let cells = [
            value(no_place, 179.9 + t * 1e-3 - if *time > 150 { 360.0 } else { 0.0 }),
            value(no_place, 40.0 + t * 2e-3),
            value(no_altitude, 1000.0 + 10.0 * t),
            value(no_x, (t * 0.37).sin()),
            format!("{}", time % 7),
        ];
        let _ = writeln!(text, "{time},{}", cells.join(","));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flight.csv");
    std::fs::write(&path, text).unwrap();
    summarise(&path, &source(), &recipe(elapsed_s))
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| if value.is_nan() { 1 } else { value.to_bits() }).collect()
}

proptest! {
    #[test]
    fn a_prefix_is_what_a_file_that_ends_at_the_horizon_comes_to(
        steps in prop::collection::vec((0u32..4, prop::array::uniform3(0u32..10)), 2..200),
        swap in prop::option::of((0usize..200, 0usize..200)),
    ) {
        let mut time = 0;
        let mut rows: Vec<Row> = Vec::new();
        for (step, odds) in steps {
            time += step;
            rows.push((time, odds.map(|odd| odd == 0)));
        }
        if let Some((a, b)) = swap {
            let n = rows.len();
            rows.swap(a % n, b % n);
        }
        let Ok(whole) = summarised(&rows, vec![HORIZON_S]) else { return Ok(()) };
        let start = (whole.start_us / 1_000_000) as u32;
        let end = start + HORIZON_S as u32;
        let early: Vec<Row> = rows.iter().copied().filter(|row| row.0 <= end).collect();
        match &whole.prefixes[0] {
            None => prop_assert!(whole.duration_s < HORIZON_S),
            Some(prefix) => {
                prop_assert!(whole.duration_s >= HORIZON_S);
                // A single kept row is no flight of its own.
                let Ok(cut) = summarised(&early, vec![]) else { return Ok(()) };
                prop_assert_eq!(bits(&prefix.aggregates), bits(&cut.aggregates));
                prop_assert_eq!(prefix.state[STATE_ELAPSED], cut.duration_s);
                prop_assert_eq!(prefix.state[4], cut.distance_m);
            }
        }
    }
}

#[test]
fn the_state_is_that_of_a_flight_due_east_and_climbing() {
    // A thousandth of a degree per second along the equator would be 111.2 m/s; at 40 degrees
    // north and with the latitude growing twice as fast, by hand:
    let rows: Vec<Row> = (0..=140).map(|time| (time, [false; 3])).collect();
    let flight = summarised(&rows, vec![HORIZON_S, 140.0, 141.0]).unwrap();
    let state = flight.prefixes[0].as_ref().unwrap().state;
    let near = |place: usize, expected: f64, within: f64| {
        assert!((state[place] - expected).abs() < within, "{place}: {} {expected}", state[place]);
    };
    near(STATE_LONGITUDE, 180.0, 1e-9);
    near(STATE_LATITUDE, 40.2, 1e-9);
    near(2, 2000.0, 1e-9);
    near(STATE_ELAPSED, 100.0, 1e-9);
    let degree_m = EARTH_RADIUS_M.to_radians();
    let (east, north) = (1e-3 * degree_m * 40.14_f64.to_radians().cos(), 2e-3 * degree_m);
    near(7, east, 0.1);
    near(8, north, 0.1);
    near(5, east.hypot(north), 0.05);
    near(6, east.atan2(north).to_degrees(), 0.05);
    near(9, 10.0, 1e-9);
    assert!(flight.prefixes[1].is_some(), "it lasts just to there");
    assert!(flight.prefixes[2].is_none());
}

#[test]
fn a_flight_that_has_not_moved_has_velocities_but_no_track() {
    let text = "time,lon,lat,alt\n0,1,2,3\n60,1,2,3\n200,1,2,3\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flight.csv");
    std::fs::write(&path, text).unwrap();
    let flight = summarise(&path, &source(), &recipe(vec![30.0, 60.0])).unwrap();
    let [alone, still] = [0, 1].map(|at| flight.prefixes[at].as_ref().unwrap().state);
    assert!(alone[5..].iter().all(|value| value.is_nan()), "{alone:?}");
    assert!(still[6].is_nan());
    assert_eq!([still[5], still[7], still[8], still[9]], [0.0; 4]);
}
