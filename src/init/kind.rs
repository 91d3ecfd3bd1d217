//! A kind is the files of one dialect and header.
//!
//! [`super::look`] finds the kinds of a folder and makes a source of each that holds flights.

use super::specimen::{Column, Specimen};
use super::words::{unit, words};
use crate::flight::Dialect;

/// Files alike, and the first rows of some of them.
#[derive(Debug)]
pub(super) struct Kind {
    /// How they are written.
    pub(super) dialect: Dialect,
    /// Their columns.
    pub(super) header: Vec<String>,
    /// Their units, where a line of the files says so.
    pub(super) units: Vec<Option<&'static str>>,
    /// The files, as positions in the folder's entries, ascending.
    pub(super) files: Vec<usize>,
    /// Some of them that have rows; with their positions.
    pub(super) specimens: Vec<(usize, Specimen)>,
}

impl Kind {
    /// A column over the specimens in which it has cells.
    pub(super) fn column(&self, at: usize) -> impl Iterator<Item = &Column> {
        let columns = self.specimens.iter().filter_map(move |(_, file)| file.columns.get(at));
        columns.filter(|column| column.present() > 0)
    }

    /// Share of the specimens in which the column has cells that satisfy a condition there;
    /// none if there is no such specimen.
    pub(super) fn share(&self, at: usize, condition: impl Fn(&Column) -> bool) -> Option<f64> {
        let (mut all, mut fit) = (0_usize, 0_usize);
        for column in self.column(at) {
            all += 1;
            fit += usize::from(condition(column));
        }
        (all > 0).then(|| fit as f64 / all as f64)
    }

    /// The finite values of a column over all specimens.
    pub(super) fn values(&self, at: usize) -> Vec<f64> {
        self.column(at).flat_map(Column::finite).collect()
    }

    /// Whether nearly all cells of a column are numbers.
    pub(super) fn is_numeric(&self, at: usize) -> bool {
        self.nearly_all(at, |column| column.numbers)
    }

    /// Whether nearly all cells of a column are timestamps.
    pub(super) fn is_timestamps(&self, at: usize) -> bool {
        self.nearly_all(at, |column| column.timestamps)
    }

    /// Whether nearly all cells of a column, of which there are some, are of those counted.
    pub(super) fn nearly_all(&self, at: usize, counted: impl Fn(&Column) -> usize) -> bool {
        let (mut such, mut present) = (0, 0);
        for column in self.column(at) {
            such += counted(column);
            present += column.present();
        }
        present > 0 && such * 100 >= present * 99
    }

    /// Whether a column can be named in a configuration: it has a name, and alone.
    pub(super) fn has_own_name(&self, at: usize) -> bool {
        let name = &self.header[at];
        !name.is_empty() && self.header.iter().filter(|other| *other == name).count() == 1
    }

    /// The words of a column's name, and its unit as if the name ended in it.
    pub(super) fn words(&self, at: usize) -> Vec<String> {
        let mut words = words(&self.header[at]);
        let unit_of_line = self.units.get(at).copied().flatten();
        if unit(&words).is_none() && !words.is_empty() {
            words.extend(unit_of_line.map(str::to_lowercase));
        }
        words
    }

    /// The median over specimens of what is computed of each; none for none.
    pub(super) fn median(&self, of: impl Fn(&Specimen) -> Option<f64>) -> Option<f64> {
        let mut values: Vec<f64> =
            self.specimens.iter().filter_map(|(_, specimen)| of(specimen)).collect();
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }
}
