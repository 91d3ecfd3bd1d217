//! The sections of statistics on made-up flights whose answers are known.

use super::material::{Material, PairFlights};
use super::sample::Sample;
use super::section::Section;
use super::{ExploreAxis, ExploreConfig, correlation, drift, hypotheses, page, routes};
use crate::models::testing::{ROUTE_CLUSTER, flights, noise};
use crate::page::testing::assert_page_is_sound;
use crate::tables::{Axis, Category, Feature, FeatureTable, Horizon, TargetRow};

const EVIL: &str = "\"><script>alert(1)</script>\u{202e}";

fn settings() -> ExploreConfig {
    ExploreConfig {
        sample: 10,
        max_pairs: 4,
        axes: vec![ExploreAxis::Known(Axis::Time)],
        correlation_threshold: 0.95,
        seed: 1,
    }
}

/// 160 flights, four a day: a quarter of them, those in strong wind, fly two degrees farther
/// south and an hour longer. A feature moves after half of them, another is no longer measured.
fn table() -> FeatureTable {
    let mut table = flights(160);
    let feature = |name: &str, value: &dyn Fn(usize) -> f64| Feature {
        name: name.to_owned(),
        horizon: Horizon::WholeFlight,
        values: (0..160).map(value).collect(),
    };
    table.duration_s = (0..160)
        .map(|i| 7200.0 + if goes_south(i) { 3600.0 } else { 0.0 } + 60.0 * (noise(i, 1) + 0.5))
        .collect();
    table.features = vec![
        feature("wind_mean", &|i| if goes_south(i) { 30.0 } else { 10.0 } + noise(i, 2)),
        feature("wind_max", &|i| if goes_south(i) { 35.0 } else { 15.0 } + noise(i, 2)),
        feature("moves", &|i| noise(i, 3) + if i < 80 { 0.0 } else { 2.0 }),
        feature("stays", &|i| noise(i, 4)),
        feature("ends", &|i| if i < 100 { noise(i, 5) } else { f64::NAN }),
        feature("constant", &|_| 273.15),
        feature("latitude_min", &|i| if goes_south(i) { -2.0 } else { 0.0 } + noise(i, 6)),
    ];
    table.categories = vec![Category {
        name: "airline".to_owned(),
        values: (0..160)
            .map(|i| Some(if i / 4 % 2 == 0 { EVIL } else { "IBE" }.to_owned()))
            .collect(),
    }];
    table
}

fn goes_south(flight: usize) -> bool {
    // The last of each day, so that hours tell.
    flight % 4 == 3
}

fn targets(table: &FeatureTable) -> Vec<TargetRow> {
    let row = |flight: usize, axis: Axis, fraction: f64| TargetRow {
        flight_id: table.flight_id[flight].clone(),
        axis,
        fraction,
        longitude_deg: 179.0 + 4.0 * fraction + 0.05 * noise(flight, 7),
        latitude_deg: 40.0
            + if goes_south(flight) { -8.0 * fraction * (1.0 - fraction) } else { 0.0 }
            + 0.05 * noise(flight, 8),
        altitude_m: Some(10_000.0),
        elapsed_s: fraction * table.duration_s[flight],
        distance_m: fraction * 400_000.0,
    };
    let at =
        |flight: usize, axis: Axis| [0.25, 0.5, 0.75].map(|fraction| row(flight, axis, fraction));
    (0..table.n_flights())
        .flat_map(|flight| [at(flight, Axis::Time), at(flight, Axis::Distance)].concat())
        .collect()
}

