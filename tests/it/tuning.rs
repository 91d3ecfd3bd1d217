//! Settings that are chosen: `traj train --tune`, from the first trial to a run that repeats it.

use crate::flights::flights;
use crate::world::World;

const FILES: [&str; 5] =
    ["model.traj", "predictions.parquet", "metrics.parquet", "importances.parquet", "config.toml"];

/// 24 flights with features, of which 6 to 18 teach; a handful of settings to try.
fn world() -> World {
    let world = World::with(flights(24));
    // As `traj init` writes it: a relative root would begin at the frozen configuration's folder.
    let root = format!("root = '{}'", world.path("flights").display());
    world.edit("traj.toml", |text| {
        text.replace("folds = 2", "folds = 3").replace("root = \"flights\"", &root)
            + "\n[tune]\ntrees = [5]\nmin_samples_leaf = [1, 6]\nmax_features = [1.0]\n"
    });
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    world
}

#[test]
fn a_tuned_run_shows_its_trials_and_its_frozen_configuration_repeats_it() {
    let world = world();
    let ran = world.traj("train --run tuned --tune --budget 1h").exits(0);
    assert!(ran.stdout.contains("mean skill of positions on 2 folds of `forward`"), "{ran}");
    assert_eq!(ran.stdout.matches("  chosen").count(), 2, "{ran}");
    assert!(ran.stdout.contains("check tuned: settings were chosen on flights of all folds"));
    world.traj("check models/tuned").exits(0);

    world.traj("--config models/tuned/config.toml train --run again").exits(0);
    for name in FILES {
        let of = |run: &str| world.read(format!("models/{run}/{name}"));
        assert!(of("tuned") == of("again"), "{name}");
    }
    assert!(!world.path("models/again/trials.parquet").exists());
}

#[test]
fn a_tuned_run_has_its_trials_in_json_and_stays_until_something_changes() {
    let world = world();
    let json = world.traj("--format json run --tune --budget 1h").exits(0).json();
    let tuning = &json["stages"]["train"]["tuning"];
    let trials = tuning["trials"].as_array().unwrap();
    assert!(trials.iter().any(|trial| trial["is_chosen"] == true && trial["trial"].is_u64()));
    assert_eq!(tuning["is_cut"], false);
    assert_eq!(tuning["last_fold"].as_array().unwrap().len(), 2);

    let up_to_date = "train: up to date, nothing to do";
    assert!(world.traj("run").exits(0).stdout.contains(up_to_date));
    assert!(world.traj("run --tune").exits(0).stdout.contains(up_to_date));
    // Other things to try are another tuning.
    let other = world.traj("run --tune --set tune.min_samples_leaf=[3]").exits(0);
    assert!(other.stdout.contains(" trials in "), "{other}");
    // A run that is not tuned is up to date until it is to be.
    world.traj("train").exits(0);
    assert!(world.traj("run").exits(0).stdout.contains(up_to_date));
    assert!(world.traj("run --tune").exits(0).stdout.contains(" trials in "));
}

#[test]
fn what_cannot_be_tuned_says_why_and_writes_nothing() {
    let world = world();
    for (words, message) in [
        ("--budget 10min", "--tune"),
        ("--tune --budget soon", "such as 10min"),
        ("--tune --set 'train.models=[\"od-median\"]'", "names no forest of ours to tune"),
        ("--tune --set 'train.splits=[\"random\"]'", "lacks `forward`"),
        ("--tune --set tune.trees=[0]", "tune.trees: must be at least 1, found 0"),
        (
            "--tune --set 'horizon.departure.aggregates=[\"p05\"]'",
            "not among `features.aggregates`",
        ),
    ] {
        let ran = world.traj(&format!("train {words}")).exits(2);
        assert!(ran.stderr.contains(message), "{ran}");
        assert!(!world.path("models/default/run.json").exists());
    }
}

#[test]
fn a_gap_leaves_out_what_had_not_landed_and_says_which_folds_it_empties() {
    let world = world();
    let train = |gap: &str| world.traj(&format!("train --set 'train.gap=\"{gap}\"'"));
    let ran = train("1d").exits(0);
    assert!(!ran.stdout.contains("empty-fold"), "{ran}");
    let ran = train("2d").exits(0);
    assert!(
        ran.stdout.contains("check empty-fold: 1 of 3 folds of `forward` have no flight"),
        "{ran}"
    );
    let ran =
        world.traj("train --set 'train.gap=\"99d\"' --set 'train.splits=[\"forward\"]'").exits(2);
    assert!(ran.stderr.contains("with a gap of 99d no fold of `forward`"), "{ran}");
    assert!(ran.stderr.contains("use a shorter gap"), "{ran}");
    assert!(train("soon").exits(2).stderr.contains("such as 12h or 3d"));
}
