//! Tests of the page: what it holds, what it must never hold, and what it says is missing.

use std::fs;

use super::example::Example;
use super::*;
use crate::page::testing::assert_page_is_sound;
use crate::problem::{Class, Problem};
use crate::tables::{Axis, Horizon, ModelName, Split, TargetTable};

/// The page of an example, and the summary of making it.
fn page_of(example: &Example) -> (String, ReportSummary) {
    let folder = tempfile::tempdir().unwrap();
    let files = example.write(folder.path());
    let summary = report(&files.inputs()).unwrap();
    let html = fs::read_to_string(&summary.path).unwrap();
    assert_eq!(summary.bytes, html.len() as u64);
    assert_sound(&html);
    (html, summary)
}

/// The sections of a page, which its table of contents leads to.
const SECTIONS: [&str; 9] = [
    "goodness",
    "checks",
    "card",
    "errors",
    "variables",
    "flights",
    "residuals",
    "left-out",
    "making",
];

/// What holds of every page of a run.
fn assert_sound(html: &str) {
    for id in SECTIONS {
        assert!(html.contains(&format!("<section id=\"{id}\">")), "{id}");
        assert!(html.contains(&format!("href=\"#{id}\"")), "{id}");
    }
    assert_page_is_sound(html);
}

#[test]
fn a_reader_of_the_page_alone_can_answer_the_first_questions() {
    let (html, summary) = page_of(&Example::default());
    for words in [
        "60\u{a0}flights",
        "LEMD-LEBL",
        "from 2016-01-01 to 2016-12-30",
        "less error than od-median",
        "reconstruction, not prediction",
        "14",
        "missing-column",
        "determined-target",
        "wind_along_mean",
        "Typical",
        "altitude flown (ft)",
        "Coverage of the 90 % intervals",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert_eq!(summary.headlines.len(), 2);
    let first = &summary.headlines[0];
    assert_eq!((first.horizon, first.split), (Horizon::Departure, Split::Forward));
    assert_eq!(first.model, ModelName::Forest);
    assert!((first.skill.unwrap() - (1.0 - 5.1 / 6.9)).abs() < 1e-9);
    assert_eq!((summary.n_rejected, summary.n_pairs), (Some(20), 1));
    assert_eq!(summary.missing, Vec::<String>::new());
}

#[test]
fn hostile_names_show_as_text_everywhere() {
    let prefix = "\"'><script>alert(1)</script><img onerror=x>{{ 7*7 }}\u{202e}$x$".to_owned();
    let (html, _) = page_of(&Example { prefix, pairs: 3, ..Example::default() });
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains('\u{202e}'));
    // In flights, pairs, features, files, columns, messages, checks and timings.
    assert!(html.matches("&lt;script&gt;").count() > 100);
    assert!(html.contains("{{ 7*7 }}") && html.contains("$x$"));
}

#[test]
fn forty_four_thousand_flights_fit_in_a_page_of_three_megabytes() {
    let example = Example {
        n_flights: 44_000,
        pairs: 30,
        models: vec![
            ModelName::Forest,
            ModelName::ForestPerTarget,
            ModelName::ForestPath,
            ModelName::ElasticNet,
            ModelName::RouteCluster,
            ModelName::OdMedian,
            ModelName::GreatCircle,
        ],
        horizons: vec![
            Horizon::Departure,
            Horizon::Elapsed(std::time::Duration::from_mins(20)),
            Horizon::WholeFlight,
        ],
        ..Example::default()
    };
    let page = page::render("talk", "hash", &example.material()).unwrap();
    assert_sound(&page.html);
    assert!(page.html.len() < 3_000_000, "{} bytes", page.html.len());
    assert!(page.html.contains("for the 20 pairs with most flights of 30"));
    // All of them are in the figures.
    assert!(page.html.contains("(44,000 in all)"), "flights are missing");
}

#[test]
fn the_first_table_has_every_model_at_every_horizon_under_every_split() {
    let (html, _) = page_of(&Example::default());
    let table = html.split_once("class=\"honesty\"").unwrap().1.split_once("</table>").unwrap().0;
    for head in ["position at<br>its time (nmi)", "duration<br>(min)", "95 % interval"] {
        assert!(table.contains(head), "{head}");
    }
    // Four models at two horizons under three splits, baselines at the second, too.
    assert_eq!(table.matches("<th scope=\"row\">").count(), 24);
    // 5.1 nmi at departure under forward: 40 s a mile make 3.4 min; skill 1 - 5.1 / 6.9.
    assert!(table.contains("<td>3.4</td>") && table.contains("+0.26 (+0.21 to +0.30)"), "{table}");
    let before = html.split_once("class=\"honesty\"").unwrap().0;
    assert!(!before.contains("class=\"chart\""), "the table comes first");
}

