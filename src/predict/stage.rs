//! The stage: a run and flights in, predicted trajectories out.

use std::path::Path;
use std::sync::Arc;

use super::PredictError;
use super::choice::{Choice, Chosen, choose, reaches};
use crate::models::sphere::wrap_longitude;
use crate::models::{Inputs, ModelFile, make_coherent, uses_features};
use crate::tables::{
    Axis, FeatureTable, Horizon, METRICS_FILE, MODEL_FILE, MetricTable, ModelName, PairCount,
    PredictedRow, PredictedTable, RUN_FILE, RunRecord, Stamp, Target,
};

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
    /// What the user should know, such as words that training had not seen.
    pub notes: Vec<String>,
}

/// Predicts the trajectories of the flights of a table by a run. Features later than the
/// model's horizon are not looked at.
///
/// # Errors
/// As [`PredictError`] says; [`PredictError::MissingColumns`] if the flights lack a feature
/// that the model needs.
pub fn predict(
    run_dir: &Path,
    table: &FeatureTable,
    choice: &Choice,
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
    let (too_short, mut flights): (Vec<usize>, Vec<usize>) =
        (0..table.n_flights()).partition(too_short);
    if flights.is_empty() && !too_short.is_empty() {
        return Err(PredictError::TooShort { horizon, n: too_short.len() });
    }
    flights.sort_by(|a, b| table.flight_id[*a].cmp(&table.flight_id[*b]));
    let rows = rows(&mut file, table, &flights, chosen)?;
    let set = &file.sets[chosen.set];
    let stamp =
        Stamp { config: record.config_hash, inputs: file.digest.clone(), ..Stamp::default() };
    Ok(Prediction {
        model: chosen.model,
        horizon: set.horizon,
        axis: set.axis,
        table: PredictedTable { rows, stamp },
        too_short: too_short.into_iter().map(|flight| table.flight_id[flight].clone()).collect(),
        notes: notes(&record.pairs, &file, table, chosen),
    })
}

fn rows(
    file: &mut ModelFile,
    table: &FeatureTable,
    flights: &[usize],
    Chosen { set: at_set, model: name }: Chosen,
) -> Result<Vec<PredictedRow>, PredictError> {
    let set = file.sets[at_set].clone();
    let x = set.encoder.encode(table, flights);
    let pairs: Vec<Option<String>> = flights.iter().map(|flight| table.pair(*flight)).collect();
    let inputs = Inputs { x: x.view(), pairs: &pairs };
    let fractions = file.fractions.clone();
    let mut predicted = Vec::with_capacity(fractions.len());
    for (at, &fraction) in fractions.iter().enumerate().take(file.n_estimators(name)) {
        let model = file.model(at_set, name, at)?.expect("the chosen model is stored");
        let failed = |source| PredictError::Model { model: name, axis: set.axis, fraction, source };
        predicted.extend(model.predict(inputs).map_err(failed)?);
    }
    make_coherent(&mut predicted, set.targets);
    let column = |target| set.targets.iter().position(|known| *known == target);
    let always = |target| column(target).expect("every model predicts it");
    let (elapsed, distance) = (always(Target::Elapsed), always(Target::Distance));
    let altitude = column(Target::Altitude);
    let mut rows = Vec::with_capacity(flights.len() * fractions.len());
    for (row, &flight) in flights.iter().enumerate() {
        let flight_id: Arc<str> = table.flight_id[flight].as_str().into();
        for (fraction, matrix) in fractions.iter().zip(&predicted) {
            rows.push(PredictedRow {
                model: name,
                horizon: set.horizon,
                axis: set.axis,
                flight_id: Arc::clone(&flight_id),
                fraction: *fraction,
                longitude_deg: wrap_longitude(matrix[[row, 0]]),
                latitude_deg: matrix[[row, 1]],
                altitude_m: altitude.map(|column| matrix[[row, column]]),
                elapsed_s: matrix[[row, elapsed]],
                distance_m: matrix[[row, distance]],
            });
        }
    }
    Ok(rows)
}

/// Flights of pairs that the run did not learn: whatever is predicted for them is of no use.
fn unseen_pairs(pairs: &[PairCount], table: &FeatureTable) -> Option<String> {
    let is_known = |pair: &str| pairs.iter().any(|known| known.pair == pair);
    let unseen: Vec<String> =
        (0..table.n_flights()).filter_map(|f| table.pair(f)).filter(|p| !is_known(p)).collect();
    let first = unseen.first()?;
    Some(format!(
        "warning: {} of {} flights are of pairs that the run has not learnt, such as {first}; \
         do not use what is predicted for them",
        unseen.len(),
        table.n_flights()
    ))
}

fn notes(
    pairs: &[PairCount],
    file: &ModelFile,
    table: &FeatureTable,
    chosen: Chosen,
) -> Vec<String> {
    let set = &file.sets[chosen.set];
    let mut notes: Vec<String> = unseen_pairs(pairs, table).into_iter().collect();
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
    } else {
        let unknown = (0..table.n_flights()).filter(|flight| table.pair(*flight).is_none()).count();
        if unknown > 0 {
            notes.push(format!(
                "{unknown} flights have no known pair, which is all that `{}` knows",
                chosen.model
            ));
        }
    }
    notes
}
