//! Times that are read by their seconds are those that are read in full.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::super::timestamp::Timestamps;
use super::super::{Decimal, TimeFormat};
use super::times::Times;
use super::window::Bytes;

/// Reads the cells one after the other both ways.
fn agree(format: TimeFormat, zone: &TimeZone, cells: &[String]) {
    let timestamps = || Timestamps::new(format, Decimal::Point, zone);
    let (mut times, mut reference) = (Times::new(timestamps()), timestamps());
    let bytes = vec![b'1'; size_of::<Bytes>()].into_boxed_slice();
    let mut bytes: Box<Bytes> = bytes.try_into().unwrap();
    for (number, cell) in cells.iter().enumerate() {
        let start = (number * 61 % 1000) as u16;
        let place = 16 + usize::from(start);
        bytes[place] = b',';
        bytes[place + 1..][..cell.len()].copy_from_slice(cell.as_bytes());
        bytes[place + 1 + cell.len()] = b',';
        let read = times.parse(&bytes, start, start + 1 + cell.len() as u16);
        assert_eq!(read.ok(), reference.parse(cell.as_bytes()).ok(), "`{cell}` after {number}");
    }
}

fn seconds() -> impl Strategy<Value = String> {
    let seconds = (0u32..70).prop_map(|seconds| format!("{seconds:02}"));
    prop_oneof![4 => seconds, 1 => prop::sample::select(vec!["", "5", ":5", "5x", "+1", "6."])
        .prop_map(str::to_owned)]
}

fn time() -> impl Strategy<Value = String> {
    let day = prop::sample::select(vec!["2024-03-31", "1901-01-01", "2024/02/30", "2024-10-27"]);
    let minute = prop::sample::select(vec!["T02:00:", " 00:59:", "T00:14:", "T01:60:", "T0200:"]);
    let fraction = prop::sample::select(vec![
        "",
        "",
        "",
        ".5",
        ".",
        ",25",
        ".123456",
        ".1234567",
        ".123456789",
        ".1234567890",
        ".x",
    ]);
    let zone = prop::sample::select(vec![
        "", "", "Z", "Z", "+02:00", " UTC", " +01:00", "-0330", " ", "Q",
    ]);
    (day, minute, seconds(), fraction, zone).prop_map(|(day, minute, second, fraction, zone)| {
        [day, minute, &second, fraction, zone].concat()
    })
}

proptest! {
    #[test]
    fn a_time_read_by_its_seconds_is_the_one_read_in_full(
        cells in prop::collection::vec((time(), 1usize..4), 1..12), madrid in any::<bool>()
    ) {
        let zone = if madrid { TimeZone::get("Europe/Madrid").unwrap() } else { TimeZone::UTC };
        let cells: Vec<String> =
            cells.iter().flat_map(|(cell, n)| std::iter::repeat_n(cell.clone(), *n)).collect();
        agree(TimeFormat::Iso8601, &zone, &cells);
    }

    #[test]
    fn seconds_of_one_minute_are_read_as_in_full(
        cells in prop::collection::vec((seconds(), prop::option::of(0u32..10_000)), 2..40),
        zone in prop::sample::select(vec!["", "Z", "+02:00"])
    ) {
        let cells: Vec<String> = cells
            .iter()
            .map(|(second, fraction)| {
                let fraction = fraction.map_or(String::new(), |digits| format!(".{digits}"));
                format!("2024-03-05T06:12:{second}{fraction}{zone}")
            })
            .collect();
        agree(TimeFormat::Iso8601, &TimeZone::UTC, &cells);
    }

    #[test]
    fn counts_are_read_as_in_full(
        counts in prop::collection::vec(any::<i64>(), 1..20), shift in 0u32..63,
        format in prop::sample::select(TimeFormat::spellings().to_vec()), tail in 0usize..4
    ) {
        let tail = ["", ".5", " ", "e3"][tail];
        let cells: Vec<String> =
            counts.iter().map(|count| format!("{}{tail}", count >> shift)).collect();
        agree(format.parse().unwrap(), &TimeZone::UTC, &cells);
    }
}

#[test]
fn a_minute_in_which_the_clocks_change_is_read_second_by_second() {
    // New York's clocks went back by 3 min 58 s, from 12:03:58.
    let new_york = TimeZone::get("America/New_York").unwrap();
    let cells: Vec<String> =
        (0..60).map(|second| format!("1883-11-18T12:03:{second:02}")).collect();
    agree(TimeFormat::Iso8601, &new_york, &cells);
}
