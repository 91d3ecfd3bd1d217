//! Evaluation says how far to trust a model: which flights it is judged on, by which
//! figures, and what it looked at.
//!
//! In reading order: [`folds`] (or [`read_folds`]) holds flights out, [`HeldOut`] gathers
//! what models say of them, [`score`] and [`coverage`] condense it, [`importances_by_feature`] tells which
//! features the trees used and [`permutation_importances`] which of them, or of their
//! [`correlated_clusters`], predictions need more than a [`random_probe`]. `train` calls all of it.

mod error;
mod shuffle;
mod splits;
mod folds_file;
mod duplicates;
mod gap;
mod leaks;
mod held_out;
mod reference;
mod track_errors;
mod intervals;
#[cfg(test)]
mod intervals_tests;
mod coverage;
mod feasibility;
mod at_time;
mod statistics;
mod resampling;
mod metrics;
#[cfg(test)]
mod metrics_tests;
mod importances;
mod clusters;
mod probe;
mod permutation;

pub use clusters::correlated_clusters;
pub use coverage::coverage;
pub use duplicates::{duplicates, keep_apart};
pub use error::{FoldsFault, SplitError};
pub use folds_file::read_folds;
pub use gap::{Time, leave_gap};
pub use held_out::HeldOut;
pub use importances::{Explained, importances_by_feature};
pub use intervals::{Intervals, Measured};
pub use leaks::{Leak, leaks};
pub use metrics::{Scored, score};
pub use permutation::{
    GroupImportance, Judged, Permutations, Permuted, Predict, deviations, permutation_importances,
};
pub use probe::random_probe;
pub use reference::Reference;
pub use shuffle::shuffle;
pub use splits::{Fold, folds, has_calendar};
pub use statistics::quantile;
