//! The *last fold* of `forward` is the only one of a tuned run whose flights had no say in the
//! settings: its figures are the honest ones.

use super::inputs::Material;
use super::scoring::HeldOuts;
use crate::evaluate::HeldOut;
use crate::models::{Dataset, is_grown};
use crate::tables::{Horizon, LastFoldRecord, ModelName, Split, Target};

/// How good each forest was on the flights of the last fold.
pub(super) fn last_fold(material: &Material, held_outs: &HeldOuts) -> Vec<LastFoldRecord> {
    let forests = held_outs
        .iter()
        .filter(|((model, _, split, _), _)| is_grown(*model) && *split == Split::Forward);
    let record = |(key, held): (&_, &std::sync::Arc<HeldOut>)| {
        let (model, horizon, split, axis) = *key;
        let dataset = material.datasets.iter().find(|dataset| dataset.axis == axis)?;
        let (horizontal_nmi, n) = mean_error(dataset, held, horizon)?;
        let median = held_outs.get(&(ModelName::OdMedian, horizon, split, axis));
        let median = median.and_then(|median| mean_error(dataset, median, horizon));
        let median_nmi = median.map(|(error, _)| error);
        let skill = median_nmi.filter(|m| *m > 0.0).map(|median| 1.0 - horizontal_nmi / median);
        Some(LastFoldRecord { model, horizon, axis, n, horizontal_nmi, median_nmi, skill })
    };
    forests.filter_map(record).collect()
}

/// The mean over fractions of the mean error of the last fold's positions, in nautical miles, and
/// the most flights behind it; none where they have nothing ahead.
fn mean_error(dataset: &Dataset, held: &HeldOut, horizon: Horizon) -> Option<(f64, u64)> {
    let last = held.folds.iter().max()?;
    let (mut means, mut most) = (Vec::new(), 0);
    for (at, ahead) in held.ahead(dataset, horizon).iter().enumerate() {
        let errors = held.errors(dataset, Target::Horizontal, at)?;
        let counted: Vec<f64> = (0..errors.len())
            .filter(|row| held.folds[*row] == *last && ahead[*row])
            .map(|row| errors[row])
            .collect();
        if !counted.is_empty() {
            means.push(counted.iter().sum::<f64>() / counted.len() as f64);
            most = most.max(counted.len() as u64);
        }
    }
    (!means.is_empty()).then(|| (means.iter().sum::<f64>() / means.len() as f64, most))
}
