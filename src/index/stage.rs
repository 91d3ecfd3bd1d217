//! The stage itself: list, reuse, peek, name, write.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rayon::prelude::*;

use super::last::{Last, Since};
use super::side_table::SideTable;
use super::walk::{Found, walk};
use super::{DataConfig, IndexError};
use crate::flight::{NameParts, Refusal, Source, fill_from_airports, peek};
use crate::memory::peak_memory_bytes;
use crate::progress::Progress;
use crate::tables::{
    Catalog, CatalogRow, Figures, RejectCode, RejectedRow, RejectedTable, Stage, StageFigures,
    Stamp,
};

/// What the stage works on.
#[derive(Debug)]
pub struct IndexInputs<'a> {
    /// The `[data]` section, its root absolute or relative to the working directory.
    pub data: &'a DataConfig,
    /// The compiled `[[source]]` blocks.
    pub sources: &'a [Source],
    /// Hash of both.
    pub config_hash: String,
    /// Where the catalog goes.
    pub catalog: PathBuf,
    /// Where refused files go.
    pub rejected: PathBuf,
    /// The stage's figures are replaced.
    pub figures: PathBuf,
}

/// What the stage did.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct IndexSummary {
    /// Flights in the catalog.
    pub flights: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// Files that were opened.
    pub opened: u64,
    /// Files that had not changed, and were not opened.
    pub unchanged: u64,
    /// Flights of the last catalog whose files are gone.
    pub removed: u64,
    /// Refused files by code.
    pub rejected: BTreeMap<String, u64>,
    /// Flights by pair, the largest first.
    pub pairs: Vec<(String, u64)>,
    /// Flights whose pair is unknown.
    pub without_pair: u64,
    /// Opened flights whose name and columns give different pairs; the columns count.
    pub pair_disagreements: u64,
    /// Flights by source.
    pub sources: BTreeMap<String, u64>,
    /// First and last start in microseconds since 1970.
    pub start_range_us: Option<(i64, i64)>,
    /// Whether nothing had changed, so that nothing was written.
    pub up_to_date: bool,
    /// Seconds that listing and reading took.
    pub read_seconds: f64,
    /// Of the files opened, the one that took longest, and its seconds.
    pub slowest: Option<(String, f64)>,
}

/// One file's outcome.
pub(super) type Outcome = Result<(CatalogRow, bool), Refusal>;

/// Lists the folder and brings the catalog up to date.
///
/// # Errors
/// [`IndexError`] where there is no folder, no flight, or a table cannot be read or written.
/// Files that are no flights are rows of the rejected table, not errors.
pub fn index(
    inputs: &IndexInputs<'_>,
    progress: &dyn Progress,
) -> Result<IndexSummary, IndexError> {
    let began = Instant::now();
    let data = inputs.data;
    let found =
        walk(data).map_err(|source| IndexError::Root { path: data.root.clone(), source })?;
    if found.files.is_empty() && found.refused.is_empty() {
        let extensions =
            data.extensions.iter().map(|e| format!(".{e}")).collect::<Vec<_>>().join(" or ");
        return Err(IndexError::NoFiles { path: data.root.clone(), extensions });
    }
    let side_table = SideTable::read(data)?;
    let last = Last::read(inputs, &found.files)?;
    let unchanged = last.rows.iter().flatten().count() as u64;
    let opened = found.files.len() as u64 - unchanged;
    progress.begin("reading heads and tails", found.files.len() as u64, 0);
    let slowest = Mutex::new(None);
    let outcomes: Vec<Outcome> = found
        .files
        .par_iter()
        .zip(last.rows)
        .map(|(file, row)| {
            if progress.stopped() {
                return Err(Refusal::new(RejectCode::Bug, "stopped"));
            }
            let outcome = match row {
                Some(row) => Ok((row, false)),
                None => timed(&slowest, file, || row_of(file, inputs, side_table.as_ref())),
            };
            progress.advance(1, 0);
            if let Err(refusal) = &outcome {
                progress.reject(&file.relative, refusal, refusal.cell.as_deref());
            }
            outcome
        })
        .collect();
    if progress.stopped() {
        return Err(IndexError::Interrupted);
    }
    let mut summary = IndexSummary {
        opened,
        unchanged,
        read_seconds: began.elapsed().as_secs_f64(),
        slowest: slowest.into_inner().unwrap_or_else(PoisonError::into_inner),
        ..IndexSummary::default()
    };
    let mut rows: Vec<CatalogRow> = Vec::with_capacity(outcomes.len());
    let mut refused = found.refused;
    let (mut known, mut reused) = (0, 0);
    let mut first: HashMap<String, usize> = HashMap::with_capacity(outcomes.len());
    for ((file, outcome), since) in found.files.into_iter().zip(outcomes).zip(last.since) {
        match outcome.and_then(|taken| without_repeat(taken, &rows, &mut first)) {
            Ok((row, disagrees)) => {
                summary.pair_disagreements += u64::from(disagrees);
                known += u64::from(since != Since::New);
                reused += u64::from(since == Since::Unchanged);
                rows.push(row);
            }
            Err(refusal) => refused.push((file.relative, refusal)),
        }
    }
    summary.removed = last.count - known;
    // A file that was read has another size or time than in the last catalog.
    summary.up_to_date = reused > 0 && reused == last.count && reused == rows.len() as u64;
    let summary = write(inputs, rows, refused, summary)?;
    if !summary.up_to_date {
        let figures = summary.figures(began.elapsed().as_secs_f64());
        Figures::replace(&inputs.figures, Stage::Index, figures)?;
    }
    Ok(summary)
}

