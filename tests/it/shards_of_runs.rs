//! A run in parts: fitted apart and put together to the bytes of one machine; and everything
//! that is no whole run is refused with what makes it one.

use std::collections::BTreeMap;
use std::fs;

use insta::assert_snapshot;

use crate::shards::refusals;
use crate::world::World;

const FILES: [&str; 5] =
    ["model.traj", "predictions.parquet", "metrics.parquet", "importances.parquet", "config.toml"];

/// All models, both axes, three horizons.
const SETTINGS: &str = "--set 'train.models=[\"forest\",\"forest-per-target\",\"forest-path\",\
    \"smartcore-forest\",\"smartcore-extra-trees\",\"smartcore-xgboost\",\"elastic-net\",\"pls\",\
    \"route-cluster\",\"great-circle\"]' --set 'targets.axes=[\"time\",\"distance\"]' \
    --set smartcore-xgboost.rounds=2 --set forest.trees=2 --set importances.repeats=2 --set 'train.splits=[\"forward\",\"random\"]'";

/// The files of a run; of the record what no timing changes.
fn run(world: &World, name: &str) -> BTreeMap<String, Vec<u8>> {
    let file = |name: &str, file: &str| world.read(format!("models/{name}/{file}"));
    let mut files: BTreeMap<String, Vec<u8>> =
        FILES.map(|of| (of.to_owned(), file(name, of))).into();
    let mut record: serde_json::Value = serde_json::from_slice(&file(name, "run.json")).unwrap();
    for timed in ["timings", "peak_memory_bytes", "stages"] {
        record.as_object_mut().unwrap().remove(timed).unwrap();
    }
    files.insert("run.json".to_owned(), record.to_string().into_bytes());
    files
}

fn fit_parts(world: &World, of: u32, settings: &str) -> String {
    let mut folders = String::new();
    for number in 1..=of {
        let words = format!("train --shard {number}/{of} --out fits/{of}-{number} {settings}");
        let ran = world.traj(&words).exits(0);
        assert!(ran.stdout.starts_with(&format!("part {number}/{of}: ")), "{ran}");
        folders.extend([format!(" fits/{of}-{number}")]);
    }
    folders
}

#[test]
fn merged_parts_of_a_run_are_the_bytes_of_one_machine() {
    let world = World::trained();
    let settings = format!(
        "{SETTINGS} --set 'features.horizons=[\"departure\",\"elapsed:15min\",\"whole-flight\"]'"
    );
    world.traj(&format!("features {settings}")).exits(0);
    fs::remove_dir_all(world.path("models")).unwrap();
    world.traj(&format!("train --run one {settings}")).exits(0);
    let one = run(&world, "one");
    for of in [1, 2, 3, 7] {
        let before = world.state(&["data-index", "models"]);
        let folders = fit_parts(&world, of, &settings);
        assert!(world.state(&["data-index", "models"]) == before, "a part wrote elsewhere");
        world.traj(&format!("merge --run merged{folders} {settings}")).exits(0);
        let merged = run(&world, "merged");
        let differing: Vec<&String> =
            one.keys().filter(|name| one[*name] != merged[*name]).collect();
        assert_eq!(differing, Vec::<&String>::new(), "{of} parts");
        fs::remove_dir_all(world.path("models/merged")).unwrap();
    }
}

#[test]
fn without_splits_and_importances_parts_only_fit() {
    let world = World::trained();
    let settings = "--set train.splits=[] --set importances.repeats=0";
    world.traj(&format!("train --run one {settings}")).exits(0);
    let folders = fit_parts(&world, 2, settings);
    world.traj(&format!("merge --run merged{folders} {settings}")).exits(0);
    assert!(run(&world, "one") == run(&world, "merged"));
    // Which is what `traj run` takes for up to date, and `traj check` accepts.
    let ran = world.traj(&format!("run --run merged {settings}")).exits(0);
    assert!(ran.stdout.contains("train: up to date"), "{ran}");
    world.traj("check").exits(0);
}

#[test]
fn what_is_no_whole_run_is_refused_with_what_makes_it_one_and_changes_nothing() {
    let world = World::trained();
    fit_parts(&world, 2, "");
    let older = "--set forest.trees=4 --set 'features.horizons=[\"departure\"]'";
    world.traj(&format!("train --shard 2/2 --out fits/older {older}")).exits(0);
    world.traj("train --shard 3/3 --out fits/third").exits(0);
    world.traj("features --shard 2/2 --out fits/tables").exits(0);
    let whole = world.read("fits/2-2/part.traj");
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    world.write("fits/flipped/part.traj", flipped);
    world.write("fits/cut/part.traj", &whole[..whole.len() - 7]);
    world.write("fits/short/part.traj", &whole[..20]);
    fs::create_dir(world.path("fits/empty")).unwrap();
    let before = world.state(&["data-index", "models"]);
    let told = refusals(
        &world,
        "fits",
        &[
            "2-1",
            "2-1 2-2 2-1",
            "2-1 third",
            "2-1 older",
            "2-1 flipped",
            "2-1 cut",
            "2-1 short",
            "2-1 empty",
            "2-1 tables",
        ],
    );
    assert_snapshot!(told, @r"
    2-1
    error: part 2/2 is missing
    hint: make it with `traj train --shard 2/2 --out DIR`, and name its folder too
    2-1 2-2 2-1
    error: part 1/2 is there twice: in fits/2-1 and in fits/2-1
    hint: name one of the two
    2-1 third
    error: fits/third holds part 3/3, but fits/2-1 part 1/2
    hint: name folders of parts of 2, or make it anew as one of them: `traj train --shard I/2 --out DIR`
    2-1 older
    error: part 2/2 in fits/older was made under other settings than those that hold now: features.horizons, forest.trees
    hint: make it anew with `traj train --shard 2/2 --out fits/older`
    2-1 flipped
    error: fits/flipped/part.traj is damaged: its bytes do not match its digest
    hint: make the part anew with `traj train --shard I/N --out fits/flipped`
    2-1 cut
    error: fits/cut/part.traj is damaged: its bytes do not match its digest
    hint: make the part anew with `traj train --shard I/N --out fits/cut`
    2-1 short
    error: fits/short/part.traj is damaged: it is cut short
    hint: make the part anew with `traj train --shard I/N --out fits/short`
    2-1 empty
    error: fits/empty holds no finished part of `traj train`
    hint: `traj train --shard I/N --out fits/empty` makes one
    2-1 tables
    error: fits/tables holds a part of `traj features`, but fits/2-1 one of `traj train`
    hint: merge the parts of one command at a time, `traj features` first
    ");
    // Of other tables.
    world.traj("features --set features.calendar=[]").exits(0);
    let ran = world.traj("merge fits/2-1 fits/2-2").exits(4);
    assert!(ran.stderr.contains("was made from other features, targets or folds"), "{ran}");
    world.traj("features").exits(0);
    assert!(world.state(&["models"]).iter().all(|(path, state)| before[path] == *state));
    world.traj("merge fits/2-1 fits/2-2").exits(0);
    assert_snapshot!(world.traj("train --shard 1/2 --out fits/2-2").to_string(), @r"
    exit 2
    --- stderr
    error: fits/2-2/part.traj is part 2/2, not part 1/2
    hint: give every part a folder of its own, or remove this one first
    ");
    world.traj("train --shard 1/2 --out models/default").exits(2);
}
