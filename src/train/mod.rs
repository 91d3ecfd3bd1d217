//! Training scores models and fits them: features and targets in, `models/<run>/` out.

mod config;

pub use config::TrainConfig;
