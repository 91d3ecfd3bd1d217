//! A world is a folder of its own in which a user has flights, a `traj.toml`, and types
//! commands. Every story begins with one.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use traj::tables::{Catalog, Cleaning, CleaningTable, FeatureTable, RejectedTable, TargetTable};

use crate::flights::Flight;

/// The program under test.
pub(crate) const TRAJ: &str = env!("CARGO_BIN_EXE_traj");

/// The configuration of most stories: few variables, few fractions, few trees.
pub(crate) const CONFIG: &str = r#"
[data]
root = "flights"

[[source]]
name = "flights"
file_name = "{origin}-{destination}_{callsign}_{aircraft_type}_{date}.csv"
[source.columns]
time = "timestamp"
longitude = "longitude"
latitude = "latitude"
altitude = "altitude_ft"
[source.units]
altitude = "ft"

[features]
variables = ["longitude", "latitude", "altitude", "T", "m"]

[targets]
fractions = [0.25, 0.5, 0.75]

[train]
models = ["forest", "od-median", "great-circle"]
folds = 2

[forest]
trees = 5
"#;

/// No command of any story takes this long.
const PATIENCE: Duration = Duration::from_mins(2);

/// A folder with what a user has in it.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// A folder with a `traj.toml` and these flights in `flights/`.
    pub(crate) fn with(flights: impl IntoIterator<Item = Flight>) -> Self {
        let world = Self::empty();
        world.write("traj.toml", CONFIG);
        fs::create_dir(world.path("flights")).expect("the folder is new");
        for flight in flights {
            world.write(format!("flights/{}", flight.name()), flight.csv());
        }
        world
    }

    /// A folder in which `traj run` was done on 24 flights. It is made once; stories get copies.
    pub(crate) fn trained() -> Self {
        static TRAINED: OnceLock<TempDir> = OnceLock::new();
        let original = TRAINED.get_or_init(|| {
            let world = Self::with(crate::flights::flights(24));
            let ran = world.traj("run");
            assert_eq!(ran.code, 0, "{ran}");
            world.folder
        });
        let world = Self::empty();
        copy_folder(original.path(), world.folder.path());
        world
    }

    /// A path in the folder.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file, making its folder if need be.
    pub(crate) fn write(&self, relative: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("can be made");
        fs::write(path, bytes).expect("the file can be written");
    }

    /// The bytes of a file.
    pub(crate) fn read(&self, relative: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(relative);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Changes the text of a file.
    pub(crate) fn edit(&self, relative: &str, change: impl FnOnce(String) -> String) {
        let text = String::from_utf8(self.read(relative)).expect("the file is UTF-8");
        self.write(relative, change(text));
    }

    /// Runs `traj` with these words; as in a shell, blanks between `'` do not part them.
    pub(crate) fn traj(&self, words: &str) -> Ran {
        self.traj_with(words, &[])
    }

    /// Runs `traj` under these environment variables.
    pub(crate) fn traj_with(&self, words: &str, variables: &[(&str, &str)]) -> Ran {
        self.run(
            self.command(TRAJ)
                .args(["--progress", "none"])
                .args(split(words))
                .envs(variables.iter().copied()),
        )
    }

    /// Starts `traj` and gives it up to the story.
    pub(crate) fn start(&self, words: &str) -> Child {
        let mut command = Command::new(TRAJ);
        command.args(["--progress", "none"]).args(split(words)).current_dir(self.folder.path());
        for name in testers_settings() {
            command.env_remove(name);
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// A program to be run in the folder, without any setting of the tester's own.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(program);
        command.current_dir(self.folder.path()).timeout(PATIENCE);
        for name in testers_settings() {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, command: &mut assert_cmd::Command) -> Ran {
        let output = command.output().expect("the program starts");
        let text = |bytes| {
            let text = String::from_utf8(bytes).expect("messages are UTF-8");
            without_chance(text, self.folder.path())
        };
        Ran {
            code: output.status.code().expect("the program ended by itself and in time"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The rejected files, a line each: stage, path, line, column, message, code.
    pub(crate) fn rejections(&self) -> String {
        let table = RejectedTable::read(&self.path("data-index/rejected.parquet")).unwrap();
        let rows = table.rows.iter().map(|row| {
            let line = row.line.map_or_else(String::new, |line| format!(":{line}"));
            let column = row.column.as_ref().map_or_else(String::new, |c| format!(" `{c}`:"));
            let (stage, path, code) = (row.stage.as_str(), &row.path, row.code.as_str());
            format!("{stage} {path}{line}:{column} {} [{code}]", row.message)
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    /// The catalog.
    pub(crate) fn catalog(&self) -> Catalog {
        Catalog::read(&self.path("data-index/catalog.parquet")).unwrap()
    }

    /// The features.
    pub(crate) fn features(&self) -> FeatureTable {
        FeatureTable::read(&self.path("data-index/features.parquet")).unwrap().0
    }

    /// The targets.
    pub(crate) fn targets(&self) -> TargetTable {
        TargetTable::read(&self.path("data-index/targets.parquet")).unwrap().0
    }

    /// What cleaning did to a flight whose id begins so.
    pub(crate) fn cleaning(&self, start_of_id: &str) -> Cleaning {
        let table = CleaningTable::read(&self.path("data-index/cleaning.parquet")).unwrap();
        let mut rows = table.rows.into_iter().filter(|row| row.flight_id.starts_with(start_of_id));
        rows.next().unwrap_or_else(|| panic!("no flight {start_of_id}")).cleaning
    }

    /// Bytes and time of change of every file in some folders, by path.
    pub(crate) fn state(&self, folders: &[&str]) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
        let mut state = BTreeMap::new();
        for folder in folders {
            for path in files_below(&self.path(folder)) {
                let changed = fs::metadata(&path).unwrap().modified().unwrap();
                let relative = path.strip_prefix(self.folder.path()).unwrap().to_owned();
                state.insert(relative, (fs::read(&path).unwrap(), changed));
            }
        }
        state
    }
}

/// A command that came to its end.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The same, after a look at its exit status.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

/// What a user sees.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.code)?;
        if !self.stdout.is_empty() {
            writeln!(f, "--- stdout\n{}", self.stdout.trim_end())?;
        }
        if !self.stderr.is_empty() {
            writeln!(f, "--- stderr\n{}", self.stderr.trim_end())?;
        }
        Ok(())
    }
}

/// Text with words in the place of what differs from machine to machine and from run to run.
fn without_chance(mut text: String, folder: &Path) -> String {
    let real = folder.canonicalize().expect("the folder is there");
    for path in [real.as_path(), folder] {
        text = text.replace(&*path.to_string_lossy(), "[DIR]");
    }
    for (before, word, after) in [
        ("learnt from in ", "[TIME]", " s"),
        ("peak memory ", "[SIZE]", "\n"),
        ("iB (", "[RATE]", ")"),
        ("report.html (", "[SIZE]", ")"),
        ("slowest file ", "[FILE] ([TIME]", " s)"),
        ("(process ", "[PID]", ")"),
    ] {
        let mut parts = text.split(before);
        let mut hidden = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (_, rest) = part.split_once(after).unwrap_or_default();
            hidden.extend([before, word, after, rest]);
        }
        text = hidden;
    }
    text
}

/// Environment variables of the tester that would change what traj does or shows.
fn testers_settings() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let is_setting = name.to_str().is_none_or(|name| name.starts_with("TRAJ_"));
        is_setting || name == "COLUMNS" || name == "NO_COLOR"
    })
}

/// Words as a shell splits them, as far as blanks and `'` go.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().expect("there is always a word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Every file below a folder, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Copies files with their times of change, so that no stage takes them for changed.
fn copy_folder(from: &Path, to: &Path) {
    for path in files_below(from) {
        let copy = to.join(path.strip_prefix(from).expect("it is below"));
        fs::create_dir_all(copy.parent().expect("a file is in a folder")).expect("can be made");
        fs::copy(&path, &copy).expect("the file can be copied");
        let changed = fs::metadata(&path).and_then(|about| about.modified()).expect("has a time");
        set_modified(&copy, changed);
    }
}

/// Sets a file's time of change.
pub(crate) fn set_modified(path: &Path, changed: SystemTime) {
    let file = fs::File::options().write(true).open(path).expect("the file is there");
    file.set_modified(changed).expect("its time can be set");
}
