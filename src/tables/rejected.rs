//! Rejected flights: a row per refused file, or per flight refused later, with its reason.
//!
//! A stage replaces its own rows and no others.

use std::path::Path;

use super::columns::{ColumnsIn, ColumnsOut};
use super::file::Kind;
use super::labels::UnknownLabel;
use super::{Digest, Stamp, TableError};

/// The rejections' schema.
pub const REJECTED: Kind = Kind { schema: "traj.rejected/1", made_by: "traj index" };

/// The stage that refused a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// `traj index`.
    Index,
    /// `traj features`.
    Features,
}

impl Stage {
    /// The stage's name, as in the command.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Features => "features",
        }
    }
}

impl std::str::FromStr for Stage {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "index" => Ok(Self::Index),
            "features" => Ok(Self::Features),
            _ => Err(format!("unknown stage `{text}`")),
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// Why a file was refused: a short word that scripts may rely on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RejectCode { $($(#[$doc])* $variant),+ }

        impl RejectCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in tables and summaries.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

codes! {
    /// The file has no bytes, or only blanks.
    EmptyFile = "empty-file",
    /// No line of the file reads as a header that a source knows.
    NoHeader = "no-header",
    /// The header lacks a column that every source maps.
    MissingColumn = "missing-column",
    /// The header has a mapped column twice.
    RepeatedColumn = "repeated-column",
    /// A cell of a mapped column or a variable is not a number.
    BadNumber = "bad-number",
    /// A cell of the time column is not a time.
    BadTime = "bad-time",
    /// A latitude or longitude is off the globe.
    BadPosition = "bad-position",
    /// A row has more or fewer cells than the header.
    RaggedRow = "ragged-row",
    /// The bytes are not text in the source's encoding.
    BadEncoding = "bad-encoding",
    /// A line, a row or a decompressed file is larger than anything sensible.
    TooLarge = "too-large",
    /// Fewer rows with time and position than `features.min_rows`.
    TooFewRows = "too-few-rows",
    /// More rows than `features.max_rows`.
    TooManyRows = "too-many-rows",
    /// Too small a share of the rows has time and position.
    Incomplete = "incomplete",
    /// All rows have the same time, or the flight lasts longer than `features.max_duration`.
    ImplausibleDuration = "implausible-duration",
    /// Another file has the same flight id.
    DuplicateFlight = "duplicate-flight",
    /// The file's size or time of change is not what the catalog says.
    ChangedSinceIndex = "changed-since-index",
    /// The file is gone.
    Vanished = "vanished",
    /// A folder, a pipe, a device or a symbolic link that leads to none of the files.
    NotRegular = "not-regular",
    /// The name is not valid UTF-8.
    BadName = "bad-name",
    /// The file system refuses to read it.
    Unreadable = "unreadable",
    /// The file name does not follow the source's pattern.
    NamePattern = "name-pattern",
    /// The side table has no row for the file.
    NotInSideTable = "not-in-side-table",
    /// The reader itself failed on the file: a bug of traj.
    Bug = "bug",
}

impl std::fmt::Display for RejectCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for RejectCode {
    type Err = UnknownLabel;
    fn from_str(text: &str) -> Result<Self, UnknownLabel> {
        let known: Vec<&str> = Self::ALL.iter().map(|code| code.as_str()).collect();
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| UnknownLabel::new("rejection code", text, &known))
    }
}

/// One refused file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectedRow {
    /// The stage that refused it.
    pub stage: Stage,
    /// Path relative to `data.root`; bytes that are not UTF-8 show as `\xNN`.
    pub path: String,
    /// Line of the file, from 1, where there is one.
    pub line: Option<u64>,
    /// Name of the column, where there is one.
    pub column: Option<String>,
    /// Why, as a word.
    pub code: RejectCode,
    /// Why, as a sentence; never a cell's value.
    pub message: String,
}

/// All refused files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RejectedTable {
    /// Sorted by stage, then path.
    pub rows: Vec<RejectedRow>,
}

impl RejectedTable {
    /// Reads the table; a missing file is an empty table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        let columns = match ColumnsIn::read(path, REJECTED) {
            Ok((columns, _, _)) => columns,
            Err(TableError::Missing { .. }) => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let mut paths = columns.full_text("path")?.into_iter();
        let mut lines = columns.int("line")?.into_iter();
        let mut names = columns.text("column")?.into_iter();
        let mut codes = columns.label::<RejectCode>("code")?.into_iter();
        let mut messages = columns.full_text("message")?.into_iter();
        let mut rows = Vec::with_capacity(columns.height());
        for stage in columns.label::<Stage>("stage")? {
            rows.push(RejectedRow {
                stage,
                path: paths.next().unwrap_or_default(),
                line: lines.next().flatten().map(|line| line as u64),
                column: names.next().flatten(),
                code: codes.next().unwrap_or(RejectCode::Bug),
                message: messages.next().unwrap_or_default(),
            });
        }
        Ok(Self { rows })
    }

    /// Puts `rows` in the place of all rows of `stage`, and writes the table.
    ///
    /// # Errors
    /// As [`TableError`] says.
    pub fn replace(
        path: &Path,
        stage: Stage,
        rows: Vec<RejectedRow>,
        stamp: &Stamp,
    ) -> Result<Self, TableError> {
        let mut table = Self::read(path)?;
        table.rows.retain(|row| row.stage != stage);
        table.rows.extend(rows);
        table.rows.sort();
        table.write(path, stamp)?;
        Ok(table)
    }

    fn write(&self, path: &Path, stamp: &Stamp) -> Result<Digest, TableError> {
        let rows = &self.rows;
        let mut out = ColumnsOut::new(rows.len());
        out.text("stage", rows.iter().map(|r| Some(r.stage.as_str())));
        out.text("path", rows.iter().map(|r| Some(r.path.as_str())));
        out.int("line", rows.iter().map(|r| r.line.map(|line| line as i64)));
        out.text("column", rows.iter().map(|r| r.column.as_deref()));
        out.text("code", rows.iter().map(|r| Some(r.code.as_str())));
        out.text("message", rows.iter().map(|r| Some(r.message.as_str())));
        out.write(path, REJECTED, stamp)
    }
}
