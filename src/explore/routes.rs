//! Routes: the clusters of a pair's tracks on the map, when they are flown, and a tree that says
//! who flies them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ExploreError;
use super::material::{Material, PairFlights};
use super::route_tree::{RouteTree, route_tree};
use super::section::{Section, contents};
use super::shares::shares;
use crate::chart::{CloudMap, CloudTrack, Ink, Track, grouped, plain_text};
use crate::flight::unwrap_longitude;
use crate::models::{RouteDivision, clearest, derive_seed, divisions, flat_tracks};
use crate::page::words::{count, counted, percent};
use crate::page::{Figure, Grid, drawing};
use crate::tables::{Axis, RouteFlightRow, RouteFlightTable};

/// Flights of a pair that are divided; of more, those whose names hash lowest.
const MOST_FLIGHTS: usize = 2000;
/// Tracks of a route on the maps.
const DRAWN: usize = 25;
/// Silhouettes below which there are no routes, and from which on they are fairly clear and
/// clear (L. Kaufman and P. Rousseeuw, *Finding Groups in Data*, 1990).
const WEAK: f64 = 0.25;
const FAIR: f64 = 0.5;
const CLEAR: f64 = 0.7;

/// Flights of a pair and the tracks that they flew.
pub(super) struct PairTracks<'a> {
    /// The pair.
    pub(super) pair: &'a str,
    /// Rows of the features, ascending.
    pub(super) flights: Vec<usize>,
    /// Positions of each at even shares of the distance.
    pub(super) tracks: Vec<Track>,
}

/// What the template sees.
#[derive(Serialize)]
struct Contents {
    parts: Vec<Part>,
    n_pairs_left_out: usize,
    model_silhouette: String,
}

#[derive(Serialize)]
struct Part {
    title: String,
    sampled: Option<String>,
    verdict: String,
    tried: Grid,
    routes: Vec<String>,
    map: Option<Figure>,
    shares: Option<Figure>,
    tree: Option<RouteTree>,
}

pub(super) fn section(material: &Material<'_>) -> Result<Section, ExploreError> {
    let known = material.pairs.iter().filter(|pair| pair.pair.is_some());
    let drawn: Vec<&PairFlights> = known.clone().take(material.settings.max_pairs).collect();
    let (mut parts, mut rows, mut summary) = (Vec::new(), Vec::new(), Vec::new());
    let mut headlines = Vec::new();
    for pair in &drawn {
        let Some(tracks) = tracks(material, pair) else { continue };
        let config = material.route_cluster;
        let seed = derive_seed(material.settings.seed, &["explore", "routes", tracks.pair]);
        let n_points = tracks.tracks[0].len();
        let flat = flat_tracks(tracks.flights.len(), n_points, |flight, point| {
            tracks.tracks[flight][point]
        });
        let tried = divisions(&flat, config, seed, &|| false)?;
        let best = clearest(&tried, config.min_flights).filter(|best| best.silhouette >= WEAK);
        let tree =
            best.map(|best| route_tree(material, &tracks, best, seed)).transpose()?.flatten();
        if let Some(best) = best {
            let flights = tracks.flights.iter().zip(&best.members);
            rows.extend(flights.map(|(flight, route)| RouteFlightRow {
                flight_id: material.features.flight_id[*flight].clone(),
                pair: tracks.pair.to_owned(),
                route: letter(*route),
            }));
            headlines.push(format!(
                "{}: {} routes, the largest of {}; silhouette {}",
                plain_text(tracks.pair, 40),
                best.sizes.len(),
                counted(best.sizes[0] as u64, "flight"),
                grouped(best.silhouette, 2)
            ));
        }
        summary.push(serde_json::json!({
            "pair": tracks.pair, "silhouette": best.map(|best| best.silhouette),
            "sizes": best.map(|best| best.sizes.clone()),
            "accuracy": tree.as_ref().and_then(|tree| tree.accuracy),
            "majority": tree.as_ref().and_then(|tree| tree.majority),
        }));
        let is_sample = tracks.flights.len() < pair.flights.len();
        parts.push(Part {
            title: format!(
                "{}, {}",
                plain_text(tracks.pair, 40),
                counted(pair.flights.len() as u64, "flight")
            ),
            sampled: is_sample.then(|| count(tracks.flights.len() as u64)),
            verdict: verdict(best, &tried, config.min_flights),
            tried: tried_grid(&tried),
            routes: best.map(sizes).unwrap_or_default(),
            map: best.map(|best| map(&tracks, best)),
            shares: best.and_then(|best| shares(material, &tracks, best)),
            tree,
        });
    }
    let shown = Contents {
        n_pairs_left_out: known.count() - parts.len(),
        parts,
        model_silhouette: grouped(material.route_cluster.min_silhouette, 2),
    };
    headlines.truncate(3);
    Ok(Section {
        id: "routes",
        title: "Which routes are flown",
        template: "routes.html",
        contents: contents(&shown),
        tables: vec![Box::new(RouteFlightTable { rows })],
        summary: serde_json::json!({ "pairs": summary }),
        headlines,
    })
}

