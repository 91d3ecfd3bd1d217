//! A flight's summary: its aggregates and targets, made in one pass over its file.
//!
//! [`summarise`] is pure: the same file, source and recipe give the same bits, on any
//! thread. It holds the role columns of one flight and a few numbers per variable. A file
//! whose rows are out of order is read again, a few variables at a time, so that they are
//! added up in order of time within the same bound.

use std::path::Path;

use super::aggregate::Accumulator;
use super::records::Records;
use super::roles::{Clock, RoleRows, Tick, position};
use super::targets::{along_distance, along_time};
use super::timestamp::Timestamps;
use super::track::{Track, order_of};
use super::{
    Cell, Decimal, Layout, Recipe, Refusal, Role, Source, TargetPoint, parse_number,
    unwrap_longitude,
};
use crate::tables::{Cleaning, RejectCode};
use crate::units::Conversion;

/// What one flight comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct FlightSummary {
    /// First and last time of the kept rows, in microseconds: since 1970 if `has_calendar`.
    pub start_us: i64,
    /// See `start_us`.
    pub end_us: i64,
    /// Whether the times say when on the calendar the flight was.
    pub has_calendar: bool,
    /// Seconds between them.
    pub duration_s: f64,
    /// Metres flown between them.
    pub distance_m: f64,
    /// Aggregates, variable by variable in the recipe's order; NaN where missing.
    pub aggregates: Vec<f64>,
    /// State at the recipe's fractions of the time.
    pub along_time: Vec<TargetPoint>,
    /// State at the recipe's fractions of the distance.
    pub along_distance: Vec<TargetPoint>,
    /// What cleaning found.
    pub cleaning: Cleaning,
}

/// Reads, cleans and sums up one flight.
///
/// # Errors
/// A [`Refusal`] where the file is not a flight that the recipe takes.
pub fn summarise(path: &Path, source: &Source, recipe: &Recipe) -> Result<FlightSummary, Refusal> {
    let mut pass = FirstPass::open(path, source, recipe)?;
    pass.run(recipe)?;
    let mut cleaning = pass.cleaning;
    let order = order_of(&pass.rows, &mut cleaning);
    let track = Track::clean(&pass.rows, &order, &mut cleaning);
    check(&track, &cleaning, pass.rows_off_globe, recipe)?;
    let streamed = if pass.clock.disordered {
        reread(path, source, recipe, &pass.wanted, &order, cleaning.rows)?
    } else {
        pass.accumulators
    };
    let aggregates = aggregate(recipe, &pass.wanted, streamed, &pass.rows, &order);
    let date_us = date_in_name(path, source);
    let offset = date_us.unwrap_or(0);
    Ok(FlightSummary {
        start_us: track.time_us[0] + offset,
        end_us: track.time_us[track.time_us.len() - 1] + offset,
        has_calendar: source.time_format.has_calendar() || date_us.is_some(),
        duration_s: track.duration_s(),
        distance_m: track.distance_m.iter().copied().fold(0.0, f64::max),
        aggregates,
        along_time: along_time(&track, &recipe.fractions),
        along_distance: along_distance(&track, &recipe.fractions),
        cleaning,
    })
}

/// The date in the file's name, for sources that count seconds from it.
pub(super) fn date_in_name(path: &Path, source: &Source) -> Option<i64> {
    if source.time_format.has_calendar() {
        return None;
    }
    source.file_name.as_ref()?.matches(path.file_name()?.to_str()?)?.date_us
}

/// A variable that is a column of the file.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// Its place among the recipe's variables.
    variable: usize,
    /// Its place among the file's columns.
    column: usize,
    conversion: Conversion,
}

/// The pass that reads everything once.
struct FirstPass {
    records: Records,
    layout: Layout,
    timestamps: Timestamps,
    decimal: Decimal,
    roles: Vec<(Role, usize, Conversion)>,
    wanted: Vec<Wanted>,
    rows: RoleRows,
    clock: Clock,
    accumulators: Vec<Accumulator>,
    cleaning: Cleaning,
    /// Rows whose position is a pair of numbers, but no place.
    rows_off_globe: u64,
}

