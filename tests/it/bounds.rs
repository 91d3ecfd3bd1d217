//! Files without bounds end in a refusal that says which bound it was, and soon. Where a file
//! is larger than a disk should have to hold, it is sparse, or packed.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use insta::assert_snapshot;

use crate::flights::{HEADER, flight, flights};
use crate::world::{TRAJ, World};

const BAD: &str = "flights/LEMD-LEBL_BAD1_A320_20240301T120000";

/// Two flights and a file of this name, through index and features in 1 GiB of addresses.
fn beside_two_flights(ending: &str, write: impl FnOnce(&mut File)) -> World {
    let world = World::with(flights(2));
    world.edit("traj.toml", |text| {
        text.replace("[data]", "[data]\nextensions = [\"csv\", \"csv.gz\", \"csv.zst\"]")
    });
    write(&mut File::create(world.path(format!("{BAD}.{ending}"))).unwrap());
    for stage in ["index", "features"] {
        let limited = format!("ulimit -v 1048576; exec {TRAJ} --jobs 2 --progress none {stage}");
        let ran =
            world.run(world.command("sh").args(["-c", &limited]).env("POLARS_MAX_THREADS", "2"));
        assert!([0, 3].contains(&ran.code), "{ran}");
    }
    assert_eq!(world.features().n_flights(), 2);
    world
}

/// A row that goes on and on.
fn long_row(bytes: usize) -> String {
    format!("{HEADER}\n2024-03-01T06:00:00Z,{}", "3".repeat(bytes))
}

#[test]
fn a_line_without_end() {
    let world =
        beside_two_flights("csv", |file| file.write_all(long_row(9 << 20).as_bytes()).unwrap());
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv: a row is longer than 1 MiB: a quote that is never closed, or not a CSV file [too-large]");
}

#[test]
fn a_line_of_a_gigabyte_of_zeros() {
    let world = beside_two_flights("csv", |file| {
        file.write_all(format!("{HEADER}\n").as_bytes()).unwrap();
        file.set_len(1 << 30).unwrap();
    });
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv: a row is longer than 1 MiB: a quote that is never closed, or not a CSV file [too-large]");
}

#[test]
fn a_file_of_ten_gigabytes() {
    let world = beside_two_flights("csv", |file| {
        let text = flight(0).csv();
        file.write_all(text.as_bytes()).unwrap();
        // The flight's last rows again, behind a hole.
        file.seek(SeekFrom::Start(10 << 30)).unwrap();
        file.write_all(&text.as_bytes()[HEADER.len()..]).unwrap();
    });
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv: the file has more than 4 GiB: no flight is that long; split it into flights [too-large]");
}

#[test]
fn more_columns_than_a_file_has() {
    let names: Vec<String> = (0..5000).map(|n| format!("c{n}")).collect();
    let text = format!("{HEADER},{}\n{}\n", names.join(","), "1,".repeat(5006));
    let world = beside_two_flights("csv", |file| file.write_all(text.as_bytes()).unwrap());
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:1: the header has more than 4096 columns [too-large]");
}

#[test]
fn more_rows_than_a_flight_has() {
    let text = format!("{HEADER}\n{}", "2024-03-01T06:00:00Z,1,40,100,280,61000\n".repeat(70_000));
    let world = World::with(flights(2));
    world.write(format!("{BAD}.csv"), text);
    world.traj("index").exits(0);
    world.traj("features --set features.max_rows=50000").exits(3);
    assert_snapshot!(world.rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv:50002: the file has more than 50000 rows [too-many-rows]");
}

#[test]
fn bombs() {
    // A header, and a row of zeros that unpacks to 64 MiB.
    let row = long_row(64 << 20);
    let world = beside_two_flights("csv.gz", |file| {
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        packed.write_all(row.as_bytes()).unwrap();
        packed.finish().unwrap();
    });
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv.gz: a row is longer than 1 MiB: a quote that is never closed, or not a CSV file [too-large]");
    let world = beside_two_flights("csv.zst", |file| {
        file.write_all(&zstd::encode_all(row.as_bytes(), 1).unwrap()).unwrap();
    });
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv.zst: a row is longer than 1 MiB: a quote that is never closed, or not a CSV file [too-large]");
}

#[test]
fn a_packed_file_that_asks_for_a_huge_window() {
    let world = beside_two_flights("csv.zst", |file| {
        // A frame's header: a window of 2 GiB.
        file.write_all(b"\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00").unwrap();
    });
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv.zst: unpacking needs a window of more than 32 MiB; pack the file again without `--long` and `--ultra` [too-large]");
}

#[test]
fn a_packed_file_that_is_cut() {
    let packed = zstd::encode_all(flight(5).csv().as_bytes(), 3).unwrap();
    let world = beside_two_flights("csv.zst", |file| {
        file.write_all(&packed[..packed.len() - 9]).unwrap();
    });
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv.zst: the file cannot be unpacked: incomplete frame [unreadable]");
}
