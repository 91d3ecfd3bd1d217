//! `traj scheduler` and `traj worker`

use std::path::PathBuf;

use ballista_core::ids::new_instance_id;

use super::args::Selection;
use super::cluster_args::{SchedulerArguments, WorkerArguments};
use super::context::Context;
use super::failure::Failure;
use super::{Ending, interrupt};
use crate::cluster::{RELEASE, SchedulerSettings, WorkerSettings, host_name};

pub(super) fn scheduler(
    context: &Context,
    arguments: &SchedulerArguments,
) -> Result<Ending, Failure> {
    let channel = &arguments.channel;
    let bind = arguments.bind.clone();
    let settings = SchedulerSettings { bind, tls: channel.tls()?, shared: channel.shared() };
    crate::cluster::schedule(&settings, channel.insecure, &context.watcher)?;
    Ok(ending())
}

pub(super) fn worker(context: &Context, arguments: &WorkerArguments) -> Result<Ending, Failure> {
    let settings = WorkerSettings {
        link: arguments.channel.link(&arguments.scheduler)?,
        data: data(context, arguments)?,
        threads: rayon::current_num_threads(),
        name: name(),
        release: RELEASE.to_owned(),
    };
    crate::cluster::work(&settings, &context.watcher)?;
    Ok(ending())
}

/// Services end when they are asked to, which is no failure of theirs.
fn ending() -> Ending {
    debug_assert!(interrupt::asked(), "a service ends only when it is asked to");
    Ending::Done
}

/// The folder of the flights.
fn data(context: &Context, arguments: &WorkerArguments) -> Result<PathBuf, Failure> {
    if let Some(data) = &arguments.data {
        return Ok(data.clone());
    }
    let root = context.config(&Selection::default())?.config.data.root;
    if root.as_os_str().is_empty() {
        return Err(Failure::usage(
            "nothing says where the flights are on this machine",
            "give --data DIR, or start the worker in the folder of traj.toml",
        ));
    }
    Ok(root)
}

/// A name for this worker: people know the machine and the process by it.
fn name() -> String {
    let mut one_of_a_kind = new_instance_id();
    one_of_a_kind.retain(|c| c.is_ascii_alphanumeric());
    let tail = &one_of_a_kind[one_of_a_kind.len().saturating_sub(8)..];
    format!("{}-{}-{tail}", host_name(), std::process::id())
}
