//! Explored tables are what stands behind the exploration page, a file each in
//! `data-index/explore`.
//!
//! A section of the page gives them; `explore` writes them before the page.

use std::fmt;
use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::Kind;
use super::{
    CORRELATIONS, DIFFERENCES, DRIFT, Digest, FEATURE_GROUPS, FEATURE_GROUPS_FILE, ROUTE_FLIGHTS,
    Stamp, TableError,
};

/// A table behind the exploration page.
pub trait ExploredTable: fmt::Debug {
    /// Its name in `data-index/explore`.
    fn file_name(&self) -> &'static str;

    /// Writes it.
    ///
    /// # Errors
    /// [`TableError::Write`].
    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError>;
}

/// The schema of [`CountTable`].
pub const EXPLORED_COUNTS: Kind = Kind { schema: "traj.explore.counts/1", made_by: "traj explore" };
/// The schema of [`HistogramTable`].
pub const EXPLORED_HISTOGRAMS: Kind =
    Kind { schema: "traj.explore.histograms/1", made_by: "traj explore" };
/// The schema of [`BandTable`].
pub const EXPLORED_BANDS: Kind = Kind { schema: "traj.explore.bands/1", made_by: "traj explore" };
/// The schema of [`DispersionTable`].
pub const EXPLORED_DISPERSION: Kind =
    Kind { schema: "traj.explore.dispersion/1", made_by: "traj explore" };

/// The kind of a table in `data-index/explore` by its file's name; none for any other file.
#[must_use]
pub fn explored_kind(file_name: &str) -> Option<Kind> {
    const KINDS: [(&str, Kind); 9] = [
        ("counts.parquet", EXPLORED_COUNTS),
        ("histograms.parquet", EXPLORED_HISTOGRAMS),
        ("bands.parquet", EXPLORED_BANDS),
        ("dispersion.parquet", EXPLORED_DISPERSION),
        ("correlations.parquet", CORRELATIONS),
        (FEATURE_GROUPS_FILE, FEATURE_GROUPS),
        ("route_flights.parquet", ROUTE_FLIGHTS),
        ("differences.parquet", DIFFERENCES),
        ("drift.parquet", DRIFT),
    ];
    KINDS.into_iter().find(|(name, _)| *name == file_name).map(|(_, kind)| kind)
}

/// How many flights there are of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    /// What flights are told apart by: `pair`, `day`, `weekday`, `hour`, `month`,
    /// `aircraft_type`, `airline`.
    pub by: &'static str,
    /// The group; none for flights of which it is not known.
    pub group: Option<String>,
    /// Flights.
    pub flights: u64,
}

/// Flights by group: `counts.parquet`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CountTable {
    /// In the order of the page.
    pub rows: Vec<CountRow>,
}

impl ExploredTable for CountTable {
    fn file_name(&self) -> &'static str {
        "counts.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let mut out = ColumnsOut::new(self.rows.len());
        out.text("by", self.rows.iter().map(|row| Some(row.by)));
        out.text("group", self.rows.iter().map(|row| row.group.as_deref()));
        out.int("flights", self.rows.iter().map(|row| Some(row.flights as i64)));
        out.write(path, EXPLORED_COUNTS, stamp)
    }
}

/// How many flights have a figure in a class.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramRow {
    /// The figure, with its unit in its name.
    pub figure: &'static str,
    /// The class holds values from here on; none for no lower end.
    pub low: Option<f64>,
    /// And below here (the last class of evenly wide ones holds its end as well); none for no
    /// upper end.
    pub high: Option<f64>,
    /// Flights.
    pub flights: u64,
}

/// Flights by classes of a figure: `histograms.parquet`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistogramTable {
    /// In the order of the page.
    pub rows: Vec<HistogramRow>,
}

impl ExploredTable for HistogramTable {
    fn file_name(&self) -> &'static str {
        "histograms.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let mut out = ColumnsOut::new(self.rows.len());
        out.text("figure", self.rows.iter().map(|row| Some(row.figure)));
        out.float("low", self.rows.iter().map(|row| row.low));
        out.float("high", self.rows.iter().map(|row| row.high));
        out.int("flights", self.rows.iter().map(|row| Some(row.flights as i64)));
        out.write(path, EXPLORED_HISTOGRAMS, stamp)
    }
}

