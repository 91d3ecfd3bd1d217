//! Labels are the closed sets of words that appear in tables, configs and flags.
//!
//! Each has one spelling, used everywhere; reading an unknown one is an error that lists
//! the known ones.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::duration;

/// A word that is none of a label's spellings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a known {label}{suggestion}; known are {known}")]
pub struct UnknownLabel {
    label: &'static str,
    found: String,
    known: String,
    suggestion: String,
}

impl UnknownLabel {
    pub(super) fn new(label: &'static str, found: &str, known: &[&str]) -> Self {
        let nearest = known
            .iter()
            .map(|word| (strsim::damerau_levenshtein(word, found), word))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, word)| *distance <= word.len() / 3);
        Self {
            label,
            found: found.to_owned(),
            known: known.join(", "),
            suggestion: nearest.map_or_else(String::new, |(_, w)| format!(", did you mean `{w}`?")),
        }
    }
}

/// Declares an enum whose variants have one spelling each.
macro_rules! label {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order in which tables list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The spelling in tables, configs and flags.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.as_str()) }
        }

        impl FromStr for $name {
            type Err = UnknownLabel;
            fn from_str(text: &str) -> Result<Self, UnknownLabel> {
                Self::ALL.iter().copied().find(|label| label.as_str() == text)
                    .ok_or_else(|| UnknownLabel::new($what, text, &[$($text),+]))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

label! {
    /// Along what a flight is divided into fractions.
    Axis, "axis" {
        /// The time since the first kept row.
        Time = "time",
        /// The distance flown since the first kept row.
        Distance = "distance",
    }
}

label! {
    /// How flights are divided into those learnt from and those held out.
    Split, "split" {
        /// Blocks in order of start time: the past predicts the future. The headline.
        Forward = "forward",
        /// Whole UTC days, dealt to folds.
        Day = "day",
        /// A seeded shuffle of flights, as in the talk.
        Random = "random",
    }
}

label! {
    /// An estimator.
    ModelName, "model" {
        /// One multi-output random forest per fraction.
        Forest = "forest",
        /// One random forest per fraction and target.
        ForestPerTarget = "forest-per-target",
        /// One multi-output random forest of all fractions.
        ForestPath = "forest-path",
        /// linfa's multi-task elastic net.
        ElasticNet = "elastic-net",
        /// linfa's partial least squares.
        Pls = "pls",
        /// The median track of the cluster that features say a flight takes.
        RouteCluster = "route-cluster",
        /// smartcore's random forest, one per fraction and target.
        SmartcoreForest = "smartcore-forest",
        /// smartcore's extremely randomised trees, one per fraction and target.
        SmartcoreExtraTrees = "smartcore-extra-trees",
        /// smartcore's gradient boosting, one per fraction and target.
        SmartcoreXgBoost = "smartcore-xgboost",
        /// The pair's median trajectory.
        OdMedian = "od-median",
        /// The great circle between the pair's ends.
        GreatCircle = "great-circle",
    }
}

label! {
    /// What a metric is about.
    Target, "target" {
        /// Longitude at the fraction, in degrees.
        Longitude = "longitude",
        /// Latitude at the fraction, in degrees.
        Latitude = "latitude",
        /// Altitude at the fraction; errors in feet.
        Altitude = "altitude",
        /// Time since the first row; errors in seconds.
        Elapsed = "elapsed",
        /// Distance flown since the first row; errors in nautical miles.
        Distance = "distance",
        /// Great-circle distance between the predicted and the flown position, in nautical
        /// miles.
        Horizontal = "horizontal",
        /// The same at the moment when the flight was at the fraction: where the predicted
        /// trajectory, with its predicted times, is then.
        HorizontalAtTime = "horizontal_at_time",
        /// Time between the first and the last row, for all fractions at once; errors in seconds.
        Duration = "duration",
    }
}

label! {
    /// A figure that says how good a prediction is.
    Metric, "metric" {
        /// Coefficient of determination, 1 - `SS_res` / `SS_tot`.
        R2 = "r2",
        /// Root of the mean squared error.
        Rmse = "rmse",
        /// Mean absolute error.
        Mae = "mae",
        /// Median absolute error.
        Median = "median",
        /// 95th percentile of the absolute error.
        P95 = "p95",
        /// 1 - mean absolute error / that of `od-median` on the same flights.
        Skill = "skill",
        /// Mean absolute part of the position error along the pair's median track.
        AlongMae = "along_mae",
        /// Mean absolute part of the position error across the pair's median track.
        CrossMae = "cross_mae",
        /// Share of flights whose 80 % interval holds the truth.
        Coverage80 = "coverage80",
        /// Share of flights whose 90 % interval holds the truth.
        Coverage90 = "coverage90",
        /// Share of flights that could not be flown as predicted: too fast, or back in time.
        Infeasible = "infeasible",
    }
}

label! {
    /// How an importance was measured.
    ImportanceMethod, "importance method" {
        /// Mean decrease of impurity (MDI).
        Impurity = "impurity",
        /// Increase of the loss on held-out flights when the feature is permuted, in variances
        /// of the targets.
        Permutation = "permutation",
        /// The same, of a cluster of correlated features that are permuted together; `run.json`
        /// names its members.
        PermutationCluster = "permutation-cluster",
    }
}

/// What a feature may know: the moment from which it is known.
///
/// Ordered from early to late. Spelt `departure`, `elapsed:600s` (also `10min`, `1h` on
/// reading) and `whole-flight`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Horizon {
    /// Known before the flight: pair, aircraft type, airline, calendar.
    Departure,
    /// Known when this much time has passed since the first row.
    Elapsed(Duration),
    /// Known only after landing: results are a reconstruction, not a prediction.
    WholeFlight,
}

impl Horizon {
    /// Whether results under this horizon are a reconstruction rather than a prediction.
    #[must_use]
    pub fn is_reconstruction(self) -> bool {
        self == Self::WholeFlight
    }

    /// Seconds since the first row at which predictions are made; none for the other horizons.
    #[must_use]
    pub fn elapsed_s(self) -> Option<f64> {
        match self {
            Self::Elapsed(time) => Some(time.as_secs_f64()),
            Self::Departure | Self::WholeFlight => None,
        }
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Departure => f.pad("departure"),
            Self::Elapsed(time) => f.pad(&format!("elapsed:{}s", time.as_secs())),
            Self::WholeFlight => f.pad("whole-flight"),
        }
    }
}

