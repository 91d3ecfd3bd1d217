//! The *duration* of a flight is predicted first, as a target of its own, by the same models as
//! its states at the fractions: x % of a flight is no time on a clock for somebody who does not
//! know how long it will take.
//!
//! `train` fits and scores it, `store` keeps it beside the states' estimators, and `predict` and
//! the errors at absolute times take the times of a trajectory from it.

use std::sync::Mutex;

use ndarray::{Array2, concatenate};

use super::fitting::joined;
use super::{
    FitError, Inputs, Model, ModelError, RouteCluster, Seeds, Settings, Training, WholePath, fit,
};
use crate::tables::{Axis, Horizon, ModelName, Target};

/// Seconds from the first to the last row of some flights, as a model predicts them.
#[derive(Debug, Clone, PartialEq)]
pub struct Durations {
    /// The predictions.
    pub predicted_s: Vec<f64>,
    /// How much the trees disagree about each; none for models without trees of ours.
    pub spread: Option<Vec<f32>>,
}

impl Durations {
    /// What a model of [`fit_duration`] says of some flights.
    ///
    /// # Errors
    /// As those of [`Model::predict`].
    pub fn predict(model: &Model, inputs: Inputs<'_>) -> Result<Self, ModelError> {
        let (predicted, spread) = model.predict_with_spread(inputs)?;
        let column = |matrix: &Array2<f64>| matrix.column(0).to_vec();
        let narrow = |spread: Vec<f64>| spread.into_iter().map(|value| value as f32).collect();
        Ok(Self {
            predicted_s: predicted.first().map(column).unwrap_or_default(),
            spread: spread.and_then(|spread| spread.first().map(column)).map(narrow),
        })
    }
}

