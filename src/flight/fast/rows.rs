//! Blocks of rows on their way from the window to the pass: times first, since they say
//! which rows count, then the roles, then the variables.

use std::io::Read;

use fearless_simd::Simd;

use super::super::aggregate::Accumulator;
use super::super::pass::Pass;
use super::super::plan::Plan;
use super::super::roles::{NO_TIME, RoleRows, Tick};
use super::super::{Cell, Decimal, Recipe, Role, parse_number};
use super::index::{Index, ROWS};
use super::numbers::Written;
use super::times::Times;
use super::window::{self, Bytes, Window};
use super::{GiveUp, numbers};
use crate::units::Conversion;

/// What is read of a file, and what it is read with.
pub(super) struct Rows {
    plan: Plan,
    pass: Pass,
    times: Times,
    /// Rows beyond which the file is refused.
    most: u64,
}

impl Rows {
    /// Prepares for the rows below a header, whose roles will fill these empty lists.
    ///
    /// # Errors
    /// Where a row that repeats the header would pass for a row of data.
    pub(super) fn new(
        plan: Plan,
        recipe: &Recipe,
        rows: RoleRows,
        most_kept: usize,
    ) -> Result<Self, GiveUp> {
        let mut times = Times::new(plan.timestamps());
        if times.is_time(plan.layout.name(plan.layout.time)) {
            return Err(GiveUp);
        }
        let pass = Pass::new(&plan, recipe, rows, most_kept);
        Ok(Self { plan, pass, times, most: recipe.limits.max_rows })
    }

    /// The columns that are read.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        let roles = self.plan.roles.iter().map(|(_, column, _)| *column);
        let wanted = self.plan.wanted.iter().map(|wanted| wanted.column);
        roles.chain(wanted).chain([self.plan.layout.time])
    }

    /// What was read.
    pub(super) fn finish(self) -> (Plan, Pass) {
        (self.plan, self.pass)
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// Where something is met that the plain way has to deal with.
    #[inline(always)]
    pub(super) fn read_all<S: Simd>(
        &mut self,
        simd: S,
        window: &mut Window,
        index: &mut Index,
        input: &mut dyn Read,
    ) -> Result<(), GiveUp> {
        loop {
            // Blocks end where the accumulators' do, also behind one that a window cut short.
            let most = self.pass.accumulators.first().map_or(ROWS, Accumulator::room);
            index.restart();
            while !index.find(simd, window.bytes(), window.end(), most)? && window.fill(input)? {}
            let (rows, position) = index.take(simd, window.bytes(), most)?;
            if rows == 0 {
                // Else the window is too small for a row, or the file ends within one.
                return if window.is_at_end() { Ok(()) } else { Err(GiveUp) };
            }
            self.read_block(simd, window.bytes(), index, rows)?;
            window.consume(position);
        }
    }

    #[inline(always)]
    fn read_block<S: Simd>(
        &mut self,
        simd: S,
        bytes: &Bytes,
        index: &Index,
        rows: usize,
    ) -> Result<(), GiveUp> {
        let Self { plan, pass, times, most } = self;
        if pass.cleaning.rows + rows as u64 > *most {
            return Err(GiveUp);
        }
        let onward = take_times(plan, pass, times, bytes, index, rows)?;
        let block = Block { bytes, index, decimal: plan.decimal, rows };
        let mut missing = 0;
        let mut roles = [[f64::NAN; ROWS]; 4];
        for (role, number, conversion) in &plan.roles {
            let values = &mut roles[*role as usize];
            missing += block.parse(simd, *number, *conversion, values)?;
        }
        let [longitudes, latitudes, altitudes, distances] = &roles;
        pass.take_positions(&longitudes[..rows], &latitudes[..rows]);
        if plan.layout.role(Role::Altitude).is_some() {
            pass.rows.altitude_m.extend_from_slice(&altitudes[..rows]);
        }
        if plan.layout.role(Role::Distance).is_some() {
            pass.rows.distance_m.extend_from_slice(&distances[..rows]);
        }
        let crossed = pass.crossed_in(rows, onward);
        let mut values = [f64::NAN; ROWS];
        let passed = pass.crossings.taken.len();
        pass.crossings.taken.extend(crossed.iter().map(|_| Vec::with_capacity(plan.wanted.len())));
        pass.kept.make_room(rows);
        let accumulators = pass.accumulators.iter_mut().enumerate();
        for ((variable, accumulator), wanted) in accumulators.zip(&plan.wanted) {
            missing += block.parse(simd, wanted.column, wanted.conversion, &mut values)?;
            pass.kept.extend(variable, &values[..rows]);
            let kept = if onward == all(rows) { rows } else { keep(onward, &mut values) };
            let mut pushed = 0;
            for (before, taken) in crossed.iter().zip(&mut pass.crossings.taken[passed..]) {
                accumulator.push_rows(simd, &values[pushed..*before]);
                pushed = *before;
                taken.push(accumulator.clone());
            }
            accumulator.push_rows(simd, &values[pushed..kept]);
        }
        pass.count_cells(plan, rows as u64, missing);
        Ok(())
    }
}

