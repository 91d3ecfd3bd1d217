//! `traj`: trajectory prediction from folders of per-flight CSV files.

pub mod problem;
pub mod progress;
pub mod memory;
pub mod units;
pub mod tables;
pub mod forest;
pub mod flight;
pub mod tabulate;
pub mod models;
pub mod evaluate;
pub mod sample;
pub mod init;
pub mod index;
pub mod features;
pub mod train;
pub mod predict;
pub mod chart;
pub mod report;
pub mod check;
pub mod config;
pub mod cli;
