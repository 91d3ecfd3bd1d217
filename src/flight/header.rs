//! A layout is where in a file's rows the columns are that someone wants.

use super::{Refusal, Role, Source};
use crate::tables::RejectCode;

/// Positions of a source's columns in one file's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    header: Vec<String>,
    /// Position of the time column.
    pub time: usize,
    /// Position of the date's column, where `time` holds only the clock.
    pub date: Option<usize>,
    /// Position of the column of the clock's offset from UTC.
    pub utc_offset: Option<usize>,
    roles: [Option<usize>; 4],
}

impl Layout {
    /// Finds the columns of a source in a header.
    ///
    /// # Errors
    /// A refusal where a mapped column is missing or stands twice.
    pub fn new(source: &Source, header: Vec<String>) -> Result<Self, Refusal> {
        let position = |name: &str| -> Result<usize, Refusal> {
            let mut at = header.iter().enumerate().filter(|(_, known)| *known == name);
            match (at.next(), at.next()) {
                (Some((first, _)), None) => Ok(first),
                (None, _) => {
                    Err(Refusal::new(RejectCode::MissingColumn, "the header has no such column")
                        .in_column(name))
                }
                (Some(_), Some(_)) => {
                    Err(Refusal::new(RejectCode::RepeatedColumn, "the header has the column twice")
                        .in_column(name))
                }
            }
        };
        let columns = &source.config.columns;
        let time = position(&columns.time)?;
        let date = columns.date.as_deref().map(position).transpose()?;
        let utc_offset = columns.utc_offset.as_deref().map(position).transpose()?;
        let mut roles = [None; 4];
        for role in Role::ALL {
            roles[role as usize] = source.column_of(role).map(position).transpose()?;
        }
        Ok(Self { header, time, date, utc_offset, roles })
    }

    /// Position of a role's column.
    #[must_use]
    pub fn role(&self, role: Role) -> Option<usize> {
        self.roles[role as usize]
    }

    /// Position of any column, the first of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|known| known == name)
    }

    /// The header's name at a position.
    #[must_use]
    pub fn name(&self, position: usize) -> &str {
        &self.header[position]
    }
}
