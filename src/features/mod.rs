//! The features stage: every selected flight is read once and becomes one row of features
//! and its targets.
//!
//! It writes `features.parquet`, `targets.parquet` and `cleaning.parquet`, its rows of
//! `rejected.parquet`, and the exact times into the catalog. Every selected flight ends
//! either in the features or among the rejected.

mod settings;
mod selection;
mod error;
mod stage;

pub use error::FeaturesError;
pub use selection::SelectConfig;
pub use settings::{FeaturesConfig, TargetsConfig};
pub use stage::{FeaturesInputs, FeaturesPaths, FeaturesSummary, features, is_up_to_date};
