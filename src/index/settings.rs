//! The `[data]` section: where the flights are and how they are told apart.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::problem::Invalid;

/// The `[data]` section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// The folder of the flights; folders in it are searched, too.
    pub root: PathBuf,
    /// Endings of the names of files that are flights, such as `csv`, `csv.gz` and `csv.zst`.
    pub extensions: Vec<String>,
    /// What names a flight whose source maps no `flight_id` column.
    pub flight_id: FlightIdFrom,
    /// Whether pairs come from the airports nearest to the first and last position, where
    /// nothing else gives them.
    pub airports: bool,
    /// A table with a row per file that says what the files themselves do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side_table: Option<SideTableConfig>,
}

/// What names a flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlightIdFrom {
    /// The file's name without its ending.
    Stem,
    /// The path below `data.root` without the ending, where stems repeat.
    Path,
}

/// The `[data.side_table]` section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideTableConfig {
    /// The table: a CSV, relative to `data.root`.
    pub path: PathBuf,
    /// Its column with the file's relative path, name or stem.
    pub key: String,
    /// Its column with the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Its column with the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Its column with the callsign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callsign: Option<String>,
    /// Its column with the ICAO aircraft type designator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aircraft_type: Option<String>,
}

impl DataConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`Invalid`] naming the key.
    pub fn validate(&self) -> Result<(), Invalid> {
        if self.extensions.is_empty() {
            return Err(Invalid::new("data.extensions", "there must be at least one"));
        }
        match self.extensions.iter().find(|ending| ending.is_empty() || ending.starts_with('.')) {
            Some(ending) => {
                let message = format!("`{ending}` must be written without its dot, such as `csv`");
                Err(Invalid::new("data.extensions", message))
            }
            None => Ok(()),
        }
    }

    /// The side table's path.
    #[must_use]
    pub fn side_table_path(&self) -> Option<PathBuf> {
        self.side_table.as_ref().map(|table| self.root.join(&table.path))
    }

    /// A file's name without its ending, or none where it is no flight's.
    #[must_use]
    pub fn stem<'a>(&self, name: &'a str) -> Option<&'a str> {
        let lower = name.to_ascii_lowercase();
        let ending = self
            .extensions
            .iter()
            .filter(|ending| lower.ends_with(&format!(".{}", ending.to_ascii_lowercase())))
            .max_by_key(|ending| ending.len())?;
        Some(&name[..name.len() - ending.len() - 1]).filter(|stem| !stem.is_empty())
    }

    /// The id of the flight in a file, given its path below the root.
    #[must_use]
    pub fn flight_id(&self, relative_path: &str) -> String {
        let name = Path::new(relative_path).file_name().and_then(|n| n.to_str());
        let named = match self.flight_id {
            FlightIdFrom::Stem => name.and_then(|name| self.stem(name)),
            FlightIdFrom::Path => self.stem(relative_path),
        };
        named.unwrap_or(relative_path).to_owned()
    }
}
