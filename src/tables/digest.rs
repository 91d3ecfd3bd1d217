//! A digest is the SHA-256 of a file, kept inside the file itself.
//!
//! A table's metadata has a field of 64 zeros while it is written; the digest of the whole
//! file, zeros included, then takes their place. Reading reverses it, so one flipped bit
//! anywhere is seen before a Parquet parser meets the bytes.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest as _, Sha256};

/// What stands before the digest, so that it can be found without parsing.
const MARK: &[u8] = b"sha256-of-this-file-with-zeros-here:";
/// Hexadecimal digits of a SHA-256.
const HEX: usize = 64;

/// A content hash, shown as 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Digest {
    /// The digest of some parts, each with its length, so that `ab, c` and `a, bc` differ.
    #[must_use]
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = PartsHash::default();
        for part in parts {
            hash.add(part);
        }
        hash.finish()
    }
}

/// As [`Digest::of_parts`], of parts that come one by one.
#[derive(Debug, Default)]
pub(super) struct PartsHash(Sha256);

impl PartsHash {
    /// Adds a part.
    pub(super) fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    /// The digest of all parts.
    pub(super) fn finish(self) -> Digest {
        Digest(to_hex(&self.0.finalize()))
    }
}

/// SHA-256 of some bytes in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(HEX), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

/// The metadata value to write before [`seal`] is called.
pub(super) fn placeholder() -> String {
    let mark = String::from_utf8_lossy(MARK);
    format!("{mark}{}", "0".repeat(HEX))
}

/// Bytes of a file that are held at once.
const CHUNK: usize = 1 << 16;

/// Puts the digest of the whole file in the place that [`placeholder`] kept for it.
pub(super) fn seal(file: &mut File) -> io::Result<()> {
    let at = position(file)?.ok_or_else(|| io::Error::other("no place for the digest"))?;
    let mut hash = Sha256::new();
    file.seek(SeekFrom::Start(0))?;
    copy(file, u64::MAX, &mut hash)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(to_hex(&hash.finalize()).as_bytes())
}

/// What a check of a file's digest found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seal {
    /// The bytes are those that were written.
    Whole(Digest),
    /// The bytes are not those that were written.
    Broken,
    /// The file carries no digest: it is not ours, or its end is gone.
    Absent,
}

/// Compares the digest that a file carries with its bytes.
pub(super) fn verify(file: &mut (impl Read + Seek)) -> io::Result<Seal> {
    let Some(at) = position(file)? else { return Ok(Seal::Absent) };
    let mut hash = Sha256::new();
    file.seek(SeekFrom::Start(0))?;
    copy(file, at, &mut hash)?;
    let mut carried = [0; HEX];
    file.read_exact(&mut carried)?;
    hash.update([b'0'; HEX]);
    copy(file, u64::MAX, &mut hash)?;
    let carried = String::from_utf8_lossy(&carried).into_owned();
    let is_whole = to_hex(&hash.finalize()) == carried;
    Ok(if is_whole { Seal::Whole(Digest(carried)) } else { Seal::Broken })
}

/// As [`verify`], of a file that is in memory.
pub(super) fn verify_bytes(bytes: &[u8]) -> Seal {
    verify(&mut io::Cursor::new(bytes)).expect("memory can be read")
}

/// Hashes up to `limit` bytes from where the file is.
fn copy(file: &mut impl Read, limit: u64, hash: &mut Sha256) -> io::Result<()> {
    let mut part = file.take(limit);
    let mut chunk = vec![0; CHUNK];
    loop {
        match part.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => hash.update(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Where the digest's digits begin: after the last mark, since the footer comes last.
fn position(file: &mut (impl Read + Seek)) -> io::Result<Option<u64>> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut end = size;
    while end > 0 {
        let start = end.saturating_sub(CHUNK as u64);
        // A mark may begin in this chunk and end in the one after.
        let mut chunk = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        let wanted = end - start + MARK.len() as u64 - 1;
        file.by_ref().take(wanted).read_to_end(&mut chunk)?;
        if let Some(last) = chunk.windows(MARK.len()).rposition(|window| window == MARK) {
            let at = start + (last + MARK.len()) as u64;
            return Ok((at + HEX as u64 <= size).then_some(at));
        }
        end = start;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_breaks_the_seal() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(format!("some rows {} a footer", placeholder()).as_bytes()).unwrap();
        seal(&mut file).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        assert!(matches!(verify_bytes(&bytes), Seal::Whole(_)));
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert!(!matches!(verify_bytes(&bytes), Seal::Whole(_)), "byte {at}");
            bytes[at] ^= 1;
        }
        assert_eq!(verify_bytes(&bytes[..40]), Seal::Absent);
    }

    #[test]
    fn a_mark_is_found_wherever_the_chunks_end() {
        for before in (CHUNK - 2 * MARK.len()..CHUNK + 2 * MARK.len()).step_by(7) {
            for after in [0, CHUNK - 3 * MARK.len() - before % 50, CHUNK + before] {
                let text = [vec![b'x'; before], placeholder().into_bytes(), vec![b'y'; after]];
                let mut file = tempfile::tempfile().unwrap();
                file.write_all(&text.concat()).unwrap();
                seal(&mut file).unwrap();
                let found = position(&mut file).unwrap();
                assert_eq!(found, Some((before + MARK.len()) as u64), "{before} {after}");
                assert!(matches!(verify(&mut file).unwrap(), Seal::Whole(_)), "{before} {after}");
            }
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let digest = |parts: &[&[u8]]| Digest::of_parts(parts.iter().copied());
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }
}
