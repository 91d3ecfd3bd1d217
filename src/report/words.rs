//! Words of the report: those of every page, and horizons and models as a reader meets them.
//!
//! Every section of the report writes its figures through here.

pub(super) use crate::page::words::{
    UNKNOWN, Unit, axis, bytes, count, counted, day, duration, percent, share, skill,
};
use crate::tables::{Horizon, ModelName, Target};

/// When a horizon's features are known.
pub(super) fn horizon(horizon: Horizon) -> String {
    match horizon {
        Horizon::Departure => "at departure".to_owned(),
        Horizon::Elapsed(time) => format!("after {}", duration(time.as_secs_f64())),
        Horizon::WholeFlight => "whole flight (reconstruction)".to_owned(),
    }
}

/// Whether a model learns nothing but the pair: what the others must beat.
pub(super) fn is_baseline(model: ModelName) -> bool {
    matches!(model, ModelName::OdMedian | ModelName::GreatCircle)
}

/// The targets with an R2 of their own, and their names.
pub(super) const R2_TARGETS: [(Target, &str); 5] = [
    (Target::Longitude, "longitude"),
    (Target::Latitude, "latitude"),
    (Target::Altitude, "altitude"),
    (Target::Elapsed, "elapsed time"),
    (Target::Distance, "distance flown"),
];
