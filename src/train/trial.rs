//! A *trial* judges settings at a horizon by folds that hold out flights which come later.
//!
//! `tuning` runs trials one after another; the forests of one are grown in parallel. All trials
//! share seeds and folds, so that they differ by their settings and by nothing else.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::inputs::Material;
use super::scoring::{Class, Seen, gather, predict_fold};
use super::way::Way;
use super::work::Work;
use super::{HorizonConfig, TrainError, TrainInputs};
use crate::evaluate::{Fold, HeldOut};
use crate::models::Dataset;
use crate::progress::Progress;
use crate::tables::{Axis, Horizon, ModelName, Target};

/// A trial that is this much less skilled than the best was after as many folds is given up.
const GIVEN_UP: f64 = 0.05;

/// The flights of an axis that settings are chosen by.
pub(super) struct Ground {
    /// At the fractions that trials look at.
    pub(super) dataset: Dataset,
    /// From early to late; none holds out, or learns from, a flight of the run's last fold.
    pub(super) folds: Vec<Fold>,
    /// What `od-median` says of each fold.
    pub(super) medians: Vec<HeldOut>,
}

/// Errors of positions in nautical miles: their sum and number, by fraction.
#[derive(Debug, Clone, PartialEq, Default)]
struct Tally(Vec<(f64, u64)>);

impl Tally {
    fn add(&mut self, dataset: &Dataset, held: &HeldOut, horizon: Horizon) {
        let ahead = held.ahead(dataset, horizon);
        self.0.resize(dataset.fractions.len(), (0.0, 0));
        for (at, (sum, n)) in self.0.iter_mut().enumerate() {
            let errors = held.errors(dataset, Target::Horizontal, at).unwrap_or_default();
            for (error, _) in errors.iter().zip(&ahead[at]).filter(|(_, ahead)| **ahead) {
                *sum += error;
                *n += 1;
            }
        }
    }

    /// The mean of the means at each fraction, as the metrics have it.
    fn mean(&self) -> Option<f64> {
        let means: Vec<f64> =
            self.0.iter().filter(|(_, n)| *n > 0).map(|(sum, n)| sum / *n as f64).collect();
        (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64)
    }

    /// The most flights that are counted at a fraction.
    fn n(&self) -> u64 {
        self.0.iter().map(|(_, n)| *n).max().unwrap_or(0)
    }
}

/// The errors of a model along an axis, beside those of the median.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Errors {
    model: Tally,
    median: Tally,
}

impl Errors {
    /// Mean error of the model and of the median, in nautical miles.
    pub(super) fn means(&self) -> (Option<f64>, Option<f64>) {
        (self.model.mean(), self.median.mean())
    }

    /// Number of flights.
    pub(super) fn n(&self) -> u64 {
        self.model.n()
    }

    pub(super) fn skill(&self) -> Option<f64> {
        let (model, median) = self.means();
        let (model, median) = model.zip(median)?;
        (median > 0.0).then_some(1.0 - model / median)
    }
}

/// Settings, and what came of them.
pub(super) struct Trial {
    pub(super) settings: HorizonConfig,
    /// By axis and model.
    pub(super) errors: BTreeMap<(Axis, ModelName), Errors>,
    /// The skill over the folds so far, after each.
    pub(super) skills: Vec<Option<f64>>,
    pub(super) is_given_up: bool,
}

impl Trial {
    /// The skill over all folds: of all models and axes, each counting the same, since settings
    /// are theirs together. None for a trial that was given up.
    pub(super) fn skill(&self) -> Option<f64> {
        self.skills.last().copied().flatten().filter(|_| !self.is_given_up)
    }
}

/// Where trials are held.
#[derive(Clone, Copy)]
pub(super) struct Arena<'a> {
    pub(super) inputs: &'a TrainInputs<'a>,
    pub(super) material: &'a Material,
    pub(super) grounds: &'a [Ground],
    pub(super) models: &'a [ModelName],
    pub(super) horizon: Horizon,
}

impl Arena<'_> {
    /// Tries settings, fold by fold, unless the best trial so far leaves no hope.
    pub(super) fn try_out(
        self,
        settings: HorizonConfig,
        best: Option<&Trial>,
        progress: &dyn Progress,
    ) -> Result<Trial, TrainError> {
        let mut at = self.inputs.at_horizons.clone();
        at.insert(self.horizon, settings.clone());
        let inputs = TrainInputs { at_horizons: &at, ..*self.inputs };
        let work = Work { inputs: &inputs, progress, way: Way::Whole };
        let mut trial =
            Trial { settings, errors: BTreeMap::new(), skills: Vec::new(), is_given_up: false };
        let n_folds = self.grounds.iter().map(|ground| ground.folds.len()).max().unwrap_or(0);
        for number in 0..n_folds {
            let class = Class { horizon: Some(self.horizon), models: self.models.to_vec() };
            let grounds = self.grounds.par_iter().filter(|ground| number < ground.folds.len());
            let seen: Vec<(&Ground, Vec<Seen>)> = grounds
                .map(|ground| {
                    let (dataset, fold) = (&ground.dataset, &ground.folds[number]);
                    let label = format!("tune/{number}");
                    let seen = predict_fold(work, self.material, dataset, &class, fold, &label)?;
                    Ok::<_, TrainError>((ground, seen))
                })
                .collect::<Result<_, _>>()?;
            for (ground, seen) in seen {
                let (dataset, fold) = (&ground.dataset, &ground.folds[number]);
                for (place, model) in self.models.iter().enumerate() {
                    let held = gather(
                        dataset,
                        std::slice::from_ref(fold),
                        std::slice::from_ref(&seen),
                        place,
                    );
                    let errors = trial.errors.entry((dataset.axis, *model)).or_default();
                    errors.model.add(dataset, &held, self.horizon);
                    errors.median.add(dataset, &ground.medians[number], self.horizon);
                }
            }
            let skills: Vec<f64> = trial.errors.values().filter_map(Errors::skill).collect();
            let skill =
                (!skills.is_empty()).then(|| skills.iter().sum::<f64>() / skills.len() as f64);
            trial.skills.push(skill);
            let best = best.and_then(|best| best.skills.get(number).copied().flatten());
            let is_hopeless = best.zip(skill).is_some_and(|(best, skill)| skill < best - GIVEN_UP);
            if is_hopeless && number + 1 < n_folds {
                trial.is_given_up = true;
                break;
            }
        }
        Ok(trial)
    }
}
