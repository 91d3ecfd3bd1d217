//! Tests of the metrics: by hand, and against `tests/reference/metrics.py`.

use ndarray::Array2;

use super::{Fold, HeldOut, Reference, Scored};
use crate::models::Dataset;
use crate::models::testing::{flights, targets};
use crate::tables::{
    Axis, Horizon, Metric, MetricRow, ModelName, Split, Target, TargetRow, TargetTable,
};

/// The flights of the reference script: one pair, one fraction, across the anti-meridian.
fn reference(n: usize) -> (Dataset, HeldOut) {
    let table = flights(n);
    let rows = table.flight_id.iter().enumerate().map(|(i, id)| {
        let longitude_deg = 179.0 + 0.25 * i as f64;
        TargetRow {
            flight_id: id.clone(),
            axis: Axis::Time,
            fraction: 0.5,
            longitude_deg: if i % 2 == 0 { longitude_deg } else { longitude_deg - 360.0 },
            latitude_deg: -17.0 + 0.1 * (i % 5) as f64,
            altitude_m: Some(9000.0 + 50.0 * (i % 7) as f64),
            elapsed_s: 1800.0 + 10.0 * i as f64,
            distance_m: 400_000.0 + 1000.0 * (i % 4) as f64,
        }
    });
    let targets = TargetTable { rows: rows.collect(), stamp: table.stamp.clone() };
    let dataset = Dataset::join(&table, &targets, Axis::Time, &[0.5]);
    let mut held = HeldOut::new(&halves(n), 1, 5);
    held.predicted[0] = Array2::from_shape_fn((n, 5), |(i, column)| {
        let error = match column {
            // Every other prediction is a turn of the globe away.
            0 => 0.05 * ((i % 3) as f64 - 1.0) - 360.0 * (i % 2) as f64,
            1 => 0.02 * ((i % 4) as f64 - 1.5),
            2 => 30.0 * ((i % 5) as f64 - 2.0),
            3 => 7.0 * ((i % 6) as f64 - 2.0),
            _ => 250.0 * ((i % 3) as f64 - 0.5),
        };
        dataset.targets[0][[i, column]] + error
    });
    (dataset, held)
}

/// The two halves of the flights of [`reference`].
fn halves(n: usize) -> [Fold; 2] {
    let half = n / 2;
    [
        Fold { train: (half..n).collect(), test: (0..half).collect() },
        Fold { train: (0..half).collect(), test: (half..n).collect() },
    ]
}

fn score(scored: Scored, dataset: &Dataset, held: &HeldOut, yardstick: &HeldOut) -> Vec<MetricRow> {
    let folds = halves(dataset.n_flights());
    // Two flights a day.
    let starts: Vec<Option<i64>> =
        (0..dataset.n_flights() as i64).map(|i| Some(i / 2 * 86_400_000_000)).collect();
    super::score(scored, &Reference::new(dataset, &folds, yardstick, &starts, 1, 900), held)
}

fn scored() -> Scored {
    Scored { model: ModelName::Forest, horizon: Horizon::Departure, split: Split::Random }
}

fn value(rows: &[MetricRow], pair: Option<&str>, target: Target, metric: Metric) -> Option<f64> {
    let wanted = |r: &&MetricRow| {
        r.pair.as_deref() == pair
            && r.fraction == Some(0.5)
            && r.target == target
            && r.metric == metric
    };
    rows.iter().find(wanted).map(|r| r.value)
}

#[test]
fn figures_per_target_are_those_of_scikit_learn_also_across_the_anti_meridian() {
    let (dataset, held) = reference(12);
    let rows = score(scored(), &dataset, &held, &held);
    let metrics = [Metric::R2, Metric::Rmse, Metric::Mae, Metric::Median, Metric::P95];
    // scikit-learn 1.9.1 and numpy 2.4.6.
    let expected: [(Target, [f64; 5]); 4] = [
        (
            Target::Longitude,
            [
                0.997_762_237_762_236_7,
                0.040_824_829_046_395_58,
                0.033_333_333_333_340_91,
                0.050_000_000_000_011_37,
                0.050_000_000_000_011_37,
            ],
        ),
        (
            Target::Altitude,
            [
                0.780_040_733_197_556_1,
                142.064_534_741_541_76,
                123.031_496_062_991_82,
                98.425_196_850_392_24,
                196.850_393_700_788_12,
            ],
        ),
        (Target::Elapsed, [0.869_790_209_790_209_8, 12.456_591_294_036_53, 10.5, 10.5, 21.0]),
        (
            Target::Distance,
            [
                0.954_166_666_666_666_9,
                0.129_242_320_161_493,
                0.112_491_000_719_941_78,
                0.067_494_600_431_970_75,
                0.202_483_801_295_898_05,
            ],
        ),
    ];
    for (target, figures) in expected {
        for (metric, expected) in metrics.into_iter().zip(figures) {
            let found = value(&rows, None, target, metric).unwrap();
            // Predictions are sums rounded near 180 degrees or 400 km, so the errors that
            // they are compared by carry some 1e-14 of that.
            assert!((found - expected).abs() < 1e-9, "{target} {metric}: {found} {expected}");
        }
    }
    let horizontal = [
        (Metric::Rmse, 2.703_173_734_837_854_6),
        (Metric::Mae, 2.509_252_174_563_309_6),
        (Metric::Median, 2.935_277_511_001_89),
        (Metric::P95, 3.392_967_135_185_994_5),
    ];
    for (metric, expected) in horizontal {
        let found = value(&rows, None, Target::Horizontal, metric).unwrap();
        assert!((found - expected).abs() < 1e-9, "{metric}: {found} {expected}");
    }
    assert_eq!(value(&rows, None, Target::Horizontal, Metric::R2), None);
}

