//! Tuning finds what is known to be best, and the last fold has no say in it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::world::{Impatient, World};
use crate::models::testing::noise;
use crate::progress::{Progress, Silent};
use crate::tables::{Horizon, ModelName, Split, TrialTable};
use crate::train::{HorizonConfig, TrainError, TrainInputs, Tuning, train, tune};

const HOUR: Duration = Duration::from_hours(1);

impl World {
    fn try_tune(
        &mut self,
        budget: Duration,
        progress: &dyn Progress,
    ) -> Result<Tuning, TrainError> {
        self.write_tables();
        self.with_inputs(|inputs| tune(inputs, budget, progress))
    }

    fn tune(&mut self) -> Tuning {
        self.try_tune(HOUR, &Silent).unwrap()
    }

    fn train_tuned(&mut self, tuning: &Tuning) {
        self.at_horizons = tuning.at_horizons.clone();
        self.with_inputs(|inputs| train(&TrainInputs { tuning: Some(tuning), ..*inputs }, &Silent))
            .unwrap();
    }
}

/// The leaf that was chosen at a horizon.
fn leaf(tuning: &Tuning, horizon: Horizon) -> usize {
    let chosen = tuning.record.trials.iter().filter(|t| t.is_chosen && t.horizon == horizon);
    let leaves: Vec<usize> = chosen.map(|trial| trial.min_samples_leaf).collect();
    assert_eq!(leaves.len(), 1, "{:?}", tuning.record.trials);
    leaves[0]
}

/// Makes all targets of a flight as far off as `by`, in units of the world's own spread.
fn disturb(world: &mut World, flight: usize, by: f64) {
    let id = world.features.flight_id[flight].clone();
    for row in world.targets.rows.iter_mut().filter(|row| row.flight_id == id) {
        row.longitude_deg += by;
        row.latitude_deg -= by;
        row.elapsed_s += 100.0 * by.abs();
    }
}

#[test]
fn noise_wants_the_largest_leaves_and_a_straight_line_the_smallest() {
    let mut world = World::new(80, 3.0);
    world.horizons = vec![Horizon::Departure, Horizon::WholeFlight];
    let tuning = world.tune();
    assert_eq!(leaf(&tuning, Horizon::Departure), 16);
    let mut world = World::new(80, 0.0);
    world.horizons = vec![Horizon::Departure, Horizon::WholeFlight];
    let tuning = world.tune();
    // Nothing known at departure tells the wind, which all of a flight follows.
    assert_eq!(leaf(&tuning, Horizon::Departure), 16);
    assert_eq!(leaf(&tuning, Horizon::WholeFlight), 1);
}

#[test]
fn an_aggregate_that_misleads_is_left_out() {
    let mut world = World::new(80, 0.0);
    // Of two aggregates one is what decides; the other is said to be of another variable.
    for feature in &mut world.features.features {
        if feature.name == "wind_mean" {
            feature.name = "wind_last".to_owned();
        }
    }
    let n = world.features.flight_id.len();
    for column in 0..30 {
        world.features.features.push(crate::tables::Feature {
            name: format!("noise{column}_std"),
            horizon: Horizon::WholeFlight,
            values: (0..n).map(|flight| noise(flight, 200 + column)).collect(),
        });
    }
    // What a flight takes as a whole tells the wind as well.
    world.features.duration_s = vec![3000.0; n];
    world.features.distance_m = vec![480_000.0; n];
    let draw = crate::models::FeatureDraw(crate::forest::MaxFeatures::Sqrt);
    world.forest.max_features = draw;
    world.tune.max_features = vec![draw];
    world.tune.min_samples_leaf = vec![2];
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    world.tune.aggregates = vec![list(&["std", "p50"]), list(&["last", "first"]), list(&["p50"])];
    let tuning = world.tune();
    let chosen = &tuning.at_horizons[&Horizon::WholeFlight];
    assert_eq!(chosen.aggregates, Some(list(&["first", "last"])));
    // Of the last list there is nothing here.
    assert_eq!(tuning.record.trials.len(), 3);
    world.train_tuned(&tuning);
    let features = world.record().features;
    assert!(features.iter().all(|f| !f.name.ends_with("_std")), "{features:?}");
    assert!(features.iter().any(|f| f.name == "wind_last" || f.name == "hour"));
}

