//! A time in parts is, to the last bit, what the same time is in one cell.

use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use proptest::prelude::*;

use super::{
    Limits, Recipe, Refusal, Source, SourceConfig, parse_clock, parse_date, parse_utc_offset, peek,
    summarise,
};

const MINUTE_US: i64 = 60_000_000;

fn source(columns: &str, timezone: &str) -> Source {
    let block = format!(
        "name = \"s\"\n{timezone}\n[columns]\nlongitude = \"x\"\nlatitude = \"y\"\n{columns}\n"
    );
    Source::compile(&toml::from_str::<SourceConfig>(&block).unwrap()).unwrap()
}

const ISO: &str = r#"time = "when""#;
const DATE: &str = "date = \"day\"\ntime = \"clock\"";
const DATE_AND_OFFSET: &str = "date = \"day\"\ntime = \"clock\"\nutc_offset = \"zone\"";
const OFFSET: &str = "time = \"when\"\nutc_offset = \"zone\"";

/// Everything that `index` and `features` make of a file.
fn read(path: &Path, source: &Source) -> String {
    let recipe = Recipe {
        variables: vec!["longitude".to_owned(), "a".to_owned()],
        aggregates: ["mean", "std", "first", "last"].map(|name| name.parse().unwrap()).to_vec(),
        fractions: vec![0.25, 0.5],
        elapsed_s: vec![60.0],
        limits: Limits { min_rows: 2, max_rows: 9999, min_completeness: 0.0, max_duration_s: 1e9 },
    };
    let bytes = path.metadata().unwrap().len();
    let peeked = peek(path, bytes, std::slice::from_ref(source))
        .map(|peek| (peek.identity, peek.time_us, peek.has_calendar, peek.ends_deg));
    // Every digit of a number is shown.
    format!("{peeked:?}\n{:?}", summarise(path, source, &recipe))
}

fn read_text(text: &str, source: &Source) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.csv");
    std::fs::write(&path, text).unwrap();
    read(&path, source)
}

/// A row: seconds since the row above, minutes of offset, spelling, and cells that are missing.
#[derive(Debug, Clone)]
struct Row {
    step_s: i64,
    offset_min: i32,
    spelling: usize,
    missing: (bool, bool, bool),
    micro: i64,
}

fn row() -> impl Strategy<Value = Row> {
    let step = prop_oneof![9 => 0i64..90, 1 => prop::sample::select(vec![-86_340, -7200, 40_000])];
    let offset = prop::sample::select(vec![-240, -240, -300, 0, 330, 345, 825]);
    let rarely = || prop::bool::weighted(0.03);
    let missing = (rarely(), rarely(), rarely());
    let micro = prop::sample::select(vec![0i64, 0, 500_000, 123_456]);
    (step, offset, 0usize..12, missing, micro).prop_map(
        |(step_s, offset_min, spelling, missing, micro)| Row {
            step_s,
            offset_min,
            spelling,
            missing,
            micro,
        },
    )
}

