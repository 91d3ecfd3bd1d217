//! *Route clusters*: the flights of a pair are put into clusters by their tracks, features say
//! which cluster a flight takes, and it is predicted to fly the median of that cluster.
//!
//! `fitting` fits it, to all fractions at once. `tracks` finds the clusters, `chooser` chooses
//! among them. Pairs whose flights cannot be told apart get what `od-median` gives them.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::chooser::Chooser;
use super::imputation::Imputation;
use super::pair_table::{group, medians};
use super::tracks::{clusters, flat_tracks};
use super::{Inputs, ModelError, PairTable, derive_seed};
use crate::problem::Invalid;
use crate::tables::Target;

/// Deepest tree that may be asked for: linfa grows trees by recursion.
const DEEPEST: usize = 32;

/// The section `[route-cluster]`: how flights of a pair are put into clusters, and how features
/// say which a flight takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteClusterConfig {
    /// Most clusters of a pair, at least 1.
    pub max_clusters: usize,
    /// Fewest flights of a cluster, at least 1.
    pub min_flights: usize,
    /// Least silhouette, from 0 to 1, at which a division into clusters is taken.
    pub min_silhouette: f64,
    /// Most splits between root and leaf of the trees that choose, from 1 to 32.
    pub max_depth: usize,
    /// Fewest flights in a leaf of these trees, at least 1.
    pub min_leaf: usize,
}

impl RouteClusterConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), Invalid> {
        let wrong = |key: &str, rule: &str, found: &dyn std::fmt::Display| {
            Err(Invalid::new(format!("route-cluster.{key}"), format!("{rule}, found {found}")))
        };
        if self.max_clusters == 0 {
            return wrong("max_clusters", "must be at least 1", &0);
        }
        if self.min_flights == 0 {
            return wrong("min_flights", "must be at least 1", &0);
        }
        if !(0.0..=1.0).contains(&self.min_silhouette) {
            return wrong("min_silhouette", "must be from 0 to 1", &self.min_silhouette);
        }
        if !(1..=DEEPEST).contains(&self.max_depth) {
            return wrong("max_depth", "must be from 1 to 32", &self.max_depth);
        }
        if self.min_leaf == 0 {
            return wrong("min_leaf", "must be at least 1", &0);
        }
        Ok(())
    }
}

/// The routes of every pair, with targets of all fractions side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteCluster {
    /// What replaces missing features.
    pub(super) imputation: Imputation,
    /// The medians of all pairs, and for those that are not among them.
    pub(super) medians: PairTable,
    /// The routes of the pairs that have several.
    pub(super) routes: BTreeMap<String, Vec<Route>>,
}

/// A cluster of flights of one pair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    /// The median of each target `(n_fractions * n_targets)`.
    pub(super) track: Vec<f64>,
    /// How likely a flight takes it.
    pub(super) chooser: Chooser,
}

/// What all pairs learn from.
struct Lesson<'a> {
    /// Features without missing values `(n_flights, n_columns)`.
    x: Array2<f64>,
    targets: ArrayView2<'a, f64>,
    columns: &'a [Target],
    config: &'a RouteClusterConfig,
}

impl RouteCluster {
    /// Learns from the features and pairs of flights and their targets at all fractions side
    /// by side, `(n_flights, n_fractions * n_targets)`, of which `columns` says what they are.
    /// Flights of unknown ends are not put into clusters. `stopped` is asked from time to
    /// time. The result does not depend on the number of threads.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`], [`ModelError::Clusters`], [`ModelError::Classifier`] or
    /// [`ModelError::Interrupted`].
    pub fn fit<'a>(
        inputs: Inputs<'_>,
        targets: ArrayView2<'a, f64>,
        columns: &'a [Target],
        config: &'a RouteClusterConfig,
        seed: u64,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, ModelError> {
        let medians = PairTable::od_median(inputs.pairs, targets, columns)?;
        let imputation = Imputation::learn(inputs.x);
        let x = imputation.fill(inputs.x).mapv(f64::from);
        let lesson = Lesson { x, targets, columns, config };
        let pairs: Vec<(&str, Vec<usize>)> = group(inputs.pairs)
            .into_iter()
            .filter_map(|(pair, flights)| Some((pair?, flights)))
            .collect();
        let routes: Vec<Option<(String, Vec<Route>)>> = pairs
            .par_iter()
            .map(|(pair, flights)| {
                let routes = lesson.routes(flights, derive_seed(seed, &[pair]), stopped)?;
                Ok(routes.map(|routes| ((*pair).to_owned(), routes)))
            })
            .collect::<Result<_, ModelError>>()?;
        if stopped() {
            return Err(ModelError::Interrupted);
        }
        Ok(Self { imputation, medians, routes: routes.into_iter().flatten().collect() })
    }

