//! Folders whose files part their times in several columns, or write them as nobody can read.

use super::cases_test::{Case, at, track};
use crate::problem::Problem as _;

/// A date and a time of day, five minutes before midnight at first.
fn parts(seconds: f64) -> (String, String) {
    let start = jiff::civil::date(2024, 3, 5).at(23, 55, 0, 0);
    let at = start + jiff::SignedDuration::from_secs(seconds as i64);
    (at.strftime("%Y-%m-%d").to_string(), at.strftime("%H:%M:%S").to_string())
}

#[test]
fn a_date_a_time_of_day_and_an_offset_make_a_clock() {
    // By header: the row's cells from date, time of day and elapsed seconds; then time, date and
    // offset, and whether the zone is in doubt.
    type Row = fn(&str, &str, f64) -> String;
    let cases: [(&str, Row, [Option<&str>; 3], bool); 7] = [
        (
            "Date (yyyy-mm-dd),Time (hh:mm:ss),UTC Time (hh:mm:ss),UTC Offset (hh:mm)",
            |d, t, _| format!("{d},{t},{},+05:30", t.replace("23:", "18:")),
            [Some("Time (hh:mm:ss)"), Some("Date (yyyy-mm-dd)"), Some("UTC Offset (hh:mm)")],
            false,
        ),
        (
            "local_offset,UTC_time,UTC_date,Lcl Time",
            |d, t, _| format!("-5,{t},{},{}", d.replace('-', ""), t.replace("23:", "18:")),
            [Some("UTC_time"), Some("UTC_date"), None],
            false,
        ),
        (
            "elapsed,t,day,Flight Time",
            |d, t, s| {
                format!(
                    "{s},{},{},00:{}",
                    t.strip_prefix('0').unwrap_or(t),
                    d.replace('-', "/"),
                    &t[3..]
                )
            },
            [Some("t"), Some("day"), None],
            true,
        ),
        (
            "day,Flight Time,elapsed",
            |d, t, s| format!("{d},00:{},{s}", &t[3..]),
            [Some("elapsed"), None, None],
            false,
        ),
        (
            "tz,zeit,datum",
            |d, t, _| format!("-0330,{t},{}", d.replace('-', ".")),
            [Some("zeit"), Some("datum"), Some("tz")],
            false,
        ),
        (
            "date,time,ts",
            |d, t, s| format!("{d},{t},{}", 1_709_682_900.0 + s),
            [Some("ts"), None, None],
            false,
        ),
        (
            "departure_date,time,timestamp",
            |d, t, _| format!("2024-03-05,{t},{d} {t}"),
            [Some("timestamp"), None, None],
            true,
        ),
    ];
    for (header, cells, [time, date, utc_offset], in_doubt) in cases {
        let text = track(&format!("{header},lon,lat,speed"), 90, |s, lon, lat, _, _| {
            let (date, clock) = parts(s);
            let speed = 230.0 + (s / 70.0).sin();
            format!("{},{lon:.5},{lat:.5},{speed:.1}", cells(&date, &clock, s))
        });
        let case = Case::new().files(&text);
        let source = case.source();
        let columns = ["time", "date", "utc_offset"].map(|role| at(&source, "columns", role));
        assert_eq!(columns, [time, date, utc_offset], "{header}");
        let variables = case.table()["features"]["variables"].to_string();
        assert_eq!(variables, r#"["longitude", "latitude", "speed"]"#, "{header}");
        let notes = case.look().unwrap().notes().join("\n");
        assert_eq!(notes.contains("name no zone"), in_doubt, "{header}: {notes}");
    }
}

#[test]
fn a_clock_in_parts_tells_how_fast_a_flight_is() {
    for compact in [false, true] {
        let text = track("Date,Time,lon,lat", 90, |s, lon, lat, _, _| {
            let (date, clock) = parts(s);
            let date = if compact { date.replace('-', "") } else { date };
            format!("{date},{clock},{:.7},{:.7}", lon.to_radians(), lat.to_radians())
        });
        let source = Case::new().files(&text).source();
        assert_eq!(at(&source, "units", "longitude"), Some("rad"));
    }
}

#[test]
fn dates_of_which_nobody_knows_the_day_are_said_so() {
    let write = |header: &str, with_seconds: bool| {
        track(&format!("{header},lon,lat"), 60, |s, lon, lat, _, _| {
            let (_, clock) = parts(s);
            let seconds = if with_seconds { format!(",{s}") } else { String::new() };
            format!("05/03/2024,{clock}{seconds},{lon:.5},{lat:.5}")
        })
    };
    let error = Case::new().files(&write("Date,Time", false)).look().unwrap_err().to_string();
    assert!(error.contains("\"Date\" cannot be read"), "{error}");
    assert!(error.contains("year first (`2024-03-05`)"), "{error}");
    let guess = Case::new().files(&write("Date,Time,elapsed", true)).look().unwrap();
    assert!(guess.to_toml().contains("time = \"elapsed\""), "{}", guess.to_toml());
    let notes = guess.notes();
    assert!(
        notes.iter().any(|n| n.starts_with("check: ") && n.contains("year first")),
        "{notes:?}"
    );
    let text = track("Time,lon,lat", 60, |s, lon, lat, _, _| format!("{},{lon},{lat}", parts(s).1));
    let error = Case::new().files(&text).look().unwrap_err();
    assert!(error.to_string().contains("\"Time\" is a clock without a date"), "{error}");
    assert!(error.hint().unwrap().contains("date = "), "{error}");
}
