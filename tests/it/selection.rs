//! Which flights of the catalog are taken.

use insta::assert_snapshot;

use crate::flights::flights;
use crate::world::World;

/// Sixteen flights: four a day from 1 to 4 March 2024, one in four to Palma, one in three by
/// A320.
fn indexed() -> World {
    let world = World::with(flights(16));
    world.traj("index").exits(0);
    world
}

/// How many flights have features under these flags.
fn n_flights(world: &World, flags: &str) -> u64 {
    let ran = world.traj(&format!("features --format json {flags}")).exits(0);
    assert_eq!(ran.json()["flights"], world.features().n_flights());
    ran.json()["flights"].as_u64().unwrap()
}

#[test]
fn flights_are_selected_by_pair_day_and_aircraft() {
    let world = indexed();
    assert_eq!(n_flights(&world, ""), 16);
    assert_eq!(n_flights(&world, "--pair LEMD-LEPA"), 4);
    assert_eq!(n_flights(&world, "--pair LEMD-LEPA --pair LEMD-LEBL"), 16);
    assert_eq!(n_flights(&world, "--from 2024-03-02"), 12);
    assert_eq!(n_flights(&world, "--to 2024-03-02"), 8);
    assert_eq!(n_flights(&world, "--from 2024-03-02 --to 2024-03-02"), 4);
    assert_eq!(n_flights(&world, "--from 2024-03-02T10:00:00Z --to 2024-03-02T14:00:00Z"), 1);
    assert_eq!(n_flights(&world, "--aircraft A320"), 6);
    assert_eq!(n_flights(&world, "--aircraft A320 --aircraft B738"), 16);
    assert_eq!(n_flights(&world, "--pair LEMD-LEPA --aircraft A320 --to 2024-03-03"), 1);
}

#[test]
fn the_selection_is_in_the_metadata_of_the_tables() {
    let world = indexed();
    world.traj("features --pair LEMD-LEPA --from 2024-03-02").exits(0);
    let notes = world.features().stamp.notes;
    assert_eq!(notes["traj.selection"], "pair LEMD-LEPA, from 2024-03-02");
}

#[test]
fn where_no_flight_is_selected_the_pairs_are_listed() {
    let world = indexed();
    assert_snapshot!(world.traj("features --pair LEMD-LFPG"), @r"
    exit 2
    --- stderr
    error: none of the 16 flights in the catalog is selected (pair LEMD-LFPG)
    hint: the pairs with the most flights are LEMD-LEBL (12), LEMD-LEPA (4)
    ");
    assert_snapshot!(world.traj("features --from 2025-01-01"), @r"
    exit 2
    --- stderr
    error: none of the 16 flights in the catalog is selected (from 2025-01-01)
    hint: the pairs with the most flights are LEMD-LEBL (12), LEMD-LEPA (4)
    ");
    assert_snapshot!(world.traj("features --aircraft A388"), @r"
    exit 2
    --- stderr
    error: none of the 16 flights in the catalog is selected (aircraft A388)
    hint: the pairs with the most flights are LEMD-LEBL (12), LEMD-LEPA (4)
    ");
}

#[test]
fn a_run_of_a_selection_is_its_own() {
    let world = World::trained();
    let ran = world.traj("run --pair LEMD-LEBL --run barcelona").exits(0);
    assert!(ran.stdout.contains("18 flights"), "{ran}");
    let targets = world.targets();
    assert!(targets.rows.iter().all(|row| row.flight_id.starts_with("LEMD-LEBL")));
}