    /// The same routes with nothing but the last of their targets.
    pub(super) fn of_last_target(mut self) -> Self {
        let keep_last = |state: &mut Vec<f64>| drop(state.drain(..state.len().saturating_sub(1)));
        let PairTable { states, unseen } = &mut self.medians;
        states.values_mut().chain([unseen]).for_each(keep_last);
        let routes = self.routes.values_mut().flatten();
        routes.for_each(|route| keep_last(&mut route.track));
        self
    }

    /// Predicts `(n_flights, n_fractions * n_targets)` from `x (n_flights, n_columns)`, NaN
    /// being missing: the track of the most likely route of a flight's pair. Equally likely
    /// ones go to the larger cluster.
    ///
    /// # Errors
    /// [`ModelError::Width`].
    pub fn predict(
        &self,
        x: ArrayView2<'_, f32>,
        pairs: &[Option<String>],
    ) -> Result<Array2<f64>, ModelError> {
        let expected = self.imputation.medians.len();
        if x.ncols() != expected {
            return Err(ModelError::Width { expected, found: x.ncols() });
        }
        let x = self.imputation.fill(x).mapv(f64::from);
        let mut predicted = self.medians.predict(pairs);
        for ((mut track, row), pair) in predicted.rows_mut().into_iter().zip(x.rows()).zip(pairs) {
            let Some(routes) = pair.as_ref().and_then(|pair| self.routes.get(pair)) else {
                continue;
            };
            let shares = routes.iter().map(|route| (route.chooser.share(row), route));
            let likeliest = shares.reduce(|best, next| if next.0 > best.0 { next } else { best });
            if let Some((_, route)) = likeliest {
                track.iter_mut().zip(&route.track).for_each(|(cell, value)| *cell = *value);
            }
        }
        Ok(predicted)
    }
}

