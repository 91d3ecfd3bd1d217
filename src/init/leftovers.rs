//! Leftovers are the columns that play no role: variables, or of no use, with the reason.
//!
//! [`super::source`] sorts them for each kind of file.

use super::clock::is_part;
use super::kind::Kind;
use super::roles::Roles;
use super::specimen::Column;
use super::words::{is_identifier, time_score};
use crate::flight::Role;

/// What becomes of a column without a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A variable.
    Kept,
    /// Left out, and why.
    Left(&'static str),
}

/// Judges a column that plays no role.
pub(super) fn fate(kind: &Kind, at: usize, roles: &Roles) -> Fate {
    let words = kind.words(at);
    let by_the_clock = |test: &dyn Fn(&Column, &Column) -> bool| {
        let long = kind.specimens.iter().map(|(_, file)| file).filter(|file| file.rows >= 5);
        let both = long.map(|file| (&file.columns[at], roles.clock.column(file)));
        let judged: Vec<bool> = both
            .filter(|(column, _)| column.present() > 0)
            .map(|(column, time)| test(column, &time))
            .collect();
        let passed = judged.iter().filter(|passed| **passed).count();
        !judged.is_empty() && passed * 10 >= judged.len() * 8
    };
    let repeats = |tolerance| by_the_clock(&|column, time| follows(column, time, tolerance));
    // Over a few rows many a variable stands still, so that longer files are asked first.
    let is_long = |column: &&Column| column.present() >= 5;
    let has_long = kind.column(at).any(|column| is_long(&column));
    let asked: Vec<&Column> =
        kind.column(at).filter(|column| is_long(column) || !has_long).collect();
    let still = asked.iter().filter(|column| column.is_constant).count();
    let is_constant = still * 10 >= asked.len() * 9;
    if kind.header[at].is_empty() {
        Fate::Left("it has no name")
    } else if kind.header.iter().position(|name| *name == kind.header[at]) != Some(at) {
        Fate::Left("its name stands twice in the header")
    } else if Role::named(&kind.header[at]).is_some() {
        Fate::Left("its name is that of a role, which another column plays")
    } else if kind.column(at).next().is_none() {
        Fate::Left("empty")
    } else if kind.is_timestamps(at) {
        Fate::Left("another time")
    } else if is_constant {
        Fate::Left("constant within a file")
    } else if is_part(kind, at) {
        Fate::Left("a part of another time")
    } else if !kind.is_numeric(at) {
        Fate::Left("text")
    } else if is_identifier(&words) {
        Fate::Left("an identifier")
    } else if kind.share(at, |column| column.counts_rows) >= Some(0.8) {
        Fate::Left("counts the rows")
    } else if repeats(1e-5) || (time_score(&words).is_none_or(|score| score >= 3) && repeats(2e-3))
    {
        Fate::Left("only repeats the clock")
    } else if by_the_clock(&is_step_of) {
        Fate::Left("the time since the row above")
    } else {
        Fate::Kept
    }
}

/// Whether a column is a straight line over the clock, within a share of its range.
fn follows(column: &Column, time: &Column, tolerance: f64) -> bool {
    let points: Vec<(f64, f64)> = time
        .values
        .iter()
        .zip(&column.values)
        .map(|(t, y)| (*t, *y))
        .filter(|(t, y)| t.is_finite() && y.is_finite())
        .collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return false };
    let (span, range) = (last.0 - first.0, last.1 - first.1);
    // A line through three points says something, through two nothing.
    points.len() >= 3
        && span != 0.0
        && range != 0.0
        && points.iter().all(|(t, y)| {
            let on_line = first.1 + range * (t - first.0) / span;
            (y - on_line).abs() <= tolerance * range.abs()
        })
}

/// Whether a column is the clock's step from row to row, in whatever unit.
fn is_step_of(column: &Column, time: &Column) -> bool {
    let steps = time.opening.windows(2).zip(&column.opening[1.min(column.opening.len())..]);
    let steps: Vec<(f64, f64)> = steps
        .map(|(pair, y)| (pair[1] - pair[0], *y))
        .filter(|(step, y)| step.is_finite() && y.is_finite())
        .collect();
    let Some((first_step, first)) = steps.iter().copied().find(|(step, _)| *step != 0.0) else {
        return false;
    };
    let near = |(step, y): &&(f64, f64)| {
        (y * first_step - first * step).abs() <= 1e-3 * (first * first_step).abs()
    };
    // Steps that are all alike would make any constant one of them.
    let varies = steps.iter().any(|(step, _)| *step != first_step);
    first != 0.0 && varies && steps.iter().filter(near).count() * 20 >= steps.len() * 19
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[f64]) -> Column {
        Column { values: values.to_vec(), opening: values.to_vec(), ..Column::default() }
    }

    #[test]
    fn a_step_of_the_clock_is_told_from_a_speed() {
        let time = column(&[0.0, 60.0, 180.0, 300.0, 360.0]);
        assert!(is_step_of(&column(&[0.0, 60.0, 120.0, 120.0, 60.0]), &time));
        assert!(is_step_of(&column(&[f64::NAN, 1.0, 2.0, 2.0, 1.0]), &time), "minutes");
        assert!(!is_step_of(&column(&[7.0, 7.0, 7.0, 7.0, 7.0]), &time));
        let regular = column(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        assert!(!is_step_of(&column(&[9.0, 9.0, 9.0, 9.0, 9.0]), &regular));
    }

    #[test]
    fn a_count_of_seconds_follows_the_clock_and_a_speed_does_not() {
        let time = column(&[1e9, 1e9 + 60.0, 1e9 + 90.0, 1e9 + 200.0]);
        assert!(follows(&column(&[0.0, 60.0, 90.0, 200.0]), &time, 1e-5));
        assert!(follows(&column(&[200.0, 140.0, 110.0, 0.0]), &time, 1e-5), "remaining time");
        assert!(!follows(&column(&[0.0, 1.0, 2.0, 3.0]), &time, 1e-3), "rows");
        assert!(!follows(&column(&[0.0, 0.0, 0.0, 0.0]), &time, 1e-3));
        assert!(!follows(&column(&[0.0, f64::NAN, f64::NAN, 200.0]), &time, 1e-3));
    }
}
