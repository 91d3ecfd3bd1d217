//! The sources of a folder: a block for each kind of flights, the most special first, below
//! a root that holds flights and little else.
//!
//! [`super::look`] asks once the files are surveyed.

use std::path::PathBuf;

use super::InitError;
use super::folder::{Entry, Folder};
use super::kind::Kind;
use super::source::SourceGuess;
use super::survey::Survey;
use super::toml_text::quoted;

/// The sources, and what else the folder holds.
#[derive(Debug)]
pub(super) struct Found {
    /// The folder of the flights.
    pub(super) root: PathBuf,
    /// The files below it, by path from it.
    pub(super) flights: Vec<Entry>,
    /// At least one.
    pub(super) sources: Vec<SourceGuess>,
    /// Files below the root that were opened.
    pub(super) opened: usize,
    /// Tables that are no flights: a side table may be among them.
    pub(super) tables: Vec<PathBuf>,
    /// The files below the root that are no flights, in words.
    pub(super) others: Vec<String>,
}

/// Makes sources of the kinds that hold flights.
///
/// # Errors
/// [`InitError`] where there is none.
pub(super) fn sources(folder: &Folder, survey: Survey) -> Result<Found, InitError> {
    let refusal = survey.commonest_refusal().unwrap_or("no table").to_owned();
    let Survey { kinds, others, refused, opened } = survey;
    let mut others: Vec<Other> = others.into_iter().map(Other::by_name).collect();
    let mut sources: Vec<SourceGuess> = Vec::new();
    for kind in kinds {
        match SourceGuess::of(&kind, folder) {
            Ok(source) => match sources.iter_mut().find(|known| known.is_like(&source)) {
                Some(known) => known.join(source),
                None => sources.push(source),
            },
            Err(no) => {
                let missing = if kind.specimens.is_empty() { Vec::new() } else { no.missing };
                others.push(Other { kind, missing, why: no.why });
            }
        }
    }
    if sources.is_empty() {
        return Err(nothing(folder, &others, opened, refusal));
    }
    sources.sort_by_key(|source| {
        (std::cmp::Reverse(source.mapped()), std::cmp::Reverse(source.files), source.entries[0])
    });
    let prefix = root_of(folder, &sources, &others);
    read_names(&mut sources, folder, &prefix);
    call(&mut sources, folder);
    let below = |at: &usize| folder.entries[*at].relative.starts_with(&prefix);
    let mut listed: Vec<String> = Vec::new();
    for other in &others {
        let files: Vec<usize> = other.kind.files.iter().copied().filter(below).collect();
        if !files.is_empty() {
            listed.push(in_words(folder, &files, &other.reason(&sources)));
        }
    }
    for (why, files) in &refused {
        let files: Vec<usize> = files.iter().copied().filter(below).collect();
        if !files.is_empty() {
            listed.push(in_words(folder, &files, why));
        }
    }
    let paths = others.iter().flat_map(|other| other.kind.files.iter().take(20));
    let cut = |entry: &Entry| Entry {
        relative: entry.relative[prefix.len()..].to_owned(),
        extension: entry.extension,
    };
    let outside =
        others.iter().flat_map(|other| &other.kind.files).chain(refused.values().flatten());
    let opened = opened - outside.filter(|at| !below(at)).count();
    Ok(Found {
        root: root_path(folder, &prefix),
        tables: paths.map(|at| folder.path.join(&folder.entries[*at].relative)).collect(),
        flights: folder
            .entries
            .iter()
            .filter(|e| e.relative.starts_with(&prefix))
            .map(cut)
            .collect(),
        sources,
        opened,
        others: listed,
    })
}

/// A kind that holds no flights.
#[derive(Debug)]
struct Other {
    kind: Kind,
    missing: Vec<&'static str>,
    why: Option<String>,
}

