//! A cell is the number, or the time, that the standard library and a plain reference say. Each
//! input is some cells, one to a line.
#![no_main]

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use traj::flight::{
    Dialect, FlightSummary, Limits, Reading, Recipe, Refusal, RoleColumns, Source, SourceConfig,
    summarise_by,
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

/// Cells that are looked at together.
const MOST_CELLS: usize = 64;

fn recipe(n_cells: usize) -> Recipe {
    Recipe {
        variables: (0..n_cells).map(|cell| format!("a{cell}")).collect(),
        aggregates: vec!["first".parse().expect("an aggregate")],
        fractions: vec![0.5],
        elapsed_s: vec![],
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

/// Reads a table in every way.
fn read(text: &str, n_cells: usize) -> Vec<Result<FlightSummary, Refusal>> {
    let path = std::env::temp_dir().join(format!("traj-fuzz-{}.csv", std::process::id()));
    std::fs::write(&path, text).expect("the file is writable");
    let (source, recipe) = (source(), recipe(n_cells));
    let levels = traj::simd::available().into_iter().map(|(_, level)| Reading::Fast(level));
    let ways = [Reading::Plain].into_iter().chain(levels);
    ways.map(|way| summarise_by(way, &path, &source, &recipe)).collect()
}

/// A table whose first row has these cells.
fn table(cells: &[&str]) -> String {
    let names: String = (0..cells.len()).map(|cell| format!(",a{cell}")).collect();
    let missing = ",".repeat(cells.len());
    let cells = cells.join(",");
    format!("t,x,y{names}\n2024-03-05T00:00:00Z,1,2,{cells}\n2024-03-05T00:00:01Z,1,2{missing}\n")
}

fuzz_target!(|text: &str| {
    let is_cell = |cell: &&str| !cell.contains([',', '\r', '"']) && cell.trim() == *cell;
    let cells: Vec<&str> = text.split('\n').filter(is_cell).take(MOST_CELLS).collect();
    let (numbers, others): (Vec<&str>, Vec<&str>) =
        cells.iter().partition(|cell| number(cell).is_some());
    if !numbers.is_empty() {
        for flight in read(&table(&numbers), numbers.len()) {
            let found = flight.expect("a flight").aggregates;
            for (found, cell) in found.iter().zip(&numbers) {
                let expected = number(cell).expect("a number");
                assert_eq!(found.to_bits(), expected.to_bits(), "{cell}");
            }
        }
    }
    // Whatever is no number spoils the others of its file.
    for cell in others.into_iter().take(2) {
        for flight in read(&table(&[cell]), 1).into_iter().flatten() {
            assert!(flight.aggregates[0].is_nan(), "{cell}");
        }
    }
    let times = cells.iter().filter_map(|cell| Some((cell, microseconds(cell)?)));
    for (cell, time) in times.take(2) {
        // Some time of the same minute comes first, so that only the seconds are read.
        let minute = &cell[..17];
        let start = microseconds(&format!("{minute}00Z")).expect("a time");
        if time > start {
            for flight in read(&format!("t,x,y,a0\n{minute}00Z,1,2,3\n{cell},1,2,3\n"), 1) {
                let flight = flight.expect("a flight");
                assert_eq!((flight.start_us, flight.end_us), (start, time), "{cell}");
            }
        }
    }
});
