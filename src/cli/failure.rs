//! A failure is how a command ends when it does not succeed: a message, a hint, an exit
//! status.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Mutex;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};

use super::style;
use crate::config::ConfigError;
use crate::problem::{Class, Problem};

/// Wrong arguments or configuration.
pub(super) const USAGE: u8 = 2;
/// Done, but some inputs were rejected.
pub(super) const SOME_REJECTED: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    class: Class,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    /// The configuration's text with the wrong place marked.
    excerpt: Option<String>,
}

impl Failure {
    /// Wrong usage that no stage knows of.
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            class: Class::Usage,
            message: message.into(),
            causes: Vec::new(),
            hint: Some(hint.into()),
            excerpt: None,
        }
    }

    /// An error of the machine at a path.
    pub(super) fn machine(message: impl Into<String>, source: &std::io::Error) -> Self {
        Self {
            class: Class::Machine,
            message: message.into(),
            causes: vec![source.to_string()],
            hint: None,
            excerpt: None,
        }
    }

    /// The same with what to do next.
    pub(super) fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    /// A failure of a given class.
    pub(super) fn of_class(class: Class, message: String, hint: Option<String>) -> Self {
        Self { class, message, causes: Vec::new(), hint, excerpt: None }
    }

    /// Prints the failure to standard error and gives the exit status.
    pub(super) fn report(self) -> ExitCode {
        let mut text = String::new();
        if let Some(excerpt) = &self.excerpt {
            text.push_str(excerpt.trim_end());
        } else {
            text.push_str(&style::error("error:"));
            text.push(' ');
            text.push_str(&self.message);
            for cause in &self.causes {
                // A cause that the message already ends with adds nothing.
                if !self.message.ends_with(cause.as_str()) {
                    text.push_str(": ");
                    text.push_str(cause);
                }
            }
            if let Some(hint) = &self.hint {
                text.push('\n');
                text.push_str(&style::hint("hint:"));
                text.push(' ');
                text.push_str(hint);
            }
        }
        // If standard error is gone there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "{text}");
        ExitCode::from(status(self.class))
    }
}

fn status(class: Class) -> u8 {
    match class {
        Class::Machine => 1,
        Class::Usage => USAGE,
        Class::Damaged => 4,
        Class::Locked => 11,
        Class::Bug => 70,
        Class::Interrupted => 130,
    }
}

impl<E: Problem> From<E> for Failure {
    fn from(error: E) -> Self {
        let any: &(dyn Error + 'static) = &error;
        let excerpt = any.downcast_ref::<ConfigError>().and_then(excerpt);
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        Self {
            class: error.class(),
            message: error.to_string(),
            causes,
            hint: error.hint(),
            excerpt,
        }
    }
}

/// The wrong place in a configuration's text, marked.
fn excerpt(error: &ConfigError) -> Option<String> {
    let ConfigError::Text { layer, text, span, message, help } = error else { return None };
    let mut diagnostic = MietteDiagnostic::new(message.clone())
        .with_label(LabeledSpan::new_with_span(None, span.clone()));
    diagnostic.help.clone_from(help);
    let report =
        miette::Report::new(diagnostic).with_source_code(NamedSource::new(layer, text.clone()));
    let mut out = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_context_lines(1)
        .render_report(&mut out, report.as_ref())
        .ok()?;
    Some(format!("{} {message}\n{}", style::error("error:"), without_title(&out)))
}

/// The rendered excerpt without its first lines, which only repeat the message.
fn without_title(rendered: &str) -> String {
    let lines = rendered.lines().skip_while(|line| !line.contains('╭'));
    let kept: Vec<&str> = lines.map(str::trim_end).collect();
    kept.join("\n").replace("  help: ", "hint: ")
}

/// Where the last panic was.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Keeps the place of a panic instead of printing a trace. Most panics that happen here are
/// caught: a hostile file may make a parser give up, which is a row of the rejected table.
pub(super) fn keep_panic_places() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = place;
        }
    }));
}

/// The failure that an uncaught panic amounts to: a bug of ours.
pub(super) fn of_panic() -> Failure {
    let place = LAST_PANIC.lock().ok().and_then(|last| last.clone());
    let place = place.map_or_else(String::new, |place| format!(" at {place}"));
    Failure::of_class(
        Class::Bug,
        format!("traj met a state that it does not expect{place}"),
        Some("this is a bug of traj; please report the line above with the command".to_owned()),
    )
}