impl FromStr for Horizon {
    type Err = UnknownLabel;

    fn from_str(text: &str) -> Result<Self, UnknownLabel> {
        let unknown =
            || UnknownLabel::new("horizon", text, &["departure", "elapsed:600s", "whole-flight"]);
        match text {
            "departure" => Ok(Self::Departure),
            "whole-flight" => Ok(Self::WholeFlight),
            _ => {
                let time = text.strip_prefix("elapsed:").ok_or_else(unknown)?;
                let time = duration(time).filter(|time| !time.is_zero()).ok_or_else(unknown)?;
                Ok(Self::Elapsed(time))
            }
        }
    }
}

impl Serialize for Horizon {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Horizon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizons_are_ordered_by_what_they_know_and_read_back_as_written() {
        let ten = Horizon::Elapsed(Duration::from_mins(10));
        assert!(Horizon::Departure < ten && ten < Horizon::WholeFlight);
        for text in ["departure", "elapsed:600s", "whole-flight"] {
            assert_eq!(text.parse::<Horizon>().unwrap().to_string(), text);
        }
        assert_eq!("elapsed:10min".parse(), Ok(ten));
        for text in ["elapsed:", "elapsed:0s", "elapsed:5", "elapsed:99999999999999999999s"] {
            assert!(text.parse::<Horizon>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_unknown_label_names_the_nearest_known_one() {
        let error = "forrest".parse::<ModelName>().unwrap_err().to_string();
        assert!(error.starts_with("`forrest` is not a known model, did you mean `forest`?"));
    }
}
