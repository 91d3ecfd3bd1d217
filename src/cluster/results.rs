//! *Results* are the files that workers leave in the shared folder for a job that is done.

use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ballista_core::JobId;
use ballista_core::execution_plans::create_shuffle_path;
use ballista_core::serde::protobuf::PartitionLocation;
use datafusion::arrow::array::{LargeBinaryArray, UInt64Array};
use datafusion::arrow::ipc::reader::StreamReader;

use super::ClusterError;
use super::seal::unseal;
use super::worker::folder_of;

/// What a worker made of some rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Made {
    /// Who made it.
    pub(super) worker: String,
    /// Which row, and what it came to.
    pub(super) rows: Vec<(usize, Vec<u8>)>,
}

/// How long a file may take to be seen here: folders that are shared show what is new when
/// they look again.
const IN_SIGHT: Duration = Duration::from_secs(10);

/// Reads what is in the places that the scheduler names for a job that is done.
///
/// # Errors
/// [`ClusterError::Wrong`] for what is missing or damaged.
pub(super) fn read(shared: &Path, places: &[PartitionLocation]) -> Result<Vec<Made>, ClusterError> {
    let mut all: Vec<Made> = Vec::new();
    for place in places {
        let (Some(worker), Some(partition)) = (&place.executor_meta, &place.partition_id) else {
            return Err(ClusterError::Engine("a result is nowhere".to_owned()));
        };
        let path = create_shuffle_path(
            folder_of(shared, &worker.id),
            &JobId::from(partition.job_id.clone()),
            partition.stage_id as usize,
            partition.partition_id as usize,
            place.file_id,
            place.is_sort_shuffle,
        );
        let path = path.map_err(ClusterError::engine)?;
        let rows = read_file(&path).map_err(|reason| ClusterError::Wrong {
            worker: worker.id.clone(),
            what: path.display().to_string(),
            reason,
        })?;
        match all.iter_mut().find(|made| made.worker == worker.id) {
            Some(made) => made.rows.extend(rows),
            None => all.push(Made { worker: worker.id.clone(), rows }),
        }
    }
    Ok(all)
}

fn read_file(path: &Path) -> Result<Vec<(usize, Vec<u8>)>, String> {
    let file = open(path).map_err(|error| error.to_string())?;
    let reader = StreamReader::try_new(BufReader::new(file), None);
    let reader = reader.map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|error| error.to_string())?;
        let of = |column: usize| batch.columns().get(column).map(|c| c.as_any());
        let (Some(at), Some(results)) = (
            of(0).and_then(|column| column.downcast_ref::<UInt64Array>()),
            of(1).and_then(|column| column.downcast_ref::<LargeBinaryArray>()),
        ) else {
            return Err("it has other columns".to_owned());
        };
        for (at, sealed) in at.iter().zip(results) {
            let (Some(at), Some(sealed)) = (at, sealed) else {
                return Err("it has empty rows".to_owned());
            };
            let bytes = unseal(sealed).ok_or("a seal is broken")?;
            rows.push((at as usize, bytes.to_vec()));
        }
    }
    Ok(rows)
}

fn open(path: &Path) -> std::io::Result<File> {
    let began = Instant::now();
    loop {
        match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && began.elapsed() < IN_SIGHT => {
                sleep(Duration::from_millis(100));
            }
            result => return result,
        }
    }
}

/// Removes what workers left for a job; what cannot be removed they remove themselves.
pub(super) fn remove(shared: &Path, job: &str) {
    let Ok(workers) = std::fs::read_dir(shared.join("work")) else { return };
    let folders = workers.flatten().map(|worker| worker.path().join(job));
    for folder in folders.collect::<Vec<PathBuf>>() {
        let _ = std::fs::remove_dir_all(folder);
    }
}
