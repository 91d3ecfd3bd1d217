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
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(to_hex(&hash.finalize()))
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

/// Puts the digest of the whole file in the place that [`placeholder`] kept for it.
pub(super) fn seal(file: &mut File) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let at = position(&bytes).ok_or_else(|| io::Error::other("no place for the digest"))?;
    let digest = sha256_hex(&bytes);
    file.seek(SeekFrom::Start(at as u64))?;
    file.write_all(digest.as_bytes())
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
pub(super) fn verify(bytes: &[u8]) -> Seal {
    let Some(at) = position(bytes) else { return Seal::Absent };
    let carried = String::from_utf8_lossy(&bytes[at..at + HEX]).into_owned();
    let mut hash = Sha256::new();
    hash.update(&bytes[..at]);
    hash.update([b'0'; HEX]);
    hash.update(&bytes[at + HEX..]);
    if to_hex(&hash.finalize()) == carried { Seal::Whole(Digest(carried)) } else { Seal::Broken }
}

/// Where the digest's digits begin: after the last mark, since the footer comes last.
fn position(bytes: &[u8]) -> Option<usize> {
    let last = bytes.windows(MARK.len()).rposition(|window| window == MARK)?;
    let at = last + MARK.len();
    (at + HEX <= bytes.len()).then_some(at)
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
        assert!(matches!(verify(&bytes), Seal::Whole(_)));
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert!(!matches!(verify(&bytes), Seal::Whole(_)), "byte {at}");
            bytes[at] ^= 1;
        }
        assert_eq!(verify(&bytes[..40]), Seal::Absent);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let digest = |parts: &[&[u8]]| Digest::of_parts(parts.iter().copied());
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }
}
