//! An *encoder* turns a feature table into the matrix that models see: what the horizon
//! allows, words and calendar names as one column per level, nothing constant. Of what a flight
//! did, models see by how much it differs from the median of its pair, as they learn their
//! targets ([`FromMedian`](super::FromMedian)): so that "farther north than most" is one
//! question for all pairs.
//!
//! `train` learns it from training flights only and stores it with the model; `predict`
//! applies it to other tables.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::median;
use crate::tables::{
    CALENDAR_NAMES, DESTINATION, DISTANCE, DURATION, FeatureTable, Horizon, ORIGIN,
};

/// Levels that a category may have; the rarer ones become "none of these".
const MAX_LEVELS: usize = 100;

/// How a feature becomes columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Encoding {
    /// One column: the number itself, NaN where it is missing.
    Number,
    /// One column: the number less its median over the training flights of the pair. NaN where
    /// it is missing, and for a pair without a median. A median for each of the encoder's pairs,
    /// none where no flight of the pair has a number.
    Difference(Vec<Option<f64>>),
    /// A column per word, 1 where the feature is that word; all 0 where it is missing or new.
    Words(Vec<String>),
    /// A column per whole number, as for words.
    Names(Vec<i32>),
}

impl Encoding {
    fn width(&self) -> usize {
        match self {
            Self::Number | Self::Difference(_) => 1,
            Self::Words(levels) => levels.len(),
            Self::Names(levels) => levels.len(),
        }
    }
}

/// A feature that the encoder found worth keeping.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodedFeature {
    /// Its name, which all of its columns share.
    pub name: String,
    /// From when it is known.
    pub horizon: Horizon,
    /// Its columns.
    pub encoding: Encoding,
}

/// What a model knows about its features.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoder {
    /// What the features may know; none is known later.
    pub horizon: Horizon,
    /// The pairs of the training flights, ascending; flights of unknown ends are one of them.
    pub pairs: Vec<Option<String>>,
    /// The features in the order of their columns; each has at least one.
    pub features: Vec<EncodedFeature>,
}

impl Encoder {
    /// Learns features and levels from `rows` of a table. `categories` says which of the
    /// columns `origin` and `destination` count as categories; the table's own categories
    /// always do. What flights did is encoded `from_median`, or as it is.
    #[must_use]
    pub fn learn(
        table: &FeatureTable,
        rows: &[usize],
        horizon: Horizon,
        categories: &[String],
        from_median: bool,
    ) -> Self {
        let mut by_pair: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
        for &row in rows {
            by_pair.entry(table.pair(row)).or_default().push(row);
        }
        let mut features = Vec::new();
        for (name, values) in words(table, |name| categories.iter().any(|c| c == name)) {
            let encoding = Encoding::Words(word_levels(values, rows));
            features.push(EncodedFeature { name, horizon: Horizon::Departure, encoding });
        }
        for (name, known, values) in numbers(table).filter(|(_, known, _)| *known <= horizon) {
            let encoding = if CALENDAR_NAMES.contains(&name) {
                Encoding::Names(name_levels(values, rows))
            } else if known == Horizon::Departure || !from_median {
                if is_constant(rows.iter().map(|row| to_f32(values[*row]))) {
                    continue;
                }
                Encoding::Number
            } else {
                let medians: Vec<_> =
                    by_pair.values().map(|rows| median_of(values, rows)).collect();
                let differences = by_pair.values().zip(&medians).flat_map(|(rows, median)| {
                    rows.iter().map(move |row| difference(values[*row], *median))
                });
                if is_constant(differences) {
                    continue;
                }
                Encoding::Difference(medians)
            };
            features.push(EncodedFeature { name: name.to_owned(), horizon: known, encoding });
        }
        features.retain(|feature| feature.encoding.width() > 0);
        Self { horizon, pairs: by_pair.into_keys().collect(), features }
    }

    /// The encoder without the features of some names.
    #[must_use]
    pub fn without(mut self, names: &[String]) -> Self {
        self.features.retain(|feature| !names.contains(&feature.name));
        self
    }

