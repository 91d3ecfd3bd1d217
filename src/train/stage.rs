//! The stage: tables and settings in, a run out.

use super::division::{Division, divide};
use super::inputs::Material;
use super::last_fold::last_fold;
use super::outputs::{remove, write_tables};
use super::record::{Made, record, timed};
use super::way::Way;
use super::work::Work;
use super::{
    TrainError, TrainInputs, TrainSummary, checks, explaining, fitting, scoring, summarise_run,
};
use crate::models::is_stored;
use crate::progress::Progress;
use crate::tables::{MODEL_FILE, RUN_FILE, Timing, TuningRecord};

/// Scores every configured model under every split, fits it on all flights and writes the
/// run: `model.traj`, `config.toml`, `predictions.parquet`, `metrics.parquet`,
/// `importances.parquet` and, as the mark that all of it is there, `run.json`.
///
/// The work is parallel in rayon's current pool; equal inputs give equal tables and models
/// at any number of threads. An earlier run in the folder stays valid until its first file
/// is replaced.
///
/// # Errors
/// As [`TrainError`] says; [`TrainError::Interrupted`] soon after `progress` says stop.
pub fn train(
    inputs: &TrainInputs<'_>,
    progress: &dyn Progress,
) -> Result<TrainSummary, TrainError> {
    run(Work { inputs, progress, way: Way::Whole }, Vec::new())
}

/// Makes a run, the way that the work goes; some timings may be known already.
pub(super) fn run(work: Work<'_>, mut timings: Vec<Timing>) -> Result<TrainSummary, TrainError> {
    let inputs = work.inputs;
    let material = timed(&mut timings, "reading", || Material::read(inputs))?;
    explaining::check_names(inputs.importances, &material.features)?;
    let divisions = divisions(inputs, &material)?;

    let scores = timed(&mut timings, "scoring", || scores(work, &material, &divisions))?;
    let explained =
        timed(&mut timings, "importances", || explanation(work, &material, &divisions))?;
    let mut fitted = timed(&mut timings, "fitting", || fit(work, &material, &scores))?;

    let tuning = inputs.tuning.map(|tuning| TuningRecord {
        last_fold: last_fold(&material, &scores.held_out),
        ..tuning.record.clone()
    });
    let found = (scores.metrics.as_slice(), explained.rows.as_slice());
    let mut checks = checks::checks(inputs, &material, &divisions, &fitted.encoders, found);
    checks.extend(checks::tuned(inputs, tuning.as_ref()));
    let stamp = inputs.stamp(&material.features_digest, &material.targets_digest);
    let metrics = scores.metrics.clone();
    fitted.importances.extend(explained.rows);
    timed(&mut timings, "writing", || {
        write_tables(inputs, &material, scores, fitted.importances, &stamp)
    })?;
    let made = Made {
        model_digest: fitted.digest,
        permutation: explained.record,
        tuning,
        checks,
        timings: round(timings),
    };
    let record = record(inputs, &material, &divisions, &fitted.encoders, made);
    record.write(&inputs.run_dir.join(RUN_FILE))?;
    Ok(summarise_run(&record, &metrics))
}

/// The folds of each dataset.
pub(super) fn divisions(
    inputs: &TrainInputs<'_>,
    material: &Material,
) -> Result<Vec<Division>, TrainError> {
    let datasets = material.datasets.iter().zip(&material.duplicates);
    datasets.map(|(dataset, groups)| divide(inputs, material, dataset, groups)).collect()
}

/// Predictions of the flights that are held out, and their scores.
pub(super) fn scores(
    work: Work<'_>,
    material: &Material,
    divisions: &[Division],
) -> Result<scoring::Scores, TrainError> {
    let steps = scoring::n_steps(work, material, divisions);
    if steps > 0 {
        work.progress.begin("scoring models", steps, 0);
    }
    scoring::score_all(work, material, divisions)
}

/// Importances by permutation.
pub(super) fn explanation(
    work: Work<'_>,
    material: &Material,
    divisions: &[Division],
) -> Result<explaining::Explanation, TrainError> {
    let steps = explaining::n_steps(work, material, divisions);
    if steps > 0 {
        work.progress.begin("measuring importances", steps, 0);
    }
    explaining::explain_all(work, material, divisions)
}

/// The final fit, which takes an older run's validity away when its model is replaced.
fn fit(
    work: Work<'_>,
    material: &Material,
    scores: &scoring::Scores,
) -> Result<fitting::Fitted, TrainError> {
    work.check()?;
    let folder = work.inputs.run_dir;
    let (run, path) = (folder.join(RUN_FILE), folder.join(MODEL_FILE));
    if work.inputs.train.models.iter().any(|name| is_stored(*name)) {
        work.progress.begin("fitting models", fitting::n_steps(work, material), 0);
        return fitting::fit_all(work, material, &scores.held_out, &path, &|| remove(&run));
    }
    for old in [run, path] {
        remove(&old).map_err(|source| TrainError::Write { path: old, source })?;
    }
    Ok(fitting::Fitted::default())
}

/// Milliseconds are as much as a timing is good for.
pub(super) fn round(timings: Vec<Timing>) -> Vec<Timing> {
    let round = |seconds: f64| (seconds * 1000.0).round() / 1000.0;
    timings.into_iter().map(|t| Timing { seconds: round(t.seconds), ..t }).collect()
}
