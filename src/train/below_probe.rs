//! Horizons at which nothing is needed more than random numbers: the models learn nothing there.
//!
//! `checks` warns of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::tables::{Axis, Horizon, Importance, ImportanceMethod, ModelName, RANDOM_PROBE};

/// A feature must be ahead by this many standard errors.
const STANDARD_ERRORS: f64 = 2.0;

/// The horizons at which no feature and no cluster, in any model and along any axis, is needed
/// more than the random column, all targets and fractions together: ahead of it, and of 0, by
/// two standard errors. Those without features are not among them.
pub(super) fn below_probe(rows: &[Importance], repeats: usize) -> BTreeSet<Horizon> {
    let mut groups: BTreeMap<Key<'_>, Vec<&Importance>> = BTreeMap::new();
    let measured = rows.iter().filter(|row| row.method != ImportanceMethod::Impurity);
    for row in measured.filter(|row| row.target.is_none()) {
        let key = (row.horizon, row.axis, row.model, row.method, row.feature.as_str());
        groups.entry(key).or_default().push(row);
    }
    let (mut seen, mut ahead) = (BTreeSet::new(), BTreeSet::new());
    for ((horizon, axis, model, _, feature), rows) in &groups {
        if *feature == RANDOM_PROBE {
            continue;
        }
        seen.insert(*horizon);
        let probe = (*horizon, *axis, *model, ImportanceMethod::Permutation, RANDOM_PROBE);
        let Some(probe) = groups.get(&probe) else { continue };
        let ((mean, variance), (chance, its_variance)) =
            (mean(rows, repeats), mean(probe, repeats));
        let allowed = STANDARD_ERRORS * (variance + its_variance).sqrt();
        if mean > chance.max(0.0) + allowed {
            ahead.insert(*horizon);
        }
    }
    seen.difference(&ahead).copied().collect()
}

/// What the rows of one feature share.
type Key<'a> = (Horizon, Axis, ModelName, ImportanceMethod, &'a str);

/// The mean over fractions and its variance over permutations, 0 where it is not known.
fn mean(rows: &[&Importance], repeats: usize) -> (f64, f64) {
    let n = rows.len() as f64;
    let errors = rows.iter().map(|row| row.standard_error(repeats).unwrap_or(0.0));
    let variance = errors.map(|error| error * error).sum::<f64>() / (n * n);
    (rows.iter().map(|row| row.importance).sum::<f64>() / n, variance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Split;

    fn row(horizon: Horizon, feature: &str, fraction: f64, importance: f64) -> Importance {
        Importance {
            model: ModelName::Forest,
            horizon,
            split: Some(Split::Forward),
            axis: Axis::Time,
            method: ImportanceMethod::Permutation,
            fraction: Some(fraction),
            target: None,
            feature: feature.to_owned(),
            importance,
            std: Some(0.02),
        }
    }

    #[test]
    fn one_feature_ahead_of_chance_by_two_standard_errors_is_enough() {
        let (early, late) = (Horizon::Departure, Horizon::WholeFlight);
        let mut rows = Vec::new();
        for (horizon, feature, importance) in [
            (early, RANDOM_PROBE, -0.03),
            // The standard error of a fraction is 0.01, of two and of a difference as well.
            (early, "hour", 0.019),
            (early, "weekday", -0.02),
            (late, RANDOM_PROBE, 0.01),
            (late, "wind", 0.031),
        ] {
            rows.extend([0.1, 0.9].map(|fraction| row(horizon, feature, fraction, importance)));
        }
        assert_eq!(below_probe(&rows, 5), BTreeSet::from([early]));
        // With more repeats the same difference says more.
        assert_eq!(below_probe(&rows, 17), BTreeSet::new());
        rows.retain(|row| row.feature == RANDOM_PROBE);
        assert_eq!(below_probe(&rows, 5), BTreeSet::new());
    }
}
