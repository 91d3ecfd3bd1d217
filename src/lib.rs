//! `traj`: trajectory prediction from folders of per-flight CSV files.

pub mod problem;
pub mod progress;
pub mod units;
pub mod tables;
pub mod forest;
pub mod flight;
pub mod models;
pub mod evaluate;
pub mod sample;
pub mod init;
pub mod train;
pub mod predict;
pub mod report;
