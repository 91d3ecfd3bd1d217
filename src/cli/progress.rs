//! Progress on standard error: a bar on a terminal, else a line every 30 s, or JSON lines.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;

use super::global::{Global, ProgressMode};
use super::{interrupt, output};
use crate::memory::peak_memory_bytes;
use crate::progress::Progress;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Bar,
    Lines(Duration),
    Json(Duration),
    Silent,
}

/// The part of the work under way.
#[derive(Debug)]
struct Part {
    what: String,
    steps: u64,
    bytes: u64,
    began: Instant,
    shown: Instant,
    bar: Option<ProgressBar>,
}

/// Shows progress on standard error.
#[derive(Debug)]
pub(super) struct Watcher {
    mode: Mode,
    is_quiet: bool,
    is_verbose: bool,
    part: Mutex<Option<Part>>,
    done_steps: AtomicU64,
    done_bytes: AtomicU64,
    rejected: AtomicU64,
    /// Other processes at work; [`ALONE`] where none are meant to be.
    workers: AtomicU64,
}

/// Where the work is done here.
const ALONE: u64 = u64::MAX;

impl Watcher {
    /// The watcher that the options ask for.
    pub(super) fn new(global: &Global) -> Self {
        let mode = match global.progress {
            _ if global.quiet => Mode::Silent,
            ProgressMode::None => Mode::Silent,
            ProgressMode::Json => Mode::Json(Duration::from_secs(1)),
            ProgressMode::Auto if std::io::stderr().is_terminal() => Mode::Bar,
            ProgressMode::Auto => Mode::Lines(Duration::from_secs(30)),
        };
        Self {
            mode,
            is_quiet: global.quiet,
            is_verbose: global.verbose,
            part: Mutex::new(None),
            done_steps: AtomicU64::new(0),
            done_bytes: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            workers: AtomicU64::new(ALONE),
        }
    }

    /// Takes the bar off the terminal, so that a summary can follow.
    pub(super) fn end(&self) {
        let Ok(mut part) = self.part.lock() else { return };
        let Some(part) = part.take() else { return };
        if matches!(self.mode, Mode::Json(_)) {
            say(&self.json(&part));
        }
        if let Some(bar) = part.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&self, part: &mut Part) {
        let done = self.done_steps.load(Ordering::Relaxed);
        match self.mode {
            Mode::Bar => {
                if let Some(bar) = &part.bar {
                    bar.set_position(done);
                    bar.set_message(self.details(part));
                }
            }
            Mode::Lines(every) | Mode::Json(every) => {
                if part.shown.elapsed() < every {
                    return;
                }
                part.shown = Instant::now();
                let line = if matches!(self.mode, Mode::Json(_)) {
                    self.json(part)
                } else {
                    let left = self.seconds_left(part).map_or_else(String::new, |seconds| {
                        format!(", {} left", output::about(seconds))
                    });
                    format!("{}: {done} of {}, {}{left}", part.what, part.steps, self.details(part))
                };
                say(&line);
            }
            Mode::Silent => {}
        }
    }

    /// Bytes and rate, rejected so far, peak memory.
    fn details(&self, part: &Part) -> String {
        let mut parts = Vec::new();
        let bytes = self.done_bytes.load(Ordering::Relaxed);
        if part.bytes > 0 {
            let seconds = part.began.elapsed().as_secs_f64().max(1e-3);
            let rate = (bytes as f64 / seconds) as u64;
            parts.push(format!(
                "{} of {} at {}/s",
                HumanBytes(bytes),
                HumanBytes(part.bytes),
                HumanBytes(rate)
            ));
        }
        let rejected = self.rejected.load(Ordering::Relaxed);
        if rejected > 0 {
            parts.push(format!("{rejected} rejected"));
        }
        if let Some(workers) = self.n_workers() {
            parts.push(output::counted(workers, "worker"));
        }
        if let Some(peak) = peak_memory_bytes() {
            parts.push(format!("peak memory {}", HumanBytes(peak)));
        }
        parts.join(", ")
    }