/// Cells of a row: the date, the clock and the offset, as some recorder writes them; and the
/// same in the spelling of ISO 8601.
fn cells(row: &Row, at: jiff::Timestamp) -> [[String; 3]; 2] {
    let offset = Offset::from_seconds(row.offset_min * 60).unwrap();
    let local = at.to_zoned(TimeZone::fixed(offset));
    let write = |format: &str| local.strftime(format).to_string();
    let fraction = match row.micro {
        0 => "",
        500_000 => ".5",
        _ => ".123456",
    };
    let (hours, minutes) = (row.offset_min.abs() / 60, row.offset_min.abs() % 60);
    let sign = if row.offset_min < 0 { '-' } else { '+' };
    let iso =
        [write("%Y-%m-%d"), write("%H:%M:%S") + fraction, format!("{sign}{hours:02}:{minutes:02}")];
    let date = match row.spelling % 6 {
        0 => write("%Y/%m/%d"),
        1 => write("%Y%m%d"),
        2 => format!("  {} ", write("%Y.%m.%d")),
        3 => write("%Y-%-m-%-d"),
        _ => iso[0].clone(),
    };
    let clock = match row.spelling % 4 {
        0 => write("%-H:%M:%S") + fraction,
        1 => format!(
            " {}{}",
            write("%H:%M:%S"),
            fraction.replace('.', if row.spelling < 6 { "." } else { "," })
        ),
        _ => iso[1].clone(),
    };
    let offset = match (row.spelling, minutes) {
        (0, 30) => format!("{sign}{hours}.5"),
        (1, 45) => format!("{sign}{hours}.75"),
        (2, 0) => format!("{sign}{hours}"),
        (3 | 4, _) => format!("{sign}{hours:02}{minutes:02}"),
        (5, _) => format!("{sign}{hours}:{minutes:02}"),
        (6, _) if sign == '+' => format!("{hours:02}:{minutes:02}"),
        (7, 0) if hours == 0 => "Z".to_owned(),
        _ => format!(" {} ", iso[2]),
    };
    let missing = [row.missing.0, row.missing.1, row.missing.2];
    let with_gaps = |[date, clock, offset]: [String; 3]| {
        let mut cells = [date, clock, offset];
        for (cell, is_missing) in cells.iter_mut().zip(missing) {
            if is_missing {
                *cell =
                    if row.spelling.is_multiple_of(2) { String::new() } else { " - ".to_owned() };
            }
        }
        cells
    };
    [with_gaps([date, clock, offset]), iso]
}

/// The same flight in parts, in one cell, both without the offset, and with the offset alone beside
/// the rest.
fn texts(rows: &[Row]) -> [String; 5] {
    let quoted =
        |cell: &str| if cell.contains(',') { format!("\"{cell}\"") } else { cell.to_owned() };
    let mut texts = [
        "day,clock,zone,x,y,a\n",
        "when,x,y,a\n",
        "x,clock,y,a,day\n",
        "when,x,y,a\n",
        "when,zone,x,y,a\n",
    ]
    .map(str::to_owned);
    let mut second: i64 = 1_459_033_200; // A night in which Madrid's clocks go forward.
    for (number, row) in rows.iter().enumerate() {
        second += row.step_s;
        let at = jiff::Timestamp::from_microsecond(second * 1_000_000 + row.micro).unwrap();
        let [[date, clock, zone], [iso_date, iso_clock, iso_zone]] = cells(row, at);
        let (x, y, a) = (number as f64 * 0.01, 40.0 + number as f64 * 0.003, number % 7);
        let local = if row.missing.0 || row.missing.1 {
            String::new()
        } else {
            format!("{iso_date}T{iso_clock}")
        };
        let gapless = local.len() * usize::from(!row.missing.2);
        let when = if gapless == 0 { String::new() } else { format!("{local}{iso_zone}") };
        let (date, clock, zone) = (quoted(&date), quoted(&clock), quoted(&zone));
        let lines = [
            format!("{date},{clock},{zone},{x},{y},{a}"),
            format!("{when},{x},{y},{a}"),
            format!("{x},{clock},{y},{a},{date}"),
            format!("{local},{x},{y},{a}"),
            format!("{local},{zone},{x},{y},{a}"),
        ];
        for (text, line) in texts.iter_mut().zip(lines) {
            let _ = writeln!(text, "{line}");
        }
    }
    texts
}

