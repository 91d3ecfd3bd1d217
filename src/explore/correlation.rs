//! Correlation: which features go together, which say nearly the same, and which one of each
//! group to keep.

use serde::Serialize;

use super::groups::{Group, groups};
use super::material::Material;
use super::numbers::{Number, is_within_pairs, numbers};
use super::section::{Section, contents};
use super::statistics::{Correlations, correlations, leaf_order};
use crate::chart::{CorrelationMap, grouped, plain_text};
use crate::page::words::{UNKNOWN, count};
use crate::page::{Figure, Grid, drawing};
use crate::tables::{
    CorrelationRow, CorrelationTable, ExploredTable, FeatureGroupRow, FeatureGroupTable,
};

/// Products of flights and pairs of features that are added up at most, so that it takes
/// seconds; of more flights, every second one is taken, or every third, and so on.
const MOST_PRODUCTS: usize = 2_000_000_000;
/// Features that the map shows; of more, those that are kept, and of these the first.
const MOST_MAPPED: usize = 300;
/// Pairs of features that the page lists.
const LISTED_PAIRS: usize = 60;
/// Groups that the page lists.
const LISTED_GROUPS: usize = 100;
/// Characters of a name.
const NAME_LIMIT: usize = 60;

/// What the template sees.
#[derive(Serialize)]
struct Contents {
    n_features: String,
    n_flights: String,
    is_within_pairs: bool,
    threshold: String,
    n_left: String,
    n_groups: String,
    groups: Option<Grid>,
    are_groups_cut: bool,
    constants: Vec<String>,
    map: Option<Figure>,
}

