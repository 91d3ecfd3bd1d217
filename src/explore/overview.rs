//! What is there: how many flights of which pairs, when, by whom, how complete, and what was
//! refused.

use serde::Serialize;

use super::ExploreError;
use super::material::Material;
use super::section::{Section, contents};
use crate::chart::plain_text;
use crate::page::Grid;
use crate::page::words::count;

/// What the template sees.
#[derive(Serialize)]
struct Overview {
    pairs: Grid,
}

pub(super) fn section(material: &Material<'_>) -> Result<Section, ExploreError> {
    let row = |pair: &super::material::PairFlights| {
        let name = pair.pair.as_deref().map_or("unknown".to_owned(), |name| plain_text(name, 60));
        vec![name, count(pair.flights.len() as u64)]
    };
    let pairs = Grid {
        title: "Flights by pair".to_owned(),
        head: vec!["pair".to_owned(), "flights".to_owned()],
        rows: material.pairs.iter().map(row).collect(),
    };
    Ok(Section {
        id: "overview",
        title: "What is there",
        template: "overview.html",
        contents: contents(&Overview { pairs }),
        tables: Vec::new(),
        summary: serde_json::json!({ "n_flights": material.features.n_flights() }),
        headlines: Vec::new(),
    })
}
