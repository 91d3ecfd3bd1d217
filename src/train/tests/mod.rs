//! Tests of the stage over synthetic flights whose answers are known.

mod world;
mod scores;
mod importances;
mod intervals;
mod edges;
mod honesty;
mod repeatability;
