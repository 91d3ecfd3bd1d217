//! How features become columns.

use super::*;
use crate::models::testing::flights;
use crate::tables::Category;

fn names(encoder: &Encoder) -> Vec<&str> {
    encoder.features.iter().map(|f| f.name.as_str()).collect()
}

fn with_categories() -> FeatureTable {
    let mut table = flights(6);
    let carriers = ["IB", "VY", "IB", "UX", "ZZ", "VY"];
    let values = carriers.iter().map(|c| Some((*c).to_owned())).collect();
    table.categories.push(Category { name: "airline".to_owned(), values });
    table
}

#[test]
fn a_horizon_hides_what_is_known_later_and_whole_flights_know_their_length() {
    let table = flights(10);
    let rows: Vec<usize> = (0..10).collect();
    let departure = Encoder::learn(&table, &rows, Horizon::Departure, &[], true);
    assert_eq!(names(&departure), ["hour", "weekday"]);
    let whole = Encoder::learn(&table, &rows, Horizon::WholeFlight, &[], true);
    assert!(names(&whole).ends_with(&["duration_s", "distance_m"]), "{:?}", names(&whole));
}

#[test]
fn levels_come_from_training_flights_and_a_new_word_is_all_zeros() {
    let table = with_categories();
    let encoder = Encoder::learn(&table, &[0, 1, 2, 3], Horizon::Departure, &[], true);
    assert_eq!(
        encoder.features[0].encoding,
        Encoding::Words(vec!["IB".to_owned(), "UX".to_owned(), "VY".to_owned()])
    );
    let matrix = encoder.encode(&table, &[4, 5]);
    assert_eq!(matrix.row(0).iter().take(3).copied().collect::<Vec<_>>(), [0.0; 3]);
    assert_eq!(matrix.row(1).iter().take(3).copied().collect::<Vec<_>>(), [0.0, 0.0, 1.0]);
    assert_eq!(encoder.unseen(&table), [("airline", 1)]);
    assert_eq!(&encoder.feature_of_column()[..4], [0, 0, 0, 1]);
}

#[test]
fn a_pair_column_is_a_category_only_when_the_configuration_says_so() {
    let mut table = flights(4);
    table.origin[3] = Some("EGLL".to_owned());
    let rows = [0, 1, 2, 3];
    let without = Encoder::learn(&table, &rows, Horizon::Departure, &[], true);
    assert!(!names(&without).contains(&"origin"));
    let with = Encoder::learn(&table, &rows, Horizon::Departure, &["origin".to_owned()], true);
    assert_eq!(names(&with)[0], "origin");
    assert_eq!(with.width_of(0), 2);
}

#[test]
fn what_a_flight_did_is_seen_as_the_difference_from_the_median_of_its_pair() {
    let mut table = flights(7);
    let wind = table.features.iter_mut().find(|f| f.name == "wind_mean").unwrap();
    wind.values = vec![1.0, 2.0, 9.0, 100.0, 104.0, f64::NAN, 50.0];
    for row in [3, 4, 5] {
        table.origin[row] = Some("EGLL".to_owned());
    }
    table.origin[6] = Some("LPPT".to_owned());
    let encoder = Encoder::learn(&table, &[0, 1, 2, 3, 4, 5], Horizon::WholeFlight, &[], true);
    let at = encoder.features.iter().position(|f| f.name == "wind_mean").unwrap();
    let column = encoder.feature_of_column().iter().position(|f| *f == at).unwrap();
    let matrix = encoder.encode(&table, &[0, 1, 2, 3, 4, 5, 6]);
    let found = matrix.column(column).to_vec();
    assert_eq!(found[..5], [-1.0, 0.0, 7.0, -2.0, 2.0]);
    // One has no number, the other's pair was not there to learn from.
    assert!(found[5..].iter().all(|difference| difference.is_nan()), "{found:?}");
    // What is known at departure is what it is.
    let hour = encoder.features.iter().find(|f| f.name == "hour").unwrap();
    assert_eq!(hour.encoding, Encoding::Number);
}

#[test]
fn constant_columns_are_dropped_and_nothing_left_is_one_column_of_zeros() {
    let table = flights(3);
    let encoder = Encoder::learn(&table, &[1], Horizon::WholeFlight, &["origin".to_owned()], true);
    assert!(encoder.features.is_empty(), "{encoder:?}");
    assert_eq!(encoder.encode(&table, &[0, 1, 2]), Array2::<f32>::zeros((3, 1)));
}

#[test]
fn rare_levels_beyond_the_limit_are_dropped_and_ties_go_by_name() {
    let counts = (0..150).map(|i| (i, if i == 149 { 2 } else { 1 })).collect();
    let levels = most_frequent(counts, 151);
    assert_eq!(levels.len(), MAX_LEVELS);
    assert_eq!((levels[0], levels[98], levels[99]), (0, 98, 149));
}

#[test]
fn a_table_without_a_needed_column_is_told_which() {
    let table = flights(10);
    let rows: Vec<usize> = (0..10).collect();
    let encoder = Encoder::learn(&table, &rows, Horizon::WholeFlight, &[], true);
    assert!(encoder.missing(&table).is_empty());
    let mut poorer = table.clone();
    poorer.features.retain(|f| f.name != "hour");
    poorer.duration_s = vec![f64::NAN; 10];
    assert_eq!(encoder.missing(&poorer), ["hour", "duration_s"]);
}
