//! `traj index`

use std::fmt::Write as _;

use super::Ending;
use super::args::{IndexArguments, Selection};
use super::context::{Context, INDEX_FOLDER, table, with_data};
use super::failure::Failure;
use super::lock::Lock;
use super::output::{about, codes, counted, minute, thousands};
use crate::config::Loaded;
use crate::index::{IndexInputs, IndexPlan, IndexSummary};
use crate::tables::FIGURES_FILE;

pub(super) fn index(context: &Context, arguments: &IndexArguments) -> Result<Ending, Failure> {
    let loaded = context.config(&Selection::default())?;
    if arguments.dry_run {
        let plan = crate::index::plan(&inputs(&loaded)?)?;
        context.summary("index", &describe_plan(&plan), &plan)?;
        return Ok(Ending::Done);
    }
    let _lock = Lock::take(INDEX_FOLDER.as_ref())?;
    let summary = stage(context, &loaded)?;
    // Without a flight there is nothing that features could be made of.
    let next =
        if summary.flights > 0 { "traj features" } else { "correct traj.toml, then traj index" };
    let text = format!("{}\n\nnext: {next}", describe(&summary));
    context.summary("index", &text, &summary)?;
    Ok(if summary.rejected.is_empty() { Ending::Done } else { Ending::SomeRejected })
}

/// Runs the stage.
pub(super) fn stage(context: &Context, loaded: &Loaded) -> Result<IndexSummary, Failure> {
    Ok(crate::index::index(&inputs(loaded)?, &context.watcher)?)
}

/// What the stage works on.
fn inputs(loaded: &Loaded) -> Result<IndexInputs<'_>, Failure> {
    Ok(IndexInputs {
        data: &with_data(loaded)?.data,
        sources: &loaded.sources,
        config_hash: loaded.index_hash(),
        catalog: table("catalog.parquet"),
        rejected: table("rejected.parquet"),
        figures: table(FIGURES_FILE),
    })
}

/// What the stage would do, for people.
fn describe_plan(plan: &IndexPlan) -> String {
    let mut text = format!(
        "would open {} ({}) of {} with a flight's name; {} unchanged",
        counted(plan.opened, "file"),
        indicatif::HumanBytes(plan.opened_bytes),
        thousands(plan.files),
        thousands(plan.unchanged),
    );
    let mut line = |line: String| {
        let _ = write!(text, "\n  {line}"); // writing to a String cannot fail
    };
    if let Some(seconds) = plan.seconds {
        let measured = thousands(plan.measured);
        line(format!("{}, measured on {measured} of them", about(seconds)));
    }
    if plan.refused > 0 {
        line(format!("refused by name or kind: {}", thousands(plan.refused)));
    }
    line("nothing was written".to_owned());
    text
}

/// The summary for people.
pub(super) fn describe(summary: &IndexSummary) -> String {
    let mut text = format!(
        "{} in the catalog, {}: {} opened, {} unchanged, {} removed",
        counted(summary.flights, "flight"),
        indicatif::HumanBytes(summary.bytes),
        thousands(summary.opened),
        thousands(summary.unchanged),
        thousands(summary.removed),
    );
    let mut line = |line: String| {
        let _ = write!(text, "\n  {line}"); // writing to a String cannot fail
    };
    if summary.up_to_date {
        line("nothing has changed, so nothing was written".to_owned());
    }
    if let Some((first, last)) = summary.start_range_us {
        line(format!("starts from {} to {} UTC", minute(first), minute(last)));
    }
    if !summary.pairs.is_empty() {
        let most: Vec<String> = summary
            .pairs
            .iter()
            .take(5)
            .map(|(pair, n)| format!("{pair} {}", thousands(*n)))
            .collect();
        line(format!("{}: {}", counted(summary.pairs.len() as u64, "pair"), most.join(", ")));
    }
    if summary.without_pair > 0 {
        line(format!("{} without a pair", counted(summary.without_pair, "flight")));
    }
    if summary.pair_disagreements > 0 {
        line(format!(
            "{} whose name and columns give different pairs; the columns count",
            counted(summary.pair_disagreements, "flight")
        ));
    }
    if summary.sources.len() > 1 {
        let sources: Vec<String> =
            summary.sources.iter().map(|(name, n)| format!("{name} {}", thousands(*n))).collect();
        line(format!("sources: {}", sources.join(", ")));
    }
    if !summary.rejected.is_empty() {
        let count: u64 = summary.rejected.values().sum();
        line(format!(
            "{} rejected ({}); data-index/rejected.parquet says where and why",
            counted(count, "file"),
            codes(&summary.rejected)
        ));
    }
    text
}
