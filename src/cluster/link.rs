//! A *link* is the connection with a scheduler. Workers and clients open it, nobody else does.

use std::path::PathBuf;
use std::time::Duration;

use ballista_core::serde::protobuf::GetJobStatusParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use super::courtesy::{Hands, is_refusal, user_agent};
use super::{Address, ClusterError, Tls};

/// The scheduler as the other processes reach it.
pub(super) type Scheduler = SchedulerGrpcClient<Channel>;

/// The longest message, far above what a job of ours needs.
pub(super) const MESSAGE_BYTES: usize = 64 << 20;
/// How long an answer may take before the request counts as failed.
const ANSWER: Duration = Duration::from_secs(10);
/// How often a silent connection is tried, and how long that may take.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// How a scheduler is reached.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where it listens.
    pub scheduler: Address,
    /// What protects the connection.
    pub tls: Option<Tls>,
    /// The folder that all machines share, as it is called here.
    pub shared: PathBuf,
}

impl Link {
    /// Checks that the connection stays on this machine, or is protected, or need not be.
    ///
    /// # Errors
    /// [`ClusterError::Unprotected`].
    pub fn check(&self, is_insecure: bool) -> Result<(), ClusterError> {
        check_protection(&self.scheduler, self.tls.as_ref(), is_insecure)
    }

    /// Connects as a process of a version, and hears whether that is the scheduler's.
    ///
    /// # Errors
    /// [`ClusterError::Unreachable`] or [`ClusterError::OtherVersion`].
    pub(super) async fn connect(&self, release: &str) -> Result<Scheduler, ClusterError> {
        let unreachable =
            |reason: String| ClusterError::Unreachable { address: self.scheduler.clone(), reason };
        let failed = |error: tonic::transport::Error| unreachable(innermost(&error));
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let mut endpoint = Endpoint::from_shared(format!("{scheme}://{}", self.scheduler))
            .and_then(|endpoint| endpoint.user_agent(user_agent(release)))
            .map_err(failed)?
            .connect_timeout(ANSWER)
            .timeout(ANSWER)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        if let Some(tls) = &self.tls {
            endpoint = endpoint.tls_config(tls.of_client()).map_err(failed)?;
        }
        let channel = endpoint.connect().await.map_err(failed)?;
        let mut scheduler = SchedulerGrpcClient::new(channel)
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES);
        // Any question will do: what is of another version gets no answer to it.
        let asked = GetJobStatusParams { job_id: "none".to_owned() };
        match scheduler.get_job_status(asked).await {
            Ok(answer) if Hands::told(answer.metadata()).is_some() => Ok(scheduler),
            Ok(_) => Err(unreachable("what answers is no scheduler of traj".to_owned())),
            Err(status) if is_refusal(&status) => {
                Err(ClusterError::OtherVersion(status.message().to_owned()))
            }
            Err(status) if Hands::told(status.metadata()).is_some() => Ok(scheduler),
            Err(status) => Err(unreachable(reason_of(&status))),
        }
    }
}

/// Whether there was no answer at all.
pub(super) fn is_of_connection(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown
    )
}

/// Why there was no answer.
pub(super) fn reason_of(status: &Status) -> String {
    let source = std::error::Error::source(status);
    source.map_or_else(|| status.message().to_owned(), innermost)
}

/// The innermost cause, which is what an operator can do something about.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Refuses an address that others than this machine can be at, unless the connection is
/// protected or need not be.
pub(super) fn check_protection(
    address: &Address,
    tls: Option<&Tls>,
    is_insecure: bool,
) -> Result<(), ClusterError> {
    if address.is_loopback() || tls.is_some() || is_insecure {
        return Ok(());
    }
    Err(ClusterError::Unprotected { address: address.clone() })
}
