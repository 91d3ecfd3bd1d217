//! Output: a command's summary on standard output, for people or as one JSON object.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::failure::Failure;

/// The version of the JSON summaries' fields.
const SCHEMA_VERSION: u32 = 1;

/// A summary as one line of JSON: the command's name, its fields, and the summaries of the
/// stages that it ran, if any.
pub(super) fn object(command: &str, fields: &impl Serialize, stages: Map<String, Value>) -> String {
    let mut object = json!({ "schema_version": SCHEMA_VERSION, "command": command });
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, value(fields)) {
        object.extend(fields);
        if !stages.is_empty() {
            object.insert("stages".to_owned(), Value::Object(stages));
        }
    }
    object.to_string()
}

/// The fields of a summary.
pub(super) fn value(fields: &impl Serialize) -> Value {
    serde_json::to_value(fields).expect("a summary of plain values")
}

/// Writes lines to standard output. A reader that has gone away (`| head`) is no failure.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::machine("cannot write to standard output", &error))
        }
        _ => Ok(()),
    }
}

/// `1234567` as `1,234,567`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

/// `1 flight`, `2 flights`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// Seconds as `about 3 s`, `about 12 min`, `about 2.5 h`.
pub(super) fn about(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "less than 1 s".to_owned(),
        s if s < 120.0 => format!("about {s:.0} s"),
        s if s < 7200.0 => format!("about {:.0} min", s / 60.0),
        s => format!("about {:.1} h", s / 3600.0),
    }
}

/// `bad-time 3, empty-file 1`, the commonest first.
pub(super) fn codes(rejected: &std::collections::BTreeMap<String, u64>) -> String {
    let mut codes: Vec<(&String, &u64)> = rejected.iter().collect();
    codes.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    codes.iter().map(|(code, n)| format!("{code} {n}")).collect::<Vec<_>>().join(", ")
}

/// A time in microseconds since 1970 as `2024-03-05 06:12`.
pub(super) fn minute(time_us: i64) -> String {
    jiff::Timestamp::from_microsecond(time_us).map_or_else(
        |_| "?".to_owned(),
        |time| time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_nouns_counted() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(counted(1, "flight"), "1 flight");
        assert_eq!(counted(44_264, "flight"), "44,264 flights");
        let times = [0.2, 61.0, 240.0, 9000.0].map(about);
        assert_eq!(times, ["less than 1 s", "about 61 s", "about 4 min", "about 2.5 h"]);
    }
}
