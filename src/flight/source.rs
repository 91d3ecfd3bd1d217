//! A source is a kind of file: which of its columns plays which role, in which unit.
//!
//! `[[source]]` blocks of the configuration are compiled into [`Source`]s once; each file
//! is read by the first source whose columns its header has.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Dialect, FileNamePattern, Refusal, TimeFormat};
use crate::tables::RejectCode;
use crate::units::{Conversion, Dimension, Unit};

/// A `[[source]]` block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// The name by which the catalog calls it.
    pub name: String,
    /// What a file's name tells, such as `{origin}-{destination}_{callsign}_{date}.csv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// The zone of times that name none, such as `Europe/Madrid`; UTC unless stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// How the files are written, where it differs from plain CSV.
    #[serde(default)]
    pub dialect: Dialect,
    /// Which column plays which role.
    pub columns: RoleColumns,
    /// The unit of each role, and conversions of variables (`"degC -> K"`).
    #[serde(default)]
    pub units: BTreeMap<String, String>,
}

/// The header's name for each role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleColumns {
    /// When; only the clock where `date` is mapped.
    pub time: String,
    /// The date, where it has a column of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The clock's offset from UTC, where it has a column of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset: Option<String>,
    /// Where, east of Greenwich.
    pub longitude: String,
    /// Where, north of the equator.
    pub latitude: String,
    /// Pressure altitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altitude: Option<String>,
    /// Distance flown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<String>,
    /// Where the flight comes from; the first row's word counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// Callsign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callsign: Option<String>,
    /// ICAO aircraft type designator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aircraft_type: Option<String>,
    /// The flight's unique name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight_id: Option<String>,
}

impl RoleColumns {
    /// The columns beside `time` that a row's time is made of, with their keys.
    pub fn time_parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let parts = [("date", &self.date), ("utc_offset", &self.utc_offset)];
        parts.into_iter().filter_map(|(key, column)| Some((key, column.as_deref()?)))
    }

    /// Every column that is mapped.
    pub fn mapped(&self) -> impl Iterator<Item = &str> {
        let required = [&self.time, &self.longitude, &self.latitude].map(String::as_str);
        let optional = [
            &self.date,
            &self.utc_offset,
            &self.altitude,
            &self.distance,
            &self.origin,
            &self.destination,
            &self.callsign,
            &self.aircraft_type,
            &self.flight_id,
        ];
        required.into_iter().chain(optional.into_iter().filter_map(Option::as_deref))
    }
}

/// What a numeric role column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Degrees east.
    Longitude,
    /// Degrees north.
    Latitude,
    /// Metres of pressure altitude.
    Altitude,
    /// Metres flown.
    Distance,
}

impl Role {
    /// Every numeric role.
    pub const ALL: [Self; 4] = [Self::Longitude, Self::Latitude, Self::Altitude, Self::Distance];

    /// The role's name, which is also the variable's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Longitude => "longitude",
            Self::Latitude => "latitude",
            Self::Altitude => "altitude",
            Self::Distance => "distance",
        }
    }

    /// The role that a variable's name is, if any.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    fn dimension(self) -> Dimension {
        match self {
            Self::Longitude | Self::Latitude => Dimension::Angle,
            Self::Altitude | Self::Distance => Dimension::Length,
        }
    }
}

/// Why a `[[source]]` block makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("source `{source_name}`: {key}: {message}")]
pub struct SourceError {
    /// The block's name.
    pub source_name: String,
    /// The key within the block.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
}

/// A compiled `[[source]]` block.
#[derive(Debug, Clone)]
pub struct Source {
    /// The block itself.
    pub config: SourceConfig,
    /// What a file's name tells.
    pub file_name: Option<FileNamePattern>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// How times are written.
    pub time_format: TimeFormat,
    conversions: [Conversion; 4],
    variable_conversions: BTreeMap<String, Conversion>,
}

