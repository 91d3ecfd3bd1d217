//! `traj explain`

use serde_json::json;

use super::Ending;
use super::args::ExplainArguments;
use super::context::Context;
use super::failure::Failure;
use crate::tables::{Explanation, explanation, explanations};

pub(super) fn explain(context: &Context, arguments: &ExplainArguments) -> Result<Ending, Failure> {
    let shown: Vec<Explanation> = match &arguments.code {
        None => explanations().to_vec(),
        Some(code) => vec![*explanation(code).ok_or_else(|| unknown(code))?],
    };
    let text = match shown.as_slice() {
        [one] => format!("{}: {}\n\n{}", one.code, one.meaning, one.advice),
        all => list(all),
    };
    context.summary("explain", &text, &json!({ "codes": shown }))?;
    Ok(Ending::Done)
}

fn list(all: &[Explanation]) -> String {
    let width = all.iter().map(|one| one.code.len()).max().unwrap_or(0);
    let lines = |is_check: bool| {
        let of_kind = all.iter().filter(move |one| one.is_check == is_check);
        let lines = of_kind.map(|one| format!("  {:width$}  {}", one.code, one.meaning));
        lines.collect::<Vec<_>>().join("\n")
    };
    format!(
        "checks on a run\n{}\n\nwhy files are refused\n{}\n\nnext: traj explain CODE",
        lines(true),
        lines(false)
    )
}

fn unknown(code: &str) -> Failure {
    let nearest = explanations()
        .iter()
        .map(|known| (strsim::damerau_levenshtein(known.code, code), known.code))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3);
    let hint = match nearest {
        Some((_, known)) => format!("did you mean `{known}`? `traj explain` lists all codes"),
        None => "`traj explain` lists all codes".to_owned(),
    };
    Failure::usage(format!("`{code}` is no code of a check or a refusal"), hint)
}
