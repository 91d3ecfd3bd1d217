//! What the engine says of itself, on standard error with `--verbose`: for operators whose
//! cluster does not do what they expect.

use std::io::Write as _;

use log::{Level, LevelFilter, Log, Metadata, Record};

struct EngineLog;

/// Shows what the engine says from now on.
pub(super) fn show() {
    if log::set_logger(&EngineLog).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

impl Log for EngineLog {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.level() <= Level::Info && about.target().starts_with("ballista")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = record.level().as_str().to_lowercase();
            // If standard error is gone there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "engine {level}: {}", record.args());
        }
    }

    fn flush(&self) {}
}
