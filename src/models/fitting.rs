//! A *fitting* makes a model's estimators, one per fraction or one of all. [`fit`] is the one
//! way to get any.
//!
//! `train` calls it, for every fold and for the final fit. What the fractions have in common
//! is done once: our forests sort the features once and draw the same flights for all.

use std::ops::ControlFlow;

use ndarray::{Array2, ArrayView2, Axis as MatrixAxis};
use rayon::prelude::*;

use super::collection::Collection;
use super::smartcore_models::Kind;
use super::{
    ElasticNetConfig, FitError, ForestConfig, FromMedian, Inputs, LinearModel, Model, ModelError,
    PairTable, PlsConfig, RouteCluster, RouteClusterConfig, SmartcoreModel, Span, WholePath,
    XgBoostConfig, from_median, path,
};
use crate::forest::{Features, Forest, ForestError, Job};
use crate::tables::{ModelName, Target};

/// What the estimators of a model learn from.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// The flights.
    pub inputs: Inputs<'a>,
    /// Their features, sorted, if the model [`is_grown`](super::is_grown).
    pub features: Option<&'a Features>,
    /// At each fraction their targets `(n_flights, n_targets)`, all finite.
    pub targets: &'a [Array2<f64>],
    /// What the columns of `targets` are.
    pub columns: &'a [Target],
    /// Their ends.
    pub spans: &'a [Span],
    /// The fractions at which the targets are.
    pub fractions: &'a [f64],
}

/// How estimators are fitted.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// For the forests.
    pub forest: &'a ForestConfig,
    /// For the elastic net.
    pub elastic_net: &'a ElasticNetConfig,
    /// For partial least squares.
    pub pls: &'a PlsConfig,
    /// For the clusters of routes.
    pub route_cluster: &'a RouteClusterConfig,
    /// For smartcore's boosted trees.
    pub xg_boost: &'a XgBoostConfig,
    /// Whether models that use features learn from the median of the pair.
    pub from_median: bool,
}

/// What the random draws of a model's estimators come from.
#[derive(Clone, Copy)]
pub struct Seeds<'a> {
    /// For draws that all fractions share: the flights that each tree sees.
    pub shared: u64,
    /// For all other draws at the fraction of a number, for one target, or for all of a joint
    /// model.
    pub own: &'a (dyn Fn(usize, Option<Target>) -> u64 + Sync),
}

