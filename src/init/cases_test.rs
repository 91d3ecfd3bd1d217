//! Small folders made in code: every dialect, role and unit that a first look must tell.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Guess, InitError, look};
use crate::flight::{Source, SourceConfig, peek};
use crate::problem::Problem as _;
use crate::progress::Silent;

/// A folder under construction.
pub(super) struct Case(tempfile::TempDir);

impl Case {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// The same text in three files.
    pub(super) fn files(self, text: &str) -> Self {
        self.file("f1.csv", text).file("f2.csv", text).file("f3.csv", text)
    }

    pub(super) fn look(&self) -> Result<Guess, InitError> {
        look(self.0.path(), &Silent)
    }

    /// The configuration, after all flights have been read with it.
    pub(super) fn table(&self) -> toml::Table {
        let guess = self.look().unwrap();
        let text = guess.to_toml();
        let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
        let blocks = table["source"].as_array().unwrap().clone();
        let sources: Vec<Source> = blocks
            .into_iter()
            .map(|block| Source::compile(&block.try_into::<SourceConfig>().unwrap()).unwrap())
            .collect();
        assert_eq!(guess.sources(), sources.iter().map(|s| &s.config).collect::<Vec<_>>());
        let root = Path::new(table["data"]["root"].as_str().unwrap());
        for item in fs::read_dir(root).unwrap().map(Result::unwrap) {
            let path = item.path();
            let is_flight = !path.is_dir() && fs::read(&path).unwrap().len() > 100;
            if is_flight {
                let found = peek(&path, item.metadata().unwrap().len(), &sources);
                assert!(found.is_ok(), "{}: {}\n{text}", path.display(), found.unwrap_err());
                assert!(found.unwrap().ends_deg.is_some(), "{text}");
            }
        }
        table
    }

    pub(super) fn source(&self) -> toml::Value {
        let mut sources = self.table()["source"].as_array().unwrap().clone();
        assert_eq!(sources.len(), 1, "{sources:?}");
        sources.remove(0)
    }
}

/// Rows of a flight north-east from Madrid at about 230 m/s: `cells` gives those of a row
/// from seconds, longitude, latitude, metres of altitude and metres flown.
pub(super) fn track(
    header: &str,
    rows: u32,
    cells: impl Fn(f64, f64, f64, f64, f64) -> String,
) -> String {
    let mut text = format!("{header}\n");
    for row in 0..rows {
        let seconds = f64::from(row) * 10.0;
        let flown = 230.0 * seconds;
        let degrees = flown / 111_194.9;
        let (lat, lon) = (40.5 + 0.6 * degrees, -3.5 + 0.8 * degrees / 0.758);
        let altitude = (600.0 + 12.5 * seconds).min(11_277.0);
        let _ = writeln!(text, "{}", cells(seconds, lon, lat, altitude, flown));
    }
    text
}

fn iso(seconds: f64) -> String {
    let second = seconds as i64;
    format!("2024-03-05T{:02}:{:02}:{:02}Z", 6 + second / 3600, second / 60 % 60, second % 60)
}

pub(super) fn at<'a>(source: &'a toml::Value, section: &str, key: &str) -> Option<&'a str> {
    source.get(section)?.get(key)?.as_str()
}

#[test]
fn units_follow_from_names_or_values() {
    let cases: [(&str, f64, f64, &str); 7] = [
        ("altitude_ft", 0.3048, 1.0, "ft"),
        ("baro_alt", 0.3048, 25.0, "ft"),
        ("FL", 30.48, 1.0, "FL"),
        ("alt", 30.48, 1.0, "FL"),
        ("baroaltitude", 1.0, 7.62, "m"),
        ("H_p", 1.0, 0.01, "m"),
        ("AltitudeMetres", 1.0, 1.0, "m"),
    ];
    for (name, metres, step, unit) in cases {
        let header = format!("timestamp,longitude,latitude,{name},altitude_rate");
        let text = track(&header, 150, |s, lon, lat, alt, _| {
            let value = (alt / metres / step).round() * step;
            format!("{},{lon:.5},{lat:.5},{value:.2},{s}", iso(s))
        });
        let source = Case::new().files(&text).source();
        assert_eq!(at(&source, "columns", "altitude"), Some(name));
        assert_eq!(at(&source, "units", "altitude"), Some(unit), "{name}");
    }
}

