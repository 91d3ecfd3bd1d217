//! A source guess is a `[[source]]` block and what stands behind it: kinds of files that one
//! block reads.
//!
//! [`super::look`] makes one of each kind that holds flights, and joins those that are alike.

use super::folder::Folder;
use super::identity::{Identity, choose_identity, has_airline};
use super::kind::Kind;
use super::leftovers::{Fate, fate};
use super::names::{Pattern, follow, infer, shared_word};
use super::roles::{Measured, NoRoles, Roles, choose_roles};
use crate::flight::{FileNamePattern, RoleColumns, SourceConfig};

/// A block of the configuration, and why.
#[derive(Debug, Clone)]
pub(super) struct SourceGuess {
    /// The block.
    pub(super) config: SourceConfig,
    /// Files looked at that it reads.
    pub(super) files: usize,
    /// One of them.
    pub(super) example: String,
    /// Numeric columns to keep, in the header's order, each with its position there; roles
    /// by their names.
    pub(super) variables: Vec<String>,
    /// Columns left out, and why.
    pub(super) left: Vec<(String, &'static str)>,
    /// What the user should check.
    pub(super) doubts: Vec<String>,
    /// Comments for the block.
    pub(super) hints: Vec<String>,
    /// The callsigns begin with an airline.
    pub(super) has_airline: bool,
    /// The files, as positions in the folder's entries.
    pub(super) entries: Vec<usize>,
    /// Those of which rows were read.
    pub(super) read: Vec<usize>,
    /// What the first rows of those say of origin and destination.
    said: Vec<(usize, Option<String>, Option<String>)>,
}

impl SourceGuess {
    /// Makes a block of a kind of files; the names of its files come later.
    ///
    /// # Errors
    /// The roles that no column plays.
    pub(super) fn of(kind: &Kind, folder: &Folder) -> Result<Self, NoRoles> {
        let roles = choose_roles(kind)?;
        let identity = choose_identity(kind);
        let config = block(kind, &roles, &identity);
        let (variables, left) = sorted(kind, &roles, &identity);
        let callsigns =
            |at| kind.share(at, |column| column.first.as_deref().is_some_and(has_airline));
        let first =
            |file: &super::specimen::Specimen, at: Option<usize>| file.columns[at?].first.clone();
        let said = kind.specimens.iter().map(|(entry, file)| {
            (*entry, first(file, identity.origin), first(file, identity.destination))
        });
        Ok(Self {
            config,
            files: kind.files.len(),
            example: folder.entries[kind.files[0]].relative.clone(),
            variables,
            left,
            hints: Vec::new(),
            has_airline: identity.callsign.and_then(callsigns) >= Some(0.5),
            entries: kind.files.clone(),
            read: kind.specimens.iter().map(|(entry, _)| *entry).collect(),
            said: said.collect(),
            doubts: roles.doubts,
        })
    }

    /// Whether one block reads both.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.config == other.config
    }

    /// Takes in the files of a guess that is alike.
    pub(super) fn join(&mut self, other: Self) {
        self.files += other.files;
        self.entries.extend(other.entries);
        self.entries.sort_unstable();
        self.read.extend(other.read);
        self.said.extend(other.said);
        self.has_airline |= other.has_airline;
        for name in other.variables {
            if !self.variables.contains(&name) {
                self.variables.push(name);
            }
        }
        for (name, why) in other.left {
            if !self.left.iter().any(|(known, _)| *known == name) {
                self.left.push((name, why));
            }
        }
        for doubt in other.doubts {
            if !self.doubts.contains(&doubt) {
                self.doubts.push(doubt);
            }
        }
        let kept = &self.variables;
        self.left.retain(|(name, _)| !kept.contains(name));
    }

    /// Columns that the block maps: the more, the more special it is.
    pub(super) fn mapped(&self) -> usize {
        self.config.columns.mapped().count()
    }

    /// Infers what the names of the files tell.
    pub(super) fn read_names(&mut self, stems: &[&str], folder: &Folder) {
        let Some(mut pattern) = infer(stems) else { return };
        let has_calendar = self.config.units.get("time").is_none_or(|unit| unit != "elapsed-s");
        if !has_calendar && pattern.has("date") {
            self.hints.push(format!(
                "The seconds have no date. If they count from midnight of the day in the name:\nfile_name = {}",
                super::toml_text::quoted(&pattern.text)
            ));
            pattern = pattern.without("date");
        }
        if self.contradicts(&pattern, folder) {
            self.doubts.push(
                "names of files and columns give different pairs; the columns are taken".to_owned(),
            );
            pattern = pattern.without("origin").without("destination");
        }
        if pattern.is_pair_doubtful && pattern.has("origin") {
            self.doubts.push(format!(
                "origin and destination come from names such as {}, though none of the airports is known",
                super::toml_text::quoted(stems[0])
            ));
        }
        if pattern.is_useful() && follow(&pattern, stems) {
            self.has_airline |= pattern.has("callsign") && pattern.has_airline;
            self.config.file_name = Some(pattern.text);
        }
    }

