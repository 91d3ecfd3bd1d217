//! *Route trees* say from what is known of a flight, other than its track, which route it takes:
//! linfa's classification trees as sentences, with how often they are right on flights held out.
//!
//! The section on routes shows them. There is a tree per route, as in the model `route-cluster`
//! (of two routes one tree says all): linfa's trees of several classes differ from run to run.

use ndarray::{Array2, Axis};
use serde::Serialize;

use super::ExploreError;
use super::material::Material;
use super::routes::{PairTracks, letter};
use super::shares::is_of_track;
use crate::chart::{grouped, plain_text};
use crate::evaluate::{Fold, folds};
use crate::models::{
    Chooser, ChooserNode, EncodedFeature, Encoder, Encoding, ModelError, RouteClusterConfig,
    RouteDivision, median,
};
use crate::page::words::{count, counted, percent};
use crate::tables::{DISTANCE, DURATION, Horizon, Split};

/// Flights that trees learn from.
const MOST_FLIGHTS: usize = 1500;
const DEPTH: usize = 3;
/// Fewest flights of a leaf.
const SMALLEST_LEAF: usize = 5;
const FOLDS: usize = 5;
const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Trees of a pair's routes.
#[derive(Debug, Serialize)]
pub(super) struct RouteTree {
    /// Trees one by one.
    trees: Vec<Lines>,
    /// Share of held-out flights whose route is named rightly.
    pub(super) accuracy: Option<f64>,
    /// Share of them that the largest route of the others is right for.
    pub(super) majority: Option<f64>,
    /// The same in words.
    verdict: String,
}

/// A tree in lines.
#[derive(Debug, Serialize)]
struct Lines {
    title: String,
    lines: Vec<String>,
}

/// A column of the matrix, as a question about it.
struct Question {
    name: String,
    /// What the feature is where the column is 1; none for a number.
    level: Option<String>,
}

/// Learns the trees; none where no feature varies.
pub(super) fn route_tree(
    material: &Material<'_>,
    pair: &PairTracks<'_>,
    best: &RouteDivision,
    seed: u64,
) -> Result<Option<RouteTree>, ExploreError> {
    let n = pair.flights.len().min(MOST_FLIGHTS);
    let at: Vec<usize> = (0..n).map(|i| i * pair.flights.len() / n).collect();
    let rows: Vec<usize> = at.iter().map(|at| pair.flights[*at]).collect();
    let routes: Vec<usize> = at.iter().map(|at| best.members[*at]).collect();
    let table = &material.features;
    let features = table.features.iter().map(|feature| feature.name.clone());
    let of_track = features.filter(|name| is_of_track(name));
    let of_track: Vec<String> = of_track.chain([DURATION, DISTANCE].map(str::to_owned)).collect();
    let encoder = Encoder::learn(table, &rows, Horizon::WholeFlight, &[], false).without(&of_track);
    if encoder.features.is_empty() {
        return Ok(None);
    }
    let x = filled(encoder.encode(table, &rows).mapv(f64::from));
    let questions: Vec<Question> = encoder.features.iter().flat_map(questions).collect();
    let config = RouteClusterConfig {
        max_depth: DEPTH,
        min_leaf: SMALLEST_LEAF.max(n / 50),
        ..material.route_cluster.clone()
    };
    let n_routes = best.sizes.len();
    let choosers = choosers(&x, &routes, n_routes, &config)?;
    let trees = choosers.iter().enumerate().map(|(route, chooser)| {
        let (one, other) = (letter(route), if n_routes == 2 { "B" } else { "another" });
        Lines {
            title: if n_routes == 2 { "Route A or B?".to_owned() } else { format!("Route {one}?") },
            lines: lines(chooser, &questions, &x, &one, other),
        }
    });
    let starts: Vec<Option<i64>> = rows.iter().map(|row| table.start_time_us[*row]).collect();
    let (held_out, split) = match folds(Split::Day, &starts, FOLDS, seed) {
        Ok(found) => (found, "whole days"),
        Err(_) => (folds(Split::Random, &starts, FOLDS, seed).unwrap_or_default(), "at random"),
    };
    let right = judged(&x, &routes, n_routes, &config, &held_out)?;
    let verdict = match right {
        Some((accuracy, majority)) => verdict(accuracy, majority, n, split),
        None => "Too few flights to hold some out.".to_owned(),
    };
    Ok(Some(RouteTree {
        trees: trees.collect(),
        accuracy: right.map(|right| right.0),
        majority: right.map(|right| right.1),
        verdict,
    }))
}

/// A chooser per route; of two routes, that of the first.
fn choosers(
    x: &Array2<f64>,
    routes: &[usize],
    n_routes: usize,
    config: &RouteClusterConfig,
) -> Result<Vec<Chooser>, ModelError> {
    let n_trees = if n_routes == 2 { 1 } else { n_routes };
    let chooser = |route: usize| {
        let takes_it: Vec<bool> = routes.iter().map(|own| *own == route).collect();
        Chooser::fit(x, &takes_it, config)
    };
    (0..n_trees).map(chooser).collect()
}

