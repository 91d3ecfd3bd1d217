//! Training scores models and fits them: features and targets in, `models/<run>/` out.
//!
//! `cli` calls [`train`] for `traj train` and, if [`is_up_to_date`] says no, for `traj run`.
//! In reading order: the settings, what they make of the tables, the folds, the work of one
//! estimator, scoring on held-out flights, tuning ([`tune`]), importances by permutation, the
//! final fit, what is written and said. A part of the estimators can be fitted by itself, here or
//! elsewhere: [`train_part`]; [`merge`] makes the run of all parts.

mod gap;
mod config;
mod importances_config;
mod at_horizon;
mod tune_config;
mod error;
mod inputs;
mod division;
mod work;
mod deal;
mod stored;
mod part_file;
mod way;
mod scoring;
mod candidates;
mod trial;
mod tuning;
mod last_fold;
mod explaining;
mod fitting;
mod below_probe;
mod checks;
mod needs;
mod data_checks;
mod outputs;
mod record;
mod summary;
mod stage;
mod merge;
#[cfg(test)]
mod tests;

pub use at_horizon::{HorizonConfig, HorizonConfigs};
pub use config::TrainConfig;
pub use error::TrainError;
pub use gap::Gap;
pub use importances_config::ImportancesConfig;
pub use inputs::TrainInputs;
pub use merge::{PartSummary, is_part, is_same_part, merge, n_units, train_part};
pub use part_file::PART_FILE;
pub use record::{is_tuned, is_up_to_date};
pub use stage::train;
pub use summary::{Headline, R2Range, TrainSummary, summarise_run};
pub use tune_config::TuneConfig;
pub use tuning::{Tuning, tune};
