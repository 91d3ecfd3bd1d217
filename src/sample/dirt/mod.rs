//! Dirt is what real folders have: one kind of fault per dirty file.
//!
//! The schedule asks which file gets which kind; the flight generator soils the file.

use std::fmt;

use super::draws::{Draws, Stream};
use super::render::{self, EUROPEAN, PLAIN};
use super::row::{LAYOUT, OTHER_LAYOUT, Row};

mod rows;
mod text;

/// Share of dirty files in a dirty sample.
const SHARE: f64 = 0.3;

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DirtKind {
    /// Blocks of rows stand in the wrong order.
    OutOfOrder,
    /// Some times occur twice, with slightly different numbers.
    RepeatedTimes,
    /// Minutes are missing.
    Gaps,
    /// Some cells are empty or `nan`.
    MissingCells,
    /// The flight crosses midnight, but its date does not advance.
    ClockStepsBack,
    /// The last line stops within a number.
    TruncatedLine,
    /// Other column names, other units.
    OtherHeader,
    /// Semicolons between cells, commas in numbers.
    DecimalComma,
    /// Lines end in carriage return and line feed.
    CarriageReturns,
    /// The file begins with a UTF-8 byte order mark.
    ByteOrderMark,
    /// No byte at all.
    EmptyFile,
    /// A header without rows.
    HeaderOnly,
    /// The recording ends in mid flight.
    HalfFile,
    /// A byte-identical copy of another file under another name.
    RepeatedFlight,
}

impl DirtKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::OutOfOrder,
        Self::RepeatedTimes,
        Self::Gaps,
        Self::MissingCells,
        Self::ClockStepsBack,
        Self::TruncatedLine,
        Self::OtherHeader,
        Self::DecimalComma,
        Self::CarriageReturns,
        Self::ByteOrderMark,
        Self::EmptyFile,
        Self::HeaderOnly,
        Self::HalfFile,
        Self::RepeatedFlight,
    ];

    /// A short, stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OutOfOrder => "out-of-order",
            Self::RepeatedTimes => "repeated-times",
            Self::Gaps => "gaps",
            Self::MissingCells => "missing-cells",
            Self::ClockStepsBack => "clock-steps-back",
            Self::TruncatedLine => "truncated-line",
            Self::OtherHeader => "other-header",
            Self::DecimalComma => "decimal-comma",
            Self::CarriageReturns => "carriage-returns",
            Self::ByteOrderMark => "byte-order-mark",
            Self::EmptyFile => "empty-file",
            Self::HeaderOnly => "header-only",
            Self::HalfFile => "half-file",
            Self::RepeatedFlight => "repeated-flight",
        }
    }
}

impl fmt::Display for DirtKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with a flight of a dirty sample, by a generator of its own.
pub(super) fn fate(seed: u64, index: usize) -> Option<DirtKind> {
    let mut draws = Draws::new(seed, Stream::Dirt, 2 * index as u64);
    draws.chance(SHARE).then(|| DirtKind::ALL[draws.index(DirtKind::ALL.len())])
}

/// The text of a flight with this fault.
pub(super) fn soiled(kind: DirtKind, mut rows: Vec<Row>, seed: u64, index: usize) -> Vec<u8> {
    let mut draws = Draws::new(seed, Stream::Dirt, 2 * index as u64 + 1);
    match kind {
        DirtKind::OutOfOrder => rows::shuffle(&mut rows, &mut draws),
        DirtKind::RepeatedTimes => rows::repeat_times(&mut rows, &mut draws),
        DirtKind::Gaps => rows::cut_gaps(&mut rows, &mut draws),
        DirtKind::HalfFile => rows::cut_end(&mut rows, &mut draws),
        DirtKind::ClockStepsBack => rows::step_back(&mut rows),
        DirtKind::OtherHeader => return render::csv(&rows, &OTHER_LAYOUT, PLAIN),
        DirtKind::DecimalComma => return render::csv(&rows, &LAYOUT, EUROPEAN),
        _ => {}
    }
    let plain = render::csv(&rows, &LAYOUT, PLAIN);
    match kind {
        DirtKind::MissingCells => text::with_missing_cells(&plain, &mut draws),
        DirtKind::TruncatedLine => text::truncated(plain),
        DirtKind::CarriageReturns => text::with_carriage_returns(&plain),
        DirtKind::ByteOrderMark => [b"\xef\xbb\xbf", plain.as_slice()].concat(),
        DirtKind::EmptyFile => Vec::new(),
        DirtKind::HeaderOnly => text::header_only(plain),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::row::VALUES;

    fn flight(first_s: i64) -> Vec<Row> {
        let row = |second| Row { epoch_s: first_s + second, values: [second as f64; VALUES] };
        (0..2_000).map(row).collect()
    }

    fn text(kind: DirtKind) -> String {
        String::from_utf8(soiled(kind, flight(86_400 * 19_800), 1, 5)).unwrap()
    }

    #[test]
    fn every_kind_happens_to_some_flight_and_most_flights_are_clean() {
        let fates: Vec<_> = (0..2_000).map(|index| fate(3, index)).collect();
        for kind in DirtKind::ALL {
            let count = fates.iter().filter(|fate| **fate == Some(kind)).count();
            assert!((15..90).contains(&count), "{kind} {count}");
        }
        let clean = fates.iter().filter(|fate| fate.is_none()).count();
        assert!((1_300..1_500).contains(&clean), "{clean}");
    }

    #[test]
    fn every_kind_but_a_copy_changes_the_bytes() {
        let plain = render::csv(&flight(86_400 * 19_800), &LAYOUT, PLAIN);
        for kind in DirtKind::ALL {
            let late = kind == DirtKind::ClockStepsBack;
            let first_s = 86_400 * 19_800 - if late { 600 } else { 0 };
            let same = soiled(kind, flight(first_s), 1, 5) == plain;
            assert_eq!(same, kind == DirtKind::RepeatedFlight, "{kind}");
        }
    }

    #[test]
    fn the_files_without_data_have_none() {
        assert_eq!(text(DirtKind::EmptyFile), "");
        assert_eq!(text(DirtKind::HeaderOnly).lines().count(), 1);
    }

    #[test]
    fn the_last_line_stops_within_a_number() {
        let text = text(DirtKind::TruncatedLine);
        assert!(!text.ends_with('\n'));
        let cells = text.lines().last().unwrap().split(',').count();
        assert!(cells > 1 && cells < VALUES, "{cells}");
        assert!(text.ends_with(|c: char| c.is_ascii_digit() || c == '.' || c == '-'));
    }

    #[test]
    fn other_dialects_say_the_same() {
        let plain = render::csv(&flight(86_400 * 19_800), &LAYOUT, PLAIN);
        let plain = String::from_utf8(plain).unwrap();
        assert_eq!(text(DirtKind::CarriageReturns).replace("\r\n", "\n"), plain);
        assert_eq!(text(DirtKind::ByteOrderMark).trim_start_matches('\u{feff}'), plain);
        let european = text(DirtKind::DecimalComma).replace(',', ".").replace(';', ",");
        assert_eq!(european, plain);
        assert!(text(DirtKind::OtherHeader).starts_with("utc,lon,lat,altitude_m,"));
    }

    #[test]
    fn missing_cells_are_empty_or_nan_and_times_stay() {
        let text = text(DirtKind::MissingCells);
        assert!(text.contains(",nan,") && text.contains(",,"));
        assert!(text.lines().all(|line| line.split(',').count() == VALUES + 1));
        assert!(text.lines().skip(1).all(|line| line.starts_with("2024-")));
    }
}
