//! The page: the sections' templates, put together.
//!
//! [`super::report`] renders it. The templates lie beside this file in `templates/`, those of
//! every page in `src/page/templates`.

use serde::Serialize;

use super::ReportError;
use super::card::Card;
use super::comparison::Comparison;
use super::curves::{self, Folded};
use super::figure::Figure;
use super::findings::{Finding, findings};
use super::flights::Flights;
use super::making::Making;
use super::material::{Material, main_axis};
use super::residuals::{Residuals, residuals};
use super::summary::{Headline, Summary, headlines};
use super::variables::{Variables, variables};
use super::words::count;
use crate::page::{self, Rejection, rejections};
use crate::tables::Axis;

/// The templates by name.
const TEMPLATES: [(&str, &str); 11] = [
    ("page.html", include_str!("templates/page.html")),
    ("summary.html", include_str!("templates/summary.html")),
    ("comparison.html", include_str!("templates/comparison.html")),
    ("checks.html", include_str!("templates/checks.html")),
    ("card.html", include_str!("templates/card.html")),
    ("curves.html", include_str!("templates/curves.html")),
    ("residuals.html", include_str!("templates/residuals.html")),
    ("variables.html", include_str!("templates/variables.html")),
    ("flights.html", include_str!("templates/flights.html")),
    ("rejections.html", include_str!("templates/rejections.html")),
    ("making.html", include_str!("templates/making.html")),
];

/// A rendered page and what it says in short.
pub(super) struct Page {
    pub(super) html: String,
    pub(super) headlines: Vec<Headline>,
    pub(super) missing: Vec<String>,
}

/// What the templates see.
#[derive(Serialize)]
struct Contents<'a> {
    inputs_hash: &'a str,
    style: minijinja::Value,
    summary: Summary,
    axes: Vec<AxisSection>,
    findings: Vec<Finding>,
    card: Card,
    residuals: Option<Residuals>,
    variables: Vec<Variables>,
    flights: Option<Flights>,
    targets_changed: bool,
    rejected: Option<Vec<Rejection>>,
    n_rejected: Option<String>,
    n_flights: String,
    making: Making,
    missing: &'a [String],
}

/// An axis with its tables and figures.
#[derive(Debug, Serialize)]
struct AxisSection {
    comparison: Comparison,
    figures: Vec<Figure>,
    folded: Vec<Folded>,
}

/// Makes the page of the run called `name`.
pub(super) fn render(
    name: &str,
    inputs_hash: &str,
    material: &Material,
) -> Result<Page, ReportError> {
    let headlines = headlines(material);
    let missing = missing(material);
    let axes = &material.record.axes;
    let rejected = material.rejected.as_ref();
    let contents = Contents {
        style: page::style(),
        inputs_hash,
        summary: Summary::new(name, material, &headlines),
        axes: axes.iter().filter_map(|&axis| axis_section(material, axis)).collect(),
        findings: findings(&material.record),
        card: Card::new(material),
        residuals: residuals(material),
        variables: variables(material),
        flights: Flights::new(material),
        targets_changed: material.targets_changed,
        rejected: rejected.map(rejections),
        n_rejected: rejected.map(|table| count(table.rows.len() as u64)),
        n_flights: count(material.record.n_flights),
        making: Making::new(material),
        missing: &missing,
    };
    let html = page::render(&TEMPLATES, &contents)?;
    Ok(Page { html, headlines, missing })
}

fn axis_section(material: &Material, axis: Axis) -> Option<AxisSection> {
    let split = material.scores.main_split(axis)?;
    let comparison = Comparison::new(material, axis)?;
    let scores = &material.scores;
    Some(AxisSection {
        comparison,
        figures: curves::figures(scores, axis, split),
        folded: curves::folded(scores, axis, &scores.splits(axis)),
    })
}

/// What the page does not show, as sentences without a full stop.
fn missing(material: &Material) -> Vec<String> {
    let record = &material.record;
    let axis = main_axis(record);
    let split = material.scores.main_split(axis);
    let lacks = [
        (split.is_none(), "no split was run, so nothing is known of how good the models are"),
        (
            split.is_some_and(|split| split != crate::tables::Split::Forward),
            "the forward split was not run, so no figure tells how the models fare on the future",
        ),
        (record.start_range.is_none(), "flights have no calendar, so none is earlier than another"),
        (!record.has_altitude, "flights have no altitude, so none is predicted"),
        (material.importances.is_empty(), "no importances were measured"),
        (
            material.targets_changed,
            "the targets have changed since the run, so flown tracks are not drawn",
        ),
        (material.rejected.is_none(), "there is no record of refused files"),
        (
            material.about.is_none(),
            "there is no catalog, so nothing is known of hours, months and types of aircraft",
        ),
    ];
    lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what.to_owned()).collect()
}
