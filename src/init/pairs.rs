//! Pairs are where origins and destinations come from when neither names of files nor
//! columns tell them, and how many flights each has.
//!
//! [`super::look`] asks once the sources are known.

use std::collections::BTreeMap;
use std::path::Path;

use super::folder::{Entry, Folder};
use super::side_table::SideTable;
use super::source::SourceGuess;
use crate::flight::{
    Aggregate, FileNamePattern, Limits, Peek, Recipe, Source, nearest_airport, summarise,
};

/// How far from an airport a flight may begin or end, and how high.
const NEAR_M: f64 = 15_000.0;
const LOW_M: f64 = 3_000.0;
/// Files read whole to see whether they begin and end at airports.
const MOST_READ: usize = 24;

/// The share of flights that begin and end low and near a known airport, and their pairs.
pub(super) fn at_airports(
    folder: &Folder,
    peeks: &[(usize, Peek)],
    sources: &[Source],
) -> (f64, BTreeMap<String, usize>) {
    let (mut read, mut near) = (0_usize, 0_usize);
    let mut pairs = BTreeMap::new();
    for i in super::folder::evenly(peeks.len(), MOST_READ) {
        let (at, peek) = &peeks[i];
        read += 1;
        let airport = |(lon, lat): (f64, f64)| nearest_airport(lon, lat, NEAR_M);
        let Some((first, last)) = peek.ends_deg else { continue };
        let path = folder.path.join(&folder.entries[*at].relative);
        if let (Some(origin), Some(destination)) = (airport(first), airport(last))
            && is_low_at_ends(&path, &peek.source, sources)
        {
            near += 1;
            *pairs.entry(format!("{}-{}", origin.icao, destination.icao)).or_insert(0) += 1;
        }
    }
    (near as f64 / read.max(1) as f64, pairs)
}

/// Whether the first and the last altitude are low, or there is none.
fn is_low_at_ends(path: &Path, source: &str, sources: &[Source]) -> bool {
    let Some(source) = sources.iter().find(|known| known.config.name == source) else {
        return false;
    };
    let recipe = Recipe {
        variables: vec!["altitude".to_owned()],
        aggregates: vec![Aggregate::First, Aggregate::Last],
        elapsed_s: vec![],
        fractions: Vec::new(),
        limits: Limits {
            min_rows: 2,
            max_rows: 1_000_000,
            min_completeness: 0.0,
            max_duration_s: f64::MAX,
        },
    };
    source.config.columns.altitude.is_none()
        || summarise(path, source, &recipe)
            .is_ok_and(|flight| flight.aggregates.iter().all(|altitude_m| *altitude_m < LOW_M))
}

/// How many flights each pair has: by the names of all files, else by the side table, else
/// by the files that were read.
pub(super) fn counted(
    flights: &[Entry],
    sources: &[SourceGuess],
    side_table: Option<&SideTable>,
    peeks: &[(usize, Peek)],
    at_airports: BTreeMap<String, usize>,
) -> BTreeMap<String, usize> {
    let patterns: Vec<FileNamePattern> = sources
        .iter()
        .filter_map(|source| source.config.file_name.as_deref())
        .filter(|pattern| pattern.contains("{origin}") && pattern.contains("{destination}"))
        .filter_map(|pattern| FileNamePattern::compile(pattern).ok())
        .collect();
    if !patterns.is_empty() {
        let named = flights.iter().filter_map(|entry| {
            let parts = patterns.iter().find_map(|pattern| pattern.matches(entry.name()))?;
            Some((parts.origin?, parts.destination?))
        });
        return tally(named);
    }
    if let Some(table) = side_table.filter(|table| table.tells("origin")) {
        return table.pairs.clone();
    }
    if !at_airports.is_empty() {
        return at_airports;
    }
    tally(peeks.iter().filter_map(|(_, peek)| {
        Some((peek.identity.origin.clone()?, peek.identity.destination.clone()?))
    }))
}

fn tally(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for (origin, destination) in pairs {
        *counted.entry(format!("{origin}-{destination}")).or_insert(0) += 1;
    }
    counted
}

/// The largest pairs in words.
pub(super) fn largest(pairs: &BTreeMap<String, usize>) -> Vec<(String, String)> {
    let total: usize = pairs.values().sum();
    let mut sorted: Vec<(&String, usize)> = pairs.iter().map(|(pair, n)| (pair, *n)).collect();
    sorted.sort_by_key(|(pair, count)| (std::cmp::Reverse(*count), *pair));
    let share = |count: usize| 100.0 * count as f64 / total as f64;
    sorted
        .into_iter()
        .take(5)
        .map(|(pair, count)| (pair.clone(), format!("{:.1} %", share(count))))
        .collect()
}