/// How a variable is spread over sampled flights at a fraction.
#[derive(Debug, Clone, PartialEq)]
pub struct BandRow {
    /// The pair (`LEMD-LEBL`); none for flights of unknown origin or destination.
    pub pair: Option<String>,
    /// Along what: `time`, `distance`, or a variable.
    pub axis: String,
    /// The variable: roles in degrees and metres, `elapsed_s`, others in their file's unit.
    pub variable: String,
    /// The fraction, from 0 to 1.
    pub fraction: f64,
    /// Flights that have a value.
    pub n: u64,
    /// The quantiles 5, 25, 50, 75 and 95 %, linear as numpy's.
    pub quantiles: [f64; 5],
}

/// Bands along the flight: `bands.parquet`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BandTable {
    /// By pair, axis, variable and fraction, as on the page.
    pub rows: Vec<BandRow>,
}

/// The columns of a band's quantiles.
const QUANTILES: [&str; 5] = ["p05", "p25", "median", "p75", "p95"];

impl BandTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, _, _) = ColumnsIn::read(path, EXPLORED_BANDS)?;
        let mut axes = columns.full_text("axis")?.into_iter();
        let mut variables = columns.full_text("variable")?.into_iter();
        let fractions = columns.full_float("fraction")?;
        let counts = columns.full_int("n")?;
        let quantiles = QUANTILES
            .map(|name| columns.full_float(name))
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        let pairs = columns.text("pair")?.into_iter().enumerate();
        let rows = pairs.map(|(i, pair)| BandRow {
            pair,
            axis: axes.next().unwrap_or_default(),
            variable: variables.next().unwrap_or_default(),
            fraction: fractions[i],
            n: counts[i] as u64,
            quantiles: std::array::from_fn(|at| quantiles[at][i]),
        });
        Ok(Self { rows: rows.collect() })
    }
}

impl ExploredTable for BandTable {
    fn file_name(&self) -> &'static str {
        "bands.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("pair", rows.iter().map(|row| row.pair.as_deref()));
        out.text("axis", rows.iter().map(|row| Some(row.axis.as_str())));
        out.text("variable", rows.iter().map(|row| Some(row.variable.as_str())));
        out.float("fraction", rows.iter().map(|row| Some(row.fraction)));
        out.int("n", rows.iter().map(|row| Some(row.n as i64)));
        for (at, name) in QUANTILES.into_iter().enumerate() {
            out.float(name, rows.iter().map(|row| Some(row.quantiles[at])));
        }
        out.write(path, EXPLORED_BANDS, stamp)
    }
}

/// How far a variable's values lie apart at a fraction of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct DispersionRow {
    /// The pair, as in [`BandRow`].
    pub pair: Option<String>,
    /// The variable, as in [`BandRow`].
    pub variable: String,
    /// Along what, as in [`BandRow`].
    pub axis: String,
    /// The fraction; none for the mean over all fractions.
    pub fraction: Option<f64>,
    /// Flights behind it: those that have a profile along every axis, and the variable.
    pub n: u64,
    /// Interquartile range as a share of the variable's whole spread.
    pub dispersion: f64,
}

/// Dispersion under each axis: `dispersion.parquet`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DispersionTable {
    /// By pair, variable, axis and fraction, as on the page.
    pub rows: Vec<DispersionRow>,
}

impl DispersionTable {
    /// Reads the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let (columns, _, _) = ColumnsIn::read(path, EXPLORED_DISPERSION)?;
        let mut variables = columns.full_text("variable")?.into_iter();
        let mut axes = columns.full_text("axis")?.into_iter();
        let fractions = columns.float("fraction")?;
        let counts = columns.full_int("n")?;
        let dispersions = columns.full_float("dispersion")?;
        let pairs = columns.text("pair")?.into_iter().enumerate();
        let rows = pairs.map(|(i, pair)| DispersionRow {
            pair,
            variable: variables.next().unwrap_or_default(),
            axis: axes.next().unwrap_or_default(),
            fraction: fractions[i],
            n: counts[i] as u64,
            dispersion: dispersions[i],
        });
        Ok(Self { rows: rows.collect() })
    }
}

impl ExploredTable for DispersionTable {
    fn file_name(&self) -> &'static str {
        "dispersion.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("pair", rows.iter().map(|row| row.pair.as_deref()));
        out.text("variable", rows.iter().map(|row| Some(row.variable.as_str())));
        out.text("axis", rows.iter().map(|row| Some(row.axis.as_str())));
        out.float("fraction", rows.iter().map(|row| row.fraction));
        out.int("n", rows.iter().map(|row| Some(row.n as i64)));
        out.float("dispersion", rows.iter().map(|row| Some(row.dispersion)));
        out.write(path, EXPLORED_DISPERSION, stamp)
    }
}
