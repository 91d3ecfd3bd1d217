//! A profile is a flight's variables at fractions of its progress along an axis: of its time,
//! of its distance, or of any variable that only grows or only shrinks.
//!
//! [`profiles`] reads a file as [`super::summarise`] does, with the same cleaning and the same
//! refusals; `explore` calls it from its threads. The values of a flight's rows are held while
//! it is read, up to a bound; of a longer one some variables at a time.

use std::path::Path;

use super::order::Order;
use super::pass::Pass;
use super::plain::{REREAD_BYTES, read_columns};
use super::plan::Plan;
use super::roles::NO_TIME;
use super::summary::{check, read};
use super::targets::interpolate;
use super::track::Track;
use super::{Reading, Recipe, Refusal, Role, Source, fast};
use crate::simd;
use crate::units::MICROSECONDS;

/// Along what fractions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// The time since the first kept row.
    Time,
    /// The distance flown since the first kept row.
    Distance,
    /// A variable, given by its place in the recipe: how far it has come from its first value
    /// to its last, upwards or downwards.
    Variable(usize),
}

/// A flight along one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Seconds since the first kept row at each fraction.
    pub elapsed_s: Vec<f64>,
    /// Metres flown since the first kept row at each fraction.
    pub distance_m: Vec<f64>,
    /// For each of the recipe's variables a value per fraction: linear in time between the
    /// rows that have one, flat beyond them; NaN where none has.
    pub values: Vec<Vec<f64>>,
    /// The part of the axis' ups and downs that runs against its direction, from 0 (it never
    /// does) to below a half: what the running maximum passes over.
    pub backward: f64,
}

/// A flight along all axes that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Profiled {
    /// Seconds between the first and the last kept row.
    pub duration_s: f64,
    /// Metres flown between them.
    pub distance_m: f64,
    /// A profile per axis; none where the flight lacks the axis or does not move along it.
    pub along: Vec<Option<Profile>>,
}

/// Reads and cleans a flight and takes its variables at fractions along some axes.
///
/// Of the recipe, `variables` and `limits` count.
///
/// # Errors
/// A [`Refusal`] where the file is not a flight that the recipe takes.
pub fn profiles(
    path: &Path,
    source: &Source,
    recipe: &Recipe,
    axes: &[Along],
    fractions: &[f64],
) -> Result<Profiled, Refusal> {
    let reading = Reading::Fast(simd::level());
    profiles_by(reading, path, source, recipe, (axes, fractions), REREAD_BYTES / 8)
}

/// The same in a given way and with at most `most_kept` values held, for those who compare.
///
/// # Errors
/// As [`profiles`].
pub fn profiles_by(
    reading: Reading,
    path: &Path,
    source: &Source,
    recipe: &Recipe,
    (axes, fractions): (&[Along], &[f64]),
    most_kept: usize,
) -> Result<Profiled, Refusal> {
    // Nothing is added up, and no horizon is looked for.
    let recipe = Recipe {
        variables: recipe.variables.clone(),
        aggregates: Vec::new(),
        fractions: Vec::new(),
        elapsed_s: Vec::new(),
        limits: recipe.limits,
    };
    let (plan, pass) = read(reading, path, source, &recipe, most_kept)?;
    let mut cleaning = pass.cleaning;
    let order = Order::of(&pass.rows, &pass.clock, &mut cleaning);
    let track = Track::clean(&pass.rows, &order, &mut cleaning);
    check(&track, &cleaning, pass.rows_off_globe, &recipe)?;
    let flight = Flight { plan: &plan, pass: &pass, order: &order, track: &track };
    let reach = |axis: &Along| flight.reach(*axis, fractions, (path, source));
    let reached: Vec<Option<Reached>> = axes.iter().map(reach).collect::<Result<_, _>>()?;
    let values = flight.values(&reached, recipe.variables.len(), (path, source))?;
    let along = reached.into_iter().zip(values);
    let along = along.map(|(reached, values)| Some(flight.profile(&reached?, values))).collect();
    let profiled = Profiled {
        duration_s: track.duration_s(),
        distance_m: track.distance_m.iter().copied().fold(0.0, f64::max),
        along,
    };
    fast::recycle(pass.rows);
    Ok(profiled)
}

/// A flight that was read.
struct Flight<'a> {
    plan: &'a Plan,
    pass: &'a Pass,
    order: &'a Order,
    track: &'a Track<'a>,
}

/// Values with their times, ascending, none missing.
struct Known {
    time_us: Vec<i64>,
    values: Vec<f64>,
}

/// Microseconds since the first kept row at each fraction, and the part that runs backward.
pub(super) struct Reached {
    pub(super) elapsed_us: Vec<f64>,
    pub(super) backward: f64,
}

