//! Misses: by how much the best model at each horizon missed every held-out flight, fraction by
//! fraction, and what its 90 % intervals held.
//!
//! `material` collects them while it reads the predictions; `residuals` and `card` group and sum
//! them up. A miss takes some tens of bytes, so that all flights' are at hand.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::flight::haversine_m;
use crate::tables::{Axis, Bounds90, PredictionRow, Scored, TargetRow};
use crate::units::{feet, nautical_miles};

/// A held-out flight that one model missed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MissedFlight {
    pub(super) flight_id: String,
    /// Ascending by fraction; what was flown at the horizon is not among them.
    pub(super) misses: Vec<Miss>,
}

/// Predicted less flown at a fraction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Miss {
    pub(super) fraction: f64,
    /// Great-circle distance between the predicted and the flown position.
    pub(super) position_nmi: f64,
    /// Above zero: predicted too high. None without altitude.
    pub(super) altitude_ft: Option<f64>,
    /// Above zero: predicted too late.
    pub(super) time_s: f64,
    /// Whether the 90 % intervals of position, altitude and time hold the truth.
    pub(super) held: [Option<bool>; 3],
}

impl MissedFlight {
    /// The mean of something over the flight's fractions that have it.
    pub(super) fn mean(&self, of: impl Fn(&Miss) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = self.misses.iter().filter_map(of).collect();
        let sum: f64 = values.iter().sum();
        (!values.is_empty()).then(|| sum / values.len() as f64)
    }

    /// The share of the fractions whose interval holds the truth: of position, altitude, time.
    pub(super) fn held(&self, measure: usize) -> Option<f64> {
        self.mean(|miss| miss.held[measure].map(|is_held| f64::from(u8::from(is_held))))
    }
}

/// The flown tracks, and the misses so far by what was scored.
pub(super) struct Misses<'a> {
    targets: &'a [TargetRow],
    flown: BTreeMap<&'a str, Range<usize>>,
    flights: BTreeMap<Scored, Vec<MissedFlight>>,
}

impl<'a> Misses<'a> {
    pub(super) fn new(targets: &'a [TargetRow], axis: Axis) -> Self {
        Self { targets, flown: flown_by_flight(targets, axis), flights: BTreeMap::new() }
    }

    /// Takes note of a prediction; those of a flight come one after the other.
    pub(super) fn note(&mut self, scored: Scored, predicted: &PredictionRow) {
        let Some(range) = self.flown.get(&*predicted.flight_id) else { return };
        let is_there = |flown: &&TargetRow| (flown.fraction - predicted.fraction).abs() < 1e-9;
        let Some(flown) = self.targets[range.clone()].iter().find(is_there) else { return };
        if predicted.already_flown {
            return;
        }
        let flights = self.flights.entry(scored).or_default();
        if flights.last().is_none_or(|last| *last.flight_id != *predicted.flight_id) {
            let flight_id = predicted.flight_id.to_string();
            flights.push(MissedFlight { flight_id, misses: Vec::new() });
        }
        let last = flights.last_mut().expect("one was pushed if there was none");
        last.misses.push(miss(predicted, flown));
    }

    /// The flights of each model, in the order of their ids.
    pub(super) fn into_flights(self) -> BTreeMap<Scored, Vec<MissedFlight>> {
        self.flights
    }
}

/// Where each flight's targets lie in the table, which is sorted by flight.
pub(super) fn flown_by_flight(rows: &[TargetRow], axis: Axis) -> BTreeMap<&str, Range<usize>> {
    let mut flown: BTreeMap<&str, Range<usize>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate().filter(|(_, row)| row.axis == axis) {
        flown.entry(&row.flight_id).or_insert(i..i).end = i + 1;
    }
    flown
}

/// Great-circle distance between the predicted and the flown position (haversine).
pub(super) fn apart_nmi(predicted: &PredictionRow, flown: &TargetRow) -> f64 {
    nautical_miles(haversine_m(
        predicted.longitude_deg,
        predicted.latitude_deg,
        flown.longitude_deg,
        flown.latitude_deg,
    ))
}

fn miss(predicted: &PredictionRow, flown: &TargetRow) -> Miss {
    let position_nmi = apart_nmi(predicted, flown);
    let altitude_m = predicted.altitude_m.zip(flown.altitude_m);
    let none = Bounds90::default();
    let bounds = predicted.bounds.as_deref().unwrap_or(&none);
    let holds = |ends: Option<(f64, f64)>, value: Option<f64>| {
        ends.zip(value).map(|((low, high), value)| low <= value && value <= high)
    };
    Miss {
        fraction: predicted.fraction,
        position_nmi,
        altitude_ft: altitude_m.map(|(predicted, flown)| feet(predicted - flown)),
        time_s: predicted.elapsed_s - flown.elapsed_s,
        held: [
            bounds.horizontal_radius_nmi.map(|radius| position_nmi <= radius),
            holds(bounds.altitude_m, flown.altitude_m),
            holds(bounds.elapsed_s, Some(flown.elapsed_s)),
        ],
    }
}

