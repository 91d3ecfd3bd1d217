//! The text of a `traj.toml`, with a comment wherever a reader may ask why.
//!
//! [`super::Guess::to_toml`] writes it. Names from files are quoted as TOML wants it,
//! in comments too, since a header may hold line breaks.

use std::fmt::Write as _;

use super::guess::Guess;
use super::source::SourceGuess;
use crate::flight::{Decimal, Dialect, Encoding};

/// A basic string of TOML.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A list of strings, on several lines where it is long.
fn list(key: &str, items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    let short = format!("{key} = [{}]\n", items.join(", "));
    if short.len() <= 96 {
        return short;
    }
    let (mut text, mut line) = (format!("{key} = [\n"), String::from("   "));
    for item in items {
        if line.len() + item.len() > 94 && line.len() > 3 {
            text.push_str(&line);
            text.push('\n');
            line = String::from("   ");
        }
        let _ = write!(line, " {item},");
    }
    text + &line + "\n]\n"
}

/// Comment lines.
fn comment(text: &str) -> String {
    text.lines().fold(String::new(), |all, line| all + format!("# {line}").trim_end() + "\n")
}

pub(super) fn write(guess: &Guess) -> String {
    let mut text = comment(&format!(
        "Written by `traj init` from {} of {} files. Whatever it guessed wrong is to be\n\
         corrected here; every other setting has its default in configs/baseline.toml.",
        guess.looked_at, guess.files
    ));
    for note in &guess.doubts {
        text.push_str(&comment(&format!("CHECK: {note}")));
    }
    text.push_str("\n[data]\n");
    let _ = writeln!(text, "root = {}", quoted(&guess.root));
    text.push_str(&list("extensions", &guess.extensions));
    if guess.flight_id_is_path {
        text.push_str("# Names of files repeat, so a flight is called by its path.\n");
    }
    let _ =
        writeln!(text, "flight_id = \"{}\"", if guess.flight_id_is_path { "path" } else { "stem" });
    if guess.airports {
        text.push_str("# The airports nearest to the first and the last position are the pair.\n");
    }
    let _ = writeln!(text, "airports = {}", guess.airports);
    text.push_str(&side_table(guess));
    for source in &guess.sources {
        text.push('\n');
        text.push_str(&write_source(source));
    }
    if !guess.others.is_empty() {
        text.push('\n');
        text.push_str("# Files that are no flights:\n");
        for other in &guess.others {
            text.push_str(&comment(&format!("  {other}")));
        }
    }
    text.push('\n');
    text.push_str(&features(guess));
    text
}

fn side_table(guess: &Guess) -> String {
    let Some(table) = &guess.side_table else { return String::new() };
    let mut text = String::from("[data.side_table]\n");
    let _ = writeln!(text, "path = {}", quoted(&table.path));
    let _ = writeln!(text, "key = {}", quoted(&table.key));
    for (role, column) in &table.columns {
        let _ = writeln!(text, "{role} = {}", quoted(column));
    }
    if guess.uses_side_table {
        let share = format!(
            "Origin and destination come from this table; it has {} of the {} flights.",
            table.found, guess.files
        );
        return format!("\n{}{text}", comment(&share));
    }
    let why =
        "This table names the flights too, if more of it is wanted than names and columns tell:";
    format!("\n{}{}", comment(why), comment(&text))
}

fn write_source(source: &SourceGuess) -> String {
    let config = &source.config;
    let mut text =
        comment(&format!("{} files looked at, such as {}.", source.files, quoted(&source.example)));
    text.push_str("[[source]]\n");
    let _ = writeln!(text, "name = {}", quoted(&config.name));
    if let Some(pattern) = &config.file_name {
        let _ = writeln!(text, "file_name = {}", quoted(pattern));
    }
    for hint in &source.hints {
        text.push_str(&comment(hint));
    }
    text.push_str(&dialect(&config.dialect));
    text.push_str("[source.columns]\n");
    let c = &config.columns;
    if c.time_parts().next().is_some() {
        let parts: Vec<&str> = c.time_parts().map(|(part, _)| part).collect();
        let parts = parts.join(" and ");
        text.push_str(&comment(&format!(
            "The time of a row is its `time` (a clock) with its {parts}."
        )));
    }
    let columns = [
        ("time", Some(&c.time)),
        ("date", c.date.as_ref()),
        ("utc_offset", c.utc_offset.as_ref()),
        ("longitude", Some(&c.longitude)),
        ("latitude", Some(&c.latitude)),
        ("altitude", c.altitude.as_ref()),
        ("distance", c.distance.as_ref()),
        ("origin", c.origin.as_ref()),
        ("destination", c.destination.as_ref()),
        ("callsign", c.callsign.as_ref()),
        ("aircraft_type", c.aircraft_type.as_ref()),
        ("flight_id", c.flight_id.as_ref()),
    ];
    for (role, name) in columns.into_iter().filter_map(|(role, name)| Some((role, name?))) {
        let _ = writeln!(text, "{role} = {}", quoted(name));
    }
    if c.altitude.is_none() {
        text.push_str("# There is no altitude, so none is predicted.\n");
    }
    text.push_str("[source.units]\n");
    for role in ["time", "longitude", "latitude", "altitude", "distance"] {
        if let Some(unit) = config.units.get(role) {
            let _ = writeln!(text, "{role} = {}", quoted(unit));
        }
    }
    if !source.left.is_empty() {
        text.push_str("# Columns left out:\n");
        for (name, why) in &source.left {
            let _ = writeln!(text, "#   {}: {why}", quoted(name));
        }
    }
    text
}

