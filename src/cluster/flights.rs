//! The flights of the features stage, read by a cluster.

use std::path::Path;

use super::client::Client;
use super::jobs::{RunFolder, Sizes, carry_out};
use super::order::Order;
use super::results::Made;
use super::shards::FlightWork;
use super::{ClusterError, Link};
use crate::config::Loaded;
use crate::features::{Arrived, FeaturesError, FlightReader, Take};
use crate::progress::Progress;
use crate::tables::CatalogRow;

/// Has flights read by the workers of a scheduler.
#[derive(Debug)]
pub struct RemoteReader<'a> {
    /// The scheduler, and the shared folder.
    pub link: &'a Link,
    /// The configuration that the flights are read under.
    pub loaded: &'a Loaded,
    /// The folder that the tables go to.
    pub output: &'a Path,
    /// How the flights are cut into jobs.
    pub sizes: Sizes,
}

impl RemoteReader<'_> {
    /// A shard of flights of 2 MB takes a thread a seventh of a second, and the engine a
    /// millisecond: see docs/scale.md.
    pub const SIZES: Sizes = Sizes { rows_to_a_shard: 128, shards_to_a_job: 8, may_vary: true };
}

impl From<ClusterError> for FeaturesError {
    fn from(error: ClusterError) -> Self {
        Self::Elsewhere(Box::new(error))
    }
}

impl FlightReader for RemoteReader<'_> {
    fn read(
        &mut self,
        flights: &[&CatalogRow],
        take: Take<'_>,
        progress: &dyn Progress,
    ) -> Result<(), FeaturesError> {
        if flights.is_empty() {
            return Ok(());
        }
        let run = RunFolder::new(self.link, self.output)?;
        let work = FlightWork { flights, order: Order::to_read(self.loaded).to_json() };
        let mut take = |Made { worker, rows }: Made| {
            let arrived = rows.into_iter().map(|(at, outcome)| Arrived { at, outcome });
            take(&format!("worker {worker}"), arrived.collect())
        };
        let runtime = tokio::runtime::Runtime::new().map_err(ClusterError::engine)?;
        let read = runtime.block_on(async {
            let mut client = Client::new(self.link).await?;
            carry_out(&mut client, &work, self.sizes, &run, &mut take, progress).await
        });
        runtime.shutdown_background();
        read
    }
}
