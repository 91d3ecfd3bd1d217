//! Processes that are interrupted or killed, once and many times over.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use insta::assert_snapshot;

use crate::resuming::{count, finished, indexed, names, restore, tables, tables_of_index};
use crate::world::{TRAJ, World, files_below};

/// Starts `traj features` and waits until it keeps flights.
fn start_and_wait(world: &World) -> Child {
    let child = world.start("features --jobs 1");
    let has_flights = |path: &PathBuf| fs::metadata(path).is_ok_and(|about| about.len() > 40_000);
    while !has_flights(&world.path("data-index/checkpoint")) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn an_interrupt_keeps_the_finished_flights() {
    let world = indexed(2500);
    let child = start_and_wait(&world);
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let words: Vec<&str> = stderr.split(|c: char| c.is_ascii_digit()).collect();
    let words = words.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_snapshot!(words, @"error: stopped: of flights are kept hint: the same command goes on");
    let ran = world.traj("features --format json").exits(3);
    let taken = count(&ran, "from_checkpoint");
    assert!(taken > 20, "{ran}");
    assert_eq!(taken + count(&ran, "read_files"), 2500);
    assert_eq!(names(&world), finished());
}

#[test]
fn the_second_of_two_commands_names_the_first_and_a_dead_one_holds_nothing() {
    let world = indexed(2500);
    let mut first = start_and_wait(&world);
    let second = Command::new(TRAJ)
        .arg("features")
        .current_dir(world.path(""))
        .output()
        .expect("the program starts");
    let stderr = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(11), "{stderr}");
    let holder = format!("another traj (process {}) is writing to data-index", first.id());
    assert!(!cfg!(target_os = "linux") || stderr.contains(&holder), "{stderr}");
    first.kill().unwrap();
    first.wait().unwrap();
    world.traj("features").exits(3);
    assert_eq!(names(&world), finished());
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

/// Numbers from 0 to 1 that are the same on every run.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The world of the kill loop: small flights for the short one, 600 of half a megabyte for
/// the long one.
fn kill_world(is_long: bool) -> World {
    if !is_long {
        return indexed(400);
    }
    let world = World::empty();
    world.traj("sample flights --flights 600 --pairs LEMD-LEBL").exits(0);
    world.traj("init flights").exits(0);
    for path in files_below(&world.path("flights")).into_iter().step_by(200) {
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let middle = lines.len() / 2;
        lines[middle] = lines[middle].replacen(',', ",x", 1);
        fs::write(&path, lines.join("\n")).unwrap();
    }
    assert!([0, 3].contains(&world.traj("index").code));
    world
}

/// `TRAJ_KILLS=200` makes it long: so many kills, and a quarter as many interrupts.
#[test]
fn however_often_it_is_killed_the_tables_are_those_of_a_clean_run() {
    let kills = std::env::var("TRAJ_KILLS").ok().and_then(|text| text.parse().ok());
    let world = kill_world(kills.is_some());
    let kills: u32 = kills.unwrap_or(12);
    let before = tables_of_index(&world);
    let began = std::time::Instant::now();
    assert_eq!(world.traj("features").code, 3);
    let usual = began.elapsed();
    let clean = tables(&world);
    each_flight_is_there_once(&world);
    restore(&world, &before);
    let mut draws = Draws(7);
    let (mut hits, mut rounds) = (0, 0);
    for number in 0..kills + kills / 4 {
        // One in four comes early, while the last checkpoint is being taken up.
        let latest = if draws.next() < 0.25 { 0.1 } else { 0.9 };
        let delay = usual.mul_f64(latest * draws.next());
        let mut child = world.start("features");
        std::thread::sleep(delay);
        let is_interrupt = number % 5 == 4;
        if is_interrupt {
            interrupt(&child);
        } else {
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(3) => {
                // It was faster, so this round is over.
                assert_eq!(names(&world), finished());
                assert!(clean == tables(&world), "{number}");
                restore(&world, &before);
                rounds += 1;
            }
            // An interrupt before the program listens ends it as a kill does.
            None => hits += 1,
            Some(130) if is_interrupt => hits += 1,
            other => panic!("{number}: {other:?} {stderr}"),
        }
    }
    world.traj("features").exits(3);
    assert!(clean == tables(&world));
    assert_eq!(names(&world), finished());
    each_flight_is_there_once(&world);
    world.traj("check").exits(0);
    println!("{hits} of {} stops came in time, {} rounds", kills + kills / 4, rounds + 1);
}

fn each_flight_is_there_once(world: &World) {
    let rows = world.catalog().rows;
    let in_features = world.features().flight_id;
    let refused = world.rejections();
    for row in &rows {
        let times = in_features.iter().filter(|id| **id == row.flight_id).count();
        let is_refused =
            refused.lines().any(|line| line.starts_with(&format!("features {}:", row.path)));
        assert_eq!(times + usize::from(is_refused), 1, "{}", row.path);
    }
    assert!(in_features.len() < rows.len(), "no flight was refused");
}
