//! Figures of the report: those of every page, and the ink of each model.

use crate::chart::Ink;
pub(super) use crate::page::{Figure, Grid, LegendItem, drawing, grid_of};
use crate::tables::ModelName;

/// The ink of a model, the same in every chart.
pub(super) fn model_ink(model: ModelName) -> Ink {
    match model {
        ModelName::OdMedian => Ink::Baseline,
        ModelName::GreatCircle => Ink::Faint,
        learnt => Ink::Hue(ModelName::ALL.iter().position(|&m| m == learnt).unwrap_or(0) as u8),
    }
}
