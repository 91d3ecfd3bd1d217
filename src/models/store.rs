//! The *store* is `model.traj`: every fitted estimator of a run with what it needs to be
//! applied to other flights, and nothing of where it came from.
//!
//! `train` writes it estimator by estimator, `predict` reads the ones it needs, `check` reads
//! all. Layout, all numbers little-endian: the magic `TRAJMODL`, the version, the estimators'
//! bytes one after another, the index (fractions; per axis and horizon the encoder and where
//! each estimator and the calibrations of each model lie), the index's place, and the SHA-256 of everything before it. The
//! digest is checked before anything is parsed; lengths are checked before anything is
//! allocated.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::bytes::{Malformed, Writer};
use super::codec::{Shape, decode, read_calibrations, write_calibrations};
use super::dataset::target_columns;
use super::sealed::{HEAD, TAIL, check_digest, read_index_bytes};
use super::store_index::{Place, StoredModel, StoredSet, read_index, write_index};
use super::{Calibrations, Encoder, Model, StoreError, n_estimators};
use crate::tables::{Axis, ModelName, to_hex};

/// The first bytes of a model file.
const MAGIC: &[u8; 8] = b"TRAJMODL";
/// The version of the layout.
const VERSION: u64 = 3;

/// Writes a model file, estimator by estimator.
pub struct ModelWriter<W: Write> {
    out: BufWriter<W>,
    hash: Sha256,
    at: u64,
    fractions: Vec<f64>,
    sets: Vec<StoredSet>,
}

impl<W: Write> ModelWriter<W> {
    /// Begins a file of estimators at these fractions.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn new(out: W, fractions: &[f64]) -> io::Result<Self> {
        let out = BufWriter::new(out);
        let fractions = fractions.to_vec();
        let mut writer = Self { out, hash: Sha256::new(), at: 0, fractions, sets: Vec::new() };
        writer.put(MAGIC)?;
        writer.put(&VERSION.to_le_bytes())?;
        Ok(writer)
    }

    /// Begins the estimators of an axis and a horizon.
    pub fn begin_set(&mut self, axis: Axis, has_altitude: bool, encoder: Encoder) {
        self.sets.push(StoredSet {
            axis,
            horizon: encoder.horizon,
            targets: target_columns(has_altitude),
            encoder,
            models: Vec::new(),
        });
    }

    /// Adds the bytes of an estimator (see [`encode`](super::encode)) to the set that was
    /// begun last. The estimators of one model come in the order of the fractions, and after
    /// them that of the duration.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn add(&mut self, name: ModelName, bytes: &[u8]) -> io::Result<()> {
        let place = self.place(bytes);
        let models = &mut self.sets.last_mut().expect("a set was begun").models;
        match models.last_mut().filter(|last| last.name == name) {
            Some(model) => model.estimators.push(place),
            None => models.push(StoredModel {
                name,
                estimators: vec![place],
                duration: Place { from: 0, len: 0 }, // no place until it is added
                calibrations: None,
            }),
        }
        self.put(bytes)
    }

    /// Adds the bytes of the estimator of the duration to the model that was added last.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn add_duration(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.last_model().duration = self.place(bytes);
        self.put(bytes)
    }

    /// Adds what makes intervals of the predictions of the model that was added last.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn add_calibrations(&mut self, calibrations: &Calibrations) -> io::Result<()> {
        let mut bytes = Writer::default();
        write_calibrations(&mut bytes, calibrations);
        self.last_model().calibrations = Some(self.place(&bytes.0));
        self.put(&bytes.0)
    }

    /// Where bytes will lie that are put next.
    fn place(&self, bytes: &[u8]) -> Place {
        Place { from: self.at, len: bytes.len() as u64 }
    }

    fn last_model(&mut self) -> &mut StoredModel {
        let set = self.sets.last_mut().expect("a set was begun");
        set.models.last_mut().expect("a model was added")
    }

    /// Writes the index and the digest; returns the SHA-256 of the whole file.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn finish(mut self) -> io::Result<String> {
        let from = self.at;
        let index = write_index(&self.fractions, &self.sets);
        self.put(&index)?;
        self.put(&from.to_le_bytes())?;
        let digest = self.hash.clone().finalize();
        self.put(&digest)?;
        self.out.flush()?;
        Ok(to_hex(&self.hash.finalize()))
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

