//! Variables: which features the best forest needs, and which it leans on, overall and along the
//! flight.
//!
//! The page shows bars and maps per horizon, and maps per target where a model has them: by
//! permutation (`needed`) where it was measured, and by impurity.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figure::{Figure, Grid, drawing};
use super::material::{Material, main_axis};
use super::needed::{Needed, needed};
use super::words::{self, percent, share};
use crate::chart::{Bar, HeatMap, HeatRow, bar_chart, plain_text};
use crate::tables::{Axis, Horizon, Importance, ImportanceMethod, ModelName, Split, Target};

/// Features that bars and maps show.
const SHOWN: usize = 15;
/// Features that a map of one target shows.
const SHOWN_PER_TARGET: usize = 8;

/// What the template shows for one horizon.
#[derive(Debug, Serialize)]
pub(super) struct Variables {
    horizon: String,
    is_reconstruction: bool,
    model: &'static str,
    held_out: Option<&'static str>,
    leaders: String,
    needed: Option<Needed>,
    figures: Vec<Figure>,
}

/// The importances of one model at one horizon, and what they were measured on.
struct Share<'a> {
    rows: Vec<&'a Importance>,
    model: ModelName,
    split: Option<Split>,
}

/// A section per horizon with importances, early to late.
pub(super) fn variables(material: &Material) -> Vec<Variables> {
    let axis = main_axis(&material.record);
    let mut horizons: Vec<Horizon> = material.importances.iter().map(|row| row.horizon).collect();
    horizons.sort();
    horizons.dedup();
    let section = |horizon| {
        let shares = Share::of(material, axis, horizon, |_| true)?;
        let joint = shares.by_feature(None);
        let overall = if joint.is_empty() { shares.over_targets() } else { joint };
        let order = ranked(&overall);
        if order.is_empty() {
            return None;
        }
        let leaders = order
            .iter()
            .take(3)
            .map(|(name, value)| format!("{} ({})", plain_text(name, 60), share(*value)));
        let (needed, mut figures) = needed(material, axis, horizon).unzip();
        let by_impurity = [bars(horizon, &order), heat(axis, horizon, &overall, &order)];
        let figures = figures.get_or_insert_default();
        // The two ways to measure side by side, then the maps.
        figures
            .splice(figures.len().min(1)..figures.len().min(1), by_impurity.into_iter().flatten());
        figures.extend(per_target(material, axis, horizon));
        Some(Variables {
            horizon: words::horizon(horizon),
            is_reconstruction: horizon.is_reconstruction(),
            model: shares.model.as_str(),
            held_out: shares.split.map(Split::as_str),
            leaders: leaders.collect::<Vec<_>>().join(", "),
            needed,
            figures: std::mem::take(figures),
        })
    };
    horizons.into_iter().filter_map(section).collect()
}

/// Importance by feature, then by fraction.
type ByFeature = BTreeMap<String, BTreeMap<Fraction, f64>>;

/// A fraction in thousandths, which orders; none for all fractions at once.
type Fraction = Option<u32>;

impl<'a> Share<'a> {
    /// The best model that has importances as `wants` says; of the fit on all flights, or else of the split
    /// that the page quotes.
    fn of(
        material: &'a Material,
        axis: Axis,
        horizon: Horizon,
        wants: fn(&Importance) -> bool,
    ) -> Option<Self> {
        let at = |row: &&Importance| {
            row.method == ImportanceMethod::Impurity
                && row.horizon == horizon
                && row.axis == axis
                && row.importance.is_finite()
                && wants(row)
        };
        let rows: Vec<&Importance> = material.importances.iter().filter(at).collect();
        let main = material.scores.main_split(axis);
        let best = main.and_then(|split| material.scores.best(axis, split, horizon));
        let model = rows.iter().map(|row| row.model).min_by_key(|&m| (Some(m) != best, m))?;
        let of_model = rows.iter().filter(|row| row.model == model);
        let preferred = |split: Option<Split>| (split.is_some(), split != main, split);
        let split = of_model.map(|row| row.split).min_by_key(|&split| preferred(split))?;
        let rows = rows.into_iter().filter(|row| (row.model, row.split) == (model, split));
        Some(Self { rows: rows.collect(), model, split })
    }

    fn by_feature(&self, target: Option<Target>) -> ByFeature {
        let mut table = ByFeature::new();
        for row in self.rows.iter().filter(|row| row.target == target) {
            let fraction = row.fraction.map(|f| (f * 1000.0).round() as u32);
            table.entry(row.feature.clone()).or_default().insert(fraction, row.importance);
        }
        table
    }

    /// The mean over targets, for a model with a forest per target.
    fn over_targets(&self) -> ByFeature {
        let mut table = ByFeature::new();
        let targets = self.targets();
        for &target in &targets {
            for (feature, values) in self.by_feature(Some(target)) {
                let sums = table.entry(feature).or_default();
                for (fraction, value) in values {
                    *sums.entry(fraction).or_default() += value / targets.len() as f64;
                }
            }
        }
        table
    }

    fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<Target> = self.rows.iter().filter_map(|row| row.target).collect();
        targets.sort();
        targets.dedup();
        targets
    }
}

