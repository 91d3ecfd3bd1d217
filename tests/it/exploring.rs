//! The page of `traj explore`: what a user sees of their flights before anything is learnt.

use std::collections::BTreeMap;
use std::fs;

use traj::tables::{BandTable, DispersionTable};

use crate::flights::flights;
use crate::world::World;

const PAGE: &str = "data-index/explore.html";

/// A folder with features of so many flights.
fn featured(count: usize) -> World {
    let world = World::with(flights(count));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    world
}

fn page(world: &World) -> String {
    String::from_utf8(world.read(PAGE)).unwrap()
}

#[test]
fn the_page_is_whole_in_itself_and_its_tables_are_beside_it() {
    let world = featured(16);
    let ran = world.traj("explore --format json").exits(0).json();
    assert_eq!((ran["n_flights"].as_u64(), ran["n_sampled"].as_u64()), (Some(16), Some(16)));
    let html = page(&world);
    assert!(html.contains("default-src 'none'"));
    let without_namespace = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for word in ["http:", "https:", "<script", "url(", "@import", "src=", "NaN", "inf "] {
        assert!(!without_namespace.contains(word), "{word}");
    }
    for words in [
        "16\u{a0}flights",
        "LEMD-LEBL",
        "LEMD-LEPA",
        "B738",
        "All flights are of one airline: IBE",
        "class=\"coast\"",
    ] {
        assert!(html.contains(words), "{words}");
    }
    for table in [
        "counts",
        "histograms",
        "bands",
        "dispersion",
        "correlations",
        "feature_groups",
        "route_flights",
        "differences",
        "drift",
    ] {
        assert!(world.path(format!("data-index/explore/{table}.parquet")).exists(), "{table}");
    }
    world.traj("check").exits(0);
}

#[test]
fn features_that_repeat_others_are_left_out_of_training_and_the_file_is_else_as_it_was() {
    let world = featured(24);
    let text = String::from_utf8(world.read("traj.toml")).unwrap();
    let text = format!("# my flights\n{}", text.replace("folds = 2", "folds = 2 # no more"));
    world.write("traj.toml", &text);
    let ran = world.traj("explore --write-config --format json").exits(0).json();
    let added = ran["left_out"]["added"].as_array().unwrap();
    assert!(!added.is_empty());
    let edited = String::from_utf8(world.read("traj.toml")).unwrap();
    assert!(text.contains("# no more"));
    for line in text.lines() {
        assert!(edited.contains(line), "{line}\n{edited}");
    }
    let again = world.traj("explore --write-config").exits(0);
    assert!(again.stdout.contains("up to date") && again.stdout.contains("as it was"), "{again}");
    assert_eq!(String::from_utf8(world.read("traj.toml")).unwrap(), edited);
    world.traj("train --set train.splits=[] --set forest.trees=2").exits(0);
    let record = String::from_utf8(world.read("models/default/run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let learnt: Vec<&str> =
        record["features"].as_array().unwrap().iter().filter_map(|f| f["name"].as_str()).collect();
    assert!(
        !learnt.is_empty() && !added.iter().any(|name| learnt.contains(&name.as_str().unwrap()))
    );
}

#[test]
fn a_page_that_is_up_to_date_is_left_alone_and_any_change_makes_it_anew() {
    let world = featured(8);
    world.traj("explore").exits(0);
    let before = world.state(&["data-index"]);
    let again = world.traj("explore").exits(0);
    assert!(again.stdout.contains("up to date"), "{again}");
    assert!(world.state(&["data-index"]) == before);
    let fewer = world.traj("explore --sample 2 --format json").exits(0).json();
    assert_eq!(fewer["n_sampled"].as_u64(), Some(4), "two of each pair");
    let one = world.traj("explore --pair LEMD-LEPA --format json").exits(0).json();
    assert_eq!(one["n_flights"].as_u64(), Some(2));
    assert!(!page(&world).contains("LEMD-LEBL"));
}

#[test]
fn one_thread_and_eight_write_the_same_bytes() {
    let world = featured(24);
    let mut all = Vec::new();
    for jobs in [1, 8, 3] {
        world.traj(&format!("explore --jobs {jobs} --sample 5")).exits(0);
        let state = world.state(&["data-index/explore"]).into_iter();
        let mut bytes: BTreeMap<_, _> = state.map(|(path, (bytes, _))| (path, bytes)).collect();
        assert_eq!(bytes.len(), 9);
        bytes.insert(PAGE.into(), world.read(PAGE));
        fs::remove_file(world.path(PAGE)).unwrap();
        all.push(bytes);
    }
    assert!(all[0] == all[1] && all[0] == all[2]);
}

#[test]
fn hostile_names_show_as_text() {
    let world = World::with([]);
    for (number, flight) in flights(8).into_iter().enumerate() {
        let name =
            format!("LE<b>-LE'&_\"><img onerror=x>{number}_A320_20240301T{number:02}0000.csv");
        world.write(format!("flights/{name}"), flight.csv().replace(",T,", ",<script>T,"));
    }
    world.edit("traj.toml", |text| text.replace("\"T\"", "\"<script>T\""));
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    world.traj("explore --set 'explore.axes=[\"time\",\"<script>T\"]'").exits(0);
    let html = page(&world);
    for word in ["<b>", "<script", "<img"] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.contains("&lt;script&gt;T") && html.contains("LE&lt;b&gt;"));
}

#[test]
fn an_axis_that_runs_backward_or_is_nowhere_is_said_to() {
    let world = featured(12);
    world.traj("explore --set 'explore.axes=[\"time\",\"altitude\",\"fuel\"]'").exits(0);
    let html = page(&world);
    assert!(html.contains("altitude is not monotone"));
    assert!(html.contains("12 flights of 12 flights read lack the fuel"));
}

#[test]
fn files_that_are_gone_are_counted_and_the_page_is_written() {
    let world = featured(8);
    for flight in flights(3) {
        fs::remove_file(world.path(format!("flights/{}", flight.name()))).unwrap();
    }
    let ran = world.traj("explore --format json").exits(0).json();
    assert_eq!(ran["refused"]["vanished"].as_u64(), Some(3));
    assert_eq!(ran["n_sampled"].as_u64(), Some(5));
    assert!(page(&world).contains("3 could not be read"));
}

#[test]
fn what_cannot_be_explored_says_why() {
    let world = World::with(flights(8));
    world.traj("index").exits(0);
    let ran = world.traj("explore").exits(2);
    assert!(ran.stderr.contains("traj features"), "{ran}");
    world.traj("features").exits(0);
    let ran = world.traj("explore --pair LEMD-EDDF").exits(2);
    assert!(ran.stderr.contains("LEMD-LEBL"), "{ran}");
    for setting in ["explore.axes=[]", "explore.sample=0", "explore.axes=[\"time\",\"time\"]"] {
        let ran = world.traj(&format!("explore --set '{setting}'")).exits(2);
        assert!(ran.stderr.contains("explore."), "{ran}");
    }
}

#[test]
fn a_folder_that_another_traj_writes_to_is_left_alone() {
    let world = featured(8);
    let held = fs::File::open(world.path("data-index")).unwrap();
    held.try_lock().unwrap();
    world.traj("explore").exits(11);
    assert!(!world.path(PAGE).exists());
    drop(held);
    world.traj("explore").exits(0);
}

#[test]
fn without_a_display_open_says_where_the_page_is() {
    let world = featured(8);
    for (command, page) in [("explore", "explore.html"), ("explore --format json", "explore.html")]
    {
        let ran = world
            .traj_with(&format!("{command} --open"), &[("DISPLAY", ""), ("WAYLAND_DISPLAY", "")]);
        let ran = ran.exits(0);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("open ") && said.contains(page), "{ran}");
    }
    world.traj("train").exits(0);
    let ran =
        world.traj_with("report --open", &[("DISPLAY", ""), ("WAYLAND_DISPLAY", "")]).exits(0);
    assert!(ran.stdout.contains("open ") && ran.stdout.contains("report.html"), "{ran}");
}

