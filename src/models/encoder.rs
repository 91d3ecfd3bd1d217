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
#[path = "encoder_tests.rs"]
mod tests;
