//! Flights: some held-out flights as flown and as predicted, from good to bad.
//!
//! The page draws a map of each, and its altitude where flights have one.

use std::collections::BTreeMap;
use std::ops::Range;

use minijinja::Value;
use serde::Serialize;

use super::figure::{Grid, drawing};
use super::material::{Material, ShownModel, main_axis};
use super::misses::{apart_nmi, flown_by_flight};
use super::words::{self, Unit, count, percent};
use crate::chart::{Ink, LineChart, Point, Series, Track, TrackMap, plain_text};
use crate::flight::{haversine_m, unwrap_longitude};
use crate::tables::{Axis, PredictionRow, TargetRow};
use crate::units::nautical_miles;

/// Other flights drawn behind each map, at most.
const OTHERS: usize = 50;
/// Others start and end within this of the flight shown, in nautical miles.
const SAME_ROUTE_NMI: f64 = 40.0;

/// What the template of the flights shows.
#[derive(Debug, Serialize)]
pub(super) struct Flights {
    model: &'static str,
    horizon: String,
    is_reconstruction: bool,
    split: &'static str,
    total: String,
    rows: Vec<FlightRow>,
}

/// Flights of one kind.
#[derive(Debug, Serialize)]
struct FlightRow {
    kind: &'static str,
    explanation: &'static str,
    cards: Vec<Card>,
}

#[derive(Debug, Serialize)]
struct Card {
    flight: String,
    error: String,
    largest: String,
    time: String,
    map: Value,
    profile: Option<Value>,
    grid: Grid,
}

/// A held-out flight: both tracks, fraction by fraction.
struct Held<'a> {
    pairs: Vec<(&'a PredictionRow, &'a TargetRow)>,
    /// Mean distance between the two in nautical miles.
    error_nmi: f64,
}

impl Flights {
    /// None where nothing was held out, or the flown tracks are not those of the run.
    pub(super) fn new(material: &Material) -> Option<Self> {
        let shown = material.shown.as_ref()?;
        if material.targets_changed {
            return None;
        }
        let axis = main_axis(&material.record);
        let flown = flown_by_flight(&material.targets.rows, axis);
        let held = ranked(shown, &material.targets.rows, &flown);
        if held.is_empty() {
            return None;
        }
        let others = Others::new(&material.targets.rows, &flown);
        let step = 1.0 / (held.len() - 1).max(1) as f64;
        let kinds = [
            ("Good", "better predicted than nine in ten", [0.05, 0.075, 0.1]),
            ("Typical", "in the middle of all held-out flights", [0.45, 0.5, 0.55]),
            ("Worst", "the largest mean errors of all", [1.0, 1.0 - step, 1.0 - 2.0 * step]),
        ];
        let mut taken = vec![false; held.len()];
        let rows = kinds.map(|(kind, explanation, ranks)| FlightRow {
            kind,
            explanation,
            cards: pick(&mut taken, ranks)
                .into_iter()
                .map(|i| held[i].card(axis, &others))
                .collect(),
        });
        Some(Self {
            model: shown.scored.model.as_str(),
            horizon: words::horizon(shown.scored.horizon),
            is_reconstruction: shown.scored.horizon.is_reconstruction(),
            split: shown.scored.split.as_str(),
            total: count(held.len() as u64),
            rows: rows.into_iter().filter(|row| !row.cards.is_empty()).collect(),
        })
    }
}

/// Flights at the given ranks, from 0 (best) to 1 (worst), none of them twice.
fn pick(taken: &mut [bool], ranks: [f64; 3]) -> Vec<usize> {
    let last = (taken.len() - 1) as f64;
    let places = ranks.into_iter().map(|rank| (rank.max(0.0) * last).round() as usize);
    places.filter(|&i| !std::mem::replace(&mut taken[i], true)).collect()
}

