//! A pass is what one reading of a file takes from it, whichever way the file is read: the
//! role columns, the aggregates so far, and what cleaning counts.

use super::aggregate::Accumulator;
use super::plan::Plan;
use super::prefix::Crossings;
use super::roles::{Clock, RoleRows, Tick, position};
use super::{Recipe, Role};
use crate::tables::Cleaning;

/// What was taken so far.
pub(super) struct Pass {
    pub(super) rows: RoleRows,
    pub(super) clock: Clock,
    /// An accumulator per wanted variable; of no use once a row is out of order.
    pub(super) accumulators: Vec<Accumulator>,
    /// What the accumulators were at the elapsed horizons; of no use as they are not.
    pub(super) crossings: Crossings,
    pub(super) cleaning: Cleaning,
    /// Rows whose position is a pair of numbers, but no place.
    pub(super) rows_off_globe: u64,
    pub(super) kept: Kept,
}

/// The values of the wanted variables, row by row, as long as they are few enough to be held.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// A column per wanted variable; empty once there are more than `most` values.
    pub(super) columns: Vec<Vec<f64>>,
    most: usize,
}

impl Kept {
    /// Keeps at most so many values of so many variables.
    pub(super) fn new(n_variables: usize, most: usize) -> Self {
        Self { columns: vec![Vec::new(); if most == 0 { 0 } else { n_variables }], most }
    }

    /// Makes room for the next rows, or gives up what is held.
    #[inline]
    pub(super) fn make_room(&mut self, rows: usize) {
        let held = self.columns.first().map_or(0, Vec::len) + rows;
        if held * self.columns.len() > self.most {
            self.columns = Vec::new();
        }
    }

    /// Takes the next rows of a variable.
    #[inline]
    pub(super) fn extend(&mut self, variable: usize, values: &[f64]) {
        if let Some(column) = self.columns.get_mut(variable) {
            column.extend_from_slice(values);
        }
    }
}

impl Pass {
    /// A pass that has taken nothing, and will fill these empty lists; it keeps at most
    /// `most_kept` values of variables.
    pub(super) fn new(plan: &Plan, recipe: &Recipe, rows: RoleRows, most_kept: usize) -> Self {
        Self {
            rows,
            clock: Clock::default(),
            accumulators: vec![Accumulator::new(&recipe.aggregates); plan.wanted.len()],
            crossings: Crossings::new(&recipe.elapsed_s),
            cleaning: Cleaning::default(),
            rows_off_globe: 0,
            kept: Kept::new(plan.wanted.len(), most_kept),
        }
    }

    /// Takes a row: the raw time, the roles and the wanted variables.
    pub(super) fn take(&mut self, plan: &Plan, time: Option<i64>, roles: [f64; 4], values: &[f64]) {
        let missing = plan.roles.iter().filter(|(role, ..)| roles[*role as usize].is_nan()).count()
            + values.iter().filter(|value| value.is_nan()).count();
        self.count_cells(plan, 1, missing as u64);
        let [longitude, latitude, altitude, distance] = roles;
        let tick = self.tick(time);
        self.take_position(longitude, latitude);
        if plan.layout.role(Role::Altitude).is_some() {
            self.rows.altitude_m.push(altitude);
        }
        if plan.layout.role(Role::Distance).is_some() {
            self.rows.distance_m.push(distance);
        }
        self.kept.make_room(1);
        for (variable, value) in values.iter().enumerate() {
            self.kept.extend(variable, std::slice::from_ref(value));
        }
        // Once a row is out of order, a second pass adds the variables up.
        if tick == Tick::Onward && !self.clock.disordered {
            self.cross(self.rows.time_us.len() - 1);
            for (accumulator, value) in self.accumulators.iter_mut().zip(values) {
                accumulator.push(*value);
            }
        }
    }

    /// Takes note of the accumulators before a row, all of whose roles were taken, if it passes
    /// a horizon.
    fn cross(&mut self, row: usize) {
        if self.crossings.are_ahead() {
            self.begin(row);
            let passed = self.crossings.taken.len();
            for _ in 0..self.crossings.passed_by(self.rows.time_us[row], passed) {
                self.crossings.taken.push(self.accumulators.clone());
            }
        }
    }

    /// Begins the flight at a row that counts, if it is the first one that is kept.
    #[inline]
    fn begin(&mut self, row: usize) {
        let rows = &self.rows;
        let place = || position(rows.longitude_deg[row], rows.latitude_deg[row]).is_some();
        self.crossings.begin(rows.time_us[row], place);
    }

    /// For each horizon that the last `rows` rows pass, how many of those that count, whose
    /// bits are set in `onward`, come before; their roles were taken, their variables not.
    pub(super) fn crossed_in(&mut self, rows: usize, onward: u64) -> Vec<usize> {
        let mut before = Vec::new();
        if !self.crossings.are_ahead() || self.clock.disordered {
            return before;
        }
        let first = self.rows.time_us.len() - rows;
        for row in (0..rows).filter(|row| onward >> row & 1 == 1) {
            self.begin(first + row);
            let passed = self.crossings.taken.len() + before.len();
            let n_passed = self.crossings.passed_by(self.rows.time_us[first + row], passed);
            let n_before = (onward & ((1 << row) - 1)).count_ones() as usize;
            before.extend(std::iter::repeat_n(n_before, n_passed));
        }
        before
    }

    /// Counts rows and the cells read of them, of which so many are missing, without those of
    /// the time column.
    pub(super) fn count_cells(&mut self, plan: &Plan, rows: u64, missing: u64) {
        self.cleaning.rows += rows;
        self.cleaning.cells += rows * plan.n_cells() as u64;
        self.cleaning.missing_cells += missing;
    }

    /// Takes the raw time of the next row.
    #[inline]
    pub(super) fn tick(&mut self, time: Option<i64>) -> Tick {
        self.cleaning.missing_cells += u64::from(time.is_none());
        self.cleaning.rows_without_time += u64::from(time.is_none());
        let (time_us, tick) = self.clock.tick(time, &mut self.cleaning);
        self.rows.time_us.push(time_us);
        tick
    }

    /// Takes the raw times of the next rows, if each is plainly later than the one above.
    #[inline]
    pub(super) fn tick_onward(&mut self, times_us: &[i64]) -> bool {
        let is_onward = self.clock.tick_onward(times_us);
        if is_onward {
            self.rows.time_us.extend_from_slice(times_us);
        }
        is_onward
    }

    /// Takes the position of the next row.
    #[inline]
    pub(super) fn take_position(&mut self, mut longitude: f64, mut latitude: f64) {
        if position(longitude, latitude).is_none() {
            self.cleaning.rows_without_position += 1;
            if !(longitude.is_nan() || latitude.is_nan()) {
                self.rows_off_globe += 1;
                (longitude, latitude) = (f64::NAN, f64::NAN);
            }
        }
        self.rows.longitude_deg.push(longitude);
        self.rows.latitude_deg.push(latitude);
    }

    /// Takes the positions of the next rows.
    #[inline(always)]
    pub(super) fn take_positions(&mut self, longitudes: &[f64], latitudes: &[f64]) {
        let places = longitudes.iter().zip(latitudes);
        let n_places = places.filter(|(lon, lat)| position(**lon, **lat).is_some()).count();
        if n_places == longitudes.len() {
            self.rows.longitude_deg.extend_from_slice(longitudes);
            self.rows.latitude_deg.extend_from_slice(latitudes);
        } else {
            for (longitude, latitude) in longitudes.iter().zip(latitudes) {
                self.take_position(*longitude, *latitude);
            }
        }
    }
}
