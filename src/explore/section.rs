//! A section is one part of the page, made by a module of its own from the material.

use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use super::ExploreError;
use super::material::Material;
use crate::tables::ExploredTable;

/// A part of the page.
///
/// The page draws the heading and includes the template, which sees `contents` as `section`.
/// Figures are [`crate::page::Figure`]s, which the macro `figure` of `macros.html` lays out
/// with their legend and, folded away, the numbers behind them.
pub(super) struct Section {
    /// Its anchor, and its key in the command's summary: a word of letters and hyphens.
    pub(super) id: &'static str,
    /// Its heading, which the table of contents has as well.
    pub(super) title: &'static str,
    /// Name of its template, one of `page::TEMPLATES`.
    pub(super) template: &'static str,
    /// What the template sees as `section`; [`contents`] makes it.
    pub(super) contents: Value,
    /// The tables behind it, which become `data-index/explore/<file_name>`. They are declared
    /// in `crate::tables`, and the same whatever the number of threads.
    pub(super) tables: Vec<Box<dyn ExploredTable>>,
    /// What it says in short, under its id in the command's JSON.
    pub(super) summary: serde_json::Value,
    /// The same for people: sentences without a full stop, none for nothing to say.
    pub(super) headlines: Vec<String>,
}

/// How the page makes a section; most cannot fail. It must not depend on threads or time, and should ask
/// nothing of the disk.
pub(super) type MakeSection = fn(&Material<'_>) -> Result<Section, ExploreError>;

/// What a template sees of a structure.
pub(super) fn contents(structure: &impl Serialize) -> Value {
    Value::from(Serde(structure))
}
