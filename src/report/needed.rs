//! What is *needed*: how much worse the best forest predicts held-out flights without each
//! feature, beside a random column.
//!
//! `variables` shows it for every horizon that has importances by permutation.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figure::{Figure, Grid, drawing};
use super::material::Material;
use super::words::{self, Unit, percent};
use crate::chart::{Mark, Tile, TileMap, WhiskerBar, plain_text, whisker_chart};
use crate::tables::{
    Axis, Horizon, Importance, ImportanceMethod, ModelName, RANDOM_PROBE, Split, Target,
};

/// Features that bars show.
const SHOWN: usize = 15;
/// Members of a cluster that the table names.
const NAMED: usize = 12;

/// What the template says of one horizon.
#[derive(Debug, Serialize)]
pub(super) struct Needed {
    model: &'static str,
    split: &'static str,
    n_flights: String,
    /// Features above the random column.
    n_above: String,
    n_features: String,
    leaders: String,
}

/// What the permutation of a feature costs, the mean over fractions.
#[derive(Debug, Clone, PartialEq)]
struct Cost {
    name: String,
    importance: f64,
    /// Its standard error over the repeats.
    error: Option<f64>,
}

/// The importances by permutation of one model at one horizon.
struct Measured<'a> {
    rows: Vec<&'a Importance>,
    model: ModelName,
    split: Split,
    repeats: usize,
}

/// What was measured at a horizon, and its figures; none where nothing was.
pub(super) fn needed(
    material: &Material,
    axis: Axis,
    horizon: Horizon,
) -> Option<(Needed, Vec<Figure>)> {
    let measured = Measured::of(material, axis, horizon)?;
    let record = material.record.permutation.as_ref()?;
    let mut features = measured.costs(ImportanceMethod::Permutation);
    let probe = features.iter().position(|cost| cost.name == RANDOM_PROBE);
    let probe = probe.map(|at| features.remove(at));
    if features.is_empty() {
        return None;
    }
    let line = probe.as_ref().map_or(0.0, |probe| probe.importance);
    let leaders = features.iter().filter(|cost| cost.importance > line).take(3);
    let leaders: Vec<String> = leaders
        .map(|cost| format!("{} ({})", plain_text(&cost.name, 60), figure(cost.importance)))
        .collect();
    let needed = Needed {
        model: measured.model.as_str(),
        split: measured.split.as_str(),
        n_flights: words::counted(record.n_flights, "flight"),
        n_above: words::count(features.iter().filter(|cost| cost.importance > line).count() as u64),
        n_features: words::counted(features.len() as u64, "feature"),
        leaders: leaders.join(", "),
    };
    let clusters = measured.costs(ImportanceMethod::PermutationCluster);
    let members = |name: &str| {
        let cluster = record.clusters.iter().find(|cluster| {
            (cluster.axis, cluster.horizon, cluster.name.as_str()) == (axis, horizon, name)
        });
        cluster.map_or_else(String::new, |cluster| named(&cluster.members))
    };
    let bars = bars(horizon, &features, probe.as_ref(), &clusters, &members);
    Some((needed, [Some(bars), leading(&measured, axis, horizon)].into_iter().flatten().collect()))
}

impl<'a> Measured<'a> {
    /// Of the best model, if it was measured, or else of another.
    fn of(material: &'a Material, axis: Axis, horizon: Horizon) -> Option<Self> {
        let repeats = material.record.permutation.as_ref()?.repeats;
        let at = |row: &&Importance| {
            row.method != ImportanceMethod::Impurity
                && (row.horizon, row.axis) == (horizon, axis)
                && row.importance.is_finite()
        };
        let rows: Vec<&Importance> = material.importances.iter().filter(at).collect();
        let main = material.scores.main_split(axis);
        let best = main.and_then(|split| material.scores.best(axis, split, horizon));
        let model = rows.iter().map(|row| row.model).min_by_key(|&m| (Some(m) != best, m))?;
        let rows: Vec<&Importance> = rows.into_iter().filter(|row| row.model == model).collect();
        let split = rows.iter().find_map(|row| row.split)?;
        Some(Self { rows, model, split, repeats })
    }

    /// The costs of all targets together, the largest first.
    fn costs(&self, method: ImportanceMethod) -> Vec<Cost> {
        let mut by_name: BTreeMap<&str, Vec<&Importance>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.method == method && row.target.is_none()) {
            by_name.entry(&row.feature).or_default().push(row);
        }
        let cost = |(name, rows): (&str, Vec<&Importance>)| {
            let n = rows.len() as f64;
            // Fractions are permuted apart, so that the variances of their means add up.
            let variances = rows.iter().map(|row| Some(row.standard_error(self.repeats)?.powi(2)));
            Cost {
                name: name.to_owned(),
                importance: rows.iter().map(|row| row.importance).sum::<f64>() / n,
                error: variances.sum::<Option<f64>>().map(|sum| sum.sqrt() / n),
            }
        };
        let mut costs: Vec<Cost> = by_name.into_iter().map(cost).collect();
        // Stable: equal ones stay in the order of their names.
        costs.sort_by(|a, b| b.importance.total_cmp(&a.importance));
        costs
    }
}

fn figure(importance: f64) -> String {
    Unit::None.figure(importance)
}

fn named(members: &[String]) -> String {
    let mut names: Vec<String> =
        members.iter().take(NAMED).map(|name| plain_text(name, 60)).collect();
    if members.len() > NAMED {
        names.push(format!("and {} more", members.len() - NAMED));
    }
    names.join(", ")
}