/// Shares of held-out flights whose route the trees name, and the largest route of the flights
/// learnt from is; none without folds.
fn judged(
    x: &Array2<f64>,
    routes: &[usize],
    n_routes: usize,
    config: &RouteClusterConfig,
    folds: &[Fold],
) -> Result<Option<(f64, f64)>, ModelError> {
    let (mut named, mut largest, mut n) = (0_usize, 0_usize, 0_usize);
    for fold in folds {
        let learnt: Vec<usize> = fold.train.iter().map(|flight| routes[*flight]).collect();
        let choosers = choosers(&x.select(Axis(0), &fold.train), &learnt, n_routes, config)?;
        let sizes = |route: usize| learnt.iter().filter(|own| **own == route).count();
        let usual = (0..n_routes).rev().max_by_key(|route| sizes(*route));
        for &flight in &fold.test {
            let shares: Vec<f64> = choosers.iter().map(|c| c.share(x.row(flight))).collect();
            let chosen = match shares[..] {
                [share] => usize::from(share < 0.5),
                _ => (0..n_routes)
                    .rev()
                    .max_by(|a, b| shares[*a].total_cmp(&shares[*b]))
                    .unwrap_or(0),
            };
            named += usize::from(chosen == routes[flight]);
            largest += usize::from(usual == Some(routes[flight]));
            n += 1;
        }
    }
    Ok((n > 0).then(|| (named as f64 / n as f64, largest as f64 / n as f64)))
}

fn verdict(accuracy: f64, majority: f64, n: usize, split: &str) -> String {
    // Two standard errors of the difference, if every flight decides for itself.
    let chance =
        2.0 * ((accuracy * (1.0 - accuracy) + majority * (1.0 - majority)) / n as f64).sqrt();
    let words = match accuracy - majority {
        gain if gain <= 0.0 => "no better than always naming the largest one",
        gain if gain <= chance => "hardly better than always naming the largest one",
        _ => "better than always naming the largest one",
    };
    format!(
        "On flights held out ({split}, in {FOLDS} folds) the right route is named for {} of {}: \
         {words}, which is right for {}.",
        percent(accuracy),
        counted(n as u64, "flight"),
        percent(majority)
    )
}

/// Missing values become the median of their column.
fn filled(mut x: Array2<f64>) -> Array2<f64> {
    for mut column in x.columns_mut() {
        let known = column.iter().copied().filter(|value| !value.is_nan()).collect();
        let middle = median(known).unwrap_or(0.0);
        column.mapv_inplace(|value| if value.is_nan() { middle } else { value });
    }
    x
}

fn questions(feature: &EncodedFeature) -> Vec<Question> {
    let name = plain_text(&feature.name, 50);
    let levels: Vec<Option<String>> = match &feature.encoding {
        Encoding::Number | Encoding::Difference(_) => vec![None],
        Encoding::Words(levels) => levels.iter().map(|word| Some(plain_text(word, 30))).collect(),
        Encoding::Names(levels) => levels
            .iter()
            .map(|level| {
                let day = usize::try_from(*level).ok().and_then(|day| WEEKDAYS.get(day));
                let is_weekday = feature.name == "weekday";
                Some(day.filter(|_| is_weekday).map_or(level.to_string(), |d| (*d).to_owned()))
            })
            .collect(),
    };
    levels.into_iter().map(|level| Question { name: name.clone(), level }).collect()
}

/// A tree as lines, each with the depth of its node as no-break spaces in front.
fn lines(
    chooser: &Chooser,
    questions: &[Question],
    x: &Array2<f64>,
    one: &str,
    other: &str,
) -> Vec<String> {
    let mut flights = vec![0_u64; chooser.nodes.len()];
    x.rows().into_iter().for_each(|row| flights[chooser.leaf(row)] += 1);
    let mut lines = Vec::new();
    // Nodes to be written: number, depth, and what leads there. Depth is at most three.
    let mut open = vec![(0, 0, String::new())];
    while let Some((at, depth, lead)) = open.pop() {
        let indent = "\u{a0}".repeat(4 * depth);
        match &chooser.nodes[at] {
            ChooserNode::Leaf { share } => {
                let of = counted(flights[at], "flight");
                let leaf = if *share >= 0.5 {
                    format!("route {one} ({} of {of})", percent(*share))
                } else {
                    format!("{} ({} of {of})", named(other), percent(1.0 - share))
                };
                lines.push(format!("{indent}{lead}{leaf}"));
            }
            ChooserNode::Split { column, threshold, right } => {
                let Question { name, level } = &questions[*column];
                let (first, second, question) = match level {
                    // Columns of words are 0 or 1; yes is above the threshold.
                    Some(level) => (*right, at + 1, format!("{name} is {level}")),
                    None => (at + 1, *right, format!("{name} ≤ {}", significant(*threshold))),
                };
                let depth = if lead.is_empty() {
                    depth
                } else {
                    lines.push(format!("{indent}{}", lead.trim_end()));
                    depth + 1
                };
                open.push((second, depth, "otherwise: ".to_owned()));
                open.push((first, depth, format!("if {question}: ")));
            }
        }
    }
    lines
}

fn named(other: &str) -> String {
    if other.len() == 1 { format!("route {other}") } else { format!("{other} route") }
}

/// About four digits.
fn significant(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 3,
        0.0 => 0,
        _ => return format!("{value:.2e}"),
    };
    if value.fract() == 0.0 { count_or(value) } else { grouped(value, decimals) }
}

fn count_or(value: f64) -> String {
    if value >= 0.0 { count(value as u64) } else { grouped(value, 0) }
}
