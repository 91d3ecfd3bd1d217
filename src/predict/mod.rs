//! Prediction applies a run's models to flights: a run and features in, trajectories out.
//!
//! `cli` calls [`predict`] for `traj predict`, with a feature table that it read or made from
//! CSV flights cut at the horizon, and hands the result to [`write_predictions`] or
//! [`write_csv`].

mod error;
mod flights;
mod choice;
mod trajectories;
mod stage;
mod output;
#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use error::PredictError;
pub use flights::{Reading, read_flights};
pub use output::{write_csv, write_predictions};
pub use stage::{Prediction, predict};
