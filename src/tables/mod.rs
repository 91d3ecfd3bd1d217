//! Tables are the only language that stages share: Parquet files with fixed columns.
//!
//! Every stage reads its inputs and writes its outputs through this folder, one file per
//! table. Column names appear here and nowhere else. A table is written beside its
//! destination, synced and renamed; it carries its schema's name, the version of traj, the
//! hash of the configuration that made it and a digest of its own bytes, which is checked
//! before anything is parsed.

mod labels;
mod names;
mod atomic;
mod digest;
mod error;
mod file;
mod columns;
mod catalog;
mod rejected;
mod explanations;
mod features;
mod targets;
mod cleaning;
mod metrics;
mod coverage;
mod importances;
mod predictions;
mod predicted;
mod trials;
mod run;
mod figures;
mod explored;
mod correlations;
mod feature_groups;
mod route_flights;
mod differences;
mod drift;
mod part;
mod parts_error;

pub use atomic::{remove_leftovers, try_writing, write_atomically};
pub use catalog::{CATALOG, Catalog, CatalogRow};
pub use cleaning::{CLEANING, Cleaning, CleaningRow, CleaningTable};
pub use correlations::{CORRELATIONS, CorrelationRow, CorrelationTable};
pub use coverage::{COVERAGE, CoverageRow, CoverageTable};
pub use differences::{DIFFERENCES, DifferenceRow, DifferenceTable};
pub use digest::{Digest, sha256_hex, to_hex};
pub use drift::{DRIFT, DriftRow, DriftTable};
pub use error::TableError;
pub use explanations::{Explanation, explanation, explanations};
pub use explored::{
    BandRow, BandTable, CountRow, CountTable, DispersionRow, DispersionTable, EXPLORED_BANDS,
    EXPLORED_COUNTS, EXPLORED_DISPERSION, EXPLORED_HISTOGRAMS, ExploredTable, HistogramRow,
    HistogramTable, explored_kind,
};
pub use feature_groups::{FEATURE_GROUPS, FEATURE_GROUPS_FILE, FeatureGroupRow, FeatureGroupTable};
pub use features::{Category, FEATURES, Feature, FeatureTable};
pub use figures::{FIGURES_FILE, Figures, StageFigures};
pub use file::{Kind, Stamp, digest_of, stamp_of};
pub use importances::{IMPORTANCES, Importance, ImportanceTable, RANDOM_PROBE};
pub use labels::{Axis, Horizon, ImportanceMethod, Metric, ModelName, Split, Target, UnknownLabel};
pub use metrics::{METRICS, MetricRow, MetricTable};
pub use names::{
    CALENDAR_NAMES, DESTINATION, DISTANCE, DISTANCE_TO_GO, DURATION, ORIGIN, STATE, STATE_ELAPSED,
    STATE_LATITUDE, STATE_LONGITUDE, aggregate_column, at_horizon, horizon_of_column,
};
pub use part::{PART, Part, PartFolder, cover};
pub use parts_error::PartsError;
pub use predicted::{Cell, PREDICTED, PredictedRow, PredictedTable};
pub use predictions::{Bounds90, PREDICTIONS, PredictionRow, PredictionTable, Scored};
pub use rejected::{REJECTED, RejectCode, RejectedRow, RejectedTable, Stage};
pub use route_flights::{ROUTE_FLIGHTS, RouteFlightRow, RouteFlightTable};
pub use run::{
    CONFIG_FILE, COVERAGE_FILE, CheckRecord, ClusterRecord, FeatureRecord, IMPORTANCES_FILE,
    LastFoldRecord, METRICS_FILE, MODEL_FILE, PREDICTIONS_FILE, PairCount, PermutationRecord,
    RUN_FILE, RUN_SCHEMA_VERSION, RunRecord, TRIALS_FILE, Timing, TrialRecord, TuningRecord,
};
pub use targets::{TARGETS, TargetRow, TargetTable};
pub use trials::{TRIALS, TrialRow, TrialTable};
