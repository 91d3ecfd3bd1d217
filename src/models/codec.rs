//! The *codec* turns encoders and fitted estimators into bytes and back, bit by bit.
//!
//! `store` puts the bytes into `model.traj`. What is decoded fits the shape that the file
//! promises, so predicting with it cannot fail.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2};

use super::bytes::{Malformed, Reader, Writer};
use super::imputation::Imputation;
use super::route_codec::{read_routes, write_routes};
use super::{
    Calibration, Calibrations, EncodedFeature, Encoder, Encoding, FromMedian, LinearModel,
    MeasureCalibrations, Model, PairTable, WholePath,
};
use crate::forest::Forest;
use crate::tables::ModelName;

/// Most levels that a feature of a stored encoder may have; ours have fewer.
const MAX_LEVELS: usize = 1 << 16;

/// Columns and targets that a stored estimator must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "they are what they are called everywhere")]
pub(super) struct Shape {
    pub(super) n_columns: usize,
    /// At one fraction.
    pub(super) n_targets: usize,
    pub(super) n_fractions: usize,
}

impl Shape {
    /// The shape of what has the targets of all fractions side by side.
    fn of_path(self) -> Self {
        // Nothing that is there has so many targets.
        Self { n_targets: self.n_targets.saturating_mul(self.n_fractions), ..self }
    }
}

/// Appends an encoder.
pub(super) fn write_encoder(out: &mut Writer, encoder: &Encoder) {
    out.text(&encoder.horizon.to_string());
    out.count(encoder.pairs.len());
    encoder.pairs.iter().for_each(|pair| write_pair(out, pair.as_deref()));
    out.count(encoder.features.len());
    for feature in &encoder.features {
        out.text(&feature.name);
        out.text(&feature.horizon.to_string());
        match &feature.encoding {
            Encoding::Number => out.u8(0),
            Encoding::Words(levels) => {
                out.u8(1);
                out.count(levels.len());
                levels.iter().for_each(|level| out.text(level));
            }
            Encoding::Names(levels) => {
                out.u8(2);
                out.count(levels.len());
                levels.iter().for_each(|level| out.i32(*level));
            }
            Encoding::Difference(medians) => {
                out.u8(3);
                medians.iter().for_each(|median| write_number(out, *median));
            }
        }
    }
}

/// Reads an encoder.
pub(super) fn read_encoder(input: &mut Reader<'_>) -> Result<Encoder, Malformed> {
    let horizon = input.label("the encoder's horizon")?;
    let n_pairs = input.count(9, "the number of pairs")?;
    let pairs: Vec<_> = (0..n_pairs).map(|_| read_pair(input)).collect::<Result<_, _>>()?;
    if !pairs.is_sorted_by(|a, b| a < b) {
        return Err(Malformed("the order of the pairs"));
    }
    let n_features = input.count(17, "the number of features")?;
    let mut features = Vec::with_capacity(n_features);
    for _ in 0..n_features {
        let name = input.text("a feature's name")?.to_owned();
        let known = input.label("a feature's horizon")?;
        if known > horizon {
            return Err(Malformed("a feature that is known too late"));
        }
        let encoding = match input.u8("a feature's encoding")? {
            0 => Encoding::Number,
            1 => Encoding::Words(levels(input, 8, |i| Ok(i.text("a level")?.to_owned()))?),
            2 => Encoding::Names(levels(input, 4, |i| i.i32("a level"))?),
            3 => Encoding::Difference(
                (0..n_pairs)
                    .map(|_| read_number(input, "a feature's median"))
                    .collect::<Result<_, _>>()?,
            ),
            _ => return Err(Malformed("a feature's encoding")),
        };
        features.push(EncodedFeature { name, horizon: known, encoding });
    }
    Ok(Encoder { horizon, pairs, features })
}

/// Appends a number that may not be there.
fn write_number(out: &mut Writer, number: Option<f64>) {
    out.u8(u8::from(number.is_some()));
    out.f64s(&number);
}

/// Reads a number that may not be there.
fn read_number(input: &mut Reader<'_>, what: &'static str) -> Result<Option<f64>, Malformed> {
    match input.u8(what)? {
        0 => Ok(None),
        _ => Ok(input.f64s(1, what)?.pop()),
    }
}

