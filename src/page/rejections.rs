//! Rejections: what was left out and why, by stage and code, with examples.
//!
//! Pages list them, with the macro `rejections`, so that their reader can judge what the
//! figures do not cover.

use std::collections::BTreeMap;

use serde::Serialize;

use super::words::count;
use crate::chart::plain_text;
use crate::tables::{RejectCode, RejectedRow, RejectedTable, Stage, explanation};

/// Examples that a code shows.
const EXAMPLES: usize = 10;

/// The refused files of one stage and code.
#[derive(Debug, Serialize)]
pub struct Rejection {
    stage: &'static str,
    code: &'static str,
    /// As `traj explain` says.
    meaning: &'static str,
    advice: &'static str,
    count: String,
    is_cut: bool,
    examples: Vec<Example>,
}

#[derive(Debug, Serialize)]
struct Example {
    path: String,
    line: String,
    column: String,
    message: String,
}

/// What was refused, the commonest code first.
#[must_use]
pub fn rejections(table: &RejectedTable) -> Vec<Rejection> {
    let mut groups: BTreeMap<(Stage, RejectCode), Vec<&RejectedRow>> = BTreeMap::new();
    for row in &table.rows {
        groups.entry((row.stage, row.code)).or_default().push(row);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    let rejection = |((stage, code), rows): ((Stage, RejectCode), Vec<&RejectedRow>)| {
        let known = explanation(code.as_str());
        Rejection {
            stage: stage.as_str(),
            code: code.as_str(),
            meaning: known.map_or("", |known| known.meaning),
            advice: known.map_or("", |known| known.advice),
            count: count(rows.len() as u64),
            is_cut: rows.len() > EXAMPLES,
            examples: rows.iter().take(EXAMPLES).map(|row| Example::new(row)).collect(),
        }
    };
    groups.into_iter().map(rejection).collect()
}

impl Example {
    fn new(row: &RejectedRow) -> Self {
        Self {
            path: plain_text(&row.path, 200),
            line: row.line.map(count).unwrap_or_default(),
            column: row.column.as_deref().map(|name| plain_text(name, 80)).unwrap_or_default(),
            message: plain_text(&row.message, 300),
        }
    }
}
