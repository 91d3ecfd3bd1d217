//! Properties of what the page says: whichever axis a variable depends on makes flights alike.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::normalisation::measure;
use super::quantity::quantities;
use super::sample::{Sample, SampledFlight};
use super::verdict::winners;
use super::*;
use crate::flight::{Along, Limits, Recipe, RoleColumns, Source, SourceConfig, profiles};
use crate::tables::Axis;

/// A flight along the equator: slow for a part of its time, then fast. `by_way` depends on the
/// distance alone, `by_clock` on the time alone.
fn text(slow: f64, rows: u32) -> String {
    let mut text = "time,lon,lat,by_way,by_clock\n".to_owned();
    for row in 0..=rows {
        let time = f64::from(row) / f64::from(rows);
        // A fifth of the way while slow.
        let way =
            if time < slow { 0.2 * time / slow } else { 0.2 + 0.8 * (time - slow) / (1.0 - slow) };
        let wave = |at: f64| (7.0 * at).sin();
        let _ = writeln!(text, "{row},{:.9},0,{:.6},{:.6}", 5.0 * way, wave(way), wave(time));
    }
    text
}

fn sample_of(slow: &[f64], rows: u32) -> (Sample, Source) {
    let source = Source::compile(&SourceConfig {
        name: "test".to_owned(),
        file_name: None,
        timezone: None,
        dialect: crate::flight::Dialect::default(),
        columns: RoleColumns {
            time: "time".to_owned(),
            longitude: "lon".to_owned(),
            latitude: "lat".to_owned(),
            ..RoleColumns::default()
        },
        units: [("time".to_owned(), "elapsed-s".to_owned())].into(),
    })
    .unwrap();
    let variables = ["longitude", "latitude", "altitude", "distance", "by_way", "by_clock"];
    let recipe = Recipe {
        variables: variables.map(str::to_owned).to_vec(),
        aggregates: Vec::new(),
        fractions: Vec::new(),
        elapsed_s: Vec::new(),
        limits: Limits { min_rows: 2, max_rows: 5000, min_completeness: 0.0, max_duration_s: 1e9 },
    };
    let fractions: Vec<f64> = (0..=20).map(|step| f64::from(step) / 20.0).collect();
    let folder = tempfile::tempdir().unwrap();
    let flights = slow.iter().enumerate().map(|(row, slow)| {
        let path = folder.path().join(format!("{row}.csv"));
        std::fs::write(&path, text(*slow, rows)).unwrap();
        let axes = [Along::Time, Along::Distance];
        let along = profiles(&path, &source, &recipe, &axes, &fractions).unwrap().along;
        SampledFlight { row, along }
    });
    let pair = super::sample::SampledPair {
        pair: Some("A-B".to_owned()),
        n_flights: slow.len(),
        flights: flights.collect(),
    };
    let sample = Sample {
        variables: recipe.variables.clone(),
        axes: vec![ExploreAxis::Known(Axis::Time), ExploreAxis::Known(Axis::Distance)],
        fractions,
        pairs: vec![pair],
        ..Sample::default()
    };
    (sample, source)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_variable_lies_closer_together_along_what_it_depends_on(
        slow in prop::collection::vec(0.1..0.9_f64, 8..20),
        rows in 200_u32..400,
    ) {
        let spread = slow.iter().copied().fold(0.0, f64::max) - slow.iter().copied().fold(1.0, f64::min);
        prop_assume!(spread > 0.3);
        let (sample, source) = sample_of(&slow, rows);
        let quantities = quantities(&sample, &[source]);
        let flights: Vec<&SampledFlight> = sample.pairs[0].flights.iter().collect();
        let measured = measure(&quantities, &sample, &[true, true], &flights);
        for (name, axis) in [("by_way", 1), ("by_clock", 0), ("longitude", 1), ("elapsed_s", 0)] {
            let one = measured.iter().find(|one| one.quantity.name == name).unwrap();
            let (winner, lead) = winners(&one.means()).unwrap();
            prop_assert_eq!(winner, axis, "{} {:?}", name, one.means());
            prop_assert!(lead > 0.5, "{} {:?}", name, one.means());
        }
        // Nobody flew anywhere but along the equator, and nobody had an altitude.
        let has = |name: &str| measured.iter().any(|one| one.quantity.name == name);
        prop_assert!(!has("latitude") && !has("altitude"));
    }
}
