//! Tests of the stage over synthetic flights whose answers are known.

pub(super) mod world;
mod scores;
mod importances;
mod intervals;
mod edges;
mod honesty;
mod repeatability;
mod tuning;
mod needs;
