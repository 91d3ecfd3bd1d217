//! Columns of a table on their way to and from polars: typed, named, checked.
//!
//! The row types of this folder use it; nothing outside does.

use std::ops::Range;
use std::path::Path;

use polars::prelude::{
    Column, DataFrame, DataType, Int64Chunked, IntoSeries as _, NamedFrom as _, Series, TimeUnit,
    TimeZone,
};

use super::file::Kind;
use super::{Digest, Stamp, TableError};

/// A table being built, column by column.
pub(super) struct ColumnsOut {
    height: usize,
    columns: Vec<Column>,
}

impl ColumnsOut {
    /// A table of `height` rows and no columns yet.
    pub(super) fn new(height: usize) -> Self {
        Self { height, columns: Vec::new() }
    }

    /// Adds a column of text; `None` is null.
    pub(super) fn text<'a>(&mut self, name: &str, values: impl Iterator<Item = Option<&'a str>>) {
        let values: Vec<Option<&str>> = values.collect();
        self.push(Series::new(name.into(), values));
    }

    /// Adds a column of numbers; a NaN is written as null.
    pub(super) fn float(&mut self, name: &str, values: impl Iterator<Item = Option<f64>>) {
        let values: Vec<Option<f64>> = values.map(|v| v.filter(|v| !v.is_nan())).collect();
        self.push(Series::new(name.into(), values));
    }

    /// Adds a column of integers.
    pub(super) fn int(&mut self, name: &str, values: impl Iterator<Item = Option<i64>>) {
        let values: Vec<Option<i64>> = values.collect();
        self.push(Series::new(name.into(), values));
    }

    /// Adds a column of truth values.
    pub(super) fn flag(&mut self, name: &str, values: impl Iterator<Item = bool>) {
        let values: Vec<bool> = values.collect();
        self.push(Series::new(name.into(), values));
    }

    /// Adds a column of UTC times, given in microseconds since 1970.
    pub(super) fn time(&mut self, name: &str, values: impl Iterator<Item = Option<i64>>) {
        let values: Vec<Option<i64>> = values.collect();
        let times = Int64Chunked::new(name.into(), values)
            .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
            .into_series();
        self.push(times);
    }

    fn push(&mut self, series: Series) {
        debug_assert_eq!(series.len(), self.height, "{}", series.name());
        self.columns.push(series.into());
    }

    /// The finished table.
    pub(super) fn into_frame(self) -> DataFrame {
        DataFrame::new(self.height, self.columns)
            .expect("columns are as long as the table and have different names")
    }

    /// Writes the table.
    pub(super) fn write(
        self,
        path: &Path,
        kind: Kind,
        stamp: &Stamp,
    ) -> Result<Digest, TableError> {
        super::file::write(path, kind, &mut self.into_frame(), stamp)
    }
}

/// A table that was read, giving its columns out by name and type.
pub(super) struct ColumnsIn<'a> {
    path: &'a Path,
    kind: Kind,
    frame: DataFrame,
}

impl<'a> ColumnsIn<'a> {
    /// Reads and checks the file.
    pub(super) fn read(path: &'a Path, kind: Kind) -> Result<(Self, Stamp, Digest), TableError> {
        let (frame, stamp, digest) = super::file::read(path, kind)?;
        Ok((Self { path, kind, frame }, stamp, digest))
    }

    /// Reads some rows of a file whose seal was checked before.
    pub(super) fn read_rows(
        path: &'a Path,
        kind: Kind,
        rows: Range<usize>,
    ) -> Result<Self, TableError> {
        Ok(Self { path, kind, frame: super::file::read_rows(path, kind, rows)? })
    }

    /// Reads a file that another program may have written: no seal, any schema.
    pub(super) fn read_foreign(path: &'a Path, kind: Kind) -> Result<(Self, Stamp), TableError> {
        let (frame, stamp) = super::file::read_foreign(path, kind)?;
        Ok((Self { path, kind, frame }, stamp))
    }

    /// Number of rows.
    pub(super) fn height(&self) -> usize {
        self.frame.height()
    }

    /// Names of all columns, in the file's order, with whether they hold text.
    pub(super) fn names(&self) -> Vec<(String, bool)> {
        let is_text = |c: &Column| matches!(c.dtype(), DataType::String);
        self.frame.columns().iter().map(|c| (c.name().to_string(), is_text(c))).collect()
    }

