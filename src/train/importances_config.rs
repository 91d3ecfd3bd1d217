//! The section `[importances]`: how importances by permutation are measured.
//!
//! `config` reads it; `explaining` obeys it.

use serde::{Deserialize, Serialize};

use crate::problem::Invalid;

/// How importances by permutation are measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportancesConfig {
    /// How often each feature is permuted; 0 measures none.
    pub repeats: usize,
    /// Where along the flight they are measured: the nearest of the fractions that there are.
    pub fractions: Vec<f64>,
    /// Rank correlation, above 0 and up to 1, from which features are a cluster that is also
    /// permuted as one.
    pub cluster_threshold: f64,
}

impl ImportancesConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.fractions.is_empty() {
            let message = "names no fraction; `importances.repeats = 0` measures nothing";
            return Err(Invalid::new("importances.fractions", message));
        }
        if let Some(wrong) = self.fractions.iter().find(|f| !(0.0..=1.0).contains(*f)) {
            let message = format!("must be from 0 to 1, found {wrong}");
            return Err(Invalid::new("importances.fractions", message));
        }
        if !(self.cluster_threshold > 0.0 && self.cluster_threshold <= 1.0) {
            let message =
                format!("must be above 0 and at most 1, found {}", self.cluster_threshold);
            return Err(Invalid::new("importances.cluster_threshold", message));
        }
        Ok(())
    }

    /// The positions in `fractions` (ascending) of those nearest to the configured ones, the
    /// earlier of two equally near, ascending and each once.
    pub(super) fn nearest(&self, fractions: &[f64]) -> Vec<usize> {
        nearest(&self.fractions, fractions)
    }
}

/// The positions in `fractions` (ascending) of those nearest to the `wanted` ones, the earlier of
/// two equally near, ascending and each once.
pub(super) fn nearest(wanted: &[f64], fractions: &[f64]) -> Vec<usize> {
    let nearest = |wanted: &f64| {
        let apart = |at: &usize| (fractions[*at] - wanted).abs();
        (0..fractions.len()).min_by(|a, b| apart(a).total_cmp(&apart(b)))
    };
    let mut found: Vec<usize> = wanted.iter().filter_map(nearest).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> ImportancesConfig {
        ImportancesConfig { repeats: 5, fractions: vec![0.9, 0.1, 0.5], cluster_threshold: 0.9 }
    }

    #[test]
    fn a_value_out_of_range_names_its_key() {
        good().validate().unwrap();
        let key = |config: ImportancesConfig| config.validate().unwrap_err().key;
        for fractions in [vec![], vec![0.5, 1.1], vec![f64::NAN]] {
            assert_eq!(key(ImportancesConfig { fractions, ..good() }), "importances.fractions");
        }
        for cluster_threshold in [0.0, 1.5, f64::NAN] {
            assert_eq!(
                key(ImportancesConfig { cluster_threshold, ..good() }),
                "importances.cluster_threshold"
            );
        }
    }

    #[test]
    fn the_nearest_fractions_are_taken_each_once() {
        assert_eq!(good().nearest(&[0.05, 0.25, 0.45, 0.55, 0.95]), [0, 2, 4]);
        assert_eq!(good().nearest(&[0.25, 0.75]), [0, 1]);
        assert_eq!(good().nearest(&[0.5]), [0]);
    }
}
