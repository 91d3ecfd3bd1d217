//! A pair is an origin and a destination airport, written `LEMD-LEBL`.
//!
//! The command line parses pairs from text; the timetable draws flights from them.

use std::fmt;
use std::str::FromStr;

use super::airports::{self, AIRPORTS, Airport};

/// An origin and a destination of the generator's own table of airports.
///
/// ```
/// let pair: traj::sample::Pair = "LEMD-LEBL".parse()?;
/// assert_eq!((pair.origin(), pair.destination()), ("LEMD", "LEBL"));
/// # Ok::<(), traj::sample::PairError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub(super) from: &'static Airport,
    pub(super) to: &'static Airport,
}

/// Why a text is no pair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// The text is not two indicators with a hyphen between.
    #[error("`{found}` is not a city pair: expected ORIGIN-DESTINATION, such as LEMD-LEBL")]
    Form {
        /// The text.
        found: String,
    },
    /// The table has no such airport.
    #[error("unknown airport `{found}`{}; the known ones are {known}", did_you_mean(.nearest.as_deref()))]
    UnknownAirport {
        /// The indicator as written.
        found: String,
        /// The nearest indicator in the table, where one is near.
        nearest: Option<String>,
        /// Every indicator in the table, with commas between.
        known: String,
    },
    /// Origin and destination are the same.
    #[error("`{found}` starts where it ends")]
    SameAirport {
        /// The text.
        found: String,
    },
}

impl Pair {
    /// The pairs that are flown where none are asked for, the most frequent first.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        ["LEMD-LEBL", "LEBL-LEMD", "LEMD-LEPA", "LFPG-LIRF", "EGLL-EHAM", "LPPT-LEMD"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect()
    }

    /// ICAO indicator of the origin.
    #[must_use]
    pub fn origin(&self) -> &'static str {
        self.from.icao
    }

    /// ICAO indicator of the destination.
    #[must_use]
    pub fn destination(&self) -> &'static str {
        self.to.icao
    }

    /// Great-circle distance between the airports, metres.
    pub(super) fn distance_m(&self) -> f64 {
        self.from.position().distance_m(self.to.position())
    }

    /// Relative number of flights: the shuttle that the talk studied leads.
    pub(super) fn weight(&self) -> f64 {
        match (self.from.icao, self.to.icao) {
            ("LEMD", "LEBL") => 5.0,
            ("LEBL", "LEMD") => 2.5,
            ("LEMD", "LEPA") => 1.5,
            ("LFPG", "LIRF") => 0.4,
            ("EGLL", "EHAM") => 1.8,
            _ => 1.2,
        }
    }

    /// A number that names the pair, for its routes and its timetable.
    pub(super) fn key(&self) -> u64 {
        let bytes = self.from.icao.bytes().chain(self.to.icao.bytes());
        bytes.fold(0, |key, byte| (key << 8) | u64::from(byte))
    }
}

impl FromStr for Pair {
    type Err = PairError;

    /// Parses `ORIGIN-DESTINATION`, in either case.
    fn from_str(text: &str) -> Result<Self, PairError> {
        let Some((from, to)) = text.trim().split_once('-') else {
            return Err(PairError::Form { found: text.to_owned() });
        };
        let pair = Self { from: known(from)?, to: known(to)? };
        if pair.from == pair.to {
            return Err(PairError::SameAirport { found: text.to_owned() });
        }
        Ok(pair)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.icao, self.to.icao)
    }
}

fn known(icao: &str) -> Result<&'static Airport, PairError> {
    let icao = icao.trim();
    airports::find(icao).ok_or_else(|| {
        let upper = icao.to_ascii_uppercase();
        let nearest = AIRPORTS
            .iter()
            .map(|airport| (strsim::damerau_levenshtein(&upper, airport.icao), airport.icao))
            .min()
            .filter(|(distance, _)| *distance <= 2)
            .map(|(_, icao)| icao.to_owned());
        let known = AIRPORTS.each_ref().map(|airport| airport.icao).join(", ");
        PairError::UnknownAirport { found: icao.to_owned(), nearest, known }
    })
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |icao| format!(" (did you mean `{icao}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_prints_as_it_was_written() {
        let pair: Pair = "lemd-lebl".parse().unwrap();
        assert_eq!(pair.to_string(), "LEMD-LEBL");
    }

    #[test]
    fn a_misspelt_airport_is_answered_with_the_nearest_and_the_list() {
        let message = "LEMD-LEBK".parse::<Pair>().unwrap_err().to_string();
        assert!(
            message.starts_with("unknown airport `LEBK` (did you mean `LEBL`?); the known ones"),
            "{message}"
        );
        assert!(message.contains("EBBR, EDDF"), "{message}");
        let message = "LEMD-KJFK".parse::<Pair>().unwrap_err().to_string();
        assert!(!message.contains("did you mean"), "{message}");
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(matches!("LEMD".parse::<Pair>(), Err(PairError::Form { .. })));
        assert!(matches!("LEMD-LEMD".parse::<Pair>(), Err(PairError::SameAirport { .. })));
    }

    #[test]
    fn the_first_default_pair_flies_the_most() {
        let weights: Vec<f64> = Pair::defaults().iter().map(Pair::weight).collect();
        assert_eq!(weights.len(), 6);
        assert!(weights[1..].iter().all(|weight| *weight < weights[0]));
    }
}
