//! `traj sample`

use std::ops::ControlFlow;

use serde_json::json;

use super::Ending;
use super::args::SampleArguments;
use super::context::Context;
use super::failure::Failure;
use super::output::{counted, thousands};
use crate::progress::Progress as _;
use crate::sample::{Pair, SampleOptions, SampleSummary, generate};

pub(super) fn sample(context: &Context, arguments: &SampleArguments) -> Result<Ending, Failure> {
    let pairs = match arguments.pairs.as_slice() {
        [] => Pair::defaults(),
        pairs => pairs.iter().map(|pair| pair.parse()).collect::<Result<_, _>>()?,
    };
    let options = SampleOptions {
        directory: arguments.directory.clone(),
        flights: arguments.flights,
        seed: arguments.seed,
        pairs,
        dirty: arguments.dirty,
        force: arguments.force,
    };
    let summary = write(context, &options)?;
    let text = format!("{}\n\nnext: traj init {}", describe(&summary), options.directory.display());
    let fields = json!({
        "files": summary.files,
        "bytes": summary.bytes,
        "rows": summary.rows,
        "pairs": summary.pairs,
        "days": summary.days.map(|(first, last)| [first.to_string(), last.to_string()]),
        "dirt": dirt(&summary),
    });
    context.summary("sample", &text, &fields)?;
    Ok(Ending::Done)
}

/// Writes the files, with progress.
pub(super) fn write(context: &Context, options: &SampleOptions) -> Result<SampleSummary, Failure> {
    let watcher = &context.watcher;
    watcher.begin("making flights", options.flights as u64, 0);
    let on_file = |bytes: u64| {
        watcher.advance(1, bytes);
        if watcher.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let summary = generate(options, &on_file)?;
    watcher.end();
    Ok(summary)
}

/// The summary for people.
pub(super) fn describe(summary: &SampleSummary) -> String {
    let days =
        summary.days.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
    let mut text = format!(
        "{} of {}: {}, {} rows{days}",
        counted(summary.files as u64, "file"),
        counted(summary.pairs.len() as u64, "pair"),
        indicatif::HumanBytes(summary.bytes),
        thousands(summary.rows),
    );
    let dirt: Vec<String> =
        dirt(summary).into_iter().map(|(kind, files)| format!("{kind} {files}")).collect();
    if !dirt.is_empty() {
        text.push_str("\n  dirt: ");
        text.push_str(&dirt.join(", "));
    }
    text
}

fn dirt(summary: &SampleSummary) -> std::collections::BTreeMap<String, usize> {
    summary.dirt.iter().map(|(kind, files)| (kind.to_string(), *files)).collect()
}
