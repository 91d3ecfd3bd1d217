//! The findings of a first look, put together: pairs, variables, and whether the sources
//! read the files that they were made from.
//!
//! [`super::look`] ends with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::InitError;
use super::folder::{Entry, Folder};
use super::guess::Guess;
use super::identity::has_airline;
use super::pairs::{at_airports, counted, largest};
use super::side_table::{SideTable, beside, find};
use super::source::SourceGuess;
use super::sources::Found;
use super::toml_text::quoted;
use crate::flight::{Peek, RoleColumns, Source, SourceConfig, peek};
use crate::progress::Progress;

/// Puts everything together.
///
/// # Errors
/// [`InitError`] where the root's path is no text, or the user stopped it.
pub(super) fn guess(
    folder: &Folder,
    found: Found,
    progress: &dyn Progress,
) -> Result<Guess, InitError> {
    let Found { root, flights, mut sources, opened, tables, others } = found;
    let root_text = root.to_str().ok_or_else(|| InitError::BadName { path: root.clone() })?;
    let compiled: Vec<Source> =
        sources.iter().filter_map(|source| Source::compile(&source.config).ok()).collect();
    let Tried { peeks, mut doubts } = try_out(folder, &mut sources, &compiled, progress)?;
    let has_pair = sources.iter().all(SourceGuess::has_pair);
    let side_table = find(&root, &flights, &candidates(&root, &tables, folder));
    let tells_pair = side_table.as_ref().is_some_and(|table| table.tells("origin"));
    let uses_side_table = !has_pair && tells_pair;
    let (share, airport_pairs) = if has_pair || tells_pair {
        (0.0, BTreeMap::new())
    } else {
        at_airports(folder, &peeks, &compiled)
    };
    let airports = share >= 0.5;
    let used_table = side_table.as_ref().filter(|_| uses_side_table);
    let pairs = counted(&flights, &sources, used_table, &peeks, airport_pairs);
    let mut guess = Guess {
        root: root_text.to_owned(),
        extensions: extensions(&flights),
        files: flights.len(),
        looked_at: opened.min(flights.len()),
        flight_id_is_path: stems_repeat(&flights),
        airports,
        variables: variables(&sources),
        categories: categories(&sources, used_table, has_pair || uses_side_table || airports),
        pairs: largest(&pairs),
        side_table,
        uses_side_table,
        sources,
        others,
        facts: Vec::new(),
        doubts: Vec::new(),
    };
    guess.facts = facts(&guess, folder, share);
    doubts.extend(doubts_about(&guess, has_pair, share));
    doubts.extend(mixed_codes(&pairs));
    guess.doubts = doubts;
    Ok(guess)
}

/// What came of trying the sources out.
struct Tried {
    /// By position in the folder's entries.
    peeks: Vec<(usize, Peek)>,
    doubts: Vec<String>,
}

/// Peeks at the files that were read, as `traj index` will; says what would be refused, and
/// what would be read by another source than the one made for it.
fn try_out(
    folder: &Folder,
    sources: &mut [SourceGuess],
    compiled: &[Source],
    progress: &dyn Progress,
) -> Result<Tried, InitError> {
    let mut peeks = Vec::new();
    let mut doubts = Vec::new();
    for source in sources {
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        let mut strays = BTreeSet::new();
        for at in &source.read {
            if progress.stopped() {
                return Err(InitError::Interrupted);
            }
            let path = folder.path.join(&folder.entries[*at].relative);
            let bytes = std::fs::metadata(&path).map_or(0, |data| data.len());
            match peek(&path, bytes, compiled) {
                Ok(peek) => {
                    if differs(compiled, &peek.source, &source.config) {
                        strays.insert(peek.source.clone());
                    }
                    peeks.push((*at, peek));
                }
                Err(refusal) => *refused.entry(refusal.to_string()).or_default() += 1,
            }
        }
        let name = &source.config.name;
        for stray in strays {
            doubts.push(format!(
                "source `{stray}` also has the columns of `{name}` and comes first, but reads them otherwise; put `{name}` in a folder and a configuration of its own"
            ));
        }
        if let Some((why, _)) = refused.iter().max_by_key(|(_, count)| **count) {
            let count: usize = refused.values().sum();
            doubts.push(format!(
                "source `{name}`: {count} of {} files looked at would be refused, such as for {why}",
                source.read.len()
            ));
        }
    }
    peeks.sort_by_key(|(at, _)| *at);
    Ok(Tried { peeks, doubts })
}

