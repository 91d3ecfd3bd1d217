//! Faults that are mended and counted, and a whole folder full of faults.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use crate::flights::{Flight, file_of, flight, flights};
use crate::world::{CONFIG, World};

/// Features of one flight from a file of these rows, beside those of the untouched flight.
fn features_of(flight: &Flight, lines: &[String]) -> World {
    let world = World::with(flights(2));
    world.write(format!("flights/{}", flight.name()), file_of(lines));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    world
}

/// The figures of a flight, by column, as bits.
fn figures(world: &World, id: &str) -> BTreeMap<String, u64> {
    let table = world.features();
    let at = table.flight_id.iter().position(|known| known == id).unwrap();
    let columns = table.features.iter().map(|f| (f.name.clone(), f.values[at].to_bits()));
    let fixed = [("duration", table.duration_s[at]), ("distance", table.distance_m[at])];
    columns.chain(fixed.map(|(name, value)| (name.to_owned(), value.to_bits()))).collect()
}

#[test]
fn a_date_that_does_not_advance_at_midnight_is_mended() {
    let mut night = flight(8);
    night.start = "2024-03-03T23:30:00Z".parse().unwrap();
    let mended = features_of(&night, &night.lines());
    let stuck: Vec<String> =
        night.lines().iter().map(|line| line.replace("2024-03-04T", "2024-03-03T")).collect();
    assert_ne!(stuck, night.lines());
    let world = features_of(&night, &stuck);
    assert_eq!(world.cleaning(&night.id()).midnight_steps, 1);
    assert_eq!(figures(&world, &night.id()), figures(&mended, &night.id()));
    let id = night.id();
    let at = world.features().flight_id.iter().position(|known| *known == id).unwrap();
    assert_eq!(world.features().duration_s[at], night.duration_s() as f64);
    assert_snapshot!(world.traj("features"), @r"
    exit 0
    --- stdout
    3 flights with 35 features, from 60 rows and 3.71 KiB
      3 flights as in the last run, 0 files read
      1 flight whose date was not advanced at midnight mended

    next: traj train
    ");
}

#[test]
fn rows_out_of_order_are_sorted_and_counted() {
    let late = flight(8);
    let mut lines = late.lines();
    lines[4..12].rotate_left(3);
    let world = features_of(&late, &lines);
    assert!(world.cleaning(&late.id()).out_of_order_rows > 0);
    assert_eq!(
        figures(&world, &late.id()),
        figures(&features_of(&late, &late.lines()), &late.id())
    );
    assert_snapshot!(world.traj("features"), @r"
    exit 0
    --- stdout
    3 flights with 35 features, from 60 rows and 3.71 KiB
      3 flights as in the last run, 0 files read
      1 row out of order in 1 flight sorted

    next: traj train
    ");
}

#[test]
fn of_rows_with_one_time_the_first_counts() {
    let twice = flight(8);
    let mut lines = twice.lines();
    let (time, _) = lines[6].split_once(',').unwrap();
    let again = format!("{time},0,0,0,0,0");
    lines.insert(7, again);
    let world = features_of(&twice, &lines);
    assert_eq!(world.cleaning(&twice.id()).repeated_times, 1);
    assert_eq!(
        figures(&world, &twice.id()),
        figures(&features_of(&twice, &twice.lines()), &twice.id())
    );
    assert_snapshot!(world.traj("features"), @r"
    exit 0
    --- stdout
    3 flights with 35 features, from 61 rows and 3.74 KiB
      3 flights as in the last run, 0 files read
      1 row with a repeated time in 1 flight dropped

    next: traj train
    ");
}

#[test]
fn missing_cells_are_left_out_of_aggregates_and_counted() {
    let poor = flight(8);
    let mut lines = poor.lines();
    // The fourth row is the coldest but for those after it, which keep their temperature.
    for word in ["", "nan", "NULL", "-inf"].iter().zip([2, 3, 4, 5]) {
        let mut cells: Vec<&str> = lines[word.1].split(',').collect();
        cells[4] = word.0;
        lines[word.1] = cells.join(",");
    }
    let world = features_of(&poor, &lines);
    let cleaning = world.cleaning(&poor.id());
    assert_eq!((cleaning.missing_cells, cleaning.rows), (4, 20));
    let (with, without) =
        (figures(&world, &poor.id()), figures(&features_of(&poor, &poor.lines()), &poor.id()));
    assert_eq!(with["T_min"], without["T_min"]);
    assert_ne!(with["T_mean"], without["T_mean"]);
    assert_eq!(with["m_mean"], without["m_mean"]);
}

#[test]
fn other_line_ends_and_a_byte_order_mark_change_nothing() {
    let plain = flight(8);
    let world = World::with(flights(2));
    let names = ["PLAIN", "CRLF", "BOM", "BLANKS"]
        .map(|word| Flight { callsign: word.to_owned(), ..plain.clone() });
    let text = plain.csv();
    let twins = [
        text.clone(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        text.replace(',', " , ").replace('\n', "\n\n"),
    ];
    for (name, text) in names.iter().zip(twins) {
        world.write(format!("flights/{}", name.name()), text);
    }
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    for twin in &names[1..] {
        assert_eq!(figures(&world, &twin.id()), figures(&world, &names[0].id()), "{}", twin.id());
    }
}

/// A second provider: semicolons, decimal commas, metres, other names.
const EUROPEAN: &str = r#"
[[source]]
name = "european"
file_name = "{origin}-{destination}_{callsign}_{aircraft_type}_{date}.csv"
timezone = "Europe/Madrid"
[source.dialect]
delimiter = ";"
decimal = ","
[source.columns]
time = "Zeit"
longitude = "Länge"
latitude = "Breite"
altitude = "Höhe"
[source.units]
altitude = "ft"
T = "degC -> K"
"#;

/// A flight as the second provider writes it.
fn european(flight: &Flight) -> String {
    let mut text = "Zeit;Länge;Breite;Höhe;T;m\n".to_owned();
    for line in flight.lines() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        // Madrid is an hour ahead in winter.
        let time: jiff::Timestamp = cells[0].parse().unwrap();
        let local = time + jiff::SignedDuration::from_hours(1);
        cells[0] = local.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let celsius = cells[4].parse::<f64>().unwrap() - 273.15;
        cells[4] = format!("{celsius:.2}");
        text.push_str(&cells.join(";").replace('.', ","));
        text.push('\n');
    }
    text
}

#[test]
fn two_schemas_in_one_folder_say_the_same() {
    let world = World::with(flights(2));
    world.write("traj.toml", CONFIG.replace("\n[features]", &format!("{EUROPEAN}\n[features]")));
    let twin = Flight { callsign: "TWIN".to_owned(), ..flight(1) };
    world.write(format!("flights/{}", twin.name()), european(&flight(1)));
    let index = world.traj("index").exits(0);
    assert!(index.stdout.contains("sources: european 1, flights 2"), "{index}");
    world.traj("features").exits(0);
    let (theirs, ours) = (figures(&world, &twin.id()), figures(&world, &flight(1).id()));
    for (name, bits) in &ours {
        let (ours, theirs) = (f64::from_bits(*bits), f64::from_bits(theirs[name]));
        assert!((ours - theirs).abs() <= 1e-9 * ours.abs(), "{name}: {ours} and {theirs}");
    }
    let starts = world.features().start_time_us;
    assert_eq!(starts[1], starts[2]);
}

#[test]
fn of_a_folder_full_of_faults_every_file_is_read_or_refused_once() {
    let world = World::with([]);
    world.edit("traj.toml", |text| text.replace("\"flights\"\n\n", "\"sample\"\n\n"));
    let sampled = world.traj("sample sample --flights 40 --seed 3 --dirty --format json").exits(0);
    assert!(sampled.json()["dirt"].as_object().unwrap().len() >= 6, "{sampled}");
    let index = world.traj("index").exits(3);
    let features = world.traj("features --format json");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let path_of: BTreeMap<String, String> =
        world.catalog().rows.into_iter().map(|row| (row.flight_id, row.path)).collect();
    for id in world.features().flight_id {
        *seen.entry(path_of[&id].clone()).or_default() += 1;
    }
    let rejected =
        traj::tables::RejectedTable::read(&world.path("data-index/rejected.parquet")).unwrap();
    for row in rejected.rows {
        assert_ne!(row.code.as_str(), "bug");
        *seen.entry(row.path).or_default() += 1;
    }
    assert_eq!(seen.len(), 40);
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    assert_snapshot!(index, @r"
    exit 3
    --- stdout
    38 flights in the catalog, 20.39 MiB: 40 opened, 0 unchanged, 0 removed
      starts from 2024-03-01 19:47 to 2024-03-14 18:09 UTC
      5 pairs: LEMD-LEBL 19, LEBL-LEMD 9, EGLL-EHAM 5, LFPG-LIRF 3, LEMD-LEPA 2
      2 files rejected (empty-file 1, missing-column 1); data-index/rejected.parquet says where and why

    next: traj features
    ");
    assert_snapshot!(features.code, @"0");
    assert_snapshot!(world.rejections(), @r"
    index LEMD-LEBL_IBS3966_A320_20240305T193456.csv: the file is empty [empty-file]
    index LEMD-LEBL_VLG3954_A20N_20240309T160030.csv:1: `timestamp`: the header has no such column, which source `flights` needs, nor 3 others [missing-column]
    ");
}