fn with_material<T>(table: FeatureTable, then: impl FnOnce(&Material<'_>) -> T) -> T {
    let n = table.n_flights();
    let mut pairs: Vec<PairFlights> = Vec::new();
    for flight in 0..n {
        let pair = table.pair(flight);
        match pairs.iter_mut().find(|known| known.pair == pair) {
            Some(known) => known.flights.push(flight),
            None => pairs.push(PairFlights { pair, flights: vec![flight] }),
        }
    }
    let settings = settings();
    then(&Material {
        settings: &settings,
        route_cluster: &ROUTE_CLUSTER,
        targets: targets(&table),
        cleaning: vec![None; n],
        catalog: vec![None; n],
        n_catalog: n,
        rejected: None,
        sample: Sample::default(),
        quantities: Vec::new(),
        selection: None,
        features: table,
        pairs,
    })
}

fn sections(material: &Material<'_>) -> Vec<Section> {
    vec![
        correlation::section(material),
        routes::section(material).unwrap(),
        hypotheses::section(material),
        drift::section(material),
    ]
}

fn html(table: FeatureTable) -> String {
    with_material(table, |material| page::html(material, &sections(material), "0").unwrap())
}

fn summary(table: FeatureTable, section: usize) -> serde_json::Value {
    with_material(table, |material| sections(material).swap_remove(section).summary)
}

#[test]
fn features_that_repeat_others_are_named() {
    let found = summary(table(), 0);
    // Of equal merits, the shorter name is kept.
    assert_eq!(found["repeated"], serde_json::json!(["wind_mean"]), "{found}");
    assert_eq!(found["n_groups"], 1);
}

#[test]
fn routes_are_found_and_the_tree_tells_them_by_what_decides_them() {
    let found = summary(table(), 1);
    let pair = &found["pairs"][0];
    assert_eq!(pair["sizes"], serde_json::json!([120, 40]), "{found}");
    assert!(pair["accuracy"].as_f64() > Some(0.99) && pair["majority"] == 0.75, "{found}");
    let page = html(table());
    // The latitude tells as well, but it is the route.
    assert!(page.contains("if wind_m") && !page.contains("if latitude_min"));
    assert!(page.contains("better than always naming the largest one"));
}

#[test]
fn a_difference_is_told_where_there_is_one_and_no_difference_elsewhere() {
    let found = summary(table(), 2);
    let p = |factor: &str| {
        let tests = found["tests"].as_array().unwrap();
        let test = tests.iter().find(|test| test["factor"] == factor);
        test.unwrap_or_else(|| panic!("{factor}: {found}"))["p_holm"].as_f64().unwrap()
    };
    assert!(p("hour") < 1e-6 && p("weekday") > 0.05 && p("month") > 0.05, "{found}");
    let page = html(table());
    assert!(page.contains("Flights take longer at some hours of the day than at others: the median is 3\u{a0}h 00\u{a0}min departing at 18–21\u{a0}h (40\u{a0}flights)"));
    assert!(page.contains("Flights do not take longer on one weekday than on another, as far as 160\u{a0}flights can tell."));
}

#[test]
fn what_moves_and_what_goes_missing_is_told_and_what_stays_is_steady() {
    let found = summary(table(), 3);
    assert_eq!(found["n_strong"], 1, "{found}");
    assert_eq!(found["n_missing_changed"], 1, "{found}");
    let page = html(table());
    assert!(
        page.contains("<strong>1</strong> drifts strongly") && page.contains("<td>steady</td>")
    );
}

/// Another pair, whose flights are alike but far away, changes what is told of neither.
#[test]
fn what_differs_between_pairs_is_neither_correlation_nor_difference() {
    let mut two = table();
    for flight in 0..160 {
        if flight % 8 >= 4 {
            two.destination[flight] = Some("EGLL".to_owned());
            two.duration_s[flight] += 20_000.0;
            for feature in &mut two.features {
                feature.values[flight] += 1000.0;
            }
        }
    }
    let found = summary(two.clone(), 0);
    assert_eq!(found["repeated"], serde_json::json!(["wind_mean"]), "{found}");
    let tests = summary(two.clone(), 2);
    let tests = tests["tests"].as_array().unwrap();
    assert!(tests.iter().any(|test| test["pair"].is_null()));
    assert!(
        tests
            .iter()
            .all(|test| (test["factor"] == "hour") == (test["p_holm"].as_f64() < Some(0.05))),
        "{tests:?}"
    );
    assert_page_is_sound(&html(two));
}

#[test]
fn hostile_words_stay_words_and_few_flights_do_no_harm() {
    let page = html(table());
    assert_page_is_sound(&page);
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert(1)"));
    for n in [1, 2, 25] {
        let few = table().of_flights(&(0..n).collect::<Vec<_>>());
        assert_page_is_sound(&html(few));
    }
    let mut bare = table();
    bare.features.clear();
    bare.categories.clear();
    bare.start_time_us = vec![None; 160];
    assert_page_is_sound(&html(bare));
}

#[test]
fn any_number_of_threads_makes_the_same_page() {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| html(table()))
    };
    assert!(with(1) == with(3));
}