impl Lesson<'_> {
    /// The routes of a pair's flights; none if they do not fall into clusters.
    fn routes(
        &self,
        flights: &[usize],
        seed: u64,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<Route>>, ModelError> {
        if stopped() {
            return Err(ModelError::Interrupted);
        }
        let tracks = self.tracks(flights);
        let Some(members) = clusters(&tracks, self.config, seed, stopped)? else {
            return Ok(None);
        };
        let x = self.x.select(Axis(0), flights);
        let n_routes = members.iter().max().map_or(0, |last| last + 1);
        let route = |number: usize| {
            if stopped() {
                return Err(ModelError::Interrupted);
            }
            let takes_it: Vec<bool> = members.iter().map(|member| *member == number).collect();
            let taking = flights.iter().zip(&takes_it).filter(|(_, takes_it)| **takes_it);
            let taking: Vec<usize> = taking.map(|(flight, _)| *flight).collect();
            let track = medians(self.targets, self.columns, &taking);
            let track = track.ok_or(ModelError::NoFlights)?;
            Ok(Route { track, chooser: Chooser::fit(&x, &takes_it, self.config)? })
        };
        (0..n_routes).map(route).collect::<Result<_, _>>().map(Some)
    }

    /// The positions of some flights at all fractions, `(n_flights, 2 n_fractions)`.
    fn tracks(&self, flights: &[usize]) -> Array2<f64> {
        let places = |target: Target| -> Vec<usize> {
            let columns = self.columns.iter().enumerate();
            columns.filter(|(_, column)| **column == target).map(|(at, _)| at).collect()
        };
        let (longitudes, latitudes) = (places(Target::Longitude), places(Target::Latitude));
        flat_tracks(flights.len(), longitudes.len(), |flight, point| {
            let of_flight = self.targets.row(flights[flight]);
            (of_flight[longitudes[point]], of_flight[latitudes[point]])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{ROUTE_CLUSTER, noise};

    const COLUMNS: [Target; 6] = [
        Target::Longitude,
        Target::Latitude,
        Target::Elapsed,
        Target::Longitude,
        Target::Latitude,
        Target::Elapsed,
    ];

    /// Eighty flights from A to B, a quarter of which fly two degrees further south and ten
    /// minutes longer: those with a wind above 10; and a flight from C to D.
    struct Flights {
        x: Array2<f32>,
        pairs: Vec<Option<String>>,
        targets: Array2<f64>,
    }

    fn goes_south(flight: usize) -> bool {
        flight.is_multiple_of(4)
    }

    fn flights() -> Flights {
        let pairs = (0..81).map(|flight| Some(if flight < 80 { "A-B" } else { "C-D" }.to_owned()));
        let wind = |flight: usize| if goes_south(flight) { 20.0 } else { 0.0 };
        let x = Array2::from_shape_fn((81, 2), |(flight, column)| match column {
            0 => noise(flight, 0) as f32,
            _ => wind(flight) as f32 + noise(flight, 1) as f32,
        });
        let targets = Array2::from_shape_fn((81, 6), |(flight, column)| {
            let spread = noise(flight, column + 2) / 10.0;
            let (usual, south) =
                [(1.0, 0.0), (50.0, -2.0), (600.0, 0.0), (2.0, 0.0), (51.0, -2.0), (1200.0, 600.0)]
                    [column];
            spread + usual + if goes_south(flight) { south } else { 0.0 }
        });
        Flights { x, pairs: pairs.collect(), targets }
    }

    fn fitted(flights: &Flights) -> RouteCluster {
        let inputs = Inputs { x: flights.x.view(), pairs: &flights.pairs };
        let targets = flights.targets.view();
        RouteCluster::fit(inputs, targets, &COLUMNS, &ROUTE_CLUSTER, 1, &|| false).unwrap()
    }

    #[test]
    fn a_flight_is_predicted_the_median_of_the_route_that_its_wind_tells() {
        let flights = flights();
        let model = fitted(&flights);
        assert_eq!(model.routes.keys().collect::<Vec<_>>(), ["A-B"]);
        let predicted = model.predict(flights.x.view(), &flights.pairs).unwrap();
        for goes in [false, true] {
            let group: Vec<usize> = (0..80).filter(|flight| goes_south(*flight) == goes).collect();
            let expected = medians(flights.targets.view(), &COLUMNS, &group).unwrap();
            for flight in group {
                assert_eq!(predicted.row(flight).to_vec(), expected);
            }
        }
        assert_eq!(predicted.row(80), flights.targets.row(80));
    }

    #[test]
    fn a_pair_of_one_flight_or_unknown_ends_or_unseen_gets_its_median() {
        let mut flights = flights();
        flights.pairs[..40].fill(None);
        let model = fitted(&flights);
        assert!(!model.routes.is_empty());
        let known = [None, Some("C-D".to_owned()), Some("X-Y".to_owned())];
        let x = Array2::from_elem((3, 2), f32::NAN);
        let predicted = model.predict(x.view(), &known).unwrap();
        let table = PairTable::od_median(&flights.pairs, flights.targets.view(), &COLUMNS).unwrap();
        assert_eq!(predicted, table.predict(&known));
    }

    #[test]
    fn a_missing_wind_is_the_median_wind() {
        let flights = flights();
        let model = fitted(&flights);
        let pairs = &flights.pairs[..1];
        let predict = |wind: f32| {
            let x = Array2::from_shape_vec((1, 2), vec![0.0, wind]).unwrap();
            model.predict(x.view(), pairs).unwrap()
        };
        assert_eq!(predict(f32::NAN), predict(0.0));
        assert_ne!(predict(f32::NAN), predict(20.0));
        let narrow = model.predict(Array2::zeros((1, 1)).view(), pairs);
        assert!(matches!(narrow, Err(ModelError::Width { expected: 2, found: 1 })));
    }

    #[test]
    fn a_degree_is_as_long_in_longitude_as_in_latitude() {
        let targets = Array2::from_shape_vec((1, 3), vec![10.0, 60.0, 7.0]).unwrap();
        let lesson = Lesson {
            x: Array2::zeros((1, 0)),
            targets: targets.view(),
            columns: &COLUMNS[..3],
            config: &ROUTE_CLUSTER,
        };
        let tracks = lesson.tracks(&[0]);
        assert!((tracks[[0, 0]] - 5.0).abs() < 1e-12 && tracks[[0, 1]] == 60.0, "{tracks}");
    }

    #[test]
    fn a_value_out_of_range_names_its_key() {
        ROUTE_CLUSTER.validate().unwrap();
        let key = |change: fn(&mut RouteClusterConfig)| {
            let mut config = ROUTE_CLUSTER;
            change(&mut config);
            config.validate().unwrap_err().key
        };
        assert_eq!(key(|c| c.max_clusters = 0), "route-cluster.max_clusters");
        assert_eq!(key(|c| c.min_flights = 0), "route-cluster.min_flights");
        assert_eq!(key(|c| c.min_silhouette = f64::NAN), "route-cluster.min_silhouette");
        assert_eq!(key(|c| c.max_depth = 33), "route-cluster.max_depth");
        assert_eq!(key(|c| c.min_leaf = 0), "route-cluster.min_leaf");
    }
}
