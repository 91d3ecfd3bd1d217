//! An *order* is all that a worker is told besides what to work on: the version that it is for and
//! the configuration, as data. Where things are on the worker's machine is the worker's own.

use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::RELEASE;
use crate::config::{Layer, Loaded};

/// What a worker is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    traj_version: String,
    /// The configuration as TOML, without the folder of the flights.
    config: String,
    /// For fits: the folder of the tables below the shared one.
    tables: Option<String>,
    /// For fits: the hash that the run goes by.
    config_hash: Option<String>,
}

/// The name of the file of folds beside the tables of a run.
pub(super) const FOLDS_FILE: &str = "folds";

impl Order {
    /// The order to read flights.
    pub(super) fn to_read(loaded: &Loaded) -> Self {
        Self {
            traj_version: RELEASE.to_owned(),
            config: elsewhere(loaded),
            tables: None,
            config_hash: None,
        }
    }

    /// The order to fit estimators on the tables in a folder below the shared one.
    pub(super) fn to_fit(loaded: &Loaded, tables: &str) -> Self {
        Self {
            tables: Some(tables.to_owned()),
            config_hash: Some(loaded.train_hash()),
            ..Self::to_read(loaded)
        }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an order of plain values")
    }

    /// Reads an order.
    ///
    /// # Errors
    /// A sentence for whoever asked: it is of another version, or none at all.
    pub(super) fn parse(json: &str) -> Result<Self, String> {
        let version = serde_json::from_str::<serde_json::Value>(json)
            .ok()
            .and_then(|order| order.get("traj_version")?.as_str().map(str::to_owned));
        match version.as_deref() {
            Some(RELEASE) => serde_json::from_str(json).map_err(|error| error.to_string()),
            Some(other) => Err(format!("the order is of traj {other}, the worker is {RELEASE}")),
            None => Err("the order says no version".to_owned()),
        }
    }

    /// The configuration, checked as one that was written here.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn load(&self) -> Result<Loaded, String> {
        let layer = Layer::parse("order", &*self.config);
        let loaded = layer.and_then(|layer| Loaded::new(vec![layer], None));
        loaded.map_err(|error| error.to_string())
    }

    /// The folder of the tables, below the shared one.
    ///
    /// # Errors
    /// For none, and for one that leads elsewhere.
    pub(super) fn tables(&self) -> Result<PathBuf, String> {
        let tables = self.tables.as_ref().ok_or("the order names no tables")?;
        below(tables).ok_or_else(|| "the tables are not in the shared folder".to_owned())
    }

    /// The hash that the run goes by.
    pub(super) fn config_hash(&self) -> &str {
        self.config_hash.as_deref().unwrap_or_default()
    }
}

/// The configuration as it holds on other machines.
fn elsewhere(loaded: &Loaded) -> String {
    let mut config = loaded.config.clone();
    config.data.root.clear();
    config.train.folds_file = config.train.folds_file.map(|_| FOLDS_FILE.into());
    toml::to_string(&config).expect("a configuration of plain values")
}

/// A path that stays below the folder that it is appended to; none for others.
pub(super) fn below(path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    (path.components().next().is_some() && path.components().all(is_plain)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_folder() {
        for (path, is_below) in [
            ("a.csv", true),
            ("2024/03/a.csv", true),
            ("./a.csv", false),
            ("../a.csv", false),
            ("a/../../b.csv", false),
            ("/etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(below(path).is_some(), is_below, "{path}");
        }
    }

    #[test]
    fn orders_of_other_versions_and_with_other_fields_are_refused() {
        let order = Order {
            traj_version: RELEASE.to_owned(),
            config: String::new(),
            tables: None,
            config_hash: None,
        };
        assert_eq!(Order::parse(&order.to_json()).unwrap(), order);
        let other = Order { traj_version: "9.9.9".to_owned(), ..order.clone() };
        assert!(Order::parse(&other.to_json()).unwrap_err().contains("traj 9.9.9"));
        let more = order.to_json().replacen('{', r#"{"command":"rm","#, 1);
        assert!(Order::parse(&more).unwrap_err().contains("unknown field"));
        assert!(Order::parse("{}").is_err());
    }
}
