//! `traj`: trajectory prediction from folders of per-flight CSV files.

pub mod sample;
pub mod forest;
