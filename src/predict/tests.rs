//! Tests of prediction by a run that is made the way `train` makes one.

use std::fs;
use std::path::Path;

use super::{Choice, PredictError, Prediction, predict};
use crate::forest::Features;
use crate::models::testing::{
    fit_all, fit_one_duration, flights, forest_config, targets, training,
};
use crate::models::{
    Calibration, Calibrations, Dataset, Encoder, MeasureCalibrations, ModelWriter, encode,
};
use crate::problem::{Class, Problem as _};
use crate::tables::{
    Axis, Category, FeatureTable, Horizon, METRICS_FILE, MODEL_FILE, Metric, MetricRow,
    MetricTable, ModelName, RUN_FILE, RUN_SCHEMA_VERSION, RunRecord, Split, Target, TargetTable,
    write_atomically,
};

const FRACTIONS: [f64; 2] = [0.25, 0.5];
const MODELS: [ModelName; 4] =
    [ModelName::Forest, ModelName::ElasticNet, ModelName::OdMedian, ModelName::ForestPath];
const HORIZONS: [Horizon; 2] = [Horizon::Departure, Horizon::WholeFlight];

/// Flights with a category, and their last one of an airline of its own.
fn table(n: usize) -> FeatureTable {
    let mut table = flights(n);
    let airline = |i| Some(if i + 1 == n { "ZZ" } else { ["IB", "VY"][i % 2] }.to_owned());
    let values = (0..n).map(airline).collect();
    table.categories.push(Category { name: "airline".to_owned(), values });
    table
}

/// A run of four models at two horizons, with the skills given for `forward`.
fn run(folder: &Path, skills: &[(ModelName, Horizon, f64)]) -> FeatureTable {
    let table = table(40);
    run_on(folder, skills, &targets(&table, &FRACTIONS, 0.0))
}

/// The same, learnt from given targets of the 40 flights.
fn run_on(
    folder: &Path,
    skills: &[(ModelName, Horizon, f64)],
    targets: &TargetTable,
) -> FeatureTable {
    let table = table(40);
    let dataset = Dataset::join(&table, targets, Axis::Time, &FRACTIONS);
    let digest = write_atomically(&folder.join(MODEL_FILE), |file| {
        let mut writer = ModelWriter::new(file, &FRACTIONS)?;
        for horizon in HORIZONS {
            // The last flight's airline is left for prediction to meet.
            let encoder = Encoder::learn(&table, &dataset.rows[..39], horizon, &[], true);
            let x = encoder.encode(&table, &dataset.rows);
            writer.begin_set(Axis::Time, true, encoder);
            let features = Features::new(x.view()).unwrap();
            let training = training(&dataset, &x, &features);
            for name in MODELS {
                for model in fit_all(name, &training, &forest_config()) {
                    writer.add(name, &encode(&model).unwrap())?;
                }
                let duration = fit_one_duration(name, &training, &forest_config());
                writer.add_duration(&encode(&duration).unwrap())?;
                if name != ModelName::OdMedian {
                    writer.add_calibrations(&calibrations())?;
                }
            }
        }
        writer.finish()
    });
    record(Some(digest.unwrap())).write(&folder.join(RUN_FILE)).unwrap();
    let row = |(model, horizon, value): &(ModelName, Horizon, f64)| MetricRow {
        model: *model,
        horizon: *horizon,
        split: Split::Forward,
        axis: Axis::Time,
        pair: None,
        fraction: None,
        target: Target::Horizontal,
        metric: Metric::Skill,
        value: *value,
        lower: None,
        upper: None,
        n: 40,
    };
    let rows = skills.iter().map(row).collect();
    let metrics = MetricTable { rows, ..MetricTable::default() };
    metrics.write(&folder.join(METRICS_FILE)).unwrap();
    table
}