/// Features by their mean over fractions, the largest first.
fn ranked(table: &ByFeature) -> Vec<(String, f64)> {
    let fractions = fractions_of(table).len().max(1) as f64;
    let mean = |values: &BTreeMap<Fraction, f64>| values.values().sum::<f64>() / fractions;
    let mut order: Vec<_> =
        table.iter().map(|(name, values)| (name.clone(), mean(values))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    order
}

fn fractions_of(table: &ByFeature) -> Vec<Fraction> {
    let mut fractions: Vec<Fraction> = table.values().flat_map(|v| v.keys().copied()).collect();
    fractions.sort_unstable();
    fractions.dedup();
    fractions
}

fn bars(horizon: Horizon, order: &[(String, f64)]) -> Option<Figure> {
    let bars: Vec<Bar> = order
        .iter()
        .take(SHOWN)
        .map(|(name, value)| Bar { name: name.clone(), value: *value, text: share(*value) })
        .collect();
    let rest: f64 = order.iter().skip(SHOWN).map(|(_, value)| value).sum();
    let others = order.len().saturating_sub(SHOWN);
    let caption = match others {
        0 => "By impurity: share of its decrease, mean over fractions.".to_owned(),
        _ => format!(
            "By impurity: share of its decrease, mean over fractions; the other {others} features share {}.",
            share(rest)
        ),
    };
    let description = format!("The features that matter most {}.", words::horizon(horizon));
    let rows = order.iter().map(|(name, value)| vec![plain_text(name, 100), share(*value)]);
    let grid = Grid {
        title: "Importance by feature".to_owned(),
        head: vec!["feature".to_owned(), "importance".to_owned()],
        rows: rows.take(200).collect(),
    };
    (!bars.is_empty()).then(|| Figure {
        caption,
        panels: vec![drawing(bar_chart("Overall", &description, &bars))],
        shape: "bars",
        several: false,
        legend: Vec::new(),
        grids: vec![grid],
    })
}

/// None for a model that has one fraction, or all at once.
fn heat(
    axis: Axis,
    horizon: Horizon,
    table: &ByFeature,
    order: &[(String, f64)],
) -> Option<Figure> {
    let names: Vec<&str> = order.iter().take(SHOWN).map(|(name, _)| name.as_str()).collect();
    let (svg, grid) = heat_map("By fraction", axis, horizon, table, &names)?;
    Some(Figure {
        caption: "How the shares change along the flight; each column adds up to 100\u{a0}% over all features.".to_owned(),
        panels: vec![drawing(svg)],
        shape: "heat",
        several: false,
        legend: Vec::new(),
        grids: vec![grid],
    })
}

/// Maps of the best model that has importances per target; none where no model has.
fn per_target(material: &Material, axis: Axis, horizon: Horizon) -> Option<Figure> {
    let shares = Share::of(material, axis, horizon, |row| row.target.is_some())?;
    let map = |target: Target| {
        let table = shares.by_feature(Some(target));
        let order = ranked(&table);
        let names: Vec<&str> =
            order.iter().take(SHOWN_PER_TARGET).map(|(name, _)| name.as_str()).collect();
        heat_map(target.as_str(), axis, horizon, &table, &names)
    };
    let maps = shares.targets().into_iter().filter_map(map);
    let (panels, grids): (Vec<_>, Vec<_>) = maps.map(|(svg, grid)| (drawing(svg), grid)).unzip();
    (!panels.is_empty()).then(|| Figure {
        caption: format!(
            "The {SHOWN_PER_TARGET} features that matter most for each target, {}.",
            shares.model
        ),
        several: true,
        panels,
        shape: "heat",
        legend: Vec::new(),
        grids,
    })
}

fn heat_map(
    heading: &str,
    axis: Axis,
    horizon: Horizon,
    table: &ByFeature,
    names: &[&str],
) -> Option<(String, Grid)> {
    let fractions: Vec<u32> = fractions_of(table).into_iter().flatten().collect();
    if fractions.len() < 2 || names.is_empty() {
        return None;
    }
    let columns: Vec<String> = fractions.iter().map(|&f| percent(f64::from(f) / 1000.0)).collect();
    let values = |name: &str| -> Vec<Option<f64>> {
        let row = table.get(name);
        fractions.iter().map(|&f| row.and_then(|row| row.get(&Some(f)).copied())).collect()
    };
    let rows: Vec<HeatRow> = names
        .iter()
        .map(|name| HeatRow { name: (*name).to_owned(), values: values(name) })
        .collect();
    let grid_row = |row: &HeatRow| {
        let cell = |value: &Option<f64>| value.map_or_else(|| words::UNKNOWN.to_owned(), share);
        std::iter::once(plain_text(&row.name, 100)).chain(row.values.iter().map(cell)).collect()
    };
    let grid = Grid {
        title: heading.to_owned(),
        head: std::iter::once("feature".to_owned()).chain(columns.iter().cloned()).collect(),
        rows: rows.iter().map(grid_row).collect(),
    };
    let map = HeatMap {
        heading: heading.to_owned(),
        description: format!(
            "Importance of features along the flight, {heading}, {}. The numbers are in the table below.",
            words::horizon(horizon)
        ),
        x_label: format!("part of the {}", words::axis(axis)),
        columns,
        rows,
        text: |value| share(value),
    };
    Some((map.to_svg(), grid))
}
