//! *Tuning* chooses the forests' settings at each horizon by nested forward validation: on the
//! folds of `forward` but the last, whose flights it never looks at.
//!
//! `cli` calls [`tune`] for `traj train --tune`, lays what was chosen over the configuration, and
//! trains with that. So the run's figures of the last fold are those of settings that were chosen
//! without it, and the other folds' are flattered by the choice: a check says both.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::candidates::candidates;
use super::division::{Division, divide};
use super::inputs::Material;
use super::scoring::{Class, gather, predict_fold};
use super::trial::{Arena, Ground, Trial};
use super::way::Way;
use super::work::Work;
use super::{HorizonConfig, HorizonConfigs, TrainError, TrainInputs};
use crate::evaluate::{Fold, HeldOut};
use crate::forest::MaxFeatures;
use crate::models::{Dataset, FeatureDraw, is_grown};
use crate::problem::Invalid;
use crate::progress::Progress;
use crate::tables::{Horizon, ModelName, Split, TrialRecord, TrialRow, TuningRecord};

/// What tuning chose, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    /// The sections `[horizon.<name>]` to train with.
    pub at_horizons: HorizonConfigs,
    /// For `trials.parquet`.
    pub(super) rows: Vec<TrialRow>,
    /// For `run.json`.
    pub(super) record: TuningRecord,
}

/// The trials at a horizon.
struct Race {
    horizon: Horizon,
    candidates: Vec<HorizonConfig>,
    trials: Vec<Trial>,
    /// Place of the best trial.
    best: usize,
}