/// Of two fractions, five targets and the horizontal distance: 7 in any unit, and 70 s of the
/// duration.
fn calibrations() -> Calibrations {
    let of = |off| Calibration::learn(&[(off, None); 20]);
    let measures = MeasureCalibrations { states: vec![of(7.0); 12], duration: of(70.0) };
    Calibrations::new(std::collections::BTreeMap::new(), measures)
}

fn record(model_digest: Option<String>) -> RunRecord {
    RunRecord {
        schema_version: RUN_SCHEMA_VERSION,
        traj_version: "0".to_owned(),
        features_digest: String::new(),
        targets_digest: String::new(),
        config_hash: String::new(),
        model_digest,
        seed: 1,
        n_flights: 40,
        pairs: vec![],
        start_range: None,
        has_altitude: true,
        fractions: FRACTIONS.to_vec(),
        axes: vec![Axis::Time],
        models: MODELS.to_vec(),
        horizons: HORIZONS.to_vec(),
        splits: vec![],
        folds: 5,
        features: vec![],
        checks: vec![],
        timings: vec![],
        peak_memory_bytes: None,
        tuning: None,
        permutation: None,
        stages: std::collections::BTreeMap::new(),
    }
}

fn choice(model: Option<ModelName>, horizon: Option<Horizon>) -> Choice {
    Choice { model, horizon, axis: None }
}

fn chosen(prediction: &Prediction) -> (ModelName, Horizon) {
    (prediction.model, prediction.horizon)
}

/// What a pre-flight table has: nothing that is known only after landing.
fn before_departure(mut table: FeatureTable) -> FeatureTable {
    table.features.retain(|feature| feature.horizon == Horizon::Departure);
    table.duration_s.fill(f64::NAN);
    table.distance_m.fill(f64::NAN);
    table
}

const SKILLS: [(ModelName, Horizon, f64); 4] = [
    (ModelName::Forest, Horizon::WholeFlight, 0.7),
    (ModelName::ElasticNet, Horizon::WholeFlight, 0.9),
    (ModelName::Forest, Horizon::Departure, -0.2),
    (ModelName::OdMedian, Horizon::Departure, 0.0),
];

#[test]
fn a_linear_truth_comes_back_in_the_order_of_ids_and_fractions() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = run(folder.path(), &SKILLS);
    table.flight_id.swap(0, 39);
    let found = predict(folder.path(), &table, &Choice::default(), &[]).unwrap();
    assert_eq!(chosen(&found), (ModelName::ElasticNet, Horizon::WholeFlight));
    let rows = &found.table.rows;
    assert_eq!(rows.len(), 80);
    assert!(rows.is_sorted_by_key(|r| (r.flight_id.clone(), (r.fraction * 100.0) as i64)));
    // The flight called F0000 now has the features of the last one.
    let expected = 0.25 * table.duration_s[39];
    assert!((rows[0].elapsed_s - expected).abs() < 1.0, "{} {expected}", rows[0].elapsed_s);
    assert_eq!((&*rows[0].flight_id, rows[0].fraction), ("F0000", 0.25));
    assert!(found.notes.iter().any(|n| n.contains("a reconstruction, not a prediction")));
    assert!(
        found.notes.contains(&"1 flights have a `airline` that training had not seen".to_owned())
    );
}

#[test]
fn one_estimator_of_all_fractions_predicts_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let table = run(folder.path(), &SKILLS);
    let path = choice(Some(ModelName::ForestPath), Some(Horizon::WholeFlight));
    let rows = predict(folder.path(), &table, &path, &[]).unwrap().table.rows;
    assert_eq!(rows.len(), 80);
    for (flight, rows) in rows.chunks(2).enumerate() {
        assert_eq!([rows[0].fraction, rows[1].fraction], FRACTIONS);
        for row in rows {
            let expected = row.fraction * table.duration_s[flight];
            assert!((row.elapsed_s - expected).abs() < 60.0, "{row:?} {expected}");
        }
    }
}

