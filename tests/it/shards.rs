//! The catalog in parts: read apart, killed, moved about, put together to the bytes of one
//! machine; and everything that is no whole is refused with what makes it one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use traj::tables::FeatureTable;

use crate::flights::{flight, flights};
use crate::resuming::{count, finished, indexed, names, restore, tables, tables_of_index};
use crate::world::{Ran, World, files_below};

/// Runs `traj features` on each part of so many, each into `parts/NUMBER`.
fn read_parts(world: &World, of: u32) {
    for number in 1..=of {
        let ran = read_part(world, number, of);
        assert!([0, 3].contains(&ran.code), "{ran}");
    }
}

fn read_part(world: &World, number: u32, of: u32) -> Ran {
    world.traj(&format!("features --shard {number}/{of} --out parts/{number}"))
}

/// Runs `traj merge` on so many parts, in another order than that of their numbers.
fn merge(world: &World, of: u32) -> Ran {
    let folders: Vec<String> = (1..=of).rev().map(|number| format!("parts/{number}")).collect();
    world.traj(&format!("merge --format json {}", folders.join(" ")))
}

/// Sixty flights of which some are refused, by the index or by the features.
fn dirty() -> World {
    let world = indexed(60);
    world.write("flights/again/first.csv", flight(0).csv());
    world.write(format!("flights/again/{}", flight(0).name()), flight(0).csv());
    world.write("flights/LEMD-LEBL_BAD_A320_20240301T000000.csv", "");
    world.edit("traj.toml", |text| {
        let categories = "categories = [\"aircraft_type\", \"airline\", \"origin\"]";
        text.replace("[features]\n", &format!("[features]\n{categories}\n"))
    });
    world.traj("index").exits(3);
    world
}

#[test]
fn merged_parts_are_the_bytes_of_one_machine() {
    let world = dirty();
    let index = tables_of_index(&world);
    world.traj("features").exits(3);
    let whole = tables(&world);
    for of in [1, 2, 3, 7] {
        restore(&world, &index);
        let before = world.state(&["data-index", "flights"]);
        read_parts(&world, of);
        assert!(world.state(&["data-index", "flights"]) == before, "a part wrote elsewhere");
        let ran = merge(&world, of).exits(3);
        let differing: Vec<_> = tables(&world).into_iter().filter(|t| whole[t.0] != t.1).collect();
        assert!(differing.is_empty(), "{of}: {:?}", differing.iter().map(|t| t.0));
        assert_eq!(names(&world), finished());
        let rejected = ran.json()["rejected"].as_object().unwrap().len() as u64;
        assert_eq!((count(&ran, "selected"), count(&ran, "read_files"), rejected), (60, 60, 1));
        fs::remove_dir_all(world.path("parts")).unwrap();
    }
    // What was merged is what `traj run` takes for up to date, and what `traj check` accepts.
    let ran = world.traj("run").exits(3);
    assert!(ran.stdout.contains("features: up to date"), "{ran}");
    world.traj("check").exits(0);
}

#[test]
fn more_parts_than_flights_and_flights_that_are_all_refused() {
    let world = World::with(flights(3));
    world.traj("index").exits(0);
    let index = tables_of_index(&world);
    for settings in ["", " --set features.min_rows=1000"] {
        let whole = world.traj(&format!("features{settings}"));
        let names = names(&world);
        let bytes = world.read("data-index/rejected.parquet");
        restore(&world, &index);
        let mut folders = String::new();
        for number in 1..=7 {
            folders.extend([" parts/", &number.to_string()]);
            let words = format!("features --shard {number}/7 --out parts/{number}{settings}");
            let ran = world.traj(&words);
            assert!([0, 3].contains(&ran.code), "{ran}");
            world.traj(&format!("check parts/{number}")).exits(0);
        }
        let merged = world.traj(&format!("merge{folders}{settings}"));
        assert_eq!((merged.code, &merged.stderr), (whole.code, &whole.stderr), "{merged}");
        assert_eq!(self::names(&world), names);
        assert!(world.read("data-index/rejected.parquet") == bytes);
        restore(&world, &index);
        fs::remove_dir_all(world.path("parts")).unwrap();
    }
}

