//! How a run was made: by which traj, from which tables and settings, at what cost.
//!
//! The page ends with it.

use serde::Serialize;

use super::figure::Grid;
use super::material::Material;
use super::words::{self, UNKNOWN, count, share};
use crate::chart::{grouped, plain_text};
use crate::tables::{RunRecord, StageFigures};

/// Features that the page lists; a run has some hundreds.
const LISTED_FEATURES: usize = 3000;

/// What the template shows.
#[derive(Debug, Serialize)]
pub(super) struct Making {
    facts: Vec<(&'static str, String)>,
    digests: Vec<(&'static str, String)>,
    features: Vec<Vec<String>>,
    n_features: String,
    stages: Grid,
    timings: Vec<Vec<String>>,
    config: Option<String>,
}

impl Making {
    pub(super) fn new(material: &Material) -> Self {
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
            stages: stages(record),
            timings: timings
                .map(|timing| vec![plain_text(&timing.what, 100), words::duration(timing.seconds)])
                .collect(),
            config: material.config.as_deref().map(plain_lines),
        }
    }
}

/// Some lines of unknown origin as they may be shown.
fn plain_lines(text: &str) -> String {
    text.lines().map(|line| plain_text(line, 500)).collect::<Vec<_>>().join("\n")
}

/// A row per stage: what it read, how long it took, and the memory of its process by then.
fn stages(record: &RunRecord) -> Grid {
    let known = |value: Option<u64>, text: fn(u64) -> String| {
        value.map_or_else(|| UNKNOWN.to_owned(), text)
    };
    let row = |(name, figures): (&String, &StageFigures)| {
        let refused: f64 = figures.rejected_share.values().sum();
        let rate = figures.bytes_per_s.map(|rate| format!("{}/s", words::bytes(rate as u64)));
        vec![
            plain_text(name, 40),
            words::duration(figures.seconds),
            known(figures.peak_memory_bytes, words::bytes),
            count(figures.files),
            known(figures.rows, count),
            known(figures.bytes, words::bytes),
            rate.unwrap_or_else(|| UNKNOWN.to_owned()),
            share(refused),
            figures.missing_share.map_or_else(
                || UNKNOWN.to_owned(),
                |cells| format!("{}\u{a0}%", grouped(cells * 100.0, 2)),
            ),
        ]
    };
    let train = record.timings.iter().map(|timing| timing.seconds).sum();
    let mut last = vec![
        "train".to_owned(),
        words::duration(train),
        known(record.peak_memory_bytes, words::bytes),
    ];
    last.resize(9, UNKNOWN.to_owned());
    let order = |name: &String| (name != "index", name.clone());
    let mut named: Vec<_> = record.stages.iter().collect();
    named.sort_by_key(|(name, _)| order(name));
    let head = [
        "stage",
        "time",
        "peak memory",
        "files read",
        "rows",
        "bytes",
        "rate",
        "refused",
        "cells missing",
    ];
    Grid {
        title: "Time and memory of each stage".to_owned(),
        head: head.map(str::to_owned).to_vec(),
        rows: named.into_iter().map(row).chain([last]).collect(),
    }
}
