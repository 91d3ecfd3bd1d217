//! Names of files often say whose track they hold: `LEMD-LEBL_IBE1802_20240305.csv`.
//!
//! [`super::source`] asks for the pattern that the names of a source's files follow.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::identity::{has_airline, is_aircraft_type, is_callsign};
use crate::flight::{FileNamePattern, airport_with_code};

/// A pattern and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// As the configuration writes it.
    pub(super) text: String,
    /// The pair is in it, though none of its airports is known.
    pub(super) is_pair_doubtful: bool,
    /// The callsigns begin with an airline.
    pub(super) has_airline: bool,
}

impl Pattern {
    /// Whether the pattern has a placeholder.
    pub(super) fn has(&self, placeholder: &str) -> bool {
        self.text.contains(&format!("{{{placeholder}}}"))
    }

    /// The same with a placeholder made one for what is of no use.
    pub(super) fn without(&self, placeholder: &str) -> Self {
        let text = self.text.replace(&format!("{{{placeholder}}}"), "{}");
        Self { text, ..self.clone() }
    }

    /// Whether anything useful is in it.
    pub(super) fn is_useful(&self) -> bool {
        self.text.replace("{}", "").contains('{')
    }
}

/// A stem falls into words and the separators between them.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    words: Vec<&'a str>,
    separators: String,
}

/// Most words that are looked at; what is behind them is of no use.
const MOST_WORDS: usize = 8;

/// The pattern that nearly all stems follow, if it says something.
pub(super) fn infer(stems: &[&str]) -> Option<Pattern> {
    let parts: Vec<Parts> = stems.iter().filter_map(|stem| split(stem)).collect();
    let width = common_width(&parts, stems.len())?;
    let separators: Vec<char> = most_common_separators(&parts, width)?.chars().collect();
    let fit: Vec<&Parts> = parts
        .iter()
        .filter(|part| {
            part.words.len() >= width
                && part.separators.chars().take(width - 1).eq(separators.iter().copied())
        })
        .collect();
    let column = |at: usize| -> Vec<&str> { fit.iter().map(|part| part.words[at]).collect() };
    let columns: Vec<Vec<&str>> = (0..width).map(column).collect();
    let (holes, is_pair_doubtful) = holes(&columns);
    let last = holes.iter().rposition(|hole| !hole.is_empty())?;
    let mut text = String::new();
    for (at, hole) in holes.iter().enumerate().take(last + 1) {
        if at > 0 {
            text.push(separators[at - 1]);
        }
        let _ = write!(text, "{{{hole}}}");
    }
    let longer = fit.iter().filter(|part| part.words.len() > last + 1).count();
    if longer * 2 > fit.len() {
        let separator =
            separators.get(last).copied().or_else(|| fit[0].separators.chars().nth(last))?;
        let _ = write!(text, "{separator}{{}}");
    }
    text.push_str(".csv");
    let calls = holes.iter().position(|hole| *hole == "callsign");
    let has_airline = calls.is_some_and(|at| share(&columns[at], has_airline) >= 0.5);
    let pattern = Pattern { text, is_pair_doubtful, has_airline };
    follow(&pattern, stems).then_some(pattern)
}

/// Whether 98 % of the stems follow a pattern.
pub(super) fn follow(pattern: &Pattern, stems: &[&str]) -> bool {
    let Ok(compiled) = FileNamePattern::compile(&pattern.text) else { return false };
    let following = stems.iter().filter(|stem| compiled.matches(stem).is_some()).count();
    following * 100 >= stems.len() * 98 && following > 0
}

