//! *Intervals* say between what the truth will lie, 80 or 90 times in a hundred: conformal
//! prediction, calibrated on how far other held-out flights were off.
//!
//! `train` calls [`HeldOut::calibrate`] once per model and split; `metrics` counts how many
//! flights the intervals hold, and the predictions table has their ends.
//!
//! An error is divided by what the model itself thinks of the flight (the spread over a
//! forest's trees; one, where a model has no opinion), and the quantile of these scores over
//! the calibration flights, times the flight's own scale, is the half width of its interval
//! (Lei et al., *Distribution-Free Predictive Inference for Regression*, 2018, section 5.2).
//! Calibration flights are those that other folds held out (cross-conformal: Vovk,
//! *Cross-conformal predictors*, 2015), under `forward` those of earlier folds only, so that
//! the first fold has no intervals. Flights of the same pair are used where they are at
//! least 30, else those of all pairs: pairs differ in how hard they are, and pooled, the easy
//! ones would be held nearly always and the hard ones too seldom.

use std::collections::BTreeMap;

use ndarray::Array2;
use rayon::prelude::*;

use super::HeldOut;
use crate::flight::unwrap_longitude;
use crate::models::sphere::Position;
use crate::models::{Dataset, median};
use crate::tables::{Horizon, Split, Target};
use crate::units::METRES_PER_NAUTICAL_MILE;

/// Calibration flights from which on a pair is calibrated by itself. With n of them an
/// interval holds up to 1 / (n + 1) more than it promises: 3 % here.
const FEWEST_OF_PAIR: usize = 30;
/// No scale is smaller than this share of the median one: trees that happen to agree would
/// promise a certainty that they do not have.
const LEAST_SCALE: f64 = 0.1;

/// How often an interval holds the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// 80 %
    Eighty,
    /// 90 %
    Ninety,
}

impl Level {
    /// All levels, in the order of [`Calibration::quantiles`].
    pub(super) const ALL: [Self; 2] = [Self::Eighty, Self::Ninety];

    /// The rank, from 1, of the score that bounds this share of `n` scores and one more:
    /// the smallest whole number from (n + 1) times the level (Vovk, Gammerman and Shafer,
    /// *Algorithmic Learning in a Random World*, 2005, chapter 2); none where there are too
    /// few scores to bound it.
    fn rank(self, n: usize) -> Option<usize> {
        let (tenths, of) = match self {
            Self::Eighty => (8, 10),
            Self::Ninety => (9, 10),
        };
        let rank = ((n + 1) * tenths).div_ceil(of);
        (rank <= n).then_some(rank)
    }
}

/// How scores become widths, for some flights, at a fraction, of a target.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Calibration {
    /// The smallest scale; none where the model has no spread, or next to none: all scales
    /// are 1 then.
    floor: Option<f64>,
    /// The quantile of the scores at each level; none where they are too few.
    quantiles: [Option<f64>; 2],
}

/// The calibrations of a model's held-out predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// The number of each prediction's cell: its fold and, if large enough, its pair.
    cells: Vec<usize>,
    /// For each cell `(n_fractions * n_measures)`; a measure is a column of the targets, or
    /// the horizontal distance, which comes last.
    calibrations: Vec<Vec<Calibration>>,
}

