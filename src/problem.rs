//! A problem is an error that knows whose it is and what to do next.
//!
//! Every stage's error enum implements [`Problem`]; `cli` turns the class into an exit
//! status and prints the hint under the message.

/// Whose problem an error is: it decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The disk, the memory or another part of the machine said no (exit status 1).
    Machine,
    /// The command line, the configuration or the order of the commands (exit status 2).
    Usage,
    /// A table or a model is damaged, or does not fit what is asked of it (exit status 4).
    Damaged,
    /// Another traj holds the output (exit status 11).
    Locked,
    /// The user, or the system, asked to stop (exit status 130).
    Interrupted,
    /// A broken invariant of ours (exit status 70).
    Bug,
}

/// An error with a class and, where there is one, the next thing to try.
pub trait Problem: std::error::Error + Send + Sync + 'static {
    /// Whose problem it is.
    fn class(&self) -> Class;

    /// What to do next, as a sentence without a full stop; a command where there is one.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// A configured value that is out of range; it names its key, so that the reader of the
/// configuration can point at the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct Invalid {
    /// The key with its section, such as `forest.trees`.
    pub key: String,
    /// What is wrong with the value, with the value.
    pub message: String,
}

impl Invalid {
    /// A complaint about the value of a key.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}
