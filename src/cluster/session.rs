//! The *session* of the engine: its settings, its functions, and the only files that it can see.

use std::path::Path;
use std::sync::Arc;

use ballista_core::config::{
    BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, BALLISTA_SHUFFLE_COMPRESSION_CODEC,
};
use ballista_core::extension::SessionConfigExt;
use ballista_core::utils::default_session_builder;
use datafusion::common::{Result, exec_err};
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::ScalarUDF;
use datafusion::object_store::ObjectStore;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::prelude::SessionConfig;
use url::Url;

/// What all paths begin with that the engine sees: the shared folder, whatever each machine
/// calls it.
pub(super) const SHARED: &str = "traj://shared/";

/// Flights to a call of a function: few, so that little is held at a time.
const FLIGHTS_TO_A_CALL: usize = 16;

/// The settings of the engine, the same everywhere.
pub(super) fn settings() -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_batch_size(FLIGHTS_TO_A_CALL)
        .with_collect_statistics(false)
        // A task that is lost costs one shard and not several.
        .set_usize(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
        // Results are floats, of which little is saved.
        .set_str(BALLISTA_SHUFFLE_COMPRESSION_CODEC, "none")
}

/// A session that sees the shared folder and has these functions.
pub(super) fn session(
    settings: SessionConfig,
    shared: &Path,
    functions: &[Arc<ScalarUDF>],
) -> Result<SessionState> {
    let state = default_session_builder(settings)?;
    let mut state =
        SessionStateBuilder::new_from_existing(state).with_runtime_env(files(shared)?).build();
    for function in functions {
        datafusion::execution::FunctionRegistry::register_udf(&mut state, function.clone())?;
    }
    Ok(state)
}

/// The files that the engine can see.
pub(super) fn files(shared: &Path) -> Result<Arc<RuntimeEnv>> {
    let store = LocalFileSystem::new_with_prefix(shared)?;
    let only = Arc::new(OnlyShared { store: Arc::new(store) });
    RuntimeEnvBuilder::new().with_object_store_registry(only).build_arc()
}

/// Knows the shared folder and nothing else: a plan that names another file is refused.
#[derive(Debug)]
struct OnlyShared {
    store: Arc<dyn ObjectStore>,
}

impl ObjectStoreRegistry for OnlyShared {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        if url.as_str().starts_with(SHARED) {
            return Ok(self.store.clone());
        }
        exec_err!("{url} is not in the shared folder")
    }
}
