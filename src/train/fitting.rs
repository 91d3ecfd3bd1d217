//! The *final fit*: every storable model learns from all flights and goes into `model.traj`,
//! one estimator after another, so that a run needs no memory for all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use super::TrainError;
use super::inputs::Material;
use super::scoring::HeldOuts;
use super::work::{Pupils, Work};
use crate::evaluate::{Explained, importances_by_feature};
use crate::models::{
    Calibrations, ColumnImportances, Dataset, Encoder, Inputs, Model, ModelWriter, Training,
    encode, is_of_path, is_stored, uses_features,
};
use crate::tables::{Horizon, Importance, ModelName, Split, write_atomically};

const STORED: &str = "only models that are stored are fitted here";

/// What the final fit leaves beside the model file.
#[derive(Default)]
pub(super) struct Fitted {
    pub(super) importances: Vec<Importance>,
    /// One per axis and horizon.
    pub(super) encoders: Vec<Encoder>,
    /// SHA-256 of the model file.
    pub(super) digest: Option<String>,
}

/// An estimator's bytes and what it looked at.
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) importances: Vec<Importance>,
}

/// The estimators of one model on their way into the file, which has them in the order of
/// the fractions.
struct Queue<'a, W: io::Write> {
    name: ModelName,
    writer: &'a mut ModelWriter<W>,
    importances: &'a mut Vec<Importance>,
    /// The number of the fraction whose turn it is.
    next: usize,
    /// Those that came before their turn.
    early: BTreeMap<usize, Made>,
}

impl<W: io::Write> Queue<'_, W> {
    /// Takes the estimator at the fraction of a number, and writes those whose turn it is.
    fn put(&mut self, at: usize, made: Made) -> io::Result<()> {
        self.early.insert(at, made);
        while let Some(made) = self.early.remove(&self.next) {
            self.writer.add(self.name, &made.bytes)?;
            self.importances.extend(made.importances);
            self.next += 1;
        }
        Ok(())
    }
}

fn stored(work: Work<'_>) -> Vec<ModelName> {
    work.inputs.train.models.iter().copied().filter(|name| is_stored(*name)).collect()
}

/// Number of estimators that the final fit makes, for the progress bar.
pub(super) fn n_steps(work: Work<'_>, material: &Material) -> u64 {
    let models = stored(work);
    let of_dataset = |dataset: &Dataset| {
        let at = |horizon: &Horizon| {
            work.n_estimators(&models, Some(*horizon), dataset.axis, &dataset.fractions)
                + work.n_durations(&models, Some(*horizon), dataset.axis)
        };
        material.horizons.iter().map(at).sum::<usize>()
    };
    material.datasets.iter().map(of_dataset).sum::<usize>() as u64
}

/// Fits all storable models on all flights and writes them to `path`, with the calibrations of
/// their intervals if flights were held out; `before_rename` is called when the file is
/// complete, just before it replaces an older one.
pub(super) fn fit_all(
    work: Work<'_>,
    material: &Material,
    held_out: &HeldOuts,
    path: &Path,
    before_rename: &dyn Fn() -> io::Result<()>,
) -> Result<Fitted, TrainError> {
    let mut failure = None;
    let write_failed = |source| TrainError::Write { path: path.to_owned(), source };
    let written = write_atomically(path, |file| {
        let mut fitted = Fitted::default();
        let mut writer = ModelWriter::new(file, &material.datasets[0].fractions)?;
        let all = All { work, material, held_out, write_failed: &write_failed };
        if let Err(error) = all.fit(&mut writer, &mut fitted) {
            failure = Some(error);
            return Err(io::Error::other("not finished"));
        }
        fitted.digest = Some(writer.finish()?);
        before_rename()?;
        Ok(fitted)
    });
    match failure {
        Some(error) => Err(error),
        None => written.map_err(write_failed),
    }
}

/// Fits the models of a part, which go into its file.
pub(super) fn fit_part(work: Work<'_>, material: &Material) -> Result<(), TrainError> {
    let write_failed = |source| TrainError::Write { path: "nothing".into(), source };
    let writer = ModelWriter::new(io::sink(), &material.datasets[0].fractions);
    let mut writer = writer.map_err(write_failed)?;
    let held_out = &HeldOuts::new();
    let all = All { work, material, held_out, write_failed: &write_failed };
    all.fit(&mut writer, &mut Fitted::default())
}

/// The models of every axis and horizon.
struct All<'a> {
    work: Work<'a>,
    material: &'a Material,
    held_out: &'a HeldOuts,
    write_failed: &'a (dyn Fn(io::Error) -> TrainError + Sync),
}

impl All<'_> {
    fn fit<W: io::Write + Send>(
        &self,
        writer: &mut ModelWriter<W>,
        fitted: &mut Fitted,
    ) -> Result<(), TrainError> {
        let Self { work, material, held_out, write_failed } = *self;
        for dataset in &material.datasets {
            for &horizon in &material.horizons {
                let set = Set { dataset, horizon, held_out, write_failed };
                fit_set(work, material, &set, writer, fitted)?;
            }
        }
        Ok(())
    }
}

/// The models of an axis and a horizon.
struct Set<'a> {
    dataset: &'a Dataset,
    horizon: Horizon,
    held_out: &'a HeldOuts,
    /// What to make of an error of the disk.
    write_failed: &'a (dyn Fn(io::Error) -> TrainError + Sync),
}

