//! *Trajectories* are what a stored model makes of flights: how long each takes, where it is at
//! each fraction of that, when, and between what bounds.
//!
//! `stage` asks for the flights that the model knows enough of.

use std::sync::Arc;

use ndarray::Array2;

use super::PredictError;
use super::choice::Chosen;
use crate::models::sphere::wrap_longitude;
use crate::models::{
    Calibrations, Durations, Inputs, Level, Model, ModelError, ModelFile, StoredSet, at_least,
    bounds, duration_bounds, elapsed_at, make_coherent, spread_of,
};
use crate::tables::{Axis, Bounds90, FeatureTable, ModelName, PredictedRow, Target};

/// A stored model as far as it is read before its flights are known.
pub(super) struct Predictor {
    at_set: usize,
    name: ModelName,
    set: StoredSet,
    /// Estimates the duration.
    duration: Model,
    calibrations: Option<Calibrations>,
}

/// What a model says of some flights.
struct Said {
    /// `(n_flights, n_targets)` for each fraction.
    states: Vec<Array2<f64>>,
    /// As many of the states' spread, in the precision that calibrations were learnt in; none for
    /// models that do not say.
    spread: Option<Vec<Array2<f32>>>,
    durations: Durations,
}

impl Predictor {
    /// Reads what the chosen model is, how long flights take and how sure it is.
    pub(super) fn open(
        file: &mut ModelFile,
        Chosen { set: at_set, model: name }: Chosen,
    ) -> Result<Self, PredictError> {
        let duration = file.duration(at_set, name)?.expect("the chosen model is stored");
        let calibrations = file.calibrations(at_set, name)?;
        Ok(Self { at_set, name, set: file.sets[at_set].clone(), duration, calibrations })
    }

    /// Whether flights of a pair, or of unknown ends, were among those learnt from.
    pub(super) fn knows(&self, pair: Option<&String>) -> bool {
        let pairs = &self.set.encoder.pairs;
        pairs.binary_search_by(|known| known.as_ref().cmp(&pair)).is_ok()
    }

    /// Whether it has nothing to start from for a pair that it does not know.
    pub(super) fn starts_from_pair(&self) -> bool {
        self.duration.starts_from_pair()
    }

    /// Whether some prediction may have an interval.
    pub(super) fn has_intervals(&self) -> bool {
        self.calibrations.as_ref().is_some_and(Calibrations::has_intervals)
    }

    /// The predicted trajectories of some flights of a table.
    pub(super) fn rows(
        &self,
        file: &mut ModelFile,
        table: &FeatureTable,
        flights: &[usize],
    ) -> Result<Vec<PredictedRow>, PredictError> {
        let set = &self.set;
        let pairs: Vec<Option<String>> = flights.iter().map(|flight| table.pair(*flight)).collect();
        let x = set.encoder.encode(table, flights);
        let said = self.said(file, Inputs { x: x.view(), pairs: &pairs })?;
        let column = |target| set.targets.iter().position(|known| *known == target);
        let always = |target| column(target).expect("every model predicts it");
        let (elapsed, distance) = (always(Target::Elapsed), always(Target::Distance));
        let altitude = column(Target::Altitude);
        let mut rows = Vec::with_capacity(flights.len() * file.fractions.len());
        for (row, &flight) in flights.iter().enumerate() {
            let flight_id: Arc<str> = table.flight_id[flight].as_str().into();
            let duration_s = at_least(set.horizon, said.durations.predicted_s[row]);
            for (at, (&fraction, states)) in file.fractions.iter().zip(&said.states).enumerate() {
                let elapsed_s = elapsed_at(set.axis, fraction, states[[row, elapsed]], duration_s);
                let ends = self.bounds(&said, (at, fraction), row, pairs[row].as_deref());
                rows.push(PredictedRow {
                    model: self.name,
                    horizon: set.horizon,
                    axis: set.axis,
                    flight_id: Arc::clone(&flight_id),
                    fraction,
                    longitude_deg: wrap_longitude(states[[row, 0]]),
                    latitude_deg: states[[row, 1]],
                    altitude_m: altitude.map(|column| states[[row, column]]),
                    elapsed_s,
                    distance_m: states[[row, distance]],
                    duration_s,
                    bounds: ends,
                });
            }
        }
        Ok(rows)
    }

    fn said(&self, file: &mut ModelFile, inputs: Inputs<'_>) -> Result<Said, PredictError> {
        let failed = |fraction, source: ModelError| PredictError::Model {
            model: self.name,
            axis: self.set.axis,
            fraction,
            source,
        };
        let fractions = file.fractions.clone();
        let durations =
            Durations::predict(&self.duration, inputs).map_err(|source| failed(1.0, source))?;
        let mut states = Vec::with_capacity(fractions.len());
        let mut spread = Some(Vec::with_capacity(fractions.len()));
        for (at, &fraction) in fractions.iter().enumerate().take(file.n_estimators(self.name)) {
            let model = file.model(self.at_set, self.name, at)?;
            let model = model.expect("the chosen model is stored");
            let (said, its_spread) =
                model.predict_with_spread(inputs).map_err(|source| failed(fraction, source))?;
            states.extend(said);
            spread = spread.zip(its_spread).map(|(mut all, its_own)| {
                all.extend(its_own.iter().map(|spread| spread.mapv(|value| value as f32)));
                all
            });
        }
        make_coherent(&mut states, self.set.targets);
        Ok(Said { states, spread, durations })
    }

    /// The ends of the intervals of a flight's state at the fraction of a number, and of its
    /// duration. Along time, those of the times are the fraction of the duration's.
    fn bounds(
        &self,
        said: &Said,
        (at, fraction): (usize, f64),
        row: usize,
        pair: Option<&str>,
    ) -> Option<Box<Bounds90>> {
        let Self { set, calibrations, .. } = self;
        let calibrations = calibrations.as_ref()?.of(pair);
        let n_measures = set.targets.len() + 1;
        let states = &said.states[at];
        let half_width = |measure: usize| {
            let spread = said.spread.as_ref();
            let spread = spread.map(|all| spread_of(states, &all[at], row, measure));
            calibrations.states[at * n_measures + measure].half_width(Level::Ninety, spread)
        };
        let state = bounds(set.targets, states.row(row), half_width);
        let spread = said.durations.spread.as_ref().map(|all| f64::from(all[row]));
        let half_width_s = calibrations.duration.half_width(Level::Ninety, spread);
        let predicted_s = at_least(set.horizon, said.durations.predicted_s[row]);
        let duration_s = half_width_s.map(|width| duration_bounds(set.horizon, predicted_s, width));
        let elapsed_s = match set.axis {
            Axis::Time => {
                duration_s.map(|(soonest, latest)| (fraction * soonest, fraction * latest))
            }
            Axis::Distance => state.elapsed_s,
        };
        let all = Bounds90 { elapsed_s, duration_s, ..state };
        (all != Bounds90::default()).then(|| Box::new(all))
    }
}