/// `A` for the first route.
pub(super) fn letter(route: usize) -> String {
    let place = u32::try_from(route % 26).unwrap_or(0);
    char::from_u32('A' as u32 + place).unwrap_or('?').to_string()
}

/// The tracks of a pair's flights, or of some of them, that have all points along the distance;
/// none without such a flight.
fn tracks<'a>(material: &Material<'_>, pair: &'a PairFlights) -> Option<PairTracks<'a>> {
    let ids = &material.features.flight_id;
    let mut flights = pair.flights.clone();
    if flights.len() > MOST_FLIGHTS {
        let seed = material.settings.seed;
        flights
            .sort_by_cached_key(|flight| derive_seed(seed, &["explore", "routes", &ids[*flight]]));
        flights.truncate(MOST_FLIGHTS);
        flights.sort_unstable();
    }
    let mut by_id: BTreeMap<&str, Track> =
        flights.iter().map(|flight| (ids[*flight].as_str(), Track::new())).collect();
    let mut reference = f64::NAN;
    // Rows come by flight and fraction.
    for row in material.targets.iter().filter(|row| row.axis == Axis::Distance) {
        let Some(track) = by_id.get_mut(row.flight_id.as_str()) else { continue };
        if reference.is_nan() {
            reference = row.longitude_deg;
        }
        let before = track.last().map_or(reference, |(longitude, _)| *longitude);
        track.push((unwrap_longitude(row.longitude_deg, before), row.latitude_deg));
    }
    let n_points = by_id.values().map(Vec::len).max().filter(|n| *n > 0)?;
    let is_whole = |track: &Track| {
        track.len() == n_points && track.iter().all(|(x, y)| x.is_finite() && y.is_finite())
    };
    let (flights, tracks) = flights
        .into_iter()
        .filter_map(|flight| Some((flight, by_id.remove(ids[flight].as_str())?)))
        .filter(|(_, track)| is_whole(track))
        .unzip::<_, _, Vec<usize>, Vec<Track>>();
    (!flights.is_empty()).then_some(PairTracks { pair: pair.pair.as_deref()?, flights, tracks })
}

fn verdict(best: Option<&RouteDivision>, tried: &[RouteDivision], min_flights: usize) -> String {
    let Some(best) = best else {
        return match clearest(tried, min_flights) {
            Some(best) => format!(
                "The tracks are one stream: the clearest division has a silhouette of {}.",
                grouped(best.silhouette, 2)
            ),
            None => format!("Too few flights for two routes of {min_flights} flights."),
        };
    };
    let clear = match best.silhouette {
        s if s >= CLEAR => "clear",
        s if s >= FAIR => "fairly clear",
        _ => "weak, shades of one stream rather than routes",
    };
    format!("{} routes, silhouette {}: {clear}.", best.sizes.len(), grouped(best.silhouette, 2))
}

