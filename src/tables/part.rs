//! A part is a share of a stage's work that another process, here or elsewhere, does by itself.
//!
//! `features` and `train` take one with `--shard I/N`; `merge` asks [`cover`] whether the
//! folders that it is given are all of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::PartsError;

/// Key of the part in the metadata of its tables; those of a whole have none.
pub const PART: &str = "traj.part";

/// The I-th of N parts, written `I/N`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    number: u32,
    of: u32,
}

/// More parts than this are a mistake: each is a folder with files of its own.
const MOST: u32 = 100_000;

impl Part {
    /// How many parts there are.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of
    }

    /// Another part of the same whole; the number is taken modulo that of the parts.
    #[must_use]
    pub fn sibling(self, number_from_0: u64) -> Self {
        Self { number: (number_from_0 % u64::from(self.of)) as u32 + 1, of: self.of }
    }

    /// Whether a flight belongs to the part: the first eight bytes of the SHA-256 of its id, as
    /// a number with the highest byte first, modulo the number of parts, plus 1. So nothing but
    /// its id and the number of parts decides it, wherever and beside whatever it is.
    #[must_use]
    pub fn has_flight(self, flight_id: &str) -> bool {
        let hash = Sha256::digest(flight_id.as_bytes());
        let (first, _) = hash.split_first_chunk().expect("a SHA-256 has 32 bytes");
        self.sibling(u64::from_be_bytes(*first)) == self
    }

    /// Whether the thing of a number belongs to the part, where things are dealt in turn.
    #[must_use]
    pub fn has_number(self, number_from_0: usize) -> bool {
        self.sibling(number_from_0 as u64) == self
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let number = |digits: &str| digits.parse::<u32>().ok();
        let Some((number, of)) = numbers.and_then(|(i, n)| Some((number(i)?, number(n)?))) else {
            return Err("a part is written `2/4`: the second of four".to_owned());
        };
        if of == 0 || of > MOST {
            return Err(format!("there may be 1 to {MOST} parts, not {of}"));
        }
        if number == 0 || number > of {
            return Err(format!("the parts of {of} are numbered 1 to {of}, so none is {number}"));
        }
        Ok(Self { number, of })
    }
}

/// A folder and the part that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartFolder {
    /// The folder, as the user names it.
    pub path: PathBuf,
    /// What it holds.
    pub part: Part,
    /// The command that makes the whole.
    pub made_by: &'static str,
}

impl PartFolder {
    /// The command that makes the part.
    #[must_use]
    pub fn command(&self) -> String {
        format!("{} --shard {} --out {}", self.made_by, self.part, shown(&self.path))
    }
}

/// A path on a command line, with quotes where a shell wants them.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Checks that the folders hold each part of one number of parts, and each once.
///
/// # Errors
/// [`PartsError`] naming a folder of another number of parts, a part that is there twice, or
/// the parts that are missing.
pub fn cover(folders: &[PartFolder]) -> Result<(), PartsError> {
    let Some(first) = folders.first() else { return Ok(()) };
    if let Some(other) = folders.iter().find(|folder| folder.part.of != first.part.of) {
        return Err(PartsError::OfOthers { folder: other.clone(), first: first.clone() });
    }
    let mut holders: Vec<Option<&PartFolder>> = vec![None; first.part.of as usize];
    for folder in folders {
        if let Some(other) = holders[folder.part.number as usize - 1].replace(folder) {
            return Err(PartsError::Twice { folder: folder.clone(), other: other.path.clone() });
        }
    }
    let missing = (0..).zip(&holders).filter(|(_, holder)| holder.is_none());
    let missing: Vec<Part> = missing.map(|(number, _)| first.part.sibling(number)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(PartsError::Missing { parts: missing, made_by: first.made_by })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number of the part that a flight belongs to.
    fn number(flight_id: &str, of: u32) -> u32 {
        let parts = (1..=of).map(|number| Part { number, of });
        let holders: Vec<u32> =
            parts.filter(|part| part.has_flight(flight_id)).map(|part| part.number).collect();
        assert_eq!(holders.len(), 1, "{flight_id}");
        holders[0]
    }

    #[test]
    fn python_puts_flights_into_the_same_parts() {
        // int(hashlib.sha256(id.encode()).hexdigest()[:16], 16) % n + 1
        for (id, expected) in [
            ("LEMD-LEBL_IBE1000_A320_20240301T060000", [1, 2, 1, 2, 416]),
            ("a", [1, 1, 2, 5, 251]),
            ("", [1, 1, 2, 2, 653]),
            ("Ω", [1, 2, 2, 2, 294]),
        ] {
            assert_eq!([1, 2, 3, 7, 1000].map(|of| number(id, of)), expected, "{id}");
        }
    }

    #[test]
    fn only_what_can_be_a_part_is_one() {
        for (text, of) in [("1/1", 1), ("2/4", 4), ("4/4", 4), ("7/100000", MOST)] {
            let part: Part = text.parse().unwrap();
            assert_eq!((part.to_string().as_str(), part.of()), (text, of));
        }
        for text in ["", "1", "/", "1/", "/4", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "1/100001"] {
            assert!(text.parse::<Part>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_in_a_command_is_one_word_of_it() {
        assert_eq!(shown(Path::new("parts/2.4_a")), "parts/2.4_a");
        assert_eq!(shown(Path::new("my part's; rm")), r"'my part'\''s; rm'");
    }

    fn folders(numbers: &[u32], of: u32) -> Vec<PartFolder> {
        let folder = |(at, number): (usize, &u32)| PartFolder {
            path: format!("f{at}").into(),
            part: Part { number: *number, of },
            made_by: "traj features",
        };
        numbers.iter().enumerate().map(folder).collect()
    }

    proptest! {
        #[test]
        fn parts_cover_a_whole_where_each_number_is_there_once(
            of in 1..9_u32,
            numbers in prop::collection::vec(1..9_u32, 1..10),
        ) {
            let numbers: Vec<u32> = numbers.into_iter().map(|number| (number - 1) % of + 1).collect();
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            let is_whole = sorted.into_iter().eq(1..=of);
            prop_assert_eq!(cover(&folders(&numbers, of)).is_ok(), is_whole);
        }
    }

    #[test]
    fn parts_of_other_numbers_are_told() {
        let mixed = [folders(&[1], 2), folders(&[2], 3)].concat();
        let error = cover(&mixed).unwrap_err().to_string();
        assert_eq!(error, "f0 holds part 2/3, but f0 part 1/2");
        let error = cover(&folders(&[1, 4], 4)).unwrap_err().to_string();
        assert_eq!(error, "parts 2/4 and 3/4 are missing");
        let error = cover(&folders(&[1, 2, 1], 2)).unwrap_err().to_string();
        assert_eq!(error, "part 1/2 is there twice: in f0 and in f2");
    }
}
