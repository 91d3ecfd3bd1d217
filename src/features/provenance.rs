//! The provenance of a flight's summary: the settings that it depends on besides its file.
//!
//! Selections, categories, calendars and horizons are not among them, so changing those reads
//! no flight again.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::FeaturesInputs;
use super::record::ReadingKey;
use crate::tables::{Digest, to_hex};

/// The settings, and a hash of them for each source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Provenance {
    settings: Map<String, Value>,
    keys: BTreeMap<String, ReadingKey>,
}

/// Key of the sources' own settings; a change there concerns the flights of one source.
const SOURCE: &str = "source";
/// Key of the version of traj.
const TRAJ: &str = "traj";
/// Names of the settings that say where the folder is.
pub(super) const PLACE: &str = "data.root";

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
            TRAJ: env!("CARGO_PKG_VERSION"),
            // Only to be compared: the tables' metadata is no place for paths.
            "data": { "root": Digest::of_parts([inputs.root.as_os_str().as_encoded_bytes()])
                .to_string() },
            "features": {
                "variables": features.variables,
                "aggregates": features.aggregates,
                "elapsed_horizons": features.elapsed_s(),
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
            (name.clone(), half(&Digest::of_parts([common.as_bytes(), block.as_bytes()])))
        });
        Some(Self { keys: keys.collect(), settings })
    }

    /// The settings as JSON.
    pub(super) fn to_json(&self) -> String {
        Value::Object(self.settings.clone()).to_string()
    }

    /// The hashes by source as JSON.
    pub(super) fn keys_as_json(&self) -> String {
        let keys: BTreeMap<&str, String> =
            self.keys.iter().map(|(name, key)| (name.as_str(), to_hex(key))).collect();
        serde_json::to_string(&keys).expect("a map of text serialises")
    }

    /// The same settings with the hashes that [`Self::keys_as_json`] wrote.
    pub(super) fn with_keys(self, json: &str) -> Option<Self> {
        let keys: BTreeMap<String, String> = serde_json::from_str(json).ok()?;
        let key = |(name, digits): (String, String)| Some((name, from_hex(&digits)?));
        Some(Self { keys: keys.into_iter().map(key).collect::<Option<_>>()?, ..self })
    }

    /// The hash for flights of a source; none for a source that is not configured.
    pub(super) fn key(&self, source: &str) -> Option<ReadingKey> {
        self.keys.get(source).copied()
    }

    /// The version of traj that read the flights.
    pub(super) fn version(&self) -> &str {
        self.settings.get(TRAJ).and_then(Value::as_str).unwrap_or("of an unknown version")
    }

    /// Names of the settings that differ, such as `features.aggregates`.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut names = Vec::new();
        differ("", &self.settings, &other.settings, &mut names);
        names
    }
}

/// The first half of a hash: enough to tell settings apart.
fn half(digest: &Digest) -> ReadingKey {
    let digits = digest.to_string();
    from_hex(&digits[..2 * size_of::<ReadingKey>()]).expect("a digest is hexadecimal")
}

fn from_hex(digits: &str) -> Option<ReadingKey> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let nibble = |digit: u8| Some(char::from(digit).to_digit(16)? as u8);
    let byte = |[high, low]: &[u8; 2]| Some(nibble(*high)? << 4 | nibble(*low)?);
    pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?.try_into().ok()
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