impl Set<'_> {
    /// What makes intervals of a model's predictions of flights to come: how far it was off the
    /// flights held out under the most honest split that was run. None without any.
    fn calibrations(&self, name: ModelName) -> Option<Calibrations> {
        let Set { dataset, horizon, held_out, .. } = *self;
        let under = |split: &Split| held_out.get(&(name, horizon, *split, dataset.axis));
        let held = Split::ALL.iter().find_map(under)?;
        Some(held.calibrations(dataset, horizon))
    }
}

/// Fits the models of a set, one after another; the work on one is parallel.
fn fit_set<W: io::Write + Send>(
    work: Work<'_>,
    material: &Material,
    set: &Set<'_>,
    writer: &mut ModelWriter<W>,
    fitted: &mut Fitted,
) -> Result<(), TrainError> {
    work.check()?;
    let Set { dataset: all, horizon, .. } = *set;
    if work.is_part()
        && work.at_work(&stored(work), Some(horizon), all.axis, &all.fractions).is_empty()
    {
        return Ok(());
    }
    let lasting = all.lasting(&(0..all.n_flights()).collect::<Vec<_>>(), Some(horizon));
    let dataset = &if lasting.len() == all.n_flights() {
        Cow::Borrowed(all)
    } else {
        Cow::Owned(all.of(&lasting))
    };
    let encoder = work.inputs.encoder(&material.features, &dataset.rows, horizon);
    let x = encoder.encode(&material.features, &dataset.rows);
    writer.begin_set(dataset.axis, dataset.has_altitude(), encoder.clone());
    let places = (dataset.axis, dataset.fractions.as_slice());
    let features = work.sorted(&stored(work), Some(horizon), places, &x)?;
    let training = Training {
        inputs: Inputs { x: x.view(), pairs: &dataset.pairs },
        features: features.as_ref(),
        targets: &dataset.targets,
        columns: dataset.columns,
        spans: &dataset.spans,
        fractions: &dataset.fractions,
    };
    for name in stored(work) {
        // A baseline is the same at every horizon, and so is its seed.
        let known = uses_features(name).then_some(horizon);
        let pupils = Pupils { training, axis: dataset.axis, horizon: known, fold: "all" };
        let importances = &mut fitted.importances;
        let queue = Queue { name, writer, importances, next: 0, early: BTreeMap::new() };
        let queue = Mutex::new(queue);
        let what = format!("fit {horizon}");
        let make = |at: usize, model: &Model| Ok(make(dataset, at, &encoder, model));
        work.results(&what, name, &pupils, &make, &|at, made| {
            let mut queue = queue.lock().expect("nothing panics while it holds the queue");
            queue.put(at, made).map_err(set.write_failed)
        })?;
        let encoded = |model: &Model| Ok(encode(model).expect(STORED));
        let Some(duration) = work.duration(&what, name, &pupils, &encoded)? else { continue };
        writer.add_duration(&duration).map_err(set.write_failed)?;
        if let Some(calibrations) = set.calibrations(name) {
            writer.add_calibrations(&calibrations).map_err(set.write_failed)?;
        }
    }
    fitted.encoders.push(encoder);
    Ok(())
}

fn make(dataset: &Dataset, at: usize, encoder: &Encoder, model: &Model) -> Made {
    let importances = model.importances().map(|columns| {
        let explain = |fraction, columns: &ColumnImportances| {
            let (model, horizon) = (model.name(), encoder.horizon);
            let explained = Explained { model, horizon, axis: dataset.axis, fraction };
            importances_by_feature(explained, encoder, columns, dataset.columns)
        };
        if !is_of_path(model.name()) {
            return explain(Some(dataset.fractions[at]), &columns);
        }
        let (overall, by_fraction) = columns.parted(dataset.columns.len());
        let by_fraction = dataset.fractions.iter().zip(&by_fraction);
        let by_fraction = by_fraction.flat_map(|(at, columns)| explain(Some(*at), columns));
        explain(None, &overall).into_iter().chain(by_fraction).collect()
    });
    let bytes = encode(model).expect(STORED);
    Made { bytes, importances: importances.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Axis, ImportanceMethod};

    #[test]
    fn estimators_are_written_in_the_order_of_the_fractions_as_soon_as_it_is_their_turn() {
        let mut importances = Vec::new();
        let mut writer = ModelWriter::new(Vec::new(), &[0.25, 0.5, 0.75]).unwrap();
        writer.begin_set(
            Axis::Time,
            true,
            Encoder { horizon: Horizon::Departure, pairs: vec![], features: vec![] },
        );
        let mut queue = Queue {
            name: ModelName::Forest,
            writer: &mut writer,
            importances: &mut importances,
            next: 0,
            early: BTreeMap::new(),
        };
        let explained = |at: usize| Importance {
            model: ModelName::Forest,
            horizon: Horizon::Departure,
            split: None,
            axis: Axis::Time,
            method: ImportanceMethod::Impurity,
            fraction: Some(at as f64),
            target: None,
            feature: "wind".to_owned(),
            importance: 1.0,
            std: None,
        };
        let made = |at: usize| Made { bytes: vec![at as u8; 3], importances: vec![explained(at)] };
        for (at, waiting) in [(1, 1), (2, 2), (0, 0)] {
            queue.put(at, made(at)).unwrap();
            assert_eq!(queue.early.len(), waiting);
        }
        let order: Vec<f64> = importances.iter().filter_map(|row| row.fraction).collect();
        assert_eq!(order, [0.0, 1.0, 2.0]);
    }
}
