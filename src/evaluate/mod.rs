//! Evaluation says how far to trust a model: which flights it is judged on, by which
//! figures, and what it looked at.
//!
//! In reading order: [`folds`] (or [`read_folds`]) holds flights out, [`HeldOut`] gathers
//! what models say of them, [`score`] condenses it, [`importances_by_feature`] tells which
//! features the trees used and [`permutation_importances`] which of them, or of their
//! [`correlated_clusters`], predictions need more than a [`random_probe`]. `train` calls all of it.

mod error;
mod shuffle;
mod splits;
mod folds_file;
mod held_out;
mod statistics;
mod metrics;
#[cfg(test)]
mod metrics_tests;
mod importances;
mod clusters;
mod probe;
mod permutation;

pub use clusters::correlated_clusters;
pub use error::{FoldsFault, SplitError};
pub use folds_file::read_folds;
pub use held_out::HeldOut;
pub use importances::{Explained, importances_by_feature};
pub use metrics::{Scored, score};
pub use permutation::{
    GroupImportance, Judged, Permutations, Permuted, Predict, deviations, permutation_importances,
};
pub use probe::random_probe;
pub use splits::{Fold, folds, has_calendar};
