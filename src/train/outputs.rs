//! The *outputs* of a run are the files of `models/<run>/`.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::TrainError;
use super::inputs::Material;
use super::scoring::{HeldOuts, Scores};
use crate::evaluate::HeldOut;
use crate::models::Dataset;
use crate::models::sphere::wrap_longitude;
use crate::tables::{
    Axis, CONFIG_FILE, Horizon, IMPORTANCES, IMPORTANCES_FILE, Importance, ImportanceTable, Kind,
    METRICS, METRICS_FILE, MetricTable, ModelName, PREDICTIONS, PREDICTIONS_FILE, PredictionRow,
    PredictionTable, Split, Stamp, Target, write_atomically,
};

/// The tables of a run.
pub(super) const TABLES: [(&str, Kind); 3] =
    [(PREDICTIONS_FILE, PREDICTIONS), (METRICS_FILE, METRICS), (IMPORTANCES_FILE, IMPORTANCES)];

/// Removes a file if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes the configuration and the tables.
pub(super) fn write_tables(
    folder: &Path,
    frozen_config: &str,
    material: &Material,
    scores: Scores,
    mut importances: Vec<Importance>,
    stamp: &Stamp,
) -> Result<(), TrainError> {
    let config = folder.join(CONFIG_FILE);
    write_atomically(&config, |file| file.write_all(frozen_config.as_bytes()))
        .map_err(|source| TrainError::Write { path: config, source })?;
    PredictionTable::write_parts(
        &folder.join(PREDICTIONS_FILE),
        stamp,
        prediction_parts(material, &scores.held_out),
    )?;
    let metrics = MetricTable { rows: scores.metrics, stamp: stamp.clone() };
    metrics.write(&folder.join(METRICS_FILE))?;
    importances.sort_by_key(|row| (row.model, row.horizon, row.axis)); // stable within
    let importances = ImportanceTable { rows: importances, stamp: stamp.clone() };
    importances.write(&folder.join(IMPORTANCES_FILE))?;
    Ok(())
}

/// The rows of the predictions table in its order, one part after another, since all of them
/// would take gigabytes.
fn prediction_parts<'a>(
    material: &'a Material,
    held_out: &'a HeldOuts,
) -> impl Iterator<Item = Vec<PredictionRow>> + 'a {
    held_out.iter().map(|(key, held)| {
        let dataset = material.datasets.iter().find(|dataset| dataset.axis == key.3);
        let dataset = dataset.expect("predictions are of one of the axes");
        prediction_rows(*key, dataset, &material.ids(dataset), held)
    })
}

fn prediction_rows(
    (model, horizon, split, axis): (ModelName, Horizon, Split, Axis),
    dataset: &Dataset,
    ids: &[&str],
    held: &HeldOut,
) -> Vec<PredictionRow> {
    let column = |target| dataset.column(target).expect("every dataset has it");
    let (elapsed, distance) = (column(Target::Elapsed), column(Target::Distance));
    let altitude = dataset.column(Target::Altitude);
    let mut order: Vec<usize> = (0..held.flights.len()).collect();
    order.sort_by_key(|row| (held.flights[*row], held.folds[*row]));
    let mut rows = Vec::with_capacity(order.len() * dataset.fractions.len());
    for row in order {
        let flight_id: Arc<str> = ids[held.flights[row]].into();
        for (fraction, predicted) in dataset.fractions.iter().zip(&held.predicted) {
            rows.push(PredictionRow {
                model,
                horizon,
                split,
                axis,
                fold: held.folds[row],
                flight_id: Arc::clone(&flight_id),
                fraction: *fraction,
                longitude_deg: wrap_longitude(predicted[[row, 0]]),
                latitude_deg: predicted[[row, 1]],
                altitude_m: altitude.map(|column| predicted[[row, column]]),
                elapsed_s: predicted[[row, elapsed]],
                distance_m: predicted[[row, distance]],
            });
        }
    }
    rows
}
