//! The tables of a part, as `traj features --shard I/N` leaves them in a folder, and whether
//! they are what they should be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::assemble::FLIGHTS_AT_ONCE;
use super::provenance::{PLACE, Provenance};
use super::stage::FeaturesPaths;
use super::{FeaturesInputs, earlier};
use crate::flight::Refusal;
use crate::tables::{
    CLEANING, Catalog, CleaningRow, CleaningTable, FEATURES, FIGURES_FILE, Kind, PART, Part,
    PartFolder, PartsError, REJECTED, RejectedRow, RejectedTable, Stage, Stamp, TARGETS,
    TableError, stamp_of,
};

impl FeaturesPaths {
    /// The tables of a part in a folder; the catalog is that of all parts.
    #[must_use]
    pub fn of_part(folder: &Path, catalog: PathBuf) -> Self {
        Self {
            catalog,
            rejected: folder.join("rejected.parquet"),
            features: folder.join("features.parquet"),
            targets: folder.join("targets.parquet"),
            cleaning: folder.join("cleaning.parquet"),
            figures: folder.join(FIGURES_FILE),
            checkpoint: folder.join("checkpoint"),
        }
    }

    /// The tables that every part has, the one that says that it is done last.
    fn tables(&self) -> [(&Path, Kind); 4] {
        [
            (&self.rejected, REJECTED),
            (&self.cleaning, CLEANING),
            (&self.targets, TARGETS),
            (&self.features, FEATURES),
        ]
    }
}

/// Whether a folder holds a part of the flights, finished or begun.
#[must_use]
pub fn is_part(folder: &Path) -> bool {
    let paths = FeaturesPaths::of_part(folder, PathBuf::new());
    paths.checkpoint.exists() || paths.tables().iter().any(|(path, _)| path.exists())
}

/// A part's tables, whose seals hold.
#[derive(Debug)]
pub(super) struct PartTables {
    pub(super) folder: PartFolder,
    pub(super) paths: FeaturesPaths,
    /// What the features say of themselves.
    stamp: Stamp,
}

impl PartTables {
    /// Looks at the tables in a folder, but not at their rows.
    ///
    /// # Errors
    /// [`PartsError`] where they are not those of one finished part.
    pub(super) fn open(path: &Path) -> Result<Self, PartsError> {
        if !path.is_dir() {
            return Err(PartsError::NoFolder { path: path.to_owned() });
        }
        let paths = FeaturesPaths::of_part(path, PathBuf::new());
        let folder_of =
            |part| PartFolder { path: path.to_owned(), part, made_by: FEATURES.made_by };
        let stamps = paths.tables().map(|(table, kind)| stamp_of(table, kind));
        let parts = stamps.iter().flatten().map(|(stamp, _)| stamp.notes.get(PART));
        let said: Vec<Option<Part>> = parts.map(|part| part.and_then(|p| p.parse().ok())).collect();
        let Some(first) = said.first() else {
            // Nothing can be read: either nothing was made, or all is damaged.
            let damaged = stamps.into_iter().filter_map(Result::err).find(is_damage);
            return Err(match damaged {
                Some(source) => {
                    PartsError::Table { source: Box::new(source), command: unknown_part(path) }
                }
                None => PartsError::NoPart { path: path.to_owned(), made_by: FEATURES.made_by },
            });
        };
        let Some(part) = *first else { return Err(PartsError::IsWhole { path: path.to_owned() }) };
        let folder = folder_of(part);
        if paths.checkpoint.exists() {
            return Err(PartsError::Unfinished { folder });
        }
        let mut found: Vec<Stamp> = Vec::new();
        for stamp in stamps {
            let command = || folder.command();
            match stamp {
                Ok((stamp, _)) => found.push(stamp),
                Err(source) => {
                    return Err(PartsError::Table { source: Box::new(source), command: command() });
                }
            }
        }
        let stamp = found.pop().expect("each of the tables has a stamp");
        let of_one = |other: &Stamp| {
            (&other.config, &other.inputs) == (&stamp.config, &stamp.inputs)
                && other.notes.get(PART) == stamp.notes.get(PART)
        };
        if !found.iter().all(of_one) {
            let reason = "its tables are of different runs".to_owned();
            return Err(PartsError::WrongContents { folder, reason });
        }
        Ok(Self { folder, paths, stamp })
    }

    /// Checks that the part was made by this version, under these settings and from this
    /// catalog.
    ///
    /// # Errors
    /// [`PartsError`] naming what differs.
    pub(super) fn fits(
        &self,
        inputs: &FeaturesInputs<'_>,
        config_hash: &str,
        catalog: &str,
    ) -> Result<(), PartsError> {
        let folder = || self.folder.clone();
        let settings = earlier::settings_of(&self.stamp);
        let version = settings.as_ref().map_or("of an unknown version", Provenance::version);
        if version != env!("CARGO_PKG_VERSION") {
            return Err(PartsError::OtherVersion { folder: folder(), found: version.to_owned() });
        }
        if self.stamp.config != config_hash {
            let changed = settings.map(|settings| settings.differences(&Provenance::new(inputs)));
            let mut changed = changed.unwrap_or_default();
            // Where the folder is may differ from machine to machine.
            changed.retain(|name| name != PLACE);
            return Err(PartsError::OtherSettings { folder: folder(), changed });
        }
        if self.stamp.inputs != catalog {
            let inputs = format!("another catalog than {}", inputs.paths.catalog.display());
            return Err(PartsError::OtherInputs { folder: folder(), inputs });
        }
        Ok(())
    }

