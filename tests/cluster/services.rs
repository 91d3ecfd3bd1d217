//! Schedulers and workers as processes, and worlds for them to work in.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::world::{TRAJ, World, files_below};

/// Nothing that is waited for takes this long.
const PATIENCE: Duration = Duration::from_secs(90);

/// A process that goes on until it is dropped.
pub(crate) struct Service {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// Starts a program in a world's folder; what it says is heard.
    pub(crate) fn start(world: &World, program: &str, words: &str) -> Self {
        let mut child = Command::new(program)
            .args(words.split_whitespace())
            .current_dir(world.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let said = Arc::<Mutex<Vec<String>>>::default();
        let (heard, stderr) = (said.clone(), child.stderr.take().expect("it is piped"));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        Self { child, said }
    }

    /// Waits for a line that begins so, and gives the rest of it.
    #[track_caller]
    pub(crate) fn hears(&self, start: &str) -> String {
        let began = Instant::now();
        loop {
            let said = self.said.lock().unwrap().clone();
            if let Some(rest) = said.iter().find_map(|line| line.strip_prefix(start)) {
                return rest.to_owned();
            }
            assert!(began.elapsed() < PATIENCE, "no `{start}` in {said:#?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many lines begin so.
    pub(crate) fn count(&self, start: &str) -> usize {
        self.said.lock().unwrap().iter().filter(|line| line.starts_with(start)).count()
    }

    /// Everything that it said.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop, and gives its exit status.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> Option<i32> {
        signal(&self.child, "-INT");
        self.ends()
    }

    /// Waits for its end, and gives its exit status.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "it goes on: {}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// A scheduler and some workers of one thread each, on this machine.
pub(crate) struct Cluster {
    pub(crate) scheduler: Service,
    pub(crate) workers: Vec<Service>,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
}

impl Cluster {
    /// Starts it; the workers have registered.
    pub(crate) fn start(world: &World, workers: usize) -> Self {
        Self::start_at(world, "127.0.0.1:0", workers)
    }

    pub(crate) fn start_at(world: &World, bind: &str, workers: usize) -> Self {
        let scheduler = Service::start(world, TRAJ, &format!("scheduler --bind {bind}"));
        let said = scheduler.hears("scheduler at ");
        let address = said.split(',').next().unwrap().to_owned();
        let mut cluster = Self { scheduler, workers: Vec::new(), address };
        for _ in 0..workers {
            cluster.hire(world);
        }
        cluster.await_workers(workers);
        cluster
    }

    /// Starts one more worker.
    pub(crate) fn hire(&mut self, world: &World) {
        let words = format!("worker --scheduler {} --jobs 1", self.address);
        self.workers.push(Service::start(world, TRAJ, &words));
    }

    #[track_caller]
    pub(crate) fn await_workers(&self, count: usize) {
        let began = Instant::now();
        while self.scheduler.count("worker ") < count {
            assert!(began.elapsed() < PATIENCE, "{}", self.scheduler.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The option that names it.
    pub(crate) fn engine(&self) -> String {
        format!("--engine ballista://{}", self.address)
    }
}

/// Flights of a second a row that take a while, indexed. Made once; stories get copies, which
/// read the same files.
pub(crate) fn long_world() -> World {
    static ORIGINAL: OnceLock<World> = OnceLock::new();
    let original = ORIGINAL.get_or_init(|| {
        let world = World::empty();
        world.traj("sample flights --flights 160 --pairs LEMD-LEBL,LEBL-LEMD").exits(0);
        world.traj("init flights").exits(0);
        world.edit("traj.toml", |text| {
            text + "[targets]\nfractions = [0.25, 0.75]\n[train]\nmodels = [\"forest\"]\n\
                    folds = 2\nsplits = [\"random\"]\n[forest]\ntrees = 5\n"
        });
        world.traj("index").exits(0);
        world
    });
    let world = World::empty();
    world.write("traj.toml", original.read("traj.toml"));
    for path in files_below(&original.path("data-index")) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        world.write(format!("data-index/{name}"), fs::read(&path).unwrap());
    }
    world
}

/// The bytes of all tables by name, and of the shared folder nothing.
pub(crate) fn tables(world: &World, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let is_table = |path: &PathBuf| {
        let text = path.to_string_lossy().into_owned();
        !text.contains("/cluster/")
            && [".parquet", ".traj", ".toml"].iter().any(|e| text.ends_with(e))
    };
    let files = files_below(&world.path(folder)).into_iter().filter(is_table);
    let name = |path: &PathBuf| path.strip_prefix(world.path(folder)).unwrap().to_owned();
    files.map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

/// Fails with the names of the tables that differ.
#[track_caller]
pub(crate) fn assert_same(
    found: &BTreeMap<PathBuf, Vec<u8>>,
    expected: &BTreeMap<PathBuf, Vec<u8>>,
) {
    let names: Vec<&PathBuf> = expected.keys().collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), names);
    let differing: Vec<&&PathBuf> = names.iter().filter(|n| found[**n] != expected[**n]).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

/// What the local run of [`long_world`] comes to; made once.
pub(crate) fn expected_of_long_world() -> &'static BTreeMap<PathBuf, Vec<u8>> {
    static EXPECTED: OnceLock<BTreeMap<PathBuf, Vec<u8>>> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let world = long_world();
        world.traj("features").exits(0);
        tables(&world, "data-index")
    })
}
