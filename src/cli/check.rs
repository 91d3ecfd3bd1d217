//! `traj check`

use std::path::Path;

use serde_json::json;

use super::Ending;
use super::args::CheckArguments;
use super::context::{Context, INDEX_FOLDER, MODELS_FOLDER};
use super::failure::Failure;
use super::output::counted;
use crate::check::{CheckInputs, Finding, check_all, check_path};
use crate::problem::Class;

pub(super) fn check(context: &Context, arguments: &CheckArguments) -> Result<Ending, Failure> {
    let findings = match &arguments.path {
        Some(path) => check_path(path),
        None => check_all(CheckInputs {
            index_folder: Path::new(INDEX_FOLDER),
            models_folder: Path::new(MODELS_FOLDER),
        }),
    };
    if findings.is_empty() {
        let place = match &arguments.path {
            Some(path) => path.display().to_string(),
            None => format!("{INDEX_FOLDER} or {MODELS_FOLDER}"),
        };
        return Err(Failure::usage(
            format!("there is nothing of traj's in {place}"),
            "name a table, a run's folder, or start with `traj run`",
        ));
    }
    let lines: Vec<String> = findings.iter().map(line).collect();
    context.summary("check", &lines.join("\n"), &json!({ "findings": findings }))?;
    let damaged = findings.iter().filter(|finding| finding.problem.is_some()).count();
    if damaged == 0 {
        return Ok(Ending::Done);
    }
    let remedies: Vec<&str> = findings.iter().filter_map(|f| f.remedy.as_deref()).collect();
    Err(Failure::of_class(
        Class::Damaged,
        format!("{} damaged, or does not fit", counted(damaged as u64, "file")),
        remedies.first().map(|remedy| format!("make it anew with `{remedy}`")),
    ))
}

fn line(finding: &Finding) -> String {
    match &finding.problem {
        None => format!("ok       {}", finding.path.display()),
        Some(problem) => {
            let path = finding.path.display().to_string();
            // A reader's message begins with the path as well.
            let named = problem.strip_prefix(&path).map(|rest| rest.trim_start_matches(':'));
            let reason = named.map_or(problem.as_str(), str::trim_start);
            format!("damaged  {path}: {}", reason.strip_prefix("is damaged: ").unwrap_or(reason))
        }
    }
}
