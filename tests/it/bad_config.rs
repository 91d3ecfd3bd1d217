//! Configurations that cannot be used: exit status 2, and the message points at the text that
//! is wrong, in whichever layer it stands.

use insta::assert_snapshot;

use crate::flights::flights;
use crate::world::{CONFIG, Ran, World};

/// `traj index` under the usual configuration with a text replaced.
fn index_with(old: &str, new: &str) -> Ran {
    let world = World::with(flights(2));
    assert!(CONFIG.contains(old), "{old}");
    world.edit("traj.toml", |text| text.replacen(old, new, 1));
    world.traj("index")
}

#[test]
fn without_a_configuration_the_command_that_writes_one_is_named() {
    assert_snapshot!(World::empty().traj("index"), @"");
}

#[test]
fn a_configuration_that_does_not_exist_is_named() {
    assert_snapshot!(World::empty().traj("index --config mine.toml"), @"");
}

#[test]
fn text_that_is_no_toml_is_pointed_at() {
    assert_snapshot!(index_with("[forest]\n", "[forest\n"), @"");
}

#[test]
fn an_unknown_key_is_pointed_at_and_the_nearest_key_proposed() {
    assert_snapshot!(index_with("trees = 5", "treez = 5"), @"");
}

#[test]
fn an_unknown_section_is_pointed_at() {
    assert_snapshot!(index_with("[forest]\n", "[forrest]\n"), @"");
}

#[test]
fn an_unknown_key_of_a_source_is_pointed_at() {
    assert_snapshot!(index_with("altitude = \"altitude_ft\"", "altitud = \"altitude_ft\""), @"");
}

#[test]
fn a_value_of_a_wrong_type_is_pointed_at() {
    assert_snapshot!(index_with("folds = 2", "folds = \"two\""), @"");
}

#[test]
fn a_fraction_beyond_the_flight_is_pointed_at() {
    assert_snapshot!(index_with("0.75]", "1.5]"), @"");
}

#[test]
fn an_unknown_model_is_pointed_at() {
    assert_snapshot!(index_with("[\"forest\", ", "[\"forrest\", "), @"");
}

#[test]
fn an_unknown_unit_is_pointed_at() {
    assert_snapshot!(index_with("altitude = \"ft\"", "altitude = \"feet\""), @"");
}

#[test]
fn an_unknown_placeholder_of_a_file_name_is_pointed_at() {
    assert_snapshot!(index_with("{callsign}", "{call}"), @"");
}

#[test]
fn a_word_without_quotes_on_the_command_line_is_told_about_them() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj("index --set data.flight_id=stem"), @"");
    assert_snapshot!(world.traj("index --set train.folds"), @"");
}

#[test]
fn an_unknown_key_on_the_command_line_is_pointed_at() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj("index --set train.fold=3"), @"");
}

#[test]
fn an_environment_variable_out_of_range_is_named() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj_with("index", &[("TRAJ_TRAIN_FOLDS", "1")]), @"");
}

#[test]
fn a_flag_out_of_range_is_named() {
    let world = World::with(flights(2));
    world.traj("index").exits(0);
    assert_snapshot!(world.traj("features --from yesterday"), @"");
    assert_snapshot!(world.traj("features --pair LEMD"), @"");
    assert_snapshot!(world.traj("index --jobs 0"), @"");
}

#[test]
fn flags_win_over_set_over_environment_over_file() {
    let world = World::with(flights(8));
    world.traj("index").exits(0);
    let n_flights = |words: &str, variables: &[(&str, &str)]| {
        world.traj_with(&format!("{words} --format json"), variables).json()["flights"].clone()
    };
    // Eight flights from 1 March: six to Barcelona, two to Palma.
    world.edit("traj.toml", |text| text + "\n[select]\nto = \"2024-03-01\"\n");
    assert_eq!(n_flights("features", &[]), 4);
    let later = [("TRAJ_SELECT_TO", "2024-03-02")];
    assert_eq!(n_flights("features", &later), 8);
    let set = "features --set 'select.to=\"2024-03-01T12:00:00Z\"'";
    assert_eq!(n_flights(set, &later), 2);
    assert_eq!(n_flights(&format!("{set} --to 2024-03-01"), &later), 4);
}

#[test]
fn two_sources_of_one_name_are_pointed_at() {
    let second = "[[source]]\nname = \"flights\"\n[source.columns]\ntime = \"t\"\n\
                  longitude = \"x\"\nlatitude = \"y\"\n\n[features]";
    assert_snapshot!(index_with("[features]", second), @"");
}
