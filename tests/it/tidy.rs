//! The habits of the source text, as far as a program can see them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::world::files_below;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// A folder per stage. Stages talk through tables on disk and through nothing else.
const STAGES: [&str; 9] =
    ["index", "features", "explore", "train", "predict", "report", "check", "init", "sample"];

/// Every Rust file of the library and the program: its path below `src`, and its text.
fn sources() -> Vec<(PathBuf, String)> {
    let src = Path::new(ROOT).join("src");
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    let files = files_below(&src).into_iter().filter(is_rust);
    let sources: Vec<(PathBuf, String)> = files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.strip_prefix(&src).unwrap().to_owned(), text)
        })
        .collect();
    assert!(sources.len() > 100, "only {} files were found", sources.len());
    sources
}

/// The places where a line of code is one that it should not be, as `path:line: text`.
fn places(sources: &[(PathBuf, String)], is_wrong: impl Fn(&Path, &str) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for (path, text) in sources {
        for (number, line) in text.lines().enumerate() {
            // What a comment or a doctest says is no code.
            if !line.trim_start().starts_with("//") && is_wrong(path, line) {
                places.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    places
}

fn is_in(path: &Path, folder: &str) -> bool {
    path.starts_with(folder) || path == Path::new(&format!("{folder}.rs"))
}

fn is_test(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("test") || text.contains("example") || text.contains("properties")
}

/// The code of a file without its tests, which stand at its end.
fn without_tests(sources: Vec<(PathBuf, String)>) -> Vec<(PathBuf, String)> {
    let sources = sources.into_iter().filter(|(path, _)| !is_test(path));
    let code = |text: String| text.split("#[cfg(test)]\nmod ").next().unwrap_or("").to_owned();
    sources.map(|(path, text)| (path, code(text))).collect()
}

/// The modules of this crate that a line names: `flight` in `use crate::flight::peek`.
fn modules_named(line: &str) -> Vec<&str> {
    let after = line.split("crate::").skip(1);
    let end = |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    after.map(|rest| &rest[..end(rest).unwrap_or(rest.len())]).collect()
}

/// Where a folder's code names one of these modules; tests may.
fn imports(folder: &str, wrong: &[&str]) -> Vec<String> {
    places(&without_tests(sources()), |path, line| {
        is_in(path, folder) && modules_named(line).iter().any(|module| wrong.contains(module))
    })
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let long: Vec<String> = sources()
        .iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 400)
        .map(|(path, lines)| format!("{}: {lines}", path.display()))
        .collect();
    assert_eq!(long, [""; 0]);
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!") && !text.starts_with("#!"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(silent, Vec::<PathBuf>::new());
}

#[test]
fn no_module_is_a_drawer_for_odds_and_ends() {
    let drawers = ["util", "utils", "helper", "helpers", "common", "misc"];
    let found: Vec<PathBuf> = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.with_extension("").iter().any(|p| drawers.iter().any(|d| p == *d)))
        .collect();
    assert_eq!(found, Vec::<PathBuf>::new());
}

#[test]
fn nothing_is_left_to_do() {
    let words = ["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!", "<<<<<<<", ">>>>>>>"];
    let found: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| {
            let lines = text.lines().filter(|line| words.iter().any(|word| line.contains(word)));
            lines.map(|line| format!("{}: {line}", path.display())).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn only_the_command_line_talks_to_the_terminal() {
    let words = ["clap", "println!", "eprintln!", "print!", "eprint!", "std::process", "stdout()"];
    let found = places(&sources(), |path, line| {
        let is_allowed = is_in(path, "cli") || path == Path::new("main.rs");
        // A process's number in a temporary file's name is no talk.
        let line = line.replace("std::process::id()", "");
        !is_allowed && words.iter().any(|word| line.contains(word))
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn no_stage_imports_another() {
    for stage in STAGES {
        let others: Vec<&str> = STAGES.into_iter().filter(|other| *other != stage).collect();
        assert_eq!(imports(stage, &others), [""; 0]);
    }
}

#[test]
fn arrows_between_modules_point_one_way() {
    assert_eq!(imports("forest", &MODULES_BUT_FOREST), [""; 0]);
    let stages_and = |others: &[&'static str]| [&STAGES[..], others].concat();
    let shared = ["flight", "models", "evaluate", "forest", "config", "cli"];
    assert_eq!(imports("tables", &stages_and(&shared)), [""; 0]);
    assert_eq!(
        imports("flight", &stages_and(&["models", "evaluate", "forest", "config"])),
        [""; 0]
    );
    assert_eq!(imports("models", &stages_and(&["evaluate", "config"])), [""; 0]);
    assert_eq!(imports("evaluate", &stages_and(&["config"])), [""; 0]);
    assert_eq!(imports("units", &stages_and(&[&shared[..], &["tables"]].concat())), [""; 0]);
    for stage in STAGES {
        assert_eq!(imports(stage, &["config", "cluster"]), [""; 0]);
    }
    for folder in ["config", "tables", "flight", "models", "evaluate", "units"] {
        assert_eq!(imports(folder, &["cluster"]), [""; 0]);
    }
    let outside = places(&sources(), |path, line| {
        !is_in(path, "cli") && modules_named(line).contains(&"cli")
    });
    assert_eq!(outside, [""; 0]);
}

/// The forest knows matrices, not flights: an island but for the trait of its errors.
const MODULES_BUT_FOREST: [&str; 21] = [
    "tables", "flight", "tabulate", "models", "evaluate", "sample", "init", "index", "features",
    "explore", "train", "predict", "chart", "page", "report", "check", "config", "cluster", "cli",
    "units", "progress",
];

#[test]
fn column_names_of_tables_stand_in_the_tables_folder_alone() {
    // Names that are no words of their own, so that they can mean nothing else.
    let names = [
        "longitude_deg",
        "latitude_deg",
        "elapsed_s",
        "start_time",
        "end_time",
        "time_exact",
        "rows_estimate",
        "mtime_ns",
        "kept_rows",
        "midnight_steps",
    ];
    let sources = without_tests(sources());
    let found = places(&sources, |path, line| {
        !is_in(path, "tables") && names.iter().any(|name| line.contains(&format!("\"{name}\"")))
    });
    assert_eq!(found, [""; 0]);
    let at_home = places(&sources, |path, line| {
        is_in(path, "tables") && names.iter().any(|name| line.contains(&format!("\"{name}\"")))
    });
    assert!(at_home.len() >= names.len(), "the names are out of date: {at_home:?}");
}

#[test]
fn nothing_in_the_program_opens_a_socket() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = Command::new(cargo)
        .args(["tree", "--edges", "normal", "--prefix", "none", "--offline", "--locked"])
        .current_dir(ROOT)
        .output();
    let tree = match tree {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        Ok(output) => {
            println!("skipped: cargo tree: {}", String::from_utf8_lossy(&output.stderr));
            return;
        }
        Err(error) => {
            println!("skipped: no cargo here: {error}");
            return;
        }
    };
    let crates: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains(&"polars"), "this is not the tree of traj: {tree}");
    // polars brings tokio along for its files; what speaks a protocol of the network is not
    // there, and nothing of ours asks for a socket.
    let network = [
        "reqwest",
        "hyper",
        "rustls",
        "native-tls",
        "openssl",
        "ureq",
        "curl",
        "object_store",
        "h2",
        "isahc",
        "attohttpc",
    ];
    let found: Vec<&str> = crates.into_iter().filter(|name| network.contains(name)).collect();
    assert_eq!(found, [""; 0]);
    let words = ["std::net", "TcpStream", "UdpSocket", " tonic::", "tokio::", "ballista_"];
    let sockets = places(&sources(), |path, line| {
        let is_clusters = is_in(path, "cluster") || path.starts_with("cli/cluster.rs");
        !is_clusters && words.iter().any(|word| line.contains(word))
    });
    assert_eq!(sockets, [""; 0]);
    // And that is no part of the program unless it is asked for.
    let lib = std::fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).unwrap();
    assert!(lib.contains("#[cfg(feature = \"cluster\")]\npub mod cluster;"), "{lib}");
}