/// Fits a model of the flights' durations. It is one of the same kind as those of their states,
/// learns from the same flights and features, and has draws of its own. `stopped` is asked from
/// time to time, from any thread.
///
/// # Errors
/// As those of [`fit`].
///
/// # Panics
/// As [`fit`].
pub fn fit_duration(
    name: ModelName,
    training: &Training<'_>,
    settings: Settings<'_>,
    seeds: Seeds<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Model, FitError> {
    let durations: Vec<f64> = training.spans.iter().map(|span| span.duration_s).collect();
    let durations = Array2::from_shape_fn((durations.len(), 1), |(flight, _)| durations[flight]);
    if name == ModelName::RouteCluster {
        return of_routes(training, &durations, settings, seeds, stopped)
            .map_err(|source| FitError { at: None, source });
    }
    let targets = [durations];
    let of_duration = Training {
        targets: &targets,
        columns: &[Target::Duration],
        fractions: &[1.0],
        inputs: Inputs { x: training.inputs.x.reborrow(), pairs: training.inputs.pairs },
        features: training.features,
        spans: training.spans,
    };
    let own = |at: usize, _: Option<Target>| (seeds.own)(at, Some(Target::Duration));
    let seeds = Seeds { shared: own(0, None), own: &own };
    let fitted = Mutex::new(None);
    let done =
        |_, model| *fitted.lock().expect("nothing panics while it holds a model") = Some(model);
    fit(name, &of_duration, settings, seeds, stopped, &done)?;
    let fitted = fitted.into_inner().expect("nothing panics while it holds a model");
    Ok(fitted.expect("one estimator was fitted, of one fraction"))
}

/// The median duration of each route, which are the same routes as those of the states.
fn of_routes(
    training: &Training<'_>,
    durations: &Array2<f64>,
    settings: Settings<'_>,
    seeds: Seeds<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Model, ModelError> {
    let (tracks, mut columns) = joined(training);
    let targets = concatenate(ndarray::Axis(1), &[tracks.view(), durations.view()])
        .expect("both have a row per flight");
    columns.push(Target::Duration);
    let (config, seed) = (settings.route_cluster, (seeds.own)(0, None));
    let routes =
        RouteCluster::fit(training.inputs, targets.view(), &columns, config, seed, stopped)?;
    let estimator = routes.of_last_target();
    Ok(Model::RouteCluster(WholePath { n_targets: 1, estimator }))
}

/// The predicted duration of a flight that is in the air at a horizon: no less than what has
/// passed.
#[must_use]
pub fn at_least(horizon: Horizon, duration_s: f64) -> f64 {
    duration_s.max(horizon.elapsed_s().unwrap_or(0.0))
}

/// When a flight of a predicted duration is at a fraction, in seconds since the first row. Along
/// time that is the fraction of the duration; along distance what was predicted for the
/// fraction, but no later than the end.
#[must_use]
pub fn elapsed_at(axis: Axis, fraction: f64, elapsed_s: f64, duration_s: f64) -> f64 {
    match axis {
        Axis::Time => fraction * duration_s,
        Axis::Distance => elapsed_s.min(duration_s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::is_stored;
    use crate::models::testing::{fit_all, fit_one_duration, flights, forest_config, lessons};

    #[test]
    fn every_model_learns_the_duration_as_it_learns_the_states() {
        // The wind decides how long a flight takes, and is known here.
        let lessons = lessons(&flights(120), &[0.25, 0.5], &[]);
        let training = lessons.training();
        let truth: Vec<f64> = lessons.dataset.spans.iter().map(|span| span.duration_s).collect();
        let mean_off = |name| {
            let model = fit_one_duration(name, &training, &forest_config());
            let found = Durations::predict(&model, training.inputs).unwrap();
            assert_eq!(found.spread.is_some(), crate::models::is_grown(name), "{name}");
            let off = found.predicted_s.iter().zip(&truth).map(|(a, b)| (a - b).abs());
            off.sum::<f64>() / truth.len() as f64
        };
        let median = mean_off(ModelName::OdMedian);
        assert!((100.0..200.0).contains(&median), "{median}");
        assert_eq!(mean_off(ModelName::GreatCircle), median);
        for &name in ModelName::ALL {
            let off = mean_off(name);
            let is_learner = crate::models::uses_features(name);
            let allowed = if name == ModelName::RouteCluster { 1.0 } else { 0.4 };
            assert!(!is_learner || off <= allowed * median, "{name}: {off} of {median}");
        }
    }

    #[test]
    fn the_duration_of_a_route_is_the_median_of_the_flights_that_take_it() {
        let mut table = flights(60);
        let is_north = |flight: usize| flight.is_multiple_of(2);
        for flight in 0..60 {
            table.duration_s[flight] = if is_north(flight) { 5000.0 } else { 3000.0 };
            table.features[0].values[flight] = if is_north(flight) { 1.0 } else { -1.0 };
        }
        let mut targets = crate::models::testing::targets(&table, &[0.25, 0.5], 0.0);
        for row in &mut targets.rows {
            let flight: usize = row.flight_id[1..].parse().unwrap();
            row.latitude_deg += if is_north(flight) { 2.0 } else { -2.0 };
        }
        let dataset = crate::models::Dataset::join(&table, &targets, Axis::Time, &[0.25, 0.5]);
        let lessons = crate::models::testing::lessons_of(&table, dataset, &[]);
        let training = lessons.training();
        let name = ModelName::RouteCluster;
        let model = fit_one_duration(name, &training, &forest_config());
        let found = Durations::predict(&model, training.inputs).unwrap().predicted_s;
        let expected = |flight| if is_north(flight) { 5000.0 } else { 3000.0 };
        assert_eq!(found, (0..60).map(expected).collect::<Vec<f64>>());
        // The routes are those of the states.
        let states = fit_all(name, &training, &forest_config());
        let states = states[0].predict(training.inputs).unwrap();
        assert!((0..60).all(|flight| (states[0][[flight, 1]] > 40.7) == is_north(flight)));
        assert!(is_stored(name));
    }

    #[test]
    fn times_follow_from_the_duration_and_none_is_after_the_end_or_before_now() {
        let horizon: Horizon = "elapsed:600s".parse().unwrap();
        assert_eq!(at_least(horizon, 500.0), 600.0);
        assert_eq!(at_least(horizon, 700.0), 700.0);
        assert_eq!(at_least(Horizon::Departure, -5.0), 0.0);
        assert_eq!(elapsed_at(Axis::Time, 0.25, 7.0, 1000.0), 250.0);
        assert_eq!(elapsed_at(Axis::Distance, 0.25, 7.0, 1000.0), 7.0);
        assert_eq!(elapsed_at(Axis::Distance, 0.95, 1200.0, 1000.0), 1000.0);
    }
}
