//! *Shares*: which part of the flights takes each route, by weekday, by hour, and by what parts
//! the routes most, such as the wind.
//!
//! The section on routes shows them.

use super::factors::Factor;
use super::material::Material;
use super::routes::{PairTracks, letter};
use super::statistics::kruskal_wallis;
use crate::chart::{HeatMap, HeatRow, plain_text};
use crate::evaluate::quantile;
use crate::models::RouteDivision;
use crate::page::words::{UNKNOWN, count, percent};
use crate::page::{Figure, Grid, drawing};
use crate::tables::{CALENDAR_NAMES, DISTANCE_TO_GO, Feature, FeatureTable, Horizon, STATE};

/// Fewest flights of a class, for a share that says something.
const SMALLEST: usize = 5;
/// Characters that fit below a column; of weekdays, some of which have more, the first three.
const LONG: usize = 8;
/// Classes of a number, each with as many flights.
const CLASSES: usize = 5;
/// Roles, and usual names of directions, whose aggregates are the track itself: they tell its
/// cluster without explaining it.
const OF_TRACK: [&str; 8] =
    ["longitude", "latitude", "altitude", "distance", "track", "course", "heading", "bearing"];

/// Whether a column describes the track or its length rather than what made it.
pub(super) fn is_of_track(name: &str) -> bool {
    let column = name.split_once('@').map_or(name, |(column, _)| column).to_lowercase();
    let role = OF_TRACK.iter().any(|role| {
        column.strip_prefix(role).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    });
    role || STATE.contains(&column.as_str()) || column == DISTANCE_TO_GO
}

/// Maps of shares; none without any class.
pub(super) fn shares(
    material: &Material<'_>,
    pair: &PairTracks<'_>,
    best: &RouteDivision,
) -> Option<Figure> {
    let mut maps = Vec::new();
    for factor in [Factor::Weekday, Factor::Hour] {
        let of = factor.of_flights(material);
        let classes = factor.groups();
        let of_flight = |flight: usize| {
            let name = of[flight].as_ref()?;
            classes.iter().position(|class| class == name)
        };
        maps.extend(map(factor.title(), &classes, of_flight, pair, best));
    }
    for feature in telling(&material.features, pair, best) {
        let mut values: Vec<f64> = known(&feature.values, pair);
        values.sort_by(f64::total_cmp);
        let bounds: Vec<f64> = (1..CLASSES)
            .filter_map(|class| quantile(&values, class as f64 / CLASSES as f64))
            .collect();
        let classes = ["lowest", "low", "middle", "high", "highest"].map(str::to_owned);
        let of_flight = |flight: usize| {
            let value = feature.values[flight];
            value.is_finite().then(|| bounds.partition_point(|bound| *bound < value))
        };
        let title = format!("{}, fifths", plain_text(&feature.name, 50));
        maps.extend(map(&title, &classes, of_flight, pair, best));
    }
    let (panels, grids): (Vec<_>, Vec<_>) = maps.into_iter().unzip();
    (!panels.is_empty()).then(|| Figure {
        caption: format!(
            "Share of the flights that take each route: of those of a weekday, of an hour, and of \
             a fifth of the flights by what parts the routes most. Every column adds up to \
             100\u{a0}%; classes of fewer than {SMALLEST} flights are empty."
        ),
        panels,
        shape: "heat",
        several: true,
        legend: Vec::new(),
        grids,
    })
}

