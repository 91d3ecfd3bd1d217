//! A table's file: Parquet with a stamp that says what it is and what it was made from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use polars::io::parquet::read::ParallelStrategy;
use polars::io::parquet::write::KeyValueMetadata;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    DataFrame, ParquetCompression, ParquetReader, ParquetWriter, PolarsResult, SerReader as _,
};

use super::digest::{self, Digest, Seal};
use super::{TableError, write_atomically};

/// Key of the schema's name in a Parquet file's metadata.
const SCHEMA: &str = "traj.schema";
/// Key of the version of traj that wrote the file.
const VERSION: &str = "traj.version";
/// Key of the hash of the configuration that made the file.
const CONFIG: &str = "traj.config";
/// Key of the hash of what the file was made from.
const INPUTS: &str = "traj.inputs";
/// Key of the digest of the file itself.
const DIGEST: &str = "traj.digest";

/// A kind of table: the name of its schema and the command that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Name and version, such as `traj.catalog/1`.
    pub schema: &'static str,
    /// The command that makes the table anew.
    pub made_by: &'static str,
}

/// What a table says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Hash of the configuration that the table depends on.
    pub config: String,
    /// Hash of the inputs that it was made from; equal inputs and config mean "up to date".
    pub inputs: String,
    /// Anything else, such as the selection of flights or the horizons of columns.
    pub notes: BTreeMap<String, String>,
}

/// Writes a table: beside its destination, sealed, synced, renamed.
///
/// # Errors
/// [`TableError::Write`] when the file system says no.
pub(super) fn write(
    path: &Path,
    kind: Kind,
    frame: &mut DataFrame,
    stamp: &Stamp,
) -> Result<Digest, TableError> {
    write_sealed(path, kind, stamp, |writer| writer.finish(frame).map(|_| ()))
}

/// As [`write`], part after part, each of which becomes a row group, so that the whole table
/// need not be in memory. `like` has the columns and no rows.
///
/// # Errors
/// [`TableError::Write`] when the file system or a part says no.
pub(super) fn write_parts(
    path: &Path,
    kind: Kind,
    like: &DataFrame,
    parts: impl Iterator<Item = io::Result<DataFrame>>,
    stamp: &Stamp,
) -> Result<Digest, TableError> {
    write_sealed(path, kind, stamp, |writer| {
        let mut writer = writer.batched(like.schema())?;
        for part in parts {
            writer.write_batch(&part?)?;
        }
        writer.finish().map(|_| ())
    })
}

/// A Parquet writer over a temporary file.
type Writer<'a> = ParquetWriter<io::BufWriter<Noting<'a>>>;

/// A file that notes what the system said first, which the Parquet writer may turn into
/// words of its own.
struct Noting<'a> {
    file: &'a mut File,
    failure: &'a RefCell<Option<io::Error>>,
}

impl Write for Noting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).inspect_err(|error| {
            let first = error.raw_os_error().map(io::Error::from_raw_os_error);
            let mut failure = self.failure.borrow_mut();
            *failure = failure.take().or(first);
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn write_sealed(
    path: &Path,
    kind: Kind,
    stamp: &Stamp,
    fill: impl FnOnce(Writer<'_>) -> PolarsResult<()>,
) -> Result<Digest, TableError> {
    let mut pairs = vec![
        (SCHEMA.to_owned(), kind.schema.to_owned()),
        (VERSION.to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        (CONFIG.to_owned(), stamp.config.clone()),
        (INPUTS.to_owned(), stamp.inputs.clone()),
    ];
    pairs.extend(stamp.notes.iter().map(|(key, value)| (key.clone(), value.clone())));
    pairs.push((DIGEST.to_owned(), digest::placeholder()));
    // The default level makes features and targets 6 % smaller and takes a fifth longer.
    let level = ZstdLevel::try_new(1).ok();
    write_atomically(path, |file| {
        let failure = RefCell::default();
        let buffered = io::BufWriter::new(Noting { file: &mut *file, failure: &failure });
        let writer = ParquetWriter::new(buffered)
            .with_compression(ParquetCompression::Zstd(level))
            .with_row_group_size(Some(ROW_GROUP))
            .set_parallel(false)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs)));
        fill(writer).map_err(|error| failure.take().unwrap_or_else(|| io::Error::other(error)))?;
        digest::seal(file)
    })
    .map_err(|source| TableError::Write { path: path.to_owned(), source })?;
    digest_of(path, kind)
}

/// Rows to a row group: one for most tables, and a bounded buffer for the largest.
pub(super) const ROW_GROUP: usize = 1 << 18;

/// Reads a table that traj wrote, after checking its seal.
///
/// # Errors
/// [`TableError::Missing`], [`TableError::Damaged`], [`TableError::WrongSchema`] or
/// [`TableError::Read`].
pub(super) fn read(path: &Path, kind: Kind) -> Result<(DataFrame, Stamp, Digest), TableError> {
    let bytes = bytes_of(path, kind)?;
    let digest = whole(path, kind, digest::verify_bytes(&bytes))?;
    let (frame, pairs) = parse(path, kind, bytes)?;
    Ok((frame, into_stamp(path, kind, pairs)?, digest))
}

/// Reads a table that another program may have written; a seal is checked if there is one.
///
/// # Errors
/// As for [`read`], but for the schema, which is not looked at.
pub(super) fn read_foreign(path: &Path, kind: Kind) -> Result<(DataFrame, Stamp), TableError> {
    let bytes = bytes_of(path, kind)?;
    if digest::verify_bytes(&bytes) == Seal::Broken {
        return Err(damaged(path, kind, "its bytes do not match its digest"));
    }
    let (frame, mut pairs) = parse(path, kind, bytes)?;
    pairs.insert(SCHEMA.to_owned(), kind.schema.to_owned());
    Ok((frame, into_stamp(path, kind, pairs)?))
}

/// Reads some rows of a table whose seal was checked before, and no other row groups.
///
/// # Errors
/// [`TableError::Missing`], [`TableError::Damaged`] or [`TableError::Read`].
pub(super) fn read_rows(
    path: &Path,
    kind: Kind,
    rows: Range<usize>,
) -> Result<DataFrame, TableError> {
    let file = open(path, kind)?;
    guarded(path, kind, || {
        ParquetReader::new(file)
            .read_parallel(ParallelStrategy::None)
            .with_slice(Some((rows.start, rows.len())))
            .set_rechunk(true)
            .finish()
    })
}

/// What a table says of itself, without its rows.
///
/// # Errors
/// As for reading the table.
pub fn stamp_of(path: &Path, kind: Kind) -> Result<(Stamp, Digest), TableError> {
    let digest = digest_of(path, kind)?;
    let file = open(path, kind)?;
    let stamp = guarded(path, kind, || {
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata()?;
        let pairs = metadata.key_value_metadata().iter().flatten();
        Ok(pairs_of(pairs.map(|pair| (&pair.key, pair.value.as_ref()))))
    })?;
    Ok((into_stamp(path, kind, stamp)?, digest))
}

/// The digest that a table carries, checked against its bytes.
///
/// # Errors
/// As for reading the table.
pub fn digest_of(path: &Path, kind: Kind) -> Result<Digest, TableError> {
    let seal = digest::verify(&mut open(path, kind)?);
    whole(path, kind, seal.map_err(|source| TableError::Read { path: path.to_owned(), source })?)
}

fn open(path: &Path, kind: Kind) -> Result<File, TableError> {
    match fs::metadata(path) {
        Ok(about) if about.is_file() => {}
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            return Err(TableError::Missing { path: path.to_owned(), made_by: kind.made_by });
        }
        Ok(_) => return Err(damaged(path, kind, "it is not a file")),
        Err(source) => return Err(TableError::Read { path: path.to_owned(), source }),
    }
    File::open(path).map_err(|source| TableError::Read { path: path.to_owned(), source })
}

