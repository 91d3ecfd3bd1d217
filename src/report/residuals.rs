//! Residuals: where, when and for whom the best model of each horizon misses, and how often its
//! intervals hold what was flown.
//!
//! The page shows them by fraction of the flight, by hour of the day and by type of aircraft;
//! coverage by pair and by month.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figure::{Figure, Grid, LegendItem, drawing, grid_of};
use super::material::{About, Material, main_axis};
use super::misses::{Group, Miss, MissedFlight, grouped};
use super::words::{self, UNKNOWN, Unit, count, percent};
use crate::chart::{Ink, LineChart, Mark, Point, Series, WhiskerBar, plain_text, whisker_chart};
use crate::evaluate::quantile;
use crate::tables::{Axis, Scored};

/// Groups that bars show; the table has more.
const SHOWN: usize = 24;
/// Groups that a table lists.
const LISTED: usize = 200;
/// What the intervals are made to hold.
const NOMINAL: f64 = 0.9;

/// What the template shows.
#[derive(Debug, Serialize)]
pub(super) struct Residuals {
    split: &'static str,
    models: String,
    by_fraction: Vec<Figure>,
    by_kind: Vec<Figure>,
    coverage: Vec<Figure>,
    has_catalog: bool,
}

/// A horizon's flights, and its name in headings.
struct Part<'a> {
    heading: String,
    flights: &'a [MissedFlight],
}

