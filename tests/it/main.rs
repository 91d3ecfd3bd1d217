//! The stories of `traj`: what a user types, what they see, and the exit status.
//!
//! Every test runs the program itself in a folder of its own ([`world`]), mostly on flights
//! that are made by hand ([`flights`]). The themes, in the order in which a user meets them:

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

mod world;
mod flights;

/// What the command line says of itself: help, one JSON object, silence.
mod talking;
/// Configurations that cannot be used, and where the message points.
mod bad_config;
/// Files that are no flights: empty, cut, ragged, in another encoding.
mod bad_files;
/// Directory entries that are no files: folders, pipes, links; and files that come and go.
mod odd_entries;
/// From a folder to a report, and again with nothing to do.
mod pipeline;
/// The page that shows the flights themselves.
mod exploring;
/// Which flights are taken.
mod selection;
/// Flights that are still under way.
mod in_flight;
/// What flights may lack: altitude, calendar, pair.
mod poor_flights;
/// Faults that are mended: clocks, order, repeats, decimal commas, two schemas.
mod dirt;
/// How a flight may be written: delimiters, encodings, units, comments, packing.
mod dialects;
/// Files without bounds: long lines, many columns, bombs.
mod bounds;
/// Commands that are stopped, politely or not.
mod stopping;
/// Work that breaks off and goes on: kills, full disks, changed settings and files.
mod resuming;
/// The catalog in parts, read apart and put together.
mod shards;
/// Flights that others read.
mod elsewhere;
/// A run in parts, fitted apart and put together.
mod shards_of_runs;
/// Processes that are interrupted or killed, once and many times over.
mod kills;
/// What an operator watches: dry runs, progress for scripts, figures of the stages.
mod watching;
/// Settings that are chosen, and gaps between what teaches and what is held out.
mod tuning;
/// The same bytes at any number of threads and in any order of rows.
mod repeatability;
/// Damaged tables and models, and two programs at once.
mod damage;
/// Every figure of sample flights, against pandas and numpy.
mod reference;
/// Real flights and hostile files, where `FLIGHT_DATA` names their folder.
mod real_data;
/// The whole job on real flights, and scikit-learn's figures on the same folds.
mod real_runs;
/// The habits of the source text: sizes, names, arrows between modules, no network.
mod tidy;