    /// How many other processes are at work, where some are meant to be.
    fn n_workers(&self) -> Option<u64> {
        Some(self.workers.load(Ordering::Relaxed)).filter(|count| *count != ALONE)
    }

    /// The fields that README.md lists.
    fn json(&self, part: &Part) -> String {
        let seconds = part.began.elapsed().as_secs_f64();
        let bytes = self.done_bytes.load(Ordering::Relaxed);
        json!({
            "what": part.what,
            "done": self.done_steps.load(Ordering::Relaxed),
            "of": part.steps,
            "bytes": bytes,
            "of_bytes": part.bytes,
            "bytes_per_s": bytes as f64 / seconds.max(1e-3),
            "seconds": seconds,
            "seconds_left": self.seconds_left(part),
            "rejected": self.rejected.load(Ordering::Relaxed),
            "peak_memory_bytes": peak_memory_bytes(),
            "workers": self.n_workers(),
        })
        .to_string()
    }

    /// Time left at the rate so far: of bytes where they are known, since files differ in
    /// size. None before the first step and after the last.
    fn seconds_left(&self, part: &Part) -> Option<f64> {
        let (done, of) = if part.bytes > 0 {
            (self.done_bytes.load(Ordering::Relaxed), part.bytes)
        } else {
            (self.done_steps.load(Ordering::Relaxed), part.steps)
        };
        let left = of.checked_sub(done).filter(|left| *left > 0 && done > 0)?;
        Some(part.began.elapsed().as_secs_f64() * left as f64 / done as f64)
    }
}

impl Progress for Watcher {
    fn begin(&self, what: &str, steps: u64, bytes: u64) {
        self.end();
        self.done_steps.store(0, Ordering::Relaxed);
        self.done_bytes.store(0, Ordering::Relaxed);
        self.rejected.store(0, Ordering::Relaxed);
        self.workers.store(ALONE, Ordering::Relaxed);
        let bar = (self.mode == Mode::Bar).then(|| {
            let style = ProgressStyle::with_template(
                "{prefix} {wide_bar} {pos}/{len} {elapsed} (left {eta}) {msg}",
            );
            let bar = ProgressBar::new(steps).with_prefix(what.to_owned());
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        let now = Instant::now();
        let part = Part { what: what.to_owned(), steps, bytes, began: now, shown: now, bar };
        if let Ok(mut slot) = self.part.lock() {
            *slot = Some(part);
        }
    }

    fn advance(&self, steps: u64, bytes: u64) {
        self.done_steps.fetch_add(steps, Ordering::Relaxed);
        self.done_bytes.fetch_add(bytes, Ordering::Relaxed);
        // A thread that finds another one drawing goes on with its work.
        if let Ok(mut slot) = self.part.try_lock()
            && let Some(part) = slot.as_mut()
        {
            self.show(part);
        }
    }

    fn workers(&self, count: u64) {
        self.workers.store(count, Ordering::Relaxed);
    }

    fn reject(&self, path: &str, reason: &dyn fmt::Display, cell: Option<&str>) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
        if self.is_verbose {
            let cell =
                cell.map_or_else(String::new, |c| format!(" (there is `{}`)", c.escape_debug()));
            self.note(&format!("rejected {path}: {reason}{cell}"));
        }
    }

    fn note(&self, message: &str) {
        if self.is_quiet {
            return;
        }
        if matches!(self.mode, Mode::Json(_)) {
            return say(&json!({ "note": message }).to_string());
        }
        let bar = self.part.lock().ok().and_then(|part| part.as_ref().and_then(|p| p.bar.clone()));
        match bar {
            Some(bar) => bar.suspend(|| say(message)),
            None => say(message),
        }
    }

    fn stopped(&self) -> bool {
        interrupt::asked()
    }
}

/// Writes a line to standard error; if that is gone, nobody is listening.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