/// Tries settings until all are tried or the `budget` of time is spent. The settings as they are
/// configured are tried first, at every horizon and whatever it takes; a trial under way when the
/// budget ends does not count. Equal inputs give equal trials at any number of threads; the budget
/// decides no more than how many there are.
///
/// # Errors
/// As [`TrainError`] says; [`TrainError::Interrupted`] soon after `progress` says stop. Nothing is
/// written.
pub fn tune(
    inputs: &TrainInputs<'_>,
    budget: Duration,
    progress: &dyn Progress,
) -> Result<Tuning, TrainError> {
    let began = Instant::now();
    let material = Material::read(inputs)?;
    let models: Vec<ModelName> =
        inputs.train.models.iter().copied().filter(|name| is_grown(*name)).collect();
    if models.is_empty() {
        let message = "names no forest of ours to tune: forest, forest-per-target, forest-path";
        return Err(Invalid::new("train.models", message).into());
    }
    if !inputs.train.splits.contains(&Split::Forward) {
        let message = "lacks `forward`, whose folds tuning chooses and is judged by";
        return Err(Invalid::new("train.splits", message).into());
    }
    let quiet = Within { progress, until: None };
    let grounds = grounds(inputs, &material, Work { inputs, progress: &quiet, way: Way::Whole })?;
    let mut races: Vec<Race> = material
        .horizons
        .iter()
        .map(|&horizon| Race {
            horizon,
            candidates: candidates(inputs, &material.features, horizon),
            trials: Vec::new(),
            best: 0,
        })
        .collect();
    let n_planned: usize = races.iter().map(|race| race.candidates.len()).sum();
    progress.begin("tuning forests", n_planned as u64, 0);
    let most = races.iter().map(|race| race.candidates.len()).max().unwrap_or(0);
    let until = began.checked_add(budget);
    let mut is_cut = false;
    // By number, then by horizon: so a budget that is spent cuts all horizons alike.
    'trials: for number in 0..most {
        for race in races.iter_mut().filter(|race| number < race.candidates.len()) {
            let (horizon, grounds, models) = (race.horizon, &grounds[..], &models[..]);
            let arena = Arena { inputs, material: &material, grounds, models, horizon };
            let watch = Within { progress, until: until.filter(|_| number > 0) };
            match race.try_next(arena, number, &watch) {
                Ok(()) => progress.advance(1, 0),
                Err(TrainError::Interrupted) if !progress.stopped() => {
                    is_cut = true;
                    break 'trials;
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(conclude(inputs, &grounds, &races, (n_planned, is_cut, budget, began.elapsed())))
}

impl Race {
    fn try_next(
        &mut self,
        arena: Arena<'_>,
        number: usize,
        watch: &Within<'_>,
    ) -> Result<(), TrainError> {
        Work { inputs: arena.inputs, progress: watch, way: Way::Whole }.check()?;
        let settings = self.candidates[number].clone();
        let trial = arena.try_out(settings, self.trials.get(self.best), watch)?;
        // Of equal ones the earlier: the configured, else the cheaper.
        let is_best = number == 0
            || trial.skill().is_some_and(|skill| {
                self.trials[self.best].skill().is_none_or(|best| skill > best)
            });
        if is_best {
            self.best = number;
        }
        self.trials.push(trial);
        Ok(())
    }
}

/// What folds of `forward` there are to choose by, on each axis.
fn grounds(
    inputs: &TrainInputs<'_>,
    material: &Material,
    work: Work<'_>,
) -> Result<Vec<Ground>, TrainError> {
    let ground = |(dataset, duplicates): (&Dataset, &Vec<Vec<usize>>)| {
        let division = divide(inputs, material, dataset, duplicates)?;
        let folds = earlier_folds(&division, duplicates);
        if folds.is_empty() {
            let found = division.get(&Split::Forward).map_or(0, Vec::len);
            return Err(TrainError::NothingToTuneOn { found });
        }
        let dataset = at_fractions(dataset, &inputs.tune.fractions);
        let class = Class { horizon: None, models: vec![ModelName::OdMedian] };
        let median = |(number, fold): (usize, &Fold)| {
            let label = format!("tune/{number}");
            let seen = predict_fold(work, material, &dataset, &class, fold, &label)?;
            Ok::<HeldOut, TrainError>(gather(&dataset, std::slice::from_ref(fold), &[seen], 0))
        };
        let medians = folds.iter().enumerate().map(median).collect::<Result<_, _>>()?;
        Ok(Ground { dataset, folds, medians })
    };
    material.datasets.iter().zip(&material.duplicates).map(ground).collect()
}

/// The folds of `forward` but the last, without the flights that the last holds out and other
/// recordings of these. Folds of a file may have some of them.
fn earlier_folds(division: &Division, duplicates: &[Vec<usize>]) -> Vec<Fold> {
    let Some((last, earlier)) = division.get(&Split::Forward).and_then(|f| f.split_last()) else {
        return Vec::new();
    };
    let mut hidden: BTreeSet<usize> = last.test.iter().copied().collect();
    for group in duplicates {
        if group.iter().any(|flight| last.test.binary_search(flight).is_ok()) {
            hidden.extend(group);
        }
    }
    let seen = |flights: &[usize]| -> Vec<usize> {
        flights.iter().copied().filter(|flight| !hidden.contains(flight)).collect()
    };
    let folds =
        earlier.iter().map(|fold| Fold { train: seen(&fold.train), test: seen(&fold.test) });
    folds.filter(|fold| !fold.train.is_empty() && !fold.test.is_empty()).collect()
}

/// The dataset at those of its fractions that are nearest to some.
fn at_fractions(dataset: &Dataset, wanted: &[f64]) -> Dataset {
    let places = super::importances_config::nearest(wanted, &dataset.fractions);
    Dataset {
        fractions: places.iter().map(|at| dataset.fractions[*at]).collect(),
        targets: places.iter().map(|at| dataset.targets[*at].clone()).collect(),
        ..dataset.clone()
    }
}

fn conclude(
    inputs: &TrainInputs<'_>,
    grounds: &[Ground],
    races: &[Race],
    (n_planned, is_cut, budget, took): (usize, bool, Duration, Duration),
) -> Tuning {
    let mut at_horizons = inputs.at_horizons.clone();
    let (mut rows, mut trials) = (Vec::new(), Vec::new());
    for race in races {
        // Where the configured settings are best, the configuration stays as it is.
        if race.best > 0 {
            at_horizons.insert(race.horizon, race.trials[race.best].settings.clone());
        }
        for (number, trial) in race.trials.iter().enumerate() {
            let forest = trial.settings.forest(inputs.forest);
            let is_chosen = number == race.best;
            let skills = &trial.skills;
            for ((axis, model), errors) in &trial.errors {
                let (horizontal_nmi, median_nmi) = errors.means();
                rows.push(TrialRow {
                    horizon: race.horizon,
                    trial: number as u32,
                    model: *model,
                    axis: *axis,
                    trees: forest.trees as u64,
                    min_samples_leaf: forest.min_samples_leaf as u64,
                    max_features: spelt(forest.max_features),
                    aggregates: trial.settings.aggregates.as_ref().map(|words| words.join(" ")),
                    folds: skills.len() as u32,
                    n: errors.n(),
                    horizontal_nmi,
                    median_nmi,
                    skill: errors.skill(),
                    is_given_up: trial.is_given_up,
                    is_chosen,
                });
            }
            trials.push(TrialRecord {
                horizon: race.horizon,
                trial: number as u32,
                trees: forest.trees,
                min_samples_leaf: forest.min_samples_leaf,
                max_features: spelt(forest.max_features),
                aggregates: trial.settings.aggregates.clone(),
                skill: skills.last().copied().flatten(),
                is_given_up: trial.is_given_up,
                is_chosen,
            });
        }
    }
    let record = TuningRecord {
        config_hash: inputs.tune_hash.to_owned(),
        folds: grounds[0].folds.len(),
        n_planned,
        is_cut,
        budget_s: budget.as_secs_f64(),
        seconds: (took.as_secs_f64() * 1000.0).round() / 1000.0,
        trials,
        last_fold: Vec::new(),
    };
    Tuning { at_horizons, rows, record }
}

/// A draw as the configuration spells it.
fn spelt(draw: FeatureDraw) -> String {
    match draw.0 {
        MaxFeatures::All => "1.0".to_owned(),
        MaxFeatures::Share(share) => format!("{share:?}"),
        MaxFeatures::Count(count) => count.to_string(),
        MaxFeatures::Sqrt => "sqrt".to_owned(),
    }
}

/// A watcher of trials: what goes on inside of one is no step, and the budget ends it.
struct Within<'a> {
    progress: &'a dyn Progress,
    /// When the budget is spent; none for trials that are held in any case.
    until: Option<Instant>,
}

impl Progress for Within<'_> {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn advance(&self, _: u64, _: u64) {}
    fn note(&self, message: &str) {
        self.progress.note(message);
    }
    fn stopped(&self) -> bool {
        self.progress.stopped() || self.until.is_some_and(|until| Instant::now() >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_of_a_file_lose_the_last_ones_flights_and_their_recordings_on_both_sides() {
        let fold =
            |train: &[usize], test: &[usize]| Fold { train: train.into(), test: test.into() };
        let folds = vec![
            fold(&[0, 1, 9], &[2, 9]),
            fold(&[0, 1, 2], &[9]), // nothing is left to hold out
            fold(&[0, 1, 2, 3], &[9]),
        ];
        let division = Division::from([(Split::Forward, folds)]);
        assert_eq!(earlier_folds(&division, &[vec![1, 9], vec![0, 2]]), [fold(&[0], &[2])]);
        assert_eq!(earlier_folds(&Division::new(), &[]), []);
    }
}
