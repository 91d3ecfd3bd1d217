//! The opener shows a page in the user's browser, through the system's own command.

use std::path::Path;
use std::process::{Command, Stdio};

use super::context::Context;
use super::failure::Failure;

/// A path as a user may click on it: from the root, if it can be told.
pub(super) fn shown(page: &Path) -> String {
    page.canonicalize().unwrap_or_else(|_| page.to_owned()).display().to_string()
}

/// Opens a page; without a display, or where the system has no opener, says where it is.
pub(super) fn open(page: &Path, context: &Context) -> Result<(), Failure> {
    let (opener, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        // `start` takes its first quoted word for a window's title.
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let path = page.canonicalize().unwrap_or_else(|_| page.to_owned());
    let is_opened = has_display()
        && Command::new(opener)
            .args(arguments)
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .is_ok();
    if is_opened { Ok(()) } else { context.note(&format!("open {}", path.display())) }
}

/// Whether there is a screen: elsewhere than on macOS and Windows, a display server is named.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", windows)) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