#[test]
fn skill_compares_with_the_yardstick_and_is_absent_where_that_makes_no_error() {
    let (dataset, mut held) = reference(12);
    let mut worse = held.clone();
    for row in 0..12 {
        held.predicted[0][[row, 3]] = dataset.targets[0][[row, 3]] + 30.0;
        worse.predicted[0][[row, 3]] = dataset.targets[0][[row, 3]] - 40.0;
        worse.predicted[0][[row, 2]] = dataset.targets[0][[row, 2]];
    }
    let rows = score(scored(), &dataset, &held, &worse);
    assert_eq!(value(&rows, None, Target::Elapsed, Metric::Skill), Some(0.25));
    assert_eq!(value(&rows, None, Target::Altitude, Metric::Skill), None);
    assert_eq!(value(&rows, None, Target::Horizontal, Metric::Skill), Some(0.0));
    let pooled = rows
        .iter()
        .find(|r| r.fraction.is_none() && r.target == Target::Elapsed && r.metric == Metric::Skill);
    assert_eq!(pooled.unwrap().value, 0.25);
    let is_pooled = |r: &MetricRow| r.fraction.is_none() && r.target != Target::Duration;
    assert!(!rows.iter().any(|r| is_pooled(r) && r.metric == Metric::R2));
}

#[test]
fn a_pair_has_figures_from_ten_held_out_flights_on_and_r2_is_never_pooled_over_pairs() {
    let (mut dataset, held) = reference(22);
    for flight in 10..19 {
        dataset.pairs[flight] = Some("LEMD-LFPG".to_owned());
    }
    for flight in 19..22 {
        dataset.pairs[flight] = None;
    }
    let rows = score(scored(), &dataset, &held, &held);
    let r2 = |pair| value(&rows, pair, Target::Elapsed, Metric::R2);
    assert_eq!(r2(None), None);
    assert!(r2(Some("LEMD-LEBL")).is_some());
    assert_eq!(value(&rows, Some("LEMD-LFPG"), Target::Elapsed, Metric::Mae), None);
    let n = |pair: Option<&str>| rows.iter().find(|r| r.pair.as_deref() == pair).unwrap().n;
    assert_eq!((n(None), n(Some("LEMD-LEBL"))), (22, 10));
}

#[test]
fn a_constant_truth_has_no_r2_and_no_figure_is_ever_nan() {
    let (mut dataset, mut held) = reference(12);
    dataset.targets[0].column_mut(2).fill(9000.0);
    held.predicted[0][[0, 3]] = f64::INFINITY;
    let rows = score(scored(), &dataset, &held, &held);
    assert_eq!(value(&rows, None, Target::Altitude, Metric::R2), None);
    assert!(value(&rows, None, Target::Altitude, Metric::Mae).is_some());
    assert_eq!(value(&rows, None, Target::Elapsed, Metric::Mae), None);
    assert!(rows.iter().all(|row| row.value.is_finite()));
}

/// A westbound track over three fractions, of flights that are predicted 3 nmi too far along
/// and 4 nmi to its right.
fn westbound(n: usize) -> (Dataset, HeldOut, HeldOut) {
    let table = flights(n);
    let fractions = [0.25, 0.5, 0.75];
    let rows = table.flight_id.iter().flat_map(|id| {
        fractions.iter().map(|fraction| TargetRow {
            flight_id: id.clone(),
            axis: Axis::Time,
            fraction: *fraction,
            longitude_deg: 10.0 - 4.0 * fraction,
            latitude_deg: 0.0,
            altitude_m: None,
            elapsed_s: 3000.0 * fraction,
            distance_m: 400_000.0 * fraction,
        })
    });
    let targets = TargetTable { rows: rows.collect(), stamp: table.stamp.clone() };
    let dataset = Dataset::join(&table, &targets, Axis::Time, &fractions);
    let mut held = HeldOut::new(&halves(n), 3, 4);
    for (predicted, truth) in held.predicted.iter_mut().zip(&dataset.targets) {
        predicted.assign(truth);
    }
    let yardstick = held.clone();
    let degree = crate::flight::EARTH_RADIUS_M.to_radians() / 1852.0;
    for predicted in &mut held.predicted {
        predicted.column_mut(0).mapv_inplace(|longitude| longitude - 3.0 / degree);
        predicted.column_mut(1).mapv_inplace(|latitude| latitude + 4.0 / degree);
    }
    (dataset, held, yardstick)
}