#[test]
fn a_killed_part_is_not_merged_and_goes_on_where_it_was() {
    let world = indexed(1200);
    let index = tables_of_index(&world);
    world.traj("features").exits(3);
    let whole = tables(&world);
    restore(&world, &index);
    read_part(&world, 2, 2);
    let mut child = world.start("features --shard 1/2 --out parts/1 --jobs 1");
    let checkpoint = world.path("parts/1/checkpoint");
    while fs::metadata(&checkpoint).map_or(0, |about| about.len()) < 20_000 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_snapshot!(world.traj("merge parts/1 parts/2").to_string(), @r"
    exit 4
    --- stderr
    error: parts/1 holds no finished part of `traj features`
    hint: `traj features --shard I/N --out parts/1` makes one
    ");
    let ran = world.traj("features --shard 1/2 --out parts/1 --format json");
    assert!(count(&ran, "from_checkpoint") > 10, "{ran}");
    merge(&world, 2).exits(3);
    assert!(whole == tables(&world));
    assert_eq!(names(&world), finished());
}

#[test]
fn a_part_is_read_again_only_where_files_are_new_and_its_flights_stay_in_it() {
    let world = World::with(flights(40));
    world.traj("index").exits(0);
    read_parts(&world, 3);
    let ids = |number: u32| -> BTreeSet<String> {
        let path = world.path(format!("parts/{number}/features.parquet"));
        FeatureTable::read(&path).unwrap().0.flight_id.into_iter().collect()
    };
    let before = [1, 2, 3].map(ids);
    assert_eq!(before.iter().map(BTreeSet::len).sum::<usize>(), 40);
    for number in 40..70 {
        world.write(format!("flights/{}", flight(number).name()), flight(number).csv());
    }
    world.traj("index").exits(0);
    assert_eq!(merge(&world, 3).code, 4, "the catalog is another one");
    for (number, before) in (1..).zip(before) {
        let ran =
            world.traj(&format!("features --shard {number}/3 --out parts/{number} --format json"));
        assert_eq!(count(&ran, "from_tables"), before.len() as u64, "{ran}");
        assert!(ids(number).is_superset(&before));
        assert_eq!(count(&ran, "read_files") as usize, ids(number).len() - before.len());
    }
    merge(&world, 3).exits(0);
    assert_eq!(world.features().n_flights(), 70);
}

/// What `traj merge` says of folders that are no whole: their names, then its message.
pub(crate) fn refusals(world: &World, parent: &str, lists: &[&str]) -> String {
    let mut told = String::new();
    for names in lists {
        let words: Vec<String> = names.split(' ').map(|name| format!("{parent}/{name}")).collect();
        let ran = world.traj(&format!("merge {}", words.join(" "))).exits(4);
        told.extend([*names, "\n", ran.stderr.as_str()]);
    }
    told
}

/// Copies a folder of files.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in files_below(from) {
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// Folders beside `parts/1` and `parts/2` of 2, each with something wrong.
fn spoil(world: &World) {
    world.traj("features --shard 3/3 --out parts/third").exits(0);
    world.traj("features --shard 2/2 --out parts/older --set features.min_rows=3").exits(0);
    world.traj("features --shard 2/2 --out parts/monday --from 2024-03-04").exits(0);
    // Of another version.
    copy(&world.path("parts/2"), &world.path("parts/version"));
    let path = world.path("parts/version/features.parquet");
    let mut table = FeatureTable::read(&path).unwrap().0;
    let settings = table.stamp.notes.get_mut("traj.settings").unwrap();
    *settings = settings
        .replace(&format!("\"traj\":\"{}\"", env!("CARGO_PKG_VERSION")), "\"traj\":\"0.0.9\"");
    table.write(&path).unwrap();
    // A flipped bit in each table.
    for name in ["features", "targets", "cleaning", "rejected"] {
        let copied = world.path(format!("parts/bad-{name}"));
        copy(&world.path("parts/2"), &copied);
        let mut bytes = fs::read(copied.join(format!("{name}.parquet"))).unwrap();
        bytes[40] ^= 1;
        fs::write(copied.join(format!("{name}.parquet")), bytes).unwrap();
    }
    // Tables of a folder mixed with those of another.
    copy(&world.path("parts/2"), &world.path("parts/mixed"));
    fs::copy(world.path("parts/1/targets.parquet"), world.path("parts/mixed/targets.parquet"))
        .unwrap();
    // Says that it is the first part, and has the flights of the second.
    copy(&world.path("parts/2"), &world.path("parts/liar"));
    relabel(&world.path("parts/liar"), "1/2");
    // A folder with nothing, and one with a whole.
    fs::create_dir(world.path("parts/empty")).unwrap();
    copy(&world.path("data-index"), &world.path("parts/whole"));
    copy(&world.path("parts/2"), &world.path("parts/open"));
    world.write("parts/open/checkpoint", "");
}

#[test]
fn what_is_no_whole_is_refused_with_what_makes_it_one_and_changes_nothing() {
    let world = World::with(flights(24));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    let before = world.state(&["data-index"]);
    read_parts(&world, 2);
    spoil(&world);
    let told = refusals(
        &world,
        "parts",
        &[
            "1",
            "1 2 2",
            "1 third",
            "1 older",
            "1 monday",
            "1 version",
            "1 bad-features",
            "1 bad-targets",
            "1 bad-cleaning",
            "1 bad-rejected",
            "1 mixed",
            "liar 2",
            "1 empty",
            "1 whole",
            "1 open",
        ],
    );
    assert_snapshot!(told, @r"
    1
    error: part 2/2 is missing
    hint: make it with `traj features --shard 2/2 --out DIR`, and name its folder too
    1 2 2
    error: part 2/2 is there twice: in parts/2 and in parts/2
    hint: name one of the two
    1 third
    error: parts/third holds part 3/3, but parts/1 part 1/2
    hint: name folders of parts of 2, or make it anew as one of them: `traj features --shard I/2 --out DIR`
    1 older
    error: part 2/2 in parts/older was made under other settings than those that hold now: features.min_rows
    hint: make it anew with `traj features --shard 2/2 --out parts/older`
    1 monday
    error: part 2/2 in parts/monday was made under other settings than those that hold now
    hint: make it anew with `traj features --shard 2/2 --out parts/monday`
    1 version
    error: part 2/2 in parts/version was made by traj 0.0.9, and this is traj 0.1.0
    hint: use one version on all machines, then `traj features --shard 2/2 --out parts/version`
    1 bad-features
    error: parts/bad-features/features.parquet is damaged: its bytes do not match its digest
    hint: make the part anew with `traj features --shard 2/2 --out parts/bad-features`
    1 bad-targets
    error: parts/bad-targets/targets.parquet is damaged: its bytes do not match its digest
    hint: make the part anew with `traj features --shard 2/2 --out parts/bad-targets`
    1 bad-cleaning
    error: parts/bad-cleaning/cleaning.parquet is damaged: its bytes do not match its digest
    hint: make the part anew with `traj features --shard 2/2 --out parts/bad-cleaning`
    1 bad-rejected
    error: parts/bad-rejected/rejected.parquet is damaged: its bytes do not match its digest
    hint: make the part anew with `traj features --shard 2/2 --out parts/bad-rejected`
    1 mixed
    error: parts/mixed does not hold what belongs to part 2/2: its tables are of different runs
    hint: make it anew with `traj features --shard 2/2 --out parts/mixed`
    liar 2
    error: parts/liar does not hold what belongs to part 1/2: 4 flights are missing, the first LEMD-LEBL_IBE1001_B738_20240301T100000.csv; 20 flights are of another part, or not selected, the first LEMD-LEBL_IBE1000_A320_20240301T060000.csv
    hint: make it anew with `traj features --shard 1/2 --out parts/liar`
    1 empty
    error: parts/empty holds no finished part of `traj features`
    hint: `traj features --shard I/N --out parts/empty` makes one
    1 whole
    error: parts/whole holds the tables of a whole, not of a part
    hint: there is nothing to merge; `traj check` looks at whole tables
    1 open
    error: parts/open is not finished: it has a checkpoint
    hint: `traj features --shard 2/2 --out parts/open` goes on
    ");
    assert_eq!(world.traj("merge parts/1 parts/2 parts/nowhere").code, 2);
    assert!(world.state(&["data-index"]) == before);
    merge(&world, 2).exits(0);
}

/// Gives the tables of a part the name of another.
fn relabel(folder: &Path, part: &str) {
    use traj::tables::{CleaningTable, RejectedTable, Stage, TargetTable};
    let name = |stamp: &mut traj::tables::Stamp| {
        stamp.notes.insert("traj.part".to_owned(), part.to_owned());
    };
    let path = folder.join("features.parquet");
    let mut features = FeatureTable::read(&path).unwrap().0;
    name(&mut features.stamp);
    features.write(&path).unwrap();
    let path = folder.join("targets.parquet");
    let mut targets = TargetTable::read(&path).unwrap().0;
    name(&mut targets.stamp);
    targets.write(&path).unwrap();
    let path = folder.join("cleaning.parquet");
    let mut cleaning = CleaningTable::read(&path).unwrap();
    name(&mut cleaning.stamp);
    let rows = [Ok(cleaning.rows)].into_iter();
    CleaningTable::write_parts(&path, &cleaning.stamp, rows).unwrap();
    let path = folder.join("rejected.parquet");
    RejectedTable::replace(&path, Stage::Features, vec![], &cleaning.stamp).unwrap();
}

#[test]
fn a_part_that_cannot_be_is_a_wrong_argument() {
    let world = World::with(flights(4));
    world.traj("index").exits(0);
    for words in [
        "--shard 0/4 --out a",
        "--shard 5/4 --out a",
        "--shard 1/0 --out a",
        "--shard one --out a",
        "--shard 1/4",
        "--out a",
        "--shard 1/4 --out data-index",
        "--shard 1/4 --out ./data-index/../data-index",
    ] {
        world.traj(&format!("features {words}")).exits(2);
    }
    assert_eq!(world.traj("merge").code, 2);
    world.traj("features --shard 1/2 --out a").exits(0);
    assert_snapshot!(world.traj("features --shard 2/2 --out a").to_string(), @r"
    exit 2
    --- stderr
    error: a/features.parquet is of part 1/2, not part 2/2
    hint: give every part a folder of its own, or remove this one first
    ");
}
