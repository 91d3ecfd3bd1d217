//! The *division* of a run's flights: the folds of each split that can be run.

use std::collections::BTreeMap;

use super::inputs::{Material, TrainInputs};
use super::{TrainConfig, TrainError};
use crate::evaluate::{
    Fold, SplitError, Time, folds, has_calendar, keep_apart, leave_gap, read_folds,
};
use crate::models::{Dataset, Span};
use crate::tables::Split;

/// The folds of each split, in the order of the splits.
pub(super) type Division = BTreeMap<Split, Vec<Fold>>;

/// Divides a dataset's flights by every configured split. Without a calendar only `random`
/// can be run, and is run in the place of the others; a split by day of too few days is left
/// out, and so is a fold of `forward` that the gap leaves nothing to learn from. Of a held-out
/// flight no other recording is learnt from, except under folds of a file,
/// which are taken as they are.
pub(super) fn divide(
    inputs: &TrainInputs<'_>,
    material: &Material,
    dataset: &Dataset,
    duplicates: &[Vec<usize>],
) -> Result<Division, TrainError> {
    let config = inputs.train;
    if config.splits.is_empty() {
        return Ok(Division::new());
    }
    if let Some(path) = &config.folds_file {
        return Ok(read_folds(path, &config.splits, &material.ids(dataset))?);
    }
    let starts = material.starts(dataset);
    let runnable = if has_calendar(&starts) { config.splits.as_slice() } else { &[Split::Random] };
    let mut division = Division::new();
    let mut impossible = None;
    for split in runnable {
        match whole_folds(config, dataset, &starts, *split) {
            Ok(mut folds) => {
                keep_apart(&mut folds, duplicates);
                division.insert(*split, folds);
            }
            // One split that cannot be made is no reason to go without the others; a check
            // says that it is missing.
            Err(error @ (SplitError::TooFew { .. } | SplitError::Gap { .. })) => {
                impossible = Some(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    match impossible {
        Some(error) if division.is_empty() => Err(error.into()),
        _ => Ok(division),
    }
}

/// The folds of a split; those of `forward` with the gap that the configuration asks for.
fn whole_folds(
    config: &TrainConfig,
    dataset: &Dataset,
    starts: &[Option<i64>],
    split: Split,
) -> Result<Vec<Fold>, SplitError> {
    let folds = folds(split, starts, config.folds, config.seed)?;
    if split != Split::Forward {
        return Ok(folds);
    }
    let time = |(start, span): (&Option<i64>, &Span)| {
        Time::new(start.expect("`forward` has a calendar"), span.duration_s)
    };
    let times: Vec<Time> = starts.iter().zip(&dataset.spans).map(time).collect();
    let folds = leave_gap(folds, &times, config.gap.0);
    if folds.is_empty() {
        return Err(SplitError::Gap { split, gap: config.gap.to_string() });
    }
    Ok(folds)
}
