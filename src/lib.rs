//! `traj` learns how flights go from a folder of per-flight CSV files, on one machine, without
//! sending a byte anywhere.
//!
//! The pipeline, stage by stage, each reading and writing files:
//!
//! 1. [`index`] lists the folder: the head and tail of each file become the catalog.
//! 2. [`features`] reads every selected flight once: aggregates of its variables, and its
//!    state at fractions of its time and distance (the targets).
//!    [`explore`] makes a page that shows them.
//! 3. [`train`] scores models on flights held out (by time, by day, at random) and fits them
//!    on all flights.
//! 4. [`predict`] applies them to new flights; [`report`] makes a page that says how far to
//!    trust them.
//!
//! [`init`] writes the configuration from a look at the folder, [`sample`] makes flights to
//! try it on, [`check`] verifies what is on disk. `ARCHITECTURE.md` has the map and the
//! invariants. Modules are declared in reading order.

pub mod problem;
pub mod progress;
pub mod memory;
pub mod units;
pub mod simd;
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
pub mod chart;
pub mod page;
pub mod explore;
pub mod train;
pub mod predict;
pub mod report;
pub mod check;
pub mod config;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod cli;
