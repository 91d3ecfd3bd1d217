//! *Intervals* say between what the truth will lie, 80 or 90 times in a hundred: conformal
//! prediction, calibrated on how far other held-out flights were off.
//!
//! `train` calls [`HeldOut::calibrated`] once per model and split; `metrics` counts how many
//! flights the intervals hold, and the predictions table has their ends. What the final models
//! are stored with, for flights to come, is [`HeldOut::calibrations`].
//!
//! Calibration flights are those that other folds held out (cross-conformal: Vovk,
//! *Cross-conformal predictors*, 2015), under `forward` those of earlier folds only, so that
//! the first fold has no intervals. Flights of the same pair are used where they are at
//! least 30, else those of all pairs.

use std::collections::BTreeMap;

use ndarray::Array2;
use rayon::prelude::*;

use super::HeldOut;
use crate::flight::unwrap_longitude;
use crate::models::sphere::Position;
use crate::models::{
    Calibration, Calibrations, Dataset, Level, MeasureCalibrations, Residual, spread_of,
};
use crate::tables::{Horizon, Split, Target};
use crate::units::METRES_PER_NAUTICAL_MILE;

/// Calibration flights from which on a pair is calibrated by itself. With n of them an
/// interval holds up to 1 / (n + 1) more than it promises: 3 % here.
const FEWEST_OF_PAIR: usize = 30;

/// What makes intervals of held-out predictions: the calibrations of each fold.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals(Vec<Calibrations>);

/// What is predicted of a held-out flight: a measure at the fraction of a number, or its duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// The number of the fraction, and that of a column of the targets or, after the last one,
    /// the horizontal distance.
    State(usize, usize),
    /// The duration.
    Duration,
}

impl HeldOut {
    /// Calibrates the intervals of all predictions; those made at an elapsed horizon on what
    /// flights still had ahead of them there.
    #[must_use]
    pub fn calibrated(self, dataset: &Dataset, split: Split, horizon: Option<Horizon>) -> Self {
        let horizon = horizon.unwrap_or(Horizon::Departure);
        let n_folds = self.folds.iter().max().map_or(0, |last| last + 1);
        let calibrations = (0..n_folds).map(|fold| {
            let rows = self.calibration_rows(dataset, split, fold);
            self.learn(dataset, &rows, horizon)
        });
        let intervals = Intervals(calibrations.collect());
        Self { intervals: Some(intervals), ..self }
    }

    /// The calibrations for flights to come, of a model that learns from all of these: from how
    /// far it was off, wherever flights were held out.
    #[must_use]
    pub fn calibrations(&self, dataset: &Dataset, horizon: Horizon) -> Calibrations {
        let all: Vec<usize> = (0..self.flights.len()).collect();
        self.learn(dataset, &all, horizon)
    }

    /// The predictions that a fold's intervals are calibrated on: of other folds, under
    /// `forward` of earlier ones, and never of a flight that the fold itself holds out.
    fn calibration_rows(&self, dataset: &Dataset, split: Split, fold: u32) -> Vec<usize> {
        let mut is_own = vec![false; dataset.n_flights()];
        for (flight, _) in self.flights.iter().zip(&self.folds).filter(|(_, f)| **f == fold) {
            is_own[*flight] = true;
        }
        let is_wanted = |row: &usize| {
            let other = self.folds[*row];
            let is_known = if split == Split::Forward { other < fold } else { other != fold };
            is_known && !is_own[self.flights[*row]]
        };
        (0..self.flights.len()).filter(is_wanted).collect()
    }

    /// The calibrations that some predictions teach, for each large enough pair and for all.
    fn learn(&self, dataset: &Dataset, rows: &[usize], horizon: Horizon) -> Calibrations {
        let ahead = self.ahead(dataset, horizon);
        let mut by_pair: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for &row in rows {
            if let Some(pair) = &dataset.pairs[self.flights[row]] {
                by_pair.entry(pair).or_default().push(row);
            }
        }
        by_pair.retain(|_, rows| rows.len() >= FEWEST_OF_PAIR);
        let own = by_pair
            .into_par_iter()
            .map(|(pair, rows)| (pair.to_owned(), self.learn_measures(dataset, &rows, &ahead)));
        Calibrations::new(own.collect(), self.learn_measures(dataset, rows, &ahead))
    }