#[test]
fn without_a_choice_the_best_model_at_the_latest_horizon_that_the_flights_reach_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let table = before_departure(run(folder.path(), &SKILLS));
    let found = predict(folder.path(), &table, &Choice::default(), &[]).unwrap();
    assert_eq!(chosen(&found), (ModelName::OdMedian, Horizon::Departure));

    let folder = tempfile::tempdir().unwrap();
    let table = run(folder.path(), &[]);
    let found = predict(folder.path(), &table, &Choice::default(), &[]).unwrap();
    assert_eq!(chosen(&found), (ModelName::Forest, Horizon::WholeFlight));
}

#[test]
fn a_choice_is_obeyed_or_refused_with_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let table = run(folder.path(), &SKILLS);
    let run = |choice| predict(folder.path(), &table, &choice, &[]);
    let found = run(choice(Some(ModelName::Forest), Some(Horizon::Departure))).unwrap();
    assert_eq!(chosen(&found), (ModelName::Forest, Horizon::Departure));
    let message = |choice| {
        let error = run(choice).unwrap_err();
        assert_eq!(error.class(), Class::Usage);
        error.to_string()
    };
    assert_eq!(
        message(choice(Some(ModelName::SmartcoreForest), None)),
        "the run has no model `smartcore-forest`; it has `forest`, `elastic-net`, `od-median`, \
         `forest-path`"
    );
    assert_eq!(
        message(choice(None, Some("elapsed:600s".parse().unwrap()))),
        "the run has no horizon `elapsed:600s`; it has `departure`, `whole-flight`"
    );
    let axis = Choice { axis: Some(Axis::Distance), ..Choice::default() };
    assert_eq!(message(axis), "the run has no axis `distance`; it has `time`");
}

#[test]
fn missing_features_are_named_with_the_command_that_makes_them() {
    let folder = tempfile::tempdir().unwrap();
    let table = before_departure(run(folder.path(), &SKILLS));
    let error =
        predict(folder.path(), &table, &choice(None, Some(Horizon::WholeFlight)), &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`elastic-net` at horizon `whole-flight` needs features that the flights lack: \
         wind_mean, wind_first@600s, duration_s, distance_m"
    );
    assert_eq!(error.class(), Class::Damaged);
    assert!(error.hint().unwrap().contains("traj features"));
    // A baseline needs no features.
    let median = choice(Some(ModelName::OdMedian), Some(Horizon::WholeFlight));
    predict(folder.path(), &table, &median, &[]).unwrap();
}

#[test]
fn a_feature_later_than_the_horizon_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = run(folder.path(), &SKILLS);
    let early = choice(Some(ModelName::Forest), Some(Horizon::Departure));
    let before = predict(folder.path(), &table, &early, &[]).unwrap();
    table.duration_s.fill(1.0);
    for feature in table.features.iter_mut().filter(|f| f.horizon > Horizon::Departure) {
        feature.values.fill(1e9);
    }
    assert_eq!(predict(folder.path(), &table, &early, &[]).unwrap(), before);
}

#[test]
fn a_run_that_is_not_whole_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let table = run(folder.path(), &SKILLS);
    let refused = || predict(folder.path(), &table, &Choice::default(), &[]).unwrap_err();
    let path = folder.path().join(MODEL_FILE);
    let whole = fs::read(&path).unwrap();

    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(refused().class(), Class::Damaged);
    fs::write(&path, &whole).unwrap();

    record(Some("of another run".to_owned())).write(&folder.path().join(RUN_FILE)).unwrap();
    assert!(matches!(refused(), PredictError::Mismatch { .. }));
    record(None).write(&folder.path().join(RUN_FILE)).unwrap();
    assert!(matches!(refused(), PredictError::NotStored { .. }));
    fs::remove_file(folder.path().join(RUN_FILE)).unwrap();
    assert_eq!(refused().class(), Class::Usage);
}

#[test]
fn no_flights_are_no_rows() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &SKILLS);
    let found = predict(folder.path(), &flights(0), &choice(Some(ModelName::Forest), None), &[]);
    assert!(matches!(found, Err(PredictError::MissingColumns { .. })));
    let found =
        predict(folder.path(), &table(0), &choice(Some(ModelName::Forest), None), &[]).unwrap();
    assert!(found.table.rows.is_empty());
}