impl Source {
    /// Compiles a block.
    ///
    /// # Errors
    /// [`SourceError`] naming the key and what is wrong with it.
    pub fn compile(config: &SourceConfig) -> Result<Self, SourceError> {
        let error = |key: &str, message: String| SourceError {
            source_name: config.name.clone(),
            key: key.to_owned(),
            message,
        };
        let file_name = config
            .file_name
            .as_deref()
            .map(FileNamePattern::compile)
            .transpose()
            .map_err(|e| error("file_name", e.to_string()))?;
        let zone = match config.timezone.as_deref() {
            None | Some("UTC") => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|e| error("timezone", e.to_string()))?,
        };
        let format = config.units.get("time").map_or("iso8601", String::as_str);
        let time_format = format.parse().map_err(|_| {
            let known = TimeFormat::spellings().join(", ");
            error("units.time", format!("`{format}` is not a time format; known are {known}"))
        })?;
        check_time_parts(&config.columns, time_format)
            .map_err(|(key, message)| error(&format!("columns.{key}"), message))?;
        let mut conversions = [Conversion::IDENTITY; 4];
        let mut variable_conversions = BTreeMap::new();
        for (name, text) in config.units.iter().filter(|(name, _)| *name != "time") {
            let key = format!("units.{name}");
            if let Some(role) = Role::named(name) {
                conversions[role as usize] =
                    role_conversion(role, text).map_err(|message| error(&key, message))?;
            } else {
                let conversion =
                    variable_conversion(text).map_err(|message| error(&key, message))?;
                variable_conversions.insert(name.clone(), conversion);
            }
        }
        Ok(Self {
            config: config.clone(),
            file_name,
            zone,
            time_format,
            conversions,
            variable_conversions,
        })
    }

    /// The header's name for a numeric role.
    #[must_use]
    pub fn column_of(&self, role: Role) -> Option<&str> {
        match role {
            Role::Longitude => Some(&self.config.columns.longitude),
            Role::Latitude => Some(&self.config.columns.latitude),
            Role::Altitude => self.config.columns.altitude.as_deref(),
            Role::Distance => self.config.columns.distance.as_deref(),
        }
    }

    /// The conversion of a role's column to metres or degrees.
    #[must_use]
    pub fn conversion_of(&self, role: Role) -> Conversion {
        self.conversions[role as usize]
    }

    /// The conversion of a variable, which changes nothing unless `units` says so.
    #[must_use]
    pub fn conversion_of_variable(&self, name: &str) -> Conversion {
        self.variable_conversions.get(name).copied().unwrap_or(Conversion::IDENTITY)
    }
}

/// Dates and offsets from UTC belong to times of the calendar, and each to a column of its own.
fn check_time_parts(
    columns: &RoleColumns,
    format: TimeFormat,
) -> Result<(), (&'static str, String)> {
    let mut taken = vec![columns.time.as_str()];
    for (key, column) in columns.time_parts() {
        if format != TimeFormat::Iso8601 {
            return Err((key, format!("`{key}` is only for times with units.time = \"iso8601\"")));
        }
        if taken.contains(&column) {
            return Err((key, format!("`{column}` is already mapped to another part of the time")));
        }
        taken.push(column);
    }
    Ok(())
}

fn role_conversion(role: Role, text: &str) -> Result<Conversion, String> {
    let unit: Unit = text.parse().map_err(|e: crate::units::UnitError| e.to_string())?;
    if unit.dimension() == role.dimension() {
        Ok(unit.to_base())
    } else {
        Err(format!("`{text}` is no unit of {}", role.as_str()))
    }
}

/// `"degC -> K"` converts; a unit alone only says what the column holds.
fn variable_conversion(text: &str) -> Result<Conversion, String> {
    let unit = |symbol: &str| -> Result<Unit, String> {
        symbol.trim().parse().map_err(|e: crate::units::UnitError| e.to_string())
    };
    match text.split_once("->") {
        None => unit(text).map(|_| Conversion::IDENTITY),
        Some((from, to)) => unit(from)?.to(unit(to)?).map_err(|e| e.to_string()),
    }
}

/// The first source whose columns are all in the header that its dialect reads.
///
/// `header_under` gives the file's header as a dialect reads it.
///
/// # Errors
/// A refusal naming the columns that the nearest source misses.
pub fn choose_source(
    sources: &[Source],
    mut header_under: impl FnMut(&Dialect) -> Result<Vec<String>, Refusal>,
) -> Result<(&Source, Vec<String>), Refusal> {
    let mut nearest: Option<(usize, Refusal)> = None;
    let mut read: Vec<(Dialect, Result<Vec<String>, Refusal>)> = Vec::new();
    for source in sources {
        let dialect = source.config.dialect;
        let at = read.iter().position(|(known, _)| *known == dialect).unwrap_or_else(|| {
            read.push((dialect, header_under(&dialect)));
            read.len() - 1
        });
        let header = match &read[at].1 {
            Ok(header) => header,
            Err(refusal) => {
                // A file that no dialect reads is refused for what the first one says.
                nearest.get_or_insert((usize::MAX, refusal.clone()));
                continue;
            }
        };
        let missing: Vec<&str> = source
            .config
            .columns
            .mapped()
            .filter(|column| !header.iter().any(|name| name == column))
            .collect();
        if missing.is_empty() {
            return Ok((source, header.clone()));
        }
        if nearest.as_ref().is_none_or(|(fewest, _)| missing.len() < *fewest) {
            nearest = Some((missing.len(), misses(source, header, &missing)));
        }
    }
    Err(nearest.map_or_else(
        || Refusal::new(RejectCode::NoHeader, "there is no source to read it"),
        |(_, refusal)| refusal,
    ))
}

fn misses(source: &Source, header: &[String], missing: &[&str]) -> Refusal {
    let looks_like_data = header.iter().all(|name| name.trim().parse::<f64>().is_ok());
    if looks_like_data {
        return Refusal::new(RejectCode::NoHeader, "the first line holds numbers, not names")
            .at_line(1);
    }
    let message = format!(
        "the header has no such column, which source `{}` needs{}",
        source.config.name,
        match missing.len() {
            1 => String::new(),
            more => format!(", nor {} others", more - 1),
        }
    );
    let line = 1 + source.config.dialect.skip_lines as u64;
    Refusal::new(RejectCode::MissingColumn, message).at_line(line).in_column(missing[0])
}
