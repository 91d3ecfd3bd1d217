//! The command line: flags become a stage's inputs, its summary becomes text.
//!
//! A file per command. Only this folder talks to the terminal, and nothing depends on it.

mod global;
mod args;
mod failure;
mod output;
mod style;
mod progress;
mod interrupt;
mod lock;
mod context;
mod sample;
mod init;
mod index;
mod features;
mod opener;
mod leave_out;
mod explore;
mod honesty;
mod trials;
mod train;
mod predict;
mod report;
mod run;
mod merge;
#[cfg(feature = "cluster")]
mod cluster_args;
#[cfg(feature = "cluster")]
mod cluster;
#[cfg(feature = "cluster")]
mod engine_log;
mod check;
mod demo;
mod explain;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use context::Context;
use failure::Failure;

use crate::simd;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// Everything was taken.
    Done,
    /// Some inputs were rejected.
    SomeRejected,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no failures; clap knows which stream they go to.
            let code = if error.use_stderr() { failure::USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    failure::keep_panic_places();
    interrupt::listen();
    let run = || {
        simd::obey_environment()?;
        Context::new(arguments.global).and_then(|c| dispatch(&c, arguments.command))
    };
    // The program ends right after, so nothing can see what a panic left half done.
    match catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(failure::of_panic())) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::SomeRejected) => ExitCode::from(failure::SOME_REJECTED),
        Err(failure) => failure.report(),
    }
}

fn dispatch(context: &Context, command: Command) -> Result<Ending, Failure> {
    match command {
        Command::Demo(arguments) => demo::demo(context, &arguments),
        Command::Sample(arguments) => sample::sample(context, &arguments),
        Command::Init(arguments) => init::init(context, &arguments),
        Command::Index(arguments) => index::index(context, &arguments),
        Command::Features(arguments) => features::features(context, &arguments),
        Command::Explore(arguments) => explore::explore(context, &arguments),
        Command::Train(arguments) => train::train(context, &arguments),
        Command::Predict(arguments) => predict::predict(context, &arguments),
        Command::Report(arguments) => report::report(context, &arguments),
        Command::Run(arguments) => run::run(context, &arguments),
        Command::Merge(arguments) => merge::merge(context, &arguments),
        #[cfg(feature = "cluster")]
        Command::Scheduler(arguments) => cluster::scheduler(context, &arguments),
        #[cfg(feature = "cluster")]
        Command::Worker(arguments) => cluster::worker(context, &arguments),
        Command::Check(arguments) => check::check(context, &arguments),
        Command::Explain(arguments) => explain::explain(context, &arguments),
    }
}