/// Bars of features and of clusters, and their numbers.
fn bars(
    horizon: Horizon,
    features: &[Cost],
    probe: Option<&Cost>,
    clusters: &[Cost],
    members: &dyn Fn(&str) -> String,
) -> Figure {
    let mark = probe.map(|probe| Mark {
        value: probe.importance,
        text: format!("random probe {}", figure(probe.importance)),
    });
    let draw = |heading: &str, costs: &[Cost]| {
        let bars: Vec<WhiskerBar> = costs
            .iter()
            .take(SHOWN)
            .map(|cost| WhiskerBar {
                name: cost.name.clone(),
                value: cost.importance,
                error: cost.error,
                text: figure(cost.importance),
            })
            .collect();
        let description = format!(
            "{heading}: how much worse held-out flights are predicted when they are permuted, {}.",
            words::horizon(horizon)
        );
        drawing(whisker_chart(heading, &description, &bars, mark.as_ref()))
    };
    let cells = |cost: &Cost| {
        let error = cost.error.map_or_else(|| words::UNKNOWN.to_owned(), figure);
        vec![plain_text(&cost.name, 100), figure(cost.importance), error]
    };
    let head = |name: &str| [name, "importance", "standard error"].map(str::to_owned).to_vec();
    let mut panels = vec![draw("By feature", features)];
    let mut grids = vec![Grid {
        title: "Importance by permutation".to_owned(),
        head: head("feature"),
        rows: features.iter().take(200).chain(probe).map(cells).collect(),
    }];
    if !clusters.is_empty() {
        panels.push(draw("By cluster of correlated features", clusters));
        let row = |cost: &Cost| [cells(cost), vec![members(&cost.name)]].concat();
        grids.push(Grid {
            title: "Clusters".to_owned(),
            head: [head("cluster"), vec!["features".to_owned()]].concat(),
            rows: clusters.iter().take(200).map(row).collect(),
        });
    }
    let others = match features.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!(
            " The {} that matter least are in the numbers.",
            words::counted(n as u64, "feature")
        ),
    };
    Figure {
        caption: format!(
            "By permutation: growth of the squared error, in variances of the targets, mean over \
             targets and fractions; whiskers are one standard error over permutations. Features \
             at or below the probe’s dashed line are noise.{others}"
        ),
        several: panels.len() > 1,
        panels,
        shape: "bars",
        legend: Vec::new(),
        grids,
    }
}

/// The feature that each target needs most at each fraction; none where chance is as good.
fn leading(measured: &Measured<'_>, axis: Axis, horizon: Horizon) -> Option<Figure> {
    let rows = || {
        let rows = measured.rows.iter().filter(|row| row.method == ImportanceMethod::Permutation);
        rows.filter_map(|row| Some((row, row.target?, thousandths(row.fraction?))))
    };
    let mut targets: Vec<Target> = rows().map(|(_, target, _)| target).collect();
    targets.sort();
    targets.dedup();
    let mut fractions: Vec<u32> = rows().map(|(_, _, fraction)| fraction).collect();
    fractions.sort_unstable();
    fractions.dedup();
    if targets.is_empty() {
        return None;
    }
    let leader = |target: Target, fraction: u32| {
        let here = rows().filter(|(_, t, f)| (*t, *f) == (target, fraction)).map(|(row, _, _)| row);
        let most = here.max_by(|a, b| {
            a.importance.total_cmp(&b.importance).then_with(|| b.feature.cmp(&a.feature))
        })?;
        (most.feature != RANDOM_PROBE && most.importance > 0.0).then(|| Tile {
            word: most.feature.clone(),
            value: most.importance,
            text: figure(most.importance),
        })
    };
    let columns: Vec<String> = fractions.iter().map(|&f| percent(f64::from(f) / 1000.0)).collect();
    let tiles: Vec<(String, Vec<Option<Tile>>)> = targets
        .iter()
        .map(|&target| (target.to_string(), fractions.iter().map(|&f| leader(target, f)).collect()))
        .collect();
    let cell = |tile: &Option<Tile>| {
        let words = |tile: &Tile| format!("{} {}", plain_text(&tile.word, 60), tile.text);
        tile.as_ref().map_or_else(|| words::UNKNOWN.to_owned(), words)
    };
    let grid = Grid {
        title: "Leading feature by target".to_owned(),
        head: std::iter::once("target".to_owned()).chain(columns.iter().cloned()).collect(),
        rows: tiles
            .iter()
            .map(|(name, tiles)| {
                std::iter::once(name.clone()).chain(tiles.iter().map(cell)).collect()
            })
            .collect(),
    };
    let map = TileMap {
        heading: "Leading feature".to_owned(),
        description: format!(
            "The feature that each target needs most along the flight, {}. The numbers are in the table below.",
            words::horizon(horizon)
        ),
        x_label: format!("part of the {}", words::axis(axis)),
        columns,
        rows: tiles,
    };
    Some(Figure {
        caption: "The feature whose permutation costs each target most at each fraction, darker where it costs more; an empty tile is one where the random probe is as good as any.".to_owned(),
        panels: vec![drawing(map.to_svg())],
        shape: "heat",
        several: false,
        legend: Vec::new(),
        grids: vec![grid],
    })
}

/// A fraction as a whole number, which orders.
fn thousandths(fraction: f64) -> u32 {
    (fraction * 1000.0).round() as u32
}
