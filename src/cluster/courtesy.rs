//! *Courtesy* is what every request and every answer have in common: who asks says of which
//! version it is, and the answer says how many workers there are.
//!
//! A layer of the scheduler: whoever is of another version gets no other answer than that.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::metadata::{MetadataMap, MetadataValue};
use tower::{Layer, Service};

use super::RELEASE;

const WORKERS: &str = "traj-workers";
const THREADS: &str = "traj-threads";
const REFUSED: &str = "traj-refused";

/// How a process of a version calls itself.
pub(super) fn user_agent(release: &str) -> String {
    format!("traj/{release}")
}

/// Whether an answer says that we are of another version.
pub(super) fn is_refusal(status: &Status) -> bool {
    status.metadata().contains_key(REFUSED)
}

/// Who is at work, as the scheduler counts them.
#[derive(Debug, Default)]
pub(super) struct Census {
    workers: AtomicUsize,
    threads: AtomicUsize,
}

impl Census {
    pub(super) fn set(&self, Hands { workers, threads }: Hands) {
        self.workers.store(workers, Ordering::Relaxed);
        self.threads.store(threads, Ordering::Relaxed);
    }
}

/// Who is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Hands {
    /// Workers that were heard of lately.
    pub(super) workers: usize,
    /// Their threads, together.
    pub(super) threads: usize,
}

impl Hands {
    /// What an answer says; none for one that says nothing.
    pub(super) fn told(answer: &MetadataMap) -> Option<Self> {
        let number = |name| answer.get(name)?.to_str().ok()?.parse().ok();
        Some(Self { workers: number(WORKERS)?, threads: number(THREADS)? })
    }
}

/// Lays [`Courteous`] over a service.
#[derive(Debug, Clone)]
pub(super) struct Courtesy(pub(super) Arc<Census>);

impl<S> Layer<S> for Courtesy {
    type Service = Courteous<S>;

    fn layer(&self, inner: S) -> Courteous<S> {
        Courteous { inner, census: self.0.clone() }
    }
}

/// A service that answers only those of its own version.
#[derive(Debug, Clone)]
pub(super) struct Courteous<S> {
    inner: S,
    census: Arc<Census>,
}

impl<S> Service<Request<Body>> for Courteous<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let said = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        // tonic adds its own name behind a space.
        let caller = said.and_then(|said| said.split(' ').next()).unwrap_or("an unknown program");
        if caller != user_agent(RELEASE) {
            let caller = caller.replace('/', " ");
            let refusal = format!("the scheduler is traj {RELEASE}, this is {caller}");
            let mut refusal = Status::failed_precondition(refusal);
            refusal.metadata_mut().insert(REFUSED, MetadataValue::from_static("version"));
            let refusal = refusal.into_http();
            return Box::pin(async { Ok(refusal) });
        }
        let census = self.census.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut answer = answer.await?;
            for (name, number) in [(WORKERS, &census.workers), (THREADS, &census.threads)] {
                let number = HeaderValue::from(number.load(Ordering::Relaxed));
                answer.headers_mut().insert(name, number);
            }
            Ok(answer)
        })
    }
}
