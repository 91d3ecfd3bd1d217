//! Work that breaks off and goes on: kills, interrupts, full disks, changed settings and
//! files. Whatever happened before, the same command makes what a clean run makes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use insta::assert_snapshot;

use crate::flights::{file_of, flight, flights};
use crate::world::{Ran, TRAJ, World, files_below, set_modified};

const TABLES: [&str; 5] = ["catalog", "rejected", "features", "targets", "cleaning"];

/// A world with an index of so many flights, three of which `features` will refuse.
pub(crate) fn indexed(count: usize) -> World {
    let world = World::with(flights(count));
    for number in [1, 5, 6] {
        let flight = flight(number);
        let mut lines = flight.lines();
        let line = lines[9].replace(",62", ",x62").replace(",61", ",x61").replace(",60", ",x60");
        lines[9] = line;
        world.write(format!("flights/{}", flight.name()), file_of(&lines));
    }
    world.traj("index").exits(0);
    world
}

/// The tables' bytes by name.
pub(crate) fn tables(world: &World) -> BTreeMap<&'static str, Vec<u8>> {
    TABLES.map(|name| (name, world.read(format!("data-index/{name}.parquet")))).into()
}

/// Names of the files in data-index.
pub(crate) fn names(world: &World) -> BTreeSet<String> {
    let paths = files_below(&world.path("data-index")).into_iter();
    paths.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// What a finished stage leaves.
pub(crate) fn finished() -> BTreeSet<String> {
    let tables = TABLES.iter().map(|name| format!("{name}.parquet"));
    tables.chain(["figures.json".to_owned()]).collect()
}

/// Runs `traj features --jobs 1` where no file can grow beyond so many KiB, so that it breaks
/// off at a flight that depends on nothing else. Gives how many flights it kept.
pub(crate) fn break_off(world: &World, kibibytes: u32) -> (Ran, u64) {
    let script = format!(
        "ulimit -f {kibibytes}; trap '' XFSZ; exec \"$0\" features --jobs 1 --progress none"
    );
    let ran = world.run(world.command("bash").args(["-c", &script, TRAJ])).exits(1);
    let (_, kept) = ran.stderr.split_once("; ").unwrap_or_else(|| panic!("{ran}"));
    let kept = kept.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{ran}"));
    (ran, kept)
}

/// A count in the summary of `traj features` with these words, which ends well.
pub(crate) fn count(ran: &Ran, field: &str) -> u64 {
    ran.json()[field].as_u64().unwrap_or_else(|| panic!("{field}: {ran}"))
}

#[test]
fn a_full_disk_ends_the_work_with_what_is_needed_and_the_rest_is_done_later() {
    let world = indexed(60);
    let before = tables_of_index(&world);
    let (ran, kept) = break_off(&world, 16);
    assert!((10..50).contains(&kept), "{ran}");
    assert_snapshot!(ran.to_string().replace(&format!("; {kept} "), "; [KEPT] "), @r"
    exit 1
    --- stderr
    error: cannot write data-index/checkpoint: File too large (os error 27)
    hint: check that the folder is writable and the disk has room for about 1 MB; [KEPT] flights are kept, and the same command goes on
    ");
    let ran = world.traj("features --format json").exits(3);
    assert_eq!(count(&ran, "from_checkpoint"), kept);
    assert_eq!(count(&ran, "read_files"), 60 - kept);
    assert_eq!(count(&ran, "selected"), 60);
    assert!(ran.stderr.contains(&format!("{kept} of 60 flights are in data-index/checkpoint")));
    assert_eq!(names(&world), finished());
    let resumed = tables(&world);
    restore(&world, &before);
    world.traj("features").exits(3);
    assert!(resumed == tables(&world));
}

#[test]
fn the_table_that_cannot_be_written_is_the_one_that_is_named() {
    name_the_table(60);
    // Flights of more than one part: the features fail while targets wait for the next.
    name_the_table(1100);
}

/// Has the targets fail, then the features.
fn name_the_table(flights: usize) {
    let world = indexed(flights);
    let before = tables_of_index(&world);
    // Many features and few targets, so that a limit lets only the others through.
    let aggregates: Vec<String> =
        (1..20).map(|twentieth| format!("p{:02}", 5 * twentieth)).collect();
    let settings = format!("targets.fractions = [0.5]\nfeatures.aggregates = {aggregates:?}\n");
    world.write("wide.toml", settings);
    let words = "features --config traj.toml --config wide.toml";
    world.traj(words).exits(3);
    let expected = tables(&world);
    let size = |name: &str| world.read(format!("data-index/{name}.parquet")).len();
    let others = ["targets", "cleaning", "rejected"].map(size);
    let limit = others.into_iter().max().unwrap() / 1024 + 1;
    assert!(2 * 1024 * limit < size("features"), "{} and {others:?}", size("features"));
    restore(&world, &before);
    // The targets fail; all flights are kept, so that the next run only makes tables.
    fs::create_dir(world.path("data-index/targets.parquet")).unwrap();
    let ran = world.traj(words).exits(1);
    assert!(ran.stderr.contains("cannot write data-index/targets.parquet"), "{ran}");
    fs::remove_dir(world.path("data-index/targets.parquet")).unwrap();
    // The features fail; where all flights are one part, the others are made by then.
    let script = format!("ulimit -f {limit}; trap '' XFSZ; exec \"$0\" {words}");
    let ran = world.run(world.command("bash").args(["-c", &script, TRAJ])).exits(1);
    assert!(ran.stderr.contains("cannot write data-index/features.parquet"), "{ran}");
    assert!(names(&world).iter().all(|name| !name.contains(".tmp")), "{:?}", names(&world));
    let ran = world.traj(&format!("{words} --format json")).exits(3);
    assert_eq!(count(&ran, "read_files"), 0);
    assert!(expected == tables(&world));
}

/// The tables as `traj index` left them.
pub(crate) fn tables_of_index(world: &World) -> [Vec<u8>; 2] {
    ["catalog", "rejected"].map(|name| world.read(format!("data-index/{name}.parquet")))
}

/// Puts data-index back to what `traj index` made of it.
pub(crate) fn restore(world: &World, [catalog, rejected]: &[Vec<u8>; 2]) {
    fs::remove_dir_all(world.path("data-index")).unwrap();
    world.write("data-index/catalog.parquet", catalog);
    world.write("data-index/rejected.parquet", rejected);
}

#[test]
fn changed_settings_cost_the_flights_that_depend_on_them_and_no_others() {
    let world = indexed(60);
    let before = tables_of_index(&world);
    for (settings, note) in [
        ("features.calendar=[\"month\"]", None),
        ("features.horizons=[\"departure\"]", None),
        ("features.aggregates=[\"max\",\"first\"]", Some("features.aggregates changed:")),
        ("targets.fractions=[0.1,0.5,0.9]", Some("targets.fractions changed:")),
        ("features.min_rows=3", Some("features.min_rows changed:")),
    ] {
        let (_, kept) = break_off(&world, 16);
        let words = format!("features --format json --set '{settings}'");
        let plan = world.traj(&format!("{words} --dry-run")).exits(0);
        let ran = world.traj(&words).exits(3);
        let taken = if note.is_some() { 0 } else { kept };
        assert_eq!(count(&ran, "from_checkpoint"), taken, "{settings}: {ran}");
        assert_eq!(count(&plan, "from_checkpoint"), taken, "{settings}: {plan}");
        let expected =
            note.map_or_else(String::new, |note| format!("{note} {kept} finished flights"));
        assert!(ran.stderr.contains(&expected), "{settings}: {ran}");
        assert_eq!(ran.stderr.contains("changed"), note.is_some(), "{settings}: {ran}");
        let resumed = tables(&world);
        restore(&world, &before);
        world.traj(&words).exits(3);
        assert!(resumed == tables(&world), "{settings}");
        restore(&world, &before);
    }
}

#[test]
fn settings_that_come_back_find_their_flights_again() {
    let world = indexed(60);
    let (_, kept) = break_off(&world, 16);
    // Under other settings all is read, and kept beside what is there, until the disk is full.
    let script =
        "ulimit -f 24; trap '' XFSZ; exec \"$0\" features --jobs 1 --set targets.fractions=[0.5]";
    world.run(world.command("bash").args(["-c", script, TRAJ])).exits(1);
    let ran = world.traj("features --format json").exits(3);
    assert_eq!(count(&ran, "from_checkpoint"), kept, "{ran}");
}

#[test]
fn another_selection_takes_its_flights_from_the_checkpoint() {
    let world = indexed(60);
    break_off(&world, 16);
    let ran = world.traj("features --aircraft A320 --format json").exits(3);
    let taken = count(&ran, "from_checkpoint");
    assert!(taken > 0 && taken + count(&ran, "read_files") == count(&ran, "selected"), "{ran}");
}

#[test]
fn a_changed_file_is_read_again_and_an_unchanged_one_is_not() {
    let world = indexed(60);
    let (_, kept) = break_off(&world, 16);
    // One thread reads in the catalog's order, so the first flight is in the checkpoint.
    let path = world.path(format!("flights/{}", world.catalog().rows[0].path));
    let later = fs::metadata(&path).unwrap().modified().unwrap() + Duration::from_secs(5);
    set_modified(&path, later);
    // Without a new index the file is not the one that the catalog knows.
    world.traj("index").exits(0);
    let ran = world.traj("features --format json").exits(3);
    assert_eq!(count(&ran, "from_checkpoint"), kept - 1, "{ran}");
    assert_eq!(count(&ran, "flights"), 57);
}

#[test]
fn a_file_that_changed_after_it_was_kept_is_refused_as_in_a_clean_run() {
    let world = indexed(12);
    break_off(&world, 4);
    let first = world.catalog().rows[0].path.clone();
    fs::remove_file(world.path(format!("flights/{first}"))).unwrap();
    world.traj("features").exits(3);
    assert!(world.rejections().contains(&format!("features {first}: the file is gone")));
}

#[test]
fn after_the_end_only_what_is_new_or_changed_is_read() {
    let world = indexed(60);
    world.traj("features").exits(3);
    let ran = world.traj("features --format json --set 'features.calendar=[\"month\"]'").exits(3);
    // Refusals are not in the tables in a way that would tell of a mended file.
    assert_eq!((count(&ran, "from_tables"), count(&ran, "read_files")), (57, 3), "{ran}");
    world.write(format!("flights/{}", flight(61).name()), flight(61).csv());
    let changed = world.path(format!("flights/{}", world.catalog().rows[0].path));
    let mut lines = fs::read_to_string(&changed).unwrap();
    lines = lines.replace("288.", "289.");
    fs::write(&changed, lines).unwrap();
    let later = fs::metadata(&changed).unwrap().modified().unwrap() + Duration::from_secs(5);
    set_modified(&changed, later);
    world.traj("index").exits(0);
    let before = tables_of_index(&world);
    let plan = world.traj("features --dry-run --format json").exits(0);
    assert_eq!((count(&plan, "from_tables"), count(&plan, "files")), (56, 5), "{plan}");
    let ran = world.traj("features --format json").exits(3);
    assert_eq!((count(&ran, "from_tables"), count(&ran, "read_files")), (56, 5), "{ran}");
    let resumed = tables(&world);
    restore(&world, &before);
    world.traj("features").exits(3);
    assert!(resumed == tables(&world));
    let ran = world.traj("features --set targets.fractions=[0.5]").exits(3);
    let note = "targets.fractions changed: 58 finished flights are read again";
    assert!(ran.stderr.contains(note), "{ran}");
}

#[test]
fn dirty_flights_of_the_last_run_are_the_same_to_the_last_bit() {
    let world = World::empty();
    world.traj("sample flights --flights 40 --dirty --pairs LEMD-LEBL").exits(0);
    world.traj("init flights").exits(0);
    world.traj("index").exits(0);
    assert!([0, 3].contains(&world.traj("features").code));
    let clean = tables(&world);
    let ran = world.traj("features --format json");
    assert!(count(&ran, "from_tables") > 20, "{ran}");
    assert_eq!(count(&ran, "from_tables"), count(&ran, "flights"), "{ran}");
    assert!(clean == tables(&world));
}

#[test]
fn tables_of_two_runs_or_damaged_ones_are_not_believed() {
    let world = indexed(12);
    world.traj("features").exits(3);
    let clean = tables(&world);
    for name in ["cleaning", "targets", "features"] {
        let path = format!("data-index/{name}.parquet");
        let mut bytes = clean[name].clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        world.write(&path, bytes);
        let ran = world.traj("features --format json").exits(3);
        assert_eq!(count(&ran, "from_tables"), 0, "{name}: {ran}");
        assert!(clean == tables(&world));
        world.traj("features --pair LEMD-LEPA").exits(0);
        world.write(&path, &clean[name]);
        let ran = world.traj("features --format json").exits(3);
        assert_eq!(count(&ran, "from_tables"), 0, "{name}: {ran}");
        assert!(clean == tables(&world));
    }
}

#[test]
fn a_damaged_checkpoint_costs_time_and_nothing_else() {
    let world = indexed(60);
    let before = tables_of_index(&world);
    world.traj("features").exits(3);
    let clean = tables(&world);
    for share in [0.3, 0.6, 0.9] {
        for is_flip in [true, false] {
            restore(&world, &before);
            let (_, kept) = break_off(&world, 16);
            let mut bytes = world.read("data-index/checkpoint");
            let at = (bytes.len() as f64 * share) as usize;
            if is_flip {
                bytes[at] ^= 4;
            } else {
                bytes.truncate(at);
            }
            world.write("data-index/checkpoint", bytes);
            let ran = world.traj("features --format json").exits(3);
            let taken = count(&ran, "from_checkpoint");
            assert!(0 < taken && taken < kept, "{taken} of {kept}: {ran}");
            assert!(clean == tables(&world), "{share} {is_flip}");
            assert_eq!(names(&world), finished());
        }
    }
}

#[test]
fn a_file_in_the_place_of_the_checkpoint_is_set_aside() {
    let world = indexed(8);
    world.traj("features").exits(3);
    let clean = tables(&world);
    for foreign in ["a letter", "traj.checkpoint/999\nof a later version"] {
        world.write("data-index/checkpoint", foreign);
        let warning = "warning: data-index/checkpoint is no checkpoint that this traj can read; \
                       nothing is taken from it, and it is kept as data-index/checkpoint.unreadable\n";
        assert_eq!(world.traj("features").exits(3).stderr, warning);
        assert_eq!(world.read("data-index/checkpoint.unreadable"), foreign.as_bytes());
        assert!(clean == tables(&world));
        assert!(!world.path("data-index/checkpoint").exists());
    }
}

#[test]
fn what_a_killed_writer_left_is_removed_by_the_next() {
    let world = indexed(8);
    for name in ["features.parquet", "probe", "figures.json"] {
        world.write(format!("data-index/.{name}.4123.tmp"), "half of a");
    }
    world.traj("features").exits(3);
    assert_eq!(names(&world), finished());
}

#[test]
fn a_folder_that_cannot_be_written_to_is_said_before_the_work() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = indexed(4);
    let folder = world.path("data-index");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        println!("skipped: this user may write anywhere");
        return;
    }
    for command in ["index", "features"] {
        assert_snapshot!(world.traj(command), @r"
        exit 1
        --- stderr
        error: cannot write to data-index: Permission denied (os error 13)
        hint: check that the folder is writable and the disk has room
        ");
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}
