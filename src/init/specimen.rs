//! A specimen is a file whose first rows are read, column by column.
//!
//! [`super::kind`] groups files of one dialect and header, and judges columns over the
//! specimens of a group.

use std::path::Path;

use jiff::civil::DateTime;

use crate::flight::{
    Cell, Dialect, Head, Refusal, head, parse_clock, parse_date, parse_number, parse_utc_offset,
};
use crate::units::MICROSECONDS;

/// Most rows read of a file: at one a second, most of an hour.
const MOST_ROWS: usize = 2500;
/// Rows read before that many are.
const FEW_ROWS: usize = 20;
/// Memory, about, that the rows of a file may take.
const MOST_BYTES: usize = 32 << 20;
/// Most values kept of a column.
const MOST_VALUES: usize = 300;

/// First rows of which every value is kept.
const OPENING_ROWS: usize = 60;

/// The first rows of one file.
#[derive(Debug)]
pub(super) struct Specimen {
    /// The columns, in the header's order.
    pub(super) columns: Vec<Column>,
    /// Rows read.
    pub(super) rows: usize,
}

/// The first cells of one column.
#[derive(Debug, Default, Clone)]
pub(super) struct Column {
    /// Evenly spread values, NaN where missing or text; of timestamps, dates and times of day,
    /// seconds. All columns of a specimen have the same rows.
    pub(super) values: Vec<f64>,
    /// The values of the first rows, none left out.
    pub(super) opening: Vec<f64>,
    /// The first cell that is not missing, without blanks around it.
    pub(super) first: Option<String>,
    /// Whether all cells that are not missing are the same.
    pub(super) is_constant: bool,
    /// Cells that are numbers, timestamps, other text.
    pub(super) numbers: usize,
    /// See `numbers`.
    pub(super) timestamps: usize,
    /// See `numbers`.
    pub(super) texts: usize,
    /// Cells among all those that are dates with the year first.
    pub(super) dates: usize,
    /// Those that are times of day.
    pub(super) clocks: usize,
    /// Those that are offsets from UTC.
    pub(super) utc_offsets: usize,
    /// Those that are dates with the day or the month first.
    pub(super) day_or_month_first: usize,
    /// Whether nearly every row is one more than the row above it.
    pub(super) counts_rows: bool,
}

impl Column {
    /// Cells that are not missing.
    pub(super) fn present(&self) -> usize {
        self.numbers + self.timestamps + self.texts
    }

    /// Finite values.
    pub(super) fn finite(&self) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().copied().filter(|value| value.is_finite())
    }

    /// Values of a column of dates as seconds, also where they are written as plain numbers.
    pub(super) fn date_values(&self, values: &[f64]) -> Vec<f64> {
        let seconds = |value: &f64| {
            if self.numbers == 0 { Some(*value) } else { day_s(&format!("{value}")) }
        };
        values.iter().map(|value| seconds(value).unwrap_or(f64::NAN)).collect()
    }

    /// Share of steps between neighbouring values that are not backward; one for none.
    pub(super) fn onward_share(&self) -> f64 {
        let values: Vec<f64> = self.finite().collect();
        let steps = values.len().saturating_sub(1).max(1);
        1.0 - values.windows(2).filter(|pair| pair[1] < pair[0]).count() as f64 / steps as f64
    }
}

impl Column {
    /// Counts a cell that is no number; gives its seconds where it has some.
    fn text(&mut self, cell: &str) -> Option<f64> {
        if let Some(seconds) = timestamp_s(cell) {
            self.timestamps += 1;
            return Some(seconds);
        }
        self.texts += 1;
        let (day, clock) = (day_s(cell), clock_s(cell));
        self.dates += usize::from(day.is_some());
        self.clocks += usize::from(clock.is_some());
        self.utc_offsets += usize::from(parse_utc_offset(cell.as_bytes()).is_some());
        self.day_or_month_first += usize::from(is_day_or_month_first(cell));
        day.or(clock)
    }
}

impl Specimen {
    /// Reads the first rows of a file. A ragged row ends the reading early.
    ///
    /// # Errors
    /// Why the file cannot be read at all.
    pub(super) fn read(path: &Path, dialect: &Dialect) -> Result<(Vec<String>, Self), Refusal> {
        // Rows that are long are read in smaller number, so that a file of huge rows does
        // not fill the memory.
        let rows = match head(path, dialect, FEW_ROWS) {
            Ok(few) => {
                let bytes: usize = few.rows.iter().flatten().map(|cell| cell.len() + 24).sum();
                MOST_BYTES * few.rows.len().max(1) / bytes.max(1)
            }
            Err(_) => FEW_ROWS,
        };
        let head = head(path, dialect, rows.clamp(1, MOST_ROWS))
            .or_else(|_| head(path, dialect, 40))
            .or_else(|_| head(path, dialect, 1))?;
        Ok((head.header.clone(), Self::of(&head, dialect)))
    }

    fn of(head: &Head, dialect: &Dialect) -> Self {
        let columns = (0..head.header.len()).map(|at| column(head, at, dialect)).collect();
        Self { columns, rows: head.rows.len() }
    }
}

