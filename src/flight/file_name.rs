//! A file-name pattern says what a file's name tells of its flight:
//! `{origin}-{destination}_{callsign}_{date}.csv`.
//!
//! `{}` matches anything that is of no use. Extensions count for nothing, so one pattern
//! serves `.csv`, `.csv.gz` and `.csv.zst`.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// What a pattern's placeholders caught.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameParts {
    /// `{origin}`
    pub origin: Option<String>,
    /// `{destination}`
    pub destination: Option<String>,
    /// `{callsign}`
    pub callsign: Option<String>,
    /// `{aircraft_type}`
    pub aircraft_type: Option<String>,
    /// `{flight_id}`
    pub flight_id: Option<String>,
    /// `{date}`, midnight or the time in it, UTC, in microseconds since 1970.
    pub date_us: Option<i64>,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A word between braces that is none of the placeholders.
    #[error(
        "`{{{0}}}` is not a placeholder; known are {{origin}}, {{destination}}, {{callsign}}, {{aircraft_type}}, {{flight_id}}, {{date}} and {{}}"
    )]
    UnknownPlaceholder(String),
    /// An opening brace without its closing one.
    #[error("`{{` without `}}`")]
    OpenBrace,
    /// Two placeholders with nothing between them.
    #[error("two placeholders need something between them")]
    Adjacent,
    /// The same placeholder twice.
    #[error("a placeholder stands twice")]
    Repeated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Origin,
    Destination,
    Callsign,
    AircraftType,
    FlightId,
    Date,
    Ignored,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Hole(Placeholder),
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNamePattern {
    pieces: Vec<Piece>,
}

impl FileNamePattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// [`PatternError`] where the text is no pattern.
    pub fn compile(text: &str) -> Result<Self, PatternError> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut rest = stem(text);
        while !rest.is_empty() {
            let piece = if let Some(open) = rest.strip_prefix('{') {
                let (word, after) = open.split_once('}').ok_or(PatternError::OpenBrace)?;
                if matches!(pieces.last(), Some(Piece::Hole(_))) {
                    return Err(PatternError::Adjacent);
                }
                rest = after;
                Piece::Hole(placeholder(word)?)
            } else {
                let end = rest.find('{').unwrap_or(rest.len());
                let (literal, after) = rest.split_at(end);
                rest = after;
                Piece::Literal(literal.to_owned())
            };
            if piece != Piece::Hole(Placeholder::Ignored)
                && matches!(piece, Piece::Hole(_))
                && pieces.contains(&piece)
            {
                return Err(PatternError::Repeated);
            }
            pieces.push(piece);
        }
        Ok(Self { pieces })
    }

    /// Matches a file's name (without its folders); none where it does not follow the
    /// pattern.
    #[must_use]
    pub fn matches(&self, file_name: &str) -> Option<NameParts> {
        let mut parts = NameParts::default();
        fit(&self.pieces, stem(file_name), &mut parts).then_some(parts)
    }
}

/// The name without the extensions that say how the file is written.
fn stem(name: &str) -> &str {
    without_ending(without_ending(name, &["gz", "zst"]), &["csv", "txt", "tsv"])
}

fn without_ending<'n>(name: &'n str, endings: &[&str]) -> &'n str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if endings.iter().any(|e| ending.eq_ignore_ascii_case(e)) => stem,
        _ => name,
    }
}

fn placeholder(word: &str) -> Result<Placeholder, PatternError> {
    Ok(match word {
        "origin" => Placeholder::Origin,
        "destination" => Placeholder::Destination,
        "callsign" => Placeholder::Callsign,
        "aircraft_type" => Placeholder::AircraftType,
        "flight_id" => Placeholder::FlightId,
        "date" => Placeholder::Date,
        "" => Placeholder::Ignored,
        _ => return Err(PatternError::UnknownPlaceholder(word.to_owned())),
    })
}

