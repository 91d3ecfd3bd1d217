//! A journal is a file that only grows: records with length and checksum, one after the other.
//!
//! A process that dies, or a machine that loses power, leaves a journal whose beginning is
//! good. Opening it again finds where the good part ends and cuts off the rest.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What every journal begins with; the number is the version of the records' format.
const MAGIC: &[u8] = b"traj.checkpoint/1\n";
/// Bytes before a record's body: its length and its checksum.
const FRAME: usize = 8;
/// The longest body that is believed, so that a damaged length asks for no more memory.
const MAX_BODY: usize = 1 << 26;

/// Where a record's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    offset: u64,
    len: u32,
    checksum: u32,
}

/// A journal that is open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// Where the good part ends, and the next record goes.
    end: u64,
    frame: Vec<u8>,
}

impl Journal {
    /// Opens the journal at `path` after calling `take` on each of its records; without a file
    /// there, begins one. None for a file that is no journal of this version.
    ///
    /// What follows the last whole record is cut off, as is everything from a record on that
    /// `take` refuses.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(super) fn open(
        path: &Path,
        take: impl FnMut(Place, &[u8]) -> bool,
    ) -> io::Result<Option<Self>> {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let Some(end) = scan(&mut file, take)? else { return Ok(None) };
        file.set_len(end)?;
        let mut journal = Self { file, end, frame: Vec::new() };
        if end == 0 {
            journal.file.seek(SeekFrom::Start(0))?;
            journal.file.write_all(MAGIC)?;
            journal.end = MAGIC.len() as u64;
        }
        // A cut that is not on the disk could come back under the records that follow it.
        journal.file.sync_all()?;
        sync_folder_of(path)?;
        Ok(Some(journal))
    }

    /// Appends a record; it survives the process, but the machine only after a sync.
    ///
    /// # Errors
    /// Whatever the file system says; the journal is then as it was before.
    pub(super) fn append(&mut self, body: &[u8]) -> io::Result<Place> {
        let len = u32::try_from(body.len()).map_err(io::Error::other)?;
        let checksum = checksum(len, body);
        self.frame.clear();
        self.frame.extend(len.to_le_bytes());
        self.frame.extend(checksum.to_le_bytes());
        self.frame.extend(body);
        self.file.seek(SeekFrom::Start(self.end))?;
        if let Err(error) = self.file.write_all(&self.frame) {
            // Half of a record would be cut off later as well; this only frees its room.
            let _ = self.file.set_len(self.end);
            return Err(error);
        }
        let place = Place { offset: self.end + FRAME as u64, len, checksum };
        self.end += self.frame.len() as u64;
        Ok(place)
    }

    /// A record's body, checked again.
    ///
    /// # Errors
    /// Whatever the file system says; [`io::ErrorKind::InvalidData`] for a body that is not the
    /// one that was appended.
    pub(super) fn read<'a>(&mut self, place: Place, body: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
        body.resize(place.len as usize, 0);
        self.file.seek(SeekFrom::Start(place.offset))?;
        self.file.read_exact(body)?;
        if checksum(place.len, body) == place.checksum { Ok(body) } else { Err(damaged()) }
    }

    /// The same file, for syncing it from another thread.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(super) fn second_handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

/// The error of a record that changed after it was written.
pub(super) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a record is not the one that was written")
}

