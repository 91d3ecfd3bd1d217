//! The options that every command takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(super) struct Global {
    /// A configuration; several are laid over each other; without it, ./traj.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Vec<PathBuf>,
    /// Sets a key, in TOML: --set 'train.models=["forest"]'
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// Threads; without it, as many as there are cores
    #[arg(long, short, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// How the summary is written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// How progress is shown on standard error
    #[arg(long, global = true, value_enum, default_value_t = ProgressMode::Auto)]
    pub(super) progress: ProgressMode,
    /// Whether messages have colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Shows errors only
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Shows every refused file, with the cell that caused it
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
}

/// How a summary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON object with a `schema_version`.
    Json,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressMode {
    /// A bar on a terminal, else a line every 30 s.
    Auto,
    /// Nothing.
    None,
    /// A JSON object a line, every second.
    Json,
}

/// Whether messages have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
