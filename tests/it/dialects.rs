//! The same flights in every dialect: `traj init` finds out how they are written, and their
//! features are those of plain files, to the last bit.

use std::fmt::Write as _;

use std::io::Write as _;

use crate::flights::{Flight, HEADER, flight};
use crate::world::World;

/// Three flights written in some way, looked at, indexed and summed up.
fn world(ending: &str, write: impl Fn(&Flight) -> Vec<u8>) -> World {
    let world = World::empty();
    for number in 0..3 {
        let flight = flight(number);
        world.write(format!("flights/{}.{ending}", flight.id()), write(&flight));
    }
    world.traj("init flights").exits(0);
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    world
}

/// Every figure by flight and column, as bits.
fn figures(world: &World) -> Vec<(String, Vec<u64>)> {
    let table = world.features();
    let mut figures: Vec<(String, Vec<u64>)> = table
        .features
        .iter()
        .map(|f| (f.name.clone(), f.values.iter().map(|value| value.to_bits()).collect()))
        .collect();
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect();
    figures.push(("duration_s".to_owned(), bits(&table.duration_s)));
    figures.push(("distance_m".to_owned(), bits(&table.distance_m)));
    figures.sort();
    figures
}

/// Reads as plain files do; gives the world for a look at more.
#[track_caller]
fn reads_alike(ending: &str, write: impl Fn(&Flight) -> Vec<u8>) -> World {
    let plain = world("csv", |flight| flight.csv().into_bytes());
    let theirs = world(ending, write);
    are_alike(&theirs, &plain);
    theirs
}

/// The features and the catalogs of both are the same.
#[track_caller]
fn are_alike(theirs: &World, plain: &World) {
    let toml = String::from_utf8(theirs.read("traj.toml")).unwrap();
    assert_eq!(figures(theirs), figures(plain), "{toml}");
    let ours = plain.catalog();
    for (row, plain) in theirs.catalog().rows.iter().zip(&ours.rows) {
        let of = |row: &traj::tables::CatalogRow| {
            (row.flight_id.clone(), row.origin.clone(), row.start_time_us, row.duration_s)
        };
        assert_eq!(of(row), of(plain), "{toml}");
    }
}

/// Whether the configuration that `traj init` wrote has this line.
#[track_caller]
fn says(world: &World, line: &str) {
    let toml = String::from_utf8(world.read("traj.toml")).unwrap();
    assert!(toml.lines().any(|known| known == line), "no `{line}` in\n{toml}");
}

