//! A page is one HTML file, whole in itself: no script, no address, nothing to fetch. The stages
//! that write one (`explore`, `report`) fill its frame; style, figures and words are the same
//! in both.
//!
//! Templates are files beside the code and part of the program. Everything that they show is
//! escaped, but for the styles and what [`drawing`] marks. Text from data goes through
//! [`crate::chart::plain_text`] on top, so that a name can neither rearrange the words around
//! it nor fill the page.

mod figure;
mod rejections;
pub mod words;
#[cfg(test)]
pub(crate) mod testing;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

pub use figure::{Figure, Grid, LegendItem, drawing, grid_of};
pub use rejections::{Rejection, rejections};

use crate::chart;

/// The templates of every page by name: `frame.html`, which a page's `page.html` extends with
/// the blocks `title`, `skip` and `main`, and `macros.html`, with `figure`,
/// `grid` and `rejections`.
const SHARED: [(&str, &str); 2] = [
    ("frame.html", include_str!("templates/frame.html")),
    ("macros.html", include_str!("templates/macros.html")),
];

/// The styles of a page and of its charts, for `style` in the frame.
#[must_use]
pub fn style() -> Value {
    Value::from_safe_string(format!("{}{}", include_str!("templates/style.css"), chart::STYLE))
}

/// Renders `page.html` of some templates, given by name.
///
/// The frame wants `style` and `inputs_hash` in `contents`, which [`inputs_of`] finds again.
///
/// # Errors
/// Where a template does not fit what it is given: a bug of ours.
pub fn render(
    templates: &[(&'static str, &'static str)],
    contents: &impl Serialize,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, source) in SHARED.iter().chain(templates) {
        environment.add_template(name, source)?;
    }
    environment.get_template("page.html")?.render(Serde(contents))
}

/// Bytes of a page within which its hash stands.
const HEAD: u64 = 4096;

/// The hash of what a page was made from, as the page says; none where there is no such page.
#[must_use]
pub fn inputs_of(page: &Path) -> Option<String> {
    let mut head = Vec::new();
    File::open(page).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let (_, rest) = head.split_once("<meta name=\"traj-inputs\" content=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}
