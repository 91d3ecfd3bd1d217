//! The stage: a run and flights in, predicted trajectories out.

use std::path::Path;

use super::PredictError;
use super::choice::{Choice, Chosen, choose, reaches};
use super::trajectories::Predictor;
use crate::models::{ModelFile, uses_features};
use crate::tables::{
    Axis, CheckRecord, FeatureTable, Horizon, METRICS_FILE, MODEL_FILE, MetricTable, ModelName,
    PredictedTable, RUN_FILE, RunRecord, Stamp,
};

/// The code of the check of pairs.
const UNSEEN_PAIR: &str = "unseen-pair";

/// Predicted trajectories and how they were made.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// Along what the fractions are taken.
    pub axis: Axis,
    /// Sorted by flight id and fraction.
    pub table: PredictedTable,
    /// Flights, by id, that were over before the horizon or had not come to it, so that nothing
    /// is predicted for them.
    pub too_short: Vec<String>,
    /// Flights, by id, of pairs that the model has not learnt and would start from, so that
    /// nothing is predicted for them.
    pub unseen_pair: Vec<String>,
    /// What to know before trusting it; `traj explain` has the codes.
    pub checks: Vec<CheckRecord>,
    /// What the user should know as well, such as words that training had not seen.
    pub notes: Vec<String>,
}

/// Predicts the trajectories of the flights of a table by a run: the duration first, then where
/// the flight is at each fraction of it, with 90 % intervals if the run held flights out to
/// calibrate them on. Features later than the model's horizon are not looked at. A flight of a
/// pair that the model has not learnt is left out if the model starts from what it knows of the
/// pair. Checks with a code in `mute` are not reported.
///
/// # Errors
/// As [`PredictError`] says; [`PredictError::MissingColumns`] if the flights lack a feature
/// that the model needs.
pub fn predict(
    run_dir: &Path,
    table: &FeatureTable,
    choice: &Choice,
    mute: &[String],
) -> Result<Prediction, PredictError> {
    let record = RunRecord::read(&run_dir.join(RUN_FILE))?;
    let path = run_dir.join(MODEL_FILE);
    if record.model_digest.is_none() {
        let asked = "stored models".to_owned();
        return Err(PredictError::NotStored { asked, stored: "none".to_owned() });
    }
    let mut file = ModelFile::open(&path)?;
    if record.model_digest.as_ref() != Some(&file.digest) {
        return Err(PredictError::Mismatch { path });
    }
    let metrics = MetricTable::read(&run_dir.join(METRICS_FILE))?.rows;
    let chosen = choose(&file, table, &metrics, choice)?;
    let horizon = file.sets[chosen.set].horizon;
    let too_short = |flight: &usize| !reaches(table, *flight, horizon);
    let (too_short, flights): (Vec<usize>, Vec<usize>) =
        (0..table.n_flights()).partition(too_short);
    if flights.is_empty() && !too_short.is_empty() {
        return Err(PredictError::TooShort { horizon, n: too_short.len() });
    }
    let predictor = Predictor::open(&mut file, chosen)?;
    let is_unseen = |flight: &usize| !predictor.knows(table.pair(*flight).as_ref());
    let unseen: Vec<usize> = flights.iter().copied().filter(is_unseen).collect();
    let refuses_unseen = predictor.starts_from_pair();
    let mut flights = flights;
    flights.retain(|flight| !(refuses_unseen && unseen.contains(flight)));
    flights.sort_by(|a, b| table.flight_id[*a].cmp(&table.flight_id[*b]));
    let has_intervals = predictor.has_intervals();
    let rows = predictor.rows(&mut file, table, &flights)?;
    let set = &file.sets[chosen.set];
    let mut checks: Vec<CheckRecord> =
        unseen_pair(table, &unseen, refuses_unseen).into_iter().collect();
    checks.retain(|check| !mute.contains(&check.code));
    let mut notes = notes(&file, table, chosen);
    if !has_intervals {
        notes
            .push("no intervals: the run held out too few flights to calibrate them on".to_owned());
    }
    let ids = |flights: &[usize]| -> Vec<String> {
        flights.iter().map(|flight| table.flight_id[*flight].clone()).collect()
    };
    let stamp =
        Stamp { config: record.config_hash, inputs: file.digest.clone(), ..Stamp::default() };
    Ok(Prediction {
        model: chosen.model,
        horizon: set.horizon,
        axis: set.axis,
        table: PredictedTable { rows, stamp },
        too_short: ids(&too_short),
        unseen_pair: if refuses_unseen { ids(&unseen) } else { Vec::new() },
        checks,
        notes,
    })
}

/// Flights of pairs that the model has not learnt.
fn unseen_pair(table: &FeatureTable, unseen: &[usize], are_refused: bool) -> Option<CheckRecord> {
    let first = unseen.first()?;
    let first = table.pair(*first).unwrap_or_else(|| "one that is not known".to_owned());
    let consequence = if are_refused {
        "nothing is predicted for them"
    } else {
        "what is predicted for them is guessed from other pairs"
    };
    let (n, of) = (unseen.len(), table.n_flights());
    let message = format!(
        "{n} of {of} flights are of pairs that the run has not learnt, such as {first}: \
         {consequence}"
    );
    Some(CheckRecord { code: UNSEEN_PAIR.to_owned(), message })
}

fn notes(file: &ModelFile, table: &FeatureTable, chosen: Chosen) -> Vec<String> {
    let set = &file.sets[chosen.set];
    let mut notes = Vec::new();
    if set.horizon.is_reconstruction() && uses_features(chosen.model) {
        notes.push(format!(
            "`{}` at `{}` uses what is known only after landing: a reconstruction, not a prediction",
            chosen.model, set.horizon
        ));
    }
    if uses_features(chosen.model) {
        let unseen = set.encoder.unseen(table);
        notes.extend(unseen.into_iter().map(|(category, count)| {
            format!("{count} flights have a `{category}` that training had not seen")
        }));
    }
    notes
}
