//! The trajectories: the sampled flights of each pair on a map and in profile, and every
//! variable over the flight.

use serde::Serialize;

use super::band::{Bands, axis_ink, axis_words};
use super::material::Material;
use super::quantity::Quantity;
use super::sample::{SampledFlight, SampledPair};
use super::section::{Section, contents};
use super::spread::{Spread, spreads};
use crate::chart::{CloudMap, CloudTrack, Ink, Place, grouped, plain_text};
use crate::flight::{Role, airport_with_code};
use crate::page::words::{count, percent};
use crate::page::{Figure, Grid, drawing};
use crate::tables::{BandRow, BandTable};

/// Tracks that a map draws at most, spread over the sample.
const DRAWN: usize = 300;
/// Charts of variables that the page has room for.
const MOST_CHARTS: usize = 90;
/// Every how manieth fraction has a row in the numbers behind a map.
const GRID_STEP: usize = 5;

/// What the template sees.
#[derive(Serialize)]
struct Tracks {
    pairs: Vec<PairTracks>,
    axis: String,
    is_cut: bool,
    refused: Vec<(String, String)>,
    left_out: Option<String>,
}

/// A pair with its charts.
#[derive(Serialize)]
struct PairTracks {
    name: String,
    n_flights: String,
    n_read: String,
    is_whole: bool,
    map: Figure,
    profile: Option<Figure>,
    /// A small chart per variable; empty for pairs that only have map and profile.
    variables: Option<Figure>,
}

/// Makes the section.
pub(super) fn section(material: &Material<'_>) -> Section {
    let sample = &material.sample;
    let quantities = &material.quantities;
    let read: Vec<&SampledPair> =
        sample.pairs.iter().filter(|pair| !pair.flights.is_empty()).collect();
    let n_charted = material.n_charted();
    let room = (MOST_CHARTS / n_charted.max(1)).max(1);
    let pairs = read.iter().enumerate().map(|(place, pair)| {
        let shown: &[Quantity] =
            if place < n_charted { &quantities[..quantities.len().min(room)] } else { &[] };
        pair_tracks(material, pair, shown)
    });
    let pairs: Vec<PairTracks> = pairs.collect();
    let left_out = quantities.len().saturating_sub(room);
    let shown = Tracks {
        axis: axis_words(&sample.axes[0]),
        is_cut: sample.is_cut,
        refused: sample
            .refused
            .iter()
            .map(|(code, n)| (code.to_string(), count(*n as u64)))
            .collect(),
        left_out: (left_out > 0).then(|| count(left_out as u64)),
        pairs,
    };
    let table = BandTable { rows: read.iter().flat_map(|pair| rows(material, pair)).collect() };
    let n_read: usize = read.iter().map(|pair| pair.flights.len()).sum();
    Section {
        id: "trajectories",
        title: "The trajectories",
        template: "tracks.html",
        contents: contents(&shown),
        tables: vec![Box::new(table)],
        summary: serde_json::json!({ "pairs": read.len(), "flights_read": n_read }),
        headlines: Vec::new(),
    }
}

fn pair_tracks(material: &Material<'_>, pair: &SampledPair, shown: &[Quantity]) -> PairTracks {
    let name = pair.pair.as_deref();
    let name = name.map_or("flights of unknown pairs".to_owned(), |name| plain_text(name, 40));
    let altitude = Role::Altitude.as_str();
    let altitude = material.quantities.iter().find(|quantity| quantity.name == altitude);
    let charts: Vec<_> = shown.iter().map(|quantity| chart(material, pair, quantity)).collect();
    let variables = (!charts.is_empty()).then(|| {
        let (panels, grids) = charts.into_iter().unzip();
        Figure {
            caption: format!(
                "{name}, along the {}. Line: the median of the flights; dark band: half of \
                 them (25 to 75 %); pale band: nine in ten (5 to 95 %).",
                axis_words(&material.sample.axes[0])
            ),
            panels,
            shape: "line",
            several: true,
            legend: Vec::new(),
            grids,
        }
    });
    let profile = altitude.map(|altitude| {
        let (panel, grid) = chart(material, pair, altitude);
        Figure {
            caption: format!("Altitude profile of {name}: median, half and nine in ten."),
            panels: vec![panel],
            shape: "line",
            several: false,
            legend: Vec::new(),
            grids: vec![grid],
        }
    });
    PairTracks {
        n_flights: count(pair.n_flights as u64),
        n_read: count(pair.flights.len() as u64),
        is_whole: pair.flights.len() == pair.n_flights,
        map: map(material, pair, &name),
        profile,
        variables,
        name,
    }
}

