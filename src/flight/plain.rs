//! The plain way to read a file: the `csv` crate splits every row. It reads whatever the
//! dialects allow, and is the one that says what is wrong with a file, and where.

use std::path::Path;

use super::aggregate::Accumulator;
use super::order::Order;
use super::pass::Pass;
use super::plan::{Plan, Wanted};
use super::records::Records;
use super::roles::RoleRows;
use super::row_time::RowTimes;
use super::{Cell, Recipe, Refusal, Source, parse_number};
use crate::tables::RejectCode;
use crate::units::Conversion;

/// Reads everything once, and keeps at most `most_kept` values of variables.
///
/// # Errors
/// A [`Refusal`] where a row cannot be read.
pub(super) fn read(
    path: &Path,
    source: &Source,
    recipe: &Recipe,
    most_kept: usize,
) -> Result<(Plan, Pass), Refusal> {
    let mut records = Records::open(path, &source.config.dialect)?;
    let plan = Plan::new(records.header().to_vec(), source, recipe)?;
    let mut pass = Pass::new(&plan, recipe, RoleRows::default(), most_kept);
    let mut times = RowTimes::new(plan.timestamps(), &plan.layout);
    let mut values = vec![f64::NAN; plan.wanted.len()];
    while records.next()?.is_some() {
        match row(&records, &plan, &mut times, &mut values) {
            Ok((time, roles)) => pass.take(&plan, time, roles, &values),
            // The last line of a file that breaks off may end within a number.
            Err(refusal) => {
                if !records.drop_if_cut()? {
                    return Err(refusal);
                }
            }
        }
        if pass.cleaning.rows > recipe.limits.max_rows {
            let message = format!("the file has more than {} rows", recipe.limits.max_rows);
            return Err(Refusal::new(RejectCode::TooManyRows, message).at_line(records.line()));
        }
    }
    pass.cleaning.repeated_headers = records.repeated_headers;
    pass.cleaning.truncated_last_line = records.truncated_last_line;
    Ok((plan, pass))
}

/// Parses one row, all of it before anything is taken: its time and roles are given back, its
/// variables are left in `values`.
fn row(
    records: &Records,
    plan: &Plan,
    times: &mut RowTimes,
    values: &mut [f64],
) -> Result<(Option<i64>, [f64; 4]), Refusal> {
    let record = records.current();
    let layout = &plan.layout;
    let time = times.read(record).map_err(|bad| bad.refusal(records, layout))?;
    let number = |column: usize, conversion: Conversion| -> Result<f64, Refusal> {
        match parse_number(&record[column], plan.decimal) {
            Cell::Number(number) => Ok(conversion.apply(number)),
            Cell::Missing => Ok(f64::NAN),
            Cell::Text => Err(Refusal::new(RejectCode::BadNumber, "not a number")
                .at_line(records.line())
                .in_column(layout.name(column))
                .with_cell(&record[column])),
        }
    };
    let mut roles = [f64::NAN; 4];
    for (role, column, conversion) in &plan.roles {
        roles[*role as usize] = number(*column, *conversion)?;
    }
    for (value, wanted) in values.iter_mut().zip(&plan.wanted) {
        *value = number(wanted.column, wanted.conversion)?;
    }
    Ok((time, roles))
}

/// Bytes of variables held at once when a file is read again.
pub(super) const REREAD_BYTES: usize = 32 << 20;

/// Reads the variables of a file again, and adds them up in order of time; gives what they came
/// to, and for each prefix of so many rows what they were after it.
pub(super) fn reread(
    path: &Path,
    source: &Source,
    recipe: &Recipe,
    wanted: &[Wanted],
    order: &Order,
    rows: u64,
    lengths: &[Option<usize>],
) -> Result<(Vec<Accumulator>, Vec<Vec<Accumulator>>), Refusal> {
    let at_once = (REREAD_BYTES / (8 * rows.max(1) as usize)).max(1);
    let mut accumulators = Vec::with_capacity(wanted.len());
    let lengths: Vec<usize> = lengths.iter().flatten().copied().collect();
    let mut prefixes = vec![Vec::with_capacity(wanted.len()); lengths.len()];
    for wanted in wanted.chunks(at_once) {
        let columns = read_columns(path, source, wanted, rows)?;
        for column in columns {
            let mut accumulator = Accumulator::new(&recipe.aggregates);
            let mut ahead = lengths.iter().zip(&mut prefixes).peekable();
            for (before, row) in order.rows().enumerate() {
                while let Some((_, prefix)) = ahead.next_if(|(length, _)| **length == before) {
                    prefix.push(accumulator.clone());
                }
                accumulator.push(column[row]);
            }
            for (_, prefix) in ahead {
                prefix.push(accumulator.clone());
            }
            accumulators.push(accumulator);
        }
    }
    Ok((accumulators, prefixes))
}

/// Reads so many rows of some variables again.
///
/// # Errors
/// A [`Refusal`] where the file changed.
pub(super) fn read_columns(
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