#[test]
fn errors_are_shown_by_fraction_hour_and_type_and_coverage_by_pair_and_month() {
    let (html, _) = page_of(&Example::default());
    for words in [
        "Which way the time is missed",
        "Which way the altitude is missed",
        "position error by hour of the day (UTC)",
        "position error by type of aircraft",
        "<th scope=\"row\">2016-01</th>",
        "<th scope=\"row\">A320</th>",
        "Coverage by pair",
        "Coverage by month",
        "Errors and R² of every model, day split",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let folder = tempfile::tempdir().unwrap();
    let files = Example::default().write(folder.path());
    fs::remove_file(&files.catalog).unwrap();
    let summary = report(&files.inputs()).unwrap();
    let html = fs::read_to_string(summary.path).unwrap();
    assert_sound(&html);
    assert!(html.contains("There is no catalog beside this run") && !html.contains("A320"));
    assert!(summary.missing.iter().any(|what| what.contains("no catalog")));
}

#[test]
fn the_card_says_what_the_models_know_and_what_they_are_no_good_for() {
    let (html, _) = page_of(&Example::default());
    for words in [
        "better than the median track, beyond chance (skill +0.26, +0.21 to +0.30)",
        "never a prediction",
        "LEMD-LEBL (60)",
        "A320 (",
        "All flights are of January",
        "files were refused, 25\u{a0}% of what was looked at",
        "one flight in twenty is off by more than",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let (html, _) = page_of(&Example { splits: Vec::new(), ..Example::default() });
    assert!(html.contains("For nothing yet"));
}

#[test]
fn checks_say_what_to_do_and_stages_what_they_took() {
    let (html, _) = page_of(&Example::default());
    let advice = crate::tables::explanation("determined-target").unwrap().advice;
    assert!(html.contains(&advice.replace('’', "&#x27;")), "{advice}");
    for words in
        ["2\u{a0}min 12\u{a0}s", "84.9\u{a0}MiB", "97.8\u{a0}GiB", "1.3\u{a0}%", "<pre>[train]"]
    {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn the_same_tables_give_the_same_page() {
    let example = Example { pairs: 4, ..Example::default() };
    assert_eq!(page_of(&example).0, page_of(&example).0);
}

#[test]
fn what_a_run_lacks_is_said_in_a_sentence_and_never_an_empty_chart() {
    let (html, _) = page_of(&Example { altitude: false, ..Example::default() });
    assert!(
        html.contains("flights have no altitude") && !html.contains("mean altitude error (ft)")
    );
    let (html, _) = page_of(&Example { importances: false, ..Example::default() });
    assert!(
        html.contains("No importances were measured") && !html.contains("By permutation: growth")
    );
    let only_random = vec![Split::Random];
    let (html, summary) =
        page_of(&Example { calendar: false, splits: only_random, ..Example::default() });
    assert!(html.contains("without calendar dates") && html.contains("split was not run"));
    assert_eq!(summary.headlines[0].split, Split::Random);
    let (html, summary) = page_of(&Example { splits: Vec::new(), ..Example::default() });
    assert!(html.contains("nothing is known of how good they are"));
    assert!(!html.contains("class=\"chart\""));
    assert_eq!(summary.headlines, []);
}

#[test]
fn a_single_flight_still_makes_a_page() {
    page_of(&Example { n_flights: 1, ..Example::default() });
}

#[test]
fn whole_flight_results_are_called_reconstruction() {
    let example = Example { horizons: vec![Horizon::WholeFlight], ..Example::default() };
    let (html, _) = page_of(&example);
    assert!(html.matches("econstruction").count() > 6);
    assert!(html.contains("This is a reconstruction"));
}

#[test]
fn changed_targets_are_not_drawn_as_if_they_were_the_run_s() {
    let folder = tempfile::tempdir().unwrap();
    let files = Example::default().write(folder.path());
    let (mut targets, _) = TargetTable::read(&files.targets).unwrap();
    targets.rows.retain(|row| row.axis == Axis::Time && row.fraction < 0.9);
    targets.write(&files.targets).unwrap();
    let summary = report(&files.inputs()).unwrap();
    let html = fs::read_to_string(summary.path).unwrap();
    assert!(html.contains("The targets have changed") && !html.contains("class=\"card\""));
    assert!(summary.missing.iter().any(|what| what.contains("targets have changed")));
}

#[test]
fn missing_and_damaged_tables_pass_through_with_their_hints() {
    let folder = tempfile::tempdir().unwrap();
    let files = Example::default().write(folder.path());
    fs::write(files.run.join("metrics.parquet"), b"not a table").unwrap();
    let error = report(&files.inputs()).unwrap_err();
    assert_eq!(error.class(), Class::Damaged);
    fs::remove_file(files.run.join("metrics.parquet")).unwrap();
    let error = report(&files.inputs()).unwrap_err();
    assert_eq!(error.class(), Class::Usage);
    assert!(error.hint().unwrap().contains("traj train"));
    assert!(!files.run.join(FILE_NAME).exists());
}

#[test]
fn a_run_of_a_later_traj_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let files = Example::default().write(folder.path());
    let path = files.run.join("run.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"schema_version\": 1", "\"schema_version\": 99")).unwrap();
    let error = report(&files.inputs()).unwrap_err();
    assert!(matches!(error, ReportError::NewerRun { found: 99, .. }));
    assert!(error.hint().is_some());
}

#[test]
fn without_a_record_of_refused_files_the_page_does_not_say_that_there_were_none() {
    let folder = tempfile::tempdir().unwrap();
    let files = Example::default().write(folder.path());
    fs::remove_file(&files.rejected).unwrap();
    let summary = report(&files.inputs()).unwrap();
    assert_eq!(summary.n_rejected, None);
    let html = fs::read_to_string(summary.path).unwrap();
    assert!(html.contains("There is no record of refused files"));
}

#[test]
fn importances_by_permutation_stand_beside_the_random_probe_and_name_what_is_in_clusters() {
    let (html, _) = page_of(&Example::default());
    for words in [
        "forest, 10\u{a0}flights held out by the last fold of the forward split",
        "random probe 0.012",
        "are noise",
        "By cluster of correlated features",
        "<td>duration_s, wind_along_mean</td>",
        "Leading feature by target",
    ] {
        assert!(html.contains(words), "{words}");
    }
    // Of twenty features that decay, the first handful is ahead of the line.
    assert!(html.contains("8 of 20\u{a0}features above the probe"));
    let (html, _) = page_of(&Example { importances: false, ..Example::default() });
    assert!(!html.contains("random probe"));
}
