//! The checkpoint keeps the flights that are finished while the others are read, so that a
//! command that was killed, interrupted or unplugged goes on where it was.
//!
//! It is also where the tables are made from, so that they need not be in memory.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::contents::Contents;
use super::journal::{self, Journal, Place};
use super::record::{self, Outcome, ReadingKey};
use crate::progress::Progress;
use crate::tables::{CatalogRow, RejectCode};

/// The longest that a finished flight waits for its sync: what a loss of power may cost.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// A checkpoint that is being added to.
#[derive(Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    journal: Mutex<Journal>,
    /// The same file, so that no thread waits with its flight for a sync.
    synced: File,
    /// Whether something was appended after the last sync.
    is_dirty: AtomicBool,
    /// The first append or sync that failed; nothing is tried after it.
    failure: Mutex<Option<io::Error>>,
    has_failed: AtomicBool,
}

impl Checkpoint {
    /// Opens the checkpoint at `path`, or begins one, and gives `contents` what is in it. A
    /// file that is no checkpoint of this version is set aside.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(super) fn open(
        path: &Path,
        contents: &mut Contents<'_>,
        progress: &dyn Progress,
    ) -> io::Result<Self> {
        let is_file = fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
        let opened = if is_file || !path.exists() {
            Journal::open(path, |place, body| contents.take(place, body))?
        } else {
            None
        };
        let journal =
            if let Some(journal) = opened { journal } else { begin_anew(path, progress)? };
        Ok(Self {
            path: path.to_owned(),
            synced: journal.second_handle()?,
            journal: Mutex::new(journal),
            is_dirty: AtomicBool::new(false),
            failure: Mutex::default(),
            has_failed: AtomicBool::new(false),
        })
    }

    /// Does work that appends flights, while what is appended is synced every few seconds and
    /// once more at the end.
    ///
    /// # Errors
    /// The first error of an append or a sync.
    pub(super) fn syncing<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let is_done = Mutex::new(false);
        let done = Condvar::new();
        let value = std::thread::scope(|scope| {
            let syncer = || {
                let mut guard = locked(&is_done);
                while !*guard {
                    guard = done
                        .wait_timeout(guard, SYNC_EVERY)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                    self.sync();
                }
            };
            scope.spawn(syncer);
            // Also where the work panics, or the scope would wait for ever.
            let _ending = Ending { is_done: &is_done, done: &done };
            work()
        });
        self.sync();
        match locked(&self.failure).take() {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }

    /// Appends what a file came to, unless an append or a sync has failed.
    pub(super) fn append(
        &self,
        row: &CatalogRow,
        key: &ReadingKey,
        outcome: &Outcome,
    ) -> Option<Place> {
        self.append_body(&record::file(row, key, outcome))
    }

    /// Appends a record's bytes, unless an append or a sync has failed.
    pub(super) fn append_body(&self, body: &[u8]) -> Option<Place> {
        if self.has_failed() {
            return None;
        }
        let appended = locked(&self.journal).append(body);
        self.is_dirty.store(true, Ordering::Release);
        appended.map_err(|error| self.fail(error)).ok()
    }

    /// Whether an append or a sync has failed, so that further work would be lost.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Acquire)
    }

    /// What a file came to, given the fractions of its targets.
    ///
    /// # Errors
    /// Whatever the file system says; [`io::ErrorKind::InvalidData`] for bytes that changed.
    pub(super) fn outcome(
        &self,
        place: Place,
        fractions: &[f64],
        body: &mut Vec<u8>,
    ) -> io::Result<Outcome> {
        let read = locked(&self.journal).read(place, body);
        let outcome = read.and_then(|body| match record::parse(body) {
            Some(record::Record::File { outcome, is_refused, .. }) => {
                record::outcome(outcome, is_refused, fractions).ok_or_else(journal::damaged)
            }
            _ => Err(journal::damaged()),
        });
        // The error may surface as a table's, which is not the file it is about.
        outcome.map_err(|error| {
            io::Error::new(error.kind(), format!("cannot read {}: {error}", self.path.display()))
        })
    }

    /// Removes the checkpoint: the tables hold everything now.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(super) fn remove(self) -> io::Result<()> {
        journal::remove(&self.path)
    }

    fn sync(&self) {
        if self.has_failed() || !self.is_dirty.swap(false, Ordering::AcqRel) {
            return;
        }
        if let Err(error) = self.synced.sync_data() {
            self.fail(error);
        }
    }

    fn fail(&self, error: io::Error) {
        locked(&self.failure).get_or_insert(error);
        self.has_failed.store(true, Ordering::Release);
    }
}

/// Sets aside what is at `path`, and begins a journal in its place.
fn begin_anew(path: &Path, progress: &dyn Progress) -> io::Result<Journal> {
    let aside = path.with_extension("unreadable");
    fs::rename(path, &aside)?;
    progress.note(&format!(
        "warning: {} is no checkpoint that this traj can read; nothing is taken from it, and it is \
         kept as {}",
        path.display(),
        aside.display()
    ));
    Journal::open(path, |_, _| true)?.ok_or_else(journal::damaged)
}

/// Whether a refusal is about the file's bytes, so that it holds as long as they do.
pub(super) fn is_lasting(code: RejectCode) -> bool {
    use RejectCode::{Bug, ChangedSinceIndex, Unreadable, Vanished};
    !matches!(code, Bug | ChangedSinceIndex | Unreadable | Vanished)
}

/// Wakes the syncing thread for the last time when it is dropped.
struct Ending<'a> {
    is_done: &'a Mutex<bool>,
    done: &'a Condvar,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        *locked(self.is_done) = true;
        self.done.notify_all();
    }
}

/// A lock that a panic of another thread does not take away: flights' panics are caught
/// before they come here.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