/// Levels, which must ascend, since they are searched by halves.
fn levels<'a, L: Ord>(
    input: &mut Reader<'a>,
    size: usize,
    read: impl Fn(&mut Reader<'a>) -> Result<L, Malformed>,
) -> Result<Vec<L>, Malformed> {
    let count = input.count(size, "the number of levels")?;
    let levels: Vec<L> = (0..count).map(|_| read(input)).collect::<Result<_, _>>()?;
    let ascend = levels.is_sorted_by(|a, b| a < b);
    if ascend && !levels.is_empty() && count <= MAX_LEVELS {
        Ok(levels)
    } else {
        Err(Malformed("the order of the levels"))
    }
}

/// The bytes of a fitted estimator; none for those that are not stored.
#[must_use]
pub fn encode(model: &Model) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    match model {
        Model::Forest(FromMedian { medians, learner })
        | Model::ForestPath(WholePath { estimator: FromMedian { medians, learner }, .. }) => {
            write_pair_table(&mut out, medians);
            learner.encode(&mut out.0);
        }
        Model::ForestPerTarget(FromMedian { medians, learner }) => {
            write_pair_table(&mut out, medians);
            for forest in learner {
                let mut bytes = Vec::new();
                forest.encode(&mut bytes);
                out.bytes(&bytes);
            }
        }
        Model::ElasticNet(FromMedian { medians, learner: linear })
        | Model::Pls(FromMedian { medians, learner: linear }) => {
            write_pair_table(&mut out, medians);
            out.f32s(&linear.imputation.medians);
            out.f64s(&linear.means);
            out.f64s(&linear.weights);
            out.f64s(&linear.offsets);
        }
        Model::OdMedian(table) | Model::GreatCircle(table) => write_pair_table(&mut out, table),
        Model::RouteCluster(WholePath { estimator: routes, .. }) => {
            write_routes(&mut out, routes);
        }
        Model::SmartcoreForest(_) | Model::SmartcoreExtraTrees(_) | Model::SmartcoreXgBoost(_) => {
            return None;
        }
    }
    Some(out.0)
}

pub(super) fn write_pair_table(out: &mut Writer, table: &PairTable) {
    out.f64s(&table.unseen);
    out.count(table.states.len());
    for (pair, state) in &table.states {
        write_pair(out, pair.as_deref());
        out.f64s(state);
    }
}

fn write_pair(out: &mut Writer, pair: Option<&str>) {
    out.u8(u8::from(pair.is_some()));
    out.text(pair.unwrap_or_default());
}

fn read_pair(input: &mut Reader<'_>) -> Result<Option<String>, Malformed> {
    let is_known = input.u8("a pair's ends")? == 1;
    let pair = input.text("a pair")?;
    Ok(is_known.then(|| pair.to_owned()))
}

/// Reads a fitted estimator, which must take all of `bytes` and be of the shape.
pub(super) fn decode(name: ModelName, bytes: &[u8], shape: Shape) -> Result<Model, Malformed> {
    let mut input = Reader(bytes);
    let model = match name {
        ModelName::Forest => {
            let medians = pair_table(&mut input, shape)?;
            let learner = forest(input.0, shape)?;
            return Ok(Model::Forest(FromMedian { medians, learner }));
        }
        ModelName::ForestPath => {
            let medians = pair_table(&mut input, shape.of_path())?;
            let learner = forest(input.0, shape.of_path())?;
            let estimator = FromMedian { medians, learner };
            return Ok(Model::ForestPath(WholePath { n_targets: shape.n_targets, estimator }));
        }
        ModelName::ForestPerTarget => {
            let medians = pair_table(&mut input, shape)?;
            let one = Shape { n_targets: 1, ..shape };
            let forests = (0..shape.n_targets).map(|_| forest(input.bytes("a forest")?, one));
            let learner = forests.collect::<Result<_, _>>()?;
            Model::ForestPerTarget(FromMedian { medians, learner })
        }
        ModelName::ElasticNet => {
            let medians = pair_table(&mut input, shape)?;
            Model::ElasticNet(FromMedian { medians, learner: linear(&mut input, shape)? })
        }
        ModelName::Pls => {
            let medians = pair_table(&mut input, shape)?;
            Model::Pls(FromMedian { medians, learner: linear(&mut input, shape)? })
        }
        ModelName::OdMedian => Model::OdMedian(pair_table(&mut input, shape)?),
        ModelName::GreatCircle => Model::GreatCircle(pair_table(&mut input, shape)?),
        ModelName::RouteCluster => {
            let estimator = read_routes(&mut input, shape.of_path())?;
            Model::RouteCluster(WholePath { n_targets: shape.n_targets, estimator })
        }
        ModelName::SmartcoreForest
        | ModelName::SmartcoreExtraTrees
        | ModelName::SmartcoreXgBoost => return Err(Malformed("a model that is not stored")),
    };
    input.end("the end of a model")?;
    Ok(model)
}

