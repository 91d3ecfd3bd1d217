//! The *index* of a model file says what it has and where each part lies.
//!
//! `store` writes it behind the parts, and reads it before any of them.

use super::bytes::{Malformed, Reader, Writer};
use super::codec::{Shape, read_encoder, write_encoder};
use super::dataset::target_columns;
use super::sealed::HEAD;
use super::{Encoder, n_estimators};
use crate::tables::{Axis, Horizon, ModelName, Target};

/// The estimators of one axis and horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSet {
    /// Along what the fractions are taken.
    pub axis: Axis,
    /// What the features may know.
    pub horizon: Horizon,
    /// What is predicted, in order.
    pub targets: &'static [Target],
    /// How flights become columns.
    pub encoder: Encoder,
    pub(super) models: Vec<StoredModel>,
}

/// Where the parts of a model lie.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredModel {
    pub(super) name: ModelName,
    /// Of the states, in the order of the fractions.
    pub(super) estimators: Vec<Place>,
    /// The estimator of the duration.
    pub(super) duration: Place,
    /// None where no flights were held out to learn them from.
    pub(super) calibrations: Option<Place>,
}

/// Where a part lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) from: u64,
    pub(super) len: u64,
}

impl StoredSet {
    /// The stored models, in the order in which they were written.
    pub fn models(&self) -> impl Iterator<Item = ModelName> {
        self.models.iter().map(|model| model.name)
    }

    pub(super) fn stored(&self, name: ModelName) -> Option<&StoredModel> {
        self.models.iter().find(|model| model.name == name)
    }

    pub(super) fn shape(&self, n_fractions: usize) -> Shape {
        Shape { n_columns: self.encoder.width(), n_targets: self.targets.len(), n_fractions }
    }
}

/// The bytes of an index.
pub(super) fn write_index(fractions: &[f64], sets: &[StoredSet]) -> Vec<u8> {
    let mut out = Writer::default();
    out.count(fractions.len());
    out.f64s(fractions);
    out.count(sets.len());
    for set in sets {
        out.text(set.axis.as_str());
        out.u8(u8::from(set.targets.contains(&Target::Altitude)));
        write_encoder(&mut out, &set.encoder);
        out.count(set.models.len());
        for model in &set.models {
            out.text(model.name.as_str());
            for place in model.estimators.iter().chain([&model.duration]) {
                write_place(&mut out, *place);
            }
            out.u8(u8::from(model.calibrations.is_some()));
            model.calibrations.iter().for_each(|place| write_place(&mut out, *place));
        }
    }
    out.0
}

fn write_place(out: &mut Writer, place: Place) {
    out.u64(place.from);
    out.u64(place.len);
}

/// Reads an index, all places of which must lie before `end`.
pub(super) fn read_index(bytes: &[u8], end: u64) -> Result<(Vec<f64>, Vec<StoredSet>), Malformed> {
    let mut input = Reader(bytes);
    let n_fractions = input.count(8, "the number of fractions")?;
    let fractions = input.f64s(n_fractions, "the fractions")?;
    if !fractions.is_sorted_by(|a, b| a < b) {
        return Err(Malformed("the order of the fractions"));
    }
    let n_sets = input.count(16, "the number of horizons")?;
    let sets = (0..n_sets).map(|_| read_set(&mut input, n_fractions, end));
    let sets: Vec<StoredSet> = sets.collect::<Result<_, _>>()?;
    input.end("the end of the index")?;
    Ok((fractions, sets))
}

fn read_set(input: &mut Reader<'_>, n_fractions: usize, end: u64) -> Result<StoredSet, Malformed> {
    let axis = input.label("an axis")?;
    let targets = target_columns(input.u8("whether there is an altitude")? == 1);
    let encoder = read_encoder(input)?;
    let n_models = input.count(8, "the number of models")?;
    let mut models = Vec::with_capacity(n_models);
    for _ in 0..n_models {
        let name = input.label("a model's name")?;
        let places = (0..n_estimators(name, n_fractions)).map(|_| read_place(input, end));
        let estimators = places.collect::<Result<_, _>>()?;
        let duration = read_place(input, end)?;
        let calibrations = match input.u8("whether there are calibrations")? {
            0 => None,
            _ => Some(read_place(input, end)?),
        };
        models.push(StoredModel { name, estimators, duration, calibrations });
    }
    Ok(StoredSet { axis, horizon: encoder.horizon, targets, encoder, models })
}

fn read_place(input: &mut Reader<'_>, end: u64) -> Result<Place, Malformed> {
    let place = Place { from: input.u64("a place")?, len: input.u64("a place")? };
    let to = place.from.checked_add(place.len).filter(|to| *to <= end);
    to.filter(|_| place.from >= HEAD).ok_or(Malformed("a place")).map(|_| place)
}
