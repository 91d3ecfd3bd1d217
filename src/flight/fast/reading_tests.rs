//! Both ways to read a file give the same flight, or the same refusal, to the last bit.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use fearless_simd::Level;
use proptest::prelude::*;

use super::super::summary::{Reading, summarise_by};
use super::super::{
    Decimal, Dialect, Encoding, FlightSummary, Limits, Recipe, Refusal, RoleColumns, Source,
    SourceConfig, TargetPoint,
};
use super::read;
use crate::simd;

pub(super) fn source(dialect: Dialect, has_distance: bool, zone: Option<&str>) -> Source {
    let name = |name: &str| Some(name.to_owned());
    Source::compile(&SourceConfig {
        name: "test".to_owned(),
        file_name: None,
        timezone: zone.map(str::to_owned),
        dialect,
        columns: RoleColumns {
            time: "time".to_owned(),
            longitude: "lon".to_owned(),
            latitude: "lat".to_owned(),
            altitude: name("alt"),
            distance: has_distance.then(|| "dist".to_owned()),
            ..RoleColumns::default()
        },
        units: [("altitude".to_owned(), "ft".to_owned())].into(),
    })
    .unwrap()
}

fn recipe() -> Recipe {
    let names = ["longitude", "altitude", "distance", "a", "c", "d", "dist", "nowhere"];
    let aggregates = ["mean", "min", "max", "std", "first", "last", "p05"];
    Recipe {
        variables: names.map(str::to_owned).to_vec(),
        aggregates: aggregates.iter().map(|name| name.parse().unwrap()).collect(),
        fractions: vec![0.05, 0.5, 0.95],
        elapsed_s: vec![1.0, 30.0, 63.0, 64.0, 64.5, 90.0, 3600.0],
        limits: Limits { min_rows: 2, max_rows: 3000, min_completeness: 0.0, max_duration_s: 1e9 },
    }
}

/// Every bit of a result; only that a number is none, but not which NaN, since operands may
/// stand in another order.
fn bits(result: &Result<FlightSummary, Refusal>) -> Result<(Vec<u64>, String), Refusal> {
    let flight = result.clone()?;
    let bits = |value: f64| if value.is_nan() { 1 } else { value.to_bits() };
    let point = |p: &TargetPoint| {
        let altitude = p.altitude_m.unwrap_or(-1e99);
        [p.fraction, p.longitude_deg, p.latitude_deg, altitude, p.elapsed_s, p.distance_m]
    };
    let points = flight.along_time.iter().chain(&flight.along_distance).flat_map(point);
    let spans = [flight.duration_s, flight.distance_m, flight.cleaning.max_gap_s];
    let known = flight.prefixes.iter().flatten();
    let known = known.flat_map(|prefix| prefix.aggregates.iter().chain(&prefix.state)).copied();
    let numbers = flight.aggregates.iter().copied().chain(points).chain(spans).chain(known);
    let lasting: Vec<bool> = flight.prefixes.iter().map(Option::is_some).collect();
    let rest = (flight.start_us, flight.end_us, flight.has_calendar, lasting, flight.cleaning);
    Ok((numbers.map(bits).collect(), format!("{rest:?}")))
}

/// Reads a file every way; gives back whether the fast way did it.
fn agree(path: &Path, source: &Source, recipe: &Recipe) -> bool {
    let plain = summarise_by(Reading::Plain, path, source, recipe);
    for (name, level) in simd::available() {
        let fast = summarise_by(Reading::Fast(level), path, source, recipe);
        assert_eq!(bits(&fast), bits(&plain), "at {name}");
    }
    read(Level::baseline(), path, source, recipe, 0).is_some()
}

pub(super) fn agree_on(bytes: &[u8], source: &Source) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flight.csv");
    std::fs::write(&path, bytes).unwrap();
    agree(&path, source, &recipe())
}

/// What a table is like.
#[derive(Debug, Clone)]
struct Table {
    delimiter: u8,
    decimal: Decimal,
    is_crlf: bool,
    /// Rows after the header that are not part of the table.
    units: usize,
    has_distance: bool,
    rows: Vec<Row>,
    faults: Vec<(usize, usize)>,
    cut: usize,
}