    /// Columns of the matrix; at least one, so that every model can be fitted.
    #[must_use]
    pub fn width(&self) -> usize {
        self.features.iter().map(|feature| feature.encoding.width()).sum::<usize>().max(1)
    }

    /// For each column the position of its feature in `features`. Empty without features,
    /// although the matrix then has a column of zeros.
    #[must_use]
    pub fn feature_of_column(&self) -> Vec<usize> {
        let features = self.features.iter().enumerate();
        features.flat_map(|(at, f)| std::iter::repeat_n(at, f.encoding.width())).collect()
    }

    /// Number of columns of a feature.
    #[must_use]
    pub fn width_of(&self, feature: usize) -> usize {
        self.features[feature].encoding.width()
    }

    /// The matrix `(rows.len(), width)` of some rows of a table; NaN is missing. A column
    /// that the table lacks is missing throughout: ask [`missing`](Self::missing) first.
    #[must_use]
    pub fn encode(&self, table: &FeatureTable, rows: &[usize]) -> Array2<f32> {
        let mut matrix = Array2::zeros((rows.len(), self.width()));
        let pair_of = |row: &usize| self.pairs.binary_search(&table.pair(*row));
        let pairs: Vec<usize> =
            rows.iter().map(|row| pair_of(row).unwrap_or(self.pairs.len())).collect();
        let mut column = 0;
        for feature in &self.features {
            let number = find_number(table, &feature.name);
            let word = find_words(table, &feature.name);
            for (at, &row) in rows.iter().enumerate() {
                let level = match &feature.encoding {
                    Encoding::Number => {
                        let value = number.map_or(f32::NAN, |values| to_f32(values[row]));
                        matrix[[at, column]] = value;
                        continue;
                    }
                    Encoding::Difference(medians) => {
                        let value = number.map_or(f64::NAN, |values| values[row]);
                        let median = medians.get(pairs[at]).copied().flatten();
                        matrix[[at, column]] = difference(value, median);
                        continue;
                    }
                    Encoding::Words(levels) => word
                        .and_then(|values| values[row].as_ref())
                        .and_then(|word| levels.binary_search(word).ok()),
                    Encoding::Names(levels) => number
                        .and_then(|values| whole(values[row]))
                        .and_then(|name| levels.binary_search(&name).ok()),
                };
                if let Some(level) = level {
                    matrix[[at, column + level]] = 1.0;
                }
            }
            column += feature.encoding.width();
        }
        matrix
    }

    /// Names of features that the table has no column for. Durations and distances that are
    /// missing for every flight count as no column.
    #[must_use]
    pub fn missing(&self, table: &FeatureTable) -> Vec<&str> {
        let has = |feature: &&EncodedFeature| match feature.encoding {
            Encoding::Words(_) => find_words(table, &feature.name).is_some(),
            Encoding::Number | Encoding::Difference(_) | Encoding::Names(_) => {
                find_number(table, &feature.name).is_some_and(|values| {
                    ![DURATION, DISTANCE].contains(&feature.name.as_str())
                        || values.is_empty()
                        || values.iter().any(|v| !v.is_nan())
                })
            }
        };
        self.features.iter().filter(|f| !has(f)).map(|f| f.name.as_str()).collect()
    }

    /// For each category how many rows of the table have a word that the encoder does not
    /// know; categories without such rows are left out.
    #[must_use]
    pub fn unseen(&self, table: &FeatureTable) -> Vec<(&str, usize)> {
        let counts = self.features.iter().filter_map(|feature| {
            let Encoding::Words(levels) = &feature.encoding else { return None };
            let words = find_words(table, &feature.name)?.iter().flatten();
            let count = words.filter(|word| levels.binary_search(word).is_err()).count();
            (count > 0).then_some((feature.name.as_str(), count))
        });
        counts.collect()
    }
}

/// A category's name and its word per flight.
type Words<'a> = (String, &'a [Option<String>]);

