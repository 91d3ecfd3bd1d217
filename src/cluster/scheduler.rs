//! The *scheduler* keeps the list of jobs and hands their tasks to workers that ask for them. It
//! reads no flight.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_scheduler::cluster::{BallistaCluster, ClusterState};
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::create_scheduler;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use super::courtesy::{Census, Courtesy, Hands};
use super::functions::functions;
use super::link::{KEEP_ALIVE, MESSAGE_BYTES, check_protection};
use super::session::session;
use super::{Address, ClusterError, Tls};
use crate::progress::Progress;

/// What a scheduler needs.
#[derive(Debug, Clone)]
pub struct SchedulerSettings {
    /// Where it listens.
    pub bind: Address,
    /// What protects its connections.
    pub tls: Option<Tls>,
    /// The folder that all machines share.
    pub shared: PathBuf,
}

/// A worker that is silent for so long is taken for dead, and its tasks go to others. Busy
/// workers speak every 5 s.
const SILENCE_S: u64 = 12;
/// How often the silent ones are looked for.
const ROUND_S: u64 = 2;
/// How long jobs wait for a worker when there is none left.
const NOBODY_S: u64 = 60;

/// Serves until `progress` says stop; notes where it listens, and who comes and goes.
///
/// # Errors
/// [`ClusterError`] where it cannot listen, or what it needs cannot be used.
pub fn schedule(
    settings: &SchedulerSettings,
    is_insecure: bool,
    progress: &dyn Progress,
) -> Result<(), ClusterError> {
    check_protection(&settings.bind, settings.tls.as_ref(), is_insecure)?;
    fs::create_dir_all(&settings.shared)
        .map_err(|source| ClusterError::folder(&settings.shared, source))?;
    let runtime = tokio::runtime::Runtime::new().map_err(ClusterError::engine)?;
    let served = runtime.block_on(serve(settings, progress));
    // Nothing is lost with what is under way: clients ask again.
    runtime.shutdown_background();
    served
}

async fn serve(settings: &SchedulerSettings, progress: &dyn Progress) -> Result<(), ClusterError> {
    let unbound = |source| ClusterError::Bind { address: settings.bind.clone(), source };
    let host = (settings.bind.host(), settings.bind.port());
    let listener = TcpListener::bind(host).await.map_err(unbound)?;
    let at: SocketAddr = listener.local_addr().map_err(unbound)?;
    let shared = settings.shared.clone();
    let config = Arc::new(SchedulerConfig {
        external_host: settings.bind.host().to_owned(),
        bind_port: at.port(),
        // Workers ask, so that they need not listen.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        executor_timeout_seconds: SILENCE_S,
        expire_dead_executor_interval_seconds: ROUND_S,
        no_executors_grace_period_seconds: NOBODY_S,
        grpc_server_max_decoding_message_size: MESSAGE_BYTES as u32,
        grpc_server_max_encoding_message_size: MESSAGE_BYTES as u32,
        override_config_producer: Some(Arc::new(super::session::settings)),
        override_session_builder: Some(Arc::new(move |config| {
            session(config, &shared, &functions(None))
        })),
        ..SchedulerConfig::default()
    });
    let cluster = BallistaCluster::new_from_config(&config).await.map_err(ClusterError::engine)?;
    let state = cluster.cluster_state();
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, config)
        .await
        .map_err(ClusterError::engine)?;
    let scheduler = SchedulerGrpcServer::new(scheduler)
        .max_decoding_message_size(MESSAGE_BYTES)
        .max_encoding_message_size(MESSAGE_BYTES);
    let mut server = Server::builder()
        .http2_keepalive_interval(Some(KEEP_ALIVE))
        .http2_keepalive_timeout(Some(KEEP_ALIVE));
    if let Some(tls) = &settings.tls {
        server = server.tls_config(tls.of_server()).map_err(ClusterError::engine)?;
    }
    let census = Arc::new(Census::default());
    let served = server
        .layer(Courtesy(census.clone()))
        .add_service(scheduler)
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
    let served = tokio::spawn(served);
    progress.note(&format!("scheduler at {at}, {}", protection(settings)));
    let mut known = BTreeMap::new();
    while !progress.stopped() && !served.is_finished() {
        let found = roll(state.as_ref()).await;
        tell_changes(&known, &found, progress);
        census.set(Hands { workers: found.len(), threads: found.values().sum() });
        known = found;
        sleep(Duration::from_millis(250)).await;
    }
    if served.is_finished() {
        let ended = served.await.map_err(ClusterError::engine)?;
        ended.map_err(ClusterError::engine)?;
    }
    Ok(())
}

fn protection(settings: &SchedulerSettings) -> &'static str {
    match (&settings.tls, settings.bind.is_loopback()) {
        (Some(_), _) => "with TLS for those whom the authority vouches for",
        (None, true) => "for this machine alone",
        (None, false) => {
            "open to everybody who can reach it: they can see what flights come to, and change it"
        }
    }
}

/// The workers that were heard of lately, and their threads.
async fn roll(state: &dyn ClusterState) -> BTreeMap<String, usize> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let heard = state.executor_heartbeats();
    let is_alive =
        |id: &str| heard.get(id).is_some_and(|last| now - last.timestamp.min(now) < SILENCE_S);
    let registered = state.registered_executor_metadata().await;
    let alive = registered.into_iter().filter(|worker| is_alive(&worker.id));
    alive.map(|worker| (worker.id, worker.specification.vcores as usize)).collect()
}

fn tell_changes(
    known: &BTreeMap<String, usize>,
    found: &BTreeMap<String, usize>,
    progress: &dyn Progress,
) {
    for (id, threads) in found.iter().filter(|(id, _)| !known.contains_key(*id)) {
        let threads =
            if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
        progress.note(&format!("worker {id} is here, with {threads}"));
    }
    for id in known.keys().filter(|id| !found.contains_key(*id)) {
        progress.note(&format!("worker {id} is gone"));
    }
}
