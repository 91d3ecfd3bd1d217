//! A plan says what to take of one file: which column is whose, and how it is read.

use super::{Decimal, Layout, Recipe, Refusal, Role, Source, TimeFormat};
use crate::units::Conversion;
use jiff::tz::TimeZone;

use super::timestamp::Timestamps;

/// A variable that is a column of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Its place among the recipe's variables.
    pub(super) variable: usize,
    /// Its place among the file's columns.
    pub(super) column: usize,
    pub(super) conversion: Conversion,
}

/// What to take of a file with a certain header.
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) decimal: Decimal,
    /// The numeric roles that the source has.
    pub(super) roles: Vec<(Role, usize, Conversion)>,
    /// The recipe's variables that are columns of their own.
    pub(super) wanted: Vec<Wanted>,
    /// For each of the recipe's variables the role that it is, if any.
    pub(super) role_variables: Vec<Option<Role>>,
    time_format: TimeFormat,
    zone: TimeZone,
}

impl Plan {
    /// Finds the columns of a source and a recipe in a header.
    ///
    /// # Errors
    /// As [`Layout::new`].
    pub(super) fn new(
        header: Vec<String>,
        source: &Source,
        recipe: &Recipe,
    ) -> Result<Self, Refusal> {
        let layout = Layout::new(source, header)?;
        let roles = Role::ALL
            .into_iter()
            .filter_map(|role| Some((role, layout.role(role)?, source.conversion_of(role))))
            .collect();
        let variables = recipe.variables.iter().enumerate();
        let wanted = variables
            .filter(|(_, name)| Role::named(name).is_none())
            .filter_map(|(variable, name)| {
                let column = layout.column(name)?;
                Some(Wanted { variable, column, conversion: source.conversion_of_variable(name) })
            })
            .collect();
        Ok(Self {
            layout,
            decimal: source.config.dialect.decimal,
            roles,
            wanted,
            role_variables: recipe.variables.iter().map(|name| Role::named(name)).collect(),
            time_format: source.time_format,
            zone: source.zone.clone(),
        })
    }

    /// A parser of the time column.
    pub(super) fn timestamps(&self) -> Timestamps {
        Timestamps::new(self.time_format, self.decimal, &self.zone)
    }

    /// Cells that are read of each row.
    pub(super) fn n_cells(&self) -> usize {
        1 + self.roles.len() + self.wanted.len()
    }
}
