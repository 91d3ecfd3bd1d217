//! A refusal says why a file is not taken: a value, not a failure of the run.

use std::fmt;

use crate::tables::{RejectCode, RejectedRow, Stage};

/// Why one file is refused, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why, as a stable word.
    pub code: RejectCode,
    /// Line of the file, from 1.
    pub line: Option<u64>,
    /// Name of the column.
    pub column: Option<String>,
    /// Why, as a sentence without values from the file.
    pub message: String,
    /// The cell that caused it; shown only to a user who asks (`-v`), never stored.
    pub cell: Option<String>,
}

impl Refusal {
    /// A refusal of the file as a whole.
    #[must_use]
    pub fn new(code: RejectCode, message: impl Into<String>) -> Self {
        Self { code, line: None, column: None, message: message.into(), cell: None }
    }

    /// The same at a line.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same in a column.
    #[must_use]
    pub fn in_column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// The same with the offending cell, of which at most 80 characters are kept.
    #[must_use]
    pub fn with_cell(mut self, cell: &[u8]) -> Self {
        self.cell = Some(String::from_utf8_lossy(cell).chars().take(80).collect());
        self
    }

    /// The refusal as a row of the rejected table; the cell is left behind.
    #[must_use]
    pub fn into_row(self, stage: Stage, path: &str) -> RejectedRow {
        RejectedRow {
            stage,
            path: path.to_owned(),
            line: self.line,
            column: self.column,
            code: self.code,
            message: self.message,
        }
    }

    /// The refusal that an I/O error amounts to.
    #[must_use]
    pub fn from_io(error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        if let Some(refusal) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return refusal.clone();
        }
        match error.kind() {
            ErrorKind::NotFound => Self::new(RejectCode::Vanished, "the file is gone"),
            ErrorKind::PermissionDenied => {
                Self::new(RejectCode::Unreadable, "no permission to read the file")
            }
            ErrorKind::UnexpectedEof | ErrorKind::InvalidInput | ErrorKind::InvalidData => {
                Self::new(RejectCode::Unreadable, format!("the file cannot be unpacked: {error}"))
            }
            _ => Self::new(RejectCode::Unreadable, format!("the file cannot be read: {error}")),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(column) = &self.column {
            write!(f, "column `{column}`: ")?;
        }
        write!(f, "{} [{}]", self.message, self.code)
    }
}

impl std::error::Error for Refusal {}