/// Whether a source reads time and position of a file otherwise than the one made for it.
fn differs(compiled: &[Source], name: &str, own: &SourceConfig) -> bool {
    compiled.iter().find(|source| source.config.name == name).is_some_and(|source| {
        let (a, b) = (&source.config, own);
        a.units != b.units || a.dialect != b.dialect || track(&a.columns) != track(&b.columns)
    })
}

/// The columns of time and position.
fn track(columns: &RoleColumns) -> [Option<&String>; 6] {
    let RoleColumns { time, date, utc_offset, longitude, latitude, altitude, .. } = columns;
    let [date, utc_offset, altitude] = [date, utc_offset, altitude].map(Option::as_ref);
    [Some(time), date, utc_offset, Some(longitude), Some(latitude), altitude]
}

/// Tables among the flights and beside them.
fn candidates(root: &std::path::Path, tables: &[PathBuf], folder: &Folder) -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> = tables.to_vec();
    let mut folders = vec![folder.path.clone()];
    folders.extend(root.parent().map(PathBuf::from));
    for beside in folders.iter().filter(|path| **path != *root).flat_map(|path| beside(path)) {
        if !candidates.contains(&beside) {
            candidates.push(beside);
        }
    }
    candidates
}

fn extensions(flights: &[Entry]) -> Vec<String> {
    let found: BTreeSet<&str> = flights.iter().map(|entry| entry.extension).collect();
    found.into_iter().map(str::to_owned).collect()
}

fn stems_repeat(flights: &[Entry]) -> bool {
    let mut stems: Vec<&str> = flights.iter().map(Entry::stem).collect();
    stems.sort_unstable();
    stems.windows(2).any(|pair| pair[0] == pair[1])
}

/// Over all sources, each once; what is a role comes as the first source has it.
fn variables(sources: &[SourceGuess]) -> Vec<String> {
    let mut largest_first: Vec<&SourceGuess> = sources.iter().collect();
    largest_first.sort_by_key(|source| std::cmp::Reverse(source.files));
    let mut variables: Vec<String> = Vec::new();
    for name in largest_first.into_iter().flat_map(|source| &source.variables) {
        if !variables.contains(name) {
            variables.push(name.clone());
        }
    }
    variables
}

fn categories(sources: &[SourceGuess], table: Option<&SideTable>, has_pair: bool) -> Vec<String> {
    let airlines = table.filter(|table| table.tells("callsign")).is_some_and(|table| {
        let with_airline = table.callsigns.iter().filter(|word| has_airline(word)).count();
        with_airline * 2 > table.callsigns.len()
    });
    let types = table.is_some_and(|table| table.tells("aircraft_type"));
    let known = [
        ("origin", has_pair),
        ("destination", has_pair),
        ("aircraft_type", types || sources.iter().any(SourceGuess::has_type)),
        ("airline", airlines || sources.iter().any(|source| source.has_airline)),
    ];
    known.into_iter().filter(|(_, is)| *is).map(|(name, _)| name.to_owned()).collect()
}

