//! *Work* is the fitting of a model at all fractions, as scoring and the final fit both do it:
//! with its own seeds, interruptible, and counted.

use std::sync::{Mutex, MutexGuard};

use ndarray::Array2;

use super::TrainError;
use super::inputs::TrainInputs;
use super::way::Way;
use crate::forest::Features;
use crate::models::{
    Dataset, FitError, Model, ModelError, Seeds, Training, derive_seed, fit, fit_duration, is_grown,
};
use crate::problem::{Class, Problem as _};
use crate::progress::Progress;
use crate::tables::{Axis, Horizon, ModelName, Target};

/// What all estimators of a run share.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) inputs: &'a TrainInputs<'a>,
    pub(super) progress: &'a dyn Progress,
    pub(super) way: Way<'a>,
}

/// The flights that a model learns from.
#[derive(Clone, Copy)]
pub(super) struct Pupils<'a> {
    /// What is known of them.
    pub(super) training: Training<'a>,
    /// Along what the fractions are taken.
    pub(super) axis: Axis,
    /// What the features know; none for baselines, which use none.
    pub(super) horizon: Option<Horizon>,
    /// The split and the fold, such as `forward/2`; `all` for the final fit.
    pub(super) fold: &'a str,
}

/// Takes the estimator at the fraction of a number, from any thread.
pub(super) type Done<'a> = &'a (dyn Fn(usize, Model) -> Result<(), TrainError> + Sync);

impl Work<'_> {
    /// Fits a model at all fractions; an error of `done` stops it.
    pub(super) fn fit(
        &self,
        name: ModelName,
        pupils: &Pupils<'_>,
        done: Done<'_>,
    ) -> Result<(), TrainError> {
        let failure = Mutex::new(None);
        let stopped = || self.progress.stopped() || held(&failure).is_some();
        let count = |at, model| match done(at, model) {
            Ok(()) => self.progress.advance(1, 0),
            Err(error) => {
                held(&failure).get_or_insert(error);
            }
        };
        let own = |at, target| self.seed(name, pupils, Some((at, target)));
        let seeds = Seeds { shared: self.seed(name, pupils, None), own: &own };
        let forest = self.inputs.forest_at(pupils.horizon);
        let settings = self.inputs.settings(&forest);
        let fitted = fit(name, &pupils.training, settings, seeds, &stopped, &count);
        if let Some(error) = held(&failure).take() {
            return Err(error);
        }
        fitted.map_err(|FitError { at, source }| {
            let fraction = at.map(|at| pupils.training.fractions[at]);
            failed(name, pupils.horizon, fraction, source)
        })
    }

    /// Fits a model's estimator of the duration.
    pub(super) fn fit_duration(
        &self,
        name: ModelName,
        pupils: &Pupils<'_>,
    ) -> Result<Model, TrainError> {
        let own = |at, target| self.seed(name, pupils, Some((at, target)));
        let seeds = Seeds { shared: self.seed(name, pupils, None), own: &own };
        let forest = self.inputs.forest_at(pupils.horizon);
        let (settings, stopped) = (self.inputs.settings(&forest), || self.progress.stopped());
        let fitted = fit_duration(name, &pupils.training, settings, seeds, &stopped);
        let fitted =
            fitted.map_err(|FitError { source, .. }| failed(name, pupils.horizon, None, source))?;
        self.progress.advance(1, 0);
        Ok(fitted)
    }

    /// The seed of a model, or of what is its own at a fraction, for a target or for all.
    fn seed(
        &self,
        name: ModelName,
        pupils: &Pupils<'_>,
        own: Option<(usize, Option<Target>)>,
    ) -> u64 {
        let seed = self.inputs.train.seed;
        let horizon = pupils.horizon.map(|horizon| horizon.to_string()).unwrap_or_default();
        let (name, axis, fold) = (name.as_str(), pupils.axis.as_str(), pupils.fold);
        let Some((at, target)) = own else {
            return derive_seed(seed, &[name, &horizon, axis, fold]);
        };
        let fraction = match target {
            Some(Target::Duration) => "whole".to_owned(), // whatever the fractions are
            _ => pupils.training.fractions[at].to_string(),
        };
        let target = target.map_or("all", Target::as_str);
        derive_seed(seed, &[name, &horizon, axis, &fraction, target, fold])
    }

    /// That nobody asked to stop.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        if self.progress.stopped() { Err(TrainError::Interrupted) } else { Ok(()) }
    }
}

fn held<T>(failure: &Mutex<Option<T>>) -> MutexGuard<'_, Option<T>> {
    failure.lock().expect("nothing panics while it holds an error")
}

/// The features sorted, if any of the models grows from sorted ones.
pub(super) fn sorted(
    models: &[ModelName],
    horizon: Option<Horizon>,
    x: &Array2<f32>,
) -> Result<Option<Features>, TrainError> {
    let Some(&name) = models.iter().find(|name| is_grown(**name)) else { return Ok(None) };
    match Features::new(x.view()) {
        Ok(features) => Ok(Some(features)),
        Err(source) => Err(failed(name, horizon, None, source.into())),
    }
}

/// The error of an estimator, with what it was; an interruption is none of its own.
pub(super) fn failed(
    model: ModelName,
    horizon: Option<Horizon>,
    fraction: Option<f64>,
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
