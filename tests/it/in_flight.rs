//! Predictions in mid-flight: a file that is longer than the horizon is cut there.

use std::fs;

use crate::flights::{Flight, HEADER, flight, flights};
use crate::world::World;

const PREDICT: &str = "predict default";

/// A run at departure and after 20 minutes.
fn in_flight() -> World {
    let world = World::with(flights(24));
    let horizons = "--set features.horizons=[\"departure\",\"elapsed:20min\"]";
    world.traj(&format!("run {horizons}")).exits(0);
    world
}

/// The file of a flight up to so many seconds after its first row.
fn write_start(world: &World, flight: &Flight, seconds: i64) {
    let rows = usize::try_from(seconds / flight.step_s).unwrap() + 1;
    let text = format!("{HEADER}\n{}\n", flight.lines()[..rows].join("\n"));
    world.write(format!("now/{}", flight.name()), text);
}

#[test]
fn what_comes_after_the_horizon_changes_nothing() {
    let world = in_flight();
    let flight = flight(2);
    fs::create_dir(world.path("now")).unwrap();
    let horizon = "--horizon elapsed:1200s";
    let whole = world.traj(&format!("{PREDICT} flights/{} {horizon}", flight.name())).exits(0);
    // A header, and the fractions of the stories' configuration.
    assert_eq!(whole.stdout.lines().count(), 1 + 3, "{}", whole.stdout);
    write_start(&world, &flight, 1200 + flight.step_s);
    let cut = world.traj(&format!("{PREDICT} now/{} {horizon}", flight.name())).exits(0);
    assert_eq!(cut.stdout, whole.stdout);
}

#[test]
fn a_flight_that_has_not_come_to_the_horizon_is_refused_or_predicted_as_at_departure() {
    let world = in_flight();
    let (short, long) = (flight(1), flight(2));
    fs::create_dir(world.path("now")).unwrap();
    write_start(&world, &short, 900);
    let horizon = "--horizon elapsed:20min";
    world.traj(&format!("{PREDICT} now/{} {horizon}", short.name())).exits(2);
    let files = format!("now/{} flights/{}", short.name(), long.name());
    let both = world.traj(&format!("{PREDICT} {files} {horizon}")).exits(3);
    assert!(both.stdout.contains(&long.id()) && !both.stdout.contains(&short.id()));
    assert!(both.stderr.contains(&format!("rejected {}", short.id())), "{}", both.stderr);
    // Left to traj, it is the latest horizon that there is something for.
    let chosen = world.traj(&format!("{PREDICT} now/{}", short.name())).exits(0);
    assert!(chosen.stdout.contains(",departure,") && !chosen.stdout.contains("elapsed:"));
}

#[test]
fn what_was_flown_at_the_horizon_is_marked_in_the_predictions() {
    let world = in_flight();
    let path = world.path("models/default/predictions.parquet");
    let predictions = traj::tables::PredictionTable::read(&path).unwrap().rows;
    let flown = |row: &traj::tables::PredictionRow| {
        let flight = flights(24).into_iter().find(|flight| flight.id() == *row.flight_id).unwrap();
        let elapsed_s = row.fraction * flight.duration_s() as f64;
        row.horizon.elapsed_s().is_some_and(|horizon_s| elapsed_s <= horizon_s)
    };
    assert!(predictions.iter().any(|row| row.already_flown));
    assert!(predictions.iter().all(|row| row.already_flown == flown(row)));
}
