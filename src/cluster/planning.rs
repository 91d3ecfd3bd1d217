//! The cost of *planning*: what a cluster does before the first flight is read. `benches/cluster.rs`
//! measures it; docs/clusters.md says what follows.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::client::{Client, Stand};
use super::jobs::{RunFolder, Sizes, hand_over};
use super::order::Order;
use super::shards::{FlightWork, Work as _};
use super::{ClusterError, Link};
use crate::config::Loaded;
use crate::tables::CatalogRow;

/// What it takes until all tasks can be handed out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanningCost {
    /// Jobs.
    pub jobs: usize,
    /// Tasks.
    pub tasks: usize,
    /// Seconds that it takes to write the shards and hand over the jobs.
    pub handing_over_s: f64,
    /// Seconds from then on until the scheduler has planned all of them.
    pub planning_s: f64,
}

/// Hands the jobs of some flights to a scheduler that has no workers, waits until they are
/// planned, and calls them off.
///
/// # Errors
/// [`ClusterError`] as any work of a cluster.
pub fn planning_cost(
    link: &Link,
    loaded: &Loaded,
    flights: &[&CatalogRow],
    sizes: Sizes,
) -> Result<PlanningCost, ClusterError> {
    let run = RunFolder::new(link, &link.shared)?;
    let work = FlightWork { flights, order: Order::to_read(loaded).to_json() };
    let runtime = tokio::runtime::Runtime::new().map_err(ClusterError::engine)?;
    let cost = runtime.block_on(async {
        let mut client = Client::new(link).await?;
        let began = Instant::now();
        let mut jobs = Vec::new();
        for first in (0..work.len()).step_by(sizes.rows_to_a_shard * sizes.shards_to_a_job) {
            let end = work.len().min(first + sizes.rows_to_a_shard * sizes.shards_to_a_job);
            jobs.push(hand_over(&mut client, &work, first..end, sizes, &run).await?);
        }
        let handing_over_s = began.elapsed().as_secs_f64();
        let began = Instant::now();
        for job in &jobs {
            while !matches!(client.stand(&job.id).await?, Stand::Running) {
                sleep(Duration::from_millis(5)).await;
            }
        }
        let planning_s = began.elapsed().as_secs_f64();
        for job in &jobs {
            client.cancel(&job.id).await;
        }
        let tasks = jobs.iter().map(|job| job.shards).sum();
        Ok(PlanningCost { jobs: jobs.len(), tasks, handing_over_s, planning_s })
    });
    runtime.shutdown_background();
    cost
}