/// Figure, axis, variable, fraction, value; made by `tests/reference/explore.py`.
const REFERENCE: &str = include_str!("../reference/explore.csv");
/// Of the value, or of one unit where it is smaller than that.
const TOLERANCE: f64 = 1e-9;

#[test]
fn bands_and_dispersion_are_what_numpy_says() {
    let world = World::empty();
    world.write("traj.toml", include_str!("../reference/explore.toml"));
    world.traj("sample flights --flights 12 --seed 7 --pairs LEMD-LEBL").exits(0);
    world.traj("index").exits(0);
    world.traj("features").exits(0);
    world.traj("explore").exits(0);
    let mut found: BTreeMap<(String, String, String, String), f64> = BTreeMap::new();
    for row in BandTable::read(&world.path("data-index/explore/bands.parquet")).unwrap().rows {
        for (name, value) in ["p5", "p25", "p50", "p75", "p95"].into_iter().zip(row.quantiles) {
            let fraction = format!("{:?}", row.fraction);
            found
                .insert((name.to_owned(), row.axis.clone(), row.variable.clone(), fraction), value);
        }
    }
    let path = world.path("data-index/explore/dispersion.parquet");
    for row in DispersionTable::read(&path).unwrap().rows {
        let fraction = row.fraction.map(|fraction| format!("{fraction:?}")).unwrap_or_default();
        found.insert(("dispersion".to_owned(), row.axis, row.variable, fraction), row.dispersion);
    }
    let mut count = 0;
    for line in REFERENCE.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [figure, axis, variable, fraction] =
            std::array::from_fn(|at: usize| cells[at].to_owned());
        let expected: f64 = cells[4].parse().unwrap();
        let ours = found.get(&(figure, axis, variable, fraction));
        let ours = *ours.unwrap_or_else(|| panic!("there is no {line}"));
        let error = (ours - expected).abs() / expected.abs().max(1.0);
        assert!(error <= TOLERANCE, "{line}: {ours}");
        count += 1;
    }
    // Three axes, seven variables, at six fractions five quantiles and a dispersion, and its mean.
    assert_eq!(count, 3 * 7 * (6 * 6 + 1));
}
