//! A sample is a folder of synthetic flights: 1 Hz rows of position, speeds, forces and
//! atmosphere, as a trajectory archive has them.
//!
//! `traj sample` and `traj demo` call [`generate`], and so do tests that need a folder of
//! flights. Flights share weather, routes and timetables, so that much of a flight can be
//! learned from others, and are full of chance, so that not all can. With
//! [`SampleOptions::dirty`] a share of the files has the faults of real ones.
//!
//! Same options, same bytes: every random number comes from a generator seeded by what it is
//! for, and every function beyond the IEEE basics from `libm`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

mod options;
mod error;
mod pair;
mod airports;
mod airlines;
mod aircraft;
mod weather;
mod timetable;
mod schedule;
mod plan;
mod route;
mod terminal;
mod path;
mod vertical;
mod fly;
mod speed;
mod polar;
mod atmosphere;
mod sphere;
mod units;
mod draws;
mod row;
mod render;
mod decimal;
mod dirt;
mod write;
#[cfg(test)]
mod flights_test;

pub use dirt::DirtKind;
pub use error::SampleError;
pub use options::{SampleOptions, SampleSummary};
pub use pair::{Pair, PairError};

use draws::{Draws, Stream};
use plan::Plan;
use row::{LAYOUT, Row};
use schedule::Departure;
use weather::Weather;

/// Writes the flights, in parallel on rayon's current pool.
///
/// `on_file` is called after each file with its bytes, from any thread; where it breaks, no
/// further file is begun.
///
/// ```
/// use std::ops::ControlFlow;
/// use traj::sample::{Pair, SampleOptions, generate};
///
/// let directory = std::env::temp_dir().join(format!("traj-sample-doc-{}", std::process::id()));
/// let options = SampleOptions {
///     directory: directory.clone(),
///     flights: 2,
///     seed: 1,
///     pairs: vec!["EGLL-EHAM".parse::<Pair>()?],
///     dirty: false,
///     force: false,
/// };
/// let summary = generate(&options, &|_bytes| ControlFlow::Continue(()))?;
/// assert_eq!(summary.files, 2);
/// assert_eq!(summary.pairs["EGLL-EHAM"], 2);
/// # std::fs::remove_dir_all(directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Where there is no pair, where the directory holds files that are not this sample's (unless
/// `force` is set), where a file cannot be written, and where `on_file` broke.
pub fn generate(
    options: &SampleOptions,
    on_file: &(dyn Fn(u64) -> ControlFlow<()> + Sync),
) -> Result<SampleSummary, SampleError> {
    if options.pairs.is_empty() {
        return Err(SampleError::NoPairs);
    }
    let weather = Weather::new(options.seed, schedule::FIRST_DAY, schedule::days(options.flights));
    let departures = schedule::draw(options, &weather);
    write::prepare(options, &departures)?;
    let files = AtomicUsize::new(0);
    let sizes: Result<Vec<(u64, u64)>, SampleError> = departures
        .par_iter()
        .map(|departure| {
            let text = text(departure, &weather, options.seed);
            write::file(&options.directory, &departure.file_name, &text)?;
            files.fetch_add(1, Ordering::Relaxed);
            match on_file(text.len() as u64) {
                ControlFlow::Continue(()) => Ok((text.len() as u64, data_rows(&text))),
                ControlFlow::Break(()) => Err(SampleError::Interrupted { files: 0 }),
            }
        })
        .collect();
    let sizes = sizes.map_err(|error| match error {
        // The other threads finish the files that they have begun; count those too.
        SampleError::Interrupted { .. } => {
            SampleError::Interrupted { files: files.load(Ordering::Relaxed) }
        }
        other => other,
    })?;
    Ok(summary(&departures, &sizes))
}

/// The whole file of one flight.
fn text(departure: &Departure, weather: &Weather, seed: u64) -> Vec<u8> {
    let rows = rows(departure, weather, seed);
    match departure.dirt {
        Some(kind) => dirt::soiled(kind, rows, seed, departure.index),
        None => render::csv(&rows, &LAYOUT, render::PLAIN),
    }
}

/// One flight, clean.
fn rows(departure: &Departure, weather: &Weather, seed: u64) -> Vec<Row> {
    let mut draws = Draws::new(seed, Stream::Flight, departure.index as u64);
    let plan = Plan::new(departure, weather, &mut draws);
    fly::fly(&plan, weather, departure.epoch_s, &mut draws)
}

/// Lines after the header; the last may lack its line feed.
fn data_rows(text: &[u8]) -> u64 {
    let lines = text.split(|byte| *byte == b'\n').skip(1);
    lines.filter(|line| !line.is_empty()).count() as u64
}

fn summary(departures: &[Departure], sizes: &[(u64, u64)]) -> SampleSummary {
    let (mut pairs, mut dirt) = (BTreeMap::new(), BTreeMap::new());
    for departure in departures {
        *pairs.entry(departure.pair.to_string()).or_insert(0) += 1;
        if let Some(kind) = departure.dirt {
            *dirt.entry(kind).or_insert(0) += 1;
        }
    }
    let days = departures.iter().map(|departure| departure.day);
    SampleSummary {
        files: sizes.len(),
        bytes: sizes.iter().map(|(bytes, _)| bytes).sum(),
        rows: sizes.iter().map(|(_, rows)| rows).sum(),
        pairs,
        days: days
            .clone()
            .min()
            .zip(days.max())
            .map(|(first, last)| (schedule::civil(first), schedule::civil(last))),
        dirt,
    }
}
