//! (in progress)
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig { pub models: Vec<crate::tables::ModelName>, pub splits: Vec<crate::tables::Split>, pub folds: usize, pub seed: u64, pub folds_file: Option<std::path::PathBuf> }
impl TrainConfig { pub fn validate(&self) -> Result<(), crate::problem::Invalid> { Ok(()) } }
