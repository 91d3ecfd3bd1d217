//! Features: a row per flight, with what is known of it and from when.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::{self, Kind};
use super::names::horizon_of_column;
use super::{Digest, Horizon, Stamp, TableError};

/// The features' schema.
pub const FEATURES: Kind = Kind { schema: "traj.features/1", made_by: "traj features" };

/// Columns that every feature table has; the rest are features.
const FIXED: [&str; 6] =
    ["flight_id", "origin", "destination", "start_time", "duration_s", "distance_m"];

/// Key of the columns' horizons in the table's metadata: a JSON object.
const HORIZONS: &str = "traj.horizons";

/// A numeric feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The column's name.
    pub name: String,
    /// From when it is known.
    pub horizon: Horizon,
    /// A value per flight; NaN where it is missing (null in the file).
    pub values: Vec<f64>,
}

/// A feature that is a word, known at departure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// The column's name.
    pub name: String,
    /// A word per flight; none where it is missing.
    pub values: Vec<Option<String>>,
}

/// All flights' features; every vector is as long as `flight_id`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureTable {
    /// Unique names of the flights, ascending.
    pub flight_id: Vec<String>,
    /// Where each flight comes from.
    pub origin: Vec<Option<String>>,
    /// Where it goes.
    pub destination: Vec<Option<String>>,
    /// First time, UTC, in microseconds since 1970; none without a calendar.
    pub start_time_us: Vec<Option<i64>>,
    /// Time between the first and the last kept row, in seconds; NaN where unknown.
    pub duration_s: Vec<f64>,
    /// Metres flown between them; NaN where unknown.
    pub distance_m: Vec<f64>,
    /// Numeric features, in the table's order.
    pub features: Vec<Feature>,
    /// Categories, in the table's order.
    pub categories: Vec<Category>,
    /// What it was made from.
    pub stamp: Stamp,
}

impl FeatureTable {
    /// Number of flights.
    #[must_use]
    pub fn n_flights(&self) -> usize {
        self.flight_id.len()
    }

    /// The pair of a flight, `LEMD-LEBL`; none unless both ends are known.
    #[must_use]
    pub fn pair(&self, flight: usize) -> Option<String> {
        let (origin, destination) = (&self.origin[flight], &self.destination[flight]);
        Some(format!("{}-{}", origin.as_deref()?, destination.as_deref()?))
    }

