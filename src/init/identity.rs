//! Identity is what a file's columns say of its flight: pair, callsign, aircraft type.
//! Names propose, and the column has the same word in all rows of a file.
//!
//! [`super::source`] asks for it; [`super::names`] reads the same from file names and shares
//! the tests for words.

use super::kind::Kind;
use super::words::has;

/// The columns that say whose track it is, by position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Identity {
    pub(super) origin: Option<usize>,
    pub(super) destination: Option<usize>,
    pub(super) callsign: Option<usize>,
    pub(super) aircraft_type: Option<usize>,
}

const ORIGIN: &str =
    "origin orig org adep from dep departure estdepartureairport dept origen start";
const DESTINATION: &str = "destination dest dst ades to arr arrival estarrivalairport destino end";
/// What makes an `origin_...` another thing than the origin's name.
const NOT_A_PLACE: &str = "\
    time date lat latitude lon longitude lng runway rwy gate delay country elevation \
    terminal stand sid star distance id horiz vert count candidates derived";

/// Finds the columns that identify the flight.
pub(super) fn choose_identity(kind: &Kind) -> Identity {
    let origins = ranked(kind, |words| place_score(words, ORIGIN));
    let destinations = ranked(kind, |words| place_score(words, DESTINATION));
    let (origin, destination) = partners(kind, &origins, &destinations).unzip();
    let callsign = ranked(kind, callsign_score).into_iter().find(|(at, score)| {
        said(kind, *at, |word| is_callsign(word) || *score > 3 && is_code(word))
    });
    let aircraft_type =
        ranked(kind, type_score).into_iter().find(|(at, _)| said(kind, *at, is_aircraft_type));
    Identity {
        origin,
        destination,
        callsign: callsign.map(|(at, _)| at),
        aircraft_type: aircraft_type.map(|(at, _)| at),
    }
}

/// How well a header's name fits an origin or a destination, for tables beside the flights.
pub(super) fn pair_scores(words: &[String]) -> (Option<i32>, Option<i32>) {
    (place_score(words, ORIGIN), place_score(words, DESTINATION))
}

/// How well a header's name fits a callsign.
pub(super) fn callsign_score(words: &[String]) -> Option<i32> {
    let pair = |a: &str, b: &str| words.windows(2).any(|w| w[0] == a && w[1] == b);
    if has(words, "callsign") || pair("call", "sign") {
        Some(6 - words.len() as i32)
    } else if words.len() == 1 && has(words, "ident acid arcid flight") {
        Some(2)
    } else {
        None
    }
}

/// How well a header's name fits an aircraft type.
pub(super) fn type_score(words: &[String]) -> Option<i32> {
    let named = has(words, "typecode actype actyp equip equipment aircrafttype icaotype arctyp");
    let typed = has(words, "type model typ");
    let aircraft = has(words, "aircraft ac icao plane");
    match (named, typed, aircraft) {
        (true, ..) => Some(6),
        (_, true, true) => Some(8 - words.len() as i32),
        (_, true, false) | (_, false, true) if words.len() == 1 => Some(3),
        _ => None,
    }
}

/// Letters and digits in capitals, as codes of places, flights and types are.
pub(super) fn is_code(word: &str) -> bool {
    (2..=8).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// An ICAO or IATA flight designator: two or three letters, a digit, and up to four more.
pub(super) fn is_callsign(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = &word.as_bytes()[letters..];
    (2..=3).contains(&letters)
        && (1..=5).contains(&rest.len())
        && rest[0].is_ascii_digit()
        && rest.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A callsign that begins with an airline's ICAO designator.
pub(super) fn has_airline(word: &str) -> bool {
    is_callsign(word) && word.as_bytes()[2].is_ascii_uppercase()
}

/// An ICAO aircraft type designator with a digit, as nearly all airliners have.
pub(super) fn is_aircraft_type(word: &str) -> bool {
    (3..=4).contains(&word.len())
        && word.as_bytes()[0].is_ascii_uppercase()
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn place_score(words: &[String], names: &str) -> Option<i32> {
    if !has(words, names) || has(words, NOT_A_PLACE) {
        return None;
    }
    let icao = i32::from(has(words, "icao"));
    let unusual = i32::from(has(words, "real actual alt div diverted iata"));
    Some(10 - words.len() as i32 + 2 * icao - 2 * unusual)
}

/// Columns with a score, the best first.
fn ranked(kind: &Kind, score: impl Fn(&[String]) -> Option<i32>) -> Vec<(usize, i32)> {
    let mut found: Vec<(usize, i32)> = (0..kind.header.len())
        .filter(|at| kind.has_own_name(*at))
        .filter_map(|at| Some((at, score(&kind.words(at))?)))
        .collect();
    found.sort_by_key(|(at, score)| (-score, *at));
    found
}

/// The best origin and destination of places, from columns named alike if there are such.
fn partners(
    kind: &Kind,
    origins: &[(usize, i32)],
    destinations: &[(usize, i32)],
) -> Option<(usize, usize)> {
    let rest = |at: usize, names: &str| -> Vec<String> {
        kind.words(at)
            .into_iter()
            .filter(|word| !names.split(' ').any(|name| name == word))
            .collect()
    };
    let pairs = origins.iter().flat_map(|origin| destinations.iter().map(move |d| (origin, d)));
    pairs
        .filter(|(origin, destination)| {
            origin.0 != destination.0
                && said(kind, origin.0, is_code)
                && said(kind, destination.0, is_code)
        })
        .max_by_key(|(origin, destination)| {
            let alike = rest(origin.0, ORIGIN) == rest(destination.0, DESTINATION);
            let first = std::cmp::Reverse((origin.0, destination.0));
            (alike, origin.1 + destination.1, first)
        })
        .map(|(origin, destination)| (origin.0, destination.0))
}

/// Whether a column says one word per file in nearly all files, mostly such as is asked.
fn said(kind: &Kind, at: usize, is_such: impl Fn(&str) -> bool) -> bool {
    let files = kind.specimens.len();
    let with_words = kind.column(at).count();
    let constant = kind.share(at, |column| column.is_constant).unwrap_or(0.0);
    let such = kind.share(at, |column| column.first.as_deref().is_some_and(&is_such));
    with_words * 2 >= files && constant >= 0.9 && such.unwrap_or(0.0) >= 0.8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::words::words;

    #[test]
    fn words_in_capitals_are_told_apart() {
        for word in ["DLH356", "EZY63HU", "BA45", "RAM984A", "VLG22XV"] {
            assert!(is_callsign(word), "{word}");
        }
        for word in ["A320", "LEMD", "GABCD", "DLH", "dlh356", "DLH356789", "207507520", "H\u{f6}1"]
        {
            assert!(!is_callsign(word), "{word}");
        }
        assert!(has_airline("DLH356") && !has_airline("LH356"));
        assert!(["A320", "B77W", "DH8D", "AT76"].into_iter().all(is_aircraft_type));
        assert!(!["LEMD", "3003", "A1", "AA60721021", ""].into_iter().any(is_aircraft_type));
    }

    #[test]
    fn names_of_places_are_not_names_of_times_and_runways() {
        let scores = |name: &str| pair_scores(&words(name));
        assert!(scores("schd_from").0 > scores("real_from").0);
        assert!(scores("ades_icao").1 > scores("ades_iata").1);
        assert_eq!(scores("departure_time"), (None, None));
        assert_eq!(scores("arr_runway"), (None, None));
        assert!(type_score(&words("equip")).is_some());
        assert_eq!(type_score(&words("aircraft_id")), None);
    }
}
