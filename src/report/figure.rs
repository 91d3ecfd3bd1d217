//! Figures of the report: those of every page.
//!
//! The sections make them.

pub(super) use crate::page::{Figure, Grid, LegendItem, drawing, grid_of};