    /// Whether the pairs in the names are others than those in the columns.
    fn contradicts(&self, pattern: &Pattern, folder: &Folder) -> bool {
        let Ok(compiled) = FileNamePattern::compile(&pattern.text) else { return false };
        let differ = |a: &Option<String>, b: &Option<String>| {
            a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| a != b)
        };
        let different = self.said.iter().filter(|(entry, origin, destination)| {
            compiled.matches(folder.entries[*entry].name()).is_some_and(|parts| {
                differ(&parts.origin, origin) || differ(&parts.destination, destination)
            })
        });
        different.count() * 10 > self.said.len()
    }

    /// Whether the block gives origin and destination.
    pub(super) fn has_pair(&self) -> bool {
        let columns = &self.config.columns;
        let in_name = |hole: &str| {
            self.config.file_name.as_ref().is_some_and(|pattern| pattern.contains(hole))
        };
        (columns.origin.is_some() || in_name("{origin}"))
            && (columns.destination.is_some() || in_name("{destination}"))
    }

    /// Whether the block gives the aircraft's type.
    pub(super) fn has_type(&self) -> bool {
        let pattern = self.config.file_name.as_deref().unwrap_or_default();
        self.config.columns.aircraft_type.is_some() || pattern.contains("{aircraft_type}")
    }

    /// A name for the block, from a word that the names of its files share.
    pub(super) fn own_word(&self, folder: &Folder) -> Option<String> {
        let stems: Vec<&str> =
            self.entries.iter().map(|entry| folder.entries[*entry].stem()).collect();
        let word = shared_word(&stems).filter(|_| stems.len() > 1)?;
        word.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| word.to_owned())
    }
}

fn block(kind: &Kind, roles: &Roles, identity: &Identity) -> SourceConfig {
    let name = |at: usize| kind.header[at].clone();
    let of = |role: Option<Measured>| role.map(|role| name(role.at));
    let mut units = std::collections::BTreeMap::new();
    units.insert("time".to_owned(), roles.clock.time.unit.to_owned());
    for (role, column) in [("altitude", roles.altitude), ("distance", roles.distance)] {
        if let Some(column) = column {
            units.insert(role.to_owned(), column.unit.to_owned());
        }
    }
    for (role, column) in [("longitude", roles.longitude), ("latitude", roles.latitude)] {
        if column.unit != "deg" {
            units.insert(role.to_owned(), column.unit.to_owned());
        }
    }
    SourceConfig {
        name: "flights".to_owned(),
        file_name: None,
        timezone: None,
        dialect: kind.dialect,
        columns: RoleColumns {
            time: name(roles.clock.time.at),
            date: roles.clock.date.map(name),
            utc_offset: roles.clock.utc_offset.map(name),
            longitude: name(roles.longitude.at),
            latitude: name(roles.latitude.at),
            altitude: of(roles.altitude),
            distance: of(roles.distance),
            origin: identity.origin.map(name),
            destination: identity.destination.map(name),
            callsign: identity.callsign.map(name),
            aircraft_type: identity.aircraft_type.map(name),
            flight_id: None,
        },
        units,
    }
}

/// Variables, and columns left out, in the header's order.
fn sorted(
    kind: &Kind,
    roles: &Roles,
    identity: &Identity,
) -> (Vec<String>, Vec<(String, &'static str)>) {
    let measured = [
        ("longitude", Some(roles.longitude)),
        ("latitude", Some(roles.latitude)),
        ("altitude", roles.altitude),
        ("distance", roles.distance),
    ];
    let words = [identity.origin, identity.destination, identity.callsign, identity.aircraft_type];
    let (mut variables, mut left) = (Vec::new(), Vec::new());
    for at in 0..kind.header.len() {
        if let Some((role, _)) = measured.iter().find(|(_, m)| m.is_some_and(|m| m.at == at)) {
            variables.push((*role).to_owned());
        } else if !roles.clock.uses(at) && !words.contains(&Some(at)) {
            match fate(kind, at, roles) {
                Fate::Kept => variables.push(kind.header[at].clone()),
                Fate::Left(why) => left.push((kind.header[at].clone(), why)),
            }
        }
    }
    (variables, left)
}
