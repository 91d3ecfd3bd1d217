//! The estimators of a run, fitted by a cluster: every unit of model, horizon, axis and fraction
//! is a part of its own, and the run is merged from them as from the parts of `--shard`.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::client::Client;
use super::jobs::{RunFolder, Sizes, carry_out};
use super::order::{FOLDS_FILE, Order};
use super::results::Made;
use super::shards::FitWork;
use super::{ClusterError, Link};
use crate::config::Loaded;
use crate::progress::{Progress, Silent};
use crate::tables::Part;
use crate::train::{
    PART_FILE, TrainInputs, TrainSummary, is_same_part, merge, n_units, train_part,
};

/// A part takes long enough to be a task, and few are lost with a worker.
const SIZES: Sizes = Sizes { rows_to_a_shard: 1, shards_to_a_job: 8, may_vary: false };

/// Has the estimators of a run fitted by the workers of a scheduler, fits one in a hundred here
/// as well, which must come to the same, and makes the run that [`crate::train::train`] would.
/// `tables` is the folder of features and targets.
///
/// # Errors
/// [`ClusterError`]; an earlier run stays valid until all results are there and checked.
pub fn train_elsewhere(
    link: &Link,
    loaded: &Loaded,
    tables: &Path,
    inputs: &TrainInputs<'_>,
    progress: &dyn Progress,
) -> Result<TrainSummary, ClusterError> {
    let parts = all_parts(n_units(inputs)?);
    let run = RunFolder::new(link, inputs.run_dir)?;
    lay_out(&run, loaded, tables)?;
    let work = FitWork {
        parts: parts.iter().map(ToString::to_string).collect(),
        order: Order::to_fit(loaded, &format!("{}/tables", run.name)).to_json(),
    };
    progress.begin("fitting estimators", parts.len() as u64, 0);
    let mut makers: Vec<Option<String>> = vec![None; parts.len()];
    let mut take = |made: Made| {
        for (at, bytes) in made.rows {
            let Some(maker @ None) = makers.get_mut(at) else {
                return Err(wrong(&made.worker, "parts of a run", "they were not asked for"));
            };
            *maker = Some(made.worker.clone());
            let folder = folder_of(&run, at);
            let written = fs::create_dir_all(&folder)
                .and_then(|()| fs::write(folder.join(PART_FILE), &bytes));
            written.map_err(|source| ClusterError::folder(&folder, source))?;
            progress.advance(1, 0);
        }
        Ok(())
    };
    let runtime = tokio::runtime::Runtime::new().map_err(ClusterError::engine)?;
    let fitted = runtime.block_on(async {
        let mut client = Client::new(link).await?;
        carry_out(&mut client, &work, SIZES, &run, &mut take, progress).await
    });
    runtime.shutdown_background();
    fitted?;
    if progress.stopped() {
        return Err(ClusterError::Interrupted);
    }
    for at in samples(parts.len(), inputs.config_hash) {
        let maker = makers[at].as_deref().unwrap_or("nobody");
        check(&run, inputs, parts[at], at, maker)?;
    }
    let folders: Vec<PathBuf> = (0..parts.len()).map(|at| folder_of(&run, at)).collect();
    Ok(merge(inputs, &folders, progress)?)
}

/// Puts the tables where the workers find them.
fn lay_out(run: &RunFolder, loaded: &Loaded, tables: &Path) -> Result<(), ClusterError> {
    let to = run.path.join("tables");
    let copy = |from: &Path, name: &str| {
        fs::copy(from, to.join(name)).map_err(|source| ClusterError::folder(from, source))
    };
    fs::create_dir_all(&to).map_err(|source| ClusterError::folder(&to, source))?;
    for name in ["features.parquet", "targets.parquet"] {
        copy(&tables.join(name), name)?;
    }
    if let Some(folds) = &loaded.config.train.folds_file {
        copy(folds, FOLDS_FILE)?;
    }
    Ok(())
}

fn all_parts(count: usize) -> Vec<Part> {
    let first: Part = format!("1/{}", count.max(1)).parse().expect("a run has few estimators");
    (0..count.max(1)).map(|number| first.sibling(number as u64)).collect()
}

fn folder_of(run: &RunFolder, at: usize) -> PathBuf {
    run.path.join("parts").join(at.to_string())
}

/// One part in a hundred, and one at least, which ones depends on the run.
fn samples(count: usize, config_hash: &str) -> impl Iterator<Item = usize> {
    let hash = Sha256::digest(config_hash.as_bytes());
    let (first, _) = hash.split_first_chunk().expect("a SHA-256 has 32 bytes");
    let first = (u64::from_be_bytes(*first) % count.min(100) as u64) as usize;
    (first..count).step_by(100)
}

/// Fits a part here, which must come to what a worker's part did.
fn check(
    run: &RunFolder,
    inputs: &TrainInputs<'_>,
    part: Part,
    at: usize,
    maker: &str,
) -> Result<(), ClusterError> {
    let here = run.path.join("here");
    fs::create_dir_all(&here).map_err(|source| ClusterError::folder(&here, source))?;
    train_part(inputs, part, &here, &Silent)?;
    let is_same = is_same_part(&here.join(PART_FILE), &folder_of(run, at).join(PART_FILE));
    let _ = fs::remove_dir_all(&here);
    match is_same {
        Ok(true) => Ok(()),
        Ok(false) => Err(wrong(maker, &format!("part {part}"), "fitted here, it is another")),
        Err(error) => Err(wrong(maker, &format!("part {part}"), &error.to_string())),
    }
}

fn wrong(worker: &str, what: &str, reason: &str) -> ClusterError {
    let (what, reason) = (what.to_owned(), reason.to_owned());
    ClusterError::Wrong { worker: format!("worker {worker}"), what, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_part_that_is_fitted_here_as_well_and_long_ones_one_in_a_hundred() {
        for (count, expected) in [(1, 1..=1), (7, 1..=1), (100, 1..=1), (1000, 10..=10)] {
            let found: Vec<usize> = samples(count, "hash of a configuration").collect();
            assert!(expected.contains(&found.len()), "{count}: {found:?}");
            assert!(found.iter().all(|at| *at < count));
        }
    }
}