/// Does what is to be done with a file, and notes it if none has taken longer.
fn timed<T>(slowest: &Mutex<Option<(String, f64)>>, file: &Found, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let value = work();
    let seconds = began.elapsed().as_secs_f64();
    let mut slowest = slowest.lock().unwrap_or_else(PoisonError::into_inner);
    if slowest.as_ref().is_none_or(|(_, longest)| seconds > *longest) {
        *slowest = Some((file.relative.clone(), seconds));
    }
    value
}

impl IndexSummary {
    /// The figures of a run that took so many seconds.
    fn figures(&self, seconds: f64) -> StageFigures {
        let flights = self.flights + self.rejected.values().sum::<u64>();
        StageFigures {
            seconds,
            files: self.opened,
            files_per_s: StageFigures::rate(self.opened, self.read_seconds),
            flights,
            rejected_share: StageFigures::shares(&self.rejected, flights),
            slowest: self.slowest.clone(),
            peak_memory_bytes: peak_memory_bytes(),
            ..StageFigures::default()
        }
    }
}

pub(super) fn row_of(
    file: &Found,
    inputs: &IndexInputs<'_>,
    side_table: Option<&SideTable>,
) -> Outcome {
    // A panic on one file must not cost the user the others.
    let peeked = catch_unwind(AssertUnwindSafe(|| peek(&file.path, file.bytes, inputs.sources)))
        .unwrap_or_else(|_| Err(Refusal::new(RejectCode::Bug, "the reader failed on this file")))?;
    let mut identity = peeked.identity.clone();
    if let Some(table) = side_table {
        let row = table.of(inputs.data, &file.relative).ok_or_else(|| {
            Refusal::new(RejectCode::NotInSideTable, "the side table has no row for the file")
        })?;
        prefer(&mut identity, row);
    }
    if inputs.data.airports {
        fill_from_airports(&mut identity, peeked.ends_deg);
    }
    let calendar = peeked.time_us.filter(|_| peeked.has_calendar);
    let row = CatalogRow {
        flight_id: identity
            .flight_id
            .clone()
            .unwrap_or_else(|| inputs.data.flight_id(&file.relative)),
        path: file.relative.clone(),
        bytes: file.bytes,
        mtime_ns: file.mtime_ns,
        duration_s: peeked.duration_s(),
        source: peeked.source,
        origin: identity.origin,
        destination: identity.destination,
        callsign: identity.callsign,
        aircraft_type: identity.aircraft_type,
        start_time_us: calendar.map(|(start, _)| start),
        end_time_us: calendar.map(|(_, end)| end),
        time_exact: false,
        rows_estimate: peeked.rows_estimate,
    };
    Ok((row, peeked.pair_disagrees))
}

/// Takes what the side table says; it was written for these files, so it wins.
fn prefer(identity: &mut NameParts, row: &NameParts) {
    let take = |slot: &mut Option<String>, value: &Option<String>| {
        if value.is_some() {
            slot.clone_from(value);
        }
    };
    take(&mut identity.origin, &row.origin);
    take(&mut identity.destination, &row.destination);
    take(&mut identity.callsign, &row.callsign);
    take(&mut identity.aircraft_type, &row.aircraft_type);
}

/// Writes what is not as it was; `up_to_date` of the summary says so of the flights.
fn write(
    inputs: &IndexInputs<'_>,
    rows: Vec<CatalogRow>,
    refused: Vec<(String, Refusal)>,
    mut summary: IndexSummary,
) -> Result<IndexSummary, IndexError> {
    for (_, refusal) in &refused {
        *summary.rejected.entry(refusal.code.to_string()).or_default() += 1;
    }
    describe(&rows, &mut summary);
    let stamp = Stamp { config: inputs.config_hash.clone(), ..Stamp::default() };
    let refused: Vec<RejectedRow> =
        refused.into_iter().map(|(path, refusal)| refusal.into_row(Stage::Index, &path)).collect();
    summary.up_to_date &= same_rejections(&inputs.rejected, &refused);
    if !summary.up_to_date {
        RejectedTable::replace(&inputs.rejected, Stage::Index, refused, &stamp)?;
        Catalog { rows, stamp }.write(&inputs.catalog)?;
    }
    Ok(summary)
}

fn same_rejections(path: &Path, refused: &[RejectedRow]) -> bool {
    let Ok(table) = RejectedTable::read(path) else { return false };
    let mut now = refused.to_vec();
    now.sort();
    table.rows.into_iter().filter(|row| row.stage == Stage::Index).eq(now)
}

/// Keeps the first file of each flight id; the others are refused with its path.
fn without_repeat(
    (row, disagrees): (CatalogRow, bool),
    rows: &[CatalogRow],
    first: &mut HashMap<String, usize>,
) -> Outcome {
    if let Some(at) = first.get(&row.flight_id) {
        let message = format!("{} has the same flight id", rows[*at].path);
        return Err(Refusal::new(RejectCode::DuplicateFlight, message));
    }
    first.insert(row.flight_id.clone(), rows.len());
    Ok((row, disagrees))
}

fn describe(rows: &[CatalogRow], summary: &mut IndexSummary) {
    summary.flights = rows.len() as u64;
    summary.bytes = rows.iter().map(|row| row.bytes).sum();
    let mut sources: BTreeMap<&str, u64> = BTreeMap::new();
    let mut pairs: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in rows {
        *sources.entry(&row.source).or_default() += 1;
        match (&row.origin, &row.destination) {
            (Some(from), Some(to)) => *pairs.entry((from, to)).or_default() += 1,
            _ => summary.without_pair += 1,
        }
    }
    summary.sources = sources.into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
    summary.pairs = pairs.into_iter().map(|((from, to), n)| (format!("{from}-{to}"), n)).collect();
    summary.pairs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let starts = || rows.iter().filter_map(|row| row.start_time_us);
    summary.start_range_us = starts().min().zip(starts().max());
}