/// What each word of the names is, empty for nothing of use; and whether the pair is only
/// a guess.
fn holes<'a>(columns: &[Vec<&str>]) -> (Vec<&'a str>, bool) {
    let mut holes = vec![""; columns.len()];
    let mut doubtful = false;
    if let Some((at, known)) = pair(columns) {
        holes[at] = "origin";
        holes[at + 1] = "destination";
        doubtful = !known;
    }
    let mut claim = |name: &'static str, test: &dyn Fn(&[&str]) -> bool| {
        let free = (0..columns.len()).find(|at| holes[*at].is_empty() && test(&columns[*at]));
        if let Some(at) = free {
            holes[at] = name;
        }
    };
    claim("date", &|words| words.iter().all(|word| is_date(word)));
    claim("aircraft_type", &|words| {
        let airliners = words.iter().filter(|word| is_airliner(word)).count();
        share(words, is_aircraft_type) >= 0.9 && airliners * 2 > words.len()
    });
    claim("callsign", &|words| share(words, is_callsign) >= 0.8);
    (holes, doubtful)
}

/// The first two neighbouring words that are both ICAO or both IATA codes; and whether
/// their airports are known.
fn pair(columns: &[Vec<&str>]) -> Option<(usize, bool)> {
    let coded = |words: &[&str], length: usize| {
        share(words, |word| word.len() == length && word.bytes().all(|b| b.is_ascii_uppercase()))
    };
    let is_known = |words: &[&str]| share(words, |word| airport_with_code(word).is_some()) >= 0.4;
    let pairs = columns.windows(2).enumerate();
    let mut found = pairs.filter_map(|(at, both)| {
        let length =
            [4, 3].into_iter().find(|n| both.iter().all(|words| coded(words, *n) >= 0.98))?;
        let known = both.iter().all(|words| is_known(words));
        // Unknown words of four letters are a pair only where they lead and vary.
        let varies = both.iter().flatten().collect::<BTreeSet<_>>().len() > 2;
        (known || (length == 4 && at == 0 && varies)).then_some((at, known))
    });
    found.next()
}

/// Types that most fleets have, so that `A001` is not taken for an aircraft.
fn is_airliner(word: &str) -> bool {
    const BEGINNINGS: [&str; 22] = [
        "A20N", "A21N", "A19N", "A30", "A31", "A32", "A33", "A34", "A35", "A38", "B73", "B74",
        "B75", "B76", "B77", "B78", "B3", "CRJ", "E1", "E2", "AT", "DH8",
    ];
    BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
}

fn is_date(word: &str) -> bool {
    let pattern = FileNamePattern::compile("{date}");
    let date = pattern.ok().and_then(|pattern| pattern.matches(word)).and_then(|p| p.date_us);
    // 1980 to 2100: other digits are numbers.
    date.is_some_and(|us| (315_532_800..4_102_444_800).contains(&(us / 1_000_000)))
}

fn share(words: &[&str], test: impl Fn(&str) -> bool) -> f64 {
    words.iter().filter(|word| test(word)).count() as f64 / words.len().max(1) as f64
}

/// Words and separators; dates keep theirs. None where a separator would begin or end the
/// stem, or two stand together.
fn split(stem: &str) -> Option<Parts<'_>> {
    let is_separator = |c: char| matches!(c, '_' | '-' | '.' | ' ' | ',' | '@' | '+' | '~');
    let (mut words, mut separators, mut rest) = (Vec::new(), String::new(), stem);
    loop {
        let dated = [15, 10].into_iter().find(|length| {
            let ends = rest.get(*length..);
            let next = ends.map(|ends| ends.strip_prefix('Z').unwrap_or(ends).chars().next());
            next.is_some_and(|next| next.is_none_or(is_separator))
                && rest.get(..*length).is_some_and(is_date)
        });
        let zone = dated.map(|length| usize::from(rest[length..].starts_with('Z')));
        let end = match dated.zip(zone) {
            Some((length, zone)) => length + zone,
            None => rest.find(is_separator).unwrap_or(rest.len()),
        };
        if end == 0 {
            return None;
        }
        words.push(&rest[..end]);
        let mut after = rest[end..].chars();
        let Some(separator) = after.next() else { break };
        separators.push(separator);
        rest = after.as_str();
    }
    Some(Parts { words, separators })
}