fn forest(bytes: &[u8], shape: Shape) -> Result<Forest, Malformed> {
    let forest = Forest::decode(bytes).map_err(|_| Malformed("a forest"))?;
    let found = (forest.n_features(), forest.n_targets());
    if found == (shape.n_columns, shape.n_targets) {
        Ok(forest)
    } else {
        Err(Malformed("a forest of another shape"))
    }
}

fn linear(input: &mut Reader<'_>, shape: Shape) -> Result<LinearModel, Malformed> {
    let Shape { n_columns, n_targets, .. } = shape;
    let medians = input.f32s(n_columns, "medians")?;
    let means = Array1::from(input.f64s(n_columns, "means")?);
    let n_weights = n_columns.checked_mul(n_targets).ok_or(Malformed("weights"))?;
    let weights = Array2::from_shape_vec((n_columns, n_targets), input.f64s(n_weights, "weights")?)
        .map_err(|_| Malformed("weights"))?;
    let offsets = Array1::from(input.f64s(n_targets, "offsets")?);
    Ok(LinearModel { imputation: Imputation { medians }, means, weights, offsets })
}

pub(super) fn pair_table(input: &mut Reader<'_>, shape: Shape) -> Result<PairTable, Malformed> {
    let unseen = input.f64s(shape.n_targets, "the state of unseen pairs")?;
    let n_pairs = input.count(9 + 8 * shape.n_targets, "the number of pairs")?;
    let mut states = BTreeMap::new();
    for _ in 0..n_pairs {
        let pair = read_pair(input)?;
        states.insert(pair, input.f64s(shape.n_targets, "a pair's state")?);
    }
    if states.len() == n_pairs {
        Ok(PairTable { states, unseen })
    } else {
        Err(Malformed("a pair that is there twice"))
    }
}

/// Appends calibrations.
pub(super) fn write_calibrations(out: &mut Writer, calibrations: &Calibrations) {
    write_measures(out, &calibrations.others);
    out.count(calibrations.by_pair.len());
    for (pair, measures) in &calibrations.by_pair {
        out.text(pair);
        write_measures(out, measures);
    }
}

fn write_measures(out: &mut Writer, measures: &MeasureCalibrations) {
    for calibration in measures.states.iter().chain([&measures.duration]) {
        let [eighty, ninety] = calibration.quantiles;
        for number in [calibration.floor, eighty, ninety] {
            write_number(out, number);
        }
    }
}

/// Reads the calibrations of a model, which must take all of `bytes`.
pub(super) fn read_calibrations(bytes: &[u8], shape: Shape) -> Result<Calibrations, Malformed> {
    let mut input = Reader(bytes);
    let others = read_measures(&mut input, shape)?;
    let n_pairs = input.count(8, "the number of calibrated pairs")?;
    let pairs = (0..n_pairs).map(|_| {
        let pair = input.text("a pair")?.to_owned();
        Ok((pair, read_measures(&mut input, shape)?))
    });
    let by_pair: BTreeMap<_, _> = pairs.collect::<Result<_, _>>()?;
    if by_pair.len() != n_pairs {
        return Err(Malformed("a pair that is calibrated twice"));
    }
    input.end("the end of calibrations")?;
    Ok(Calibrations { by_pair, others })
}

fn read_measures(input: &mut Reader<'_>, shape: Shape) -> Result<MeasureCalibrations, Malformed> {
    let n_measures = shape.n_fractions.saturating_mul(shape.n_targets + 1);
    let states = (0..n_measures).map(|_| read_calibration(input)).collect::<Result<_, _>>()?;
    Ok(MeasureCalibrations { states, duration: read_calibration(input)? })
}

fn read_calibration(input: &mut Reader<'_>) -> Result<Calibration, Malformed> {
    let mut number = || {
        let number = read_number(input, "a calibration")?;
        if number.is_some_and(|number| number < 0.0) {
            return Err(Malformed("a calibration"));
        }
        Ok(number)
    };
    Ok(Calibration { floor: number()?, quantiles: [number()?, number()?] })
}
