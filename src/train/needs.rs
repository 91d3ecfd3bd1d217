//! What models *need*: flights enough for what they have to learn. Where there are fewer, a check
//! says which model and what it does instead.

use super::checks::check;
use super::division::Division;
use super::inputs::TrainInputs;
use crate::models::{Dataset, Encoder, is_grown};
use crate::tables::{CheckRecord, Horizon, ModelName, Split};

/// The fewest flights that a model learns from at a horizon, and in which split.
struct Fewest {
    n: usize,
    /// None if it is those of the final fit.
    split: Option<Split>,
}

impl Fewest {
    fn of(dataset: &Dataset, division: &Division, horizon: Horizon) -> Self {
        let n = |flights: &[usize]| dataset.lasting(flights, Some(horizon)).len();
        let all: Vec<usize> = (0..dataset.n_flights()).collect();
        let folds = division.iter().flat_map(|(split, folds)| {
            folds.iter().map(move |fold| Self { n: n(&fold.train), split: Some(*split) })
        });
        let whole = Self { n: n(&all), split: None };
        // The first of equal ones: the final fit counts more than a fold.
        folds.fold(whole, |least, fold| if fold.n < least.n { fold } else { least })
    }

    fn place(&self) -> String {
        self.split.map_or_else(String::new, |split| format!(" in a fold of `{split}`"))
    }
}

/// The models that have fewer flights than they need, on an axis; `encoders` are of the final fit.
pub(super) fn fewer_flights_than_needed(
    inputs: &TrainInputs<'_>,
    dataset: &Dataset,
    division: &Division,
    encoders: &[Encoder],
) -> Option<CheckRecord> {
    let mut parts = Vec::new();
    let mut seen: Vec<Horizon> = Vec::new();
    for encoder in encoders {
        let horizon = encoder.horizon;
        if seen.contains(&horizon) {
            continue; // another axis
        }
        seen.push(horizon);
        let fewest = Fewest::of(dataset, division, horizon);
        let (n, place, columns) = (fewest.n, fewest.place(), encoder.width());
        let linear = configured(inputs, |m| matches!(m, ModelName::ElasticNet | ModelName::Pls));
        if !linear.is_empty() && n < columns {
            parts.push(format!(
                "{linear} at {horizon}: {n} flights{place} for {columns} columns, so that it can \
                 fit whatever there is"
            ));
        }
        let forest = inputs.forest_at(Some(horizon));
        let least = forest.min_samples_split.max(2 * forest.min_samples_leaf);
        let grown = configured(inputs, is_grown);
        if !grown.is_empty() && n < least {
            parts.push(format!(
                "{grown} at {horizon}: {n} flights{place}, and a split takes {least}, so that it \
                 gives the mean"
            ));
        }
    }
    if inputs.train.models.contains(&ModelName::RouteCluster) {
        let least = 2 * inputs.route_cluster.min_flights;
        let groups = dataset.groups();
        let small = groups.values().filter(|flights| flights.len() < least).count();
        if small > 0 {
            let of = groups.len();
            parts.push(format!(
                "route-cluster: {small} of {of} pairs have fewer than the {least} flights of two \
                 clusters, so that it gives their median"
            ));
        }
    }
    (!parts.is_empty()).then(|| check("fewer-flights-than-needed", parts.join("; ")))
}

/// The names of the configured models of a kind.
fn configured(inputs: &TrainInputs<'_>, is_wanted: impl Fn(ModelName) -> bool) -> String {
    let names = inputs.train.models.iter().filter(|name| is_wanted(**name));
    names.map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}
