//! A guess is all that a first look at a folder tells: the configuration, and why.
//!
//! [`super::look`] makes it; `cli` prints its notes and writes its text to `traj.toml`.

use super::side_table::SideTable;
use super::source::SourceGuess;
use super::toml_text;
use crate::flight::SourceConfig;

/// What a folder seems to hold.
#[derive(Debug, Clone)]
pub struct Guess {
    /// The folder of the flights, absolute.
    pub(super) root: String,
    /// Extensions of the flights' files.
    pub(super) extensions: Vec<String>,
    /// Files below the root with these extensions.
    pub(super) files: usize,
    /// Files opened.
    pub(super) looked_at: usize,
    /// Stems repeat.
    pub(super) flight_id_is_path: bool,
    /// The pair comes from the airports nearest to the ends.
    pub(super) airports: bool,
    /// A table that names the flights.
    pub(super) side_table: Option<SideTable>,
    /// It is needed; else it is only mentioned.
    pub(super) uses_side_table: bool,
    /// At least one.
    pub(super) sources: Vec<SourceGuess>,
    /// Files of no source, in words.
    pub(super) others: Vec<String>,
    /// Over all sources.
    pub(super) variables: Vec<String>,
    /// Of those that the features know.
    pub(super) categories: Vec<String>,
    /// The largest pairs, with how many flights they have.
    pub(super) pairs: Vec<(String, String)>,
    /// What is sure enough.
    pub(super) facts: Vec<String>,
    /// What the user should check.
    pub(super) doubts: Vec<String>,
}

impl Guess {
    /// The complete text of a `traj.toml`, with comments. It is valid TOML whatever the
    /// files' names and headers hold.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml_text::write(self)
    }

    /// What was guessed and why, a line each; what to check comes last, marked `check:`.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let doubts = self.doubts.iter().map(|doubt| format!("check: {doubt}"));
        self.facts.iter().cloned().chain(doubts).collect()
    }

    /// The `[[source]]` blocks, the most special first.
    #[must_use]
    pub fn sources(&self) -> Vec<&SourceConfig> {
        self.sources.iter().map(|source| &source.config).collect()
    }
}
