//! A *cluster* is one scheduler and any number of workers, processes of this program, on this
//! machine or on others, that read flights and fit estimators for whoever asks.
//!
//! Behind the cargo feature of the same name. The engine is Apache `DataFusion` Ballista: the
//! flights of the catalog, or the parts of a run, are rows of a table in Parquet shards; a scalar
//! function gives what each comes to, by the function that a laptop runs; the workers leave the
//! results in a shared folder; whoever asked checks them and goes on as ever. Only what is
//! needed is open: the scheduler listens, workers and clients connect to it, and nobody can make
//! a worker read anything but flights below its data folder and tables below the shared one.
//!
//! In reading order: who talks to whom and how that is protected, what a worker is told and what
//! it can do, the two services, and what a client does with them.

mod error;
mod address;
mod tls;
mod link;
mod courtesy;
mod order;
mod seal;
mod functions;
mod session;
mod scheduler;
mod worker;
mod shards;
mod results;
mod client;
mod jobs;
mod flights;
mod planning;
mod fits;

pub use address::Address;
pub use error::ClusterError;
pub use fits::train_elsewhere;
pub use flights::RemoteReader;
pub use jobs::Sizes;
pub use link::Link;
pub use planning::{PlanningCost, planning_cost};
pub use scheduler::{SchedulerSettings, schedule};
pub use tls::Tls;
pub use worker::{WorkerSettings, host_name, work};

/// The version that processes must have in common: that of the program.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");
