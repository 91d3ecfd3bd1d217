//! *Candidates* are the settings that tuning tries at a horizon, in the order of their trials.
//!
//! `tuning` asks for them. The order depends on the configuration and on which columns there are,
//! never on a value or on time, so that a budget of time only cuts the list short.

use std::collections::BTreeSet;

use super::HorizonConfig;
use super::at_horizon::aggregate_of;
use super::inputs::TrainInputs;
use crate::evaluate::shuffle;
use crate::forest::MaxFeatures;
use crate::models::{FeatureDraw, derive_seed};
use crate::tables::{FeatureTable, Horizon};

/// The candidates at a horizon: the configured settings themselves, so that what is chosen is no
/// worse in the trials; then a seeded draw from all combinations, the cheap ones first.
pub(super) fn candidates(
    inputs: &TrainInputs<'_>,
    table: &FeatureTable,
    horizon: Horizon,
) -> Vec<HorizonConfig> {
    let tune = inputs.tune;
    let configured = inputs.at(horizon);
    let mut others = Vec::new();
    for trees in &tune.trees {
        for leaf in &tune.min_samples_leaf {
            for draw in &tune.max_features {
                for aggregates in subsets(&tune.aggregates, table, horizon) {
                    let candidate = HorizonConfig {
                        trees: Some(*trees),
                        min_samples_leaf: Some(*leaf),
                        max_features: Some(*draw),
                        aggregates,
                    };
                    let is_same = |other: &HorizonConfig| {
                        other.forest(inputs.forest) == candidate.forest(inputs.forest)
                            && other.aggregates == candidate.aggregates
                    };
                    if !is_same(&configured) && !others.iter().any(is_same) {
                        others.push(candidate);
                    }
                }
            }
        }
    }
    shuffle(&mut others, derive_seed(inputs.train.seed, &["tune", &horizon.to_string()]));
    others.truncate(tune.trials - 1);
    others.sort_by_key(cost); // stable: what costs the same stays shuffled
    std::iter::once(configured).chain(others).collect()
}

/// What each list of aggregates leaves of those known at a horizon; none is all of them.
fn subsets(
    lists: &[Vec<String>],
    table: &FeatureTable,
    horizon: Horizon,
) -> Vec<Option<Vec<String>>> {
    let columns = table.features.iter().filter(|feature| feature.horizon <= horizon);
    let known: BTreeSet<&str> = columns.filter_map(|f| aggregate_of(&f.name)).collect();
    let mut found: Vec<Option<Vec<String>>> = Vec::new();
    for list in lists {
        let left: BTreeSet<&str> =
            list.iter().map(String::as_str).filter(|word| known.contains(word)).collect();
        if left.is_empty() && !known.is_empty() {
            continue;
        }
        let left = (left != known).then(|| left.into_iter().map(str::to_owned).collect());
        if !found.contains(&left) {
            found.push(left);
        }
    }
    if found.is_empty() { vec![None] } else { found }
}

/// About what a trial costs, to bring the cheap ones forward.
fn cost(candidate: &HorizonConfig) -> usize {
    let permille = match candidate.max_features {
        Some(FeatureDraw(MaxFeatures::Share(share))) => (1000.0 * share) as usize,
        Some(FeatureDraw(MaxFeatures::Count(count))) => count.saturating_mul(10).min(1000),
        Some(FeatureDraw(MaxFeatures::Sqrt)) => 100,
        Some(FeatureDraw(MaxFeatures::All)) | None => 1000,
    };
    let leaf = candidate.min_samples_leaf.unwrap_or(1).max(1);
    let levels_saved = leaf.ilog2() as usize;
    candidate.trees.unwrap_or(1).saturating_mul(permille + 200) / (4 + levels_saved)
}
