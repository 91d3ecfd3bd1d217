//! *Clusters of tracks*: which flights of a pair took the same route, by linfa's k-means.
//!
//! `route_cluster` calls it for every pair, and `explore` shows it. How many routes there are is decided by the
//! silhouette (Rousseeuw 1987) in its simplified form, which measures distances to the centres
//! of clusters rather than to all flights (Hruschka, Campello and de Castro 2004), so that its
//! cost grows with the number of flights and not with its square.

use linfa::DatasetBase;
use linfa::traits::{Fit as _, Predict as _};
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array1, Array2, ArrayView1};
use rand_chacha_03::ChaCha8Rng;
use rand_chacha_03::rand_core::SeedableRng as _;

use super::{ModelError, RouteClusterConfig, derive_seed};

/// Beginnings that each k-means tries.
const RUNS: usize = 4;
/// Most steps of one run.
const STEPS: u64 = 100;

/// A division of flights into clusters by their tracks.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteDivision {
    /// The cluster of each flight, from 0 for the largest on.
    pub members: Vec<usize>,
    /// Flights of each cluster, the largest first.
    pub sizes: Vec<usize>,
    /// How clear the clusters are, from -1 to 1: the simplified silhouette.
    pub silhouette: f64,
}

/// The cluster of each flight by its track `(n_flights, n_coordinates)`, all finite and in one
/// unit; none if no division of the flights is as clear as `config` wants it, or if a cluster
/// would have too few flights. `stopped` is asked before each number of clusters.
///
/// # Errors
/// [`ModelError::Clusters`] or [`ModelError::Interrupted`].
pub(super) fn clusters(
    tracks: &Array2<f64>,
    config: &RouteClusterConfig,
    seed: u64,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Vec<usize>>, ModelError> {
    let divisions = divisions(tracks, config, seed, stopped)?;
    let clear = clearest(&divisions, config.min_flights);
    let clear = clear.filter(|division| division.silhouette >= config.min_silhouette);
    Ok(clear.map(|division| division.members.clone()))
}

/// The clearest of some divisions, fewest clusters first, of whose clusters none has fewer
/// flights than `min_flights`.
#[must_use]
pub fn clearest(divisions: &[RouteDivision], min_flights: usize) -> Option<&RouteDivision> {
    let large = divisions.iter().filter(|d| d.sizes.iter().all(|size| *size >= min_flights));
    large.reduce(|best, next| if next.silhouette > best.silhouette { next } else { best })
}

/// Divides flights by their tracks `(n_flights, n_coordinates)`, all finite and in one unit,
/// into two clusters, three, and so on, as many as `config` allows for that many flights.
/// `stopped` is asked before each.
///
/// # Errors
/// [`ModelError::Clusters`] or [`ModelError::Interrupted`].
pub fn divisions(
    tracks: &Array2<f64>,
    config: &RouteClusterConfig,
    seed: u64,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<RouteDivision>, ModelError> {
    let most = config.max_clusters.min(tracks.nrows() / config.min_flights);
    let division = |count: usize| {
        if stopped() {
            return Err(ModelError::Interrupted);
        }
        let (centres, members) = divide(tracks, count, seed)?;
        let sizes = sizes(&members, count);
        let silhouette = silhouette(tracks, &centres, &members);
        let members = by_size(&members, &sizes);
        let mut sizes = sizes;
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        Ok(RouteDivision { members, sizes, silhouette })
    };
    (2..=most).map(division).collect()
}

/// The tracks of flights `(n_flights, 2 n_points)` from their longitudes and latitudes in
/// degrees: the former scaled by the cosine of the mean latitude, so that a degree is as long in
/// both, then the latter.
#[must_use]
pub fn flat_tracks(
    n_flights: usize,
    n_points: usize,
    position: impl Fn(usize, usize) -> (f64, f64),
) -> Array2<f64> {
    let of_flight =
        |flight: usize| (0..n_points).map(|point| position(flight, point).1).sum::<f64>();
    let mean = (0..n_flights).map(of_flight).sum::<f64>() / (n_flights * n_points).max(1) as f64;
    let width = libm::cos(mean.to_radians());
    Array2::from_shape_fn((n_flights, 2 * n_points), |(flight, coordinate)| {
        if coordinate < n_points {
            position(flight, coordinate).0 * width
        } else {
            position(flight, coordinate - n_points).1
        }
    })
}

/// Divides the flights into a number of clusters: their centres and each flight's cluster.
fn divide(
    tracks: &Array2<f64>,
    count: usize,
    seed: u64,
) -> Result<(Array2<f64>, Array1<usize>), ModelError> {
    let seed = derive_seed(seed, &[&count.to_string()]);
    // Of linfa's ways to begin, this one does not depend on the number of threads.
    let fitted = KMeans::params_with_rng(count, ChaCha8Rng::seed_from_u64(seed))
        .init_method(KMeansInit::KMeansPlusPlus)
        .n_runs(RUNS)
        .max_n_iterations(STEPS)
        .fit(&DatasetBase::from(tracks.view()))?;
    let members = fitted.predict(tracks);
    Ok((fitted.centroids().clone(), members))
}

fn sizes(members: &Array1<usize>, count: usize) -> Vec<usize> {
    let mut sizes = vec![0; count];
    members.iter().for_each(|cluster| sizes[*cluster] += 1);
    sizes
}

/// Clusters numbered anew, the largest first; ties go by their old numbers.
fn by_size(members: &Array1<usize>, sizes: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|cluster| std::cmp::Reverse(sizes[*cluster])); // stable
    let mut numbers = vec![0; sizes.len()];
    order.into_iter().enumerate().for_each(|(number, cluster)| numbers[cluster] = number);
    members.iter().map(|cluster| numbers[*cluster]).collect()
}

/// The mean over flights of (b - a) / max(a, b), where a is the distance to the centre of the
/// flight's cluster and b that to the nearest other centre: from -1 to 1, and 0 where all
/// centres are in one place.
fn silhouette(tracks: &Array2<f64>, centres: &Array2<f64>, members: &Array1<usize>) -> f64 {
    let of_flight = |(track, own): (ArrayView1<'_, f64>, &usize)| {
        let distances: Vec<f64> =
            centres.rows().into_iter().map(|centre| distance(track, centre)).collect();
        let others = distances.iter().enumerate().filter(|(cluster, _)| cluster != own);
        let other = others.map(|(_, distance)| *distance).fold(f64::INFINITY, f64::min);
        let wider = distances[*own].max(other);
        if wider > 0.0 { (other - distances[*own]) / wider } else { 0.0 }
    };
    let sum: f64 = tracks.rows().into_iter().zip(members).map(of_flight).sum();
    sum / tracks.nrows() as f64
}

fn distance(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{ROUTE_CLUSTER, noise};

    /// Tracks of six coordinates, the routes of which are this far apart: three flights take
    /// the first of three for one that takes the second and two that take the third.
    fn tracks(n: usize, apart: f64) -> Array2<f64> {
        let route = |flight: usize| [0.0, 0.0, 0.0, 1.0, 2.0, 2.0][flight % 6];
        Array2::from_shape_fn((n, 6), |(i, j)| noise(i, j) + apart * route(i))
    }

    #[test]
    fn flights_of_one_route_are_one_cluster_and_the_largest_is_the_first() {
        let found = clusters(&tracks(120, 5.0), &ROUTE_CLUSTER, 1, &|| false).unwrap().unwrap();
        let expected: Vec<usize> = (0..120).map(|i| [0, 0, 0, 2, 1, 1][i % 6]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn one_swarm_few_flights_and_flights_of_one_track_are_not_divided() {
        let of = |tracks: &Array2<f64>| clusters(tracks, &ROUTE_CLUSTER, 1, &|| false).unwrap();
        assert_eq!(of(&tracks(120, 0.0)), None);
        assert_eq!(of(&tracks(9, 5.0)), None);
        assert_eq!(of(&Array2::from_elem((120, 6), 7.0)), None);
        // Of 36 flights only six take the second route, and ten are wanted.
        let found = of(&tracks(36, 5.0)).unwrap();
        assert_eq!(found.iter().max(), Some(&1));
    }
}