/// The number of words that nearly all stems have at least.
fn common_width(parts: &[Parts], stems: usize) -> Option<usize> {
    (1..=MOST_WORDS).rev().find(|width| {
        let wide = parts.iter().filter(|part| part.words.len() >= *width).count();
        wide * 100 >= stems * 98 && wide > 0
    })
}

fn most_common_separators(parts: &[Parts], width: usize) -> Option<String> {
    let mut counted = BTreeMap::<String, usize>::new();
    for part in parts.iter().filter(|part| part.words.len() >= width) {
        *counted.entry(part.separators.chars().take(width - 1).collect()).or_default() += 1;
    }
    counted.into_iter().max_by_key(|(_, count)| *count).map(|(separators, _)| separators)
}

/// The word that all stems have at the same place, by which a source can be called.
pub(super) fn shared_word<'a>(stems: &[&'a str]) -> Option<&'a str> {
    let first = split(stems.first()?)?;
    let parts: Vec<Parts> = stems.iter().filter_map(|stem| split(stem)).collect();
    if parts.len() < stems.len() {
        return None;
    }
    first.words.iter().enumerate().find_map(|(at, word)| {
        let shared = parts.iter().all(|part| part.words.get(at) == Some(word));
        let is_name = word.chars().any(char::is_alphabetic) && airport_with_code(word).is_none();
        (shared && is_name && !is_date(word)).then_some(*word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(stems: &[&str]) -> Option<String> {
        infer(stems).map(|pattern| pattern.text)
    }

    #[test]
    fn patterns_follow_from_names_in_use() {
        let stems = ["LEMD-LEBL_IBE1802_20240305T061200", "EGLL-KJFK_BAW1_20240306T101500"];
        let expected = "{origin}-{destination}_{callsign}_{date}.csv";
        assert_eq!(pattern(&stems).as_deref(), Some(expected));
        let stems = ["AMM-LHR_fr24_RJA111_e528944", "BCN-LHR_fr24_BAW485_e52eb64"];
        let expected = "{origin}-{destination}_{}_{callsign}_{}.csv";
        assert_eq!(pattern(&stems).as_deref(), Some(expected));
        let stems = ["KIAH-KBOS_20130801438231", "KIAH-KBOS_20130801447866"];
        assert_eq!(pattern(&stems).as_deref(), Some("{origin}-{destination}_{}.csv"));
        let stems = ["2024-03-05_A320_LEMD-LEBL", "2024-03-06_B738_LEMD-LEPA"];
        let expected = "{date}_{aircraft_type}_{origin}-{destination}.csv";
        assert_eq!(pattern(&stems).as_deref(), Some(expected));
        let stems = ["3003ae_DLH8JW_20180801T052730", "02a18f_TAR745_20180801T115650"];
        assert_eq!(pattern(&stems).as_deref(), Some("{}_{callsign}_{date}.csv"));
    }

    #[test]
    fn names_that_say_nothing_give_no_pattern() {
        for stems in [&["20190801_983", "x_1"][..], &["flight-1", "flight-2"], &["_", "-"], &[]] {
            assert_eq!(pattern(stems), None, "{stems:?}");
        }
        assert_eq!(pattern(&["DATA-FULL_1", "DATA-FULL_2"]), None, "words, but no airports");
        assert_eq!(pattern(&["run{origin}_a", "run}_b"]), None, "braces");
    }

    #[test]
    fn a_pattern_that_some_names_do_not_follow_is_dropped() {
        let mut stems = vec!["LEMD-LEBL_x"; 90];
        stems.extend(["a"; 10]);
        assert_eq!(pattern(&stems), None);
        let mut stems = vec!["LEMD-LEBL_x"; 99];
        stems.push("a");
        assert!(pattern(&stems).is_some());
    }

    #[test]
    fn a_word_that_all_names_share_names_the_source() {
        assert_eq!(shared_word(&["A-B_rt_1", "C-D_rt_2"]), Some("rt"));
        assert_eq!(shared_word(&["A-B_rt_1", "C-D_cpr_2"]), None);
        assert_eq!(shared_word(&["KIAH-1", "KIAH-2"]), None);
    }
}
