//! The stage itself: read the tables and a sample, make the sections, write the tables behind
//! them, then the page.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::freshness::inputs_hash;
use super::material::Material;
use super::{ExploreConfig, ExploreError, page};
use crate::flight::{Recipe, Source};
use crate::memory::peak_memory_bytes;
use crate::models::RouteClusterConfig;
use crate::progress::Progress;
use crate::tables::{Stamp, write_atomically};

/// Where the stage's files are.
#[derive(Debug, Clone)]
pub struct ExplorePaths {
    /// Read.
    pub features: PathBuf,
    /// Read.
    pub targets: PathBuf,
    /// Read.
    pub cleaning: PathBuf,
    /// Read.
    pub catalog: PathBuf,
    /// Read; one that is not there is said to be unknown.
    pub rejected: PathBuf,
    /// The page; written last.
    pub page: PathBuf,
    /// The folder of the tables behind it.
    pub tables: PathBuf,
}

/// What the stage works on.
#[derive(Debug)]
pub struct ExploreInputs<'a> {
    /// The folder below which the catalog's paths lie.
    pub root: &'a Path,
    /// The compiled `[[source]]` blocks.
    pub sources: &'a [Source],
    /// What is read of each flight: the variables and limits of `[features]`.
    pub recipe: Recipe,
    /// The `[explore]` section.
    pub settings: &'a ExploreConfig,
    /// The `[route-cluster]` section: how tracks are divided into routes.
    pub route_cluster: &'a RouteClusterConfig,
    /// Only these pairs; all, if empty.
    pub pairs: &'a [String],
    /// Hash of the settings that the page depends on.
    pub config_hash: String,
    /// The files.
    pub paths: ExplorePaths,
}

/// What was written, for the summary of the command.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExploreSummary {
    /// The page.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The tables behind it.
    pub tables: Vec<PathBuf>,
    /// Flights that it is about.
    pub n_flights: u64,
    /// Flights whose files were read.
    pub n_sampled: u64,
    /// Drawn flights that could not be read, by code.
    pub refused: BTreeMap<String, u64>,
    /// What each section says, by its anchor in the page.
    pub sections: BTreeMap<String, serde_json::Value>,
    /// The same for people.
    pub headlines: Vec<String>,
    /// Largest resident size so far, in bytes; none where unknown.
    pub peak_memory_bytes: Option<u64>,
}

/// Writes the page and the tables behind it.
///
/// The same tables, files and settings give the same bytes, at any number of threads. Memory
/// is that of the tables, of a flight per thread, and of a sample that is bounded.
///
/// # Errors
/// [`ExploreError`] where a table cannot be read or written, where no flight is selected, or
/// where the user asked to stop. A drawn flight that cannot be read is counted on the page.
pub fn explore(
    inputs: &ExploreInputs<'_>,
    progress: &dyn Progress,
) -> Result<ExploreSummary, ExploreError> {
    inputs.settings.validate()?;
    inputs.route_cluster.validate()?;
    let hash = inputs_hash(inputs);
    let material = Material::read(inputs, progress)?;
    let sections = page::sections(&material, progress)?;
    let html = page::html(&material, &sections, &hash)?;
    let folder = &inputs.paths.tables;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ExploreError::Write { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let stamp = Stamp { config: inputs.config_hash.clone(), inputs: hash, notes: BTreeMap::new() };
    let mut tables = Vec::new();
    for table in sections.iter().flat_map(|section| &section.tables) {
        let path = folder.join(table.file_name());
        table.write(&path, &stamp)?;
        tables.push(path);
    }
    let path = inputs.paths.page.clone();
    write_atomically(&path, |file| file.write_all(html.as_bytes())).map_err(failed(&path))?;
    let sample = &material.sample;
    let n_sampled = sample.pairs.iter().map(|pair| pair.flights.len() as u64).sum();
    let refused = sample.refused.iter().map(|(code, n)| (code.to_string(), *n as u64));
    Ok(ExploreSummary {
        path,
        bytes: html.len() as u64,
        tables,
        n_flights: material.features.n_flights() as u64,
        n_sampled,
        refused: refused.collect(),
        headlines: sections.iter().flat_map(|section| section.headlines.clone()).collect(),
        sections: sections
            .into_iter()
            .map(|section| (section.id.to_owned(), section.summary))
            .collect(),
        peak_memory_bytes: peak_memory_bytes(),
    })
}
