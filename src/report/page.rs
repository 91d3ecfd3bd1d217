//! The page: the sections' templates, put together.
//!
//! [`super::report`] renders it. The templates lie beside this file in `templates/`, those of
//! every page in `src/page/templates`.

use serde::Serialize;

use super::comparison::Comparison;
use super::curves;
use super::flights::Flights;
use super::material::{Material, main_axis};
use super::summary::{Headline, Summary, headlines};
use super::variables::{Variables, variables};
use super::words::{self, count};
use super::{ReportError, figure};
use crate::chart::plain_text;
use crate::page::{self, Rejection, rejections};
use crate::tables::Axis;

/// The templates by name.
const TEMPLATES: [(&str, &str); 9] = [
    ("page.html", include_str!("templates/page.html")),
    ("summary.html", include_str!("templates/summary.html")),
    ("comparison.html", include_str!("templates/comparison.html")),
    ("checks.html", include_str!("templates/checks.html")),
    ("curves.html", include_str!("templates/curves.html")),
    ("variables.html", include_str!("templates/variables.html")),
    ("flights.html", include_str!("templates/flights.html")),
    ("rejections.html", include_str!("templates/rejections.html")),
    ("making.html", include_str!("templates/making.html")),
];
/// Features that the page lists; a run has some hundreds.
const LISTED_FEATURES: usize = 3000;

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
    checks: Vec<Check>,
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
    figures: Vec<figure::Figure>,
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
        checks: checks(material),
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
    Some(AxisSection { comparison, figures: curves::figures(&material.scores, axis, split) })
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
    ];
    lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what.to_owned()).collect()
}

/// A finding of the run.
#[derive(Debug, Serialize)]
struct Check {
    code: String,
    message: String,
}

fn checks(material: &Material) -> Vec<Check> {
    let check = |check: &crate::tables::CheckRecord| Check {
        code: plain_text(&check.code, 60),
        message: plain_text(&check.message, 600),
    };
    material.record.checks.iter().map(check).collect()
}

/// How the run was made.
#[derive(Debug, Serialize)]
struct Making {
    facts: Vec<(&'static str, String)>,
    digests: Vec<(&'static str, String)>,
    features: Vec<Vec<String>>,
    n_features: String,
    timings: Vec<Vec<String>>,
}

impl Making {
    fn new(material: &Material) -> Self {
        let record = &material.record;
        let list = |words: Vec<String>| {
            if words.is_empty() { "none".to_owned() } else { words.join(", ") }
        };
        let splits = record.splits.iter().map(ToString::to_string).collect();
        let horizons = record.horizons.iter().map(|&h| words::horizon(h)).collect();
        let models = record.models.iter().map(ToString::to_string).collect();
        let facts = vec![
            ("traj", plain_text(&record.traj_version, 40)),
            ("models", list(models)),
            ("horizons", list(horizons)),
            ("splits", list(splits)),
            ("folds", count(record.folds as u64)),
            ("seed", record.seed.to_string()),
            (
                "peak memory",
                record.peak_memory_bytes.map_or_else(|| "unknown".to_owned(), words::bytes),
            ),
        ];
        let digest = |text: &str| plain_text(text, 80);
        let model = record.model_digest.as_deref().unwrap_or("no model was stored");
        let digests = vec![
            ("features", digest(&record.features_digest)),
            ("targets", digest(&record.targets_digest)),
            ("configuration", digest(&record.config_hash)),
            ("model", digest(model)),
        ];
        let features = record.features.iter().take(LISTED_FEATURES).map(|feature| {
            vec![
                plain_text(&feature.name, 100),
                words::horizon(feature.horizon),
                count(feature.columns as u64),
            ]
        });
        let timings = record.timings.iter();
        Self {
            facts,
            digests,
            features: features.collect(),
            n_features: count(record.features.len() as u64),
            timings: timings
                .map(|timing| vec![plain_text(&timing.what, 100), words::duration(timing.seconds)])
                .collect(),
        }
    }
}
