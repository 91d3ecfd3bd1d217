//! `traj init`

use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use super::Ending;
use super::args::InitArguments;
use super::context::{CONFIG_FILE, Context};
use super::failure::Failure;
use crate::tables::write_atomically;

pub(super) fn init(context: &Context, arguments: &InitArguments) -> Result<Ending, Failure> {
    let path = Path::new(CONFIG_FILE);
    if path.exists() && !arguments.force {
        return Err(Failure::usage(
            format!("{CONFIG_FILE} is there already"),
            "edit it, or replace it with --force",
        ));
    }
    let notes = write(context, &arguments.directory)?;
    let mut text = notes.join("\n");
    text.push_str("\n\nwrote traj.toml\nnext: look at traj.toml, then traj run");
    context.summary("init", &text, &json!({ "path": CONFIG_FILE, "notes": notes }))?;
    Ok(Ending::Done)
}

/// Looks at the folder and writes traj.toml; gives what was guessed and why.
pub(super) fn write(context: &Context, directory: &Path) -> Result<Vec<String>, Failure> {
    let guess = crate::init::look(directory, &context.watcher)?;
    let text = guess.to_toml();
    write_atomically(Path::new(CONFIG_FILE), |file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::machine(format!("cannot write {CONFIG_FILE}"), &error))?;
    Ok(guess.notes())
}