    /// The cleaning counts that begin at a row; none after the last.
    ///
    /// # Errors
    /// [`PartsError::Table`].
    pub(super) fn cleaning(&self, first: usize) -> Result<Vec<CleaningRow>, PartsError> {
        let rows = CleaningTable::read_rows(&self.paths.cleaning, first..first + FLIGHTS_AT_ONCE);
        rows.map_err(|source| self.unreadable(source))
    }

    /// The refused flights of the part.
    ///
    /// # Errors
    /// [`PartsError::Table`].
    pub(super) fn refused(&self) -> Result<Vec<RejectedRow>, PartsError> {
        let table = RejectedTable::read(&self.paths.rejected);
        let mut rows = table.map_err(|source| self.unreadable(source))?.rows;
        rows.retain(|row| row.stage == Stage::Features);
        Ok(rows)
    }

    /// The error of a table of the part.
    pub(super) fn unreadable(&self, source: TableError) -> PartsError {
        PartsError::Table { source: Box::new(source), command: self.folder.command() }
    }

    /// The error of tables that do not go together.
    pub(super) fn wrong(&self, reason: String) -> PartsError {
        PartsError::WrongContents { folder: self.folder.clone(), reason }
    }
}

fn is_damage(error: &TableError) -> bool {
    !matches!(error, TableError::Missing { .. })
}

/// The command for a part of which nothing is known but where it was.
fn unknown_part(path: &Path) -> String {
    format!("{} --shard I/N --out {}", FEATURES.made_by, path.display())
}

/// What a refused flight came to, from its row.
pub(super) fn refusal(row: RejectedRow) -> (String, Refusal) {
    let RejectedRow { stage: _, path, line, column, code, message } = row;
    (path, Refusal { code, line, column, message, cell: None })
}

/// The selected flights, each of which is to be found once.
pub(super) struct Roll<'a> {
    catalog: &'a Catalog,
    rows_by_path: BTreeMap<&'a str, usize>,
    is_selected: Vec<bool>,
    is_found: Vec<bool>,
}

impl<'a> Roll<'a> {
    /// Nothing is found yet.
    pub(super) fn new(catalog: &'a Catalog, selected: &[usize]) -> Self {
        let paths = catalog.rows.iter().enumerate().map(|(at, row)| (row.path.as_str(), at));
        let rows_by_path = paths.collect();
        let mut is_selected = vec![false; catalog.rows.len()];
        selected.iter().for_each(|row| is_selected[*row] = true);
        Self { catalog, rows_by_path, is_selected, is_found: vec![false; catalog.rows.len()] }
    }

    /// The row of a file in the catalog.
    ///
    /// # Panics
    /// If the file was not found by [`Self::call`].
    pub(super) fn row_of(&self, path: &str) -> usize {
        self.rows_by_path[path]
    }

    /// Checks that a part has just the selected flights that belong to it, each once.
    ///
    /// # Errors
    /// [`PartsError`] that says how many are missing, there twice, or do not belong to it.
    pub(super) fn call(&mut self, tables: &PartTables) -> Result<(), PartsError> {
        let part = tables.folder.part;
        let (mut strangers, mut twice, mut missing) = (Faults::new(), Faults::new(), Faults::new());
        let mut see = |path: &str, cleaning: Option<&CleaningRow>| {
            let row = self.rows_by_path.get(path).map(|at| (*at, &self.catalog.rows[*at]));
            let belongs = row.filter(|(at, row)| {
                let is_this = cleaning.is_none_or(|found| {
                    (&found.flight_id, found.bytes, found.mtime_ns)
                        == (&row.flight_id, row.bytes, row.mtime_ns)
                });
                self.is_selected[*at] && part.has_flight(&row.flight_id) && is_this
            });
            match belongs {
                None => strangers.note(path),
                Some((at, _)) if self.is_found[at] => twice.note(path),
                Some((at, _)) => self.is_found[at] = true,
            }
        };
        for first in (0..).step_by(FLIGHTS_AT_ONCE) {
            let rows = tables.cleaning(first)?;
            if rows.is_empty() {
                break;
            }
            rows.iter().for_each(|row| see(&row.path, Some(row)));
        }
        tables.refused()?.iter().for_each(|row| see(&row.path, None));
        for (at, row) in self.catalog.rows.iter().enumerate() {
            let is_missing = self.is_selected[at] && !self.is_found[at];
            if is_missing && part.has_flight(&row.flight_id) {
                missing.note(&row.path);
            }
        }
        let faults = [
            missing.told("missing"),
            twice.told("there twice"),
            strangers.told("of another part, or not selected"),
        ];
        let faults: Vec<String> = faults.into_iter().flatten().collect();
        if faults.is_empty() { Ok(()) } else { Err(tables.wrong(faults.join("; "))) }
    }
}

/// Flights with one fault, of which the first is named.
struct Faults {
    count: u64,
    first: Option<String>,
}

impl Faults {
    fn new() -> Self {
        Self { count: 0, first: None }
    }

    fn note(&mut self, path: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| path.escape_debug().to_string());
    }

    /// `2 flights are missing, the first a.csv`; none for no flights.
    fn told(self, what: &str) -> Option<String> {
        let first = self.first?;
        Some(match self.count {
            1 => format!("1 flight is {what}, {first}"),
            count => format!("{count} flights are {what}, the first {first}"),
        })
    }
}
