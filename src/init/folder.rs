//! A folder is the files in it that may be flights, by name alone.
//!
//! [`super::look`] walks it once and opens only some of the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::InitError;
use crate::progress::Progress;

/// Extensions of files that may be flights, in lower case, the longest first.
const EXTENSIONS: [&str; 5] = ["csv.zst", "csv.gz", "csv", "txt", "tsv"];
/// Most files whose first lines are read.
const MOST_OPENED: usize = 2000;
/// Most shapes of names of which some files are read in any case.
const MOST_SHAPES: usize = 300;

/// One file that may be a flight.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Where it is, from the folder, with `/` between names.
    pub(super) relative: String,
    /// One of the extensions, in lower case.
    pub(super) extension: &'static str,
}

impl Entry {
    /// The file's name.
    pub(super) fn name(&self) -> &str {
        self.relative.rsplit('/').next().unwrap_or(&self.relative)
    }

    /// The name without its extension.
    pub(super) fn stem(&self) -> &str {
        let name = self.name();
        &name[..name.len() - self.extension.len() - 1]
    }

    /// The folder that the file is in, empty for the one looked at.
    pub(super) fn folder(&self) -> &str {
        self.relative.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// The files of a folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// Absolute, without symbolic links.
    pub(super) path: PathBuf,
    /// Sorted by path.
    pub(super) entries: Vec<Entry>,
    /// Symbolic links, which are not followed.
    pub(super) links: usize,
    /// Files of other kinds.
    pub(super) others: usize,
}

impl Folder {
    /// Lists the files of a folder and the folders in it. Symbolic links are not followed,
    /// hidden files are passed over.
    ///
    /// # Errors
    /// [`InitError`] where there is no such folder, or none of its files may be a flight.
    pub(super) fn list(path: &Path, progress: &dyn Progress) -> Result<Self, InitError> {
        let missing = |_| InitError::Missing { path: path.to_owned() };
        let canonical = path.canonicalize().map_err(missing)?;
        if !canonical.is_dir() {
            return Err(InitError::NotAFolder { path: path.to_owned() });
        }
        if canonical.to_str().is_none() {
            return Err(InitError::BadName { path: canonical });
        }
        let mut folder = Self { path: canonical, entries: Vec::new(), links: 0, others: 0 };
        let mut waiting = vec![(folder.path.clone(), String::new())];
        while let Some((directory, prefix)) = waiting.pop() {
            if progress.stopped() {
                return Err(InitError::Interrupted);
            }
            let read = folder.read(&directory, &prefix, &mut waiting);
            if let Err(source) = read
                && prefix.is_empty()
            {
                return Err(InitError::Read { path: directory, source });
            }
        }
        folder.entries.sort();
        if folder.entries.is_empty() {
            return Err(InitError::NoFiles { path: folder.path, others: folder.others });
        }
        Ok(folder)
    }

    fn read(
        &mut self,
        directory: &Path,
        prefix: &str,
        waiting: &mut Vec<(PathBuf, String)>,
    ) -> std::io::Result<()> {
        for item in fs::read_dir(directory)? {
            // An entry that vanishes meanwhile is no concern of a first look.
            let Ok(item) = item else { continue };
            let (Ok(kind), Some(name)) =
                (item.file_type(), item.file_name().to_str().map(String::from))
            else {
                self.others += 1;
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let relative = format!("{prefix}{name}");
            if kind.is_dir() {
                waiting.push((item.path(), format!("{relative}/")));
            } else if kind.is_symlink() {
                self.links += 1;
            } else if let Some(extension) = extension_of(&name).filter(|_| kind.is_file()) {
                self.entries.push(Entry { relative, extension });
            } else {
                self.others += 1;
            }
        }
        Ok(())
    }

    /// The files to open: some spread evenly, and some of each folder and of each shape of
    /// name, so that a rare kind of file is met. Positions in `entries`, ascending.
    pub(super) fn spread(&self) -> Vec<usize> {
        let mut chosen: BTreeSet<usize> = evenly(self.entries.len(), MOST_OPENED).collect();
        let mut shapes: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let key = (entry.folder(), shape(entry.stem()));
            if shapes.len() >= MOST_SHAPES && !shapes.contains_key(&key) {
                continue;
            }
            let seen = shapes.entry(key).or_default();
            *seen += 1;
            if *seen <= 3 {
                chosen.insert(at);
            }
        }
        chosen.into_iter().collect()
    }
}

/// At most `most` of `count` positions, evenly spread, the first and the last among them.
pub(super) fn evenly(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |i| if taken < 2 { 0 } else { i * (count - 1) / (taken - 1) })
}

/// The extension of a flight's file, in lower case.
pub(super) fn extension_of(name: &str) -> Option<&'static str> {
    EXTENSIONS.into_iter().find(|extension| {
        name.len() > extension.len() + 1
            && name.is_char_boundary(name.len() - extension.len())
            && name[name.len() - extension.len()..].eq_ignore_ascii_case(extension)
            && name[..name.len() - extension.len()].ends_with('.')
    })
}

/// A stem with its letters and digits made alike: `KIAH-KBOS_2013` is `A-A_9`.
fn shape(stem: &str) -> String {
    let mut shape = String::new();
    for c in stem.chars().take(120) {
        let kind = match c {
            _ if c.is_numeric() => '9',
            _ if c.is_lowercase() => 'a',
            _ if c.is_alphabetic() => 'A',
            _ => c,
        };
        if !shape.ends_with(kind) {
            shape.push(kind);
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn only_files_that_may_be_flights_are_listed_and_links_are_not_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        fs::create_dir(path.join("b")).unwrap();
        for name in ["b/x.csv", "a.CSV.GZ", "z.tsv", "notes.md", ".hidden.csv", "csv"] {
            fs::write(path.join(name), "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(path, path.join("b/loop")).unwrap();
        let folder = Folder::list(path, &Silent).unwrap();
        let found: Vec<_> = folder.entries.iter().map(|e| (&*e.relative, e.stem())).collect();
        assert_eq!(found, [("a.CSV.GZ", "a"), ("b/x.csv", "x"), ("z.tsv", "z")]);
        assert_eq!(folder.others, 2);
        assert_eq!(folder.links, usize::from(cfg!(unix)));
    }

    #[test]
    fn what_is_no_folder_of_files_is_said_so() {
        let scratch = tempfile::tempdir().unwrap();
        let list = |path: &Path| Folder::list(path, &Silent).unwrap_err();
        assert!(matches!(list(scratch.path()), InitError::NoFiles { others: 0, .. }));
        assert!(matches!(list(&scratch.path().join("no")), InitError::Missing { .. }));
        fs::write(scratch.path().join("f.csv"), "").unwrap();
        assert!(matches!(list(&scratch.path().join("f.csv")), InitError::NotAFolder { .. }));
    }

    #[test]
    fn a_rare_name_among_many_is_looked_at() {
        let entry = |relative: String| Entry { relative, extension: "csv" };
        let mut entries: Vec<_> = (0..9000).map(|i| entry(format!("{i:05}.csv"))).collect();
        entries.insert(4321, entry("index.csv".to_owned()));
        let folder = Folder { path: PathBuf::new(), entries, links: 0, others: 0 };
        let spread = folder.spread();
        assert!(spread.contains(&4321) && spread.contains(&0) && spread.contains(&9000));
        assert!(spread.len() <= MOST_OPENED + 10);
    }
}