/// The held-out flights with a flown track, the best predicted first.
fn ranked<'a>(
    shown: &'a ShownModel,
    targets: &'a [TargetRow],
    flown: &BTreeMap<&str, Range<usize>>,
) -> Vec<Held<'a>> {
    let flights = shown.rows.chunk_by(|a, b| a.flight_id == b.flight_id);
    let held = flights.filter_map(|predicted| {
        let flown = &targets[flown.get(&*predicted[0].flight_id)?.clone()];
        let pair = |row: &'a PredictionRow| {
            let at = flown.iter().find(|t| (t.fraction - row.fraction).abs() < 1e-9)?;
            Some((row, at))
        };
        // What was flown at the horizon is no prediction.
        let ahead = predicted.iter().filter(|row| !row.already_flown);
        let pairs: Vec<_> = ahead.filter_map(pair).collect();
        let sum: f64 = pairs.iter().map(|(p, t)| apart_nmi(p, t)).sum();
        let error_nmi = sum / pairs.len() as f64;
        (pairs.len() > 1 && error_nmi.is_finite()).then_some(Held { pairs, error_nmi })
    });
    let mut held: Vec<Held> = held.collect();
    held.sort_by(|a, b| a.error_nmi.total_cmp(&b.error_nmi));
    held
}

fn haversine_nmi(a: (f64, f64), b: (f64, f64)) -> f64 {
    nautical_miles(haversine_m(a.0, a.1, b.0, b.1))
}

impl Held<'_> {
    fn card(&self, axis: Axis, others: &Others) -> Card {
        let id = &self.pairs[0].1.flight_id;
        let apart = |(p, t): &(&PredictionRow, &TargetRow)| (apart_nmi(p, t), p.fraction);
        let largest = self
            .pairs
            .iter()
            .map(apart)
            .fold((0.0, 0.0), |worst: (f64, f64), e| if e.0 > worst.0 { e } else { worst });
        let last = self.pairs[self.pairs.len() - 1];
        let late = last.0.elapsed_s - last.1.elapsed_s;
        let side = if late < 0.0 { "early" } else { "late" };
        let nmi = |value| Unit::NauticalMiles.with_sign(value);
        let late = Unit::Seconds.with_sign(late.abs());
        Card {
            flight: plain_text(id, 80),
            error: nmi(self.error_nmi),
            largest: format!("{} at {}", nmi(largest.0), percent(largest.1)),
            time: format!("{late} {side} at {}", percent(last.0.fraction)),
            map: drawing(self.map(id, others)),
            profile: self.profile(axis),
            grid: self.grid(),
        }
    }

    fn map(&self, id: &str, others: &Others) -> String {
        let flown: Track =
            self.pairs.iter().map(|(_, t)| (t.longitude_deg, t.latitude_deg)).collect();
        // Both tracks on the same side of the anti-meridian.
        let predicted = self
            .pairs
            .iter()
            .map(|(p, t)| (unwrap_longitude(p.longitude_deg, t.longitude_deg), p.latitude_deg));
        let note = |(p, t): &(&PredictionRow, &TargetRow)| {
            format!(
                "{}: {} apart",
                percent(p.fraction),
                Unit::NauticalMiles.with_sign(apart_nmi(p, t))
            )
        };
        let map = TrackMap {
            description: format!(
                "Map of flight {id}: flown and predicted positions, on average {} apart.",
                Unit::NauticalMiles.with_sign(self.error_nmi)
            ),
            predicted: predicted.collect(),
            notes: self.pairs.iter().map(note).collect(),
            others: others.like(id, &flown),
            flown,
        };
        map.to_svg()
    }

    /// None where the flight has no altitude.
    fn profile(&self, axis: Axis) -> Option<Value> {
        let point = |fraction: f64, altitude_m: f64, what: &str| {
            let feet = crate::units::feet(altitude_m);
            let note = format!("{what}, {}: {}", percent(fraction), Unit::Feet.with_sign(feet));
            Point { x: fraction * 100.0, y: feet, note }
        };
        let flown =
            self.pairs.iter().filter_map(|(_, t)| Some(point(t.fraction, t.altitude_m?, "flown")));
        let predicted = self
            .pairs
            .iter()
            .filter_map(|(p, _)| Some(point(p.fraction, p.altitude_m?, "predicted")));
        let series = [
            Series { ink: Ink::Truth, points: flown.collect() },
            Series { ink: Ink::Hue(1), points: predicted.collect() },
        ];
        if series.iter().any(|series| series.points.is_empty()) {
            return None;
        }
        let chart = LineChart {
            heading: String::new(),
            description: "Flown and predicted altitude along the flight.".to_owned(),
            x_label: format!("part of the {} (%)", words::axis(axis)),
            y_label: "altitude (ft)".to_owned(),
            x_range: (0.0, 100.0),
            y_range: None,
            series: series.into(),
        };
        Some(drawing(chart.to_svg()))
    }

    fn grid(&self) -> Grid {
        let feet = |metres: Option<f64>| Unit::Feet.or_dash(metres.map(crate::units::feet));
        let row = |(p, t): &(&PredictionRow, &TargetRow)| {
            vec![
                percent(p.fraction),
                Unit::NauticalMiles.figure(apart_nmi(p, t)),
                feet(t.altitude_m),
                feet(p.altitude_m),
                Unit::Seconds.figure(t.elapsed_s),
                Unit::Seconds.figure(p.elapsed_s),
            ]
        };
        let head = [
            "fraction",
            "apart (nmi)",
            "altitude flown (ft)",
            "predicted (ft)",
            "time flown (s)",
            "predicted (s)",
        ];
        Grid {
            title: String::new(),
            head: head.map(str::to_owned).into(),
            rows: self.pairs.iter().map(row).collect(),
        }
    }
}

