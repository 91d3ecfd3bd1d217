//! A side table lists the flights, one a row, with what their files do not say: the pair.
//!
//! [`super::look`] searches for one among the files that are no flights, and beside them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};

use super::folder::{Entry, extension_of};
use super::identity::{callsign_score, pair_scores, type_score};
use super::sniff::{Scent, sniff};
use super::words::words;
use crate::flight::{Dialect, head, is_compressed};

/// Largest side table that is read; that of a hundred thousand flights is smaller.
const MOST_BYTES: u64 = 32 << 20;
/// Most tables that are tried.
const MOST_TABLES: usize = 40;

/// A table that names flights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SideTable {
    /// From the data's root, or absolute.
    pub(super) path: String,
    /// The column that names the file.
    pub(super) key: String,
    /// Role and column, for the roles that it tells.
    pub(super) columns: Vec<(&'static str, String)>,
    /// Flights that it has.
    pub(super) found: usize,
    /// Flights by pair.
    pub(super) pairs: BTreeMap<String, usize>,
    /// Values of the callsign's column, some of them.
    pub(super) callsigns: Vec<String>,
}

impl SideTable {
    /// Whether it tells a role.
    pub(super) fn tells(&self, role: &str) -> bool {
        self.columns.iter().any(|(known, _)| *known == role)
    }
}

/// The flights by the ways in which a table may name them.
struct Flights<'a> {
    by_word: HashMap<&'a str, usize>,
    count: usize,
}

/// The table among `candidates` that names the most flights, at least half of them, and
/// knows the pair or the callsign.
pub(super) fn find(root: &Path, flights: &[Entry], candidates: &[PathBuf]) -> Option<SideTable> {
    let mut by_word = HashMap::new();
    for (at, entry) in flights.iter().enumerate() {
        for word in [entry.stem(), entry.name(), &entry.relative] {
            by_word.insert(word, at);
        }
    }
    let flights = Flights { by_word, count: flights.len() };
    let tables = candidates.iter().take(MOST_TABLES);
    let found = tables.filter_map(|path| read(root, path, &flights));
    found.max_by_key(|table| {
        (table.tells("origin"), table.found, std::cmp::Reverse(table.path.clone()))
    })
}

/// The CSV files of a folder itself.
pub(super) fn beside(folder: &Path) -> Vec<PathBuf> {
    let Ok(items) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = items
        .filter_map(Result::ok)
        .filter(|item| item.file_type().is_ok_and(|kind| kind.is_file()))
        .filter(|item| item.file_name().to_str().and_then(extension_of).is_some())
        .map(|item| item.path())
        .collect();
    files.sort();
    files.truncate(MOST_TABLES);
    files
}

fn read(root: &Path, path: &Path, flights: &Flights) -> Option<SideTable> {
    let is_small =
        !is_compressed(path) && std::fs::metadata(path).is_ok_and(|data| data.len() <= MOST_BYTES);
    let Scent::Table(dialect, _) = sniff(path).ok().filter(|_| is_small)? else { return None };
    let header = head(path, &dialect, 0).ok()?.header;
    let columns = columns(&header);
    if columns.is_empty() {
        return None;
    }
    let (key, found, rows) = key(path, &dialect, &header, flights)?;
    let position = |role: &str| -> Option<usize> {
        let name = &columns.iter().find(|(known, _)| *known == role)?.1;
        header.iter().position(|column| column == name)
    };
    let mut pairs = BTreeMap::new();
    if let (Some(origin), Some(destination)) = (position("origin"), position("destination")) {
        for row in rows.iter().filter(|row| flights.by_word.contains_key(row[key].trim())) {
            let (origin, destination) = (row[origin].trim(), row[destination].trim());
            if !origin.is_empty() && !destination.is_empty() {
                *pairs.entry(format!("{origin}-{destination}")).or_insert(0) += 1;
            }
        }
    }
    let callsigns = position("callsign").map_or_else(Vec::new, |at| {
        rows.iter().take(500).map(|row| row[at].trim().to_owned()).collect()
    });
    Some(SideTable {
        path: relative(root, path)?,
        key: header[key].clone(),
        columns,
        found,
        pairs,
        callsigns,
    })
}

