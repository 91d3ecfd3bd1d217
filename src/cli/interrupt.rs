//! An interrupt asks for a stop at the next safe place; a second one does not ask.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Turns SIGINT, SIGTERM and SIGHUP into [`asked`].
pub(super) fn listen() {
    let handler = || {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    // Without a handler an interrupt ends the program at once, which is safe as well: every
    // file is written beside its destination and renamed.
    let _ = ctrlc::set_handler(handler);
}

/// Whether someone asked to stop.
pub(super) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
