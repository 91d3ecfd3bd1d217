//! A *part's file* is `part.traj`: what the estimators of a part came to, each result under
//! its name, and what the part was made from.
//!
//! `merge` writes and reads it. Layout, as that of `model.traj`, all numbers little-endian: the
//! magic `TRAJPART`, the version, the results one after another, the index (the head as JSON;
//! names and places), the index's place, and the SHA-256 of everything before it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::models::bytes::{Malformed, Reader, Writer};
use crate::models::sealed::{HEAD, TAIL, check_digest, read_index_bytes};
use crate::tables::{TableError, Timing};

/// The file's name.
pub const PART_FILE: &str = "part.traj";
/// The command that makes it.
pub(super) const MADE_BY: &str = "traj train";
const MAGIC: &[u8; 8] = b"TRAJPART";
const VERSION: u64 = 1;

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The version of traj that made it.
    pub(super) traj_version: String,
    /// Which part of how many, `2/4`.
    pub(super) part: String,
    /// Hash of the configuration.
    pub(super) config: String,
    /// The configuration as TOML, to say what differs.
    pub(super) frozen_config: String,
    /// Hash of the tables and folds.
    pub(super) inputs: String,
    /// How long its estimators took.
    pub(super) timings: Vec<Timing>,
}

/// Where a result lies.
#[derive(Debug, Clone, Copy)]
struct Place {
    from: u64,
    len: u64,
}

/// A file that is being written.
pub(super) struct PartWriter<'a> {
    out: BufWriter<&'a mut File>,
    hash: Sha256,
    at: u64,
    places: BTreeMap<String, Place>,
}

impl<'a> PartWriter<'a> {
    /// Begins a file.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(super) fn new(file: &'a mut File) -> io::Result<Self> {
        let (hash, places) = (Sha256::new(), BTreeMap::new());
        let mut writer = Self { out: BufWriter::new(file), hash, at: 0, places };
        writer.put(MAGIC)?;
        writer.put(&VERSION.to_le_bytes())?;
        Ok(writer)
    }

    /// Adds a result under a name of its own. In whatever order results come, the file holds
    /// the same ones, but their bytes lie in that order.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(super) fn add(&mut self, name: String, bytes: &[u8]) -> io::Result<()> {
        let place = Place { from: self.at, len: bytes.len() as u64 };
        self.put(bytes)?;
        let other = self.places.insert(name, place);
        debug_assert!(other.is_none(), "every result has a name of its own");
        Ok(())
    }

    /// Writes the index and the digest; gives the number of results.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(super) fn finish(mut self, head: &Head) -> io::Result<u64> {
        let mut index = Writer::default();
        index.text(&serde_json::to_string(head).expect("a head of plain values"));
        index.count(self.places.len());
        for (name, place) in &self.places {
            index.text(name);
            index.u64(place.from);
            index.u64(place.len);
        }
        let from = self.at;
        self.put(&index.0)?;
        self.put(&from.to_le_bytes())?;
        let digest = self.hash.clone().finalize();
        self.put(&digest)?;
        self.out.flush()?;
        Ok(self.places.len() as u64)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// A file whose digest held.
#[derive(Debug)]
pub(super) struct PartReader {
    path: PathBuf,
    file: Mutex<File>,
    places: BTreeMap<String, Place>,
    pub(super) head: Head,
}

impl PartReader {
    /// Opens a file and checks its digest and its index.
    ///
    /// # Errors
    /// [`TableError::Missing`], [`TableError::Damaged`] or [`TableError::Read`].
    pub(super) fn open(path: &Path) -> Result<Self, TableError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => {
                TableError::Missing { path: path.to_owned(), made_by: MADE_BY }
            }
            io::ErrorKind::IsADirectory => damaged(path, "it is not a file"),
            _ => TableError::Read { path: path.to_owned(), source },
        };
        let mut file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size < HEAD + TAIL {
            return Err(damaged(path, "it is cut short"));
        }
        if check_digest(&mut file, size).map_err(failed)?.is_none() {
            return Err(damaged(path, "its bytes do not match its digest"));
        }
        let index = read_index_bytes(&mut file, size, *MAGIC, VERSION).map_err(failed)?;
        let index = index.ok_or_else(|| damaged(path, "it is no part of this version"))?;
        let end = size - TAIL - index.len() as u64;
        let (head, places) = read_index(&index, end).map_err(|what| damaged(path, what.0))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file), places, head })
    }

    /// Whether another file has the same results; how long they took is each one's own.
    ///
    /// # Errors
    /// [`TableError::Read`].
    pub(super) fn has_results_of(&self, other: &Self) -> Result<bool, TableError> {
        if !self.places.keys().eq(other.places.keys()) {
            return Ok(false);
        }
        for name in self.places.keys() {
            if self.get(name)? != other.get(name)? {
                return Ok(false);
            }
        }
        let made_from = |head: &Head| {
            [&head.traj_version, &head.part, &head.config, &head.inputs].map(Clone::clone)
        };
        Ok(made_from(&self.head) == made_from(&other.head))
    }

    /// The bytes of a result; none if the file does not have it.
    ///
    /// # Errors
    /// [`TableError::Read`].
    pub(super) fn get(&self, name: &str) -> Result<Option<Vec<u8>>, TableError> {
        let Some(Place { from, len }) = self.places.get(name).copied() else { return Ok(None) };
        let mut file = self.file.lock().expect("nothing panics while it reads");
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from))
            .and_then(|_| (&mut *file).take(len).read_to_end(&mut bytes))
            .map_err(|source| TableError::Read { path: self.path.clone(), source })?;
        Ok(Some(bytes))
    }

    /// The error of a result that cannot be read.
    pub(super) fn damaged(&self, what: Malformed) -> TableError {
        damaged(&self.path, what.0)
    }
}

fn damaged(path: &Path, reason: &str) -> TableError {
    TableError::Damaged { path: path.to_owned(), reason: reason.to_owned(), made_by: MADE_BY }
}

/// Reads an index, all places of which must lie before `end`.
fn read_index(bytes: &[u8], end: u64) -> Result<(Head, BTreeMap<String, Place>), Malformed> {
    let mut input = Reader(bytes);
    let head = input.text("its head")?;
    let head = serde_json::from_str(head).map_err(|_| Malformed("its head"))?;
    let count = input.count(24, "the number of results")?;
    let mut places = BTreeMap::new();
    for _ in 0..count {
        let name = input.text("a result's name")?.to_owned();
        let place = Place { from: input.u64("a place")?, len: input.u64("a place")? };
        let to = place.from.checked_add(place.len).filter(|to| *to <= end);
        to.filter(|_| place.from >= HEAD).ok_or(Malformed("a place"))?;
        places.insert(name, place);
    }
    input.end("the end of the index")?;
    Ok((head, places))
}