#[test]
fn the_first_trial_is_of_the_settings_as_they_are_and_nothing_chosen_is_worse() {
    let mut world = World::new(60, 1.0);
    world.horizons = vec![Horizon::Departure, Horizon::WholeFlight];
    let configured = HorizonConfig { min_samples_leaf: Some(3), ..HorizonConfig::default() };
    world.at_horizons.insert(Horizon::Departure, configured);
    let tuning = world.tune();
    let record = &tuning.record;
    for (horizon, leaf) in [(Horizon::Departure, 3), (Horizon::WholeFlight, 2)] {
        let of: Vec<_> = record.trials.iter().filter(|t| t.horizon == horizon).collect();
        assert_eq!((of[0].trial, of[0].min_samples_leaf), (0, leaf));
        let chosen = of.iter().find(|trial| trial.is_chosen).unwrap();
        assert!(chosen.skill >= of[0].skill);
        for trial in of.iter().filter(|trial| !trial.is_given_up) {
            assert!(trial.skill <= chosen.skill);
        }
        // No settings twice.
        let distinct: BTreeSet<_> =
            of.iter().map(|t| format!("{:?}", (t.min_samples_leaf, &t.aggregates))).collect();
        assert_eq!(distinct.len(), of.len());
    }
    assert_eq!(record.folds, 2);
    assert!(!record.is_cut && record.n_planned == record.trials.len());
}

#[test]
fn trials_are_the_same_at_any_number_of_threads() {
    let trials = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut world = World::new(60, 1.0);
            world.train.models =
                vec![ModelName::Forest, ModelName::ForestPath, ModelName::OdMedian];
            world.horizons = vec![Horizon::Departure, Horizon::WholeFlight];
            world.tune().rows
        })
    };
    assert_eq!(trials(1), trials(8));
}

#[test]
fn a_tuned_run_is_repeated_by_what_was_chosen_and_stays_up_to_date_for_what_it_was_tuned_from() {
    const FILES: [&str; 4] =
        ["model.traj", "predictions.parquet", "metrics.parquet", "importances.parquet"];
    let mut world = World::new(80, 0.0);
    let before = world.at_horizons.clone();
    let tuning = world.tune();
    assert_ne!(tuning.at_horizons, before);
    // As `cli` has it: the hash is of the configuration with the choice.
    world.config_hash = "chosen".to_owned();
    world.train_tuned(&tuning);
    let tuned = FILES.map(|name| world.bytes(name));
    let trials = TrialTable::read(&world.run_dir().join("trials.parquet")).unwrap();
    assert_eq!(trials.rows, tuning.rows);
    assert!(world.codes().contains(&"tuned".to_owned()));
    let last = &world.record().tuning.unwrap().last_fold[0];
    assert!(last.n == 20 && last.skill.unwrap() > 0.5, "{last:?}");

    world.at_horizons = before;
    world.config_hash = "c0ffee".to_owned();
    assert!(world.is_up_to_date(), "tuned from this");
    assert!(world.with_inputs(crate::train::is_tuned));
    std::fs::remove_file(world.run_dir().join("trials.parquet")).unwrap();
    assert!(!world.is_up_to_date());

    world.at_horizons = tuning.at_horizons.clone();
    world.config_hash = "chosen".to_owned();
    world.train();
    assert!(FILES.map(|name| world.bytes(name)) == tuned);
    assert!(!world.codes().contains(&"tuned".to_owned()));
    assert!(!world.with_inputs(crate::train::is_tuned));
}

#[test]
fn trials_of_an_earlier_run_do_not_stay_beside_one_without() {
    let mut world = World::new(60, 0.5);
    let tuning = world.tune();
    world.train_tuned(&tuning);
    assert!(world.run_dir().join("trials.parquet").exists());
    world.train();
    assert!(!world.run_dir().join("trials.parquet").exists());
}

