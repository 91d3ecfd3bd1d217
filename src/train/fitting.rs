//! The *final fit*: every storable model learns from all flights and goes into `model.traj`,
//! one estimator after another, so that a run needs no memory for all of them.

use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::TrainError;
use super::inputs::Material;
use super::work::{Pupils, Work};
use crate::evaluate::{Explained, importances_by_feature};
use crate::models::{Dataset, Encoder, ModelWriter, encode, is_stored, uses_features};
use crate::tables::{Horizon, Importance, ModelName, write_atomically};

/// What the final fit leaves beside the model file.
#[derive(Default)]
pub(super) struct Fitted {
    pub(super) importances: Vec<Importance>,
    /// One per axis and horizon.
    pub(super) encoders: Vec<Encoder>,
    /// SHA-256 of the model file.
    pub(super) digest: Option<String>,
}

/// An estimator of a set.
struct Task {
    name: ModelName,
    at: usize,
}

/// An estimator's bytes and what it looked at.
struct Done {
    name: ModelName,
    bytes: Vec<u8>,
    importances: Vec<Importance>,
}

fn stored(work: Work<'_>) -> Vec<ModelName> {
    work.inputs.train.models.iter().copied().filter(|name| is_stored(*name)).collect()
}

/// Number of estimators that the final fit makes, for the progress bar.
pub(super) fn n_steps(work: Work<'_>, material: &Material) -> u64 {
    let fractions: usize = material.datasets.iter().map(|d| d.fractions.len()).sum();
    (fractions * material.horizons.len() * stored(work).len()) as u64
}

/// Fits all storable models on all flights and writes them to `path`; `before_rename` is
/// called when the file is complete, just before it replaces an older one.
pub(super) fn fit_all(
    work: Work<'_>,
    material: &Material,
    path: &Path,
    before_rename: &dyn Fn() -> io::Result<()>,
) -> Result<Fitted, TrainError> {
    let mut failure = None;
    let written = write_atomically(path, |file| {
        let mut fitted = Fitted::default();
        let mut writer = ModelWriter::new(file, &material.datasets[0].fractions)?;
        for dataset in &material.datasets {
            for &horizon in &material.horizons {
                let stopped = fit_set(work, material, dataset, horizon, &mut writer, &mut fitted)?;
                if let Err(error) = stopped {
                    failure = Some(error);
                    return Err(io::Error::other("not finished"));
                }
            }
        }
        fitted.digest = Some(writer.finish()?);
        before_rename()?;
        Ok(fitted)
    });
    match (written, failure) {
        (_, Some(error)) => Err(error),
        (Ok(fitted), None) => Ok(fitted),
        (Err(source), None) => Err(TrainError::Write { path: path.to_owned(), source }),
    }
}

/// Fits the models of an axis and a horizon; the outer error is the disk's.
fn fit_set<W: io::Write>(
    work: Work<'_>,
    material: &Material,
    dataset: &Dataset,
    horizon: Horizon,
    writer: &mut ModelWriter<W>,
    fitted: &mut Fitted,
) -> io::Result<Result<(), TrainError>> {
    let encoder =
        Encoder::learn(&material.features, &dataset.rows, horizon, work.inputs.categories);
    let x = encoder.encode(&material.features, &dataset.rows);
    let flights: Vec<usize> = (0..dataset.n_flights()).collect();
    writer.begin_set(dataset.axis, dataset.has_altitude(), encoder.clone());
    let fractions = 0..dataset.fractions.len();
    let tasks: Vec<Task> = stored(work)
        .into_iter()
        .flat_map(|name| fractions.clone().map(move |at| Task { name, at }))
        .collect();
    // As many at a time as there are threads: no more than that is held in memory.
    for some in tasks.chunks(rayon::current_num_threads()) {
        let done: Result<Vec<Done>, TrainError> = some
            .par_iter()
            .map(|task| {
                let pupils = Pupils {
                    dataset,
                    flights: &flights,
                    x: &x,
                    pairs: &dataset.pairs,
                    // A baseline is the same at every horizon, and so is its seed.
                    horizon: uses_features(task.name).then_some(horizon),
                    fold: "all",
                };
                fit_one(work, &pupils, &encoder, task)
            })
            .collect();
        match done {
            Ok(done) => {
                for one in done {
                    writer.add(one.name, &one.bytes)?;
                    fitted.importances.extend(one.importances);
                }
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    fitted.encoders.push(encoder);
    Ok(Ok(()))
}

fn fit_one(
    work: Work<'_>,
    pupils: &Pupils<'_>,
    encoder: &Encoder,
    task: &Task,
) -> Result<Done, TrainError> {
    let Task { name, at } = *task;
    let dataset = pupils.dataset;
    let model = work.fit(name, pupils, at)?;
    let importances = model.importances().map(|columns| {
        let (axis, fraction) = (dataset.axis, dataset.fractions[at]);
        let explained = Explained { model: name, horizon: encoder.horizon, axis, fraction };
        importances_by_feature(explained, encoder, &columns, dataset.columns)
    });
    let bytes = encode(&model).expect("only models that are stored are fitted here");
    work.progress.advance(1, 0);
    Ok(Done { name, bytes, importances: importances.unwrap_or_default() })
}
