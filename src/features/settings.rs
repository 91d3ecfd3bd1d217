//! The `[features]` and `[targets]` sections.

use serde::{Deserialize, Serialize};

use crate::flight::{Aggregate, Limits, Recipe};
use crate::problem::Invalid;
use crate::tables::{Axis, Horizon};
use crate::tabulate::{CALENDAR, CATEGORIES};

/// The `[features]` section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeaturesConfig {
    /// Variables to aggregate: role names and names from the files' headers.
    pub variables: Vec<String>,
    /// The aggregates of each.
    pub aggregates: Vec<Aggregate>,
    /// Words that tell flights apart, known at departure.
    pub categories: Vec<String>,
    /// Parts of the start time, known at departure.
    pub calendar: Vec<String>,
    /// What models may know.
    pub horizons: Vec<Horizon>,
    /// Fewest rows with time and position.
    pub min_rows: u64,
    /// Most rows.
    pub max_rows: u64,
    /// Smallest share of rows with time and position.
    pub min_completeness: f64,
    /// Longest flight in hours.
    pub max_duration_h: f64,
}

/// The `[targets]` section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetsConfig {
    /// Where along the flight, ascending, between 0 and 1.
    pub fractions: Vec<f64>,
    /// The axes that models are trained for; the table always holds both.
    pub axes: Vec<Axis>,
}

impl FeaturesConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`Invalid`] naming the key.
    pub fn validate(&self) -> Result<(), Invalid> {
        let invalid =
            |key: &str, message: String| Err(Invalid::new(format!("features.{key}"), message));
        if !self.variables.is_empty() && self.aggregates.is_empty() {
            return invalid("aggregates", "there must be at least one".to_owned());
        }
        for (key, words, known) in [
            ("categories", &self.categories, &CATEGORIES[..]),
            ("calendar", &self.calendar, &CALENDAR[..]),
        ] {
            if let Some(word) = words.iter().find(|word| !known.contains(&word.as_str())) {
                return invalid(key, format!("`{word}` is none of {}", known.join(", ")));
            }
        }
        for (key, repeated) in [
            ("variables", repeated(&self.variables)),
            ("categories", repeated(&self.categories)),
            ("calendar", repeated(&self.calendar)),
            (
                "aggregates",
                repeated(&self.aggregates.iter().map(ToString::to_string).collect::<Vec<_>>()),
            ),
        ] {
            if let Some(word) = repeated {
                return invalid(key, format!("`{word}` stands twice"));
            }
        }
        if self.horizons.is_empty() {
            return invalid("horizons", "there must be at least one".to_owned());
        }
        let names: Vec<String> = self.horizons.iter().map(ToString::to_string).collect();
        if let Some(horizon) = repeated(&names) {
            return invalid("horizons", format!("`{horizon}` stands twice"));
        }
        if !(0.0..=1.0).contains(&self.min_completeness) {
            let message = format!("{} is not a share between 0 and 1", self.min_completeness);
            return invalid("min_completeness", message);
        }
        if self.max_duration_h.is_nan() || self.max_duration_h <= 0.0 {
            let message = format!("{} is not a positive number of hours", self.max_duration_h);
            return invalid("max_duration_h", message);
        }
        if self.max_rows < self.min_rows {
            return invalid("max_rows", format!("{} is less than min_rows", self.max_rows));
        }
        if self.max_rows > u64::from(u32::MAX) {
            return invalid("max_rows", format!("{} is more than {}", self.max_rows, u32::MAX));
        }
        Ok(())
    }

    /// The elapsed horizons in seconds, ascending.
    #[must_use]
    pub fn elapsed_s(&self) -> Vec<f64> {
        let mut horizons = self.horizons.clone();
        horizons.sort();
        horizons.iter().filter_map(|horizon| horizon.elapsed_s()).collect()
    }

    /// What to make of each flight.
    #[must_use]
    pub fn recipe(&self, targets: &TargetsConfig) -> Recipe {
        Recipe {
            variables: self.variables.clone(),
            aggregates: self.aggregates.clone(),
            fractions: targets.fractions.clone(),
            elapsed_s: self.elapsed_s(),
            limits: Limits {
                min_rows: self.min_rows,
                max_rows: self.max_rows,
                min_completeness: self.min_completeness,
                max_duration_s: self.max_duration_h * 3600.0,
            },
        }
    }
}

impl TargetsConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`Invalid`] naming the key.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.fractions.is_empty() {
            return Err(Invalid::new("targets.fractions", "there must be at least one"));
        }
        if let Some(fraction) = self.fractions.iter().find(|x| !(0.0 < **x && **x < 1.0)) {
            let message = format!("{fraction} is not between 0 and 1");
            return Err(Invalid::new("targets.fractions", message));
        }
        let mut steps = self.fractions.iter().zip(&self.fractions[1..]);
        if let Some((first, second)) = steps.find(|(first, second)| first >= second) {
            let message = format!("{second} must come before {first}");
            return Err(Invalid::new("targets.fractions", message));
        }
        if self.axes.is_empty() {
            return Err(Invalid::new("targets.axes", "there must be at least one"));
        }
        Ok(())
    }
}

fn repeated(words: &[String]) -> Option<&String> {
    words.iter().enumerate().find(|(at, word)| words[..*at].contains(word)).map(|(_, word)| word)
}