/// A bit for each of so many rows.
#[inline(always)]
fn all(rows: usize) -> u64 {
    u64::MAX >> (ROWS - rows)
}

/// Takes the times of a block; gives a bit for each row whose variables count.
#[inline(always)]
fn take_times(
    plan: &Plan,
    pass: &mut Pass,
    times: &mut Times,
    bytes: &Bytes,
    index: &Index,
    rows: usize,
) -> Result<u64, GiveUp> {
    let (starts, ends) = index.cells(plan.layout.time);
    let mut taken = [NO_TIME; ROWS];
    for (time, (start, end)) in taken.iter_mut().zip(starts.iter().zip(ends)).take(rows) {
        *time = times.parse(bytes, *start, *end)?.unwrap_or(NO_TIME);
    }
    let taken = &taken[..rows];
    if pass.tick_onward(taken) {
        return Ok(all(rows));
    }
    let mut onward = 0;
    for (row, time) in taken.iter().enumerate() {
        let is_onward = pass.tick((*time != NO_TIME).then_some(*time)) == Tick::Onward;
        onward |= u64::from(is_onward && !pass.clock.disordered) << row;
    }
    Ok(onward)
}

/// A block of rows whose separators are known.
struct Block<'a> {
    bytes: &'a Bytes,
    index: &'a Index,
    decimal: Decimal,
    rows: usize,
}

impl Block<'_> {
    /// Parses a column; gives the number of missing cells.
    #[inline(always)]
    fn parse<S: Simd>(
        &self,
        simd: S,
        column: usize,
        conversion: Conversion,
        values: &mut [f64; ROWS],
    ) -> Result<u64, GiveUp> {
        let mark = match self.decimal {
            Decimal::Point => b'.',
            Decimal::Comma => b',',
        };
        let edges = self.index.cells(column);
        let written = Written { decimal: mark, conversion };
        let unread = numbers::parse(simd, self.bytes, edges, self.rows, written, values);
        let unread = unread & all(self.rows);
        if unread == 0 { Ok(0) } else { self.mend(edges, unread, conversion, values) }
    }

    /// Parses the cells that were handed back; gives the number of missing ones.
    fn mend(
        &self,
        (starts, ends): (&[u16; ROWS], &[u16; ROWS]),
        mut unread: u64,
        conversion: Conversion,
        values: &mut [f64; ROWS],
    ) -> Result<u64, GiveUp> {
        let mut missing = 0;
        while unread != 0 {
            let row = unread.trailing_zeros() as usize;
            unread &= unread - 1;
            let cell = window::between(self.bytes, starts[row].wrapping_add(1), ends[row]);
            values[row] = match parse_number(cell.ok_or(GiveUp)?, self.decimal) {
                Cell::Number(number) => conversion.apply(number),
                Cell::Missing => {
                    missing += 1;
                    f64::NAN
                }
                Cell::Text => return Err(GiveUp),
            };
        }
        Ok(missing)
    }
}

/// Moves the values of the rows that count together; gives their number.
fn keep(onward: u64, values: &mut [f64; ROWS]) -> usize {
    let mut kept = 0;
    for row in 0..ROWS {
        values[kept] = values[row];
        kept += (onward >> row & 1) as usize;
    }
    kept
}