impl Other {
    fn by_name((kind, missing): (Kind, Vec<&'static str>)) -> Self {
        Self { kind, missing, why: None }
    }

    fn reason(&self, sources: &[SourceGuess]) -> String {
        let columns = |source: &SourceGuess| {
            let c = &source.config.columns;
            [&c.time, &c.longitude, &c.latitude].iter().all(|name| self.kind.header.contains(*name))
        };
        if self.missing.is_empty() && sources.iter().any(columns) {
            return "a header, and no rows".to_owned();
        }
        let names: Vec<String> = self.kind.header.iter().take(12).map(|n| quoted(n)).collect();
        let names = names.join(", ");
        match (&self.why, self.missing.is_empty()) {
            (Some(why), _) => why.clone(),
            (None, true) => format!("no rows that could be read (columns {names})"),
            (None, false) => format!("no column for {} (columns {names})", self.missing.join(", ")),
        }
    }
}

fn in_words(folder: &Folder, files: &[usize], why: &str) -> String {
    let example = quoted(&folder.entries[files[0]].relative);
    match files.len() {
        1 => format!("{example}: {why}"),
        more => format!("{example} and {} more of those looked at: {why}", more - 1),
    }
}

fn nothing(folder: &Folder, others: &[Other], looked_at: usize, reason: String) -> InitError {
    let path = folder.path.clone();
    // The kind that lacks least, the largest of several.
    let nearest = others.iter().min_by_key(|other| {
        (other.missing.len(), std::cmp::Reverse(other.kind.files.len()), other.kind.files[0])
    });
    let Some(nearest) = nearest else {
        return InitError::NoHeader { path, looked_at, reason };
    };
    let missing = if nearest.missing.is_empty() { vec!["time"] } else { nearest.missing.clone() };
    InitError::NoRoles {
        example: path.join(&folder.entries[nearest.kind.files[0]].relative),
        missing: missing.into_iter().map(str::to_owned).collect(),
        why: nearest.why.clone(),
        columns: nearest.kind.header.clone(),
    }
}

fn root_path(folder: &Folder, prefix: &str) -> PathBuf {
    // Joining nothing would leave a slash at the end.
    if prefix.is_empty() {
        folder.path.clone()
    } else {
        folder.path.join(prefix.trim_end_matches('/'))
    }
}

/// The folder that all flights are in, with a `/` at its end, where other tables are
/// outside it; else nothing.
fn root_of(folder: &Folder, sources: &[SourceGuess], others: &[Other]) -> String {
    let mut folders =
        sources.iter().flat_map(|s| &s.entries).map(|at| folder.entries[*at].folder());
    let Some(first) = folders.next() else { return String::new() };
    let mut shared: Vec<&str> = first.split('/').collect();
    for other in folders {
        let same = shared.iter().zip(other.split('/')).take_while(|(a, b)| **a == *b).count();
        shared.truncate(same);
    }
    let shared = shared.join("/");
    if shared.is_empty() {
        return shared;
    }
    let prefix = format!("{shared}/");
    let outside = others.iter().flat_map(|other| &other.kind.files);
    let mut outside = outside.filter(|at| !folder.entries[**at].relative.starts_with(&prefix));
    if outside.next().is_some() { prefix } else { String::new() }
}

/// Infers what names tell: of one source from all files, of several from those opened.
fn read_names(sources: &mut [SourceGuess], folder: &Folder, prefix: &str) {
    let is_alone = sources.len() == 1;
    for source in sources {
        let stems: Vec<&str> = if is_alone {
            let below = folder.entries.iter().filter(|entry| entry.relative.starts_with(prefix));
            below.map(Entry::stem).collect()
        } else {
            source.entries.iter().map(|at| folder.entries[*at].stem()).collect()
        };
        source.read_names(&stems, folder);
    }
}

/// Gives each source a name of its own: a word that its files share and no other's, else
/// a number.
fn call(sources: &mut [SourceGuess], folder: &Folder) {
    if sources.len() == 1 {
        return;
    }
    let words: Vec<Option<String>> = sources.iter().map(|source| source.own_word(folder)).collect();
    for (at, source) in sources.iter_mut().enumerate() {
        let is_own = |word: &&String| {
            words.iter().enumerate().all(|(i, other)| i == at || other.as_ref() != Some(*word))
        };
        source.config.name = match words[at].as_ref().filter(is_own) {
            Some(word) => word.clone(),
            None if at == 0 => "flights".to_owned(),
            None => format!("flights-{}", at + 1),
        };
    }
}