/// The feature that parts the routes most of those that are named after the wind, and of the
/// others; both by the share of the ranks' variance that routes explain.
fn telling<'a>(
    table: &'a FeatureTable,
    pair: &PairTracks<'_>,
    best: &RouteDivision,
) -> Vec<&'a Feature> {
    let strength = |feature: &Feature| {
        let mut groups = vec![Vec::new(); best.sizes.len()];
        for (flight, route) in pair.flights.iter().zip(&best.members) {
            let value = feature.values[*flight];
            if value.is_finite() {
                groups[*route].push(value);
            }
        }
        groups.retain(|group| group.len() >= SMALLEST);
        kruskal_wallis(&groups).map(|test| test.epsilon_squared)
    };
    let is_wind = |feature: &Feature| feature.name.to_lowercase().contains("wind");
    let is_asked = |feature: &&Feature| {
        let is_calendar = CALENDAR_NAMES.contains(&feature.name.as_str())
            || feature.horizon == Horizon::Departure;
        !is_of_track(&feature.name) && !is_calendar
    };
    let best_of = |wanted: bool| {
        let candidates = table.features.iter().filter(is_asked);
        let candidates = candidates.filter(|feature| is_wind(feature) == wanted);
        let ranked = candidates.filter_map(|feature| Some((strength(feature)?, feature)));
        let best = ranked.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, feature)| feature)
    };
    [true, false].into_iter().filter_map(best_of).collect()
}

fn known(values: &[f64], pair: &PairTracks<'_>) -> Vec<f64> {
    let of_pair = pair.flights.iter().map(|flight| values[*flight]);
    of_pair.filter(|value| value.is_finite()).collect()
}

fn map(
    title: &str,
    classes: &[String],
    class_of: impl Fn(usize) -> Option<usize>,
    pair: &PairTracks<'_>,
    best: &RouteDivision,
) -> Option<(minijinja::Value, Grid)> {
    let mut counts = vec![vec![0_usize; classes.len()]; best.sizes.len()];
    for (flight, route) in pair.flights.iter().zip(&best.members) {
        if let Some(class) = class_of(*flight) {
            counts[*route][class] += 1;
        }
    }
    let totals: Vec<usize> =
        (0..classes.len()).map(|class| counts.iter().map(|row| row[class]).sum()).collect();
    if totals.iter().filter(|total| **total >= SMALLEST).count() < 2 {
        return None;
    }
    let share = |route: usize, class: usize| {
        (totals[class] >= SMALLEST).then(|| counts[route][class] as f64 / totals[class] as f64)
    };
    let all = |route: usize| (0..classes.len()).map(move |class| share(route, class));
    let name = |route: usize| format!("route {}", letter(route));
    let rows = (0..counts.len())
        .map(|route| HeatRow { name: name(route), values: all(route).collect() })
        .collect();
    let are_long = classes.iter().any(|class| class.chars().count() > LONG);
    let short = |class: &String| {
        let word = class.split('\u{a0}').next().unwrap_or(class); // `06–09 h` without its unit
        word.chars().take(if are_long && word == class { 3 } else { LONG }).collect()
    };
    let chart = HeatMap {
        heading: title.to_owned(),
        description: format!("Share of each route, {title}. The numbers are in the table below."),
        x_label: String::new(),
        columns: classes.iter().map(short).collect(),
        rows,
        text: |value| percent(value),
    };
    let cells = |route: usize| {
        let cells = all(route).map(|share| share.map_or(UNKNOWN.to_owned(), percent));
        std::iter::once(name(route)).chain(cells).collect()
    };
    let flights = totals.iter().map(|total| count(*total as u64));
    let flights = std::iter::once("flights".to_owned()).chain(flights).collect();
    let grid = Grid {
        title: title.to_owned(),
        head: std::iter::once("route".to_owned()).chain(classes.iter().cloned()).collect(),
        rows: (0..counts.len()).map(cells).chain([flights]).collect(),
    };
    Some((drawing(chart.to_svg()), grid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_are_the_track_are_told_from_those_that_may_explain_it() {
        for name in
            ["longitude_mean", "distance", "altitude_p95@600s", "track_deg@600s", "Course_max"]
        {
            assert!(is_of_track(name), "{name}");
        }
        for name in ["wind_mean", "altitudes_mean", "hour"] {
            assert!(!is_of_track(name), "{name}");
        }
    }
}