/// Tracks to draw behind a flight's.
struct Others<'a> {
    tracks: Vec<(&'a str, Track)>,
}

impl<'a> Others<'a> {
    /// An even sample of the flown tracks.
    fn new(targets: &'a [TargetRow], flown: &BTreeMap<&'a str, Range<usize>>) -> Self {
        const SAMPLED: usize = 4000;
        let every = flown.len().div_ceil(SAMPLED).max(1);
        let track = |range: &Range<usize>| {
            targets[range.clone()].iter().map(|t| (t.longitude_deg, t.latitude_deg)).collect()
        };
        let sample = flown.iter().step_by(every);
        Self { tracks: sample.map(|(id, range)| (*id, track(range))).collect() }
    }

    /// Some that begin and end where `flown` does.
    fn like(&self, id: &str, flown: &Track) -> Vec<Track> {
        let ends = |track: &Track| Some((*track.first()?, *track.last()?));
        let Some((first, last)) = ends(flown) else { return Vec::new() };
        let alike = |track: &Track| {
            ends(track).is_some_and(|(a, b)| {
                haversine_nmi(a, first) < SAME_ROUTE_NMI && haversine_nmi(b, last) < SAME_ROUTE_NMI
            })
        };
        let alike: Vec<&Track> = self
            .tracks
            .iter()
            .filter(|(other, track)| *other != id && alike(track))
            .map(|(_, track)| track)
            .collect();
        let every = alike.len().div_ceil(OTHERS).max(1);
        alike.into_iter().step_by(every).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_latitude_is_a_nautical_mile_and_all_ways_round_count_alike() {
        assert!((haversine_nmi((0.0, 10.0), (0.0, 11.0)) - 60.04).abs() < 0.01);
        assert!((haversine_nmi((179.5, 0.0), (-179.5, 0.0)) - 60.04).abs() < 0.01);
    }

    #[test]
    fn no_flight_is_picked_twice_however_few_there_are() {
        for n in 1..40 {
            let step = 1.0 / (n - 1).max(1) as f64;
            let mut taken = vec![false; n];
            let mut picked = pick(&mut taken, [0.05, 0.075, 0.1]);
            picked.extend(pick(&mut taken, [0.45, 0.5, 0.55]));
            picked.extend(pick(&mut taken, [1.0, 1.0 - step, 1.0 - 2.0 * step]));
            picked.sort_unstable();
            let count = picked.len();
            picked.dedup();
            assert_eq!(picked.len(), count);
            assert!(count >= n.min(3) && picked.contains(&(n - 1)));
        }
    }
}