proptest! {
    #[test]
    fn a_time_in_parts_is_the_time_in_one_cell(rows in prop::collection::vec(row(), 0..250)) {
        let [parts, iso, no_offset, local, beside] = texts(&rows);
        let expected = read_text(&iso, &source(ISO, ""));
        prop_assert_eq!(read_text(&parts, &source(DATE_AND_OFFSET, "")), expected.as_str());
        prop_assert_eq!(read_text(&beside, &source(OFFSET, "")), expected);
        for zone in ["", "timezone = \"Europe/Madrid\""] {
            let expected = read_text(&local, &source(ISO, zone));
            prop_assert_eq!(read_text(&no_offset, &source(DATE, zone)), expected);
        }
    }

    #[test]
    fn dates_are_read_as_the_calendar_library_reads_them(
        year in 0i16..=9999, month in 0i8..14, day in 0i8..33, mark in "[-/.]"
    ) {
        let expected = DateTime::new(year, month, day, 0, 0, 0, 0).ok().map(|at| {
            at.to_zoned(TimeZone::UTC).unwrap().timestamp().as_microsecond()
        });
        let padded = format!("{year:04}{mark}{month:02}{mark}{day:02}");
        prop_assert_eq!(parse_date(padded.as_bytes()), expected);
        prop_assert_eq!(parse_date(padded.replace(&mark, "").as_bytes()), expected);
        let short = format!("{year:04}{mark}{month}{mark}{day}");
        prop_assert_eq!(parse_date(short.as_bytes()), expected);
        // The same with day or month first is no date, whatever the marks.
        if (1900..2100).contains(&year) && expected.is_some() {
            for text in [
                format!("{day:02}{mark}{month:02}{mark}{year}"),
                format!("{month}{mark}{day}{mark}{year}"),
                format!("{day:02}{month:02}{year}"),
                format!("{month:02}{day:02}{year}"),
                format!("{:02}{mark}{month:02}{mark}{day:02}", year % 100),
            ] {
                prop_assert_eq!(parse_date(text.as_bytes()), None, "{}", text);
            }
        }
    }
}

#[test]
fn clocks_and_offsets_are_those_of_iso_8601_with_little_added() {
    for (text, minutes) in [
        ("-04:00", -240),
        ("+05:30", 330),
        ("-4:00", -240),
        ("-0400", -240),
        ("-04", -240),
        ("-4", -240),
        ("+5.5", 330),
        ("5,75", 345),
        ("00:00", 0),
        ("Z", 0),
        ("UTC", 0),
        ("+12.25", 735),
    ] {
        assert_eq!(parse_utc_offset(text.as_bytes()), Some(minutes * MINUTE_US), "{text}");
    }
    for text in
        ["", "-", "EST", "-400", "+19:00", "-04:60", "--4", "5.3", "5.55", "+04:00:00", "1e1"]
    {
        assert_eq!(parse_utc_offset(text.as_bytes()), None, "{text}");
    }
    let clock = |text: &str| parse_clock(text.as_bytes());
    let quarter_past_nine = (9 * 60 + 15) * MINUTE_US;
    assert_eq!(clock("09:15"), Some((quarter_past_nine, None)));
    assert_eq!(clock("9:15"), Some((quarter_past_nine, None)));
    assert_eq!(clock("9:15:00,5"), Some((quarter_past_nine + 500_000, None)));
    assert_eq!(clock("09:15:00Z"), Some((quarter_past_nine, Some(0))));
    assert_eq!(clock("09:15:00-04:00"), Some((quarter_past_nine, Some(-240 * MINUTE_US))));
    for text in ["", "9", "0915", "091500", "9:15 PM", "24:00", "09:60", "09:15:60", ":15", "x:15"]
    {
        assert_eq!(clock(text), None, "{text}");
    }
}

/// The refusal of a file whose third row has these cells.
fn refusal(columns: &str, header: &str, good: [&str; 2], bad: &str) -> [Refusal; 2] {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.csv");
    let [first, second] = good.map(|cells| format!("{cells},1,2\n"));
    std::fs::write(&path, format!("{header},x,y\n{first}{second}{bad},1,2\n")).unwrap();
    let recipe = Recipe {
        variables: vec![],
        aggregates: vec![],
        fractions: vec![],
        elapsed_s: vec![],
        limits: Limits { min_rows: 2, max_rows: 9, min_completeness: 0.0, max_duration_s: 1e9 },
    };
    let of_row = summarise(&path, &source(columns, ""), &recipe).unwrap_err();
    let text = format!("{header},x,y\n{bad},1,2\n");
    std::fs::write(&path, &text).unwrap();
    let of_head = peek(&path, text.len() as u64, &[source(columns, "")]).unwrap_err();
    [of_row, of_head]
}

