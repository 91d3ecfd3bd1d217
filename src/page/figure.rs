//! A figure: drawings side by side with a caption, a legend and the numbers behind them.
//!
//! The sections of a page make figures; the macro `figure` of `macros.html` lays them out.

use minijinja::Value;
use serde::Serialize;

use crate::chart::{Ink, LineChart, swatch};

/// Drawings with everything that a reader needs to read them.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// What it shows, as a sentence or two.
    pub caption: String,
    /// Markup of our own drawings, the only text that templates do not escape.
    pub panels: Vec<Value>,
    /// How wide a panel is: `line`, `bars` or `heat`.
    pub shape: &'static str,
    /// Whether there is more than one panel.
    pub several: bool,
    /// What each ink means; empty for one series.
    pub legend: Vec<LegendItem>,
    /// The numbers behind the panels.
    pub grids: Vec<Grid>,
}

/// An entry of a legend.
#[derive(Debug, Clone, Serialize)]
pub struct LegendItem {
    /// A piece of the series' line.
    pub swatch: Value,
    /// What it stands for.
    pub text: String,
}

/// A table of text; the first cell of a row names it.
#[derive(Debug, Clone, Serialize)]
pub struct Grid {
    /// Stands above it; may be empty.
    pub title: String,
    /// The columns' names.
    pub head: Vec<String>,
    /// A cell per column.
    pub rows: Vec<Vec<String>>,
}

/// Marks a drawing of the `chart` module as markup.
#[must_use]
pub fn drawing(svg: String) -> Value {
    Value::from_safe_string(svg)
}

impl LegendItem {
    /// The entry of an ink.
    pub fn new(ink: Ink, text: impl Into<String>) -> Self {
        Self { swatch: drawing(swatch(ink)), text: text.into() }
    }
}

/// The numbers of a chart of lines: a row per value of x, a column per series, the topmost
/// first. `names` are those of the series.
#[must_use]
pub fn grid_of(chart: &LineChart, names: &[String], figure: fn(f64) -> String) -> Grid {
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
