//! *Work* is the fitting of one estimator, as scoring and the final fit both do it: with its
//! own seed, interruptible, and counted.

use ndarray::{Array2, Axis as MatrixAxis};

use super::TrainError;
use super::inputs::TrainInputs;
use crate::models::{Dataset, Inputs, Model, ModelError, Training, derive_seed, fit};
use crate::problem::{Class, Problem as _};
use crate::progress::Progress;
use crate::tables::{Horizon, ModelName, Target};

/// What all estimators of a run share.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) inputs: &'a TrainInputs<'a>,
    pub(super) progress: &'a dyn Progress,
}

/// The flights that an estimator learns from.
pub(super) struct Pupils<'a> {
    pub(super) dataset: &'a Dataset,
    /// Positions in the dataset.
    pub(super) flights: &'a [usize],
    /// Their encoded features.
    pub(super) x: &'a Array2<f32>,
    /// Their pairs.
    pub(super) pairs: &'a [Option<String>],
    /// What the features know; none for baselines, which use none.
    pub(super) horizon: Option<Horizon>,
    /// The split and the fold, such as `forward/2`; `all` for the final fit.
    pub(super) fold: &'a str,
}

impl Work<'_> {
    /// Fits a model at the fraction number `at`.
    pub(super) fn fit(
        &self,
        name: ModelName,
        pupils: &Pupils<'_>,
        at: usize,
    ) -> Result<Model, TrainError> {
        let dataset = pupils.dataset;
        let fraction = dataset.fractions[at];
        let targets = dataset.targets[at].select(MatrixAxis(0), pupils.flights);
        let spans: Vec<_> = pupils.flights.iter().map(|flight| dataset.spans[*flight]).collect();
        let training = Training {
            inputs: Inputs { x: pupils.x.view(), pairs: pupils.pairs },
            targets: targets.view(),
            columns: dataset.columns,
            spans: &spans,
            fraction,
        };
        let seed_of = |target: Option<Target>| {
            let horizon = pupils.horizon.map(|horizon| horizon.to_string()).unwrap_or_default();
            let target = target.map_or("all", Target::as_str);
            let (axis, fraction) = (dataset.axis.as_str(), fraction.to_string());
            let names = [name.as_str(), &horizon, axis, &fraction, target, pupils.fold];
            derive_seed(self.inputs.train.seed, &names)
        };
        self.check()?;
        let stopped = || self.progress.stopped();
        fit(name, &training, self.inputs.settings(), &seed_of, &stopped)
            .map_err(|source| failed(name, pupils.horizon, fraction, source))
    }

    /// That nobody asked to stop.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        if self.progress.stopped() { Err(TrainError::Interrupted) } else { Ok(()) }
    }
}

/// The error of an estimator, with what it was; an interruption is none of its own.
pub(super) fn failed(
    model: ModelName,
    horizon: Option<Horizon>,
    fraction: f64,
    source: ModelError,
) -> TrainError {
    if source.class() == Class::Interrupted {
        return TrainError::Interrupted;
    }
    TrainError::Model { model, horizon, fraction, source }
}

/// The pairs of some flights.
pub(super) fn pairs_of(dataset: &Dataset, flights: &[usize]) -> Vec<Option<String>> {
    flights.iter().map(|flight| dataset.pairs[*flight].clone()).collect()
}

/// The rows of some flights in the feature table.
pub(super) fn rows_of(dataset: &Dataset, flights: &[usize]) -> Vec<usize> {
    flights.iter().map(|flight| dataset.rows[*flight]).collect()
}