#[test]
fn errors_along_and_across_the_median_track_are_there_at_all_fractions_and_over_them() {
    let (dataset, held, yardstick) = westbound(12);
    let rows = score(scored(), &dataset, &held, &yardstick);
    let found = |metric| {
        let rows = rows.iter().filter(move |r| r.metric == metric);
        rows.map(|r| (r.pair.is_some(), r.fraction, r.value, r.n)).collect::<Vec<_>>()
    };
    let (along, cross) = (found(Metric::AlongMae), found(Metric::CrossMae));
    assert_eq!((along.len(), cross.len()), (8, 8));
    assert!(along.iter().all(|row| (row.2 - 3.0).abs() < 1e-4 && row.3 == 12), "{along:?}");
    assert!(cross.iter().all(|row| (row.2 - 4.0).abs() < 1e-4), "{cross:?}");
    assert!(found(Metric::Mae).iter().any(|row| (row.2 - 5.0).abs() < 1e-5));
}

#[test]
fn a_flight_whose_pair_was_not_learnt_from_has_no_median_track() {
    let (mut dataset, held, yardstick) = westbound(12);
    dataset.pairs[7] = Some("LEMD-LFPG".to_owned());
    let rows = score(scored(), &dataset, &held, &yardstick);
    assert!(rows.iter().filter(|r| r.metric == Metric::Mae && r.pair.is_none()).all(|r| r.n == 12));
    let along = |r: &&MetricRow| r.metric == Metric::AlongMae && r.pair.is_none();
    assert!(rows.iter().filter(along).all(|r| r.n == 11));
    // One fraction alone has no direction.
    let (dataset, held) = reference(12);
    let rows = score(scored(), &dataset, &held, &held);
    assert!(!rows.iter().any(|r| matches!(r.metric, Metric::AlongMae | Metric::CrossMae)));
}

#[test]
fn skills_have_intervals_over_days_and_other_figures_have_none() {
    let (dataset, held) = reference(24);
    let mut worse = held.clone();
    worse.predicted[0].column_mut(3).mapv_inplace(|elapsed| elapsed + 40.0);
    let rows = score(scored(), &dataset, &held, &worse);
    let with = |r: &&MetricRow| r.lower.is_some() || r.upper.is_some();
    assert!(rows.iter().filter(with).all(|r| r.metric == Metric::Skill));
    let skill = |fraction, pair: Option<&str>| {
        let mut found = rows.iter().filter(move |r| {
            r.metric == Metric::Skill
                && r.target == Target::Elapsed
                && r.fraction == fraction
                && r.pair.as_deref() == pair
        });
        let row = found.next().unwrap();
        row.lower.zip(row.upper).map(|(lower, upper)| (lower, row.value, upper))
    };
    let (lower, value, upper) = skill(None, None).unwrap();
    assert!(lower < value && value < upper && lower > 0.0, "{lower} {value} {upper}");
    assert!(skill(Some(0.5), None).is_some() && skill(None, Some("LEMD-LEBL")).is_some());
    assert_eq!(skill(Some(0.5), Some("LEMD-LEBL")), None);
    // Eight flights are four days, and too few; of eight flights without a calendar each is
    // one of its own.
    let (dataset, held) = reference(8);
    let mut worse = held.clone();
    worse.predicted[0].column_mut(3).mapv_inplace(|elapsed| elapsed + 40.0);
    assert!(!score(scored(), &dataset, &held, &worse).iter().any(|r| r.lower.is_some()));
    let timeless = Reference::new(&dataset, &halves(8), &worse, &[None; 8], 1, 900);
    assert!(super::score(scored(), &timeless, &held).iter().any(|r| r.lower.is_some()));
}

