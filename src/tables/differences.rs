//! Differences: how long the flights of each group take, and whether groups differ.

use std::path::Path;

use super::columns::ColumnsOut;
use super::file::Kind;
use super::{Digest, ExploredTable, Stamp, TableError};

/// The schema.
pub const DIFFERENCES: Kind =
    Kind { schema: "traj.explore.differences/1", made_by: "traj explore" };

/// A group of flights in a test.
#[derive(Debug, Clone, PartialEq)]
pub struct DifferenceRow {
    /// The pair; none for all pairs, each flight less the median of its own.
    pub pair: Option<String>,
    /// What the groups differ by, such as `weekday`.
    pub factor: String,
    /// The group, such as `Monday`.
    pub group: String,
    /// Its flights.
    pub n_flights: i64,
    /// Median and quartiles of their durations in seconds, or of the differences from the
    /// median of their pair.
    pub quartiles_s: [f64; 3],
    /// Kruskal and Wallis's statistic of the test, the same in all of its groups.
    pub h: f64,
    /// Its degrees of freedom.
    pub degrees: i64,
    /// The chance of as large a statistic if groups do not differ.
    pub p: f64,
    /// The same with Holm's correction for all tests of the table.
    pub p_holm: f64,
    /// The share of the ranks' variance that the groups explain.
    pub epsilon_squared: f64,
}

/// The groups of all tests.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DifferenceTable {
    /// By pair, factor and group in the order of the page.
    pub rows: Vec<DifferenceRow>,
}

impl ExploredTable for DifferenceTable {
    fn file_name(&self) -> &'static str {
        "differences.parquet"
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("pair", rows.iter().map(|row| row.pair.as_deref()));
        out.text("factor", rows.iter().map(|row| Some(row.factor.as_str())));
        out.text("group", rows.iter().map(|row| Some(row.group.as_str())));
        out.int("n_flights", rows.iter().map(|row| Some(row.n_flights)));
        for (at, name) in ["lower_quartile_s", "median_s", "upper_quartile_s"].iter().enumerate() {
            out.float(name, rows.iter().map(|row| Some(row.quartiles_s[at])));
        }
        out.float("h", rows.iter().map(|row| Some(row.h)));
        out.int("degrees", rows.iter().map(|row| Some(row.degrees)));
        out.float("p", rows.iter().map(|row| Some(row.p)));
        out.float("p_holm", rows.iter().map(|row| Some(row.p_holm)));
        out.float("epsilon_squared", rows.iter().map(|row| Some(row.epsilon_squared)));
        out.write(path, DIFFERENCES, stamp)
    }
}