    /// The table of some of its flights, given by their rows, ascending.
    #[must_use]
    pub fn of_flights(&self, rows: &[usize]) -> Self {
        fn take<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|row| values[*row].clone()).collect()
        }
        let feature = |feature: &Feature| Feature {
            name: feature.name.clone(),
            horizon: feature.horizon,
            values: take(&feature.values, rows),
        };
        let category = |category: &Category| Category {
            name: category.name.clone(),
            values: take(&category.values, rows),
        };
        Self {
            flight_id: take(&self.flight_id, rows),
            origin: take(&self.origin, rows),
            destination: take(&self.destination, rows),
            start_time_us: take(&self.start_time_us, rows),
            duration_s: take(&self.duration_s, rows),
            distance_m: take(&self.distance_m, rows),
            features: self.features.iter().map(feature).collect(),
            categories: self.categories.iter().map(category).collect(),
            stamp: self.stamp.clone(),
        }
    }

    /// Reads a table that traj wrote.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<(Self, Digest), TableError> {
        let (columns, stamp, digest) = ColumnsIn::read(path, FEATURES)?;
        Ok((Self::from_columns(&columns, stamp)?, digest))
    }

    /// Reads some flights of a table whose digest was checked before.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read_rows(path: &Path, rows: Range<usize>) -> Result<Self, TableError> {
        Self::from_columns(&ColumnsIn::read_rows(path, FEATURES, rows)?, Stamp::default())
    }

    /// Reads a table that any program wrote: of the fixed columns only `flight_id` is needed.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read_foreign(path: &Path) -> Result<Self, TableError> {
        let (columns, stamp) = ColumnsIn::read_foreign(path, FEATURES)?;
        Self::from_columns(&columns, stamp)
    }

    fn from_columns(columns: &ColumnsIn<'_>, stamp: Stamp) -> Result<Self, TableError> {
        let names = columns.names();
        let has = |name: &str| names.iter().any(|(known, _)| known == name);
        let height = columns.height();
        let horizons: BTreeMap<String, Horizon> = stamp
            .notes
            .get(HORIZONS)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let floats = |name: &str| -> Result<Vec<f64>, TableError> {
            Ok(columns.float(name)?.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
        };
        let texts = |name: &str| {
            if has(name) { columns.text(name) } else { Ok(vec![None; height]) }
        };
        let numbers =
            |name: &str| if has(name) { floats(name) } else { Ok(vec![f64::NAN; height]) };
        let mut table = Self {
            flight_id: columns.full_text("flight_id")?,
            origin: texts("origin")?,
            destination: texts("destination")?,
            start_time_us: if has("start_time") {
                columns.time("start_time")?
            } else {
                vec![None; height]
            },
            duration_s: numbers("duration_s")?,
            distance_m: numbers("distance_m")?,
            features: Vec::new(),
            categories: Vec::new(),
            stamp,
        };
        for (name, is_text) in names.iter().filter(|(name, _)| !FIXED.contains(&name.as_str())) {
            if *is_text {
                let values = columns.text(name)?;
                table.categories.push(Category { name: name.clone(), values });
            } else {
                let known = horizons.get(name).copied().or_else(|| horizon_of_column(name));
                let horizon = known.unwrap_or(Horizon::WholeFlight);
                let values = floats(name)?;
                table.features.push(Feature { name: name.clone(), horizon, values });
            }
        }
        Ok(table)
    }

    /// Writes the table; the flights must be in ascending order of their ids.
    ///
    /// # Errors
    /// [`TableError::Write`].
    pub fn write(&self, path: &Path) -> Result<Digest, TableError> {
        self.to_columns().write(path, FEATURES, &self.stamp_with_horizons())
    }

    /// Writes a table too large to hold, part after part; each must be in ascending order of
    /// the flights' ids, and come after those before it. `like` has the columns and the stamp,
    /// and no flights.
    ///
    /// # Errors
    /// [`TableError::Write`], also where a part is an error.
    pub fn write_parts(
        path: &Path,
        like: &Self,
        parts: impl Iterator<Item = io::Result<Self>>,
    ) -> Result<Digest, TableError> {
        let frames = parts.map(|part| Ok(part?.to_columns().into_frame()));
        let columns = like.to_columns().into_frame();
        file::write_parts(path, FEATURES, &columns, frames, &like.stamp_with_horizons())
    }

    fn to_columns(&self) -> ColumnsOut {
        let mut out = ColumnsOut::new(self.n_flights());
        out.text("flight_id", self.flight_id.iter().map(|id| Some(id.as_str())));
        out.text("origin", self.origin.iter().map(Option::as_deref));
        out.text("destination", self.destination.iter().map(Option::as_deref));
        out.time("start_time", self.start_time_us.iter().copied());
        out.float("duration_s", self.duration_s.iter().map(|v| Some(*v)));
        out.float("distance_m", self.distance_m.iter().map(|v| Some(*v)));
        for feature in &self.features {
            out.float(&feature.name, feature.values.iter().map(|v| Some(*v)));
        }
        // Pair columns are fixed columns, so a category of that name is not written twice.
        for category in self.categories.iter().filter(|c| !FIXED.contains(&c.name.as_str())) {
            out.text(&category.name, category.values.iter().map(Option::as_deref));
        }
        out
    }

    fn stamp_with_horizons(&self) -> Stamp {
        let horizons: BTreeMap<&str, Horizon> =
            self.features.iter().map(|f| (f.name.as_str(), f.horizon)).collect();
        let mut stamp = self.stamp.clone();
        let horizons = serde_json::to_string(&horizons).expect("a map of text serialises");
        stamp.notes.insert(HORIZONS.to_owned(), horizons);
        stamp
    }
}
