//! The clock: which column it is, and in which format; or the columns of which it is put
//! together, date, time of day and offset from UTC.
//!
//! [`super::roles`] asks.

use std::borrow::Cow;

use super::kind::Kind;
use super::roles::{Measured, best};
use super::specimen::{Column, Specimen, names_zone};
use super::toml_text::quoted;
use super::words::{
    Reckoning, date_score, is_identifier, is_span, is_utc_offset, reckoning, time_score, unit,
};

/// What says when a row was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// The column of the time, or of the time of day; its unit is a time format.
    pub(super) time: Measured,
    /// The column of the date, where it is another.
    pub(super) date: Option<usize>,
    /// The column of the offset from UTC.
    pub(super) utc_offset: Option<usize>,
}

impl Clock {
    /// Whether a column is a part of it.
    pub(super) fn uses(self, at: usize) -> bool {
        [Some(self.time.at), self.date, self.utc_offset].contains(&Some(at))
    }

    /// The times of a file's rows, in the unit; the offset from UTC is left out of account.
    pub(super) fn column(self, file: &Specimen) -> Cow<'_, Column> {
        let clock = &file.columns[self.time.at];
        let Some(date) = self.date.map(|at| &file.columns[at]) else { return Cow::Borrowed(clock) };
        let sum = |dates: &[f64], clocks: &[f64]| -> Vec<f64> {
            dates.iter().zip(clocks).map(|(date, clock)| date + clock).collect()
        };
        let values = sum(&date.date_values(&date.values), &clock.values);
        let opening = sum(&date.date_values(&date.opening), &clock.opening);
        Cow::Owned(Column { values, opening, ..Column::default() })
    }
}

/// Finds the clock among the columns that are not taken.
pub(super) fn choose_clock(kind: &Kind, taken: [Option<usize>; 2]) -> Option<Clock> {
    let free: Vec<usize> = (0..kind.header.len())
        .filter(|at| kind.has_own_name(*at) && !taken.contains(&Some(*at)))
        .collect();
    let whole = free.iter().filter_map(|at| {
        let (score, unit) = time_format(kind, *at)?;
        let time = Measured { at: *at, unit };
        Some((score, Clock { time, date: None, utc_offset: None }))
    });
    // The best, and the first of several.
    let best = whole
        .chain(in_parts(kind, &free))
        .reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map(|(_, clock)| clock)
}

/// How well a column would do as the clock, and its format. A timestamp beats a count since
/// 1970, which beats a date with a time of day, which beat a count since some start.
fn time_format(kind: &Kind, at: usize) -> Option<(i32, &'static str)> {
    let words = kind.words(at);
    let name = time_score(&words)?;
    if !varies(kind, at) {
        return None;
    }
    if kind.is_timestamps(at) {
        return Some((30 + name, "iso8601"));
    }
    if !kind.is_numeric(at) {
        return None;
    }
    let values = kind.values(at);
    let within = |low: f64, high: f64| values.iter().all(|value| (low..high).contains(value));
    let onward = kind.median(|file| Some(file.columns[at].onward_share())).unwrap_or(0.0);
    // 1980 to 2100, in each unit.
    let epochs = [("epoch-s", 1.0), ("epoch-ms", 1e3), ("epoch-us", 1e6), ("epoch-ns", 1e9)];
    for (format, scale) in epochs {
        if within(315e6 * scale, 4_102e6 * scale) {
            let believed = name >= 3 || (onward > 0.95 && !is_identifier(&words));
            let base = if name >= 3 { 22 } else { 12 };
            return believed.then_some((base + name, format));
        }
    }
    let counts_seconds = !matches!(unit(&words), Some("ms" | "us" | "ns" | "min" | "h"));
    (name >= 2 && onward > 0.9 && counts_seconds).then_some((5 + name, "elapsed-s"))
}

fn varies(kind: &Kind, at: usize) -> bool {
    kind.share(at, |column| !column.is_constant).is_some_and(|share| share >= 0.5)
        || kind.specimens.iter().all(|(_, file)| file.rows < 2)
}

