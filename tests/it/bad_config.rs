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
    assert_snapshot!(World::empty().traj("index"), @r"
    exit 2
    --- stderr
    error: data.root: nothing says where the flights are
    hint: `traj init DIR` looks at a folder of flights and writes traj.toml
    ");
}

#[test]
fn a_configuration_that_does_not_exist_is_named() {
    assert_snapshot!(World::empty().traj("index --config mine.toml"), @r"
    exit 2
    --- stderr
    error: cannot read the configuration mine.toml: No such file or directory (os error 2)
    hint: `traj init DIR` writes a traj.toml
    ");
}

#[test]
fn text_that_is_no_toml_is_pointed_at() {
    assert_snapshot!(index_with("[forest]\n", "[forest\n"), @r"
    exit 2
    --- stderr
    error: unclosed table, expected `]`
        ╭─[traj.toml:26:8]
     25 │
     26 │ [forest
        ·        ▲
     27 │ trees = 5
        ╰────
    ");
}

#[test]
fn an_unknown_key_is_pointed_at_and_the_nearest_key_proposed() {
    assert_snapshot!(index_with("trees = 5", "treez = 5"), @r"
    exit 2
    --- stderr
    error: unknown key `treez` in `forest`
        ╭─[traj.toml:27:1]
     26 │ [forest]
     27 │ treez = 5
        · ─────
        ╰────
    hint: did you mean `trees`?
    ");
}

#[test]
fn an_unknown_section_is_pointed_at() {
    assert_snapshot!(index_with("[forest]\n", "[forrest]\n"), @r"
    exit 2
    --- stderr
    error: unknown key `forrest` at the top
        ╭─[traj.toml:26:2]
     25 │
     26 │ [forrest]
        ·  ───────
     27 │ trees = 5
        ╰────
    hint: did you mean `forest`?
    ");
}

#[test]
fn an_unknown_key_of_a_source_is_pointed_at() {
    assert_snapshot!(index_with("altitude = \"altitude_ft\"", "altitud = \"altitude_ft\""), @r#"
    exit 2
    --- stderr
    error: unknown key `altitud` in `source.0.columns`
        ╭─[traj.toml:12:1]
     11 │ latitude = "latitude"
     12 │ altitud = "altitude_ft"
        · ───────
     13 │ [source.units]
        ╰────
    hint: did you mean `altitude`?
    "#);
}

#[test]
fn a_value_of_a_wrong_type_is_pointed_at() {
    assert_snapshot!(index_with("folds = 2", "folds = \"two\""), @r#"
    exit 2
    --- stderr
    error: train.folds: invalid type: string "two", expected usize
        ╭─[traj.toml:24:9]
     23 │ models = ["forest", "od-median", "great-circle"]
     24 │ folds = "two"
        ·         ─────
     25 │
        ╰────
    "#);
}

#[test]
fn a_fraction_beyond_the_flight_is_pointed_at() {
    assert_snapshot!(index_with("0.75]", "1.5]"), @r"
    exit 2
    --- stderr
    error: targets.fractions: 1.5 is not between 0 and 1
        ╭─[traj.toml:20:13]
     19 │ [targets]
     20 │ fractions = [0.25, 0.5, 1.5]
        ·             ────────────────
     21 │
        ╰────
    ");
}

#[test]
fn an_unknown_model_is_pointed_at() {
    assert_snapshot!(index_with("[\"forest\", ", "[\"forrest\", "), @r#"
    exit 2
    --- stderr
    error: train.models.0: `forrest` is not a known model, did you mean `forest`?; known are forest, forest-per-target, forest-path, elastic-net, pls, route-cluster, smartcore-forest, smartcore-extra-trees, smartcore-xgboost, od-median, great-circle
        ╭─[traj.toml:23:11]
     22 │ [train]
     23 │ models = ["forrest", "od-median", "great-circle"]
        ·           ─────────
     24 │ folds = 2
        ╰────
    "#);
}

#[test]
fn an_unknown_unit_is_pointed_at() {
    assert_snapshot!(index_with("altitude = \"ft\"", "altitude = \"feet\""), @r#"
    exit 2
    --- stderr
    error: source.0.units.altitude: `feet` is not a known unit; known are m, km, ft, FL, nmi, mi, deg, rad, m/s, km/h, kt, nmi/s, ft/min, ft/s, s, ms, us, ns, min, h, K, degC, Pa, hPa, kg, lb, kg/s, kg/h, N, kN
        ╭─[traj.toml:14:12]
     13 │ [source.units]
     14 │ altitude = "feet"
        ·            ──────
     15 │
        ╰────
    "#);
}

#[test]
fn an_unknown_placeholder_of_a_file_name_is_pointed_at() {
    assert_snapshot!(index_with("{callsign}", "{call}"), @r#"
    exit 2
    --- stderr
    error: source.0.file_name: `{call}` is not a placeholder; known are {origin}, {destination}, {callsign}, {aircraft_type}, {flight_id}, {date} and {}
       ╭─[traj.toml:7:13]
     6 │ name = "flights"
     7 │ file_name = "{origin}-{destination}_{call}_{aircraft_type}_{date}.csv"
       ·             ──────────────────────────────────────────────────────────
     8 │ [source.columns]
       ╰────
    "#);
}

#[test]
fn a_word_without_quotes_on_the_command_line_is_told_about_them() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj("index --set data.flight_id=stem"), @r#"
    exit 2
    --- stderr
    error: string values must be quoted, expected literal string
       ╭─[--set 'data.flight_id=stem':1:16]
     1 │ data.flight_id=stem
       ·                ────
       ╰────
    hint: values are TOML; a word needs its quotes: --set 'data.flight_id="stem"'
    "#);
    assert_snapshot!(world.traj("index --set train.folds"), @r"
    exit 2
    --- stderr
    error: there is no `=`
       ╭─[--set 'train.folds':1:12]
     1 │ train.folds
       ╰────
    hint: write --set KEY=VALUE, such as --set train.folds=3
    ");
}

#[test]
fn an_unknown_key_on_the_command_line_is_pointed_at() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj("index --set train.fold=3"), @r"
    exit 2
    --- stderr
    error: unknown key `fold` in `train`
       ╭─[--set 'train.fold=3':1:7]
     1 │ train.fold=3
       ·       ────
       ╰────
    hint: did you mean `folds`?
    ");
}

#[test]
fn an_environment_variable_out_of_range_is_named() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj_with("index", &[("TRAJ_TRAIN_FOLDS", "1")]), @r"
    exit 2
    --- stderr
    error: train.folds: must be at least 2, found 1
       ╭─[TRAJ_TRAIN_FOLDS:1:15]
     1 │ train.folds = 1
       ·               ─
       ╰────
    ");
}

#[test]
fn a_level_of_simd_that_does_not_exist_is_named() {
    let world = World::with(flights(2));
    assert_snapshot!(world.traj_with("index", &[("TRAJ_SIMD", "sse9")]), @r"
    exit 2
    --- stderr
    error: `TRAJ_SIMD=sse9` names no level; known are portable, avx2 and avx512
    hint: without TRAJ_SIMD, traj takes the best level that there is
    ");
}

#[test]
fn a_flag_out_of_range_is_named() {
    let world = World::with(flights(2));
    world.traj("index").exits(0);
    assert_snapshot!(world.traj("features --from yesterday"), @r#"
    exit 2
    --- stderr
    error: select.from: `yesterday` is neither 2024-03-01 nor 2024-03-01T06:00:00Z
       ╭─[--from:1:15]
     1 │ select.from = "yesterday"
       ·               ───────────
       ╰────
    "#);
    assert_snapshot!(world.traj("features --pair LEMD"), @r#"
    exit 2
    --- stderr
    error: select.pairs: `LEMD` is not a pair such as `LEMD-LEBL`
       ╭─[--pair:1:16]
     1 │ select.pairs = ["LEMD"]
       ·                ────────
       ╰────
    "#);
    assert_snapshot!(world.traj("index --jobs 0"), @r"
    exit 2
    --- stderr
    error: invalid value '0' for '--jobs <N>': 0 is not in 1..=65535

    For more information, try '--help'.
    ");
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
    assert_snapshot!(index_with("[features]", second), @r#"
    exit 2
    --- stderr
    error: source.1.name: another source is called `flights` as well
        ╭─[traj.toml:17:8]
     16 │ [[source]]
     17 │ name = "flights"
        ·        ─────────
     18 │ [source.columns]
        ╰────
    "#);
}
