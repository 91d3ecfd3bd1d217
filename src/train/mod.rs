//! Training scores models and fits them: features and targets in, `models/<run>/` out.
//!
//! `cli` calls [`train`] for `traj train` and, if [`is_up_to_date`] says no, for `traj run`.
//! In reading order: the settings, what they make of the tables, the folds, the work of one
//! estimator, scoring on held-out flights, importances by permutation, the final fit, what is
//! written and said.

mod config;
mod importances_config;
mod error;
mod inputs;
mod division;
mod work;
mod scoring;
mod explaining;
mod fitting;
mod below_probe;
mod checks;
mod data_checks;
mod outputs;
mod record;
mod summary;
mod stage;
#[cfg(test)]
mod tests;

pub use config::TrainConfig;
pub use error::TrainError;
pub use importances_config::ImportancesConfig;
pub use inputs::TrainInputs;
pub use record::is_up_to_date;
pub use stage::train;
pub use summary::{Headline, R2Range, TrainSummary, summarise_run};