/// A quantity's bands along the first axis.
fn chart(
    material: &Material<'_>,
    pair: &SampledPair,
    quantity: &Quantity,
) -> (minijinja::Value, Grid) {
    let sample = &material.sample;
    let spreads = spreads(quantity, &pair.flights.iter(), 0, sample.fractions.len());
    let bands =
        Bands { quantity, axis: &sample.axes[0], fractions: &sample.fractions, spreads: &spreads };
    (drawing(bands.chart(axis_ink(0), None).to_svg()), bands.grid())
}

fn map(material: &Material<'_>, pair: &SampledPair, name: &str) -> Figure {
    let sample = &material.sample;
    let (longitude, latitude) = (sample.role(Role::Longitude), sample.role(Role::Latitude));
    let track = |flight: &SampledFlight| {
        let profile = flight.along.iter().flatten().next()?;
        let points = profile.values[longitude].iter().zip(&profile.values[latitude]);
        Some(points.map(|(lon, lat)| (*lon, *lat)).collect::<Vec<_>>())
    };
    let step = pair.flights.len().div_ceil(DRAWN);
    let drawn: Vec<CloudTrack> = pair
        .flights
        .iter()
        .step_by(step)
        .filter_map(|flight| Some(CloudTrack { ink: Ink::Hue(0), track: track(flight)? }))
        .collect();
    let caption = format!(
        "{name}: {} of {} flights on the map. Land: Natural Earth.",
        count(drawn.len() as u64),
        count(pair.n_flights as u64)
    );
    let places = places(pair, drawn.first());
    let chart = CloudMap {
        description: format!("Map of the tracks of {name}; median positions follow."),
        tracks: drawn,
        places,
    };
    let at =
        |quantity: &Quantity| spreads(quantity, &pair.flights.iter(), 0, sample.fractions.len());
    let find = |role: Role| material.quantities.iter().find(|q| q.name == role.as_str());
    let positions = find(Role::Longitude).zip(find(Role::Latitude));
    let (lons, lats) = positions.map(|(lon, lat)| (at(lon), at(lat))).unwrap_or_default();
    let degrees =
        |spread: &Option<Spread>| spread.as_ref().map_or(f64::NAN, |spread| spread.levels[2]);
    let rows = sample.fractions.iter().zip(lons.iter().zip(&lats)).step_by(GRID_STEP);
    let row = |(fraction, (lon, lat)): (&f64, (&Option<Spread>, &Option<Spread>))| {
        vec![percent(*fraction), grouped(degrees(lon), 3), grouped(degrees(lat), 3)]
    };
    let grid = Grid {
        title: format!("Median position along the {}", axis_words(&sample.axes[0])),
        head: ["part", "longitude (°)", "latitude (°)"].map(str::to_owned).to_vec(),
        rows: rows.map(row).collect(),
    };
    Figure {
        caption,
        panels: vec![drawing(chart.to_svg())],
        shape: "line",
        several: false,
        legend: Vec::new(),
        grids: vec![grid],
    }
}

/// The pair's ends: the airports, where they are known, near the tracks as these are turned.
fn places(pair: &SampledPair, first: Option<&CloudTrack>) -> Vec<Place> {
    let Some((origin, destination)) = pair.pair.as_deref().and_then(|pair| pair.split_once('-'))
    else {
        return Vec::new();
    };
    let near = |at: Option<&(f64, f64)>| at.map_or(0.0, |at| at.0);
    let track = first.map(|first| &first.track);
    let ends = [
        (origin, near(track.and_then(|track| track.first()))),
        (destination, near(track.and_then(|track| track.last()))),
    ];
    let place = |(code, reference): (&str, f64)| {
        let airport = airport_with_code(code)?;
        let longitude = crate::flight::unwrap_longitude(airport.longitude_deg, reference);
        Some(Place { at: (longitude, airport.latitude_deg), name: plain_text(code, 12) })
    };
    ends.into_iter().filter_map(place).collect()
}

fn rows(material: &Material<'_>, pair: &SampledPair) -> Vec<BandRow> {
    let sample = &material.sample;
    let mut rows = Vec::new();
    for (axis, name) in sample.axes.iter().enumerate() {
        for quantity in &material.quantities {
            let spreads = spreads(quantity, &pair.flights.iter(), axis, sample.fractions.len());
            rows.extend(sample.fractions.iter().zip(spreads).filter_map(|(fraction, spread)| {
                let spread = spread?;
                Some(BandRow {
                    pair: pair.pair.clone(),
                    axis: name.to_string(),
                    variable: quantity.name.clone(),
                    fraction: *fraction,
                    n: spread.n as u64,
                    quantiles: spread.levels,
                })
            }));
        }
    }
    rows
}
