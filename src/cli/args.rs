//! The arguments: a struct per command.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::global::Global;
use crate::tables::{Axis, Horizon, ModelName, Part};
use crate::units::duration;

/// Learn how flights go from a folder of per-flight CSV files, on this machine alone.
///
/// Example:
///   traj init ~/flights      look at the files, write traj.toml
///   traj run                 index, features, train, report
///   traj demo                the same on sample flights
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, max_term_width = 100, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run everything on sample flights, and say where the report is
    ///
    /// Example: traj demo
    #[command(verbatim_doc_comment)]
    Demo(DemoArguments),
    /// Make synthetic 1 Hz flights: the same arguments, the same bytes
    ///
    /// Example: traj sample flights --flights 300 --pairs LEMD-LEBL,LEBL-LEMD
    #[command(verbatim_doc_comment)]
    Sample(SampleArguments),
    /// Look at a folder of CSV files and write a traj.toml that reads them
    ///
    /// Example: traj init ~/flights
    ///
    /// Reads the first rows of some files (.csv, .csv.gz, .csv.zst, .txt, .tsv) and tells
    /// delimiter, decimal mark, encoding, lines before and after the header, units, roles of
    /// columns, and where origin and destination come from. Says what it guessed; all of it
    /// can be changed in traj.toml.
    #[command(verbatim_doc_comment)]
    Init(InitArguments),
    /// List the flights: data-index/catalog.parquet
    ///
    /// Example: traj index
    ///
    /// Reads the head and tail of files that are new or changed. Files that are no flights
    /// are listed in data-index/rejected.parquet with the reason.
    #[command(verbatim_doc_comment)]
    Index(IndexArguments),
    /// Read every selected flight once: data-index/features.parquet, targets.parquet
    ///
    /// Example: traj features --pair LEMD-LEBL --from 2024-03-01 --to 2024-03-31
    ///
    /// Finished flights are kept in data-index/checkpoint until the tables are written: stop
    /// it, kill it or pull the plug, and the same command goes on where it was.
    ///
    /// On several machines: traj features --shard 2/4 --out parts/2, then traj merge parts/*
    #[command(verbatim_doc_comment)]
    Features(FeaturesArguments),
    /// Show what the flights are like: data-index/explore.html
    ///
    /// Example: traj explore --pair LEMD-LEBL --open
    ///
    /// One page, whole in itself, from the tables of `traj features` and a sample of the files:
    /// what is there, tracks and profiles, along what flights are best compared, which features say
    /// the same, which routes are flown, what makes flights longer and what changed. The tables
    /// behind its charts are in data-index/explore/.
    #[command(verbatim_doc_comment)]
    Explore(ExploreArguments),
    /// Score models and fit them on all flights: models/NAME/
    ///
    /// Example: traj train --run talk --set 'train.models=["forest","od-median"]'
    ///          traj train --run tuned --tune --budget 10min
    ///
    /// With --tune, trials choose trees, flights in a leaf, features per split and aggregates at
    /// each configured horizon, for the configured forests together: the best mean skill of
    /// positions against od-median, on the folds of `forward` but the last, which no trial looks
    /// at. The budget only cuts the list of trials short. models/NAME/trials.parquet has them,
    /// models/NAME/config.toml the choice: training with it repeats the run.
    ///
    /// On several machines: traj train --shard 2/4 --out fits/2, then traj merge fits/*
    #[command(verbatim_doc_comment)]
    Train(TrainCommand),
    /// Predict trajectories of CSV flights, or of the flights in a features table
    ///
    /// Example: traj predict default new-flights/*.csv --out predicted.parquet
    ///
    /// A row per flight and fraction: position, altitude, time, distance, how long the flight
    /// takes, and the 90 % interval of each.
    #[command(verbatim_doc_comment)]
    Predict(PredictArguments),
    /// Write models/RUN/report.html
    ///
    /// Example: traj report default
    #[command(verbatim_doc_comment)]
    Report(ReportArguments),
    /// Run index, features, train and report, as far as they are out of date
    ///
    /// Example: traj run --pair LEMD-LEBL
    #[command(verbatim_doc_comment)]
    Run(RunArguments),
    /// Put parts that were made apart together: data-index/ or models/NAME/
    ///
    /// Example: traj merge parts/*
    ///
    /// Checks that the folders hold every part of one whole, made by this version, under the
    /// settings that hold now and from the same catalog or tables, and writes what one machine
    /// would have written, to the last bit. Writes nothing if a part is missing, there twice,
    /// damaged or does not fit, and says which command makes it.
    #[command(verbatim_doc_comment)]
    Merge(MergeArguments),
    /// Hand out work to workers, until it is stopped
    ///
    /// Example: traj scheduler
    ///          traj scheduler --bind 10.0.0.7:50050 --shared /mnt/traj \
    ///              --tls-ca ca.pem --tls-cert node7.pem --tls-key node7.key
    ///
    /// Then traj worker, on as many machines as you like, and features or train with --engine.
    /// Without --bind only this machine can reach it. See docs/clusters.md.
    #[cfg(feature = "cluster")]
    #[command(verbatim_doc_comment)]
    Scheduler(super::cluster_args::SchedulerArguments),
    /// Read flights and fit estimators for a scheduler, until it is stopped
    ///
    /// Example: traj worker --scheduler 10.0.0.7:50050 --data /scratch/flights --shared /mnt/traj \
    ///              --tls-ca ca.pem --tls-cert node8.pem --tls-key node8.key
    ///
    /// It listens nowhere, and reads flights below --data alone. --jobs says how many at a time.
    #[cfg(feature = "cluster")]
    #[command(verbatim_doc_comment)]
    Worker(super::cluster_args::WorkerArguments),
    /// Verify tables and models, and say what makes a damaged one anew
    ///
    /// Example: traj check
    #[command(verbatim_doc_comment)]
    Check(CheckArguments),
    /// Say what the code of a check or of a refused file means, and what to do
    ///
    /// Example: traj explain determined-target
    #[command(verbatim_doc_comment)]
    Explain(ExplainArguments),
}

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// Where everything goes
    #[arg(default_value = "traj-demo")]
    pub(super) directory: PathBuf,
    /// How many flights
    #[arg(long, default_value_t = 240)]
    pub(super) flights: usize,
}

