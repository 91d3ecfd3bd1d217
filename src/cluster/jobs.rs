//! *Jobs* are runs of rows that are handed over as one, a few at a time. What a worker finished
//! of a job is lost with the worker until the job is done, so a job is small; and each has a few
//! shards, so that the scheduler has little to do.

use std::collections::VecDeque;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ballista_core::serde::protobuf::PartitionLocation;
use tokio::time::sleep;

use super::client::{Client, Stand, is_too_long};
use super::results::{self, Made};
use super::shards::{self, Work};
use super::worker::host_name;
use super::{ClusterError, Link};
use crate::progress::Progress;
use crate::tables::Digest;

/// How work is cut where few threads are at work.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Rows to a shard, which is a task.
    pub rows_to_a_shard: usize,
    /// Shards to a job.
    pub shards_to_a_job: usize,
    /// Whether shards may hold more where many threads are at work, so that a scheduler hands out
    /// no more tasks a second however many there are, and fewer towards the end, so that nobody
    /// waits long for the last one.
    pub may_vary: bool,
}

impl Sizes {
    /// How work is cut for so many threads when so many rows are left.
    fn fit(self, threads: usize, rows_left: usize) -> Self {
        // So that there are never many jobs to ask after.
        let shards_to_a_job = self.shards_to_a_job.max(threads / 2);
        if !self.may_vary {
            return Self { shards_to_a_job, ..self };
        }
        let most = self.rows_to_a_shard.max(threads / 2);
        let share = rows_left / (SHARES * threads.max(1));
        let rows_to_a_shard = share.clamp(self.rows_to_a_shard.div_ceil(8), most);
        Self { rows_to_a_shard, shards_to_a_job, ..self }
    }
}

/// A shard is at most what this many to a thread would make of all that is left.
const SHARES: usize = 6;
/// How often the oldest job is asked after, which is most often done first.
const ROUND: Duration = Duration::from_millis(40);
/// The same when nothing is left to be handed over, so that all wait for the last job.
const LAST_ROUND: Duration = Duration::from_millis(10);
/// Of so many rounds, all jobs are asked after in one.
const ROUNDS_TO_ALL: usize = 4;
/// Jobs under way at a time, at least.
const FEWEST_JOBS: usize = 3;

/// A folder below the shared one for what is to be done, which goes when it is dropped.
pub(super) struct RunFolder {
    /// Its name below the shared folder.
    pub(super) name: String,
    /// Its path here.
    pub(super) path: PathBuf,
}