/// None where no flight was held out, or the flown tracks are not those of the run.
pub(super) fn residuals(material: &Material) -> Option<Residuals> {
    let axis = main_axis(&material.record);
    let missed = &material.missed;
    let (first, _) = missed.first()?;
    let name =
        |(scored, _): &(Scored, _)| format!("{}: {}", words::horizon(scored.horizon), scored.model);
    let parts: Vec<Part<'_>> = missed
        .iter()
        .map(|(scored, flights)| Part { heading: words::horizon(scored.horizon), flights })
        .collect();
    let about = |id: &str| material.about(id);
    let kinds: [(&str, Kind<'_>, bool); 2] = [
        ("hour of the day (UTC)", &|id| hour(about(id)?), false),
        ("type of aircraft", &|id| about(id)?.aircraft_type.clone(), true),
    ];
    let by_kind = kinds.iter().filter_map(|(what, kind, by_size)| by(&parts, what, kind, *by_size));
    let coverage: [(&str, Kind<'_>, bool); 2] =
        [("pair", &|id| about(id)?.pair.clone(), true), ("month", &|id| month(about(id)?), false)];
    let coverage =
        coverage.iter().filter_map(|(what, kind, by_size)| held(&parts, what, kind, *by_size));
    Some(Residuals {
        split: first.split.as_str(),
        models: missed.iter().map(name).collect::<Vec<_>>().join("; "),
        by_fraction: [
            signed(&parts, axis, "time", "late", Unit::Seconds, |miss| Some(miss.time_s)),
            signed(&parts, axis, "altitude", "high", Unit::Feet, |miss| miss.altitude_ft),
        ]
        .into_iter()
        .flatten()
        .collect(),
        by_kind: by_kind.collect(),
        coverage: coverage.collect(),
        has_catalog: material.about.is_some(),
    })
}

/// The kind of a flight, by its id.
type Kind<'a> = &'a dyn Fn(&str) -> Option<String>;

fn hour(about: &About) -> Option<String> {
    const HOUR_US: i64 = 3_600_000_000;
    let hour = about.start_time_us?.div_euclid(HOUR_US).rem_euclid(24);
    Some(format!("{hour:02}:00"))
}

fn month(about: &About) -> Option<String> {
    let start = jiff::Timestamp::from_microsecond(about.start_time_us?).ok()?;
    Some(start.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string())
}

/// Predicted less flown by fraction: the median, and between what nine in ten flights lie.
fn signed(
    parts: &[Part<'_>],
    axis: Axis,
    what: &str,
    above: &str,
    unit: Unit,
    of: impl Fn(&Miss) -> Option<f64>,
) -> Option<Figure> {
    let names = ["5th percentile", "median", "95th percentile"];
    let inks = [Ink::Hue(2), Ink::Hue(0), Ink::Hue(1)];
    let lines_of = |part: &Part<'_>| {
        let mut by_fraction: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for miss in part.flights.iter().flat_map(|flight| &flight.misses) {
            // Fractions lie in 0..=1, where the order of the bits is that of the numbers.
            by_fraction.entry(miss.fraction.to_bits()).or_default().extend(of(miss));
        }
        by_fraction.retain(|_, values| !values.is_empty());
        by_fraction.values_mut().for_each(|values| values.sort_by(f64::total_cmp));
        let series = |(name, ink, share): (&str, Ink, f64)| {
            let point = |(bits, values): (&u64, &Vec<f64>)| {
                let (fraction, y) = (f64::from_bits(*bits), quantile(values, share)?);
                let note = format!("{name}, {}: {}", percent(fraction), unit.with_sign(y));
                Some(Point { x: (fraction * 1000.0).round() / 10.0, y, note })
            };
            Series { ink, points: by_fraction.iter().filter_map(point).collect() }
        };
        let shares = [0.05, 0.5, 0.95];
        let lines = names.iter().zip(inks).zip(shares).map(|((n, i), s)| series((n, i, s)));
        lines.collect::<Vec<Series>>()
    };
    let lines: Vec<Vec<Series>> = parts.iter().map(lines_of).collect();
    let values = || lines.iter().flatten().flat_map(|line| line.points.iter().map(|p| p.y));
    values().next()?;
    let range = LineChart::common_range(values());
    let chart = |(part, series): (&Part<'_>, Vec<Series>)| {
        let chart = LineChart {
            heading: part.heading.clone(),
            description: format!(
                "Predicted less flown {what} by fraction, {}: 5th percentile, median and 95th percentile of the held-out flights. The numbers are in the table below.",
                part.heading
            ),
            x_label: format!("part of the {} (%)", words::axis(axis)),
            y_label: format!("{what}, predicted − flown ({})", unit.sign()),
            x_range: (0.0, 100.0),
            y_range: Some(range),
            series,
        };
        let names = names.map(str::to_owned);
        let figure: fn(f64) -> String = match unit {
            Unit::Feet => |value| Unit::Feet.figure(value),
            _ => |value| Unit::Seconds.figure(value),
        };
        (drawing(chart.to_svg()), grid_of(&chart, &names, figure))
    };
    let (panels, grids): (Vec<_>, Vec<_>) = parts.iter().zip(lines).map(chart).unzip();
    let legend = names.iter().zip(inks).rev();
    Some(Figure {
        caption: format!(
            "Which way the {what} is missed: predicted less flown, above zero is too {above}. Nine in ten held-out flights lie between the outer lines; a median off zero is a bias."
        ),
        several: panels.len() > 1,
        panels,
        shape: "line",
        legend: legend.map(|(name, ink)| LegendItem::new(ink, *name)).collect(),
        grids,
    })
}

/// The groups that bars show: all of few, or those of most flights, in their order.
fn shown(groups: &[Group], by_size: bool) -> Vec<&Group> {
    let mut order: Vec<&Group> = groups.iter().collect();
    order.sort_by_key(|group| std::cmp::Reverse(group.n_flights)); // stable: ties go by name
    order.truncate(SHOWN);
    if !by_size {
        order.sort_by(|a, b| a.name.cmp(&b.name));
    }
    order
}

/// Bars of groups with two standard errors, and the line that they are to be compared with.
fn panel(
    heading: &str,
    description: &str,
    bars: &[&Group],
    text: fn(f64) -> String,
    mark: &Mark,
) -> minijinja::Value {
    let bar = |group: &&Group| WhiskerBar {
        name: format!("{} ({})", group.name, count(group.n_flights)),
        value: group.mean,
        error: group.error.map(|error| 2.0 * error),
        text: text(group.mean),
    };
    let bars: Vec<WhiskerBar> = bars.iter().map(bar).collect();
    drawing(whisker_chart(heading, description, &bars, Some(mark)))
}

/// Position errors by kind of flight; none where there is one kind at most.
fn by(parts: &[Part<'_>], what: &str, kind: Kind<'_>, by_size: bool) -> Option<Figure> {
    let position = |flight: &MissedFlight| flight.mean(|miss| Some(miss.position_nmi));
    let altitude = |flight: &MissedFlight| flight.mean(|miss| Some(miss.altitude_ft?.abs()));
    let time = |flight: &MissedFlight| flight.mean(|miss| Some(miss.time_s.abs()));
    let late = |flight: &MissedFlight| flight.mean(|miss| Some(miss.time_s));
    let part = |part: &Part<'_>| {
        let groups = grouped(part.flights, kind, position);
        if groups.len() < 2 {
            return None;
        }
        let all = grouped(part.flights, |_| Some(String::new()), position);
        let mean = all.first().map_or(0.0, |group| group.mean);
        let mark = Mark {
            value: mean,
            text: format!("all flights {}", Unit::NauticalMiles.with_sign(mean)),
        };
        let heading = format!("{}, position error (nmi)", part.heading);
        let description = format!(
            "Mean position error by {what}, {}. The numbers are in the table below.",
            part.heading
        );
        let figure: fn(f64) -> String = |value| Unit::NauticalMiles.figure(value);
        let bars = shown(&groups, by_size);
        let svg = panel(&heading, &description, &bars, figure, &mark);
        let others = [
            (grouped(part.flights, kind, altitude), Unit::Feet),
            (grouped(part.flights, kind, time), Unit::Seconds),
            (grouped(part.flights, kind, late), Unit::Seconds),
        ];
        let row = |group: &Group| {
            let error = group.error.map(|error| 2.0 * error);
            let mut row = vec![
                plain_text(&group.name, 60),
                count(group.n_flights),
                Unit::NauticalMiles.figure(group.mean),
                Unit::NauticalMiles.or_dash(error),
            ];
            row.extend(others.iter().map(|(groups, unit)| {
                let same = groups.iter().find(|other| other.name == group.name);
                unit.or_dash(same.map(|other| other.mean))
            }));
            row
        };
        let head = [
            what,
            "flights",
            "position (nmi)",
            "± (nmi)",
            "altitude (ft)",
            "time (s)",
            "predicted late by (s)",
        ];
        let grid = Grid {
            title: part.heading.clone(),
            head: head.map(str::to_owned).to_vec(),
            rows: groups.iter().take(LISTED).map(row).collect(),
        };
        Some((svg, grid))
    };
    let (panels, grids): (Vec<_>, Vec<_>) = parts.iter().filter_map(part).unzip();
    (!panels.is_empty()).then(|| Figure {
        caption: format!(
            "Mean position error by {what}, with the number of held-out flights; whiskers are two standard errors, flights taken as independent. What lies off the dashed line by more than its whisker is harder, or easier, than the rest."
        ),
        several: panels.len() > 1,
        panels,
        shape: "bars",
        legend: Vec::new(),
        grids,
    })
}

/// Coverage of the 90 % intervals by kind of flight; none where there are no intervals.
fn held(parts: &[Part<'_>], what: &str, kind: Kind<'_>, by_size: bool) -> Option<Figure> {
    let part = |part: &Part<'_>| {
        let by_measure: Vec<Vec<Group>> =
            (0..3).map(|measure| grouped(part.flights, kind, |f| f.held(measure))).collect();
        let groups = by_measure.first().filter(|groups| !groups.is_empty())?;
        let mark = Mark { value: NOMINAL, text: format!("nominal {}", percent(NOMINAL)) };
        let heading = format!("{}, position", part.heading);
        let description = format!(
            "Share of positions that the 90 % regions hold, by {what}, {}. The numbers are in the table below.",
            part.heading
        );
        let svg = panel(&heading, &description, &shown(groups, by_size), words::share, &mark);
        let row = |group: &Group| {
            let mut row = vec![plain_text(&group.name, 60), count(group.n_flights)];
            row.extend(by_measure.iter().map(|groups| {
                let same = groups.iter().find(|other| other.name == group.name);
                same.map_or_else(|| UNKNOWN.to_owned(), |other| words::share(other.mean))
            }));
            row
        };
        let grid = Grid {
            title: part.heading.clone(),
            head: [what, "flights", "position", "altitude", "time"].map(str::to_owned).to_vec(),
            rows: groups.iter().take(LISTED).map(row).collect(),
        };
        Some((svg, grid))
    };
    let (panels, grids): (Vec<_>, Vec<_>) = parts.iter().filter_map(part).unzip();
    (!panels.is_empty()).then(|| Figure {
        caption: format!(
            "Coverage by {what}: the share of flown positions within the 90 % region about the predicted one, mean over flights and fractions, with the number of flights; whiskers are two standard errors. Bars that end well left of the dashed line belong to intervals that promise too much."
        ),
        several: panels.len() > 1,
        panels,
        shape: "bars",
        legend: Vec::new(),
        grids,
    })
}
