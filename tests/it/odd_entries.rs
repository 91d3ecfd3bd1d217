//! Entries of the folder that are no files, and files that come, go and change while `traj`
//! is not looking.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::flights::{file_of, flight, flights};
use crate::world::{TRAJ, World, set_modified};

#[test]
fn a_folder_named_like_a_flight_is_named_and_searched() {
    let world = World::with(flights(2));
    world.write(format!("flights/x.csv/{}", flight(5).name()), flight(5).csv());
    world.traj("index").exits(3);
    assert_snapshot!(world.rejections(), @"index x.csv: a folder, not a file [not-regular]");
    assert_eq!(world.catalog().rows.len(), 3);
}

#[test]
fn a_pipe_named_like_a_flight_is_not_waited_for() {
    let world = World::with(flights(2));
    let pipe = world.path("flights/LEMD-LEBL_PIPE_A320_20240301T120000.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    world.traj("index").exits(3);
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_PIPE_A320_20240301T120000.csv: a pipe, a socket or a device, not a file [not-regular]");
}

#[test]
fn a_file_that_becomes_a_pipe_is_not_waited_for() {
    let world = World::with(flights(3));
    world.traj("index").exits(0);
    let path = world.path(format!("flights/{}", flight(0).name()));
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    world.traj("features").exits(3);
    assert_snapshot!(world.rejections(), @"features LEMD-LEBL_IBE1000_A320_20240301T060000.csv: the file changed after `traj index`; run it again [changed-since-index]");
}

#[test]
fn links_are_named_and_not_followed() {
    let world = World::with(flights(2));
    world.write("elsewhere/secret.csv", flight(5).csv());
    symlink("../elsewhere/secret.csv", world.path("flights/link.csv")).unwrap();
    symlink("/dev/zero", world.path("flights/zero.csv")).unwrap();
    symlink("loop.csv", world.path("flights/loop.csv")).unwrap();
    symlink(".", world.path("flights/here")).unwrap();
    world.traj("index").exits(3);
    assert_snapshot!(world.rejections(), @r"
    index here: a symbolic link to a folder, which is not followed [not-regular]
    index link.csv: a symbolic link, not a file [not-regular]
    index loop.csv: a symbolic link, not a file [not-regular]
    index zero.csv: a symbolic link, not a file [not-regular]
    ");
    assert_eq!(world.catalog().rows.len(), 2);
}

#[test]
fn a_name_that_is_not_utf_8_is_shown_with_its_bytes() {
    let world = World::with(flights(2));
    let name = OsStr::from_bytes(b"flights/caf\xE9.csv");
    world.write(Path::new(name), flight(5).csv());
    world.traj("index").exits(3);
    assert_snapshot!(world.rejections(), @r"index caf\xE9.csv: the file's name is not UTF-8; rename the file [bad-name]");
}

#[test]
fn names_may_hold_blanks_quotes_line_feeds_and_a_leading_dash() {
    let world = World::with(flights(1));
    world.edit("traj.toml", |text| {
        text.lines().filter(|line| !line.starts_with("file_name")).collect::<Vec<_>>().join("\n")
    });
    let names = ["-rf.csv", "a b.csv", "it's \"it\".csv", "line\nfeed.csv", "Größe.CSV"];
    for (number, name) in names.iter().enumerate() {
        world.write(format!("flights/{name}"), flight(number + 1).csv());
    }
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    let expected = ["-rf", "Größe", &flight(0).id(), "a b", "it's \"it\"", "line\nfeed"];
    assert_eq!(world.features().flight_id, expected);
}

#[test]
fn a_file_that_goes_between_index_and_features_has_vanished() {
    let world = World::with(flights(3));
    world.traj("index").exits(0);
    fs::remove_file(world.path(format!("flights/{}", flight(1).name()))).unwrap();
    let ran = world.traj("features");
    assert_snapshot!(ran, @r"
    exit 3
    --- stdout
    2 flights with 35 features, from 40 rows and 2.47 KiB ([RATE])
      1 flight rejected (vanished 1); data-index/rejected.parquet says where and why
      slowest file [FILE] ([TIME] s)

    next: traj train
    ");
    assert_snapshot!(world.rejections(), @"features LEMD-LEBL_IBE1001_B738_20240301T100000.csv: the file is gone [vanished]");
}

#[test]
fn a_file_that_changes_between_index_and_features_is_not_read() {
    let world = World::with(flights(3));
    world.traj("index").exits(0);
    world.write(format!("flights/{}", flight(1).name()), file_of(&flight(1).lines()[..9]));
    world.traj("features").exits(3);
    assert_snapshot!(world.rejections(), @"features LEMD-LEBL_IBE1001_B738_20240301T100000.csv: the file changed after `traj index`; run it again [changed-since-index]");
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    assert_eq!(world.rejections(), "");
}

/// `traj` as a user whom permissions bind; none, with a line, where there is no such user.
fn as_nobody(world: &World) -> Option<assert_cmd::Command> {
    if fs::metadata(world.path("flights")).unwrap().uid() != 0 {
        return Some(world.command(TRAJ));
    }
    let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    if !Command::new("setpriv").args(nobody).arg("true").status().is_ok_and(|s| s.success()) {
        println!("skipped: this is root, and there is no setpriv");
        return None;
    }
    for folder in [".", "flights"] {
        fs::set_permissions(world.path(folder), fs::Permissions::from_mode(0o777)).unwrap();
    }
    let mut command = world.command("setpriv");
    command.args(nobody).arg(TRAJ);
    Some(command)
}

#[test]
fn a_file_without_permission_to_read_is_named() {
    let world = World::with(flights(2));
    let Some(mut traj) = as_nobody(&world) else { return };
    let path = world.path(format!("flights/{}", flight(1).name()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    world.run(traj.args(["--progress", "none", "index"])).exits(3);
    assert_snapshot!(world.rejections(), @"index LEMD-LEBL_IBE1001_B738_20240301T100000.csv: no permission to read the file [unreadable]");
}

#[test]
fn a_folder_without_permission_to_search_is_named() {
    let world = World::with(flights(2));
    let Some(mut traj) = as_nobody(&world) else { return };
    world.write(format!("flights/locked/{}", flight(5).name()), flight(5).csv());
    let locked = world.path("flights/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    world.run(traj.args(["--progress", "none", "index"])).exits(3);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o777)).unwrap();
    assert_snapshot!(world.rejections(), @"index locked/: no permission to list the folder [unreadable]");
    assert_eq!(world.catalog().rows.len(), 2);
}

#[test]
fn a_socket_named_like_a_flight_is_not_opened() {
    let world = World::with(flights(2));
    let _socket = UnixListener::bind(world.path("flights/socket.csv")).unwrap();
    world.traj("index").exits(3);
    assert_snapshot!(world.rejections(), @"index socket.csv: a pipe, a socket or a device, not a file [not-regular]");
}

#[test]
fn a_link_to_nothing_is_named() {
    let world = World::with(flights(2));
    symlink("gone.csv", world.path("flights/dangling.csv")).unwrap();
    symlink("../flights", world.path("flights/up")).unwrap();
    world.traj("index").exits(3);
    assert_snapshot!(world.rejections(), @r"
    index dangling.csv: a symbolic link, not a file [not-regular]
    index up: a symbolic link to a folder, which is not followed [not-regular]
    ");
    assert_eq!(world.catalog().rows.len(), 2);
}

#[test]
fn folders_without_end_are_searched_only_so_deep() {
    let world = World::with(flights(2));
    let deep = "d/".repeat(80);
    world.write(format!("flights/{deep}{}", flight(5).name()), flight(5).csv());
    let near = "n/".repeat(60);
    world.write(format!("flights/{near}{}", flight(6).name()), flight(6).csv());
    world.traj("index").exits(3);
    let rejections = world.rejections().replace(&"d/".repeat(60), "[60 folders]/");
    assert_snapshot!(rejections, @"index [60 folders]/d/d/d/d/d: folders deeper than 64 are not searched [not-regular]");
    assert_eq!(world.catalog().rows.len(), 3);
}

#[test]
fn a_tree_of_flights_is_indexed_and_not_opened_again() {
    let world = World::with([]);
    for number in 0..300 {
        let flight = flight(number);
        let folder = format!("flights/{}/{}", number % 7, number % 3);
        world.write(format!("{folder}/{}", flight.name()), flight.csv());
    }
    let first = world.traj("index --format json").exits(0).json();
    assert_eq!((&first["flights"], &first["opened"]), (&300.into(), &300.into()));
    // Whoever opened one of these would refuse it.
    let paths: Vec<_> = world.catalog().rows.into_iter().map(|row| row.path).collect();
    for path in &paths {
        let path = world.path(format!("flights/{path}"));
        let about = fs::metadata(&path).unwrap();
        fs::write(&path, vec![b'x'; about.len() as usize]).unwrap();
        set_modified(&path, about.modified().unwrap());
    }
    let again = world.traj("index --format json").exits(0).json();
    assert_eq!((&again["opened"], &again["unchanged"]), (&0.into(), &300.into()));
    assert_eq!(again["up_to_date"], true);
    world.write(format!("flights/{}", paths[7]), "now it is read");
    let changed = world.traj("index --format json").exits(3).json();
    assert_eq!((&changed["opened"], &changed["unchanged"]), (&1.into(), &299.into()));
}

#[test]
fn a_file_where_the_tables_should_be_is_named() {
    let world = World::with(flights(2));
    world.write("data-index", "in the way");
    assert_snapshot!(world.traj("index"), @r"
    exit 1
    --- stderr
    error: cannot write to data-index: File exists (os error 17)
    hint: check that the folder is writable and the disk has room
    ");
}

#[test]
fn a_table_that_cannot_be_replaced_is_named() {
    let world = World::with(flights(2));
    world.traj("index").exits(0);
    fs::create_dir_all(world.path("data-index/features.parquet/in-the-way")).unwrap();
    assert_snapshot!(world.traj("features"), @r"
    exit 1
    --- stderr
    error: cannot write data-index/features.parquet: Is a directory (os error 21)
    hint: check that the folder is writable and the disk has room for about 1 MB; all flights are kept, and the same command goes on
    ");
}