/// What differs from plain CSV; nothing if nothing does.
fn dialect(dialect: &Dialect) -> String {
    let plain = Dialect::default();
    let mut text = String::new();
    if dialect.delimiter != plain.delimiter {
        let delimiter = char::from(dialect.delimiter).to_string();
        let _ = writeln!(text, "delimiter = {}", quoted(&delimiter));
    }
    if dialect.decimal == Decimal::Comma {
        text.push_str("decimal = \",\"\n");
    }
    let encoding = match dialect.encoding {
        Encoding::Utf8 => None,
        Encoding::Latin1 => Some("latin1"),
        Encoding::Utf16Le => Some("utf-16le"),
        Encoding::Utf16Be => Some("utf-16be"),
    };
    if let Some(encoding) = encoding {
        let _ = writeln!(text, "encoding = \"{encoding}\"");
    }
    if dialect.skip_lines > 0 {
        let _ = writeln!(text, "skip_lines = {}", dialect.skip_lines);
    }
    if dialect.skip_after_header > 0 {
        let _ = writeln!(text, "skip_after_header = {}", dialect.skip_after_header);
    }
    if let Some(comment) = dialect.comment {
        let _ = writeln!(text, "comment = {}", quoted(&char::from(comment).to_string()));
    }
    if text.is_empty() { text } else { format!("[source.dialect]\n{text}") }
}

fn features(guess: &Guess) -> String {
    let mut text = String::from("[features]\n");
    text.push_str("# Roles by their names, and the other numeric columns by theirs.\n");
    text.push_str(&list("variables", &guess.variables));
    text.push_str(&list("categories", &guess.categories));
    for (source, names) in rare(guess) {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        text.push_str(&comment(&format!(
            "Few flights have {}: only those of source {}, {} of the files looked at.",
            names.join(", "),
            quoted(&source.config.name),
            source.files
        )));
    }
    text.push_str("# min_rows = 10          # shorter flights are rejected; 2 unless stated\n");
    text.push_str("# max_duration_h = 20.0  # longer ones too\n");
    if let Some((pair, _)) = guess.pairs.first() {
        let shares: Vec<String> =
            guess.pairs.iter().map(|(pair, share)| format!("{pair} {share}")).collect();
        text.push_str("\n# To work on some pairs only; the largest here are\n");
        text.push_str(&comment(&shares.join(", ")));
        text.push_str("# [select]\n");
        let _ = writeln!(text, "# pairs = [{}]", quoted(pair));
    }
    text
}

/// Variables that only a source of few files has.
fn rare(guess: &Guess) -> Vec<(&SourceGuess, Vec<&String>)> {
    let all: usize = guess.sources.iter().map(|source| source.files).sum();
    let few = guess.sources.iter().filter(|source| source.files * 10 < all);
    let own = few.map(|source| {
        let others = guess.sources.iter().filter(|other| other.config.name != source.config.name);
        let elsewhere: Vec<&String> = others.flat_map(|other| &other.variables).collect();
        (source, source.variables.iter().filter(|name| !elsewhere.contains(name)).collect())
    });
    own.filter(|(_, names): &(_, Vec<&String>)| !names.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_header_holds_its_quoted_form_reads_back() {
        for name in ["plain", "q\"uo\\te", "line\nbreak\r\t", "\u{1}\u{7f}\u{85}\u{2028}", "Höhe ✈"]
        {
            let text = format!("# {}\nkey = {}\n", quoted(name), quoted(name));
            let table: toml::Table = text.parse().unwrap();
            assert_eq!(table["key"].as_str(), Some(name), "{text}");
        }
    }

    #[test]
    fn a_long_list_stands_on_several_lines() {
        let items: Vec<String> = (0..60).map(|i| format!("variable_{i}")).collect();
        let text = list("variables", &items);
        assert!(text.lines().all(|line| line.len() <= 96), "{text}");
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["variables"].as_array().map(Vec::len), Some(60));
        assert_eq!(list("none", &[]), "none = []\n");
    }
}
