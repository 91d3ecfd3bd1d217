//! The provenance of a flight's summary: the settings that it depends on besides its file.
//!
//! Selections, categories, calendars and horizons are not among them, so changing those reads
//! no flight again.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::FeaturesInputs;
use super::record::ReadingKey;
use crate::tables::Digest;

/// The settings, and a hash of them for each source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Provenance {
    settings: Map<String, Value>,
    keys: BTreeMap<String, ReadingKey>,
}

/// Key of the sources' own settings; a change there concerns the flights of one source.
const SOURCE: &str = "source";

impl Provenance {
    /// The provenance of flights that are read now.
    pub(super) fn new(inputs: &FeaturesInputs<'_>) -> Self {
        let features = inputs.features;
        let sources: Map<String, Value> = inputs
            .sources
            .iter()
            .map(|source| {
                let block = serde_json::to_value(&source.config);
                (source.config.name.clone(), block.expect("a block of plain values"))
            })
            .collect();
        let settings = json!({
            "traj": env!("CARGO_PKG_VERSION"),
            "data": { "root": inputs.root },
            "features": {
                "variables": features.variables,
                "aggregates": features.aggregates,
                "min_rows": features.min_rows,
                "max_rows": features.max_rows,
                "min_completeness": features.min_completeness,
                "max_duration_h": features.max_duration_h,
            },
            "targets": { "fractions": inputs.targets.fractions },
            SOURCE: sources,
        });
        // Read back as a checkpoint's are, so that both are rounded the same way; the keys are
        // those of the settings as they are.
        let keys = Self::of(settings.clone()).map(|exact| exact.keys);
        let read_back = Self::parse(&settings.to_string());
        let (keys, read_back) = keys.zip(read_back).expect("settings are an object with sources");
        Self { keys, ..read_back }
    }

    /// The provenance that a checkpoint wrote down.
    pub(super) fn parse(json: &str) -> Option<Self> {
        Self::of(serde_json::from_str(json).ok()?)
    }

    fn of(settings: Value) -> Option<Self> {
        let Value::Object(settings) = settings else { return None };
        let common: Map<String, Value> =
            settings.iter().filter(|(name, _)| *name != SOURCE).map(own).collect();
        let common = Value::Object(common).to_string();
        let sources = settings.get(SOURCE)?.as_object()?;
        let keys = sources.iter().map(|(name, block)| {
            let block = block.to_string();
            (name.clone(), Digest::of_parts([common.as_bytes(), block.as_bytes()]).short())
        });
        Some(Self { keys: keys.collect(), settings })
    }

    /// The settings as JSON.
    pub(super) fn to_json(&self) -> String {
        Value::Object(self.settings.clone()).to_string()
    }

    /// The hash for flights of a source; none for a source that is not configured.
    pub(super) fn key(&self, source: &str) -> Option<ReadingKey> {
        self.keys.get(source).copied()
    }

    /// Names of the settings that differ, such as `features.aggregates`.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut names = Vec::new();
        differ("", &self.settings, &other.settings, &mut names);
        names
    }
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn differ(
    prefix: &str,
    one: &Map<String, Value>,
    other: &Map<String, Value>,
    names: &mut Vec<String>,
) {
    let added = other.keys().filter(|name| !one.contains_key(*name));
    for name in one.keys().chain(added) {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match (one.get(name), other.get(name)) {
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                differ(&path, one, other, names);
            }
            (one, other) if one != other => names.push(path),
            _ => {}
        }
    }
}