#[derive(Debug, Clone)]
struct Row {
    step_ms: i64,
    cells: [(i64, usize, usize); 7],
}

const FAULTS: usize = 14;

impl Table {
    fn dialect(&self) -> Dialect {
        Dialect {
            delimiter: self.delimiter,
            decimal: self.decimal,
            skip_after_header: self.units,
            ..Dialect::default()
        }
    }

    fn cell(&self, (number, places, kind): (i64, usize, usize), scale: f64) -> String {
        let text = match kind {
            0..40 => format!("{:.*}", places, number as f64 * scale),
            40 => String::new(),
            41 => "NaN".to_owned(),
            42 => format!("{:e}", number as f64 * scale),
            43 => format!("{}", number as f64 * scale / 3.0),
            44 => format!(" {number} "),
            45 => format!("+{}", number.unsigned_abs()),
            46 => ".5".to_owned(),
            47 => "5.".to_owned(),
            48 => "-0.0".to_owned(),
            _ => "1e400".to_owned(),
        };
        if self.decimal == Decimal::Comma { text.replace('.', ",") } else { text }
    }

    fn text(&self) -> Vec<u8> {
        let names = ["time", "lon", "lat", "alt", "dist", "a", "b", "c", "d"];
        let mut lines = vec![names.map(str::to_owned).to_vec()];
        let units = ["", "deg", "deg", "ft", "m", "-", "", "kt", ""];
        lines.extend(vec![units.map(str::to_owned).to_vec(); self.units]);
        let mut at_ms = 1_700_000_000_000;
        for (number, row) in self.rows.iter().enumerate() {
            at_ms += row.step_ms;
            let time = jiff::Timestamp::from_millisecond(at_ms).unwrap();
            let mut cells =
                vec![if row.step_ms == 7777 { String::new() } else { time.to_string() }];
            let scales = [1e-4, 5e-5, 1e-2, 1.0, 1e-3, 1.0, 1e-9];
            cells.extend(row.cells.iter().zip(scales).map(|(cell, scale)| self.cell(*cell, scale)));
            cells.push(format!("{number}"));
            lines.push(cells);
        }
        let mut texts: Vec<String> =
            lines.iter().map(|cells| cells.join(&char::from(self.delimiter).to_string())).collect();
        for (fault, at) in &self.faults {
            spoil(&mut texts, *fault, *at, char::from(self.delimiter));
        }
        let line_break = if self.is_crlf { "\r\n" } else { "\n" };
        let lines = texts.into_iter().flat_map(|line| [line, line_break.to_owned()]);
        let mut text = lines.collect::<String>().into_bytes();
        text.truncate(text.len() - self.cut.min(text.len()));
        text
    }
}

/// Does to a table what files are found to have.
fn spoil(lines: &mut Vec<String>, fault: usize, at: usize, delimiter: char) {
    let row = 1 + at % lines.len().max(2);
    let row = row.min(lines.len() - 1);
    let line = lines[row].clone();
    let lines_left = lines.len() - row;
    match fault {
        0 => lines[row] = line.replacen(delimiter, &format!("{delimiter}\"1\""), 1),
        1 => lines[row] = line.chars().skip(line.find(delimiter).map_or(0, |i| i + 1)).collect(),
        2 => lines[row].push(delimiter),
        3 => lines[row].extend([delimiter, '1']),
        4 => lines.insert(row, String::new()),
        5 => lines.insert(row, lines[0].clone()),
        6 => lines[row].push('\r'),
        7 => lines[row] = line.replacen(delimiter, &format!("\r{delimiter}"), 1),
        8 => lines[row] = line.replacen(delimiter, &format!("{delimiter}x"), 1),
        9 => lines[row] = line.replacen(delimiter, &format!("\0{delimiter}"), 1),
        10 => lines[row..].rotate_left(3.min(lines_left)),
        11 => lines.insert(row, line),
        12 => lines[row] = line.replacen(':', "x", 1),
        _ => lines[0].push(delimiter),
    }
}

