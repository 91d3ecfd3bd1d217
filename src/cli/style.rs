//! Style: the two colours of messages on standard error, or none.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use super::global::Color;

static HAS_COLOR: OnceLock<bool> = OnceLock::new();

/// Settles whether messages have colours, as the option, `NO_COLOR` and the terminal say.
pub(super) fn settle(color: Color) {
    let on_terminal = || {
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        !is_plain && std::io::stderr().is_terminal()
    };
    let has_color = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => on_terminal(),
    };
    let _ = HAS_COLOR.set(has_color); // the first setting holds
}

/// The word before an error, in bold red.
pub(super) fn error(word: &str) -> String {
    painted(word, "1;31")
}

/// The word before a hint, in cyan.
pub(super) fn hint(word: &str) -> String {
    painted(word, "36")
}

fn painted(word: &str, code: &str) -> String {
    if HAS_COLOR.get().copied().unwrap_or(false) {
        format!("\x1b[{code}m{word}\x1b[0m")
    } else {
        word.to_owned()
    }
}
