//! The *deal* says which estimators of a run belong to which part: units of model, horizon,
//! axis and fraction are dealt to the parts in turn, like cards.
//!
//! `way` asks it which ones to fit. A model of all fractions is one unit, and so is a
//! baseline, which costs next to nothing.

use std::collections::BTreeMap;

use super::inputs::{Material, TrainInputs};
use crate::models::{is_of_path, uses_features};
use crate::tables::{Axis, Horizon, ModelName, Part};

/// What is dealt as one: the estimators of a model, at one fraction if it has one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Unit {
    model: ModelName,
    /// None for baselines, which know no features.
    horizon: Option<Horizon>,
    axis: Axis,
    /// The bits of the fraction, or [`DURATION`]; none for all that a model has.
    fraction: Option<u64>,
}

/// In the place of the bits of a fraction, for the estimator of the duration.
const DURATION: u64 = u64::MAX;

impl Unit {
    fn new(model: ModelName, horizon: Option<Horizon>, axis: Axis, fraction: u64) -> Self {
        let horizon = horizon.filter(|_| uses_features(model));
        let is_one = is_of_path(model) || !uses_features(model);
        Self { model, horizon, axis, fraction: (!is_one).then_some(fraction) }
    }
}

/// All units of a run, and the part whose ones are fitted.
#[derive(Debug)]
pub(super) struct Deal {
    part: Part,
    /// The place of each unit.
    places: BTreeMap<Unit, usize>,
}

impl Deal {
    /// How many units there are: more parts are of no use.
    pub(super) fn n_units(&self) -> usize {
        self.places.len()
    }

    /// The part of a run.
    pub(super) fn new(part: Part, inputs: &TrainInputs<'_>, material: &Material) -> Self {
        let mut models = inputs.train.models.clone();
        // The yardstick of every score.
        if !models.contains(&ModelName::OdMedian) {
            models.push(ModelName::OdMedian);
        }
        let mut places = BTreeMap::new();
        // Fractions go fastest, so that every part gets some of each model.
        for model in models {
            for horizon in &material.horizons {
                for dataset in &material.datasets {
                    let fractions = dataset.fractions.iter().map(|fraction| fraction.to_bits());
                    for fraction in fractions.chain([DURATION]) {
                        let unit = Unit::new(model, Some(*horizon), dataset.axis, fraction);
                        let next = places.len();
                        places.entry(unit).or_insert(next);
                    }
                }
            }
        }
        Self { part, places }
    }

    /// Whether the estimator at a fraction belongs to the part.
    pub(super) fn has(
        &self,
        model: ModelName,
        horizon: Option<Horizon>,
        axis: Axis,
        fraction: f64,
    ) -> bool {
        self.has_unit(&Unit::new(model, horizon, axis, fraction.to_bits()))
    }

    /// Whether the estimator of the duration belongs to the part.
    pub(super) fn has_duration(
        &self,
        model: ModelName,
        horizon: Option<Horizon>,
        axis: Axis,
    ) -> bool {
        self.has_unit(&Unit::new(model, horizon, axis, DURATION))
    }

    fn has_unit(&self, unit: &Unit) -> bool {
        self.places.get(unit).is_some_and(|place| self.part.has_number(*place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deal(of: u32) -> Vec<Deal> {
        let part = format!("1/{of}").parse::<Part>().unwrap();
        let mut places = BTreeMap::new();
        for model in [ModelName::Forest, ModelName::ForestPath, ModelName::OdMedian] {
            for horizon in [Horizon::Departure, Horizon::WholeFlight] {
                for fraction in [0.25, 0.5, 0.75] {
                    let unit = Unit::new(model, Some(horizon), Axis::Time, f64::to_bits(fraction));
                    let next = places.len();
                    places.entry(unit).or_insert(next);
                }
            }
        }
        assert_eq!(places.len(), 2 * 3 + 2 + 1);
        let parts = (0..u64::from(of)).map(|number| part.sibling(number));
        parts.map(|part| Deal { part, places: places.clone() }).collect()
    }

    #[test]
    fn every_estimator_belongs_to_one_part_and_those_of_one_unit_to_the_same() {
        for of in [1, 2, 4, 20] {
            let deals = deal(of);
            let holder = |model, horizon, fraction| {
                let has = |deal: &Deal| deal.has(model, horizon, Axis::Time, fraction);
                let holders: Vec<usize> = (0..deals.len()).filter(|at| has(&deals[*at])).collect();
                assert_eq!(holders.len(), 1, "{model} {horizon:?} {fraction}");
                holders[0]
            };
            let early = Some(Horizon::Departure);
            for fraction in [0.25, 0.5, 0.75] {
                holder(ModelName::Forest, early, fraction);
            }
            let path = |fraction| holder(ModelName::ForestPath, early, fraction);
            assert!(path(0.25) == path(0.75));
            let median = |horizon, fraction| holder(ModelName::OdMedian, horizon, fraction);
            assert!(median(early, 0.25) == median(None, 0.5));
        }
    }
}