impl HeldOut {
    /// Calibrates the intervals of all predictions; those made at an elapsed horizon on what
    /// flights still had ahead of them there.
    #[must_use]
    pub fn calibrated(self, dataset: &Dataset, split: Split, horizon: Option<Horizon>) -> Self {
        let ahead = self.ahead(dataset, horizon.unwrap_or(Horizon::Departure));
        let n_folds = self.folds.iter().max().map_or(0, |last| last + 1);
        let mut cells = vec![0; self.flights.len()];
        let mut pupils: Vec<Vec<usize>> = Vec::new();
        for fold in 0..n_folds {
            let all = self.calibration_rows(dataset, split, fold);
            let mut by_pair: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for &row in &all {
                if let Some(pair) = &dataset.pairs[self.flights[row]] {
                    by_pair.entry(pair).or_default().push(row);
                }
            }
            by_pair.retain(|_, rows| rows.len() >= FEWEST_OF_PAIR);
            let first = pupils.len();
            let places: BTreeMap<&str, usize> = by_pair.keys().copied().zip(first + 1..).collect();
            pupils.push(all);
            pupils.extend(by_pair.into_values());
            for row in (0..cells.len()).filter(|row| self.folds[*row] == fold) {
                let pair = dataset.pairs[self.flights[row]].as_deref();
                let own = pair.and_then(|pair| places.get(pair));
                cells[row] = own.copied().unwrap_or(first);
            }
        }
        let calibrations =
            pupils.par_iter().map(|rows| self.calibrations(dataset, rows, &ahead)).collect();
        Self { intervals: Some(Intervals { cells, calibrations }), ..self }
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

    fn calibrations(
        &self,
        dataset: &Dataset,
        rows: &[usize],
        ahead: &[Vec<bool>],
    ) -> Vec<Calibration> {
        let measures = 0..=dataset.columns.len();
        let places =
            (0..dataset.fractions.len()).flat_map(|at| measures.clone().map(move |m| (at, m)));
        let places: Vec<(usize, usize)> = places.collect();
        let calibration = |(at, measure): (usize, usize)| {
            let rows: Vec<usize> = rows.iter().copied().filter(|row| ahead[at][*row]).collect();
            let spreads = rows.iter().map(|row| self.spread_of(at, *row, measure));
            let typical = spreads.collect::<Option<Vec<f64>>>().and_then(median);
            let floor = typical.map(|typical| LEAST_SCALE * typical).filter(|floor| *floor > 0.0);
            let score = |row: &usize| {
                let scale = self.scale(floor, at, *row, measure);
                self.distance_off(dataset, at, *row, measure) / scale
            };
            let mut scores: Vec<f64> = rows.iter().map(score).collect();
            scores.sort_by(f64::total_cmp);
            let quantile = |level: Level| {
                let quantile = level.rank(scores.len()).map(|rank| scores[rank - 1]);
                quantile.filter(|quantile| quantile.is_finite())
            };
            Calibration { floor, quantiles: Level::ALL.map(quantile) }
        };
        places.into_par_iter().map(calibration).collect()
    }

    /// How far a prediction is off: in the unit of the targets, or in nautical miles.
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

    /// What the model thinks of how far it may be off; none for models without an opinion.
    /// That of a position is in degrees of a great circle.
    fn spread_of(&self, at: usize, row: usize, measure: usize) -> Option<f64> {
        let spread = &self.spread.as_ref()?[at];
        if measure < spread.ncols() {
            return Some(f64::from(spread[[row, measure]]));
        }
        let latitude = self.predicted[at][[row, 1]].to_radians();
        let east = f64::from(spread[[row, 0]]) * libm::cos(latitude);
        let north = f64::from(spread[[row, 1]]);
        Some(libm::sqrt(east * east + north * north))
    }

    fn scale(&self, floor: Option<f64>, at: usize, row: usize, measure: usize) -> f64 {
        let spread = floor.and_then(|floor| Some(self.spread_of(at, row, measure)?.max(floor)));
        spread.unwrap_or(1.0)
    }

    /// Half the width of the interval of a prediction: of the target in a column, in its
    /// unit, or, for the number after the last column, the radius about the predicted
    /// position in nautical miles, which is an interval of longitude and latitude at once.
    /// None before [`calibrated`](Self::calibrated), and where calibration flights are too few.
    #[must_use]
    pub fn half_width(&self, level: Level, at: usize, row: usize, measure: usize) -> Option<f64> {
        let intervals = self.intervals.as_ref()?;
        let n_measures = self.predicted[at].ncols() + 1;
        let calibration = intervals.calibrations[intervals.cells[row]][at * n_measures + measure];
        let quantile = calibration.quantiles[level as usize]?;
        let width = quantile * self.scale(calibration.floor, at, row, measure);
        width.is_finite().then_some(width)
    }

    /// Whether the interval of a prediction holds what was flown; none where there is none.
    #[must_use]
    pub fn holds(
        &self,
        dataset: &Dataset,
        level: Level,
        (at, row, measure): (usize, usize, usize),
    ) -> Option<bool> {
        let width = self.half_width(level, at, row, measure)?;
        Some(self.distance_off(dataset, at, row, measure) <= width)
    }
}