#[test]
fn what_is_too_fast_or_back_in_time_cannot_be_flown() {
    // Each step of 60 nmi takes 750 s: 288 kt.
    let (dataset, mut held, yardstick) = westbound(20);
    let share = |held: &HeldOut| {
        let rows = score(scored(), &dataset, held, &yardstick);
        let found = rows.iter().filter(|r| r.metric == Metric::Infeasible);
        found.map(|r| (r.pair.is_some(), r.fraction, r.value, r.n)).collect::<Vec<_>>()
    };
    assert_eq!(share(&held), [(false, None, 0.0, 20), (true, None, 0.0, 20)]);
    let elapsed = dataset.column(Target::Elapsed).unwrap();
    // 60 nmi in 241 s are 897 kt, in 239 s 904 kt.
    held.predicted[1][[0, elapsed]] = 750.0 + 241.0;
    assert_eq!(share(&held)[0].2, 0.0);
    held.predicted[1][[0, elapsed]] = 750.0 + 239.0;
    assert_eq!(share(&held)[0].2, 0.05);
    // Time stands still or runs backwards.
    held.predicted[2][[1, elapsed]] = held.predicted[1][[1, elapsed]];
    held.predicted[2][[2, elapsed]] = held.predicted[1][[2, elapsed]] - 1.0;
    assert_eq!(share(&held)[1].2, 0.15);
    // Who stays where he is may take no time.
    for at in 0..3 {
        held.predicted[at].row_mut(3).fill(7.0);
    }
    assert_eq!(share(&held)[0].2, 0.15);
    held.predicted[0][[4, 1]] = f64::NAN;
    assert_eq!(share(&held)[0].2, 0.2);
    let (dataset, held) = reference(12);
    let rows = score(scored(), &dataset, &held, &held);
    assert!(!rows.iter().any(|r| r.metric == Metric::Infeasible));
}

#[test]
fn a_late_prediction_is_off_at_absolute_times_and_in_its_duration_but_not_at_fractions() {
    let table = flights(40);
    let fractions = [0.25, 0.5, 0.75];
    let mut tracks = targets(&table, &fractions, 0.0);
    // Across the anti-meridian, where fractions are on branches of their own.
    tracks.rows.iter_mut().for_each(|row| row.longitude_deg += 180.0);
    let dataset = Dataset::join(&table, &tracks, Axis::Time, &fractions);
    let late = |factor: f64| {
        let mut held = HeldOut::new(&halves(40), 3, 5);
        held.predicted = dataset.targets.clone();
        for matrix in &mut held.predicted {
            matrix.column_mut(3).mapv_inplace(|seconds| seconds * factor);
        }
        let durations = held.flights.iter().map(|flight| dataset.spans[*flight].duration_s);
        held.durations.predicted_s = durations.map(|seconds| seconds * factor).collect();
        held
    };
    let rows = score(scored(), &dataset, &late(1.1), &late(1.2));
    let overall = |target, metric| {
        let wanted = |row: &&MetricRow| {
            row.pair.is_none()
                && row.fraction.is_none()
                && row.target == target
                && row.metric == metric
        };
        rows.iter().find(wanted).map_or(f64::NAN, |row| row.value)
    };
    assert!(overall(Target::Horizontal, Metric::Mae) < 1e-9);
    let mean_s = table.duration_s.iter().sum::<f64>() / 40.0;
    assert!((overall(Target::Duration, Metric::Mae) - 0.1 * mean_s).abs() < 1e-6);
    assert!((overall(Target::Duration, Metric::Skill) - 0.5).abs() < 1e-9);
    // When the flight is at half of its way, the prediction is where it will be at 0.5 / 1.1.
    let place = |at: usize| crate::models::sphere::Position {
        longitude_deg: dataset.targets[at][[0, 0]],
        latitude_deg: dataset.targets[at][[0, 1]],
    };
    let share = (0.5 - 0.5 / 1.1) / 0.25;
    let expected = place(0).distance_m(place(1)) * share / 1852.0;
    let found = value(&rows, None, Target::HorizontalAtTime, Metric::Mae).unwrap();
    assert!((found / expected - 1.0).abs() < 0.02, "{found} {expected}");
    assert!(rows.iter().all(|row| row.target != Target::Duration || row.fraction.is_none()));
}

#[test]
fn a_flight_in_the_air_is_not_predicted_to_have_landed() {
    let table = flights(40);
    let fractions = [0.25, 0.5, 0.75];
    let dataset = Dataset::join(&table, &targets(&table, &fractions, 0.0), Axis::Time, &fractions);
    let mut held = HeldOut::new(&halves(40), 3, 5);
    held.predicted = dataset.targets.clone();
    held.durations.predicted_s.fill(10.0);
    let horizon: Horizon = "elapsed:600s".parse().unwrap();
    let rows = score(Scored { horizon, ..scored() }, &dataset, &held, &held);
    let is_it = |r: &&MetricRow| r.target == Target::Duration && r.metric == Metric::Mae;
    let found = rows.iter().find(is_it).unwrap().value;
    let left_s = table.duration_s.iter().map(|seconds| seconds - 600.0);
    assert!((found - left_s.sum::<f64>() / 40.0).abs() < 1e-9, "{found}");
}
