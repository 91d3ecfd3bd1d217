//! *Held-out predictions* are what a model says of flights that it did not learn from, all
//! folds of a split together.
//!
//! `train` gathers them; `metrics` turns them into figures.

use ndarray::Array2;

use super::{Fold, Intervals};
use crate::flight::unwrap_longitude;
use crate::models::sphere::Position;
use crate::models::{Dataset, Durations};
use crate::tables::{Horizon, Target};
use crate::units::{METRES_PER_FOOT, METRES_PER_NAUTICAL_MILE};

/// Predictions of the held-out flights of all folds, fold by fold.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// Positions of the flights in the dataset.
    pub flights: Vec<usize>,
    /// The fold that held each flight out.
    pub folds: Vec<u32>,
    /// For each fraction a matrix `(n_held_out, n_targets)`, as the dataset's targets.
    pub predicted: Vec<Array2<f64>>,
    /// For each fraction a matrix `(n_held_out, n_targets)` of how unsure the model is of
    /// each prediction, in any unit that is the same for all flights of a target; none for
    /// models that do not say.
    pub spread: Option<Vec<Array2<f32>>>,
    /// What the model says of the flights' durations, which it predicts apart from their states.
    pub durations: Durations,
    /// What makes intervals of the predictions; none until they are calibrated.
    pub intervals: Option<Intervals>,
}

impl HeldOut {
    /// Room for the predictions of `folds` at `n_fractions` fractions.
    #[must_use]
    pub fn new(folds: &[Fold], n_fractions: usize, n_targets: usize) -> Self {
        let flights: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        let numbers = (0_u32..).zip(folds);
        let folds = numbers.flat_map(|(i, fold)| std::iter::repeat_n(i, fold.test.len())).collect();
        let predicted = vec![Array2::zeros((flights.len(), n_targets)); n_fractions];
        let durations = Durations { predicted_s: vec![0.0; flights.len()], spread: None };
        Self { flights, folds, predicted, spread: None, durations, intervals: None }
    }

    /// Predicted less true value of each held-out flight at a fraction, in the target's unit
    /// of error: degrees, feet, seconds or nautical miles. Longitudes are compared the short
    /// way round; `horizontal` is the great-circle distance. None where the dataset lacks
    /// the target, and for those that are not of one fraction alone.
    #[must_use]
    pub fn errors(&self, dataset: &Dataset, target: Target, at: usize) -> Option<Vec<f64>> {
        let truth = &dataset.targets[at];
        let predicted = &self.predicted[at];
        let pairs = self.flights.iter().enumerate();
        if target == Target::Horizontal {
            let position = |matrix: &Array2<f64>, row| Position {
                longitude_deg: matrix[[row, 0]],
                latitude_deg: matrix[[row, 1]],
            };
            let apart = |(row, flight): (usize, &usize)| {
                position(predicted, row).distance_m(position(truth, *flight))
            };
            return Some(pairs.map(|pair| apart(pair) / METRES_PER_NAUTICAL_MILE).collect());
        }
        let column = dataset.column(target)?;
        let error = |(row, flight): (usize, &usize)| {
            let difference = predicted[[row, column]] - truth[[*flight, column]];
            match target {
                Target::Longitude => unwrap_longitude(difference, 0.0),
                Target::Altitude => difference / METRES_PER_FOOT,
                Target::Distance => difference / METRES_PER_NAUTICAL_MILE,
                Target::Latitude
                | Target::Elapsed
                | Target::Horizontal
                | Target::HorizontalAtTime
                | Target::Duration => difference,
            }
        };
        Some(pairs.map(error).collect())
    }

    /// For each fraction whether the held-out flights have it still ahead of them at a horizon.
    #[must_use]
    pub fn ahead(&self, dataset: &Dataset, horizon: Horizon) -> Vec<Vec<bool>> {
        let at_fraction =
            |at| self.flights.iter().map(|flight| dataset.is_ahead(*flight, at, horizon)).collect();
        (0..dataset.fractions.len()).map(at_fraction).collect()
    }

    /// True values of the held-out flights at a fraction, in the unit of the errors. None
    /// for `horizontal`, which has no value, and where the dataset lacks the target.
    #[must_use]
    pub fn truth(&self, dataset: &Dataset, target: Target, at: usize) -> Option<Vec<f64>> {
        let column = dataset.column(target)?;
        let unit = match target {
            Target::Altitude => METRES_PER_FOOT,
            Target::Distance => METRES_PER_NAUTICAL_MILE,
            _ => 1.0,
        };
        let values = dataset.targets[at].column(column);
        Some(self.flights.iter().map(|flight| values[*flight] / unit).collect())
    }
}
