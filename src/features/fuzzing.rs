//! What the fuzz targets reach of the checkpoint; only `cargo fuzz` builds it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use super::journal::Journal;
use super::record::{self, Record};

/// Writes a checkpoint of these records and then some bytes, and takes from it what is there.
///
/// # Panics
/// Where a record is lost, changed or made up, or the file system fails.
pub fn reopen_checkpoint(path: &Path, bodies: &[&[u8]], tail: &[u8]) {
    if let Err(error) = fs::remove_file(path) {
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
    let mut journal = Journal::open(path, |_, _| false).expect("opens").expect("is new");
    for body in bodies {
        journal.append(body).expect("grows");
    }
    drop(journal);
    File::options()
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(tail))
        .expect("grows");

    let is_sound = |body: &&[u8]| !body.is_empty() && is_record(body);
    let expected: Vec<&[u8]> = bodies.iter().copied().take_while(is_sound).collect();
    let (mut found, mut places) = (Vec::new(), Vec::new());
    let journal = Journal::open(path, |place, body| {
        if is_record(body) {
            found.push(body.to_vec());
            places.push(place);
        }
        is_record(body)
    });
    let mut journal = journal.expect("opens").expect("is a journal");
    assert_eq!(found[..expected.len()], expected);
    // Nobody guesses a checksum.
    assert!(found.len() == expected.len() || expected.len() == bodies.len());
    let mut read = Vec::new();
    for (place, body) in places.into_iter().zip(&found) {
        assert_eq!(journal.read(place, &mut read).expect("is there"), body);
    }
    found.push(record::settings("{}"));
    journal.append(&record::settings("{}")).expect("grows");
    let mut again = Vec::new();
    let reopened = Journal::open(path, |_, body| {
        again.push(body.to_vec());
        true
    });
    assert!(reopened.expect("opens").is_some());
    assert_eq!(again, found);
}

/// Whether bytes are a record; what a file came to is read as well.
fn is_record(body: &[u8]) -> bool {
    let record = record::parse(body);
    if let Some(Record::File { outcome, is_refused, .. }) = &record {
        let fractions = [0.25, 0.75];
        if let Some(flight) = record::outcome(outcome, *is_refused, &fractions) {
            drop(format!("{flight:?}"));
        }
    }
    record.is_some()
}