#[derive(Debug, Args)]
pub(super) struct SampleArguments {
    /// Where the flights go
    pub(super) directory: PathBuf,
    /// How many flights
    #[arg(long)]
    pub(super) flights: usize,
    /// What all randomness comes from
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// The city pairs, such as LEMD-LEBL,LEBL-LEMD
    #[arg(long, value_delimiter = ',')]
    pub(super) pairs: Vec<String>,
    /// Mixes in what real files have: rows out of order, gaps, other dialects, cut files
    #[arg(long)]
    pub(super) dirty: bool,
    /// Writes into a folder that is not empty
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// The folder of the flights
    pub(super) directory: PathBuf,
    /// Replaces a traj.toml that is there
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct IndexArguments {
    /// Says what would be opened and how long it should take; writes nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct FeaturesArguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) part: PartArguments,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    pub(super) engine: super::cluster_args::EngineArguments,
    /// Says what would be read and how long it should take here; writes nothing
    #[arg(long)]
    #[cfg_attr(feature = "cluster", arg(conflicts_with_all = ["engine", "shared", "insecure", "tls_ca"]))]
    pub(super) dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExploreArguments {
    /// Only this pair, such as LEMD-LEBL; may stand several times
    #[arg(long, value_name = "PAIR")]
    pub(super) pair: Vec<String>,
    /// Flights of each drawn pair whose files are read
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) sample: Option<u16>,
    /// Adds features that only repeat others to `train.leave_out` of traj.toml
    #[arg(long)]
    pub(super) write_config: bool,
    /// Opens the page; without a display, says where it is
    #[arg(long)]
    pub(super) open: bool,
}

/// A part of the work, for several machines or processes; `traj merge` puts parts together.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "A part of the work")]
pub(super) struct PartArguments {
    /// Does only the I-th of N parts; needs --out
    #[arg(long, value_name = "I/N", requires = "out")]
    pub(super) shard: Option<Part>,
    /// The folder of the part; each part has its own
    #[arg(long, value_name = "DIR", requires = "shard")]
    pub(super) out: Option<PathBuf>,
}

/// Which flights are used; each flag replaces its key in `[select]`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which flights")]
pub(super) struct Selection {
    /// Only this pair, such as LEMD-LEBL; may stand several times
    #[arg(long, value_name = "PAIR")]
    pub(super) pair: Vec<String>,
    /// Only from this day or time on (UTC)
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<String>,
    /// Only up to this day (included) or before this time (UTC)
    #[arg(long, value_name = "DAY")]
    pub(super) to: Option<String>,
    /// Only this ICAO aircraft type, such as A320; may stand several times
    #[arg(long, value_name = "TYPE")]
    pub(super) aircraft: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct TrainCommand {
    #[command(flatten)]
    pub(super) train: TrainArguments,
    #[command(flatten)]
    pub(super) part: PartArguments,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    pub(super) engine: super::cluster_args::EngineArguments,
}

#[derive(Debug, Clone, Args)]
pub(super) struct TrainArguments {
    /// Name of the run, and of its folder in models/
    #[arg(long, default_value = DEFAULT_RUN)]
    pub(super) run: String,
    /// Chooses the forests' settings at each horizon first, as [tune] says
    #[arg(long)]
    pub(super) tune: bool,
    /// How long settings may be tried: 90s, 10min, 2h
    #[arg(long, value_name = "TIME", requires = "tune", default_value = "10min", value_parser = budget)]
    pub(super) budget: Duration,
}

impl TrainArguments {
    /// How long settings may be tried; none where they are not to be.
    pub(super) fn tuning(&self) -> Option<Duration> {
        self.tune.then_some(self.budget)
    }
}

fn budget(text: &str) -> Result<Duration, String> {
    duration(text)
        .filter(|budget| !budget.is_zero())
        .ok_or_else(|| "a time is a number with s, min, h or d, such as 10min".to_owned())
}

/// The run that is meant when none is named.
pub(super) const DEFAULT_RUN: &str = "default";

#[derive(Debug, Args)]
pub(super) struct PredictArguments {
    /// The run: a name in models/, or its folder
    pub(super) run: String,
    /// CSV flights, folders of them, or one features table (.parquet)
    #[arg(required = true)]
    pub(super) input: Vec<PathBuf>,
    /// The model; without it, the one with the best forward skill
    #[arg(long)]
    pub(super) model: Option<ModelName>,
    /// What the model may know; without it, the latest that the input reaches
    #[arg(long)]
    pub(super) horizon: Option<Horizon>,
    /// Along what fractions are taken
    #[arg(long)]
    pub(super) axis: Option<Axis>,
    /// A .csv or .parquet file; without it, CSV on standard output
    #[arg(long, short, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// The run: a name in models/, or its folder
    #[arg(default_value = DEFAULT_RUN)]
    pub(super) run: String,
    /// Opens the page; without a display, says where it is
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) train: TrainArguments,
}

#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    #[command(flatten)]
    pub(super) selection: Selection,
    #[command(flatten)]
    pub(super) train: TrainArguments,
    /// The folders of the parts, all of `traj features` or all of `traj train`
    #[arg(required = true, value_name = "DIR")]
    pub(super) folders: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// A table, a run's folder, data-index or models; without it, everything here
    pub(super) path: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The code; without it, all codes are listed
    pub(super) code: Option<String>,
}