impl RunFolder {
    /// The folder for what is made in a folder of ours, which only one command at a time writes
    /// to: so what a killed one left is cleared away.
    pub(super) fn new(link: &Link, output: &Path) -> Result<Self, ClusterError> {
        let whole = output.canonicalize().unwrap_or_else(|_| output.to_owned());
        let host = host_name();
        let digest = Digest::of_parts([host.as_bytes(), whole.as_os_str().as_encoded_bytes()]);
        let name = format!("run-{}", &digest.to_string()[..16]);
        let path = link.shared.join(&name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|source| ClusterError::folder(&path, source))?;
        Ok(Self { name, path })
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // What cannot be removed harms nobody.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A job under way.
pub(super) struct Job {
    pub(super) id: String,
    folder: PathBuf,
    pub(super) shards: usize,
    unknown_since: Option<Instant>,
}

/// Has all rows of some work done, and hands over what each came to. Ends early when `progress`
/// says stop.
///
/// # Errors
/// Those of `take`, and [`ClusterError`] as `Client` says.
pub(super) async fn carry_out<E: From<ClusterError>>(
    client: &mut Client<'_>,
    work: &dyn Work,
    sizes: Sizes,
    run: &RunFolder,
    take: &mut dyn FnMut(Made) -> Result<(), E>,
    progress: &dyn Progress,
) -> Result<(), E> {
    let mut open: Vec<Job> = Vec::new();
    let done = rounds(client, work, sizes, (run, &mut open), take, progress).await;
    // After an interrupt or an error nobody waits for the rest, nor for a scheduler that is gone.
    for job in open {
        if client.is_heard() {
            client.cancel(&job.id).await;
        }
        results::remove(&client.link.shared, &job.id);
    }
    done
}

async fn rounds<E: From<ClusterError>>(
    client: &mut Client<'_>,
    work: &dyn Work,
    sizes: Sizes,
    (run, open): (&RunFolder, &mut Vec<Job>),
    take: &mut dyn FnMut(Made) -> Result<(), E>,
    progress: &dyn Progress,
) -> Result<(), E> {
    let (mut next, mut round) = (0, 0);
    let mut done = VecDeque::new();
    let mut waiting_since = Some(Instant::now());
    while !progress.stopped() && (next < work.len() || !open.is_empty() || !done.is_empty()) {
        // Twice what all threads can do, and a few jobs at least, so that nobody waits for us.
        let wanted = 2 * client.hands.threads;
        let is_enough = |open: &[Job]| {
            open.len() >= FEWEST_JOBS && open.iter().map(|job| job.shards).sum::<usize>() >= wanted
        };
        while next < work.len() && !is_enough(open) {
            let sizes = sizes.fit(client.hands.threads, work.len() - next);
            let end = work.len().min(next + sizes.rows_to_a_shard * sizes.shards_to_a_job);
            open.push(hand_over(client, work, next..end, sizes, run).await?);
            next = end;
        }
        let asked = if round % ROUNDS_TO_ALL == 0 { open.len() } else { 1 };
        round += 1;
        ask_after(client, open, asked, &mut done).await?;
        progress.workers(client.hands.workers as u64);
        tell_if_alone(client, &mut waiting_since, progress);
        // One at a time: the next ones are handed over first.
        if let Some((job, places)) = done.pop_front() {
            let made = results::read(&client.link.shared, &places)?;
            made.into_iter().try_for_each(&mut *take)?;
            client.forget(&job.id).await;
            results::remove(&client.link.shared, &job.id);
            let _ = fs::remove_dir_all(&job.folder);
        } else if !open.is_empty() {
            sleep(if next < work.len() { ROUND } else { LAST_ROUND }).await;
        }
    }
    Ok(())
}

/// Asks after the oldest jobs, so many of them and on until one is not done; moves those that are
/// from the open ones to the others.
async fn ask_after(
    client: &mut Client<'_>,
    open: &mut Vec<Job>,
    asked: usize,
    done: &mut VecDeque<(Job, Vec<PartitionLocation>)>,
) -> Result<(), ClusterError> {
    let mut number = 0;
    while let Some(job) = open.get_mut(number).filter(|_| number < asked) {
        match client.stand(&job.id).await? {
            Stand::Queued | Stand::Running => job.unknown_since = None,
            Stand::Unknown => {
                let since = *job.unknown_since.get_or_insert_with(Instant::now);
                if is_too_long(since) {
                    let address = client.link.scheduler.clone();
                    return Err(ClusterError::Forgotten { address });
                }
            }
            Stand::Done(places) => {
                done.push_back((open.remove(number), places));
                continue;
            }
        }
        number += 1;
    }
    Ok(())
}

/// Says once when there has been no worker for a while.
fn tell_if_alone(client: &Client<'_>, since: &mut Option<Instant>, progress: &dyn Progress) {
    if client.hands.workers > 0 {
        *since = Some(Instant::now());
    } else if since.is_some_and(|since| since.elapsed() > Duration::from_secs(3)) {
        let at = &client.link.scheduler;
        progress.note(&format!(
            "no worker is connected; start some with `traj worker --scheduler {at}`"
        ));
        *since = None;
    }
}

pub(super) async fn hand_over(
    client: &mut Client<'_>,
    work: &dyn Work,
    range: Range<usize>,
    sizes: Sizes,
    run: &RunFolder,
) -> Result<Job, ClusterError> {
    let name = format!("{}/{}", run.name, range.start);
    let folder = client.link.shared.join(&name);
    let shards = range.len().div_ceil(sizes.rows_to_a_shard);
    shards::write(work, range, sizes.rows_to_a_shard, &folder)?;
    let id = client.submit(work, &name, shards).await?;
    Ok(Job { id, folder, shards, unknown_since: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { rows_to_a_shard: 128, shards_to_a_job: 8, may_vary: true };

    #[test]
    fn shards_grow_with_the_threads_and_shrink_towards_the_end() {
        for (threads, rows_left, expected) in [
            (2, 3000, 128),
            (2, 1536, 128),
            (2, 480, 40),
            (2, 30, 16),
            (0, 9, 16),
            (400, 1 << 20, 200),
        ] {
            let rows = SIZES.fit(threads, rows_left).rows_to_a_shard;
            assert_eq!(rows, expected, "{threads} threads, {rows_left} rows");
        }
        let fixed = Sizes { rows_to_a_shard: 1, may_vary: false, ..SIZES };
        assert_eq!(fixed.fit(400, 9).rows_to_a_shard, 1);
        assert_eq!(fixed.fit(400, 9).shards_to_a_job, 200);
    }
}
