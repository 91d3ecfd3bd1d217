//! A scan follows times and positions through the rows at a file's ends.

use super::roles::position;
use super::row_time::{BadTime, RowTimes};
use super::timestamp::Timestamps;
use super::{Cell, Layout, NameParts, Role, Source, parse_number};
use crate::units::MICROSECONDS;

/// A row whose cells can be asked for by their place.
pub(super) trait Row {
    /// The cell at a place; none beyond the last.
    fn cell(&self, at: usize) -> Option<&[u8]>;
}

impl Row for csv::ByteRecord {
    fn cell(&self, at: usize) -> Option<&[u8]> {
        self.get(at)
    }
}

/// What the rows seen so far tell.
pub(super) struct Scan<'a> {
    source: &'a Source,
    layout: &'a Layout,
    times: RowTimes,
    pub(super) first_us: Option<i64>,
    pub(super) last_us: Option<i64>,
    /// Longitude and latitude in degrees.
    pub(super) first_place: Option<(f64, f64)>,
    pub(super) last_place: Option<(f64, f64)>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(source: &'a Source, layout: &'a Layout) -> Self {
        let decimal = source.config.dialect.decimal;
        let timestamps = Timestamps::new(source.time_format, decimal, &source.zone);
        Self {
            source,
            layout,
            times: RowTimes::new(timestamps, layout),
            first_us: None,
            last_us: None,
            first_place: None,
            last_place: None,
        }
    }

    /// A row's time; none where it is missing.
    pub(super) fn time(&mut self, row: &impl Row) -> Result<Option<i64>, BadTime> {
        self.times.read(row)
    }

    /// Takes a row's time, if it has one, as the last so far.
    pub(super) fn take_time(&mut self, time_us: Option<i64>) {
        self.first_us = self.first_us.or(time_us);
        self.last_us = time_us.or(self.last_us);
    }

    /// Takes a row's position, if it has one, as the last so far.
    pub(super) fn take_place(&mut self, row: &impl Row) {
        let place = self.place(row);
        self.first_place = self.first_place.or(place);
        self.last_place = place.or(self.last_place);
    }

    /// A row's position.
    pub(super) fn place(&self, row: &impl Row) -> Option<(f64, f64)> {
        let number = |role: Role| {
            let cell = row.cell(self.layout.role(role)?)?;
            match parse_number(cell, self.source.config.dialect.decimal) {
                Cell::Number(number) => Some(self.source.conversion_of(role).apply(number)),
                Cell::Missing | Cell::Text => None,
            }
        };
        position(number(Role::Longitude)?, number(Role::Latitude)?)
    }

    /// What a row's words tell of the flight.
    pub(super) fn identity(&self, row: &impl Row) -> NameParts {
        let columns = &self.source.config.columns;
        let word = |column: &Option<String>| {
            let cell = row.cell(self.layout.column(column.as_deref()?)?)?;
            let word = String::from_utf8_lossy(cell).trim().to_owned();
            (!word.is_empty()).then_some(word)
        };
        NameParts {
            origin: word(&columns.origin),
            destination: word(&columns.destination),
            callsign: word(&columns.callsign),
            aircraft_type: word(&columns.aircraft_type),
            flight_id: word(&columns.flight_id),
            date_us: None,
        }
    }

    /// First and last time; a step back of about a day is a date that was not advanced, any
    /// other is a file out of order.
    pub(super) fn times(&self) -> Option<(i64, i64)> {
        let (first, last) = self.first_us.zip(self.last_us)?;
        let hour = 3600 * MICROSECONDS;
        if last >= first {
            Some((first, last))
        } else if (20 * hour..=25 * hour).contains(&(first - last)) {
            Some((first, last + 24 * hour))
        } else {
            Some((last, first))
        }
    }
}
