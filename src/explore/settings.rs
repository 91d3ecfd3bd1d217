//! The `[explore]` section: how much is read for the page, and along what flights are compared.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::problem::Invalid;
use crate::tables::Axis;

/// The `[explore]` section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExploreConfig {
    /// Flights of each drawn pair whose files are read.
    pub sample: usize,
    /// How many pairs are drawn, those with most flights first.
    pub max_pairs: usize,
    /// Along what variables are compared; at least one.
    pub axes: Vec<ExploreAxis>,
    /// Absolute rank correlation from which on features say nearly the same, above 0 to 1.
    pub correlation_threshold: f64,
    /// Seed of the sample, and of what divides flights into routes.
    pub seed: u64,
}

/// Along what variables are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExploreAxis {
    /// Time or distance.
    Known(Axis),
    /// A variable of the files that grows, or shrinks, all along the flight.
    Variable(String),
}

impl ExploreAxis {
    /// The word in settings and tables.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(axis) => axis.as_str(),
            Self::Variable(name) => name,
        }
    }
}

impl fmt::Display for ExploreAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ExploreAxis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ExploreAxis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(word.parse().map_or(Self::Variable(word), Self::Known))
    }
}

/// The most flights of a pair that may be asked for.
const LARGEST_SAMPLE: usize = 10_000;
/// The most pairs that may be drawn: a page has room for no more.
const MOST_PAIRS: usize = 12;

impl ExploreConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Invalid`] naming the key.
    pub fn validate(&self) -> Result<(), Invalid> {
        let within = |key: &str, value: usize, most: usize| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            let message = format!("must be from 1 to {most}, found {value}");
            Err(Invalid::new(format!("explore.{key}"), message))
        };
        within("sample", self.sample, LARGEST_SAMPLE)?;
        within("max_pairs", self.max_pairs, MOST_PAIRS)?;
        let threshold = self.correlation_threshold;
        if threshold.is_nan() || threshold <= 0.0 || threshold > 1.0 {
            let message = format!("must be above 0 and at most 1, found {threshold}");
            return Err(Invalid::new("explore.correlation_threshold", message));
        }
        if self.axes.is_empty() {
            return Err(Invalid::new("explore.axes", "names no axis"));
        }
        let mut axes = self.axes.iter().enumerate();
        match axes.find(|(at, axis)| self.axes[..*at].contains(axis)) {
            Some((_, axis)) => Err(Invalid::new("explore.axes", format!("names `{axis}` twice"))),
            None => Ok(()),
        }
    }
}
