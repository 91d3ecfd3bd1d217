//! A *worker* asks a scheduler for tasks and carries them out. It listens nowhere.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ballista_core::BALLISTA_PROTOCOL_VERSION;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::protobuf::executor_resource::Resource;
use ballista_core::serde::protobuf::{
    ExecutorOperatingSystemSpecification, ExecutorRegistration, ExecutorResource,
    ExecutorSpecification, ExecutorStoppedParams,
};
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::executor::Executor;
use ballista_executor::health::ExecutorHealth;
use ballista_executor::metrics::LoggingMetricsCollector;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::time::sleep;

use super::functions::{Folders, functions};
use super::link::Scheduler;
use super::session::{files, settings as engine_settings};
use super::{ClusterError, Link};
use crate::progress::Progress;

/// What a worker needs.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// The scheduler, and the shared folder.
    pub link: Link,
    /// The folder of the flights.
    pub data: PathBuf,
    /// Tasks at a time.
    pub threads: usize,
    /// A name that no other worker has; it is that of a folder as well.
    pub name: String,
    /// The version that it says it is of: [`super::RELEASE`].
    pub release: String,
}

/// How long a scheduler may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);

/// What this machine is called: letters, digits and `-`.
#[must_use]
pub fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::env::var("HOSTNAME"))
        .unwrap_or_default();
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let name: String = name.trim().chars().filter(is_plain).collect();
    if name.is_empty() { "host".to_owned() } else { name }
}

/// The folder of a worker below the shared one: what it is making and what it made.
pub(super) fn folder_of(shared: &Path, worker: &str) -> PathBuf {
    shared.join("work").join(worker)
}

/// Works until `progress` says stop; notes when the scheduler comes and goes.
///
/// # Errors
/// [`ClusterError`] where a folder cannot be used, no scheduler answers, or it is of another
/// version.
pub fn work(settings: &WorkerSettings, progress: &dyn Progress) -> Result<(), ClusterError> {
    let data = &settings.data;
    fs::read_dir(data).map_err(|source| ClusterError::folder(data, source))?;
    let shared = &settings.link.shared;
    let own = folder_of(shared, &settings.name);
    fs::create_dir_all(&own).map_err(|source| ClusterError::folder(&own, source))?;
    let shared = shared.canonicalize().map_err(|source| ClusterError::folder(shared, source))?;
    let folders = Folders { data: data.clone(), own: folder_of(&shared, &settings.name), shared };
    let runtime = tokio::runtime::Runtime::new().map_err(ClusterError::engine)?;
    let worked = runtime.block_on(serve(settings, &Arc::new(folders), progress));
    // Tasks under way are given to others.
    runtime.shutdown_background();
    // What is left is removed by whoever asked for it.
    let _ = fs::remove_dir_all(own);
    worked
}

async fn serve(
    settings: &WorkerSettings,
    folders: &Arc<Folders>,
    progress: &dyn Progress,
) -> Result<(), ClusterError> {
    let mut scheduler = patiently(settings, progress).await?;
    let health = ExecutorHealth::new();
    let polls = poll_loop::<LogicalPlanNode, PhysicalPlanNode, _>(
        scheduler.clone(),
        Arc::new(executor(settings, folders)?),
        BallistaCodec::default(),
        None,
        None,
        health.clone(),
    );
    let polls = tokio::spawn(polls);
    let (data, at) = (settings.data.display(), &settings.link.scheduler);
    progress.note(&format!("worker {} reads {data} for the scheduler at {at}", settings.name));
    let mut was_heard = true;
    while !progress.stopped() {
        if polls.is_finished() {
            let ended = polls.await.map_err(ClusterError::engine)?;
            return ended.map_err(ClusterError::engine);
        }
        sleep(Duration::from_millis(250)).await;
        let is_heard = health.is_ready();
        if is_heard != was_heard && !is_heard {
            progress.note("the scheduler does not answer; this worker goes on asking");
        } else if is_heard != was_heard {
            progress.note("the scheduler answers again");
        }
        was_heard = is_heard;
    }
    polls.abort();
    let (executor_id, reason) = (settings.name.clone(), "stopped".to_owned());
    // If it does not hear it now, it will miss us in a while.
    let _ = scheduler.executor_stopped(ExecutorStoppedParams { executor_id, reason }).await;
    Ok(())
}

/// The scheduler, which may be coming up.
async fn patiently(
    settings: &WorkerSettings,
    progress: &dyn Progress,
) -> Result<Scheduler, ClusterError> {
    let began = Instant::now();
    let mut is_told = false;
    loop {
        match settings.link.connect(&settings.release).await {
            Err(error @ ClusterError::Unreachable { .. }) if began.elapsed() < PATIENCE => {
                if progress.stopped() {
                    return Err(ClusterError::Interrupted);
                }
                if !is_told {
                    progress.note(&format!("{error}; waiting for it"));
                }
                is_told = true;
                sleep(Duration::from_millis(500)).await;
            }
            result => return result,
        }
    }
}

fn executor(settings: &WorkerSettings, folders: &Arc<Folders>) -> Result<Executor, ClusterError> {
    let registration = ExecutorRegistration {
        id: settings.name.clone(),
        host: Some(settings.name.clone()),
        // It listens nowhere.
        port: 0,
        grpc_port: 0,
        specification: Some(ExecutorSpecification {
            resources: vec![ExecutorResource {
                resource: Some(Resource::Vcores(settings.threads as u32)),
            }],
        }),
        os_info: Some(ExecutorOperatingSystemSpecification::default()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    };
    let files = files(&folders.shared).map_err(ClusterError::engine)?;
    let named = functions(Some(folders)).into_iter().map(|f| (f.name().to_owned(), f));
    // Ours and no others.
    let registry = BallistaFunctionRegistry {
        scalar_functions: named.collect(),
        aggregate_functions: HashMap::new(),
        window_functions: HashMap::new(),
        higher_order_functions: HashMap::new(),
    };
    Ok(Executor::with_default_execution_engine(
        registration,
        &folders.own.to_string_lossy(),
        Arc::new(move |_| Ok(files.clone())),
        Arc::new(engine_settings),
        Arc::new(registry),
        Arc::new(LoggingMetricsCollector::default()),
        settings.threads,
    ))
}