#[test]
fn no_predicted_flight_runs_backwards() {
    let folder = tempfile::tempdir().unwrap();
    let mut targets = targets(&table(40), &FRACTIONS, 0.0);
    // The fractions say unrelated things, which a model of one knows nothing of.
    for (i, row) in targets.rows.iter_mut().enumerate() {
        row.distance_m = 1000.0 + 100.0 * crate::models::testing::noise(i, 40);
    }
    let table = run_on(folder.path(), &SKILLS, &targets);
    let choice = choice(Some(ModelName::Forest), Some(Horizon::WholeFlight));
    let rows = predict(folder.path(), &table, &choice, &[]).unwrap().table.rows;
    let flights: Vec<_> = rows.chunk_by(|a, b| a.flight_id == b.flight_id).collect();
    assert!(flights.iter().all(|f| f.is_sorted_by(|a, b| a.distance_m <= b.distance_m)));
    // Some had to be held back.
    assert!(flights.iter().any(|f| f[0].distance_m == f[1].distance_m));
}

#[test]
fn times_along_time_are_the_fractions_of_the_predicted_duration_and_so_are_their_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let table = run(folder.path(), &SKILLS);
    let found = predict(folder.path(), &table, &choice(Some(ModelName::ElasticNet), None), &[]);
    for (at, row) in found.unwrap().table.rows.iter().enumerate() {
        assert!((row.duration_s - table.duration_s[at / 2]).abs() < 5.0, "{row:?}");
        assert_eq!(row.elapsed_s, row.fraction * row.duration_s);
        let bounds = row.bounds.as_ref().unwrap();
        assert_eq!(bounds.duration_s, Some((row.duration_s - 70.0, row.duration_s + 70.0)));
        let (soonest, latest) = bounds.elapsed_s.unwrap();
        assert!((latest - soonest - row.fraction * 140.0).abs() < 1e-9);
        assert_eq!(bounds.altitude_m.unwrap().0, row.altitude_m.unwrap() - 7.0);
        assert_eq!(bounds.horizontal_radius_nmi, Some(7.0));
    }
}

#[test]
fn without_held_out_flights_there_are_no_intervals_and_a_note_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let table = run(folder.path(), &SKILLS);
    let of = |model| predict(folder.path(), &table, &choice(Some(model), None), &[]).unwrap();
    let found = of(ModelName::OdMedian);
    assert!(found.table.rows.iter().all(|row| row.bounds.is_none()));
    assert!(found.notes.iter().any(|note| note.starts_with("no intervals: ")), "{found:?}");
    assert!(!of(ModelName::Forest).notes.iter().any(|note| note.contains("interval")));
}

#[test]
fn a_flight_of_a_pair_that_nothing_was_learnt_of_is_refused_with_a_check_that_can_be_muted() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = run(folder.path(), &SKILLS);
    table.destination[3] = Some("LFPG".to_owned());
    table.destination[5] = None;
    for model in [ModelName::Forest, ModelName::OdMedian] {
        let of = |mute: &[String]| {
            predict(folder.path(), &table, &choice(Some(model), None), mute).unwrap()
        };
        let found = of(&[]);
        assert_eq!(found.unseen_pair, ["F0003", "F0005"]);
        assert_eq!(found.table.rows.len(), 76);
        assert!(!found.table.rows.iter().any(|row| ["F0003", "F0005"].contains(&&*row.flight_id)));
        assert_eq!(found.checks[0].code, "unseen-pair");
        assert_eq!(
            found.checks[0].message,
            "2 of 40 flights are of pairs that the run has not learnt, such as LEMD-LFPG: nothing \
             is predicted for them"
        );
        let muted = of(&["unseen-pair".to_owned()]);
        assert!(muted.checks.is_empty());
        assert_eq!(muted.table, found.table);
    }
}