fn words(table: &FeatureTable, counts: impl Fn(&str) -> bool) -> Vec<Words<'_>> {
    let ends = [(ORIGIN, &table.origin), (DESTINATION, &table.destination)];
    let ends = ends.into_iter().filter(|(name, _)| counts(name));
    let ends = ends.map(|(name, values)| (name.to_owned(), values.as_slice()));
    let own = table.categories.iter().filter(|c| c.name != ORIGIN && c.name != DESTINATION);
    ends.chain(own.map(|c| (c.name.clone(), c.values.as_slice()))).collect()
}

fn find_words<'a>(table: &'a FeatureTable, name: &str) -> Option<&'a [Option<String>]> {
    words(table, |_| true).into_iter().find(|(known, _)| known == name).map(|(_, values)| values)
}

/// Numeric features with the moment from which they are known. What a flight took as a
/// whole is known when it is over.
fn numbers(table: &FeatureTable) -> impl Iterator<Item = (&str, Horizon, &[f64])> {
    let whole = [(DURATION, &table.duration_s), (DISTANCE, &table.distance_m)];
    let whole =
        whole.into_iter().map(|(name, values)| (name, Horizon::WholeFlight, values.as_slice()));
    let own = table.features.iter().map(|f| (f.name.as_str(), f.horizon, f.values.as_slice()));
    own.chain(whole)
}

fn find_number<'a>(table: &'a FeatureTable, name: &str) -> Option<&'a [f64]> {
    numbers(table).find(|(known, _, _)| *known == name).map(|(_, _, values)| values)
}

/// Single precision is what forests learn from; what it cannot hold is missing.
fn to_f32(value: f64) -> f32 {
    let narrow = value as f32;
    if narrow.is_finite() { narrow } else { f32::NAN }
}

/// The median of some rows, without those that are missing.
fn median_of(values: &[f64], rows: &[usize]) -> Option<f64> {
    median(rows.iter().map(|row| values[*row]).filter(|value| value.is_finite()).collect())
}

/// What a value differs from the median of its pair by; NaN without either.
fn difference(value: f64, median: Option<f64>) -> f32 {
    median.map_or(f32::NAN, |median| to_f32(value - median))
}

fn whole(value: f64) -> Option<i32> {
    (value.fract() == 0.0 && value.abs() < 1e9).then_some(value as i32)
}

/// Whether a column says nothing: one value everywhere, or none anywhere.
fn is_constant(values: impl Iterator<Item = f32>) -> bool {
    let mut values = values.map(|value| if value.is_nan() { None } else { Some(value) });
    let Some(first) = values.next() else { return true };
    values.all(|value| value == first)
}

fn word_levels(values: &[Option<String>], rows: &[usize]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in rows.iter().filter_map(|row| values[*row].as_deref()) {
        *counts.entry(word).or_default() += 1;
    }
    most_frequent(counts, rows.len()).into_iter().map(str::to_owned).collect()
}

fn name_levels(values: &[f64], rows: &[usize]) -> Vec<i32> {
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for name in rows.iter().filter_map(|row| whole(values[*row])) {
        *counts.entry(name).or_default() += 1;
    }
    most_frequent(counts, rows.len())
}

/// The most frequent levels, ascending; ties go to the smaller one. A level that all rows
/// have is a constant column.
fn most_frequent<L: Ord>(counts: BTreeMap<L, usize>, n_rows: usize) -> Vec<L> {
    let mut levels: Vec<(L, usize)> =
        counts.into_iter().filter(|(_, count)| *count < n_rows).collect();
    // The sort is stable and the levels come in their order, which breaks ties.
    levels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    levels.truncate(MAX_LEVELS);
    let mut levels: Vec<L> = levels.into_iter().map(|(level, _)| level).collect();
    levels.sort();
    levels
}

#[cfg(test)]
mod tests {
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
        let encoder =
            Encoder::learn(&table, &[1], Horizon::WholeFlight, &["origin".to_owned()], true);
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
}
