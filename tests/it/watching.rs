//! What an operator watches: dry runs, progress for scripts, figures of the stages.

use insta::assert_snapshot;

use crate::flights::flights;
use crate::resuming::{break_off, count, indexed};
use crate::world::{TRAJ, World};

#[test]
fn a_dry_run_says_what_would_be_read_and_writes_nothing() {
    let world = World::with(flights(24));
    let plan = world.traj("index --dry-run --format json").exits(0);
    assert_eq!((count(&plan, "files"), count(&plan, "opened")), (24, 24), "{plan}");
    assert!(plan.json()["seconds"].as_f64().unwrap() > 0.0, "{plan}");
    assert!(!world.path("data-index").exists());
    world.traj("index").exits(0);
    let plan = world.traj("index --dry-run --format json").exits(0);
    assert_eq!((count(&plan, "unchanged"), count(&plan, "opened")), (24, 0), "{plan}");
    assert_snapshot!(world.traj("index --dry-run"), @r"
    exit 0
    --- stdout
    would open 0 files (0 B) of 24 with a flight's name; 24 unchanged
      nothing was written
    ");
    break_off(&world, 8);
    let state = || world.state(&["data-index", "flights"]);
    let before = state();
    let plan = world.traj("features --dry-run --format json").exits(0);
    let taken = count(&plan, "from_checkpoint");
    assert!(taken > 0, "{plan}");
    assert_eq!(count(&plan, "files") + taken, 24, "{plan}");
    assert_eq!(plan.json()["sources"]["flights"][0], 24 - taken, "{plan}");
    let seconds = plan.json()["seconds"].as_f64().unwrap();
    let rate = plan.json()["bytes_per_s"].as_f64().unwrap();
    assert!((seconds * rate - count(&plan, "bytes") as f64).abs() < 1.0, "{plan}");
    let text = world.traj("features --pair LEMD-LEPA --dry-run").exits(0).stdout;
    assert!(text.contains("of 6 selected flights (pair LEMD-LEPA)"), "{text}");
    assert!(text.ends_with("nothing was written\n"), "{text}");
    assert!(state() == before);
    world.traj("features").exits(0);
    let text = world.traj("features --dry-run").exits(0).stdout;
    assert!(text.contains("the tables are up to date"), "{text}");
}

#[test]
fn progress_has_the_fields_that_scripts_rely_on() {
    let world = World::with(flights(12));
    world.traj("index").exits(0);
    let ran = world.run(world.command(TRAJ).args(["features", "--progress", "json"])).exits(0);
    let lines = ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<serde_json::Value> = lines.collect();
    let last = lines.iter().rfind(|line| line["what"] == "reading flights").unwrap();
    assert_eq!((&last["done"], &last["of"]), (&12.into(), &12.into()), "{ran}");
    assert_eq!(last["bytes"], last["of_bytes"], "{ran}");
    for field in ["bytes_per_s", "seconds", "rejected"] {
        assert!(last[field].is_number(), "{field}: {ran}");
    }
    for field in ["seconds_left", "peak_memory_bytes"] {
        assert!(last.get(field).is_some(), "{field}: {ran}");
    }
}

#[test]
fn the_figures_of_the_stages_are_kept_beside_the_tables_and_in_the_run() {
    let world = indexed(24);
    world.write("flights/empty.csv", "");
    world.traj("run").exits(3);
    let read =
        |path: &str| -> serde_json::Value { serde_json::from_slice(&world.read(path)).unwrap() };
    let figures = read("data-index/figures.json");
    assert_eq!(figures["schema_version"], 1);
    assert_eq!(figures["stages"]["index"]["rejected_share"]["empty-file"], 1.0 / 25.0);
    let features = &figures["stages"]["features"];
    assert_eq!(features["rejected_share"]["bad-number"], 3.0 / 24.0);
    assert_eq!((&features["files"], &features["rows"]), (&24.into(), &420.into()));
    for field in ["seconds", "bytes_per_s", "rows_per_s", "missing_share"] {
        assert!(features[field].is_number(), "{field}: {features}");
    }
    assert!(features["slowest"][0].as_str().unwrap().starts_with("LE"));
    assert_eq!(read("models/default/run.json")["stages"], figures["stages"]);
}