impl FirstPass {
    fn open(path: &Path, source: &Source, recipe: &Recipe) -> Result<Self, Refusal> {
        let records = Records::open(path, &source.config.dialect)?;
        let layout = Layout::new(source, records.header().to_vec())?;
        let roles = Role::ALL
            .into_iter()
            .filter_map(|role| Some((role, layout.role(role)?, source.conversion_of(role))))
            .collect();
        let variables = recipe.variables.iter().enumerate();
        let wanted: Vec<Wanted> = variables
            .filter(|(_, name)| Role::named(name).is_none())
            .filter_map(|(variable, name)| {
                let column = layout.column(name)?;
                Some(Wanted { variable, column, conversion: source.conversion_of_variable(name) })
            })
            .collect();
        let decimal = source.config.dialect.decimal;
        Ok(Self {
            accumulators: vec![Accumulator::new(&recipe.aggregates); wanted.len()],
            timestamps: Timestamps::new(source.time_format, decimal, &source.zone),
            records,
            layout,
            decimal,
            roles,
            wanted,
            rows: RoleRows::default(),
            clock: Clock::default(),
            cleaning: Cleaning::default(),
            rows_off_globe: 0,
        })
    }

    fn run(&mut self, recipe: &Recipe) -> Result<(), Refusal> {
        let mut values = vec![f64::NAN; self.wanted.len()];
        while self.records.next()?.is_some() {
            match self.row(&mut values) {
                Ok(()) => {}
                // The last line of a file that breaks off may end within a number.
                Err(refusal) => {
                    if !self.records.drop_if_cut()? {
                        return Err(refusal);
                    }
                }
            }
            if self.cleaning.rows > recipe.limits.max_rows {
                let message = format!("the file has more than {} rows", recipe.limits.max_rows);
                return Err(
                    Refusal::new(RejectCode::TooManyRows, message).at_line(self.records.line())
                );
            }
        }
        self.cleaning.repeated_headers = self.records.repeated_headers;
        self.cleaning.truncated_last_line = self.records.truncated_last_line;
        Ok(())
    }

    /// Reads one row: everything is parsed before anything is taken.
    fn row(&mut self, values: &mut [f64]) -> Result<(), Refusal> {
        let record = self.records.current();
        let cell = &record[self.layout.time];
        let time = self.timestamps.parse(cell).map_err(|error| {
            Refusal::new(RejectCode::BadTime, error.to_string())
                .at_line(self.records.line())
                .in_column(self.layout.name(self.layout.time))
                .with_cell(cell)
        })?;
        let number = |column: usize, conversion: Conversion| -> Result<f64, Refusal> {
            match parse_number(&record[column], self.decimal) {
                Cell::Number(number) => Ok(conversion.apply(number)),
                Cell::Missing => Ok(f64::NAN),
                Cell::Text => Err(Refusal::new(RejectCode::BadNumber, "not a number")
                    .at_line(self.records.line())
                    .in_column(self.layout.name(column))
                    .with_cell(&record[column])),
            }
        };
        let mut roles = [f64::NAN; 4];
        for (role, column, conversion) in &self.roles {
            roles[*role as usize] = number(*column, *conversion)?;
        }
        for (value, wanted) in values.iter_mut().zip(&self.wanted) {
            *value = number(wanted.column, wanted.conversion)?;
        }
        self.take(time, roles, values);
        Ok(())
    }

    fn take(&mut self, time: Option<i64>, roles: [f64; 4], values: &[f64]) {
        let cleaning = &mut self.cleaning;
        cleaning.rows += 1;
        cleaning.cells += (1 + self.roles.len() + values.len()) as u64;
        cleaning.missing_cells += u64::from(time.is_none())
            + self.roles.iter().filter(|(role, ..)| roles[*role as usize].is_nan()).count() as u64
            + values.iter().filter(|value| value.is_nan()).count() as u64;
        cleaning.rows_without_time += u64::from(time.is_none());
        let [mut longitude, mut latitude, altitude, distance] = roles;
        if position(longitude, latitude).is_none() {
            cleaning.rows_without_position += 1;
            if !(longitude.is_nan() || latitude.is_nan()) {
                self.rows_off_globe += 1;
                (longitude, latitude) = (f64::NAN, f64::NAN);
            }
        }
        let (time_us, tick) = self.clock.tick(time, cleaning);
        self.rows.time_us.push(time_us);
        self.rows.longitude_deg.push(longitude);
        self.rows.latitude_deg.push(latitude);
        if self.layout.role(Role::Altitude).is_some() {
            self.rows.altitude_m.push(altitude);
        }
        if self.layout.role(Role::Distance).is_some() {
            self.rows.distance_m.push(distance);
        }
        // Once a row is out of order, a second pass adds the variables up.
        if tick == Tick::Onward && !self.clock.disordered {
            for (accumulator, value) in self.accumulators.iter_mut().zip(values) {
                accumulator.push(*value);
            }
        }
    }
}

/// Bytes of variables held at once when a file out of order is read again.
const REREAD_BYTES: usize = 32 << 20;