/// Calls `take` on each record of the journal at `path`, and changes nothing. False for a file
/// that is no journal of this version; a file that is not there is an empty journal.
///
/// # Errors
/// Whatever the file system says.
pub(super) fn look(path: &Path, take: impl FnMut(Place, &[u8]) -> bool) -> io::Result<bool> {
    match File::open(path) {
        Ok(mut file) => Ok(scan(&mut file, take)?.is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Removes a journal for good.
///
/// # Errors
/// Whatever the file system says.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_folder_of(path),
    }
}

/// Where the good part of a journal ends: 0 where not even its beginning is whole, none for
/// a file that is something else.
fn scan(file: &mut File, mut take: impl FnMut(Place, &[u8]) -> bool) -> io::Result<Option<u64>> {
    let size = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(1 << 16, &mut *file);
    let mut magic = Vec::with_capacity(MAGIC.len());
    reader.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic)?;
    if magic != MAGIC {
        // A process may have died before it wrote all of the beginning; after a loss of power
        // a file may have its size but none of its bytes.
        let is_torn = MAGIC.starts_with(&magic) || (size > 0 && magic.iter().all(|b| *b == 0));
        return Ok(is_torn.then_some(0));
    }
    let mut end = MAGIC.len() as u64;
    let mut body = Vec::new();
    while size - end > FRAME as u64 {
        let mut frame = [[0; 4]; 2];
        reader.read_exact(frame.as_flattened_mut())?;
        let [len, expected] = frame.map(u32::from_le_bytes);
        let left = size - end - FRAME as u64;
        // Zeros, which a file system may leave at the end, are no record.
        if len == 0 || len as usize > MAX_BODY || u64::from(len) > left {
            break;
        }
        body.resize(len as usize, 0);
        reader.read_exact(&mut body)?;
        let place = Place { offset: end + FRAME as u64, len, checksum: expected };
        if checksum(len, &body) != expected || !take(place, &body) {
            break;
        }
        end = place.offset + u64::from(len);
    }
    Ok(Some(end))
}

fn checksum(len: u32, body: &[u8]) -> u32 {
    let mut hash = crc32fast::Hasher::new();
    hash.update(&len.to_le_bytes());
    hash.update(body);
    hash.finalize()
}

/// Makes the coming or going of a file survive a loss of power.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bodies_of(path: &Path) -> Option<Vec<Vec<u8>>> {
        let mut bodies = Vec::new();
        let opened = Journal::open(path, |_, body| {
            bodies.push(body.to_vec());
            true
        });
        opened.unwrap().map(|_| bodies)
    }

    fn journal_of(path: &Path, bodies: &[Vec<u8>]) {
        let mut journal = Journal::open(path, |_, _| true).unwrap().unwrap();
        for body in bodies {
            journal.append(body).unwrap();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_cut_or_flipped_costs_the_records_from_there_on_and_no_others(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 1..6),
            cut in any::<prop::sample::Index>(),
            flip in prop::option::of(0..8_u8),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("journal");
            journal_of(&path, &bodies);
            let mut bytes = fs::read(&path).unwrap();
            // Record k is whole where the damage comes at or after its end.
            let mut end = MAGIC.len();
            let ends: Vec<usize> = bodies.iter().map(|body| {
                end += FRAME + body.len();
                end
            }).collect();
            let at = MAGIC.len() + cut.index(bytes.len() - MAGIC.len());
            match flip {
                Some(bit) => bytes[at] ^= 1 << bit,
                None => bytes.truncate(at),
            }
            fs::write(&path, &bytes).unwrap();
            let whole = ends.iter().filter(|end| **end <= at).count();
            prop_assert_eq!(bodies_of(&path).unwrap(), &bodies[..whole]);
            // What was cut off stays away, and what is appended now is found.
            journal_of(&path, &[vec![7; 9]]);
            let mut expected = bodies[..whole].to_vec();
            expected.push(vec![7; 9]);
            prop_assert_eq!(bodies_of(&path).unwrap(), expected);
        }
    }

    #[test]
    fn a_torn_beginning_is_begun_anew_and_another_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        for torn in [&b""[..], b"traj.che", &[0; 40]] {
            fs::write(&path, torn).unwrap();
            assert_eq!(bodies_of(&path), Some(vec![]));
            assert_eq!(fs::read(&path).unwrap(), MAGIC);
        }
        for foreign in [&b"traj.checkpoint/2\nxxxx"[..], b"a letter"] {
            fs::write(&path, foreign).unwrap();
            assert_eq!(bodies_of(&path), None);
            assert!(!look(&path, |_, _| true).unwrap());
            assert_eq!(fs::read(&path).unwrap(), foreign);
        }
    }

    #[test]
    fn a_record_that_changes_behind_our_back_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, |_, _| true).unwrap().unwrap();
        let place = journal.append(b"twelve bytes").unwrap();
        let mut body = Vec::new();
        assert_eq!(journal.read(place, &mut body).unwrap(), b"twelve bytes");
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = journal.read(place, &mut body).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn zeros_after_the_last_record_are_no_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        journal_of(&path, &[vec![1]]);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], &[0; 64]].concat()).unwrap();
        assert_eq!(bodies_of(&path), Some(vec![vec![1]]));
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}
