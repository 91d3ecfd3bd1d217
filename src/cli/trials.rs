//! The table of trials that `traj train --tune` ends with.

use crate::tables::{TrialRecord, TuningRecord};

/// The trials by horizon, best last fold below: what was tried, what came of it, what was chosen.
pub(super) fn trials_table(tuning: &TuningRecord) -> Vec<String> {
    let n = tuning.trials.len();
    let cut = if tuning.is_cut { ", when the budget was spent" } else { "" };
    let folds = if tuning.folds == 1 { "fold" } else { "folds" };
    let mut lines = vec![
        String::new(),
        format!(
            "{n} of {} trials in {:.1} s{cut}; mean skill of positions on {} {folds} of `forward`, \
             without the last",
            tuning.n_planned, tuning.seconds, tuning.folds
        ),
        format!(
            "{:<16}{:>6}{:>7}{:>6}{:>10}{:>9}  aggregates",
            "known", "trial", "trees", "leaf", "features", "skill"
        ),
    ];
    lines.extend(tuning.trials.iter().map(line));
    lines
}

fn line(trial: &TrialRecord) -> String {
    let skill = trial.skill.map_or_else(|| "-".to_owned(), |skill| format!("{skill:.4}"));
    let aggregates = trial.aggregates.as_ref().map_or_else(|| "all".to_owned(), |a| a.join(" "));
    let end = match trial {
        TrialRecord { is_chosen: true, .. } => "  chosen",
        TrialRecord { is_given_up: true, .. } => "  given up early",
        _ => "",
    };
    format!(
        "{:<16}{:>6}{:>7}{:>6}{:>10}{:>9}  {aggregates}{end}",
        trial.horizon, trial.trial, trial.trees, trial.min_samples_leaf, trial.max_features, skill
    )
}
