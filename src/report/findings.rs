//! Findings: the checks that fired, with what their codes mean and what to do.
//!
//! The page shows them under its table of figures.

use serde::Serialize;

use crate::chart::plain_text;
use crate::tables::{RunRecord, explanation};

/// A check that fired.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    code: String,
    message: String,
    /// As `traj explain` says; empty for the code of another version.
    meaning: &'static str,
    advice: &'static str,
}

/// The checks that fired, in the run's order.
pub(super) fn findings(record: &RunRecord) -> Vec<Finding> {
    let finding = |check: &crate::tables::CheckRecord| {
        let known = explanation(&check.code);
        Finding {
            code: plain_text(&check.code, 60),
            message: plain_text(&check.message, 600),
            meaning: known.map_or("", |known| known.meaning),
            advice: known.map_or("", |known| known.advice),
        }
    };
    record.checks.iter().map(finding).collect()
}