/// Fits the estimators of a model, in parallel. Each is handed to `done`, with the number of
/// its fraction, as soon as it is there, by and large in the order of the fractions; one of all
/// fractions ([`is_of_path`](super::is_of_path)) is handed over once, with number 0. `stopped`
/// is asked from time to time. Both are called from any thread. The estimators do not depend
/// on the number of threads.
///
/// # Errors
/// As [`ModelError`] says; some estimators may have been handed over by then.
///
/// # Panics
/// If the features of a model that [`is_grown`](super::is_grown) were not sorted.
pub fn fit(
    name: ModelName,
    training: &Training<'_>,
    settings: Settings<'_>,
    seeds: Seeds<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
    done: &(dyn Fn(usize, Model) + Sync),
) -> Result<(), FitError> {
    let Training { inputs: Inputs { x, pairs }, columns, spans, fractions, .. } = *training;
    let grow = |jobs: &[Job<'_>], on_forest: &(dyn Fn(usize, Forest) + Sync)| {
        let grown = grow(training, settings.forest, seeds.shared, jobs, stopped, on_forest);
        grown.map_err(|source| FitError { at: None, source })
    };
    let each = |fit_one: FitOne<'_>| fit_each(training, fit_one, stopped, done);
    let smartcore = |kind: Kind<'_>, at: usize, y: ArrayView2<'_, f64>| {
        let (medians, differences) = from_median::part(pairs, y, columns, settings.from_median)?;
        let seed_of = |target: &Target| (seeds.own)(at, Some(*target));
        let seeds: Vec<u64> = columns.iter().map(seed_of).collect();
        let learner = SmartcoreModel::fit(x, differences.view(), kind, &seeds, stopped)?;
        Ok::<_, ModelError>(FromMedian { medians, learner })
    };
    match name {
        ModelName::Forest => {
            let (medians, differences) = from_medians(training, settings.from_median)?;
            grow(&joint_jobs(&differences, seeds), &|at, learner| {
                done(at, Model::Forest(FromMedian { medians: medians[at].clone(), learner }));
            })
        }
        ModelName::ForestPerTarget => {
            let (medians, differences) = from_medians(training, settings.from_median)?;
            let collection = Collection::new(training.targets.len(), columns.len());
            grow(&jobs_per_target(&differences, columns, seeds), &|job, forest| {
                if let Some((at, learner)) = collection.add(job, forest) {
                    let medians = medians[at].clone();
                    done(at, Model::ForestPerTarget(FromMedian { medians, learner }));
                }
            })
        }
        ModelName::ForestPath => {
            let n_targets = columns.len();
            let (joined, columns) = joined(training);
            let (medians, differences) =
                from_median::part(pairs, joined.view(), &columns, settings.from_median)
                    .map_err(|source| FitError { at: None, source })?;
            let job = Job { targets: differences.view(), seed: (seeds.own)(0, None) };
            grow(&[job], &|at, learner| {
                let estimator = FromMedian { medians: medians.clone(), learner };
                done(at, Model::ForestPath(WholePath { n_targets, estimator }));
            })
        }
        ModelName::RouteCluster => {
            let n_targets = columns.len();
            let (joined, columns) = joined(training);
            let (inputs, config) = (training.inputs, settings.route_cluster);
            let seed = (seeds.own)(0, None);
            let estimator =
                RouteCluster::fit(inputs, joined.view(), &columns, config, seed, stopped)
                    .map_err(|source| FitError { at: None, source })?;
            done(0, Model::RouteCluster(WholePath { n_targets, estimator }));
            Ok(())
        }
        ModelName::SmartcoreForest => each(&|at, y| {
            smartcore(Kind::RandomForest(settings.forest), at, y).map(Model::SmartcoreForest)
        }),
        ModelName::SmartcoreExtraTrees => each(&|at, y| {
            smartcore(Kind::ExtraTrees(settings.forest), at, y).map(Model::SmartcoreExtraTrees)
        }),
        ModelName::SmartcoreXgBoost => each(&|at, y| {
            smartcore(Kind::XgBoost(settings.xg_boost), at, y).map(Model::SmartcoreXgBoost)
        }),
        ModelName::ElasticNet => each(&|_, y| {
            let (medians, differences) =
                from_median::part(pairs, y, columns, settings.from_median)?;
            let learner = LinearModel::fit(x, differences.view(), settings.elastic_net)?;
            Ok(Model::ElasticNet(FromMedian { medians, learner }))
        }),
        ModelName::Pls => each(&|_, y| {
            let (medians, differences) =
                from_median::part(pairs, y, columns, settings.from_median)?;
            let learner = LinearModel::fit_pls(x, differences.view(), settings.pls)?;
            Ok(Model::Pls(FromMedian { medians, learner }))
        }),
        ModelName::OdMedian => {
            each(&|_, y| PairTable::od_median(pairs, y, columns).map(Model::OdMedian))
        }
        ModelName::GreatCircle => each(&|at, y| {
            PairTable::great_circle(pairs, y, columns, spans, fractions[at]).map(Model::GreatCircle)
        }),
    }
}

/// The targets at all fractions side by side, and what they are.
pub(super) fn joined(training: &Training<'_>) -> (Array2<f64>, Vec<Target>) {
    let columns = path::joined_columns(training.columns, training.fractions.len());
    (path::joined(training.targets), columns)
}

/// At each fraction the medians of the pairs, and how the targets differ from them.
fn from_medians(
    training: &Training<'_>,
    from_median: bool,
) -> Result<(Vec<PairTable>, Vec<Array2<f64>>), FitError> {
    let parted = training.targets.iter().enumerate().map(|(at, targets)| {
        from_median::part(training.inputs.pairs, targets.view(), training.columns, from_median)
            .map_err(|source| FitError { at: Some(at), source })
    });
    parted.collect()
}

