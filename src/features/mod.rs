//! The features stage: every selected flight is read once and becomes one row of features
//! and its targets.
//!
//! It writes `features.parquet`, `targets.parquet` and `cleaning.parquet`, its rows of
//! `rejected.parquet`, and the exact times into the catalog. Every selected flight ends
//! either in the features or among the rejected. Finished flights are kept in a checkpoint
//! while the others are read; the tables are made from it. A part of the flights can be read by
//! itself, here or elsewhere; [`merge`] makes the tables from all parts. Others can be asked to
//! read all of them: [`features_elsewhere`].

mod settings;
mod selection;
mod error;
mod journal;
mod record;
#[cfg(test)]
mod record_tests;
mod provenance;
mod contents;
mod checkpoint;
mod read;
mod elsewhere;
mod summary;
mod assemble;
mod earlier;
mod stage;
mod plan;
mod part_tables;
mod merge;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

pub use elsewhere::{Arrived, FlightReader, Take, features_elsewhere, read_flight};
pub use error::FeaturesError;
pub use merge::{MergeError, merge};
pub use part_tables::is_part;
pub use plan::{FeaturesPlan, plan};
pub use selection::SelectConfig;
pub use settings::{FeaturesConfig, TargetsConfig};
pub use stage::{FeaturesInputs, FeaturesPaths, features, is_up_to_date};
pub use summary::FeaturesSummary;
