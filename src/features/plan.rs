//! The plan of the stage: what it would read, and about how long that would take.

use std::collections::BTreeMap;

use super::contents::Contents;
use super::earlier;
use super::read::measure;
use super::stage::{run_of, select};
use super::{FeaturesError, FeaturesInputs, is_up_to_date};
use crate::flight::is_unchanged;
use crate::tables::{Catalog, CatalogRow};

/// What the stage would do.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct FeaturesPlan {
    /// Flights selected.
    pub selected: u64,
    /// The selection in words.
    pub selection: String,
    /// Selected flights that the checkpoint has.
    pub from_checkpoint: u64,
    /// Selected flights that the tables of the last run have as they are.
    pub from_tables: u64,
    /// What changed since the checkpoint was written, where that costs flights.
    pub changes: Option<String>,
    /// Files that would be read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files and bytes that would be read, by source.
    pub sources: BTreeMap<String, (u64, u64)>,
    /// Bytes of the files that were read to measure the speed.
    pub measured_bytes: u64,
    /// Bytes per second that were measured; none where there was nothing to read.
    pub bytes_per_s: Option<f64>,
    /// Seconds that reading would take at that speed.
    pub seconds: Option<f64>,
    /// Whether the tables on disk are those that the stage would write.
    pub is_up_to_date: bool,
}

/// Files to a measurement, per thread: enough to see the usual size, few enough to be quick.
const MEASURED_PER_THREAD: usize = 4;

/// Says what [`super::features`] would read, after reading a few of the files to see how fast
/// that goes. Writes nothing.
///
/// # Errors
/// [`FeaturesError`] where nothing is selected or the catalog cannot be read.
pub fn plan(inputs: &FeaturesInputs<'_>) -> Result<FeaturesPlan, FeaturesError> {
    let catalog = Catalog::read(&inputs.paths.catalog)?;
    let contents = Contents::new(inputs, &catalog, run_of(inputs, &catalog));
    let mut contents = contents.look(&inputs.paths.checkpoint);
    let selected = match contents.selected.take() {
        Some(selected) => selected,
        None => select(inputs, &catalog)?,
    };
    let mut is_taken: Vec<bool> =
        (0..catalog.rows.len()).map(|row| contents.kept(row).is_some()).collect();
    let count = |is_taken: &[bool]| selected.iter().filter(|row| is_taken[**row]).count() as u64;
    let from_checkpoint = count(&is_taken);
    for part in earlier::find(inputs, &mut contents, &selected) {
        for (_, row) in part.wanted {
            is_taken[row] = is_unchanged(inputs.root, &catalog.rows[row]);
        }
    }
    let missing = selected.iter().filter(|row| !is_taken[**row]);
    let missing: Vec<&CatalogRow> = missing.map(|row| &catalog.rows[*row]).collect();
    let mut plan = FeaturesPlan {
        selected: selected.len() as u64,
        selection: inputs.select.describe(),
        from_checkpoint,
        from_tables: count(&is_taken) - from_checkpoint,
        changes: contents.changes(&selected),
        files: missing.len() as u64,
        bytes: missing.iter().map(|row| row.bytes).sum(),
        is_up_to_date: is_up_to_date(inputs),
        ..FeaturesPlan::default()
    };
    for row in &missing {
        let (files, bytes) = plan.sources.entry(row.source.clone()).or_default();
        *files += 1;
        *bytes += row.bytes;
    }
    let files = MEASURED_PER_THREAD * rayon::current_num_threads();
    let recipe = inputs.features.recipe(inputs.targets);
    let (measured_bytes, seconds) = measure(inputs, &recipe, &missing, files);
    plan.measured_bytes = measured_bytes;
    if measured_bytes > 0 && seconds > 0.0 {
        let bytes_per_s = measured_bytes as f64 / seconds;
        plan.bytes_per_s = Some(bytes_per_s);
        plan.seconds = Some(plan.bytes as f64 / bytes_per_s);
    }
    Ok(plan)
}