/// Reads the variables of a file again, and adds them up in order of time.
fn reread(
    path: &Path,
    source: &Source,
    recipe: &Recipe,
    wanted: &[Wanted],
    order: &[u32],
    rows: u64,
) -> Result<Vec<Accumulator>, Refusal> {
    let at_once = (REREAD_BYTES / (8 * rows.max(1) as usize)).max(1);
    let mut accumulators = Vec::with_capacity(wanted.len());
    for wanted in wanted.chunks(at_once) {
        let columns = read_columns(path, source, wanted, rows)?;
        for column in columns {
            let mut accumulator = Accumulator::new(&recipe.aggregates);
            for row in order {
                accumulator.push(column[*row as usize]);
            }
            accumulators.push(accumulator);
        }
    }
    Ok(accumulators)
}

fn read_columns(
    path: &Path,
    source: &Source,
    wanted: &[Wanted],
    rows: u64,
) -> Result<Vec<Vec<f64>>, Refusal> {
    let changed = || Refusal::new(RejectCode::ChangedSinceIndex, "the file changed while read");
    let decimal = source.config.dialect.decimal;
    let mut records = Records::open(path, &source.config.dialect)?;
    let mut columns = vec![Vec::with_capacity(rows as usize); wanted.len()];
    for _ in 0..rows {
        let record = records.next()?.ok_or_else(changed)?;
        for (column, wanted) in columns.iter_mut().zip(wanted) {
            column.push(match parse_number(&record[wanted.column], decimal) {
                Cell::Number(number) => wanted.conversion.apply(number),
                Cell::Missing => f64::NAN,
                Cell::Text => return Err(changed()),
            });
        }
    }
    Ok(columns)
}

/// Refuses what is not a flight.
fn check(
    track: &Track,
    cleaning: &Cleaning,
    rows_off_globe: u64,
    recipe: &Recipe,
) -> Result<(), Refusal> {
    let limits = &recipe.limits;
    let kept = cleaning.kept_rows;
    if kept < limits.min_rows.max(2) && 2 * rows_off_globe > cleaning.rows {
        let message = format!(
            "{rows_off_globe} of {} rows have a latitude beyond 90 or a longitude beyond 360 \
             degrees; check the unit",
            cleaning.rows
        );
        return Err(Refusal::new(RejectCode::BadPosition, message));
    }
    // Interpolation needs two rows whatever the configuration says.
    if kept < limits.min_rows.max(2) {
        let message = format!(
            "{kept} of {} rows have a time of their own and a position, fewer than {}",
            cleaning.rows,
            limits.min_rows.max(2)
        );
        return Err(Refusal::new(RejectCode::TooFewRows, message));
    }
    let completeness = cleaning.completeness();
    if completeness < limits.min_completeness {
        let message = format!(
            "{:.1} % of the rows have time and position, less than {:.1} %",
            100.0 * completeness,
            100.0 * limits.min_completeness
        );
        return Err(Refusal::new(RejectCode::Incomplete, message));
    }
    let duration_s = track.duration_s();
    if duration_s > limits.max_duration_s {
        let message = format!(
            "the flight lasts {:.1} h, more than {:.1} h",
            duration_s / 3600.0,
            limits.max_duration_s / 3600.0
        );
        return Err(Refusal::new(RejectCode::ImplausibleDuration, message));
    }
    Ok(())
}

/// All aggregates in the recipe's order: streamed ones, and those of the role columns.
fn aggregate(
    recipe: &Recipe,
    wanted: &[Wanted],
    streamed: Vec<Accumulator>,
    rows: &RoleRows,
    order: &[u32],
) -> Vec<f64> {
    let missing = vec![f64::NAN; recipe.aggregates.len()];
    let mut by_variable = vec![missing; recipe.variables.len()];
    for (accumulator, wanted) in streamed.into_iter().zip(wanted) {
        by_variable[wanted.variable] = accumulator.finish(&recipe.aggregates);
    }
    for (slot, name) in by_variable.iter_mut().zip(&recipe.variables) {
        let Some(role) = Role::named(name) else { continue };
        let column = match role {
            Role::Longitude => &rows.longitude_deg,
            Role::Latitude => &rows.latitude_deg,
            Role::Altitude => &rows.altitude_m,
            Role::Distance => &rows.distance_m,
        };
        if column.is_empty() {
            continue;
        }
        let mut accumulator = Accumulator::new(&recipe.aggregates);
        let mut reference = f64::NAN;
        for row in order {
            let mut value = column[*row as usize];
            if role == Role::Longitude && !value.is_nan() {
                value = if reference.is_nan() { value } else { unwrap_longitude(value, reference) };
                reference = value;
            }
            accumulator.push(value);
        }
        *slot = accumulator.finish(&recipe.aggregates);
    }
    by_variable.concat()
}
