//! `traj demo`

use std::path::Path;

use super::Ending;
use super::args::{DEFAULT_RUN, DemoArguments, Selection};
use super::context::{CONFIG_FILE, Context};
use super::failure::Failure;
use super::{init, run, sample};
use crate::sample::{Pair, SampleOptions};

/// The folder of the sample flights.
const FLIGHTS: &str = "flights";
/// What the sample's randomness comes from.
const SEED: u64 = 1;

pub(super) fn demo(context: &Context, arguments: &DemoArguments) -> Result<Ending, Failure> {
    enter(&arguments.directory)?;
    let options = SampleOptions {
        directory: FLIGHTS.into(),
        flights: arguments.flights,
        seed: SEED,
        pairs: vec![Pair::defaults()[0]],
        dirty: true,
        force: false,
    };
    let sampled = sample::write(context, &options)?;
    let fields = serde_json::json!({ "files": sampled.files, "bytes": sampled.bytes });
    context.stage("sample", &sample::describe(&sampled), &fields)?;
    let notes = init::write(context, Path::new(FLIGHTS))?;
    context.stage("init", &notes.join("\n      "), &serde_json::json!({ "notes": notes }))?;
    let loaded = context.config(&Selection::default())?;
    run::stages(context, &loaded, DEFAULT_RUN, None)?;
    let folder = std::env::current_dir()
        .map_err(|error| Failure::machine("cannot tell the current folder", &error))?;
    let text = format!(
        "\nEverything is in {}: sample flights, {CONFIG_FILE}, tables, the run.\n\
         Open the report in a browser; for your own flights: traj init DIR, then traj run.",
        folder.display()
    );
    context.summary("demo", &text, &serde_json::json!({ "folder": folder }))?;
    // The rejected files are part of the show.
    Ok(Ending::Done)
}

/// Makes the demo's folder and goes there, so that all paths are as for a user.
fn enter(directory: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::machine(format!("cannot use {}", directory.display()), &error)
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    std::env::set_current_dir(directory).map_err(failed)
}
