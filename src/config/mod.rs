//! The configuration: `configs/baseline.toml`, under `traj.toml`, under `TRAJ_*`, under
//! `--set`, under flags.
//!
//! The sections' structs live beside their stages; here they are composed. A layer is a text
//! of TOML with a name; layers are merged and read as one, and what is wrong is shown in the
//! text of the layer that said it.

mod layer;
mod locate;
mod error;
mod sections;
mod inputs;
mod edit;

pub use edit::{EditError, add_words};
pub use error::ConfigError;
pub use layer::Layer;
pub use sections::{BASELINE, Config, Loaded};