/// What fits the estimator at the fraction of a number to its targets.
type FitOne<'a> = &'a (dyn Fn(usize, ArrayView2<'_, f64>) -> Result<Model, ModelError> + Sync);

/// Fits estimators that have nothing in common.
fn fit_each(
    training: &Training<'_>,
    fit_one: FitOne<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
    done: &(dyn Fn(usize, Model) + Sync),
) -> Result<(), FitError> {
    training.targets.par_iter().enumerate().try_for_each(|(at, targets)| {
        let fitted =
            if stopped() { Err(ModelError::Interrupted) } else { fit_one(at, targets.view()) };
        done(at, fitted.map_err(|source| FitError { at: Some(at), source })?);
        Ok(())
    })
}

/// Grows a forest per job.
fn grow(
    training: &Training<'_>,
    config: &ForestConfig,
    seed: u64,
    jobs: &[Job<'_>],
    stopped: &(dyn Fn() -> bool + Sync),
    on_forest: &(dyn Fn(usize, Forest) + Sync),
) -> Result<(), ModelError> {
    let features = training.features.expect("features were sorted for the forests");
    let params = config.params(seed).check().map_err(ForestError::from)?;
    let on_tree = || if stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    Ok(Forest::fit_many(features, jobs, &params, &on_tree, on_forest)?)
}

/// A job per fraction.
fn joint_jobs<'a>(targets: &'a [Array2<f64>], seeds: Seeds<'_>) -> Vec<Job<'a>> {
    let fractions = targets.iter().enumerate();
    fractions.map(|(at, y)| Job { targets: y.view(), seed: (seeds.own)(at, None) }).collect()
}

/// A job per fraction and target, all targets of a fraction together.
fn jobs_per_target<'a>(
    targets: &'a [Array2<f64>],
    columns: &[Target],
    seeds: Seeds<'_>,
) -> Vec<Job<'a>> {
    let mut jobs = Vec::with_capacity(targets.len() * columns.len());
    for (at, y) in targets.iter().enumerate() {
        for (column, target) in columns.iter().enumerate() {
            let targets = y.column(column).insert_axis(MatrixAxis(1));
            jobs.push(Job { targets, seed: (seeds.own)(at, Some(*target)) });
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::forest::{MaxSamples, Thresholds};
    use crate::models::testing::{
        Lessons, fit_all, flights, forest_config, lessons, settings, training,
    };
    use crate::models::{Encoder, SampleDraw, is_grown, is_of_path};
    use crate::problem::{Class, Problem as _};
    use crate::tables::Horizon;

    /// The prediction of an estimator of one fraction.
    fn predict(model: &Model, inputs: Inputs<'_>) -> Array2<f64> {
        let mut predicted = model.predict(inputs).unwrap();
        assert_eq!(predicted.len(), 1);
        predicted.swap_remove(0)
    }

    fn some_lessons(n: usize) -> Lessons {
        lessons(&flights(n), &[0.25, 0.5, 0.75], &[])
    }

    #[test]
    fn each_forest_learns_its_own_fraction_and_target() {
        let lessons = some_lessons(30);
        let training = lessons.training();
        let params = forest_config().params(7).check().unwrap();
        let alone = |y: ArrayView2<'_, f64>, column: &[Target]| {
            let (medians, y) = from_median::part(training.inputs.pairs, y, column, true).unwrap();
            let x = lessons.x.view();
            let forest = Forest::fit(x, y.view(), &params, &|| ControlFlow::Continue(()));
            medians.predict(training.inputs.pairs) + forest.unwrap().predict(x).unwrap()
        };
        let (inputs, columns) = (training.inputs, training.columns);
        for (at, joint) in
            fit_all(ModelName::Forest, &training, &forest_config()).iter().enumerate()
        {
            assert_eq!(predict(joint, inputs), alone(training.targets[at].view(), columns));
        }
        let per_target = fit_all(ModelName::ForestPerTarget, &training, &forest_config());
        assert_eq!(per_target.len(), 3);
        for (at, model) in per_target.iter().enumerate() {
            let predicted = predict(model, inputs);
            for (target, column) in predicted.columns().into_iter().enumerate() {
                let y = training.targets[at].column(target).insert_axis(MatrixAxis(1));
                assert_eq!(column, alone(y, &columns[target..=target]).column(0));
            }
        }
    }

    #[test]
    fn a_forest_of_paths_is_one_forest_of_all_targets_side_by_side() {
        let lessons = some_lessons(30);
        let training = lessons.training();
        let fitted = fit_all(ModelName::ForestPath, &training, &forest_config());
        assert_eq!(fitted.len(), 1);
        let predicted = fitted[0].predict(training.inputs).unwrap();
        assert_eq!(predicted.len(), 3);
        let (whole, columns) = joined(&training);
        assert_eq!(whole.ncols(), 15);
        let pairs = training.inputs.pairs;
        let (medians, y) = from_median::part(pairs, whole.view(), &columns, true).unwrap();
        let params = forest_config().params(7).check().unwrap();
        let (x, go_on) = (training.inputs.x, || ControlFlow::Continue(()));
        let expected = medians.predict(pairs)
            + Forest::fit(x, y.view(), &params, &go_on).unwrap().predict(x).unwrap();
        for (at, found) in predicted.iter().enumerate() {
            let of_fraction = ndarray::Slice::from(5 * at..5 * (at + 1));
            assert_eq!(found, expected.slice_axis(MatrixAxis(1), of_fraction));
            // The wind decides: whoever mixes up fractions is off by a hundred miles.
            for (found, target) in found.column(0).iter().zip(training.targets[at].column(0)) {
                assert!((found - target).abs() < 0.1, "{found} {target}");
            }
        }
    }

    #[test]
    fn of_one_pair_the_same_is_learnt_from_the_median_as_without_it() {
        let lessons = some_lessons(60);
        let table = flights(60);
        let rows = &lessons.dataset.rows;
        let encoder = Encoder::learn(&table, rows, Horizon::WholeFlight, &[], false);
        let x = encoder.encode(&table, rows);
        assert_ne!(x, lessons.x);
        let features = Features::new(x.view()).unwrap();
        let plain = training(&lessons.dataset, &x, &features);
        let (forest, fitted) = (forest_config(), Mutex::new(Vec::new()));
        let settings = Settings { from_median: false, ..settings(&forest) };
        let seeds = Seeds { shared: 7, own: &|_, _| 7 };
        let done = |at, model| fitted.lock().unwrap().push((at, model));
        fit(ModelName::Forest, &plain, settings, seeds, &|| false, &done).unwrap();
        let from_median = fit_all(ModelName::Forest, &lessons.training(), &forest);
        for (at, model) in fitted.into_inner().unwrap() {
            let expected = predict(&model, plain.inputs);
            let found = predict(&from_median[at], lessons.training().inputs);
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} {expected}");
            }
        }
    }

    #[test]
    fn what_the_section_says_reaches_the_trees() {
        let lessons = some_lessons(60);
        let grown = |config: &ForestConfig| {
            let Model::Forest(FromMedian { learner: forest, .. }) =
                fit_all(ModelName::Forest, &lessons.training(), config).swap_remove(0)
            else {
                panic!("a forest was fitted")
            };
            forest
        };
        let plain = ForestConfig { trees: 5, ..forest_config() };
        let usual = grown(&plain);
        assert!(usual.n_nodes() > 5 * 9, "{}", usual.n_nodes());
        let small = grown(&ForestConfig { max_leaf_nodes: Some(4), ..plain.clone() });
        assert_eq!(small.n_nodes(), 5 * 7);
        let one = Some(SampleDraw(MaxSamples::Count(1)));
        let blind = grown(&ForestConfig { max_samples: one, ..plain.clone() });
        assert_eq!(blind.n_nodes(), 5);
        let random = Some(Thresholds::Random);
        assert_ne!(grown(&ForestConfig { thresholds: random, ..plain.clone() }), usual);
        let best = Some(Thresholds::Best);
        assert_eq!(grown(&ForestConfig { thresholds: best, ..plain }), usual);
    }

    #[test]
    fn every_model_stops_when_it_is_asked_to() {
        let lessons = some_lessons(20);
        for &name in ModelName::ALL {
            let asked = AtomicUsize::new(0);
            let stopped = || asked.fetch_add(1, Ordering::SeqCst) > 0;
            let forest = forest_config();
            let settings = settings(&forest);
            let seeds = Seeds { shared: 1, own: &|_, _| 2 };
            let error = fit(name, &lessons.training(), settings, seeds, &stopped, &|_, _| {});
            let error = error.unwrap_err();
            assert_eq!(error.source.class(), Class::Interrupted, "{name}");
            assert_eq!(error.at.is_none(), is_grown(name) || is_of_path(name));
        }
    }

    #[test]
    fn what_fails_at_one_fraction_says_at_which() {
        let mut lessons = some_lessons(20);
        lessons.dataset.targets[1].fill(f64::NAN);
        let forest = forest_config();
        let settings = settings(&forest);
        let seeds = Seeds { shared: 1, own: &|_, _| 2 };
        let (training, name) = (lessons.training(), ModelName::ElasticNet);
        let error = fit(name, &training, settings, seeds, &|| false, &|_, _| {}).unwrap_err();
        assert_eq!(error.at, Some(1));
    }
}