fn column(head: &Head, at: usize, dialect: &Dialect) -> Column {
    let stride = head.rows.len().div_ceil(MOST_VALUES).max(1);
    let mut column = Column { is_constant: true, ..Column::default() };
    let (mut last, mut steps, mut unit_steps) = (None::<f64>, 0_usize, 0_usize);
    for (row, cells) in head.rows.iter().enumerate() {
        let cell = cells.get(at).map_or("", |cell| cell.trim());
        let value = match parse_number(cell.as_bytes(), dialect.decimal) {
            Cell::Missing => f64::NAN,
            Cell::Number(number) => {
                column.numbers += 1;
                column.dates += usize::from(day_s(cell).is_some());
                column.utc_offsets += usize::from(parse_utc_offset(cell.as_bytes()).is_some());
                if let Some(last) = last {
                    steps += 1;
                    unit_steps += usize::from(number - last == 1.0);
                }
                last = Some(number);
                number
            }
            Cell::Text => column.text(cell).unwrap_or(f64::NAN),
        };
        if !cell.is_empty() && column.present() > 0 {
            match &column.first {
                None => column.first = Some(cell.to_owned()),
                Some(first) => column.is_constant &= first == cell,
            }
        }
        if row < OPENING_ROWS {
            column.opening.push(value);
        }
        if row % stride == 0 {
            column.values.push(value);
        }
    }
    column.counts_rows = steps >= 2 && unit_steps * 20 >= steps * 19;
    column
}

/// Seconds since 1970 of a timestamp as `traj` reads them, the zone left out of account:
/// only steps between the rows of one file matter here.
pub(super) fn timestamp_s(cell: &str) -> Option<f64> {
    let (date, clock) = cell.split_at_checked(10)?;
    let clock = clock.strip_prefix(['T', 't', ' ']).filter(|clock| clock.len() >= 5)?;
    let clock = match zone_at(clock) {
        Some(at) => clock[..at].trim_end(),
        None => clock,
    };
    let date = date.replace('/', "-");
    let text =
        if clock.len() == 5 { format!("{date}T{clock}:00") } else { format!("{date}T{clock}") };
    let at: DateTime = text.parse().ok()?;
    let day = at.date().since(jiff::civil::date(1970, 1, 1)).ok()?.get_days();
    let time = at.time();
    let second = f64::from(time.hour()) * 3600.0
        + f64::from(time.minute()) * 60.0
        + f64::from(time.second())
        + f64::from(time.subsec_nanosecond()) * 1e-9;
    Some(f64::from(day) * 86_400.0 + second)
}

/// Seconds from 1970 to a date, from 1980 to 2100 as all flights are.
fn day_s(cell: &str) -> Option<f64> {
    let day_s = parse_date(cell.as_bytes())? / MICROSECONDS;
    (315_532_800..4_102_444_800).contains(&day_s).then_some(day_s as f64)
}

/// Seconds since midnight.
fn clock_s(cell: &str) -> Option<f64> {
    parse_clock(cell.as_bytes()).map(|(clock_us, _)| clock_us as f64 / MICROSECONDS as f64)
}

/// Whether a cell is a date such as `13/09/2016`, also with a time of day behind it.
fn is_day_or_month_first(cell: &str) -> bool {
    let date = cell.split([' ', 'T']).next().unwrap_or_default();
    ['/', '.', '-'].iter().any(|mark| {
        let numbers: Vec<&str> = date.split(*mark).collect();
        let are_digits = numbers.iter().all(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
        let [first, second, year] = numbers[..] else { return false };
        let is_short = |number: &str| (1..=2).contains(&number.len());
        are_digits && is_short(first) && is_short(second) && [2, 4].contains(&year.len())
    })
}

/// Whether a timestamp, or a time of day alone, names its zone.
pub(super) fn names_zone(cell: &str) -> bool {
    let clock = if clock_s(cell).is_some() { Some(cell) } else { cell.get(11..) };
    clock.is_some_and(|clock| zone_at(clock).is_some())
}

fn zone_at(clock: &str) -> Option<usize> {
    let at = clock.find(['Z', 'z', '+', '-']).or_else(|| clock.find(" UTC"))?;
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specimen(header: &[&str], rows: &[&[&str]]) -> Specimen {
        let own = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let head = Head { header: own(header), rows: rows.iter().map(|row| own(row)).collect() };
        Specimen::of(&head, &Dialect::default())
    }

    #[test]
    fn a_column_is_what_its_cells_are() {
        let rows: &[&[&str]] = &[
            &["2024-03-05T06:12:00Z", "7", " DLH1 ", "", "1.5"],
            &["2024-03-05T06:12:10Z", "8", "DLH1", "nan", "x"],
            &["2024-03-05T06:12:05Z", "9", "", "", "1.5"],
        ];
        let found = specimen(&["t", "n", "callsign", "empty", "mixed"], rows);
        let [t, n, callsign, empty, mixed] = &found.columns[..] else { panic!() };
        assert_eq!((t.timestamps, t.values[1] - t.values[0]), (3, 10.0));
        assert!((t.onward_share() - 0.5).abs() < 1e-12);
        assert!(n.counts_rows && !n.is_constant);
        assert_eq!((callsign.first.as_deref(), callsign.is_constant), (Some("DLH1"), true));
        assert_eq!((empty.present(), empty.first.as_deref()), (0, None));
        assert_eq!((mixed.numbers, mixed.texts), (2, 1));
    }

    #[test]
    fn timestamps_are_those_that_the_reader_takes() {
        let at = |cell| timestamp_s(cell).map(|s| s - 1_709_619_120.0);
        assert_eq!(at("2024-03-05T06:12:00Z"), Some(0.0));
        assert_eq!(at("2024-03-05 06:12:00.5"), Some(0.5));
        assert_eq!(at("2024/03/05 06:12"), Some(0.0));
        assert_eq!(at("2024-03-05 06:12:00+00:00"), Some(0.0));
        assert_eq!(at("2024-03-05 06:12:00 UTC"), Some(0.0));
        for cell in ["05.03.2024 06:12", "06:12:00", "2024-03-05", "20240305", "DLH1234567890"] {
            assert_eq!(at(cell), None, "{cell}");
        }
        assert!(names_zone("2024-03-05T06:12:00Z") && names_zone("2024-03-05 06:12:00-05:00"));
        assert!(!names_zone("2024-03-05T06:12:00"));
    }
}