/// Flights of a kind, and something about them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) n_flights: u64,
    pub(super) mean: f64,
    /// The standard error of the mean, flights taken as independent; none of one flight.
    pub(super) error: Option<f64>,
}

/// The mean over flights of something by kind of flight, in the order of the kinds' names.
/// Every flight counts the same; one without a kind, or without the value, does not count.
pub(super) fn grouped(
    flights: &[MissedFlight],
    kind: impl Fn(&str) -> Option<String>,
    value: impl Fn(&MissedFlight) -> Option<f64>,
) -> Vec<Group> {
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for flight in flights {
        if let Some((kind, value)) = kind(&flight.flight_id).zip(value(flight)) {
            values.entry(kind).or_default().push(value);
        }
    }
    let group = |(name, values): (String, Vec<f64>)| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let error = (values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt());
        Group { name, n_flights: values.len() as u64, mean, error }
    };
    values.into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Horizon, ModelName, Split};

    const SCORED: Scored = Scored {
        model: ModelName::Forest,
        horizon: Horizon::Departure,
        split: Split::Forward,
        axis: Axis::Time,
    };

    fn flown(flight: &str, fraction: f64, axis: Axis) -> TargetRow {
        TargetRow {
            flight_id: flight.to_owned(),
            axis,
            fraction,
            longitude_deg: 0.0,
            latitude_deg: 50.0,
            altitude_m: Some(3048.0),
            elapsed_s: 1000.0,
            distance_m: 0.0,
        }
    }

    fn predicted(flight: &str, fraction: f64) -> PredictionRow {
        let bounds = Bounds90 {
            altitude_m: Some((3000.0, 3048.0)),
            elapsed_s: Some((1001.0, 1100.0)),
            horizontal_radius_nmi: Some(61.0),
            ..Bounds90::default()
        };
        PredictionRow {
            model: SCORED.model,
            horizon: SCORED.horizon,
            split: SCORED.split,
            axis: SCORED.axis,
            fold: 0,
            flight_id: flight.into(),
            fraction,
            already_flown: false,
            longitude_deg: 360.0,
            latitude_deg: 51.0,
            altitude_m: Some(3352.8),
            elapsed_s: 940.0,
            distance_m: 0.0,
            duration_s: 2000.0,
            bounds: Some(Box::new(bounds)),
        }
    }

    #[test]
    fn a_miss_is_predicted_less_flown_and_knows_which_intervals_held() {
        let targets = [flown("a", 0.5, Axis::Time), flown("a", 0.5, Axis::Distance)];
        let mut misses = Misses::new(&targets, Axis::Time);
        misses.note(SCORED, &predicted("a", 0.5));
        misses.note(SCORED, &predicted("a", 0.6)); // was not flown
        misses.note(SCORED, &predicted("b", 0.5)); // nor was this flight
        misses.note(SCORED, &PredictionRow { already_flown: true, ..predicted("a", 0.5) });
        let flights = misses.into_flights();
        let flight = &flights[&SCORED][0];
        assert_eq!((flights[&SCORED].len(), flight.misses.len()), (1, 1));
        let miss = &flight.misses[0];
        assert!((miss.position_nmi - 60.04).abs() < 0.01, "{miss:?}");
        assert!((miss.altitude_ft.unwrap() - 1000.0).abs() < 1e-6);
        assert_eq!(miss.time_s, -60.0);
        assert_eq!(miss.held, [Some(true), Some(true), Some(false)]);
        assert_eq!(flight.held(2), Some(0.0));
    }

    #[test]
    fn groups_weigh_flights_alike_and_have_standard_errors() {
        let flight = |id: &str, values: &[f64]| MissedFlight {
            flight_id: id.to_owned(),
            misses: values
                .iter()
                .map(|&time_s| Miss {
                    fraction: 0.5,
                    position_nmi: 0.0,
                    altitude_ft: None,
                    time_s,
                    held: [None; 3],
                })
                .collect(),
        };
        let flights = [flight("b1", &[1.0, 3.0]), flight("a", &[7.0]), flight("b2", &[4.0])];
        let kind = |id: &str| Some(id[..1].to_owned()).filter(|kind| kind != "c");
        let groups = grouped(&flights, kind, |flight| flight.mean(|miss| Some(miss.time_s)));
        let one = Group { name: "a".to_owned(), n_flights: 1, mean: 7.0, error: None };
        // 2 and 4: their mean is 3, their variance 2, the error of the mean sqrt(2 / 2).
        let two = Group { name: "b".to_owned(), n_flights: 2, mean: 3.0, error: Some(1.0) };
        assert_eq!(groups, [one, two]);
        assert_eq!(grouped(&flights, kind, |flight| flight.held(0)), []);
    }
}