/// The columns that tell something, by name; the pair's only together.
fn columns(header: &[String]) -> Vec<(&'static str, String)> {
    let best = |score: &dyn Fn(&[String]) -> Option<i32>| -> Option<String> {
        let scored = header.iter().filter(|name| !name.is_empty());
        let scored = scored.filter_map(|name| Some((score(&words(name))?, name)));
        scored
            .fold(None::<(i32, &String)>, |best, next| match best {
                Some(best) if best.0 >= next.0 => Some(best),
                _ => Some(next),
            })
            .map(|(_, name)| name.clone())
    };
    let origin = best(&|words| pair_scores(words).0);
    let destination = best(&|words| pair_scores(words).1);
    let pair = origin.zip(destination).map_or_else(Vec::new, |(origin, destination)| {
        vec![("origin", origin), ("destination", destination)]
    });
    let callsign = best(&|words| callsign_score(words)).map(|name| ("callsign", name));
    let aircraft_type = best(&|words| type_score(words)).map(|name| ("aircraft_type", name));
    pair.into_iter().chain(callsign).chain(aircraft_type).collect()
}

/// The column that names most flights, how many, and all rows.
fn key(
    path: &Path,
    dialect: &Dialect,
    header: &[String],
    flights: &Flights,
) -> Option<(usize, usize, Vec<Vec<String>>)> {
    let names_flights = |rows: &[Vec<String>], at: usize| {
        rows.iter().filter(|row| flights.by_word.contains_key(row[at].trim())).count()
    };
    // A few rows say whether the whole table is worth reading.
    let first = head(path, dialect, 300).ok()?.rows;
    if !(0..header.len()).any(|at| names_flights(&first, at) > 0) {
        return None;
    }
    let rows = head(path, dialect, 2_000_000).ok()?.rows;
    let covered = |at: usize| {
        let mut seen = vec![false; flights.count];
        for flight in rows.iter().filter_map(|row| flights.by_word.get(row[at].trim())) {
            seen[*flight] = true;
        }
        seen.into_iter().filter(|seen| *seen).count()
    };
    let counts: Vec<usize> = (0..header.len()).map(covered).collect();
    let most = counts.iter().copied().max()?;
    let at = counts.iter().position(|count| *count == most)?;
    (most * 2 >= flights.count).then_some((at, most, rows))
}

/// A path from a folder, with `..` where need be.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let shared = root.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = root.components().count() - shared;
    if up > 2 {
        return path.to_str().map(String::from);
    }
    let down = path.components().skip(shared).filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    Some(std::iter::repeat_n("..", up).chain(down).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn entry(relative: &str) -> Entry {
        Entry { relative: relative.to_owned(), extension: "csv" }
    }

    #[test]
    fn the_table_that_names_the_flights_is_found_by_file_or_stem() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().canonicalize().unwrap();
        let root = folder.join("flights");
        fs::create_dir(&root).unwrap();
        let flights = [entry("a.csv"), entry("b.csv"), entry("c.csv")];
        fs::write(folder.join("x.csv"), "n;id;from;to\n1;b;LEMD;LEBL\n2;a;EGLL;LEBL\n").unwrap();
        fs::write(folder.join("y.csv"), "id,from\na,b\nb,c\nc,c\n").unwrap();
        fs::write(folder.join("z.csv"), "id,from,to\nq,b,c\n").unwrap();
        let table = find(&root, &flights, &beside(&folder)).unwrap();
        assert_eq!((&*table.path, &*table.key, table.found), ("../x.csv", "id", 2));
        let expected = [("origin", "from".to_owned()), ("destination", "to".to_owned())];
        assert_eq!(table.columns, expected);
        assert_eq!(table.pairs["LEMD-LEBL"], 1);
    }

    #[test]
    fn a_table_that_names_few_of_the_flights_is_none() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("x.csv"), "id,from,to\na,LEMD,LEBL\n").unwrap();
        let flights = [entry("a.csv"), entry("b.csv"), entry("c.csv")];
        assert_eq!(find(scratch.path(), &flights, &beside(scratch.path())), None);
    }
}