#[test]
fn clocks_are_told_by_values_and_counters_left_out() {
    let epoch = 1_709_619_120.0;
    let cases: [(&str, f64, &str); 5] = [
        ("time_position", 1.0, "epoch-s"),
        ("t", 1e3, "epoch-ms"),
        ("ts", 1e6, "epoch-us"),
        ("unix_time", 1e9, "epoch-ns"),
        ("Elapsed", 0.0, "elapsed-s"),
    ];
    for (name, scale, format) in cases {
        let header = format!("seq,sec_copy,{name},lon,lat,speed");
        let text = track(&header, 60, |s, lon, lat, _, _| {
            let time = if scale == 0.0 { s } else { (epoch + s) * scale };
            format!(
                "{},{:.0},{time:.0},{lon:.5},{lat:.5},{:.1}",
                s / 10.0,
                s * 3.0,
                230.0 + (s / 70.0).sin()
            )
        });
        let case = Case::new().files(&text);
        assert_eq!(at(&case.source(), "units", "time"), Some(format), "{name}");
        assert_eq!(at(&case.source(), "columns", "time"), Some(name));
        let variables = case.table()["features"]["variables"].to_string();
        assert_eq!(variables, r#"["longitude", "latitude", "speed"]"#, "{name}");
    }
}

#[test]
fn the_distance_flown_tells_its_unit_and_other_distances_are_variables() {
    for (name, metres, unit) in [
        ("dist", 1852.0, "nmi"),
        ("distance", 1000.0, "km"),
        ("CumDist", 1.0, "m"),
        ("flown_mi", 1609.344, "mi"),
    ] {
        let header = format!("utc,lng,Lat,{name},distance_arp,dist_prev");
        let text = track(&header, 80, |s, lon, lat, _, flown| {
            format!("{},{lon:.6},{lat:.6},{:.4},{:.1},2.3", iso(s), flown / metres, 5e5 - flown)
        });
        let source = Case::new().files(&text).source();
        assert_eq!(at(&source, "columns", "distance"), Some(name));
        assert_eq!(at(&source, "units", "distance"), Some(unit));
    }
    let text = track("utc,lon,lat,distance", 80, |s, lon, lat, _, flown| {
        format!("{},{lon:.6},{lat:.6},{:.4}", iso(s), 4e5 - flown)
    });
    assert_eq!(at(&Case::new().files(&text).source(), "columns", "distance"), None);
}

#[test]
fn dialects_are_written_only_where_they_differ() {
    let plain = track("time,lon,lat,FL", 60, |s, lon, lat, alt, _| {
        format!("{},{lon:.5},{lat:.5},{:.0}", iso(s), alt / 30.48)
    });
    let european = plain.replace(',', ";").replace('.', ",");
    let source = Case::new().files(&european).source();
    assert_eq!(at(&source, "dialect", "delimiter"), Some(";"));
    assert_eq!(at(&source, "dialect", "decimal"), Some(","));
    assert_eq!(Case::new().files(&plain).source().get("dialect"), None);
    let preamble = format!("Recorder 7, unit 3\nfirmware\n{plain}");
    let source = Case::new().files(&preamble).source();
    assert_eq!(source["dialect"]["skip_lines"].as_integer(), Some(2));
    let commented = format!("# made by hand\n{plain}");
    assert_eq!(at(&Case::new().files(&commented).source(), "dialect", "comment"), Some("#"));
    let utf16: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let source = Case::new().file("a.txt", &utf16).source();
    assert_eq!(at(&source, "dialect", "encoding"), Some("utf-16le"));
    let latin1: Vec<u8> = plain.replace("FL", "Hoehe \u{e9}").chars().map(|c| c as u8).collect();
    let source = Case::new().file("a.csv", &latin1).source();
    assert_eq!(at(&source, "dialect", "encoding"), Some("latin1"));
    assert_eq!(at(&source, "columns", "altitude"), Some("Hoehe \u{e9}"));
}

#[test]
fn compressed_files_are_read_as_the_others_are() {
    let text =
        track("time,lon,lat", 60, |s, lon, lat, _, _| format!("{},{lon:.5},{lat:.5}", iso(s)));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let case = Case::new().file("LEMD-LEBL_1.csv.gz", packed.finish().unwrap());
    let case = case.file("LEMD-LEPA_2.CSV", &text);
    let table = case.table();
    assert_eq!(table["data"]["extensions"].to_string(), r#"["csv", "csv.gz"]"#);
    assert_eq!(table["source"].as_array().unwrap().len(), 1);
    assert_eq!(table["source"][0]["file_name"].as_str(), Some("{origin}-{destination}_{}.csv"));
}

#[test]
fn the_more_special_of_two_headers_comes_first() {
    let poor =
        track("time,lon,lat", 60, |s, lon, lat, _, _| format!("{},{lon:.5},{lat:.5}", iso(s)));
    let rich = track("time,lon,lat,altitude_ft,adep,ades,ident", 60, |s, lon, lat, alt, _| {
        format!("{},{lon:.5},{lat:.5},{alt:.0},EGLL,KJFK,BAW117", iso(s))
    });
    let case = Case::new().file("a.csv", &poor).file("b.csv", &poor).file("c.csv", &rich);
    let table = case.table();
    let first = &table["source"][0];
    assert_eq!(at(first, "columns", "origin"), Some("adep"));
    assert_eq!(at(first, "columns", "destination"), Some("ades"));
    assert_eq!(at(first, "columns", "callsign"), Some("ident"));
    assert_eq!(table["source"].as_array().unwrap().len(), 2);
    assert_eq!(at(&table["source"][1], "columns", "altitude"), None);
}

#[test]
fn headers_that_differ_in_variables_alone_share_a_source() {
    let text = |extra: &str| {
        track(&format!("time,lon,lat,{extra}"), 60, |s, lon, lat, _, _| {
            format!("{},{lon:.5},{lat:.5},{:.2}", iso(s), (s / 50.0).sin())
        })
    };
    let case = Case::new().file("a.csv", text("T")).file("b.csv", text("rho"));
    let _ = case.source();
    let variables = case.table()["features"]["variables"].to_string();
    assert_eq!(variables, r#"["longitude", "latitude", "T", "rho"]"#);
}

#[test]
fn hostile_names_survive_the_round_trip() {
    let header = "\"time \"\"UTC\"\"\",\"lon\n[deg]\",\"lat = {x}\",\"weird # \\ column\"";
    let text = track(header, 60, |s, lon, lat, _, _| {
        format!("{},{lon:.5},{lat:.5},{:.2}", iso(s), (s / 50.0).sin())
    });
    let case = Case::new().file("a {origin} \"b\".csv", &text).file("b'\u{1f600}.csv", &text);
    let source = case.source();
    assert_eq!(at(&source, "columns", "time"), Some("time \"UTC\""));
    assert_eq!(at(&source, "columns", "longitude"), Some("lon\n[deg]"));
    assert!(case.look().unwrap().to_toml().contains("weird # \\\\ column"));
}

#[test]
fn pairs_come_from_airports_where_nothing_else_tells_them() {
    let text = |high: f64| {
        let mut text = String::from("time,lon,lat,altitude_ft\n");
        for i in 0..200 {
            let x = f64::from(i) / 199.0;
            let altitude = high.min(36_000.0 * (4.0 * x).min(4.0 - 4.0 * x).min(1.0)).max(0.0);
            let (lon, lat) = (-3.567 + x * 5.645, 40.494 + x * 0.803);
            let _ = writeln!(text, "{},{lon:.5},{lat:.5},{altitude:.0}", iso(f64::from(i) * 18.0));
        }
        text
    };
    let table = Case::new().files(&text(36_000.0)).table();
    assert_eq!(table["data"]["airports"].as_bool(), Some(true));
    assert_eq!(table["features"]["categories"].to_string(), r#"["origin", "destination"]"#);
    let high = text(36_000.0).replace(",0\n", ",31000\n");
    let table = Case::new().files(&high).table();
    assert_eq!(table["data"]["airports"].as_bool(), Some(false), "an overflight");
}

#[test]
fn stems_that_repeat_make_the_path_the_flights_name() {
    let text = track("time,lon,lat", 20, |s, lon, lat, _, _| format!("{},{lon},{lat}", iso(s)));
    let case = Case::new().file("day1/1.csv", &text).file("day2/1.csv", &text);
    assert_eq!(case.table()["data"]["flight_id"].as_str(), Some("path"));
    let case = Case::new().file("day1/1.csv", &text).file("day2/2.csv", &text);
    assert_eq!(case.table()["data"]["flight_id"].as_str(), Some("stem"));
}

#[test]
fn a_ship_has_no_altitude_and_a_table_beside_it_is_no_flight() {
    let text = track("BaseDateTime,LAT,LON,SOG,COG,MMSI", 90, |s, lon, lat, _, _| {
        let (lon, lat) = (lon * 0.02 + 4.0, lat * 0.02 + 51.0);
        let time = iso(s).replace('Z', "");
        format!("{time},{lat:.5},{lon:.5},{:.1},{:.1},244660000", 9.0 + (s / 99.0).sin(), s / 7.0)
    });
    let list = "name,mmsi,from,to\nf1,1,NLRTM,DEHAM\nf2,2,NLRTM,BEANR\nf3,3,NLRTM,GBFXT\n";
    let case = Case::new().file("ships.csv", list).file("t/f1.csv", &text);
    let case = case.file("t/f2.csv", &text).file("t/f3.csv", &text);
    let table = case.table();
    assert!(table["data"]["root"].as_str().unwrap().ends_with("/t"));
    assert_eq!(table["data"]["side_table"]["path"].as_str(), Some("../ships.csv"));
    assert_eq!(table["data"]["side_table"]["key"].as_str(), Some("name"));
    assert_eq!(
        table["features"]["variables"].to_string(),
        r#"["latitude", "longitude", "SOG", "COG"]"#
    );
    let guess = case.look().unwrap();
    assert!(
        guess.notes().iter().any(|note| note.starts_with("check: ") && note.contains("no zone"))
    );
}

#[test]
fn what_cannot_be_guessed_is_said_with_what_to_write() {
    let error = Case::new().files("time,x_position\n1,2\n3,4\n").look().unwrap_err();
    assert!(matches!(&error, InitError::NoRoles { columns, .. } if columns.len() == 2));
    assert!(error.hint().unwrap().contains("[source.columns]"));
    let error = Case::new().files("1,2,3\n4,5,6\n").look().unwrap_err();
    assert!(error.to_string().contains("the first line holds numbers, not names"), "{error}");
    let text =
        track("date_time,lon,lat", 20, |s, lon, lat, _, _| format!("5.3.24 {s},{lon},{lat}"));
    let error = Case::new().files(&text).look().unwrap_err();
    assert!(
        matches!(&error, InitError::NoRoles { missing, .. } if missing == &["time"]),
        "{error}"
    );
    let error = Case::new().file("a.csv", "").look().unwrap_err();
    assert!(error.to_string().contains("an empty file"), "{error}");
}
