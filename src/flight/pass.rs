//! A pass is what one reading of a file takes from it, whichever way the file is read: the
//! role columns, the aggregates so far, and what cleaning counts.

use super::aggregate::Accumulator;
use super::plan::Plan;
use super::roles::{Clock, RoleRows, Tick, position};
use super::{Recipe, Role};
use crate::tables::Cleaning;

/// What was taken so far.
pub(super) struct Pass {
    pub(super) rows: RoleRows,
    pub(super) clock: Clock,
    /// An accumulator per wanted variable; of no use once a row is out of order.
    pub(super) accumulators: Vec<Accumulator>,
    pub(super) cleaning: Cleaning,
    /// Rows whose position is a pair of numbers, but no place.
    pub(super) rows_off_globe: u64,
}

impl Pass {
    /// A pass that has taken nothing, and will fill these empty lists.
    pub(super) fn new(plan: &Plan, recipe: &Recipe, rows: RoleRows) -> Self {
        Self {
            rows,
            clock: Clock::default(),
            accumulators: vec![Accumulator::new(&recipe.aggregates); plan.wanted.len()],
            cleaning: Cleaning::default(),
            rows_off_globe: 0,
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
        // Once a row is out of order, a second pass adds the variables up.
        if tick == Tick::Onward && !self.clock.disordered {
            for (accumulator, value) in self.accumulators.iter_mut().zip(values) {
                accumulator.push(*value);
            }
        }
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
