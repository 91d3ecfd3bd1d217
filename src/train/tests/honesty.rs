//! Answers that are given away are told, and what was flown already counts for nothing.

use std::time::Duration;

use super::world::World;
use crate::tables::{Feature, Horizon, Metric, ModelName, Target};

fn elapsed(seconds: u64) -> Horizon {
    Horizon::Elapsed(Duration::from_secs(seconds))
}

/// Adds a copy of a flight under another name.
fn copy(world: &mut World, flight: usize, name: &str) {
    let features = &mut world.features;
    let id = features.flight_id[flight].clone();
    features.flight_id.push(name.to_owned());
    for column in [&mut features.origin, &mut features.destination] {
        column.push(column[flight].clone());
    }
    features.start_time_us.push(features.start_time_us[flight]);
    for column in [&mut features.duration_s, &mut features.distance_m] {
        column.push(column[flight]);
    }
    for feature in &mut features.features {
        feature.values.push(feature.values[flight]);
    }
    let copied: Vec<_> = world.targets.rows.iter().filter(|row| row.flight_id == id).collect();
    let copied = copied.into_iter().cloned().map(|mut row| {
        row.flight_id = name.to_owned();
        row
    });
    let copied: Vec<_> = copied.collect();
    world.targets.rows.extend(copied);
}

#[test]
fn planted_leaks_are_caught_and_can_be_muted() {
    let mut world = World::new(80, 0.3);
    world.horizons = vec![Horizon::Departure];
    world.train();
    let innocent = world.codes();
    for code in ["determined-target", "duplicate-flights"] {
        assert!(!innocent.contains(&code.to_owned()), "{innocent:?}");
    }
    let values = world.targets.rows.iter().filter(|row| row.fraction == 0.5);
    let values = values.map(|row| row.altitude_m.unwrap()).collect();
    let (name, horizon) = ("planted".to_owned(), Horizon::Departure);
    world.features.features.push(Feature { name, horizon, values });
    copy(&mut world, 11, "Z0011");
    world.train();
    let record = world.record();
    let message = |code: &str| {
        record.checks.iter().find(|check| check.code == code).map_or("", |c| c.message.as_str())
    };
    assert_eq!(message("determined-target"), "known at departure: `planted` gives altitude at 0.5");
    assert_eq!(
        message("duplicate-flights"),
        "1 flight is recorded more than once, such as F0011, Z0011: no recording of a held-out \
         flight is learnt from"
    );
    world.train.mute = vec!["determined-target".to_owned()];
    world.train();
    let codes = world.codes();
    assert!(!codes.contains(&"determined-target".to_owned()), "{codes:?}");
    assert!(codes.contains(&"duplicate-flights".to_owned()), "{codes:?}");
}

#[test]
fn what_was_flown_at_an_elapsed_horizon_has_no_score() {
    let mut world = World::new(80, 0.1);
    world.horizons = vec![Horizon::Departure, elapsed(1200)];
    world.train.models = vec![ModelName::Forest, ModelName::OdMedian];
    world.train();
    let rows = world.metrics();
    for model in [ModelName::Forest, ModelName::OdMedian] {
        let n = |horizon, fraction| {
            let wanted = |row: &&crate::tables::MetricRow| {
                row.model == model
                    && row.horizon == horizon
                    && row.fraction == fraction
                    && row.pair.is_none()
                    && row.target == Target::Horizontal
                    && row.metric == Metric::Mae
            };
            rows.iter().find(wanted).map(|row| row.n)
        };
        assert_eq!(n(Horizon::Departure, Some(0.25)), Some(60));
        assert_eq!(n(elapsed(1200), Some(0.25)), None, "some 750 s after departure");
        assert_eq!(n(elapsed(1200), Some(0.5)), Some(60), "some 1500 s after departure");
        assert_eq!(n(elapsed(1200), None), Some(60));
    }
}

#[test]
fn flights_that_were_over_at_the_horizon_are_neither_learnt_from_nor_scored() {
    let mut world = World::new(80, 0.0);
    // Half of the flights are shorter than 50 minutes.
    world.horizons = vec![elapsed(3000)];
    world.fractions = vec![0.5, 0.999];
    world.targets = crate::models::testing::targets(&world.features, &[0.5, 0.999], 0.0);
    world.train();
    let lasting = |from: usize| {
        let ahead = world.features.duration_s[from..].iter().filter(|s| *s * 0.999 > 3000.0);
        ahead.count() as u64
    };
    let rows = world.metrics();
    let found = rows.iter().find(|row| {
        row.model == ModelName::Forest
            && row.fraction == Some(0.999)
            && row.target == Target::Elapsed
            && row.metric == Metric::Mae
    });
    // The first block of the forward split is never held out.
    assert_eq!(found.map(|row| row.n), Some(lasting(20)));
    // Those that were over, half an hour apart from the others, would pull the forest to them.
    assert!(found.is_some_and(|row| row.value < 60.0), "{found:?}");
    world.horizons = vec![elapsed(7200)];
    let error = world.try_train().unwrap_err();
    assert_eq!(
        error.to_string(),
        "features.horizons: names `elapsed:7200s`, to which no flight lasts"
    );
}