fn table() -> impl Strategy<Value = Table> {
    let step = prop_oneof![
        8 => Just(1000i64),
        1 => Just(0),
        1 => prop::sample::select(vec![250, 61_000, 7777, -5000, 86_400_000, -80_000_000]),
    ];
    // Mostly steps of a second, so that blocks are whole.
    let calm = prop::collection::vec(Just(1000i64), 0..200);
    let steps = prop_oneof![2 => calm, 1 => prop::collection::vec(step, 0..200)];
    let odd = prop_oneof![Just(40usize), Just(52usize)];
    let rows = (steps, odd).prop_flat_map(|(steps, kinds)| {
        let cell = (-2_000_000i64..2_000_000, 0usize..8, 0..kinds);
        let cells = prop::collection::vec(prop::array::uniform7(cell), steps.len());
        cells.prop_map(move |cells| {
            let rows = steps.iter().zip(cells);
            rows.map(|(step_ms, cells)| Row { step_ms: *step_ms, cells }).collect::<Vec<_>>()
        })
    });
    let faults = prop_oneof![
        2 => Just(Vec::new()),
        3 => prop::collection::vec((0..FAULTS, any::<usize>()), 1..3),
    ];
    let cut = prop_oneof![3 => Just(0usize), 1 => Just(1), 1 => 0usize..80];
    let delimiter = prop::sample::select(b",;\t|".to_vec());
    let units = prop_oneof![3 => Just(0usize), 1 => Just(1), 1 => Just(2)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (delimiter, flags, units, rows, faults, cut).prop_map(
        |(delimiter, (has_comma, is_crlf, has_distance), units, rows, faults, cut)| Table {
            delimiter,
            decimal: if has_comma { Decimal::Comma } else { Decimal::Point },
            is_crlf,
            units,
            has_distance,
            rows,
            faults,
            cut,
        },
    )
}

proptest! {
    #[test]
    fn every_table_reads_the_same_either_way(table in table()) {
        let zone = (table.rows.len() % 2 == 0).then_some("Europe/Madrid");
        agree_on(&table.text(), &source(table.dialect(), table.has_distance, zone));
    }

    #[test]
    fn arbitrary_bytes_read_the_same_either_way(
        tail in prop::collection::vec(prop::sample::select(b"0123456789.,,,,\n\r\"-: T".to_vec()), 0..400)
    ) {
        let bytes = [&b"time,lon,lat,alt\n2024-01-01,1,2,3\n2024-01-02,1,2,3\n"[..], &tail].concat();
        agree_on(&bytes, &source(Dialect::default(), false, None));
    }
}

/// A table of so many rows without anything odd.
pub(super) fn clean_table(n_rows: usize, line_break: &str) -> String {
    let mut text = format!("time,lon,lat,alt,dist,a,b,c,d{line_break}");
    for row in 0..n_rows {
        let (x, time) = (row as f64, 1_700_000_000 + row as i64);
        let time = jiff::Timestamp::from_second(time).unwrap();
        let cells = [-3.5 + x * 1e-3, 40.0 + x * 1e-4, x * 10.0, x * 0.25, x % 7.0, 1e7 - x];
        let _ = write!(text, "{time}");
        for (places, cell) in cells.into_iter().enumerate() {
            let _ = write!(text, ",{cell:.*}", 1 + places);
        }
        let _ = write!(text, ",{},{}{line_break}", row * 37 % 1000, row % 3);
    }
    text
}

#[test]
fn tables_of_numbers_are_read_the_fast_way() {
    let with_distance = source(Dialect::default(), true, None);
    for line_break in ["\n", "\r\n"] {
        for n_rows in [0, 1, 63, 64, 65, 2500, 2999] {
            let text = clean_table(n_rows, line_break);
            assert!(agree_on(text.as_bytes(), &with_distance), "{n_rows} rows");
            let cut = text.trim_end();
            assert!(agree_on(cut.as_bytes(), &with_distance), "{n_rows} rows, no last break");
        }
    }
    let marked = format!("\u{feff}{}", clean_table(100, "\n"));
    assert!(agree_on(marked.as_bytes(), &with_distance));
}

#[test]
fn cells_of_one_digit_and_of_none_are_read_the_fast_way() {
    let names: Vec<String> = (0..70).map(|i| format!("n{i}")).collect();
    let names = names.join(",");
    for cell in [",", ",7"] {
        // More separators than anything else, in whole blocks of bytes.
        let dense = cell.repeat(70);
        let mut text = format!("time,lon,lat,alt,{names},a\n");
        for row in 0..200 {
            let time = jiff::Timestamp::from_second(1_700_000_000 + row).unwrap();
            let _ = writeln!(text, "{time},{},2,3{dense},{row}", row % 90);
        }
        assert!(agree_on(text.as_bytes(), &source(Dialect::default(), false, None)), "{cell}");
    }
}

#[test]
fn dates_that_lag_behind_for_whole_blocks_are_made_good() {
    let mut text = "time,lon,lat,alt\n".to_owned();
    for (block, days) in [0, 1, 0, 1, 1, 0].into_iter().enumerate() {
        for row in 64 * block as i64..64 * (block as i64 + 1) {
            let time = jiff::Timestamp::from_second(1_700_000_000 + row - 86_400 * days).unwrap();
            let _ = writeln!(text, "{time},{}.5,40.25,{row}", row % 90);
        }
    }
    assert!(agree_on(text.as_bytes(), &source(Dialect::default(), false, None)));
}

#[test]
fn text_that_has_to_be_unpacked_or_decoded_first_is_read_the_fast_way_too() {
    let text = clean_table(2000, "\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flight.csv.gz");
    let file = std::fs::File::create(&path).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap();
    assert!(agree(&path, &source(Dialect::default(), true, None), &recipe()));

    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let encoding = Encoding::Utf16Le;
    let dialect = Dialect { encoding, ..Dialect::default() };
    assert!(agree_on(&utf16, &source(dialect, true, None)));
    let dialect = Dialect { skip_lines: 2, ..Dialect::default() };
    let preamble = format!("\"a title\n\n{text}");
    assert!(agree_on(preamble.as_bytes(), &source(dialect, true, None)));
}

#[test]
fn what_is_not_plain_is_read_the_plain_way() {
    let source = source(Dialect::default(), true, None);
    let text = clean_table(200, "\n");
    for (from, to) in
        [("1.0", "\"1.0\""), ("\n", "\n\n"), ("\n", "\r"), ("Z,", "Z,,"), ("2.0", "x")]
    {
        let spoilt = text.replacen(from, to, 150);
        assert!(!agree_on(spoilt.as_bytes(), &source), "{from:?} to {to:?}");
    }
    let too_many = clean_table(3001, "\n");
    assert!(!agree_on(too_many.as_bytes(), &source));
}

#[test]
fn ragged_rows_that_make_up_for_each_other_are_seen() {
    let source = source(Dialect::default(), false, None);
    let rows = "2024-01-01T01:00,1\n2,3\n2024-01-01T02:00,1,2,3\n";
    assert!(!agree_on(format!("time,lon,lat,alt\n{rows}").as_bytes(), &source));
}

#[test]
fn a_header_of_times_and_numbers_may_be_repeated() {
    let mut config = source(Dialect::default(), false, None).config;
    config.columns.time = "2024-01-01".to_owned();
    let source = Source::compile(&config).unwrap();
    let text = "2024-01-01,lon,lat,alt\n2024-01-01T01:00,1,2,3\n2024-01-01T02:00,1,2,3\n";
    assert!(!agree_on(text.as_bytes(), &source));
}

#[test]
fn rows_longer_than_a_window_and_wide_tables_read_the_same_either_way() {
    let source = source(Dialect::default(), true, None);
    let blanks = " ".repeat(70_000);
    let text = clean_table(300, "\n").replacen(",2.0", &format!(",{blanks}2.0"), 1);
    assert!(!agree_on(text.as_bytes(), &source));
    let mut wide = String::new();
    for (row, line) in clean_table(300, "\n").lines().enumerate() {
        let _ = write!(wide, "{line}");
        for column in 0..700 {
            let _ = if row == 0 { write!(wide, ",x{column}") } else { write!(wide, ",{column}.5") };
        }
        wide.push('\n');
    }
    assert!(agree_on(wide.as_bytes(), &source));
}
