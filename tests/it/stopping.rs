//! Commands that are stopped. A polite stop is exit status 130; after any stop, the same
//! command makes what it would have made.

use std::process::Command;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::flights::flights;
use crate::world::{World, files_below};

#[test]
fn an_interrupt_ends_a_command_soon_and_by_its_own_will() {
    let world = World::empty();
    let child = world.start("sample many --flights 100000");
    while files_below(&world.path("many")).is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let asked = Instant::now();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    // All files would take many minutes, however fast the machine.
    assert!(asked.elapsed() < Duration::from_mins(1), "{:?}", asked.elapsed());
    let stderr = String::from_utf8(output.stderr).unwrap();
    let words: Vec<&str> =
        stderr.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    assert_snapshot!(words.join("N"), @r"
    error: interrupted after N files
    hint: the same command starts again
    ");
}

#[test]
fn a_run_that_was_killed_is_made_up_for_by_the_next() {
    let clean = World::with(flights(12));
    clean.traj("run").exits(0);
    let names = ["features.parquet", "targets.parquet"].map(|name| format!("data-index/{name}"));
    for milliseconds in [20, 60, 100, 150, 200, 300] {
        // The flights of one world, so that their times of change are the same.
        for folder in ["data-index", "models"] {
            let _ = std::fs::remove_dir_all(clean.path(folder));
        }
        let mut child = clean.start("run");
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        clean.traj("run").exits(0);
        let resumed = names.clone().map(|name| clean.read(name));
        let model = clean.read("models/default/model.traj");
        for folder in ["data-index", "models"] {
            std::fs::remove_dir_all(clean.path(folder)).unwrap();
        }
        clean.traj("run").exits(0);
        assert!(resumed == names.clone().map(|name| clean.read(name)), "{milliseconds} ms");
        assert!(model == clean.read("models/default/model.traj"), "{milliseconds} ms");
        clean.traj("check").exits(0);
    }
}
