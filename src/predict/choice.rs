//! The *choice* of a model, horizon and axis: what the user named, and the best of the rest.

use super::PredictError;
use crate::models::{ModelFile, StoredSet, uses_features};
use crate::tables::{
    Axis, FeatureTable, Horizon, Metric, MetricRow, ModelName, STATE, STATE_ELAPSED, Split, Target,
    at_horizon,
};

/// What the user asked for; none is left to traj.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// The model; else the one with the best forward skill.
    pub model: Option<ModelName>,
    /// The horizon; else the latest whose features the flights have.
    pub horizon: Option<Horizon>,
    /// The axis; else the first one that is stored.
    pub axis: Option<Axis>,
}

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Position of the set in the model file.
    pub(super) set: usize,
    pub(super) model: ModelName,
}

/// Chooses among what is stored.
pub(super) fn choose(
    file: &ModelFile,
    table: &FeatureTable,
    metrics: &[MetricRow],
    choice: &Choice,
) -> Result<Chosen, PredictError> {
    let first_axis = file.sets.first().map(|set| set.axis);
    let axis = choice.axis.or(first_axis);
    let mut sets: Vec<(usize, &StoredSet)> = file.sets.iter().enumerate().collect();
    sets.retain(|(_, set)| Some(set.axis) == axis);
    if sets.is_empty() {
        let asked = axis.map_or("models".to_owned(), |axis| format!("axis `{axis}`"));
        return Err(not_stored(asked, file.sets.iter().map(|set| set.axis.to_string())));
    }
    if let Some(horizon) = choice.horizon {
        let stored: Vec<String> = sets.iter().map(|(_, set)| set.horizon.to_string()).collect();
        sets.retain(|(_, set)| set.horizon == horizon);
        if sets.is_empty() {
            return Err(not_stored(format!("horizon `{horizon}`"), stored.into_iter()));
        }
    }
    sets.sort_by_key(|(_, set)| std::cmp::Reverse(set.horizon));
    let mut lacking = None;
    for (at, set) in sets {
        // Left to traj, a horizon that no flight has come to is none to choose.
        let n = table.n_flights();
        let too_short = |flight| !reaches(table, flight, set.horizon);
        if choice.horizon.is_none() && n > 0 && (0..n).all(too_short) {
            lacking = lacking.or(Some(PredictError::TooShort { horizon: set.horizon, n }));
            continue;
        }
        let model = match choice.model {
            Some(model) if set.models().any(|stored| stored == model) => model,
            Some(model) => {
                let stored = set.models().map(|name| name.to_string());
                return Err(not_stored(format!("model `{model}`"), stored));
            }
            None => match best(set, metrics) {
                Some(model) => model,
                None => continue,
            },
        };
        // Left to traj, a baseline wins only where the learners could have been asked, too.
        let needs_features =
            uses_features(model) || choice.model.is_none() && set.models().any(uses_features);
        let columns = if needs_features { set.encoder.missing(table) } else { Vec::new() };
        if columns.is_empty() {
            return Ok(Chosen { set: at, model });
        }
        // The earliest horizon is the last one tried, and needs the least.
        let columns = columns.into_iter().map(str::to_owned).collect();
        let horizon = set.horizon;
        // A baseline needs no features, so the error names a learner that does.
        let learner = set.models().find(|name| uses_features(*name));
        let model = if uses_features(model) { model } else { learner.unwrap_or(model) };
        lacking = Some(PredictError::MissingColumns { model, horizon, columns });
    }
    Err(lacking.unwrap_or_else(|| not_stored("models".to_owned(), std::iter::empty())))
}

/// Whether a flight reaches a horizon: then the time of its last row there is known.
pub(super) fn reaches(table: &FeatureTable, flight: usize, horizon: Horizon) -> bool {
    let Some(elapsed_s) = horizon.elapsed_s() else { return true };
    let name = at_horizon(STATE[STATE_ELAPSED], horizon);
    match table.features.iter().find(|feature| feature.name == name) {
        Some(last_row) => !last_row.values[flight].is_nan(),
        // A table that another program made may know the duration only.
        None => table.duration_s[flight].is_nan() || table.duration_s[flight] >= elapsed_s,
    }
}

fn not_stored(asked: String, stored: impl Iterator<Item = String>) -> PredictError {
    let mut known: Vec<String> = Vec::new();
    for name in stored.map(|name| format!("`{name}`")) {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    let stored = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    PredictError::NotStored { asked, stored }
}

/// The stored model with the best skill in the horizontal over all flights and fractions,
/// under `forward`, else under another split; without any, the first one. Ties go to the one
/// that was configured first.
fn best(set: &StoredSet, metrics: &[MetricRow]) -> Option<ModelName> {
    let skill = |model: ModelName, split: Split| {
        let wanted = |row: &&MetricRow| {
            row.model == model
                && row.horizon == set.horizon
                && row.split == split
                && row.axis == set.axis
                && row.target == Target::Horizontal
                && row.metric == Metric::Skill
                && row.pair.is_none()
                && row.fraction.is_none()
        };
        metrics.iter().find(wanted).map(|row| row.value)
    };
    let under = |split: &Split| {
        let scored = set.models().filter_map(|model| Some((model, skill(model, *split)?)));
        let best = scored.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.map(|(model, _)| model)
    };
    Split::ALL.iter().find_map(under).or_else(|| set.models().next())
}
