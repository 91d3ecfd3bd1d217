//! A flight's summary: its aggregates and targets, made in one pass over its file.
//!
//! [`summarise`] is pure: the same file, source and recipe give the same bits, on any
//! thread. It holds the role columns of one flight and a few numbers per variable. A file
//! whose rows are out of order is read again, a few variables at a time, so that they are
//! added up in order of time within the same bound.

use std::path::Path;

use fearless_simd::Level;

use super::aggregate::Accumulator;
use super::order::Order;
use super::pass::Pass;
use super::plan::Plan;
use super::prefix::{self, Prefix};
use super::streams::Streams;
use super::targets::{along_distance, along_time};
use super::track::Track;
use super::{Recipe, Refusal, Source, TargetPoint, fast, plain};
use crate::simd;
use crate::tables::{Cleaning, RejectCode};

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
    /// What was known at each of the recipe's elapsed horizons; none where the flight was over.
    pub prefixes: Vec<Option<Prefix>>,
    /// State at the recipe's fractions of the time.
    pub along_time: Vec<TargetPoint>,
    /// State at the recipe's fractions of the distance.
    pub along_distance: Vec<TargetPoint>,
    /// What cleaning found.
    pub cleaning: Cleaning,
}

/// The way in which a file is read. Both give the same answer to the last bit; they differ in
/// what they cost.
#[derive(Debug, Clone, Copy)]
pub enum Reading {
    /// Every row through the `csv` crate.
    Plain,
    /// Plain numeric files in blocks, with the vectors of this level; the others as `Plain`.
    Fast(Level),
}

/// Reads, cleans and sums up one flight.
///
/// # Errors
/// A [`Refusal`] where the file is not a flight that the recipe takes.
pub fn summarise(path: &Path, source: &Source, recipe: &Recipe) -> Result<FlightSummary, Refusal> {
    summarise_by(Reading::Fast(simd::level()), path, source, recipe)
}

/// The same in a given way, for those who compare the two.
///
/// # Errors
/// As [`summarise`].
pub fn summarise_by(
    reading: Reading,
    path: &Path,
    source: &Source,
    recipe: &Recipe,
) -> Result<FlightSummary, Refusal> {
    let level = match reading {
        Reading::Plain => Level::baseline(),
        Reading::Fast(level) => level,
    };
    let (plan, pass) = read(reading, path, source, recipe, 0)?;
    let mut cleaning = pass.cleaning;
    let order = Order::of(&pass.rows, &pass.clock, &mut cleaning);
    let track = Track::clean(&pass.rows, &order, &mut cleaning);
    check(&track, &cleaning, pass.rows_off_globe, recipe)?;
    let lengths = prefix::lengths(&recipe.elapsed_s, &track, &pass.rows, &order);
    let (streamed, mut taken) = if pass.clock.disordered {
        plain::reread(path, source, recipe, &plan.wanted, &order, cleaning.rows, &lengths)?
    } else {
        (pass.accumulators, pass.crossings.taken)
    };
    // A horizon that the flight lasts to, but that no row is after.
    taken.resize_with(lengths.iter().flatten().count(), || streamed.clone());
    let finish = |streamed: Vec<Accumulator>, n_rows: usize| {
        let wanted = &plan.wanted;
        Streams { wanted, streamed, rows: &pass.rows, order: &order, n_rows }.finish(level, recipe)
    };
    let mut taken = taken.into_iter();
    let prefixes = lengths.iter().zip(&recipe.elapsed_s).map(|(length, horizon_s)| {
        let aggregates = finish(taken.next()?, (*length)?);
        Some(Prefix { aggregates, state: prefix::state(&track, *horizon_s) })
    });
    let prefixes = prefixes.collect();
    let aggregates = finish(streamed, order.rows().count());
    let date_us = date_in_name(path, source);
    let offset = date_us.unwrap_or(0);
    let summary = FlightSummary {
        start_us: track.time_us[0] + offset,
        end_us: track.time_us[track.time_us.len() - 1] + offset,
        has_calendar: source.time_format.has_calendar() || date_us.is_some(),
        duration_s: track.duration_s(),
        distance_m: track.distance_m.iter().copied().fold(0.0, f64::max),
        aggregates,
        prefixes,
        along_time: along_time(&track, &recipe.fractions),
        along_distance: along_distance(&track, &recipe.fractions),
        cleaning,
    };
    fast::recycle(pass.rows);
    Ok(summary)
}

/// Reads everything once, and keeps at most `most_kept` values of variables.
pub(super) fn read(
    reading: Reading,
    path: &Path,
    source: &Source,
    recipe: &Recipe,
    most_kept: usize,
) -> Result<(Plan, Pass), Refusal> {
    let fast = match reading {
        Reading::Plain => None,
        Reading::Fast(level) => fast::read(level, path, source, recipe, most_kept),
    };
    fast.map_or_else(|| plain::read(path, source, recipe, most_kept), Ok)
}

/// The date in the file's name, for sources that count seconds from it.
pub(super) fn date_in_name(path: &Path, source: &Source) -> Option<i64> {
    if source.time_format.has_calendar() {
        return None;
    }
    source.file_name.as_ref()?.matches(path.file_name()?.to_str()?)?.date_us
}

/// Refuses what is not a flight.
pub(super) fn check(
    track: &Track<'_>,
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
