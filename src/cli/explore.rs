//! `traj explore`

use std::fmt::Write as _;

use indicatif::HumanBytes;
use serde_json::json;

use super::Ending;
use super::args::{ExploreArguments, Selection};
use super::context::{Context, INDEX_FOLDER, features_paths, table, with_data};
use super::failure::Failure;
use super::leave_out::leave_out;
use super::lock::Lock;
use super::opener;
use super::output::{self, codes, counted};
use crate::config::Loaded;
use crate::explore::{ExploreInputs, ExplorePaths, ExploreSummary};

pub(super) fn explore(context: &Context, arguments: &ExploreArguments) -> Result<Ending, Failure> {
    let selection = Selection { pair: arguments.pair.clone(), ..Selection::default() };
    let mut loaded = context.config(&selection)?;
    if let Some(sample) = arguments.sample {
        loaded.config.explore.sample = usize::from(sample);
    }
    let _lock = Lock::take(INDEX_FOLDER.as_ref())?;
    let inputs = inputs(&loaded)?;
    let page = inputs.paths.page.clone();
    let is_up_to_date = crate::explore::is_up_to_date(&inputs);
    let (mut text, mut fields) = if is_up_to_date {
        let text = format!("{}: up to date, nothing to do", opener::shown(&page));
        (text, json!({ "path": page, "up_to_date": true }))
    } else {
        let summary = crate::explore::explore(&inputs, &context.watcher)?;
        (describe(&summary), output::value(&summary))
    };
    if arguments.write_config {
        let left_out = leave_out(context, &inputs.paths.tables)?;
        let _ = write!(text, "\n{}", left_out.describe()); // writing to a String cannot fail
        fields["left_out"] = output::value(&left_out);
    }
    if !is_up_to_date || arguments.write_config {
        text.push_str("\n\nnext: traj train");
    }
    context.summary("explore", &text, &fields)?;
    if arguments.open {
        opener::open(&page, context)?;
    }
    Ok(Ending::Done)
}

/// What the stage works on.
fn inputs(loaded: &Loaded) -> Result<ExploreInputs<'_>, Failure> {
    let config = with_data(loaded)?;
    let tables = features_paths();
    Ok(ExploreInputs {
        root: &config.data.root,
        sources: &loaded.sources,
        recipe: config.features.recipe(&config.targets),
        settings: &config.explore,
        route_cluster: &config.route_cluster,
        pairs: &config.select.pairs,
        config_hash: loaded.explore_hash(),
        paths: ExplorePaths {
            features: tables.features,
            targets: tables.targets,
            cleaning: tables.cleaning,
            catalog: tables.catalog,
            rejected: tables.rejected,
            page: table("explore.html"),
            tables: table("explore"),
        },
    })
}

/// The summary for people: where the page is, and what it says in short.
fn describe(summary: &ExploreSummary) -> String {
    let mut text = format!("{} ({})", opener::shown(&summary.path), HumanBytes(summary.bytes));
    let mut line = |line: String| {
        let _ = write!(text, "\n  {line}"); // writing to a String cannot fail
    };
    line(format!(
        "{}, of which {} read from their files",
        counted(summary.n_flights, "flight"),
        summary.n_sampled
    ));
    if !summary.refused.is_empty() {
        line(format!("drawn but not readable: {}", codes(&summary.refused)));
    }
    for headline in &summary.headlines {
        line(headline.clone());
    }
    text
}
