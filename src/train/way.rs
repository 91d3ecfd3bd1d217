//! The *way* that a run takes: all of it here; or only the estimators of a part, whose results
//! are put aside; or the results of all parts, taken up where estimators would be fitted.
//!
//! Scoring, explaining and the final fit ask for results and need not know which way it is.

use std::io;
use std::path::Path;

use ndarray::Array2;

use super::TrainError;
use super::deal::Deal;
use super::part_file::PartReader;
use super::stored::{Stored, from_bytes, to_bytes};
use super::work::{Pupils, Work, sorted};
use crate::forest::Features;
use crate::models::{Inputs, Model, Training, n_estimators};
use crate::tables::{Axis, Horizon, ModelName, PartFolder, PartsError};

/// Where results come from, and where they go.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    /// Everything is fitted, and used at once.
    Whole,
    /// The estimators of a part are fitted, and what they come to is put into its file.
    Part(&'a Bench<'a>),
    /// Nothing is fitted: all results are in the files of parts.
    Merged(&'a [(PartFolder, PartReader)]),
}

/// A part in the making.
pub(super) struct Bench<'a> {
    pub(super) deal: Deal,
    /// Puts a result into the part's file under its name, from any thread.
    pub(super) put: &'a (dyn Fn(String, &[u8]) -> io::Result<()> + Sync),
    /// Where the file is.
    pub(super) path: &'a Path,
}

impl Bench<'_> {
    fn add(&self, name: String, bytes: &[u8]) -> Result<(), TrainError> {
        let put = (self.put)(name, bytes);
        put.map_err(|source| TrainError::Write { path: self.path.to_owned(), source })
    }
}

/// Makes a result of the estimator at the fraction of a number, from any thread.
pub(super) type Make<'a, T> = &'a (dyn Fn(usize, &Model) -> Result<T, TrainError> + Sync);
/// Takes the result at the fraction of a number, from any thread.
pub(super) type Take<'a, T> = &'a (dyn Fn(usize, T) -> Result<(), TrainError> + Sync);

