//! Options say what to generate; a summary says what was.
//!
//! The command line fills the one and prints the other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::dirt::DirtKind;
use super::pair::Pair;

/// What [`super::generate`] shall write.
#[derive(Clone, Debug)]
pub struct SampleOptions {
    /// Where the files go; made if it does not exist.
    pub directory: PathBuf,
    /// Number of flights, one file each.
    pub flights: usize,
    /// Everything random follows from it.
    pub seed: u64,
    /// Pairs to fly, each at least once in the list; [`Pair::defaults`] is a good choice.
    pub pairs: Vec<Pair>,
    /// Mix in the faults that real files have.
    pub dirty: bool,
    /// Write into a directory that holds other files too.
    pub force: bool,
}

/// What [`super::generate`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSummary {
    /// Files written.
    pub files: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// Data rows of all files: lines after the header, as written.
    pub rows: u64,
    /// Flights by pair (`LEMD-LEBL`), in alphabetical order.
    pub pairs: BTreeMap<String, usize>,
    /// UTC days of the first and of the last departure; none without flights.
    pub days: Option<(Date, Date)>,
    /// Files by what is wrong with them; a kind without files is absent.
    pub dirt: BTreeMap<DirtKind, usize>,
}
