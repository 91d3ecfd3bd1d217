//! The page: the sections, put together.
//!
//! The templates lie beside this file in `templates/`, those of every page in
//! `src/page/templates`.

use minijinja::Value;
use serde::Serialize;

use super::ExploreError;
use super::material::Material;
use super::section::{MakeSection, Section};
use super::{normalisation, overview, tracks};
use crate::page::words::{count, counted};
use crate::page::{render, style};
use crate::progress::Progress;

/// The sections in the order of the page.
const SECTIONS: [MakeSection; 3] = [overview::section, tracks::section, normalisation::section];

/// The templates by name.
const TEMPLATES: [(&str, &str); 4] = [
    ("page.html", include_str!("templates/page.html")),
    ("overview.html", include_str!("templates/overview.html")),
    ("tracks.html", include_str!("templates/tracks.html")),
    ("normalisation.html", include_str!("templates/normalisation.html")),
];

/// What `page.html` sees.
#[derive(Serialize)]
struct Contents<'a> {
    inputs_hash: &'a str,
    style: Value,
    selection: Option<&'a str>,
    n_flights: String,
    n_pairs: String,
    n_sampled: String,
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
    let sampled = material.sample.pairs.iter().map(|pair| pair.flights.len()).sum::<usize>();
    let known_pairs = material.pairs.iter().filter(|pair| pair.pair.is_some()).count();
    let contents = Contents {
        inputs_hash,
        style: style(),
        selection: material.selection.as_deref(),
        n_flights: counted(material.features.n_flights() as u64, "flight"),
        n_pairs: counted(known_pairs as u64, "pair"),
        n_sampled: count(sampled as u64),
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