pub(super) fn section(material: &Material<'_>) -> Section {
    let numbers = numbers(material);
    let step = step(material.features.n_flights(), numbers.len());
    let columns: Vec<Vec<f64>> =
        numbers.iter().map(|n| n.values.iter().copied().step_by(step).collect()).collect();
    let found = correlations(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let threshold = material.settings.correlation_threshold;
    let groups = groups(&numbers, &found, threshold);
    let distances: Vec<f64> = found.spearman.iter().map(|r| 1.0 - r.abs()).collect();
    let order = leaf_order(found.n, &distances);
    let table = group_table(&numbers, &found, &groups);
    let repeated = table.rows.iter().filter(|row| row.group.is_some() && !row.is_kept);
    let repeated: Vec<&str> = repeated.map(|row| row.feature.as_str()).collect();
    let n_left = table.rows.iter().filter(|row| row.is_kept).count();
    let constants = numbers.iter().filter(|number| number.is_constant());
    let shown = Contents {
        n_features: count(numbers.len() as u64),
        n_flights: count(columns.first().map_or(0, Vec::len) as u64),
        is_within_pairs: is_within_pairs(material),
        threshold: grouped(threshold, 2),
        n_left: count(n_left as u64),
        n_groups: count(groups.len() as u64),
        groups: (!groups.is_empty()).then(|| groups_grid(&numbers, &groups)),
        are_groups_cut: groups.len() > LISTED_GROUPS,
        constants: constants.map(|number| plain_text(&number.name, NAME_LIMIT)).collect(),
        map: map(&numbers, &found, &groups, &order),
    };
    let headline = (!repeated.is_empty()).then(|| {
        format!(
            "{} numeric features say nearly what {} of them do; `traj explore --write-config` \
             leaves the others out of training",
            numbers.len(),
            n_left
        )
    });
    let summary = serde_json::json!({
        "n_features": numbers.len(), "n_groups": groups.len(), "threshold": threshold,
        "repeated": repeated,
    });
    let correlations = correlation_table(&numbers, &found, &order);
    let tables: Vec<Box<dyn ExploredTable>> = vec![Box::new(correlations), Box::new(table)];
    Section {
        id: "correlation",
        title: "What goes together",
        template: "correlation.html",
        contents: contents(&shown),
        tables,
        summary,
        headlines: headline.into_iter().collect(),
    }
}

/// Every how many-th flight is taken.
fn step(n_flights: usize, n_features: usize) -> usize {
    let most = MOST_PRODUCTS / (n_features * n_features / 2).max(1);
    n_flights.div_ceil(most.clamp(1000, 200_000)).max(1)
}

fn group_table(numbers: &[Number], found: &Correlations, groups: &[Group]) -> FeatureGroupTable {
    let mut rows: Vec<FeatureGroupRow> = numbers
        .iter()
        .map(|number| FeatureGroupRow {
            feature: number.name.clone(),
            horizon: number.horizon,
            group: None,
            is_kept: !number.is_constant(),
            spearman_with_kept: None,
            missing: number.n_missing as f64 / number.values.len().max(1) as f64,
        })
        .collect();
    for (at, group) in groups.iter().enumerate() {
        rows[group.kept].group = Some(at as i64 + 1);
        rows[group.kept].spearman_with_kept = Some(1.0);
        for &other in &group.others {
            let spearman = found.spearman[found.place(group.kept, other)];
            rows[other].group = Some(at as i64 + 1);
            rows[other].is_kept = false;
            rows[other].spearman_with_kept = Some(spearman);
        }
    }
    FeatureGroupTable { rows }
}

fn correlation_table(
    numbers: &[Number],
    found: &Correlations,
    order: &[usize],
) -> CorrelationTable {
    let row = |one: usize, other: usize| {
        let at = found.place(one, other);
        let (pearson, spearman) = (found.pearson[at], found.spearman[at]);
        (!spearman.is_nan()).then(|| CorrelationRow {
            feature: numbers[one].name.clone(),
            other: numbers[other].name.clone(),
            pearson,
            spearman,
        })
    };
    let pairs = order.iter().enumerate();
    let pairs = pairs.flat_map(|(at, one)| order[at + 1..].iter().map(move |o| (*one, *o)));
    CorrelationTable { rows: pairs.filter_map(|(one, other)| row(one, other)).collect() }
}

fn groups_grid(numbers: &[Number], groups: &[Group]) -> Grid {
    let name = |at: &usize| plain_text(&numbers[*at].name, NAME_LIMIT);
    let row = |group: &Group| {
        let others: Vec<String> = group.others.iter().map(name).collect();
        vec![name(&group.kept), others.join(", "), figure(group.weakest)]
    };
    Grid {
        title: String::new(),
        head: ["keep", "leave out", "weakest correlation in the group"].map(str::to_owned).to_vec(),
        rows: groups.iter().take(LISTED_GROUPS).map(row).collect(),
    }
}

fn map(
    numbers: &[Number],
    found: &Correlations,
    groups: &[Group],
    order: &[usize],
) -> Option<Figure> {
    let is_repeated = |at: &usize| groups.iter().any(|group| group.others.contains(at));
    let mut mapped: Vec<usize> =
        order.iter().copied().filter(|at| !numbers[*at].is_constant()).collect();
    let n_all = mapped.len();
    if mapped.len() > MOST_MAPPED {
        mapped.retain(|at| !is_repeated(at));
        mapped.truncate(MOST_MAPPED);
    }
    if mapped.len() < 2 {
        return None;
    }
    let value = |values: &[f64], one: usize, other: usize| {
        Some(values[found.place(mapped[one], mapped[other])]).filter(|r| !r.is_nan())
    };
    let n = mapped.len();
    let square = |row: usize, column: usize| match row.cmp(&column) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => value(&found.pearson, row, column),
        std::cmp::Ordering::Greater => value(&found.spearman, row, column),
    };
    let chart = CorrelationMap {
        description: format!(
            "Correlations of {n} features. The strongest are in the table below, all of them in \
             correlations.parquet."
        ),
        names: mapped.iter().map(|at| numbers[*at].name.clone()).collect(),
        rows: (0..n).map(|row| (0..n).map(|column| square(row, column)).collect()).collect(),
    };
    let part =
        if n < n_all { format!(" Of {n_all} features, {n} are shown.") } else { String::new() };
    Some(Figure {
        caption: format!(
            "Correlation of every feature with every other: Pearson’s above the diagonal, \
             Spearman’s (of ranks) below it. Features that go together stand together: average \
             linkage of 1 − |Spearman’s r|.{part}"
        ),
        panels: vec![drawing(chart.to_svg())],
        shape: "map",
        several: true,
        legend: Vec::new(),
        grids: vec![strongest(numbers, found)],
    })
}

fn strongest(numbers: &[Number], found: &Correlations) -> Grid {
    let mut pairs: Vec<(usize, usize)> = (0..found.n)
        .flat_map(|one| (one + 1..found.n).map(move |other| (one, other)))
        .filter(|(one, other)| !found.spearman[found.place(*one, *other)].is_nan())
        .collect();
    let strength = |(one, other): &(usize, usize)| found.spearman[found.place(*one, *other)].abs();
    pairs.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.cmp(b)));
    let row = |(one, other): &(usize, usize)| {
        let at = found.place(*one, *other);
        vec![
            plain_text(&numbers[*one].name, NAME_LIMIT),
            plain_text(&numbers[*other].name, NAME_LIMIT),
            figure(found.spearman[at]),
            figure(found.pearson[at]),
        ]
    };
    Grid {
        title: format!(
            "The {} strongest; all are in correlations.parquet",
            LISTED_PAIRS.min(pairs.len())
        ),
        head: ["feature", "other", "Spearman", "Pearson"].map(str::to_owned).to_vec(),
        rows: pairs.iter().take(LISTED_PAIRS).map(row).collect(),
    }
}

fn figure(r: f64) -> String {
    if r.is_nan() { UNKNOWN.to_owned() } else { grouped(r, 3) }
}
