//! Progress is what a long stage tells whoever watches, and how it hears "stop".
//!
//! Stages call it from any thread; `cli` draws a bar, prints a line every 30 s, or writes
//! JSON lines. Tests use [`Silent`].

use std::fmt;

/// A watcher of a stage. All calls may come from several threads at once.
pub trait Progress: Sync {
    /// A part of the work begins: `what` in the present participle ("reading flights"),
    /// with the number of its `steps` and, where known, of bytes (else 0).
    fn begin(&self, what: &str, steps: u64, bytes: u64);

    /// `steps` more are done, and `bytes` more are read.
    fn advance(&self, steps: u64, bytes: u64);

    /// One more input was refused: its path, why, and the cell that caused it, which only a
    /// user who asks for it is shown.
    fn reject(&self, path: &str, reason: &dyn fmt::Display, cell: Option<&str>) {
        let _ = (path, reason, cell);
    }

    /// So many other processes are at work.
    fn workers(&self, count: u64) {
        let _ = count;
    }

    /// Something worth a line now, such as a fallback that the user should know of.
    fn note(&self, message: &str);

    /// Whether the work should stop at the next safe place.
    fn stopped(&self) -> bool;
}

/// A watcher that shows nothing and never stops the work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &str, _: u64, _: u64) {}
    fn advance(&self, _: u64, _: u64) {}
    fn note(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}