impl Flight<'_> {
    fn reach(
        &self,
        axis: Along,
        fractions: &[f64],
        file: (&Path, &Source),
    ) -> Result<Option<Reached>, Refusal> {
        let times = &self.track.time_us;
        Ok(match axis {
            Along::Time => {
                let span = (times[times.len() - 1] - times[0]) as f64;
                let elapsed_us = fractions.iter().map(|fraction| fraction * span).collect();
                (span > 0.0).then_some(Reached { elapsed_us, backward: 0.0 })
            }
            Along::Distance => reach(times, &self.track.distance_m, times[0], fractions),
            Along::Variable(variable) => {
                let known = self.column(variable, file)?;
                known.and_then(|k| reach(&k.time_us, &k.values, times[0], fractions))
            }
        })
    }

    /// A variable by itself: of a role, kept, or read again.
    fn column(
        &self,
        variable: usize,
        (path, source): (&Path, &Source),
    ) -> Result<Option<Known>, Refusal> {
        if let Some(role) = self.role_of(variable) {
            return Ok(role);
        }
        let place = self.plan.wanted.iter().position(|wanted| wanted.variable == variable);
        let Some(place) = place else { return Ok(None) };
        if let Some(column) = self.pass.kept.columns.get(place) {
            return Ok(self.known(column));
        }
        let wanted = &self.plan.wanted[place..=place];
        let columns = read_columns(path, source, wanted, self.pass.cleaning.rows)?;
        Ok(columns.first().and_then(|column| self.known(column)))
    }

    /// The values of a variable that is a role; none if it is not.
    #[expect(
        clippy::option_option,
        reason = "what is no role is one thing, a role without values another"
    )]
    fn role_of(&self, variable: usize) -> Option<Option<Known>> {
        let role = *self.plan.role_variables.get(variable)?.as_ref()?;
        let track = self.track;
        let of = |time_us: &[i64], values: &[f64]| {
            (!values.is_empty())
                .then(|| Known { time_us: time_us.to_vec(), values: values.to_vec() })
        };
        Some(match role {
            Role::Longitude => of(&track.time_us, &track.longitude_deg),
            Role::Latitude => of(&track.time_us, &track.latitude_deg),
            Role::Altitude => of(&track.altitude_time_us, &track.altitude_m),
            Role::Distance => of(&track.time_us, &track.distance_m),
        })
    }

    /// The rows of a column that have a time and a value, in order of time.
    fn known(&self, column: &[f64]) -> Option<Known> {
        let mut known = Known { time_us: Vec::new(), values: Vec::new() };
        for row in self.order.rows() {
            let (time, value) = (self.pass.rows.time_us[row], column[row]);
            if time != NO_TIME && value.is_finite() {
                known.time_us.push(time);
                known.values.push(value);
            }
        }
        (!known.values.is_empty()).then_some(known)
    }

    /// For each axis, for each variable, a value where the axis reaches each fraction.
    fn values(
        &self,
        reached: &[Option<Reached>],
        n_variables: usize,
        (path, source): (&Path, &Source),
    ) -> Result<Vec<Vec<Vec<f64>>>, Refusal> {
        let origin_us = self.track.time_us[0];
        let missing = |reached: &Option<Reached>| {
            let n_fractions = reached.as_ref().map_or(0, |reached| reached.elapsed_us.len());
            vec![vec![f64::NAN; n_fractions]; n_variables]
        };
        let mut values: Vec<Vec<Vec<f64>>> = reached.iter().map(missing).collect();
        let mut take = |variable: usize, known: &Known| {
            for (values, reached) in values.iter_mut().zip(reached) {
                let elapsed_us = reached.iter().flat_map(|reached| &reached.elapsed_us);
                let at = |us: &f64| interpolate(&known.time_us, &known.values, origin_us, *us);
                values[variable] = elapsed_us.map(at).collect();
            }
        };
        for variable in 0..n_variables {
            if let Some(Some(known)) = self.role_of(variable) {
                take(variable, &known);
            }
        }
        let rows = self.pass.cleaning.rows;
        let at_once = (REREAD_BYTES / (8 * rows.max(1) as usize)).max(1);
        for (part, wanted) in self.plan.wanted.chunks(at_once).enumerate() {
            let first = part * at_once;
            let read;
            let columns =
                if let Some(kept) = self.pass.kept.columns.get(first..first + wanted.len()) {
                    kept
                } else {
                    read = read_columns(path, source, wanted, rows)?;
                    &read
                };
            for (wanted, column) in wanted.iter().zip(columns) {
                if let Some(known) = self.known(column) {
                    take(wanted.variable, &known);
                }
            }
        }
        Ok(values)
    }

    fn profile(&self, reached: &Reached, values: Vec<Vec<f64>>) -> Profile {
        let (times, distances) = (&self.track.time_us, &self.track.distance_m);
        let flown = |us: &f64| interpolate(times, distances, times[0], *us);
        let seconds = |us: &f64| us / MICROSECONDS as f64;
        Profile {
            elapsed_s: reached.elapsed_us.iter().map(seconds).collect(),
            distance_m: reached.elapsed_us.iter().map(flown).collect(),
            values,
            backward: reached.backward,
        }
    }
}

/// When some values reach fractions of the way from their first to their last: at the first
/// row whose running maximum (minimum, if they shrink) is there, interpolated from the row
/// before, as `targets` does with distances. None where they end where they began.
pub(super) fn reach(
    time_us: &[i64],
    values: &[f64],
    origin_us: i64,
    fractions: &[f64],
) -> Option<Reached> {
    let (first, last) = (*values.first()?, *values.last()?);
    let direction = if last < first { -1.0 } else { 1.0 };
    let (mut highest, mut path, mut back) = (0.0_f64, 0.0, 0.0);
    let mut before = 0.0;
    let running = values.iter().map(|value| {
        let progress = (value - first) * direction;
        let step = progress - before;
        (path, back) = (path + step.abs(), back + (-step).max(0.0));
        before = progress;
        highest = highest.max(progress);
        highest
    });
    let reached: Vec<f64> = running.collect();
    if !(highest > 0.0 && highest.is_finite()) {
        return None;
    }
    let since_origin = |row: usize| (time_us[row] - origin_us) as f64;
    let at = |fraction: &f64| {
        let wanted = fraction * highest;
        let row = reached.partition_point(|progress| *progress < wanted).min(reached.len() - 1);
        let before = row.saturating_sub(1);
        let step = reached[row] - reached[before];
        let share = if step > 0.0 { (wanted - reached[before]) / step } else { 0.0 };
        since_origin(before) + (since_origin(row) - since_origin(before)) * share
    };
    Some(Reached { elapsed_us: fractions.iter().map(at).collect(), backward: back / path })
}