    /// A column of text.
    pub(super) fn text(&self, name: &str) -> Result<Vec<Option<String>>, TableError> {
        let column = self.column(name, "text")?;
        let text = column.str().map_err(|_| self.wrong(name, "text", column))?;
        Ok(text.iter().map(|value| value.map(str::to_owned)).collect())
    }

    /// A column of text without nulls.
    pub(super) fn full_text(&self, name: &str) -> Result<Vec<String>, TableError> {
        self.full(name, self.text(name)?)
    }

    /// A column of numbers.
    pub(super) fn float(&self, name: &str) -> Result<Vec<Option<f64>>, TableError> {
        let column = self.column(name, "float64")?;
        let cast = match column.dtype() {
            kind if kind.is_primitive_numeric() => column.cast(&DataType::Float64).ok(),
            _ => None,
        };
        let cast = cast.ok_or_else(|| self.wrong(name, "float64", column))?;
        let numbers = cast.f64().map_err(|_| self.wrong(name, "float64", column))?;
        Ok(numbers.iter().collect())
    }

    /// A column of numbers without nulls.
    pub(super) fn full_float(&self, name: &str) -> Result<Vec<f64>, TableError> {
        self.full(name, self.float(name)?)
    }

    /// A column of integers.
    pub(super) fn int(&self, name: &str) -> Result<Vec<Option<i64>>, TableError> {
        let column = self.column(name, "int64")?;
        let numbers = column.i64().map_err(|_| self.wrong(name, "int64", column))?;
        Ok(numbers.iter().collect())
    }

    /// A column of integers without nulls.
    pub(super) fn full_int(&self, name: &str) -> Result<Vec<i64>, TableError> {
        self.full(name, self.int(name)?)
    }

    /// A column of truth values without nulls.
    pub(super) fn flag(&self, name: &str) -> Result<Vec<bool>, TableError> {
        let column = self.column(name, "boolean")?;
        let flags = column.bool().map_err(|_| self.wrong(name, "boolean", column))?;
        self.full(name, flags.iter().collect())
    }

    /// A column of UTC times, in microseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Result<Vec<Option<i64>>, TableError> {
        let column = self.column(name, "time")?;
        let wrong = || self.wrong(name, "time", column);
        if !matches!(column.dtype(), DataType::Datetime(TimeUnit::Microseconds, _)) {
            return Err(wrong());
        }
        let numbers = column.cast(&DataType::Int64).map_err(|_| wrong())?;
        Ok(numbers.i64().map_err(|_| wrong())?.iter().collect())
    }

    /// Labels read from a column of text.
    pub(super) fn label<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Vec<T>, TableError> {
        self.full_text(name)?.iter().map(|text| self.parse(name, text)).collect()
    }

    /// Labels read from a column of text with empty cells.
    pub(super) fn optional_label<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Vec<Option<T>>, TableError> {
        let parse = |text: Option<String>| text.map(|text| self.parse(name, &text)).transpose();
        self.text(name)?.into_iter().map(parse).collect()
    }

    fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
        text: &str,
    ) -> Result<T, TableError> {
        text.parse().map_err(|error| {
            super::file::damaged(self.path, self.kind, &format!("column `{name}`: {error}"))
        })
    }

    fn full<T>(&self, name: &str, values: Vec<Option<T>>) -> Result<Vec<T>, TableError> {
        let count = values.len();
        let full: Vec<T> = values.into_iter().flatten().collect();
        if full.len() == count {
            return Ok(full);
        }
        let reason = format!("column `{name}` has {} empty cells", count - full.len());
        Err(super::file::damaged(self.path, self.kind, &reason))
    }

    fn column(&self, name: &str, expected: &'static str) -> Result<&Column, TableError> {
        self.frame.column(name).map_err(|_| TableError::WrongColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            expected,
            found: "no such column".to_owned(),
            made_by: self.kind.made_by,
        })
    }

    fn wrong(&self, name: &str, expected: &'static str, column: &Column) -> TableError {
        TableError::WrongColumn {
            path: self.path.to_owned(),
            column: name.to_owned(),
            expected,
            found: column.dtype().to_string(),
            made_by: self.kind.made_by,
        }
    }
}