fn sizes(best: &RouteDivision) -> Vec<String> {
    let n: usize = best.sizes.iter().sum();
    let size = |(route, size): (usize, &usize)| {
        let flights = counted(*size as u64, "flight");
        format!("{}: {flights}, {}", letter(route), percent(*size as f64 / n as f64))
    };
    best.sizes.iter().enumerate().map(size).collect()
}

fn tried_grid(tried: &[RouteDivision]) -> Grid {
    let row = |division: &RouteDivision| {
        let smallest = division.sizes.last().copied().unwrap_or(0);
        vec![
            count(division.sizes.len() as u64),
            grouped(division.silhouette, 3),
            count(smallest as u64),
        ]
    };
    Grid {
        title: String::new(),
        head: ["routes", "silhouette", "flights of the smallest"].map(str::to_owned).to_vec(),
        rows: tried.iter().map(row).collect(),
    }
}

/// A map per route, its flights in front of all others.
fn map(pair: &PairTracks<'_>, best: &RouteDivision) -> Figure {
    let flights_of = |route: usize| -> Vec<usize> {
        (0..best.members.len()).filter(|flight| best.members[*flight] == route).collect()
    };
    // Evenly spread over the flights in order, which is that of their names.
    let some = |flights: &[usize]| -> Vec<usize> {
        let n = flights.len().min(DRAWN);
        (0..n).map(|at| flights[at * flights.len() / n]).collect()
    };
    let all: Vec<Vec<usize>> =
        (0..best.sizes.len()).map(|route| some(&flights_of(route))).collect();
    let panel = |route: usize| {
        let track = |ink: Ink| {
            move |flight: &usize| CloudTrack { ink, track: pair.tracks[*flight].clone() }
        };
        let others = all.iter().enumerate().filter(|(other, _)| *other != route);
        let others = others.flat_map(|(_, flights)| flights).map(track(Ink::Faint));
        let own = all[route].iter().map(track(Ink::Hue(route as u8)));
        let map = CloudMap {
            description: format!(
                "Map of route {}: {} of its flights in front of those of other routes.",
                letter(route),
                all[route].len()
            ),
            tracks: others.chain(own).collect(),
            places: Vec::new(),
        };
        drawing(map.to_svg())
    };
    let legend = |route: usize| {
        crate::page::LegendItem::new(Ink::Hue(route as u8), format!("route {}", sizes(best)[route]))
    };
    let middle = |route: usize| {
        let flights = flights_of(route);
        let point = |at: usize| {
            let middle = |of: fn(&(f64, f64)) -> f64| {
                let values = flights.iter().map(|flight| of(&pair.tracks[*flight][at])).collect();
                crate::models::median(values).unwrap_or(f64::NAN)
            };
            format!("{}, {}", grouped(middle(|p| p.1), 2), grouped(middle(|p| p.0), 2))
        };
        [0.25, 0.5, 0.75].map(|share| point(((pair.tracks[0].len() - 1) as f64 * share) as usize))
    };
    let rows = (0..best.sizes.len()).map(|route| {
        let flights = count(best.sizes[route] as u64);
        [letter(route), flights].into_iter().chain(middle(route)).collect()
    });
    Figure {
        caption: format!(
            "The routes one by one, from left to right; up to {DRAWN} flights of each, the others faint."
        ),
        panels: (0..best.sizes.len()).map(panel).collect(),
        shape: "line",
        several: true,
        legend: (0..best.sizes.len()).map(legend).collect(),
        grids: vec![Grid {
            title: "Median latitude and longitude in degrees, by part of the distance".to_owned(),
            head: ["route", "flights", "a quarter", "half", "three quarters"]
                .map(str::to_owned)
                .to_vec(),
            rows: rows.collect(),
        }],
    }
}
