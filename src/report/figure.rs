//! A figure: drawings side by side with a caption, a legend and the numbers behind them.
//!
//! The sections of the report make figures; the template `figure.html` lays them out.

use minijinja::Value;
use serde::Serialize;

use crate::chart::{Ink, LineChart, swatch};
use crate::tables::ModelName;

/// Drawings with everything that a reader needs to read them.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    /// What it shows, as a sentence or two.
    pub(super) caption: String,
    /// Markup of our own drawings, the only text that templates do not escape.
    pub(super) panels: Vec<Value>,
    /// How wide a panel is: `line`, `bars` or `heat`.
    pub(super) shape: &'static str,
    /// Whether there is more than one panel.
    pub(super) several: bool,
    /// What each ink means; empty for one series.
    pub(super) legend: Vec<LegendItem>,
    /// The numbers behind the panels.
    pub(super) grids: Vec<Grid>,
}

/// An entry of a legend.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LegendItem {
    pub(super) swatch: Value,
    pub(super) text: String,
}

/// A table of text; the first cell of a row names it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Grid {
    pub(super) title: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Marks a drawing of the `chart` module as markup.
pub(super) fn drawing(svg: String) -> Value {
    Value::from_safe_string(svg)
}

impl LegendItem {
    pub(super) fn new(ink: Ink, text: impl Into<String>) -> Self {
        Self { swatch: drawing(swatch(ink)), text: text.into() }
    }
}

/// The ink of a model, the same in every chart.
pub(super) fn model_ink(model: ModelName) -> Ink {
    match model {
        ModelName::OdMedian => Ink::Baseline,
        ModelName::GreatCircle => Ink::Faint,
        learnt => Ink::Hue(ModelName::ALL.iter().position(|&m| m == learnt).unwrap_or(0) as u8),
    }
}

/// The numbers of a chart of lines: a row per value of x, a column per series, the topmost
/// first. `names` are those of the series.
pub(super) fn grid_of(chart: &LineChart, names: &[String], figure: fn(f64) -> String) -> Grid {
    let mut xs: Vec<f64> = chart.series.iter().flat_map(|s| s.points.iter().map(|p| p.x)).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let cell = |series: &crate::chart::Series, x: f64| {
        let point = series.points.iter().find(|point| point.x == x);
        point.map_or_else(|| super::words::UNKNOWN.to_owned(), |point| figure(point.y))
    };
    let row = |&x: &f64| {
        let cells = chart.series.iter().rev().map(|series| cell(series, x));
        std::iter::once(super::words::percent(x / 100.0)).chain(cells).collect()
    };
    Grid {
        title: chart.heading.clone(),
        head: std::iter::once("fraction".to_owned()).chain(names.iter().rev().cloned()).collect(),
        rows: xs.iter().map(row).collect(),
    }
}
