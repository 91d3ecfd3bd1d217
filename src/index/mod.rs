//! The index stage: a folder of CSVs becomes the catalog.
//!
//! It lists the folder, reads the head and the tail of each file that is new or changed,
//! and writes `catalog.parquet` and its rows of `rejected.parquet`. A file that did not
//! change since the last time is not opened.

mod settings;
mod walk;
mod last;
mod side_table;
mod error;
mod stage;
mod plan;

pub use error::IndexError;
pub use plan::{IndexPlan, plan};
pub use settings::{DataConfig, FlightIdFrom, SideTableConfig};
pub use stage::{IndexInputs, IndexSummary, index};
