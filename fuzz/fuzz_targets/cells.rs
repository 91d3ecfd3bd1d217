//! A cell is the number, or the time, that the standard library and a plain reference say.
#![no_main]

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use traj::flight::{
    Dialect, Limits, Reading, Recipe, RoleColumns, Source, SourceConfig, summarise_by,
};

fn source() -> Source {
    let name = |name: &str| name.to_owned();
    Source::compile(&SourceConfig {
        name: name("fuzz"),
        file_name: None,
        timezone: None,
        dialect: Dialect::default(),
        columns: RoleColumns {
            time: name("t"),
            longitude: name("x"),
            latitude: name("y"),
            ..RoleColumns::default()
        },
        units: [].into(),
    })
    .expect("a sound source")
}

fn recipe() -> Recipe {
    Recipe {
        variables: vec!["a".to_owned()],
        aggregates: vec!["first".parse().expect("an aggregate")],
        fractions: vec![0.5],
        limits: Limits {
            min_rows: 2,
            max_rows: 1000,
            min_completeness: 0.0,
            max_duration_s: f64::INFINITY,
        },
    }
}

/// Some number if the cell is one, none in the option if it is missing or none at all.
fn number(cell: &str) -> Option<f64> {
    cell.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number + 0.0)
}

/// Microseconds of `2024-03-05T06:12:00.123Z`, and of nothing else.
fn microseconds(cell: &str) -> Option<i64> {
    let clock = cell.strip_suffix('Z')?;
    let shape: String =
        clock.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).take(19).collect();
    let fraction = clock.get(19..)?;
    let digits = if fraction.is_empty() { "0" } else { fraction.strip_prefix('.')? };
    let is_fraction =
        (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    // A leap second is no time of ours.
    if shape != "9999-99-99T99:99:99" || !is_fraction || clock.get(17..19)? == "60" {
        return None;
    }
    let at: DateTime = clock.get(..19)?.parse().ok()?;
    let whole = at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond();
    Some(whole + format!("{digits:0<6}")[..6].parse::<i64>().ok()?)
}

fuzz_target!(|cell: &str| {
    if cell.contains([',', '\n', '\r', '"']) || cell.trim() != cell {
        return;
    }
    let path = std::env::temp_dir().join(format!("traj-fuzz-{}.csv", std::process::id()));
    let (source, recipe) = (source(), recipe());
    let read = |text: String, reading| {
        std::fs::write(&path, text).expect("the file is writable");
        summarise_by(reading, &path, &source, &recipe)
    };
    let levels = traj::simd::available().into_iter().map(|(_, level)| Reading::Fast(level));
    for reading in [Reading::Plain].into_iter().chain(levels) {
        let rows = format!("2024-03-05T00:00:00Z,1,2,{cell}\n2024-03-05T00:00:01Z,1,2,\n");
        let as_number = read(format!("t,x,y,a\n{rows}"), reading);
        if let Some(number) = number(cell) {
            let first = as_number.expect("a flight").aggregates[0];
            assert_eq!(first.to_bits(), number.to_bits());
        } else if let Ok(flight) = as_number {
            assert!(flight.aggregates[0].is_nan());
        }
        if let Some(time) = microseconds(cell) {
            // Some time of the same minute comes first, so that only the seconds are read.
            let minute = &cell[..17];
            let rows = format!("{minute}00Z,1,2,3\n{cell},1,2,3\n");
            let start = microseconds(&format!("{minute}00Z")).expect("a time");
            if time > start {
                let flight = read(format!("t,x,y,a\n{rows}"), reading).expect("a flight");
                assert_eq!((flight.start_us, flight.end_us), (start, time));
            }
        }
    }
});