#[test]
fn delimiters() {
    for (delimiter, line) in
        [(";", r#"delimiter = ";""#), ("\t", r#"delimiter = "\t""#), ("|", r#"delimiter = "|""#)]
    {
        says(&reads_alike("csv", |f| f.csv().replace(',', delimiter).into_bytes()), line);
    }
}

#[test]
fn decimal_commas() {
    let write = |f: &Flight| f.csv().replace(',', ";").replace('.', ",").into_bytes();
    says(&reads_alike("csv", write), r#"decimal = ",""#);
}

#[test]
fn quotes_with_quotes_and_line_breaks_inside() {
    reads_alike("csv", |f| {
        let lines = f.csv();
        let rows = lines.lines().skip(1).map(|row| {
            let cells: Vec<String> = row.split(',').map(|cell| format!("\"{cell}\"")).collect();
            format!("{},\"he said \"\"go, now\"\"\nand went\"\n", cells.join(","))
        });
        (format!("{HEADER},\"what was\nsaid\"\n") + &rows.collect::<String>()).into_bytes()
    });
}

#[test]
fn line_ends_of_windows_and_of_old_macintoshes() {
    for line_end in ["\r\n", "\r"] {
        reads_alike("csv", |f| f.csv().replace('\n', line_end).into_bytes());
        let world = reads_alike("csv", |f| {
            format!("by a recorder\n\n{}", f.csv()).replace('\n', line_end).into_bytes()
        });
        says(&world, "skip_lines = 2");
    }
}

#[test]
fn encodings() {
    reads_alike("csv", |f| format!("\u{feff}{}", f.csv()).into_bytes());
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    reads_alike("csv", |f| utf16(&format!("\u{feff}{}", f.csv())));
    says(&reads_alike("csv", |f| utf16(&f.csv())), r#"encoding = "utf-16be""#);
    let world = reads_alike("csv", |f| {
        let text =
            f.csv().replace("Z,", "Z,\u{e9},").replacen("timestamp,", "timestamp,t\u{e9}xt,", 1);
        text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
    });
    says(&world, r#"encoding = "latin1""#);
}

#[test]
fn packed_files() {
    let world = reads_alike("csv.gz", |f| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(f.csv().as_bytes()).unwrap();
        packed.finish().unwrap()
    });
    says(&world, r#"extensions = ["csv.gz"]"#);
    let world = reads_alike("csv.zst", |f| zstd::encode_all(f.csv().as_bytes(), 3).unwrap());
    says(&world, r#"extensions = ["csv.zst"]"#);
}

#[test]
fn a_preamble_before_the_header() {
    let write = |f: &Flight| format!("Recorder 7\nunit, 3\n\n{}", f.csv()).into_bytes();
    says(&reads_alike("csv", write), "skip_lines = 3");
}

#[test]
fn blanks_around_names_and_cells() {
    reads_alike("csv", |f| f.csv().replace(',', " ,  ").replace('\n', " \n ").into_bytes());
}

#[test]
fn quotes_behind_blanks() {
    reads_alike("csv", |f| {
        let cells =
            |row: &str| row.split(',').map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
        f.csv().lines().map(|row| cells(row) + "\n").collect::<String>().into_bytes()
    });
}

#[test]
fn comments_anywhere() {
    let world = reads_alike("csv", |f| {
        let mut lines: Vec<String> = f.csv().lines().map(str::to_owned).collect();
        lines.insert(9, "# gear up".to_owned());
        lines.insert(1, "#the rows follow, as they came".to_owned());
        lines.insert(0, "# recorded by hand".to_owned());
        lines.push("# the end".to_owned());
        (lines.join("\n") + "\n").into_bytes()
    });
    says(&world, r##"comment = "#""##);
}

#[test]
fn words_for_missing_values() {
    let with = |word: &str| {
        let word = word.to_owned();
        world("csv", move |f| {
            let mut lines = f.lines();
            for line in lines.iter_mut().skip(4).step_by(5) {
                let cells: Vec<&str> = line.split(',').collect();
                *line = [&cells[..4], &[&word, &word]].concat().join(",");
            }
            crate::flights::file_of(&lines).into_bytes()
        })
    };
    let empty = figures(&with(""));
    for word in ["-", "null", "NaN", " NULL ", "n/a"] {
        assert_eq!(figures(&with(word)), empty, "{word}");
    }
}

/// A flight whose header does not tell the unit of its altitude.
fn unnamed(flight: &Flight, before: &str, after: &str) -> Vec<u8> {
    let header = HEADER.replace("altitude_ft", "altitude");
    format!("{before}{header}\n{after}{}", flight.csv().split_once('\n').unwrap().1).into_bytes()
}

#[test]
fn a_line_of_units_after_the_header() {
    let units = "UTC,degrees,degrees,ft Baro,K,kg\n";
    let world = reads_alike("csv", |f| unnamed(f, "", units));
    says(&world, "skip_after_header = 1");
    says(&world, r#"altitude = "ft""#);
    let more = format!("{units}clock,gps,gps,computer,probe,fms\n");
    says(&reads_alike("csv", |f| unnamed(f, "", &more)), "skip_after_header = 2");
    let metres = world_of_metres();
    says(&metres, r#"altitude = "m""#);
    says(&metres, "skip_after_header = 1");
}

fn world_of_metres() -> World {
    world("csv", |f| unnamed(f, "", "UTC,degrees,degrees,metres,K,kg\n"))
}

#[test]
fn a_line_of_units_before_the_header() {
    let world = reads_alike("csv", |f| unnamed(f, "utc,degrees,degrees,ft msl,K,kg\n", ""));
    says(&world, "skip_lines = 1");
    says(&world, r#"altitude = "ft""#);
}

/// Rows before a receiver knows where it is, and before it knows the time.
const NO_POSITION: [&str; 2] = ["2024-03-01T05:00:00Z,,,,,", "2024-03-01T05:00:01Z,,,0,288.15,"];

/// A flight with such rows, in one cell what a recorder parts in three.
fn with_a_cold_start(flight: &Flight) -> Vec<u8> {
    let mut lines = flight.lines();
    lines.splice(0..0, NO_POSITION.map(str::to_owned));
    lines.splice(0..0, [",,,,,".to_owned(), ",,,,,".to_owned()]);
    crate::flights::file_of(&lines).into_bytes()
}

/// The same flight as a Garmin G1000 writes its logs: a line about the aircraft, one of units,
/// padded names, the local date and time with their offset from UTC. Midnight passes, and the
/// offset changes on the way.
fn g1000(flight: &Flight) -> String {
    let mut text = "\
        #airframe_info, log_version=\"1.00\", airframe_name=\"Cessna 172S\", unit_software_part_number=\"006-B0319-A7\"\n\
        #yyy-mm-dd, hh:mm:ss,   hh:mm,  ident,      degrees,      degrees, ft Baro,   deg K,      kg\n  \
        Lcl Date, Lcl Time, UTCOfst, AtvWpt,     Latitude,    Longitude,    AltB,       T,       m\n"
        .to_owned();
    let plain = String::from_utf8(with_a_cold_start(flight)).unwrap();
    for (number, line) in plain.lines().skip(1).enumerate() {
        let [time, longitude, latitude, altitude_ft, t, m] =
            line.split(',').collect::<Vec<_>>().try_into().unwrap();
        let (hours, zone) = if number < 12 { (-7, "-07:00") } else { (-6, "-06:00") };
        let when = time.parse::<jiff::Timestamp>().map_or_else(
            |_| format!("{:10}, {:8}, {:7}", "", "", ""),
            |at| {
                let offset = jiff::tz::TimeZone::fixed(jiff::tz::offset(hours));
                let local = at.to_zoned(offset).strftime("%Y-%m-%d, %H:%M:%S").to_string();
                format!("{local},  {zone}")
            },
        );
        let waypoint = if number % 9 < 4 { "KXXX" } else { "" };
        writeln!(
            text,
            "{when}, {waypoint:>6}, {latitude:>12}, {longitude:>12}, {altitude_ft:>7}, {t:>7}, {m:>7}"
        )
        .unwrap();
    }
    text
}

#[test]
fn a_log_of_a_flight_recorder() {
    let plain = world("csv", with_a_cold_start);
    let theirs = world("csv", |flight| g1000(flight).into_bytes());
    are_alike(&theirs, &plain);
    for line in [
        r##"comment = "#""##,
        "# The time of a row is its `time` (a clock) with its date and utc_offset.",
        r#"time = "Lcl Time""#,
        r#"date = "Lcl Date""#,
        r#"utc_offset = "UTCOfst""#,
        r#"altitude = "ft""#,
        r#"variables = ["latitude", "longitude", "altitude", "T", "m"]"#,
    ] {
        says(&theirs, line);
    }
    let toml = String::from_utf8(theirs.read("traj.toml")).unwrap();
    assert!(!toml.contains("CHECK") && toml.matches("Lcl").count() == 2, "{toml}");
    let whole = theirs.catalog().rows.remove(0);
    assert_eq!(whole.start_time_us, plain.catalog().rows[0].start_time_us);
    assert_eq!(theirs.cleaning("LEMD").midnight_steps, 0);
}

#[test]
fn a_changed_part_of_the_time_costs_the_flights_that_it_touches() {
    let world = World::with(crate::flights::flights(2));
    let log = format!("flights/{}", flight(2).name());
    world.write(log, g1000(&flight(2)));
    let source = r#"
[[source]]
name = "recorder"
file_name = "{origin}-{destination}_{callsign}_{aircraft_type}_{date}.csv"
dialect.comment = "\u0023"
[source.columns]
time = "Lcl Time"
date = "Lcl Date"
utc_offset = "UTCOfst"
longitude = "Longitude"
latitude = "Latitude"
altitude = "AltB"
[source.units]
altitude = "ft"
"#;
    world.edit("traj.toml", |text| text.replace("\n[features]", &format!("{source}\n[features]")));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    let start = |world: &World| world.catalog().rows.last().unwrap().start_time_us.unwrap();
    let in_utc = start(&world);
    world.edit("traj.toml", |text| text.replace("utc_offset = \"UTCOfst\"\n", ""));
    world.traj("index").exits(0);
    let ran = world.traj("features --format json").exits(0);
    let note = "source.recorder.columns.utc_offset changed: 1 finished flight is read again";
    assert!(ran.stderr.contains(note), "{ran}");
    assert_eq!((&ran.json()["from_tables"], &ran.json()["read_files"]), (&2.into(), &1.into()));
    assert_eq!(start(&world), in_utc - 7 * 3_600_000_000);
}

#[test]
fn a_date_beside_the_clock_in_either_zone() {
    let write = |f: &Flight| {
        let header = HEADER.replace("timestamp", "Date,Time");
        let rows: Vec<String> = f.lines().iter().map(|line| line.replacen('T', ",", 1)).collect();
        format!("{header}\n{}\n", rows.join("\n"))
    };
    let world = reads_alike("csv", |f| write(f).replace('Z', "").into_bytes());
    says(&world, r#"date = "Date""#);
    let toml = String::from_utf8(world.read("traj.toml")).unwrap();
    assert!(toml.contains("CHECK: source `flights`: times in \"Time\" name no zone"), "{toml}");
    assert!(!toml.contains("utc_offset"), "{toml}");
    let world = reads_alike("csv", |f| write(f).into_bytes());
    let toml = String::from_utf8(world.read("traj.toml")).unwrap();
    assert!(!toml.contains("CHECK"), "{toml}");
}

#[test]
fn a_header_repeated_and_separators_at_the_ends_of_lines() {
    let world = reads_alike("csv", |f| {
        let mut lines: Vec<String> = f.csv().lines().map(str::to_owned).collect();
        lines.insert(7, HEADER.to_owned());
        (lines.join(",\n") + ",\n").into_bytes()
    });
    assert_eq!(world.cleaning("LEMD").repeated_headers, 1);
}

#[test]
fn a_cut_last_line() {
    let cut = "2024-03-01T06:59:00Z,2.07";
    let world = reads_alike("csv", |f| (f.csv() + cut).into_bytes());
    assert!(world.cleaning("LEMD").truncated_last_line);
}
