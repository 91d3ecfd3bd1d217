//! A file's time of change, by which a changed file is known without reading it.

use std::fs::Metadata;
use std::time::UNIX_EPOCH;

/// Time of the last change in nanoseconds since 1970; 0 where the system does not say.
#[must_use]
pub fn mtime_ns(about: &Metadata) -> i64 {
    let modified = about.modified().ok();
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|time| i64::try_from(time.as_nanos()).ok()).unwrap_or(0)
}