fn bytes_of(path: &Path, kind: Kind) -> Result<Vec<u8>, TableError> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut open(path, kind)?, &mut bytes)
        .map_err(|source| TableError::Read { path: path.to_owned(), source })?;
    Ok(bytes)
}

fn whole(path: &Path, kind: Kind, seal: Seal) -> Result<Digest, TableError> {
    match seal {
        Seal::Whole(digest) => Ok(digest),
        Seal::Broken => Err(damaged(path, kind, "its bytes do not match its digest")),
        Seal::Absent => Err(damaged(path, kind, "it is cut short, or not written by traj")),
    }
}

/// A file's key-value metadata.
type Pairs = BTreeMap<String, String>;

fn parse(path: &Path, kind: Kind, bytes: Vec<u8>) -> Result<(DataFrame, Pairs), TableError> {
    guarded(path, kind, || {
        let mut reader = ParquetReader::new(Cursor::new(bytes))
            .read_parallel(ParallelStrategy::None)
            .set_rechunk(true);
        let metadata = reader.get_metadata()?;
        let pairs = metadata.key_value_metadata().iter().flatten();
        let pairs = pairs_of(pairs.map(|pair| (&pair.key, pair.value.as_ref())));
        Ok((reader.finish()?, pairs))
    })
}

/// Runs a Parquet parser, whose panics on bad bytes are damage and not a bug of ours.
fn guarded<T>(
    path: &Path,
    kind: Kind,
    parse: impl FnOnce() -> PolarsResult<T>,
) -> Result<T, TableError> {
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(path, kind, &error.to_string())),
        Err(_) => Err(damaged(path, kind, "it is not readable as Parquet")),
    }
}

fn pairs_of<'a>(pairs: impl Iterator<Item = (&'a String, Option<&'a String>)>) -> Pairs {
    pairs.map(|(key, value)| (key.clone(), value.cloned().unwrap_or_default())).collect()
}

fn into_stamp(path: &Path, kind: Kind, mut pairs: Pairs) -> Result<Stamp, TableError> {
    let found = pairs.remove(SCHEMA).unwrap_or_else(|| "an unknown table".to_owned());
    if found != kind.schema {
        return Err(TableError::WrongSchema {
            path: path.to_owned(),
            expected: kind.schema,
            found,
            made_by: kind.made_by,
        });
    }
    let config = pairs.remove(CONFIG).unwrap_or_default();
    let inputs = pairs.remove(INPUTS).unwrap_or_default();
    for ours in [VERSION, DIGEST, "ARROW:schema"] {
        pairs.remove(ours);
    }
    Ok(Stamp { config, inputs, notes: pairs })
}

pub(super) fn damaged(path: &Path, kind: Kind, reason: &str) -> TableError {
    TableError::Damaged { path: path.to_owned(), reason: reason.to_owned(), made_by: kind.made_by }
}
