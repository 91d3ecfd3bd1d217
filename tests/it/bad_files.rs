//! Files that are no flights. Each is a row of `rejected.parquet`; the flights beside it are
//! read all the same, and the exit status is 3.

use insta::assert_snapshot;

use crate::flights::{HEADER, file_of, flight, flights};
use crate::world::{Ran, World};

/// Two good flights and a file of these bytes, through index and features.
fn beside_two_flights(bytes: impl AsRef<[u8]>) -> World {
    let world = World::with(flights(2));
    world.write(BAD, bytes);
    let index = world.traj("index");
    let features = world.traj("features");
    assert_eq!(index.code.max(features.code), 3, "{index}{features}");
    assert_eq!(world.features().n_flights(), 2);
    world
}

/// A name such as the flights have.
const BAD: &str = "flights/LEMD-LEBL_BAD1_A320_20240301T120000.csv";

/// The file of the first flight with one line replaced; line 1 is the header.
fn with_line(number: usize, line: &str) -> String {
    let text = flight(0).csv();
    let lines = text.lines().enumerate();
    let lines = lines.map(|(at, old)| if at + 1 == number { line } else { old });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn a_folder_without_csv_files_is_said_to_be_so() {
    let world = World::with([]);
    world.write("flights/notes.md", "nothing here");
    assert_snapshot!(world.traj("index"), @r"
    exit 2
    --- stderr
    error: flights: no file ends in .csv
    hint: `data.root` in traj.toml says where the flights are; `traj init DIR` writes it
    ");
}

#[test]
fn a_folder_that_does_not_exist_is_said_to_be_so() {
    let world = World::with([]);
    world.edit("traj.toml", |text| text.replace("\"flights\"\n\n", "\"flihgts\"\n\n"));
    assert_snapshot!(world.traj("index"), @r"
    exit 2
    --- stderr
    error: cannot list the flights in flihgts: No such file or directory (os error 2)
    hint: `data.root` in traj.toml says where the flights are; `traj init DIR` writes it
    ");
}

#[test]
fn a_folder_of_nothing_but_bad_files_has_an_empty_catalog() {
    let world = World::with([]);
    world.write(BAD, "");
    assert_snapshot!(world.traj("index"), @r"
    exit 3
    --- stdout
    0 flights in the catalog, 0 B: 1 opened, 0 unchanged, 0 removed
      1 file rejected (empty-file 1); data-index/rejected.parquet says where and why

    next: correct traj.toml, then traj index
    ");
    assert_snapshot!(world.traj("features"), @r"
    exit 2
    --- stderr
    error: none of the 0 flights in the catalog is selected (all flights)
    hint: data-index/rejected.parquet says why each file was refused; correct traj.toml, then run `traj index` again
    ");
}

#[test]
fn an_empty_file_is_left_out() {
    assert_snapshot!(beside_two_flights("").rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv: the file is empty [empty-file]");
}

#[test]
fn a_file_of_blank_lines_is_left_out_as_empty() {
    assert_snapshot!(beside_two_flights("\n  \n\r\n").rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv: the file is empty [empty-file]");
}

#[test]
fn a_file_with_nothing_but_a_header_is_left_out() {
    assert_snapshot!(beside_two_flights(format!("{HEADER}\n")).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv: the file has a header and no rows [too-few-rows]");
}

#[test]
fn a_file_with_one_row_is_left_out() {
    assert_snapshot!(beside_two_flights(file_of(&flight(0).lines()[..1])).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv: 1 of 1 rows have a time of their own and a position, fewer than 2 [too-few-rows]");
}

#[test]
fn a_file_without_a_header_is_left_out() {
    assert_snapshot!(beside_two_flights("1,2,3,4,5,6\n2,3,4,5,6,7\n").rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:1: the first line holds numbers, not names [no-header]");
}

#[test]
fn a_header_that_lacks_a_mapped_column_names_the_column() {
    let text = flight(0).csv().replace("altitude_ft", "height");
    assert_snapshot!(beside_two_flights(text).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:1: `altitude_ft`: the header has no such column, which source `flights` needs [missing-column]");
}

#[test]
fn a_mapped_column_that_stands_twice_is_named() {
    let text = flight(0).csv().replace("altitude_ft,T", "altitude_ft,latitude");
    assert_snapshot!(beside_two_flights(text).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv: `latitude`: the header has the column twice [repeated-column]");
}

#[test]
fn text_in_a_number_names_line_and_column_and_keeps_the_cell_to_itself() {
    let world = World::with(flights(2));
    world.write(BAD, with_line(4, "2024-03-01T06:05:20Z,-3.5,40.5,SECRET,280,61000"));
    world.traj("index").exits(0);
    let features = world.traj("features").exits(3);
    assert_snapshot!(features, @r"
    exit 3
    --- stdout
    2 flights with 35 features, from 40 rows and 2.47 KiB ([RATE])
      1 flight rejected (bad-number 1); data-index/rejected.parquet says where and why
      slowest file [FILE] ([TIME] s)

    next: traj train
    ");
    assert_snapshot!(world.rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv:4: `altitude_ft`: not a number [bad-number]");
    let verbose = world.traj("features -v").exits(3);
    assert!(!features.stderr.contains("SECRET"), "{features}");
    assert_snapshot!(verbose.stderr, @"rejected LEMD-LEBL_BAD1_A320_20240301T120000.csv: line 4: column `altitude_ft`: not a number [bad-number] (there is `SECRET`)");
}

#[test]
fn text_in_a_variable_names_line_and_column() {
    let text = with_line(21, "2024-03-01T06:59:00Z,2,41,0,warm,61000");
    assert_snapshot!(beside_two_flights(text).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv:21: `T`: not a number [bad-number]");
}

#[test]
fn a_line_is_counted_past_blank_lines_and_line_ends_of_windows() {
    let text = with_line(7, "2024-03-01T06:13:20Z,-3.5,40.5,x,280,61000");
    let text = text.replacen('\n', "\n\n", 3).replace('\n', "\r\n");
    assert_snapshot!(beside_two_flights(text).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv:10: `altitude_ft`: not a number [bad-number]");
}

#[test]
fn text_in_the_time_names_line_and_column() {
    let text = with_line(2, "soon,-3.5,40.5,0,280,61000");
    assert_snapshot!(beside_two_flights(text).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:2: `timestamp`: not a time [bad-time]");
    let text = with_line(9, "2024-02-30T06:00:00Z,-3.5,40.5,0,280,61000");
    assert_snapshot!(beside_two_flights(text).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv:9: `timestamp`: not a time [bad-time]");
}

#[test]
fn a_file_whose_cells_are_all_missing_is_left_out() {
    let rows = ["nan", "", "NULL"].map(|cell| [cell; 6].join(","));
    assert_snapshot!(beside_two_flights(file_of(&rows)).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv: 0 of 3 rows have a time of their own and a position, fewer than 2 [too-few-rows]");
}

#[test]
fn a_file_without_a_position_on_the_globe_is_left_out() {
    let lines: Vec<String> = flight(0).lines();
    let lines =
        lines.iter().map(|line| line.replacen(",40.", ",140.", 1).replacen(",41.", ",141.", 1));
    assert_snapshot!(beside_two_flights(file_of(&lines.collect::<Vec<_>>())).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv: 20 of 20 rows have a latitude beyond 90 or a longitude beyond 360 degrees; check the unit [bad-position]");
}

#[test]
fn a_row_with_too_few_cells_is_named() {
    assert_snapshot!(beside_two_flights(with_line(5, "2024-03-01T06:08:00Z,1")).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:5: the row has 2 cells, the header 6 [ragged-row]");
}

#[test]
fn a_row_with_too_many_cells_is_named() {
    let line = "2024-03-01T06:08:00Z,-3.5,40.5,0,280,61000,7";
    assert_snapshot!(beside_two_flights(with_line(5, line)).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:5: the row has 7 cells, the header 6 [ragged-row]");
}

#[test]
fn a_quote_that_is_never_closed_is_no_flight() {
    let text = with_line(5, "\"2024-03-01T06:08:00Z,-3.5,40.5,0,280,61000");
    assert_snapshot!(beside_two_flights(text).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:5: the row has 1 cells, the header 6, over several lines: a quote is not closed [ragged-row]");
}

#[test]
fn a_flight_that_does_not_move_in_time_is_left_out() {
    let line = flight(0).lines()[0].clone();
    assert_snapshot!(beside_two_flights(file_of(&[line.clone(), line])).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv: 1 of 2 rows have a time of their own and a position, fewer than 2 [too-few-rows]");
}

#[test]
fn a_flight_of_more_than_twenty_hours_is_left_out() {
    let mut long = flight(0);
    long.step_s = 4_000;
    assert_snapshot!(beside_two_flights(long.csv()).rejections(), @"features LEMD-LEBL_BAD1_A320_20240301T120000.csv: the flight lasts 21.1 h, more than 20.0 h [implausible-duration]");
}

#[test]
fn a_header_that_is_not_utf_8_says_which_setting_reads_it() {
    let mut bytes = flight(0).csv().into_bytes();
    let at = HEADER.len() - 3;
    bytes.splice(at..=at, *b"T\xB0");
    let world = beside_two_flights(bytes);
    assert_snapshot!(world.rejections(), @r#"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:1: the header is not UTF-8; say `encoding = "latin1"` in the source's dialect if that is what it is [bad-encoding]"#);
    world.edit("traj.toml", |text| {
        text.replace(
            "[source.columns]",
            "[source.dialect]\nencoding = \"latin1\"\n[source.columns]",
        )
    });
    world.traj("index").exits(0);
}

#[test]
fn utf_16_with_a_byte_order_mark_is_read() {
    let world = World::with(flights(2));
    let units = format!("\u{feff}{}", flight(5).csv());
    let bytes: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    world.write("flights/LEMD-LEBL_UTF16_A320_20240302T100000.csv", bytes);
    world.write("flights/LEMD-LEBL_UTF8_A320_20240302T100000.csv", flight(5).csv());
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    let features = world.features();
    assert_eq!(features.n_flights(), 4);
    let last_two: Vec<_> = features.features.iter().map(|f| &f.values[2..]).collect();
    for values in last_two {
        assert_eq!(values[0].to_bits(), values[1].to_bits());
    }
}

#[test]
fn utf_16_without_a_mark_says_which_setting_reads_it() {
    let bytes: Vec<u8> = flight(0).csv().encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_snapshot!(beside_two_flights(bytes).rejections(), @"index LEMD-LEBL_BAD1_A320_20240301T120000.csv:1: the header holds NUL bytes: a binary file, or UTF-16 that `dialect.encoding` should name [bad-encoding]");
}

#[test]
fn a_cut_last_line_is_left_out_and_counted() {
    let world = World::with(flights(2));
    let text = flight(5).csv();
    let cut = &text[..text.len() - 15];
    world.write("flights/LEMD-LEBL_CUT_A320_20240302T100000.csv", cut);
    world.traj("index").exits(0);
    assert_snapshot!(world.traj("features"), @r"
    exit 0
    --- stdout
    3 flights with 35 features, from 59 rows and 3.70 KiB ([RATE])
      1 file with a cut last line, left out
      slowest file [FILE] ([TIME] s)

    next: traj train
    ");
    let cleaning = world.cleaning("LEMD-LEBL_CUT");
    assert_eq!((cleaning.rows, cleaning.truncated_last_line), (19, true));
}

#[test]
fn a_last_cell_cut_within_its_number_is_left_out_where_it_shows() {
    let world = World::with(flights(2));
    let mut text = flight(5).csv();
    text.truncate(text.rfind(',').unwrap());
    world.write("flights/LEMD-LEBL_CUT_A320_20240302T100000.csv", text + ",5.95e");
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    assert!(world.cleaning("LEMD-LEBL_CUT").truncated_last_line);
}

#[test]
fn a_file_that_repeats_its_header_is_read() {
    let world = World::with(flights(2));
    let mut lines = flight(5).lines();
    lines.insert(10, HEADER.to_owned());
    world.write("flights/LEMD-LEBL_TWICE_A320_20240302T100000.csv", file_of(&lines));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    assert_eq!(world.cleaning("LEMD-LEBL_TWICE").repeated_headers, 1);
}

#[test]
fn a_name_that_does_not_follow_the_pattern_is_named() {
    let world = World::with(flights(2));
    world.write("flights/readme.csv", flight(5).csv());
    world.traj("index").exits(3);
    assert_snapshot!(world.rejections(), @"index readme.csv: the file's name does not follow `{origin}-{destination}_{callsign}_{aircraft_type}_{date}.csv` [name-pattern]");
}

#[test]
fn a_repeated_flight_names_the_first_file() {
    let world = World::with(flights(2));
    world.write(format!("flights/again/{}", flight(1).name()), flight(1).csv());
    let ran = world.traj("index");
    assert_snapshot!(ran, @r"
    exit 3
    --- stdout
    2 flights in the catalog, 2.47 KiB: 3 opened, 0 unchanged, 0 removed
      starts from 2024-03-01 06:00 to 2024-03-01 10:00 UTC
      1 pair: LEMD-LEBL 2
      1 file rejected (duplicate-flight 1); data-index/rejected.parquet says where and why

    next: traj features
    ");
    assert_snapshot!(world.rejections(), @"index again/LEMD-LEBL_IBE1001_B738_20240301T100000.csv: LEMD-LEBL_IBE1001_B738_20240301T100000.csv has the same flight id [duplicate-flight]");
}

#[test]
fn where_every_flight_is_refused_the_message_names_the_commonest_reason() {
    let world = World::with([]);
    for number in 0..3 {
        let text = flight(number).csv().replace(",288.15,", ",warm,");
        world.write(format!("flights/{}", flight(number).name()), text);
    }
    world.traj("index").exits(0);
    let ran: Ran = world.traj("features");
    assert_snapshot!(ran, @r"
    exit 1
    --- stderr
    error: all 3 selected flights were refused, most of them for `bad-number`
    hint: data-index/rejected.parquet says why, file by file; check the columns and units in traj.toml
    ");
}
