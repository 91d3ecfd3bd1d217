//! Models turn what is known of a flight into where it will be: one estimator per fraction, or
//! one of the whole path, behind one closed enum.
//!
//! In reading order: a [`Dataset`] joins features and targets; an [`Encoder`] makes the
//! matrix; [`fit`] fits a [`Model`] at every fraction, or one of all ([`WholePath`]): a forest
//! (`crate::forest`), smartcore's ensembles of trees, linfa's elastic net or partial least
//! squares ([`LinearModel`]), all of which learn how flights differ from the median of their
//! pair ([`FromMedian`]), clusters of its routes ([`RouteCluster`]), or a baseline that knows
//! the pair only ([`PairTable`]); `store` keeps the fitted ones in `model.traj`. `train` and
//! `predict` call all of it.

pub mod sphere;
mod median;
mod seed;
mod draws;
mod settings;
mod dataset;
mod encoder;
mod error;
mod imputation;
mod pair_table;
mod from_median;
mod path;
mod linear;
mod pls;
mod tracks;
mod chooser;
mod route_cluster;
mod smartcore_models;
mod estimator;
mod coherence;
mod collection;
mod permutable;
mod fitting;
mod duration;
mod calibration;
mod bounds;
pub(crate) mod bytes;
pub(crate) mod sealed;
mod route_codec;
mod codec;
mod store_index;
mod store;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
pub(crate) mod testing;

pub use bounds::{bounds, duration_bounds};
pub use calibration::{Calibration, Calibrations, Level, MeasureCalibrations, Residual, spread_of};
pub use chooser::{Chooser, ChooserNode};
pub use codec::encode;
pub use coherence::{ascending, make_coherent};
pub use dataset::{Dataset, Refused, Span};
pub use draws::{FeatureDraw, SampleDraw};
pub use duration::{Durations, at_least, elapsed_at, fit_duration};
pub use encoder::{EncodedFeature, Encoder, Encoding};
pub use error::{FitError, ModelError, StoreError};
pub use estimator::{
    ColumnImportances, Inputs, Model, is_grown, is_of_path, is_stored, n_estimators, uses_features,
};
pub use fitting::{Seeds, Settings, Training, fit};
pub use from_median::{FromMedian, as_learnt};
pub use linear::LinearModel;
pub use median::median;
pub use pair_table::PairTable;
pub use path::WholePath;
pub use permutable::Permutable;
pub use pls::PlsConfig;
pub use route_cluster::{RouteCluster, RouteClusterConfig};
pub use seed::derive_seed;
pub use settings::{ElasticNetConfig, ForestConfig};
pub use smartcore_models::{SmartcoreModel, XgBoostConfig};
pub use store::{ModelFile, ModelWriter};
pub use store_index::StoredSet;
pub use tracks::{RouteDivision, clearest, divisions, flat_tracks};
