//! A *calibration* turns how unsure a model is of a prediction into an interval that holds the
//! truth, 80 or 90 times in a hundred: split-conformal prediction.
//!
//! `evaluate` learns calibrations from held-out flights, to judge intervals; `train` stores them
//! with the model, and `predict` applies them to flights to come.
//!
//! An error is divided by what the model itself thinks of the flight (the spread over a
//! forest's trees; one, where a model has no opinion), and the quantile of these scores over
//! the calibration flights, times the flight's own scale, is the half width of its interval
//! (Lei et al., *Distribution-Free Predictive Inference for Regression*, 2018, section 5.2).

use std::collections::BTreeMap;

use ndarray::Array2;

use super::median;

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
    /// All levels, in the order of a calibration's quantiles.
    pub const ALL: [Self; 2] = [Self::Eighty, Self::Ninety];

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

/// How far a prediction was off, and what the model thought of it; none where it does not say.
pub type Residual = (f64, Option<f64>);

/// How scores become widths, for some flights, at a fraction, of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// The smallest scale; none where the model has no spread, or next to none: all scales
    /// are 1 then.
    pub(super) floor: Option<f64>,
    /// The quantile of the scores at each level; none where they are too few.
    pub(super) quantiles: [Option<f64>; 2],
}

impl Calibration {
    /// Learns from the residuals of some flights.
    #[must_use]
    pub fn learn(residuals: &[Residual]) -> Self {
        let spreads = residuals.iter().map(|(_, spread)| *spread);
        let typical = spreads.collect::<Option<Vec<f64>>>().and_then(median);
        let floor = typical.map(|typical| LEAST_SCALE * typical).filter(|floor| *floor > 0.0);
        let unscaled = Self { floor, quantiles: [None; 2] };
        let score = |(off, spread): &Residual| off / unscaled.scale(*spread);
        let mut scores: Vec<f64> = residuals.iter().map(score).collect();
        scores.sort_by(f64::total_cmp);
        let quantile = |level: Level| {
            let quantile = level.rank(scores.len()).map(|rank| scores[rank - 1]);
            quantile.filter(|quantile| quantile.is_finite())
        };
        Self { quantiles: Level::ALL.map(quantile), ..unscaled }
    }

    fn scale(&self, spread: Option<f64>) -> f64 {
        self.floor.zip(spread).map_or(1.0, |(floor, spread)| spread.max(floor))
    }

    /// Half the width of the interval of a prediction with this spread, in the unit of the
    /// residuals; none where calibration flights were too few.
    #[must_use]
    pub fn half_width(&self, level: Level, spread: Option<f64>) -> Option<f64> {
        let width = self.quantiles[level as usize]? * self.scale(spread);
        width.is_finite().then_some(width)
    }
}

/// The calibrations of a model at a horizon, along an axis.
///
/// Those of large enough pairs are their own: pairs differ in how hard they are, and pooled, the
/// easy ones would be held nearly always and the hard ones too seldom.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrations {
    pub(super) by_pair: BTreeMap<String, MeasureCalibrations>,
    /// For all other flights, learnt from all.
    pub(super) others: MeasureCalibrations,
}

/// The calibrations of everything that a model predicts of some flights.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureCalibrations {
    /// `(n_fractions * n_measures)`, those of one fraction together. A measure is a column of
    /// the targets, or the horizontal distance in nautical miles, which comes last.
    pub states: Vec<Calibration>,
    /// Of the duration.
    pub duration: Calibration,
}

impl Calibrations {
    /// Those of pairs that have their own, and those of all other flights.
    #[must_use]
    pub fn new(
        by_pair: BTreeMap<String, MeasureCalibrations>,
        others: MeasureCalibrations,
    ) -> Self {
        Self { by_pair, others }
    }

    /// Whether there were enough flights for an interval of anything.
    #[must_use]
    pub fn has_intervals(&self) -> bool {
        let all = self.by_pair.values().chain([&self.others]);
        let mut all = all.flat_map(|of| of.states.iter().chain([&of.duration]));
        all.any(|calibration| calibration.quantiles.iter().any(Option::is_some))
    }

    /// Those of a flight of a pair.
    #[must_use]
    pub fn of(&self, pair: Option<&str>) -> &MeasureCalibrations {
        pair.and_then(|pair| self.by_pair.get(pair)).unwrap_or(&self.others)
    }
}

/// What a model thinks of how far a measure of a prediction may be off, in degrees of a great
/// circle for the horizontal distance. Both matrices are `(n_flights, n_targets)`.
#[must_use]
pub fn spread_of(predicted: &Array2<f64>, spread: &Array2<f32>, row: usize, measure: usize) -> f64 {
    if measure < spread.ncols() {
        return f64::from(spread[[row, measure]]);
    }
    let latitude = predicted[[row, 1]].to_radians();
    let east = f64::from(spread[[row, 0]]) * libm::cos(latitude);
    let north = f64::from(spread[[row, 1]]);
    libm::sqrt(east * east + north * north)
}