    fn learn_measures(
        &self,
        dataset: &Dataset,
        rows: &[usize],
        ahead: &[Vec<bool>],
    ) -> MeasureCalibrations {
        let learn = |measured: Measured, is_ahead: &dyn Fn(usize) -> bool| {
            let rows = rows.iter().copied().filter(|row| is_ahead(*row));
            let residuals: Vec<Residual> =
                rows.map(|row| self.residual(dataset, row, measured)).collect();
            Calibration::learn(&residuals)
        };
        let measures = 0..=dataset.columns.len();
        let places =
            (0..dataset.fractions.len()).flat_map(|at| measures.clone().map(move |m| (at, m)));
        let places: Vec<(usize, usize)> = places.collect();
        let states = places.into_par_iter();
        let states =
            states.map(|(at, measure)| learn(Measured::State(at, measure), &|row| ahead[at][row]));
        MeasureCalibrations {
            states: states.collect(),
            // Who is over at the horizon is not asked how long it will take.
            duration: learn(Measured::Duration, &|row| ahead.iter().any(|ahead| ahead[row])),
        }
    }

    /// How far a prediction is off, in the unit of the targets or in nautical miles, and what
    /// the model thinks of that.
    fn residual(&self, dataset: &Dataset, row: usize, measured: Measured) -> Residual {
        let off = match measured {
            Measured::State(at, measure) => self.distance_off(dataset, at, row, measure),
            Measured::Duration => {
                let truth_s = dataset.spans[self.flights[row]].duration_s;
                (self.durations.predicted_s[row] - truth_s).abs()
            }
        };
        (off, self.spread_of(row, measured))
    }

    fn spread_of(&self, row: usize, measured: Measured) -> Option<f64> {
        match measured {
            Measured::State(at, measure) => {
                Some(spread_of(&self.predicted[at], &self.spread.as_ref()?[at], row, measure))
            }
            Measured::Duration => Some(f64::from(self.durations.spread.as_ref()?[row])),
        }
    }

    fn distance_off(&self, dataset: &Dataset, at: usize, row: usize, measure: usize) -> f64 {
        let (predicted, truth) = (&self.predicted[at], &dataset.targets[at]);
        let flight = self.flights[row];
        let Some(target) = dataset.columns.get(measure) else {
            let position = |matrix: &Array2<f64>, row| Position {
                longitude_deg: matrix[[row, 0]],
                latitude_deg: matrix[[row, 1]],
            };
            let apart_m = position(predicted, row).distance_m(position(truth, flight));
            return apart_m / METRES_PER_NAUTICAL_MILE;
        };
        let difference = predicted[[row, measure]] - truth[[flight, measure]];
        match target {
            Target::Longitude => unwrap_longitude(difference, 0.0).abs(),
            _ => difference.abs(),
        }
    }

    /// Half the width of the interval of a prediction: of a target, in its unit, of the duration
    /// in seconds, or the radius about the predicted position in nautical miles, which is an
    /// interval of longitude and latitude at once. None before
    /// [`calibrated`](Self::calibrated), and where calibration flights are too few.
    #[must_use]
    pub fn half_width(
        &self,
        dataset: &Dataset,
        level: Level,
        row: usize,
        measured: Measured,
    ) -> Option<f64> {
        let fold = &self.intervals.as_ref()?.0[self.folds[row] as usize];
        let calibrations = fold.of(dataset.pairs[self.flights[row]].as_deref());
        let calibration = match measured {
            Measured::State(at, measure) => {
                &calibrations.states[at * (dataset.columns.len() + 1) + measure]
            }
            Measured::Duration => &calibrations.duration,
        };
        calibration.half_width(level, self.spread_of(row, measured))
    }

    /// Whether the interval of a prediction holds what was flown; none where there is none.
    #[must_use]
    pub fn holds(
        &self,
        dataset: &Dataset,
        level: Level,
        row: usize,
        measured: Measured,
    ) -> Option<bool> {
        let width = self.half_width(dataset, level, row, measured)?;
        Some(self.residual(dataset, row, measured).0 <= width)
    }
}