/// Fits the pieces to the text, each hole taking as little as it can; patterns are short,
/// so backtracking costs nothing.
fn fit(pieces: &[Piece], text: &str, parts: &mut NameParts) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Literal(literal), rest @ ..] => {
            text.strip_prefix(literal.as_str()).is_some_and(|after| fit(rest, after, parts))
        }
        [Piece::Hole(hole), rest @ ..] => {
            let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
            ends.into_iter().any(|end| {
                let before = parts.clone();
                let fits = take(*hole, &text[..end], parts) && fit(rest, &text[end..], parts);
                if !fits {
                    *parts = before;
                }
                fits
            })
        }
    }
}

fn take(hole: Placeholder, text: &str, parts: &mut NameParts) -> bool {
    let slot = match hole {
        Placeholder::Origin => &mut parts.origin,
        Placeholder::Destination => &mut parts.destination,
        Placeholder::Callsign => &mut parts.callsign,
        Placeholder::AircraftType => &mut parts.aircraft_type,
        Placeholder::FlightId => &mut parts.flight_id,
        Placeholder::Date => {
            parts.date_us = date_us(text);
            return parts.date_us.is_some();
        }
        Placeholder::Ignored => return true,
    };
    *slot = Some(text.to_owned());
    true
}

/// A date as file names write it: `20240305`, `2024-03-05`, `20240305T061200`, also with `Z`.
fn date_us(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let at = match text.len() {
        8 => Date::strptime("%Y%m%d", text).ok()?.to_datetime(jiff::civil::Time::midnight()),
        10 => Date::strptime("%Y-%m-%d", text).ok()?.to_datetime(jiff::civil::Time::midnight()),
        15 => DateTime::strptime("%Y%m%dT%H%M%S", text)
            .or_else(|_| DateTime::strptime("%Y%m%d-%H%M%S", text))
            .or_else(|_| DateTime::strptime("%Y%m%d_%H%M%S", text))
            .ok()?,
        _ => return None,
    };
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_reads_the_names_it_was_made_for() {
        let pattern =
            FileNamePattern::compile("{origin}-{destination}_{callsign}_{date}.csv").unwrap();
        for ending in ["csv", "CSV.GZ", "csv.zst"] {
            let name = format!("LEMD-LEBL_IBE1802_20240305T061200.{ending}");
            assert!(pattern.matches(&name).is_some(), "{name}");
        }
        let parts = pattern.matches("LEMD-LEBL_IBE1802_20240305T061200.csv.gz").unwrap();
        assert_eq!(parts.origin.as_deref(), Some("LEMD"));
        assert_eq!(parts.destination.as_deref(), Some("LEBL"));
        assert_eq!(parts.callsign.as_deref(), Some("IBE1802"));
        assert_eq!(parts.date_us, Some(1_709_619_120_000_000));
        assert_eq!(pattern.matches("LEMD-LEBL_IBE1802_20241305.csv"), None, "month 13");
        assert_eq!(pattern.matches("LEMD_LEBL_IBE1802_20240305.csv"), None);
    }

    #[test]
    fn a_hole_takes_as_little_as_it_can_but_at_least_one_character() {
        let pattern = FileNamePattern::compile("{origin}-{destination}_{}_{callsign}").unwrap();
        let parts = pattern.matches("AMM-LHR_fr24_RJA111_e528944.csv").unwrap();
        assert_eq!(parts.callsign.as_deref(), Some("RJA111_e528944"));
        assert_eq!(pattern.matches("-LHR_a_b.csv"), None);
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        let error = |text| FileNamePattern::compile(text).unwrap_err().to_string();
        assert!(error("{type}.csv").starts_with("`{type}` is not a placeholder; known are"));
        assert_eq!(error("{origin"), "`{` without `}`");
        assert_eq!(error("{origin}{date}"), "two placeholders need something between them");
        assert!(FileNamePattern::compile("{origin}-{origin}").is_err());
    }
}