#[test]
fn an_interrupt_stops_tuning_and_leaves_nothing() {
    for patience in [0, 1, 3] {
        let mut world = World::new(60, 0.5);
        let impatient = Impatient::new(patience);
        let stopped = world.try_tune(HOUR, &impatient);
        assert!(matches!(stopped, Err(TrainError::Interrupted)), "{patience}");
        assert!(impatient.steps.load(Ordering::SeqCst) <= patience + 1);
        assert!(!world.run_dir().exists());
    }
    let mut world = World::new(60, 0.5);
    let patient = Impatient::new(u64::MAX);
    let tuning = world.try_tune(HOUR, &patient).unwrap();
    // A step is a trial.
    let announced = patient.announced.load(Ordering::SeqCst);
    assert_eq!(announced, tuning.record.trials.len() as u64);
    assert_eq!(announced, patient.steps.load(Ordering::SeqCst));
}

/// Counts trials.
struct Steps(AtomicU64);

impl Progress for Steps {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn advance(&self, steps: u64, _: u64) {
        self.0.fetch_add(steps, Ordering::SeqCst);
    }
    fn note(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

#[test]
fn a_budget_that_is_spent_cuts_the_list_short_and_changes_nothing_else() {
    let mut world = World::new(60, 1.0);
    world.horizons = vec![Horizon::Departure, Horizon::WholeFlight];
    let whole = world.tune();
    let steps = Steps(AtomicU64::new(0));
    let cut = world.try_tune(Duration::from_nanos(1), &steps).unwrap();
    // The configured settings are tried in any case, at each horizon.
    assert_eq!(steps.0.load(Ordering::SeqCst), 2);
    assert!(cut.record.is_cut && cut.record.n_planned == whole.record.n_planned);
    assert!(cut.at_horizons.is_empty(), "{:?}", cut.at_horizons);
    for trial in &cut.record.trials {
        let same =
            |t: &&crate::tables::TrialRecord| t.horizon == trial.horizon && t.trial == trial.trial;
        let uncut = whole.record.trials.iter().find(same).unwrap();
        assert_eq!(uncut.skill, trial.skill);
    }
}

#[test]
fn what_cannot_be_tuned_is_said() {
    let complaint = |change: fn(&mut World)| {
        let mut world = World::new(60, 0.5);
        change(&mut world);
        world.try_tune(HOUR, &Silent).unwrap_err().to_string()
    };
    let message = complaint(|world| world.train.models = vec![ModelName::ElasticNet]);
    assert!(message.starts_with("train.models: names no forest"), "{message}");
    let message = complaint(|world| world.train.splits = vec![Split::Random]);
    assert!(message.starts_with("train.splits: lacks `forward`"), "{message}");
    let message = complaint(|world| world.features.start_time_us[7] = None);
    assert!(message.ends_with("there are 0 with flights"), "{message}");
    // Sixty flights are of fifteen days, and the last fold begins after eleven.
    let message = complaint(|world| world.train.gap.0 = Duration::from_hours(24 * 9));
    assert!(message.ends_with("there are 1 with flights"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn the_flights_of_the_last_fold_have_no_say(
        by in -5.0..5.0_f64, flight in 45..60_usize, feature in 0..3_usize,
    ) {
        let mut world = World::new(60, 1.0);
        world.horizons = vec![Horizon::Departure, Horizon::WholeFlight];
        let plain = world.tune();
        disturb(&mut world, flight, by);
        world.features.features[feature].values[flight] += 100.0 * by;
        let disturbed = world.tune();
        prop_assert_eq!(&plain.rows, &disturbed.rows);
        prop_assert_eq!(&plain.at_horizons, &disturbed.at_horizons);
        // Those of the folds before have: the property is none of a tuning that looks nowhere.
        disturb(&mut world, flight - 15, by + by.signum());
        prop_assert_ne!(&plain.rows, &world.tune().rows);
    }
}
