//! What the command line says of itself, and on which stream.

use insta::assert_snapshot;

use crate::flights::{flight, flights};
use crate::world::World;

/// Every command, as `traj --help` lists them.
fn commands(world: &World) -> Vec<String> {
    let help = world.traj("--help").exits(0).stdout;
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let (listed, _) = listed.split_once("\n\n").unwrap();
    let words = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    words.filter(|word| !word.is_empty() && *word != "help").map(str::to_owned).collect()
}

#[test]
fn the_help_lists_the_commands_in_the_order_in_which_they_are_needed() {
    let world = World::empty();
    assert_snapshot!(world.traj("--help").stdout.split("\n\nOptions:").next().unwrap(), @"
    Learn how flights go from a folder of per-flight CSV files, on this machine alone.

    Example:
      traj init ~/flights      look at the files, write traj.toml
      traj run                 index, features, train, report
      traj demo                the same on sample flights

    Usage: traj [OPTIONS] <COMMAND>

    Commands:
      demo      Run everything on sample flights, and say where the report is
      sample    Make synthetic 1 Hz flights: the same arguments, the same bytes
      init      Look at a folder of CSV files and write a traj.toml that reads them
      index     List the flights: data-index/catalog.parquet
      features  Read every selected flight once: data-index/features.parquet, targets.parquet
      explore   Show what the flights are like: data-index/explore.html
      train     Score models and fit them on all flights: models/NAME/
      predict   Predict trajectories of CSV flights, or of the flights in a features table
      report    Write models/RUN/report.html
      run       Run index, features, train and report, as far as they are out of date
      merge     Put parts that were made apart together: data-index/ or models/NAME/
      check     Verify tables and models, and say what makes a damaged one anew
      explain   Say what the code of a check or of a refused file means, and what to do
      help      Print this message or the help of the given subcommand(s)
    ");
}

#[test]
fn the_help_of_every_command_says_what_it_does_and_shows_an_example() {
    let world = World::empty();
    let commands = commands(&world);
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands {
        let help = world.traj(&format!("{command} --help")).exits(0).stdout;
        let first = help.lines().next().unwrap();
        assert!(first.starts_with(|c: char| c.is_uppercase()), "{command}: {first}");
        assert!(help.contains(&format!("Example: traj {command}")), "{help}");
    }
}

#[test]
fn without_a_command_the_help_is_shown_and_the_exit_status_is_2() {
    let ran = World::empty().traj("").exits(2);
    assert!(ran.stderr.contains("Usage: traj"), "{ran}");
}

#[test]
fn an_unknown_command_or_flag_has_its_neighbour_proposed() {
    let world = World::empty();
    assert_snapshot!(world.traj("indx"), @r"
    exit 2
    --- stderr
    error: unrecognized subcommand 'indx'

      tip: a similar subcommand exists: 'index'

    Usage: traj [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(world.traj("train --rum talk"), @r"
    exit 2
    --- stderr
    error: unexpected argument '--rum' found

      tip: a similar argument exists: '--run'

    Usage: traj train --run <RUN>

    For more information, try '--help'.
    ");
}

#[test]
fn with_format_json_every_command_prints_one_object_with_a_schema_version() {
    let world = World::with(flights(12));
    let file = format!("flights/{}", flight(3).name());
    for command in [
        "sample more --flights 1 --pairs EGLL-EHAM",
        "index",
        "features",
        "train",
        "report",
        &format!("predict default {file} --out out.csv"),
        "check",
        "run",
        "run --set forest.trees=6",
        "init flights --force",
    ] {
        let ran = world.traj(&format!("--format json {command}")).exits(0);
        let object = ran.json();
        assert_eq!(object["schema_version"], 1, "{command}: {ran}");
        assert_eq!(object["command"], command.split(' ').next().unwrap(), "{ran}");
        assert_eq!(ran.stdout.lines().count(), 1, "{command}: {ran}");
    }
}

#[test]
fn with_quiet_nothing_is_said() {
    let world = World::with(flights(12));
    for command in ["index", "features", "train", "report", "run", "check"] {
        let ran = world.traj(&format!("--quiet {command}")).exits(0);
        assert_eq!(ran.to_string(), "exit 0\n", "{command}");
    }
}

#[test]
fn with_quiet_an_error_is_said_all_the_same() {
    let ran = World::empty().traj("--quiet index").exits(2);
    assert!(ran.stderr.starts_with("error:"), "{ran}");
}

#[test]
fn standard_output_holds_nothing_but_the_predictions() {
    let world = World::trained();
    let ran = world.traj(&format!("predict default flights/{}", flight(3).name())).exits(0);
    let mut lines = ran.stdout.lines();
    assert_eq!(
        lines.next().unwrap(),
        "model,horizon,axis,flight_id,fraction,longitude_deg,latitude_deg,altitude_m,elapsed_s,\
         distance_m,duration_s,longitude_deg_lower90,longitude_deg_upper90,\
         latitude_deg_lower90,latitude_deg_upper90,altitude_m_lower90,altitude_m_upper90,\
         elapsed_s_lower90,elapsed_s_upper90,distance_m_lower90,distance_m_upper90,\
         horizontal_radius90_nmi,duration_s_lower90,duration_s_upper90"
    );
    let id = flight(3).id();
    assert_eq!(lines.clone().count(), 3, "{ran}");
    assert!(lines.all(|line| line.split(',').count() == 24 && line.contains(&id)), "{ran}");
    assert_snapshot!(ran.stderr, @"
    `forest` at `whole-flight` uses what is known only after landing: a reconstruction, not a prediction
    1 flight by forest at horizon whole-flight, along time
    ");
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let world = World::empty();
    assert!(!world.traj("index").stderr.contains('\u{1b}'));
    assert!(world.traj("index --color always").stderr.contains('\u{1b}'));
}

#[test]
fn progress_as_json_is_a_line_an_object() {
    let world = World::with(flights(2));
    let ran = world.run(world.command(crate::world::TRAJ).args(["index", "--progress", "json"]));
    for line in ran.stderr.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}
