//! A *shard* is a Parquet file with some rows of the work; each is a task of its own. What is one
//! file is read by one worker, so a table that is to be shared out is many files.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::logical_expr::{Expr, ScalarUDF, col, lit};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::ClusterError;
use crate::tables::CatalogRow;

/// Which row of the work something is about.
pub(super) const AT: &str = "at";
/// What a row came to.
pub(super) const RESULT: &str = "result";

/// Work that can be shared out: rows, and what is to be made of each.
pub(super) trait Work {
    /// How many rows there are.
    fn len(&self) -> usize;
    /// The columns, of which the first is [`AT`].
    fn schema(&self) -> SchemaRef;
    /// Some of the rows.
    fn rows(&self, range: std::ops::Range<usize>) -> Result<RecordBatch, ClusterError>;
    /// The name of the function, and its arguments.
    fn call(&self) -> (&'static str, Vec<Expr>);
}

/// What is made of every row, given the function.
pub(super) fn result(work: &dyn Work, function: &ScalarUDF) -> Vec<Expr> {
    let (_, arguments) = work.call();
    vec![col(AT), function.call(arguments).alias(RESULT)]
}

/// Writes the shards of a job into a folder.
pub(super) fn write(
    work: &dyn Work,
    range: std::ops::Range<usize>,
    rows_to_a_shard: usize,
    folder: &Path,
) -> Result<(), ClusterError> {
    let failed = |source| ClusterError::folder(folder, source);
    fs::create_dir_all(folder).map_err(failed)?;
    // Read once, as a whole.
    let plain = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    for (number, first) in range.clone().step_by(rows_to_a_shard).enumerate() {
        let rows = work.rows(first..range.end.min(first + rows_to_a_shard))?;
        let file = File::create(folder.join(format!("{number:05}.parquet"))).map_err(failed)?;
        let mut writer = ArrowWriter::try_new(file, work.schema(), Some(plain.clone()))
            .map_err(ClusterError::engine)?;
        writer.write(&rows).map_err(ClusterError::engine)?;
        writer.close().map_err(ClusterError::engine)?;
    }
    Ok(())
}

/// Flights to be read under an order.
pub(super) struct FlightWork<'a> {
    pub(super) flights: &'a [&'a CatalogRow],
    pub(super) order: String,
}

/// Columns of flights, in the order of the function's arguments.
const PATH: &str = "path";
const BYTES: &str = "bytes";
const CHANGED: &str = "changed";
const SOURCE: &str = "source";

impl Work for FlightWork<'_> {
    fn len(&self) -> usize {
        self.flights.len()
    }

    fn schema(&self) -> SchemaRef {
        let field = |name: &str, kind| Field::new(name, kind, false);
        Arc::new(Schema::new(vec![
            field(AT, DataType::UInt64),
            field(PATH, DataType::Utf8),
            field(BYTES, DataType::UInt64),
            field(CHANGED, DataType::Int64),
            field(SOURCE, DataType::Utf8),
        ]))
    }

    fn rows(&self, range: std::ops::Range<usize>) -> Result<RecordBatch, ClusterError> {
        let flights = &self.flights[range.clone()];
        let at = range.map(|at| at as u64);
        let columns: [ArrayRef; 5] = [
            Arc::new(UInt64Array::from_iter_values(at)),
            Arc::new(StringArray::from_iter_values(flights.iter().map(|row| &row.path))),
            Arc::new(UInt64Array::from_iter_values(flights.iter().map(|row| row.bytes))),
            Arc::new(Int64Array::from_iter_values(flights.iter().map(|row| row.mtime_ns))),
            Arc::new(StringArray::from_iter_values(flights.iter().map(|row| &row.source))),
        ];
        RecordBatch::try_new(self.schema(), columns.into()).map_err(ClusterError::engine)
    }

    fn call(&self) -> (&'static str, Vec<Expr>) {
        let columns = [PATH, BYTES, CHANGED, SOURCE].map(col);
        let arguments = columns.into_iter().chain([lit(self.order.clone())]);
        (super::functions::FLIGHT, arguments.collect())
    }
}

/// Parts of a run to be fitted under an order.
pub(super) struct FitWork {
    pub(super) parts: Vec<String>,
    pub(super) order: String,
}

const PART: &str = "part";

impl Work for FitWork {
    fn len(&self) -> usize {
        self.parts.len()
    }

    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new(AT, DataType::UInt64, false),
            Field::new(PART, DataType::Utf8, false),
        ]))
    }

    fn rows(&self, range: std::ops::Range<usize>) -> Result<RecordBatch, ClusterError> {
        let at = range.clone().map(|at| at as u64);
        let columns: [ArrayRef; 2] = [
            Arc::new(UInt64Array::from_iter_values(at)),
            Arc::new(StringArray::from_iter_values(&self.parts[range])),
        ];
        RecordBatch::try_new(self.schema(), columns.into()).map_err(ClusterError::engine)
    }

    fn call(&self) -> (&'static str, Vec<Expr>) {
        (super::functions::FITS, vec![col(PART), lit(self.order.clone())])
    }
}