/// The best clock made of a date and a time of day, of the same reckoning if there are such.
fn in_parts(kind: &Kind, free: &[usize]) -> Option<(i32, Clock)> {
    let scored = |score: &dyn Fn(usize) -> Option<i32>| -> Vec<(usize, i32)> {
        free.iter().filter_map(|at| Some((*at, score(*at)?))).collect()
    };
    let dates =
        scored(&|at| date_score(&kind.words(at)).filter(|score| is_dates(kind, at, *score)));
    let clocks = scored(&|at| {
        let words = kind.words(at);
        let is_clock = kind.nearly_all(at, |column| column.clocks) && varies(kind, at);
        time_score(&words).filter(|_| is_clock && !is_span(&words))
    });
    let reckoned = |at: usize| reckoning(&kind.words(at));
    let pairs = dates.iter().flat_map(|date| clocks.iter().map(move |clock| (*date, *clock)));
    let ((date, date_score), (clock, clock_score)) = pairs
        .filter(|((date, _), (clock, _))| match (reckoned(*date), reckoned(*clock)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        })
        .max_by_key(|((date, date_score), (clock, clock_score))| {
            let alike = reckoned(*date) == reckoned(*clock);
            // Of several the nearest neighbours, and the first of those.
            let apart = std::cmp::Reverse((date.abs_diff(*clock), *date, *clock));
            (alike, date_score + clock_score, apart)
        })?;
    let says_utc = [date, clock].iter().any(|at| reckoned(*at) == Some(Reckoning::Utc))
        || kind.column(clock).any(|column| column.first.as_deref().is_some_and(names_zone));
    let offsets = free.iter().filter(|at| {
        kind.nearly_all(**at, |column| column.utc_offsets) && is_utc_offset(&kind.words(**at))
    });
    let utc_offset = best(offsets.map(|at| (*at, 0))).filter(|_| !says_utc);
    let time = Measured { at: clock, unit: "iso8601" };
    Some((
        14 + date_score.min(2) + clock_score.min(4),
        Clock { time, date: Some(date), utc_offset },
    ))
}

/// Whether a column holds dates; days written as plain numbers need a name that says so.
fn is_dates(kind: &Kind, at: usize, name: i32) -> bool {
    kind.nearly_all(at, |column| column.dates) && (name > 0 || !kind.is_numeric(at))
}

/// Whether a column is a date or a time of day: a part of some time.
pub(super) fn is_part(kind: &Kind, at: usize) -> bool {
    kind.nearly_all(at, |column| column.clocks)
        || is_dates(kind, at, date_score(&kind.words(at)).unwrap_or(0))
}

/// A column of dates in which the day or the month comes first.
fn unreadable_dates(kind: &Kind) -> Option<String> {
    let at = (0..kind.header.len()).find(|at| {
        date_score(&kind.words(*at)).is_some()
            && kind.nearly_all(*at, |column| column.day_or_month_first)
    })?;
    Some(format!(
        "the dates in {} cannot be read, since nothing tells which of their numbers is the day: write them with the year first (`2024-03-05`)",
        quoted(&kind.header[at])
    ))
}

/// What looks like a time to a reader, but not to `traj`.
pub(super) fn unreadable_time(kind: &Kind) -> Option<String> {
    if let Some(dates) = unreadable_dates(kind) {
        return Some(dates);
    }
    let at = (0..kind.header.len()).find(|at| {
        time_score(&kind.words(*at)).is_some_and(|score| score >= 3)
            && kind.column(*at).next().is_some()
    })?;
    let name = quoted(&kind.header[at]);
    if kind.nearly_all(at, |column| column.clocks) {
        return Some(format!(
            "column {name} is a clock without a date, and no column holds dates: write both into one (`2024-03-05T06:12:00Z`), or the date into a column of its own (`2024-03-05`)"
        ));
    }
    Some(format!(
        "column {name} is not a time that can be read: write it as ISO 8601 (`2024-03-05T06:12:00Z`), as seconds, ms, us or ns since 1970, or as elapsed seconds"
    ))
}

/// What a user should check about the clock.
pub(super) fn doubts_about_clock(kind: &Kind, clock: Clock) -> Vec<String> {
    let Clock { time, date, utc_offset } = clock;
    if time.unit == "elapsed-s" {
        return unreadable_dates(kind).into_iter().collect();
    }
    let says = std::iter::once(time.at)
        .chain(date)
        .any(|at| reckoning(&kind.words(at)) == Some(Reckoning::Utc));
    let first = kind.column(time.at).find_map(|column| column.first.as_deref());
    let is_open = time.unit == "iso8601"
        && utc_offset.is_none()
        && !says
        && first.is_some_and(|first| !names_zone(first));
    let doubt = format!(
        "times in {} name no zone and are read as UTC; set `timezone` if they are local",
        quoted(&kind.header[time.at])
    );
    is_open.then_some(doubt).into_iter().collect()
}