impl Work<'_> {
    /// Whether only results are put aside, and none is handed over.
    pub(super) fn is_part(&self) -> bool {
        matches!(self.way, Way::Part(_))
    }

    /// Those of some models that have something to fit at a horizon.
    pub(super) fn at_work(
        &self,
        models: &[ModelName],
        horizon: Option<Horizon>,
        axis: Axis,
        fractions: &[f64],
    ) -> Vec<ModelName> {
        let is_at_work = |model: &ModelName| match self.way {
            Way::Whole => true,
            Way::Part(bench) => {
                bench.deal.has_duration(*model, horizon, axis)
                    || fractions.iter().any(|at| bench.deal.has(*model, horizon, axis, *at))
            }
            Way::Merged(_) => false,
        };
        models.iter().copied().filter(is_at_work).collect()
    }

    /// How many estimators of some models have a result here.
    pub(super) fn n_estimators(
        &self,
        models: &[ModelName],
        horizon: Option<Horizon>,
        axis: Axis,
        fractions: &[f64],
    ) -> usize {
        let of_model = |model: &ModelName| {
            let all = fractions[..n_estimators(*model, fractions.len())].iter();
            match self.way {
                Way::Whole | Way::Merged(_) => all.count(),
                Way::Part(bench) => {
                    all.filter(|at| bench.deal.has(*model, horizon, axis, **at)).count()
                }
            }
        };
        models.iter().map(of_model).sum()
    }

    /// How many estimators of the duration have a result here.
    pub(super) fn n_durations(
        &self,
        models: &[ModelName],
        horizon: Option<Horizon>,
        axis: Axis,
    ) -> usize {
        match self.way {
            Way::Whole | Way::Merged(_) => models.len(),
            Way::Part(bench) => {
                let has = |model: &&ModelName| bench.deal.has_duration(**model, horizon, axis);
                models.iter().filter(has).count()
            }
        }
    }

    /// What a model's estimator of the duration comes to, as with [`Self::results`]; none where
    /// it is put aside, or belongs to another part.
    pub(super) fn duration<T: Stored>(
        &self,
        what: &str,
        name: ModelName,
        pupils: &Pupils<'_>,
        make: &dyn Fn(&Model) -> Result<T, TrainError>,
    ) -> Result<Option<T>, TrainError> {
        let key = || key(&format!("duration {what}"), name, pupils, 0);
        match self.way {
            Way::Whole => Ok(Some(make(&self.fit_duration(name, pupils)?)?)),
            Way::Part(bench) if bench.deal.has_duration(name, pupils.horizon, pupils.axis) => {
                let result = make(&self.fit_duration(name, pupils)?)?;
                bench.add(key(), &to_bytes(&result))?;
                Ok(None)
            }
            Way::Part(_) => Ok(None),
            Way::Merged(parts) => {
                self.check()?;
                let result = stored(parts, &key())?;
                self.progress.advance(1, 0);
                Ok(Some(result))
            }
        }
    }

    /// What a model's estimators come to: each is fitted and made into a result, which is
    /// handed over; or put aside; or the result is taken from a part. `what` tells apart the
    /// results of the same estimator, given a fold and a horizon.
    pub(super) fn results<T: Stored>(
        &self,
        what: &str,
        name: ModelName,
        pupils: &Pupils<'_>,
        make: Make<'_, T>,
        take: Take<'_, T>,
    ) -> Result<(), TrainError> {
        match self.way {
            Way::Whole => self.fit(name, pupils, &|at, model| {
                let result = make(at, &model)?;
                drop(model); // who takes the result may have to wait for the disk
                take(at, result)
            }),
            Way::Part(bench) => self.put_aside(bench, what, name, pupils, make),
            Way::Merged(parts) => {
                for at in 0..n_estimators(name, pupils.training.fractions.len()) {
                    self.check()?;
                    take(at, stored(parts, &key(what, name, pupils, at))?)?;
                    self.progress.advance(1, 0);
                }
                Ok(())
            }
        }
    }

    fn put_aside<T: Stored>(
        &self,
        bench: &Bench<'_>,
        what: &str,
        name: ModelName,
        pupils: &Pupils<'_>,
        make: Make<'_, T>,
    ) -> Result<(), TrainError> {
        let all = pupils.training;
        let has =
            |at: &usize| bench.deal.has(name, pupils.horizon, pupils.axis, all.fractions[*at]);
        let ours: Vec<usize> = (0..n_estimators(name, all.fractions.len())).filter(has).collect();
        if ours.is_empty() {
            return Ok(());
        }
        let done = |at: usize, model: Model| {
            let bytes = to_bytes(&make(at, &model)?);
            drop(model);
            bench.add(key(what, name, pupils, at), &bytes)
        };
        if ours.len() == n_estimators(name, all.fractions.len()) {
            return self.fit(name, pupils, &done);
        }
        // Estimators do not depend on which others are fitted beside them: their seeds come
        // from their names, and draws that fractions share from a name that they share.
        let targets: Vec<Array2<f64>> = ours.iter().map(|at| all.targets[*at].clone()).collect();
        let fractions: Vec<f64> = ours.iter().map(|at| all.fractions[*at]).collect();
        // Views of matrices have to be told that they may live shorter.
        let x = all.inputs.x.reborrow();
        let training = Training {
            inputs: Inputs { x, pairs: all.inputs.pairs },
            features: all.features,
            targets: &targets,
            columns: all.columns,
            spans: all.spans,
            fractions: &fractions,
        };
        let Pupils { axis, horizon, fold, .. } = *pupils;
        let pupils = Pupils { training, axis, horizon, fold };
        self.fit(name, &pupils, &|at, model| done(ours[at], model))
    }

    /// The features sorted, if any of the models has something to fit that grows from sorted
    /// ones.
    pub(super) fn sorted(
        &self,
        models: &[ModelName],
        horizon: Option<Horizon>,
        (axis, fractions): (Axis, &[f64]),
        x: &Array2<f32>,
    ) -> Result<Option<Features>, TrainError> {
        sorted(&self.at_work(models, horizon, axis, fractions), horizon, x)
    }
}

/// The name of the result of the estimator at the fraction of a number.
fn key(what: &str, name: ModelName, pupils: &Pupils<'_>, at: usize) -> String {
    let horizon = pupils.horizon.map(|horizon| horizon.to_string()).unwrap_or_default();
    let fraction = pupils.training.fractions[at];
    format!("{what} {} {} {horizon} {name} {fraction}", pupils.fold, pupils.axis)
}

/// A result out of the parts.
fn stored<T: Stored>(parts: &[(PartFolder, PartReader)], key: &str) -> Result<T, PartsError> {
    let unusable = |folder: &PartFolder, source| PartsError::Table {
        source: Box::new(source),
        command: folder.command(),
    };
    for (folder, part) in parts {
        let found = part.get(key).map_err(|source| unusable(folder, source))?;
        if let Some(bytes) = found {
            return from_bytes(&bytes).map_err(|what| unusable(folder, part.damaged(what)));
        }
    }
    let (folder, _) = parts.first().expect("a run is merged from at least one part");
    let reason = format!("no part has the result `{key}`");
    Err(PartsError::WrongContents { folder: folder.clone(), reason })
}
