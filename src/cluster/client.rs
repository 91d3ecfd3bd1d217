//! A *client* hands jobs to a scheduler and asks how they are getting on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ballista_core::serde::BallistaLogicalExtensionCodec;
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::{
    CancelJobParams, CleanJobDataParams, ExecuteQueryParams, GetJobStatusParams, KeyValuePair,
    PartitionLocation, execute_query_result, job_status,
};
use ballista_core::version::insert_version_header;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use datafusion_proto::logical_plan::AsLogicalPlan;
use datafusion_proto::protobuf::LogicalPlanNode;
use tokio::time::sleep;
use tonic::{Request, Response, Status};

use super::courtesy::{Hands, is_refusal};
use super::functions::functions;
use super::link::{Scheduler, is_of_connection, reason_of};
use super::session::{SHARED, session, settings};
use super::shards::{Work, result};
use super::{ClusterError, Link, RELEASE};

/// How long the scheduler may be silent, or not know a job that it was given.
const SILENCE: Duration = Duration::from_secs(12);

/// A connection with a scheduler, and who is at work there.
pub(super) struct Client<'a> {
    pub(super) link: &'a Link,
    scheduler: Scheduler,
    session: SessionContext,
    functions: Vec<Arc<ScalarUDF>>,
    /// Who was at work when the last answer came.
    pub(super) hands: Hands,
    heard: Instant,
}

/// How a job is getting on.
#[derive(Debug)]
pub(super) enum Stand {
    /// Taken, and not planned yet.
    Queued,
    /// Planned: its tasks are for whoever asks.
    Running,
    /// Not known to the scheduler, or nothing is heard of it.
    Unknown,
    /// Done; what came of it is there.
    Done(Vec<PartitionLocation>),
}

impl<'a> Client<'a> {
    pub(super) async fn new(link: &'a Link) -> Result<Self, ClusterError> {
        let scheduler = link.connect(RELEASE).await?;
        let functions = functions(None);
        let state = session(settings(), &link.shared, &functions).map_err(ClusterError::engine)?;
        let session = SessionContext::new_with_state(state);
        let (hands, heard) = (Hands::default(), Instant::now());
        Ok(Self { link, scheduler, session, functions, hands, heard })
    }

    /// Hands over the job of doing some work, of which the rows are in a folder below the shared
    /// one; gives its name.
    pub(super) async fn submit(
        &mut self,
        work: &dyn Work,
        folder: &str,
        shards: usize,
    ) -> Result<String, ClusterError> {
        let query = self.plan(work, folder).await.map_err(ClusterError::engine)?;
        let settings = settings().with_target_partitions(shards);
        let settings = settings.options().entries().into_iter();
        let settings = settings.map(|entry| KeyValuePair { key: entry.key, value: entry.value });
        let parameters = ExecuteQueryParams {
            query: Some(Query::LogicalPlan(query)),
            settings: settings.collect(),
            session_id: self.session.session_id(),
            operation_id: folder.to_owned(),
        };
        let answer = loop {
            let mut request = Request::new(parameters.clone());
            insert_version_header(request.metadata_mut());
            let answer = self.scheduler.execute_query(request).await;
            // If it was taken and only the answer lost, it is done twice, which harms nothing.
            match self.answer(answer)? {
                Some(answer) => break answer,
                None => sleep(Duration::from_millis(250)).await,
            }
        };
        match answer.result {
            Some(execute_query_result::Result::Success(taken)) => Ok(taken.job_id),
            other => Err(ClusterError::Engine(format!("{other:?}"))),
        }
    }

    async fn plan(&self, work: &dyn Work, folder: &str) -> datafusion::common::Result<Vec<u8>> {
        let schema = work.schema();
        let options = ParquetReadOptions::default().schema(&schema);
        let table = self.session.read_parquet(format!("{SHARED}{folder}/"), options).await?;
        let (name, _) = work.call();
        let function = self.functions.iter().find(|function| function.name() == name);
        let function = function.expect("the functions of all work are there");
        let plan = table.select(result(work, function))?.into_unoptimized_plan();
        let codec = BallistaLogicalExtensionCodec::default();
        let mut bytes = Vec::new();
        LogicalPlanNode::try_from_logical_plan(&plan, &codec)?.try_encode(&mut bytes)?;
        Ok(bytes)
    }

    /// How a job is getting on.
    ///
    /// # Errors
    /// [`ClusterError::Job`] for one that failed; [`ClusterError::Lost`] when nothing is heard
    /// for too long.
    pub(super) async fn stand(&mut self, job: &str) -> Result<Stand, ClusterError> {
        let asked = GetJobStatusParams { job_id: job.to_owned() };
        let answer = self.scheduler.get_job_status(asked).await;
        let status = self.answer(answer)?.and_then(|answer| answer.status);
        match status.and_then(|status| status.status) {
            None => Ok(Stand::Unknown),
            Some(job_status::Status::Queued(_)) => Ok(Stand::Queued),
            Some(job_status::Status::Running(_)) => Ok(Stand::Running),
            Some(job_status::Status::Failed(failed)) => {
                Err(ClusterError::Job { reason: first_line(&failed.error) })
            }
            Some(job_status::Status::Successful(done)) => Ok(Stand::Done(done.partition_location)),
        }
    }

    /// Whether the last question was answered.
    pub(super) fn is_heard(&self) -> bool {
        self.heard.elapsed() < Duration::from_secs(2)
    }

    /// Calls a job off, if the scheduler still hears.
    pub(super) async fn cancel(&mut self, job: &str) {
        let job_id = job.to_owned();
        let _ = self.scheduler.cancel_job(CancelJobParams { job_id }).await;
    }

    /// Says that what came of a job is not needed any more.
    pub(super) async fn forget(&mut self, job: &str) {
        let (job_id, remove_stage_ids) = (job.to_owned(), Vec::new());
        let _ =
            self.scheduler.clean_job_data(CleanJobDataParams { job_id, remove_stage_ids }).await;
    }

    /// What an answer says; none if there was none and there may be one yet.
    fn answer<T>(
        &mut self,
        answer: Result<Response<T>, Status>,
    ) -> Result<Option<T>, ClusterError> {
        match answer {
            Ok(answer) => {
                self.heard = Instant::now();
                self.hands = Hands::told(answer.metadata()).unwrap_or(self.hands);
                Ok(Some(answer.into_inner()))
            }
            Err(status) if is_refusal(&status) => {
                Err(ClusterError::OtherVersion(status.message().to_owned()))
            }
            Err(status) if is_of_connection(&status) => {
                if self.heard.elapsed() < SILENCE {
                    return Ok(None);
                }
                Err(ClusterError::Lost {
                    address: self.link.scheduler.clone(),
                    silence: self.heard.elapsed(),
                    reason: reason_of(&status),
                })
            }
            Err(status) => Err(ClusterError::Engine(status.message().to_owned())),
        }
    }
}

/// How long a job may be unknown.
pub(super) fn is_too_long(unknown_since: Instant) -> bool {
    unknown_since.elapsed() > SILENCE
}

/// The first line of what the engine says; the others are its own affair.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
