//! The section `[train]`: which models are scored, how, and from which seed.
//!
//! `config` reads it; `train` obeys it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Gap;
use crate::problem::Invalid;
use crate::tables::{ModelName, Split, explanation};

/// How models are scored and fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The models; at least one.
    pub models: Vec<ModelName>,
    /// How flights are held out; without any, models are only fitted.
    pub splits: Vec<Split>,
    /// Number of folds of each split, at least 2.
    pub folds: usize,
    /// How long before the first flight that a fold of `forward` holds out the flights that it
    /// learns from must have landed.
    pub gap: Gap,
    /// Seed of every shuffle and every tree.
    pub seed: u64,
    /// Whether models learn from the median of the pair, or targets and features as they are.
    pub from_median: bool,
    /// Names of features that no model learns from.
    pub leave_out: Vec<String>,
    /// Codes of checks that are not reported.
    pub mute: Vec<String>,
    /// Ground speed in knots above which a prediction cannot be flown; at least 1.
    pub fastest_kt: u32,
    /// A CSV with the columns `split, fold, flight_id, role` to take folds from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folds_file: Option<PathBuf>,
}

impl TrainConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first key that is out of range.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.models.is_empty() {
            return Err(Invalid::new("train.models", "names no model"));
        }
        if let Some(model) = repeated(&self.models) {
            return Err(Invalid::new("train.models", format!("names `{model}` twice")));
        }
        if let Some(split) = repeated(&self.splits) {
            return Err(Invalid::new("train.splits", format!("names `{split}` twice")));
        }
        if self.folds < 2 {
            let message = format!("must be at least 2, found {}", self.folds);
            return Err(Invalid::new("train.folds", message));
        }
        if self.folds_file.is_some() && !self.gap.0.is_zero() {
            let message = "has no say over the folds of `train.folds_file`; leave one of them out";
            return Err(Invalid::new("train.gap", message));
        }
        let mut names = self.leave_out.iter().enumerate();
        if let Some((_, name)) = names.find(|(at, name)| self.leave_out[..*at].contains(name)) {
            return Err(Invalid::new("train.leave_out", format!("names `{name}` twice")));
        }
        let is_check = |code: &str| explanation(code).is_some_and(|known| known.is_check);
        if let Some(code) = self.mute.iter().find(|code| !is_check(code)) {
            let message = format!("`{code}` is no check; `traj explain` lists them");
            return Err(Invalid::new("train.mute", message));
        }
        if self.fastest_kt == 0 {
            return Err(Invalid::new("train.fastest_kt", "must be at least 1, found 0"));
        }
        if i64::try_from(self.seed).is_err() {
            // TOML has no larger integers, so the frozen configuration could not be read back.
            let message = format!("must be below 2^63, found {}", self.seed);
            return Err(Invalid::new("train.seed", message));
        }
        Ok(())
    }
}

fn repeated<T: PartialEq + Copy>(values: &[T]) -> Option<T> {
    let mut pairs = values.iter().enumerate();
    pairs.find(|(at, value)| values[..*at].contains(value)).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_names_its_key() {
        let good = TrainConfig {
            models: vec![ModelName::Forest],
            splits: vec![],
            folds: 5,
            gap: Gap::default(),
            seed: 42,
            from_median: true,
            leave_out: vec![],
            mute: vec![],
            fastest_kt: 900,
            folds_file: None,
        };
        good.validate().unwrap();
        let key = |config: TrainConfig| config.validate().unwrap_err().key;
        assert_eq!(key(TrainConfig { models: vec![], ..good.clone() }), "train.models");
        assert_eq!(
            key(TrainConfig { models: vec![ModelName::Forest; 2], ..good.clone() }),
            "train.models"
        );
        assert_eq!(
            key(TrainConfig { splits: vec![Split::Day; 2], ..good.clone() }),
            "train.splits"
        );
        assert_eq!(key(TrainConfig { folds: 1, ..good.clone() }), "train.folds");
        let twice = vec!["T_mean".to_owned(); 2];
        assert_eq!(key(TrainConfig { leave_out: twice, ..good.clone() }), "train.leave_out");
        // That of a refused file is none of a check.
        for code in ["few-fligths", "bad-number"] {
            let mute = vec![code.to_owned()];
            assert_eq!(key(TrainConfig { mute, ..good.clone() }), "train.mute");
        }
        let both = TrainConfig {
            gap: Gap(std::time::Duration::from_hours(1)),
            folds_file: Some("folds.csv".into()),
            ..good.clone()
        };
        assert_eq!(key(both), "train.gap");
        assert_eq!(key(TrainConfig { fastest_kt: 0, ..good.clone() }), "train.fastest_kt");
        assert_eq!(key(TrainConfig { seed: u64::MAX, ..good }), "train.seed");
    }
}
