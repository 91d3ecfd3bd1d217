//! The page: the sections, put together.
//!
//! The templates lie beside this file in `templates/`, those of every page in
//! `src/page/templates`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::Value;
use serde::Serialize;

use super::ExploreError;
use super::material::Material;
use super::section::{MakeSection, Section};
use super::{correlation, drift, hypotheses, normalisation, overview, routes, tracks};
use crate::chart::plain_text;
use crate::page::words::{count, counted};
use crate::page::{render, style};
use crate::progress::Progress;

/// The sections in the order of the page.
const SECTIONS: [MakeSection; 7] = [
    |material| Ok(overview::section(material)),
    |material| Ok(tracks::section(material)),
    |material| Ok(normalisation::section(material)),
    |material| Ok(correlation::section(material)),
    routes::section,
    |material| Ok(hypotheses::section(material)),
    |material| Ok(drift::section(material)),
];

/// The templates by name.
const TEMPLATES: [(&str, &str); 8] = [
    ("page.html", include_str!("templates/page.html")),
    ("overview.html", include_str!("templates/overview.html")),
    ("tracks.html", include_str!("templates/tracks.html")),
    ("normalisation.html", include_str!("templates/normalisation.html")),
    ("correlation.html", include_str!("templates/correlation.html")),
    ("routes.html", include_str!("templates/routes.html")),
    ("hypotheses.html", include_str!("templates/hypotheses.html")),
    ("drift.html", include_str!("templates/drift.html")),
];

/// Pairs that the header names.
const NAMED: usize = 6;

/// What `page.html` sees.
#[derive(Serialize)]
struct Contents<'a> {
    inputs_hash: &'a str,
    style: Value,
    selection: Option<String>,
    n_flights: String,
    n_pairs: String,
    pairs: Vec<String>,
    more_pairs: Option<String>,
    dates: Option<(String, String)>,
    n_sampled: String,
    n_refused: Option<String>,
    facts: Vec<(&'static str, String)>,
    sections: Vec<SectionContents>,
}

#[derive(Serialize)]
struct SectionContents {
    id: &'static str,
    title: &'static str,
    template: &'static str,
    section: Value,
}

/// Makes every section.
pub(super) fn sections(
    material: &Material<'_>,
    progress: &dyn Progress,
) -> Result<Vec<Section>, ExploreError> {
    progress.begin("drawing", SECTIONS.len() as u64, 0);
    let make = |make: &MakeSection| {
        if progress.stopped() {
            return Err(ExploreError::Interrupted);
        }
        let section = make(material)?;
        progress.advance(1, 0);
        Ok(section)
    };
    SECTIONS.iter().map(make).collect()
}

/// The page as HTML.
pub(super) fn html(
    material: &Material<'_>,
    sections: &[Section],
    inputs_hash: &str,
) -> Result<String, ExploreError> {
    let features = &material.features;
    let sampled = material.sample.pairs.iter().map(|pair| pair.flights.len()).sum::<usize>();
    let pairs: Vec<&String> = material.pairs.iter().filter_map(|p| p.pair.as_ref()).collect();
    let starts = || features.start_time_us.iter().flatten().copied();
    let dates = starts().min().and_then(day).zip(starts().max().and_then(day));
    let refused = material.rejected.as_ref().map(|table| table.rows.len() as u64);
    let contents = Contents {
        inputs_hash,
        style: style(),
        selection: material.selection.as_deref().map(|words| plain_text(words, 200)),
        n_flights: counted(features.n_flights() as u64, "flight"),
        n_pairs: counted(pairs.len() as u64, "pair"),
        more_pairs: pairs.len().checked_sub(NAMED + 1).map(|more| count(more as u64 + 1)),
        pairs: pairs.into_iter().take(NAMED).map(|name| plain_text(name, 40)).collect(),
        dates,
        n_sampled: counted(sampled as u64, "flight"),
        n_refused: refused.filter(|n| *n > 0).map(|n| counted(n, "file")),
        facts: facts(material),
        sections: sections
            .iter()
            .map(|section| SectionContents {
                id: section.id,
                title: section.title,
                template: section.template,
                section: section.contents.clone(),
            })
            .collect(),
    };
    Ok(render(&TEMPLATES, &contents)?)
}

/// The day of a time in UTC.
fn day(time_us: i64) -> Option<String> {
    let time = Timestamp::from_microsecond(time_us).ok()?;
    Some(time.to_zoned(TimeZone::UTC).date().to_string())
}

/// How the page was made.
fn facts(material: &Material<'_>) -> Vec<(&'static str, String)> {
    let settings = material.settings;
    let axes: Vec<String> =
        settings.axes.iter().map(|axis| plain_text(axis.as_str(), 40)).collect();
    vec![
        ("traj", env!("CARGO_PKG_VERSION").to_owned()),
        ("files in the catalog", count(material.n_catalog as u64)),
        ("states in the targets", count(material.targets.len() as u64)),
        ("flights drawn of a pair, at most", count(settings.sample as u64)),
        ("pairs drawn, at most", count(settings.max_pairs as u64)),
        ("seed of the draw", settings.seed.to_string()),
        ("axes", axes.join(", ")),
    ]
}
