//! A *sealed* file has a magic and a version before its contents, and after them an index, the
//! index's place, and the SHA-256 of everything before: `model.traj`, and the parts of a run.
//!
//! `store` and `train` read with it what they wrote. The digest is checked before anything is
//! parsed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest as _, Sha256};

use crate::tables::to_hex;

/// Bytes before the contents: the magic and the version.
pub(crate) const HEAD: u64 = 16;
/// Bytes after the index: its place and the digest.
pub(crate) const TAIL: u64 = 8 + DIGEST;
/// Bytes of a SHA-256.
const DIGEST: u64 = 32;

/// The SHA-256 of the whole file if its last bytes are that of what is before them.
pub(crate) fn check_digest(file: &mut File, size: u64) -> io::Result<Option<String>> {
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 1 << 20];
    let mut left = size - DIGEST;
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(chunk.len());
        file.read_exact(&mut chunk[..wanted])?;
        hash.update(&chunk[..wanted]);
        left -= wanted as u64;
    }
    let mut carried = [0; DIGEST as usize];
    file.read_exact(&mut carried)?;
    if hash.clone().finalize()[..] != carried {
        return Ok(None);
    }
    hash.update(carried);
    Ok(Some(to_hex(&hash.finalize())))
}

/// The bytes of the index; none if the file's ends do not begin and end as they should.
pub(crate) fn read_index_bytes(
    file: &mut File,
    size: u64,
    magic: [u8; 8],
    version: u64,
) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEAD as usize];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    let mut place = [0; 8];
    file.seek(SeekFrom::Start(size - TAIL))?;
    file.read_exact(&mut place)?;
    let from = u64::from_le_bytes(place);
    let is_ours = head[..8] == magic[..] && head[8..] == version.to_le_bytes();
    if !is_ours || from < HEAD || from > size - TAIL {
        return Ok(None);
    }
    let mut index = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.take(size - TAIL - from).read_to_end(&mut index)?;
    Ok(Some(index))
}