fn facts(guess: &Guess, folder: &Folder, share: f64) -> Vec<String> {
    let mut facts = vec![format!(
        "{} files in {}, of which {} were looked at",
        guess.files, guess.root, guess.looked_at
    )];
    if folder.path.to_str() != Some(guess.root.as_str()) {
        facts.push("all flights are in that folder; the tables outside it hold none".to_owned());
    }
    if folder.links > 0 {
        facts.push(format!("{} symbolic links are not followed", folder.links));
    }
    for source in &guess.sources {
        facts.push(fact(source));
    }
    facts.push(match (&guess.side_table, guess.uses_side_table, guess.airports) {
        (Some(table), true, _) => format!(
            "origin and destination from {}, by its column {}: {} of {} flights",
            table.path,
            quoted(&table.key),
            table.found,
            guess.files
        ),
        (_, _, true) => format!(
            "origin and destination from the airports nearest to the ends: {:.0} % of those read begin and end at one",
            100.0 * share
        ),
        _ if guess.categories.iter().any(|name| name == "origin") => {
            "origin and destination from names of files or columns".to_owned()
        }
        _ => "no origin and destination: all flights count as one pair".to_owned(),
    });
    if guess.flight_id_is_path {
        facts.push("names of files repeat, so a flight is called by its path".to_owned());
    }
    facts
}

/// One source in a line.
fn fact(source: &SourceGuess) -> String {
    let config = &source.config;
    let unit = |role: &str| config.units.get(role).map_or("deg", String::as_str).to_owned();
    let column = |name: &str, role: &str| format!("{role} {} ({})", quoted(name), unit(role));
    let mut roles = vec![column(&config.columns.time, "time")];
    let parts = config.columns.time_parts();
    roles.extend(parts.map(|(part, name)| format!("its {part} {}", quoted(name))));
    roles.push(column(&config.columns.longitude, "longitude"));
    roles.push(column(&config.columns.latitude, "latitude"));
    roles.extend(config.columns.altitude.as_deref().map(|name| column(name, "altitude")));
    roles.extend(config.columns.distance.as_deref().map(|name| column(name, "distance")));
    let names = config.file_name.as_ref().map_or_else(String::new, |p| format!("; names {p}"));
    format!("source `{}`, {} files: {}{names}", config.name, source.files, roles.join(", "))
}

/// Whether some pairs are of ICAO codes and others of IATA codes, so that one pair counts as
/// two.
fn mixed_codes(pairs: &BTreeMap<String, usize>) -> Option<String> {
    let total: usize = pairs.values().sum();
    let of_length = |length: usize| -> usize {
        let such = pairs.iter().filter(|(pair, _)| pair.len() == length);
        such.map(|(_, flights)| flights).sum()
    };
    let (icao, iata) = (of_length("LEMD-LEBL".len()), of_length("MAD-BCN".len()));
    (icao * 20 > total && iata * 20 > total).then(|| {
        format!("{icao} flights have pairs of ICAO codes, {iata} of IATA codes: MAD-BCN and LEMD-LEBL count as two pairs")
    })
}

fn doubts_about(guess: &Guess, has_pair: bool, share: f64) -> Vec<String> {
    let mut doubts = Vec::new();
    for source in &guess.sources {
        let name = &source.config.name;
        doubts.extend(source.doubts.iter().map(|doubt| format!("source `{name}`: {doubt}")));
        if source.config.columns.altitude.is_none() {
            doubts.push(format!("source `{name}` has no altitude, so none is predicted"));
        }
        if source.config.units.get("time").is_some_and(|unit| unit == "elapsed-s") {
            doubts.push(format!(
                "source `{name}` counts seconds without a date, so there is no calendar"
            ));
        }
    }
    if let Some(table) = guess.side_table.as_ref().filter(|_| guess.uses_side_table)
        && table.found < guess.files
    {
        let missing = guess.files - table.found;
        doubts.push(format!("{missing} flights are not in {}", table.path));
    }
    if !has_pair && !guess.uses_side_table && !guess.airports {
        doubts.push(format!(
            "nothing tells origin and destination ({:.0} % of the flights read begin and end at a known airport)",
            100.0 * share
        ));
    }
    for other in &guess.others {
        doubts.push(format!("no flight: {other}"));
    }
    doubts
}