#[test]
fn a_cell_that_is_no_part_of_a_time_is_named_with_what_to_do() {
    let header = "day,clock,zone";
    let good = ["2016-09-13,10:15:00,-04:00", "2016-09-13,10:15:01,-04:00"];
    for (bad, column, message) in [
        ("13/09/2016,10:15:02,-04:00", "day", "not a date with the year first, such as 2024-03-05"),
        ("2016-02-30,10:15:02,-04:00", "day", "not a date with the year first, such as 2024-03-05"),
        ("2016-09-13,noon,-04:00", "clock", "not a clock of 24 hours, such as 06:12:00"),
        ("2016-09-13,10:15:02,EDT", "zone", "not an offset from UTC, such as -04:00"),
        (
            "2016-09-13,10:15:02Z,-04:00",
            "clock",
            "a time that names its zone; remove `utc_offset` from [source.columns]",
        ),
        (
            "2016-09-13,2016-09-13 10:15,-04:00",
            "clock",
            "a time with a date of its own; remove `date` from [source.columns], or map a clock to `time`",
        ),
    ] {
        let [of_row, of_head] = refusal(DATE_AND_OFFSET, header, good, bad);
        let found = |of: &Refusal| (of.line, of.column.clone(), of.message.clone());
        assert_eq!(found(&of_row), (Some(4), Some(column.to_owned()), message.to_owned()));
        assert_eq!(found(&of_head), (Some(2), Some(column.to_owned()), message.to_owned()));
        let position = ["day", "clock", "zone"].iter().position(|name| *name == column).unwrap();
        assert_eq!(of_row.cell.as_deref(), bad.split(',').nth(position));
    }
    let [of_row, _] = refusal(ISO, "when", ["2016-09-13T10:15", "2016-09-13T10:16"], "10:17");
    assert!(of_row.message.contains("map `date` in [source.columns]"), "{of_row}");
}

#[test]
fn a_mapped_part_that_a_header_lacks_is_named() {
    let text = "day,clock,x,y\n2016-09-13,10:15,1,2\n";
    let of = read_text(text, &source(DATE_AND_OFFSET, ""));
    assert!(of.contains("the header has no such column") && of.contains("\"zone\""), "{of}");
}

#[test]
fn parts_go_with_times_of_the_calendar_alone_and_each_has_its_column() {
    for (columns, units, key, says) in [
        (DATE, "time = \"epoch-s\"", "columns.date", "units.time = \"iso8601\""),
        (OFFSET, "time = \"elapsed-s\"", "columns.utc_offset", "units.time = \"iso8601\""),
        ("time = \"t\"\ndate = \"t\"", "", "columns.date", "already mapped"),
        ("time = \"t\"\ndate = \"d\"\nutc_offset = \"d\"", "", "columns.utc_offset", "already"),
    ] {
        let text = format!(
            "name = \"s\"\n[columns]\nlongitude = \"x\"\nlatitude = \"y\"\n{columns}\n[units]\n{units}"
        );
        let error = Source::compile(&toml::from_str(&text).unwrap()).unwrap_err();
        assert_eq!(error.key, key);
        assert!(error.message.contains(says), "{error}");
    }
}

#[test]
fn a_midnight_that_the_date_passes_is_no_step_back() {
    let text = "day,clock,x,y\n2016-09-13,23:59:59,1,2\n2016-09-14,00:00:01,1.1,2\n";
    let of = read_text(text, &source(DATE, ""));
    assert!(of.contains("midnight_steps: 0") && of.contains("duration_s: 2.0"), "{of}");
    let stale = text.replace("-14,", "-13,");
    let of = read_text(&stale, &source(DATE, ""));
    assert!(of.contains("midnight_steps: 1") && of.contains("duration_s: 2.0"), "{of}");
}
