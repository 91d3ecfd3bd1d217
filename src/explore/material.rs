//! The material of the page: the tables as far as they are about the selected flights, and a
//! sample of the flights' files. It is read once; every section takes what it needs from it.

use std::collections::{BTreeMap, BTreeSet};

use super::quantity::{Quantity, quantities};
use super::sample::{self, Sample};
use super::{ExploreConfig, ExploreError, ExploreInputs};
use crate::models::RouteClusterConfig;
use crate::progress::Progress;
use crate::tables::{
    Catalog, CatalogRow, CleaningRow, CleaningTable, Digest, FeatureTable, RejectedTable,
    TargetRow, TargetTable,
};

/// Everything that sections are made from.
pub(super) struct Material<'a> {
    /// The `[explore]` section.
    pub(super) settings: &'a ExploreConfig,
    /// The `[route-cluster]` section.
    pub(super) route_cluster: &'a RouteClusterConfig,
    /// The selected flights, ascending by id: what `--pair` or `select.pairs` names, else all
    /// of the features table. Flight `i` below is its row `i`.
    pub(super) features: FeatureTable,
    /// The targets of the same flights, by flight id, axis and fraction: both axes, the
    /// configured fractions. Flights of the table need not all have targets.
    pub(super) targets: Vec<TargetRow>,
    /// What cleaning found in each flight, in the order of `features`; none where the table
    /// has no row for it.
    pub(super) cleaning: Vec<Option<CleaningRow>>,
    /// The catalog's row of each flight, in the order of `features`; none where the catalog
    /// no longer has it.
    pub(super) catalog: Vec<Option<CatalogRow>>,
    /// Files in the catalog, selected or not.
    pub(super) n_catalog: usize,
    /// All refused files; none where there is no record of them.
    pub(super) rejected: Option<RejectedTable>,
    /// The pairs, those with most flights first, then by name; `None` stands for flights of
    /// unknown origin or destination.
    pub(super) pairs: Vec<PairFlights>,
    /// Some flights of the largest pairs, row by row.
    pub(super) sample: Sample,
    /// What the sample has, as the page shows it: elapsed time, roles, variables.
    pub(super) quantities: Vec<Quantity>,
    /// The selection in words, such as `pair LEMD-LEBL`; none for all flights.
    pub(super) selection: Option<String>,
}

/// The flights of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PairFlights {
    /// `LEMD-LEBL`; none where either end is unknown. Hostile text.
    pub(super) pair: Option<String>,
    /// Rows of the features, ascending.
    pub(super) flights: Vec<usize>,
}

impl<'a> Material<'a> {
    pub(super) fn read(
        inputs: &ExploreInputs<'a>,
        progress: &dyn Progress,
    ) -> Result<Self, ExploreError> {
        let paths = &inputs.paths;
        let (all, _) = FeatureTable::read(&paths.features)?;
        let features = select(all, inputs.pairs)?;
        let catalog = Catalog::read(&paths.catalog)?;
        let n_catalog = catalog.rows.len();
        let ids: BTreeSet<&str> = features.flight_id.iter().map(String::as_str).collect();
        let (mut targets, _): (TargetTable, Digest) = TargetTable::read(&paths.targets)?;
        targets.rows.retain(|row| ids.contains(row.flight_id.as_str()));
        targets.rows.shrink_to_fit();
        let cleaning = CleaningTable::read(&paths.cleaning)?;
        let rejected = match paths.rejected.try_exists() {
            Ok(false) => None,
            _ => Some(RejectedTable::read(&paths.rejected)?),
        };
        let cleaning = by_flight(&features, cleaning.rows, |row| row.flight_id.clone());
        let catalog = by_flight(&features, catalog.rows, |row| row.flight_id.clone());
        let pairs = pairs_of(&features);
        let sample = sample::read(inputs, &features, &catalog, &pairs, progress)?;
        let quantities = quantities(&sample, inputs.sources);
        let selection =
            (!inputs.pairs.is_empty()).then(|| format!("pair {}", inputs.pairs.join(" or ")));
        Ok(Self {
            settings: inputs.settings,
            route_cluster: inputs.route_cluster,
            features,
            targets: targets.rows,
            cleaning,
            catalog,
            n_catalog,
            rejected,
            pairs,
            sample,
            quantities,
            selection,
        })
    }

    /// How many of the sampled pairs have a chart for every variable: the largest, or of those
    /// that were asked for the two largest. The page has no room for more; all have a map, a
    /// profile and a verdict.
    pub(super) fn n_charted(&self) -> usize {
        if self.selection.is_some() { self.sample.pairs.len().min(2) } else { 1 }
    }

    /// The words of a category such as `aircraft_type` by flight; none where the table has no
    /// such column.
    pub(super) fn category(&self, name: &str) -> Option<&[Option<String>]> {
        let mut categories = self.features.categories.iter();
        categories.find(|category| category.name == name).map(|found| &*found.values)
    }
}

/// The flights of some pairs; of all, if none is named.
fn select(all: FeatureTable, pairs: &[String]) -> Result<FeatureTable, ExploreError> {
    if pairs.is_empty() && all.n_flights() > 0 {
        return Ok(all);
    }
    let is_wanted = |row: &usize| all.pair(*row).is_some_and(|pair| pairs.contains(&pair));
    let rows: Vec<usize> = (0..all.n_flights()).filter(is_wanted).collect();
    if rows.is_empty() {
        let largest = pairs_of(&all).into_iter().filter_map(|pair| pair.pair).take(5);
        return Err(ExploreError::NothingSelected {
            in_features: all.n_flights(),
            pairs: if pairs.is_empty() { "any pair".to_owned() } else { pairs.join(" or ") },
            largest: largest.collect(),
        });
    }
    Ok(all.of_flights(&rows))
}

/// Rows of a table in the order of the flights.
fn by_flight<T>(
    features: &FeatureTable,
    rows: Vec<T>,
    id: impl Fn(&T) -> String,
) -> Vec<Option<T>> {
    let mut by_id: BTreeMap<String, T> = rows.into_iter().map(|row| (id(&row), row)).collect();
    features.flight_id.iter().map(|id| by_id.remove(id)).collect()
}

fn pairs_of(features: &FeatureTable) -> Vec<PairFlights> {
    let mut by_pair: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for flight in 0..features.n_flights() {
        by_pair.entry(features.pair(flight)).or_default().push(flight);
    }
    let mut pairs: Vec<PairFlights> =
        by_pair.into_iter().map(|(pair, flights)| PairFlights { pair, flights }).collect();
    // Stable, so that pairs of one size stay in order of their names.
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.flights.len()));
    pairs
}