/// A model file that was opened: its digest held, its index was read.
#[derive(Debug)]
pub struct ModelFile {
    path: PathBuf,
    file: File,
    /// The fractions, ascending.
    pub fractions: Vec<f64>,
    /// What is stored, per axis and horizon.
    pub sets: Vec<StoredSet>,
    /// SHA-256 of the whole file, as `run.json` has it.
    pub digest: String,
}

impl ModelFile {
    /// Opens a file and checks its digest and its index.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Damaged`] or [`StoreError::Read`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => StoreError::Missing { path: path.to_owned() },
            io::ErrorKind::IsADirectory => damaged(path, "it is not a file"),
            _ => StoreError::Read { path: path.to_owned(), source },
        };
        let mut file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size < HEAD + TAIL {
            return Err(damaged(path, "it is cut short"));
        }
        let Some(digest) = check_digest(&mut file, size).map_err(failed)? else {
            return Err(damaged(path, "its bytes do not match its digest"));
        };
        let index = read_index_bytes(&mut file, size, *MAGIC, VERSION).map_err(failed)?;
        let index = index.ok_or_else(|| damaged(path, "it is no model file of this version"))?;
        let (fractions, sets) = read_index(&index, size - TAIL - index.len() as u64)
            .map_err(|what| damaged(path, what.0))?;
        Ok(Self { path: path.to_owned(), file, fractions, sets, digest })
    }

    /// Number of estimators of a model in a set that has it: one per fraction, or one of all.
    #[must_use]
    pub fn n_estimators(&self, name: ModelName) -> usize {
        n_estimators(name, self.fractions.len())
    }

    /// The estimator of a set at a fraction (the first, for one of all fractions), both by
    /// position; none if the set does not have the model.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::Read`].
    pub fn model(
        &mut self,
        set: usize,
        name: ModelName,
        at: usize,
    ) -> Result<Option<Model>, StoreError> {
        let shape = self.sets[set].shape(self.fractions.len());
        let place = self.sets[set].stored(name).map(|model| model.estimators[at]);
        self.part(place, |bytes| decode(name, bytes, shape))
    }

    /// The estimator of the duration; none if the set does not have the model.
    ///
    /// # Errors
    /// As for [`model`](Self::model).
    pub fn duration(&mut self, set: usize, name: ModelName) -> Result<Option<Model>, StoreError> {
        let shape = Shape { n_targets: 1, ..self.sets[set].shape(1) };
        let place = self.sets[set].stored(name).map(|model| model.duration);
        self.part(place, |bytes| decode(name, bytes, shape))
    }

    /// What makes intervals of a model's predictions; none if the set does not have the model,
    /// and where no flights were held out.
    ///
    /// # Errors
    /// As for [`model`](Self::model).
    pub fn calibrations(
        &mut self,
        set: usize,
        name: ModelName,
    ) -> Result<Option<Calibrations>, StoreError> {
        let shape = self.sets[set].shape(self.fractions.len());
        let place = self.sets[set].stored(name).and_then(|model| model.calibrations);
        self.part(place, |bytes| read_calibrations(bytes, shape))
    }

    /// Reads a part of the file.
    fn part<T>(
        &mut self,
        place: Option<Place>,
        decode: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, StoreError> {
        let Some(Place { from, len }) = place else { return Ok(None) };
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(from))
            .and_then(|_| (&mut self.file).take(len).read_to_end(&mut bytes))
            .map_err(|source| StoreError::Read { path: self.path.clone(), source })?;
        decode(&bytes).map(Some).map_err(|what| damaged(&self.path, what.0))
    }

    /// Decodes every estimator and all calibrations of the file, one after another.
    ///
    /// # Errors
    /// As for [`model`](Self::model).
    pub fn verify(&mut self) -> Result<(), StoreError> {
        for set in 0..self.sets.len() {
            let names: Vec<ModelName> = self.sets[set].models().collect();
            for name in names {
                for at in 0..self.n_estimators(name) {
                    self.model(set, name, at)?;
                }
                self.duration(set, name)?;
                self.calibrations(set, name)?;
            }
        }
        Ok(())
    }
}

fn damaged(path: &Path, reason: &str) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), reason: reason.to_owned() }
}
