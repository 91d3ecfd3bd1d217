//! Hypotheses: whether durations differ by weekday, hour, month, aircraft type and airline, pair
//! by pair, in words.

use serde::Serialize;

use super::factors::Factor;
use super::material::{Material, PairFlights};
use super::numbers::{is_within_pairs, within_pairs};
use super::section::{Section, contents};
use super::statistics::{KruskalWallis, holm, kruskal_wallis};
use crate::chart::{WhiskerBar, grouped, plain_text, whisker_chart};
use crate::evaluate::quantile;
use crate::page::words::{count, counted, duration};
use crate::page::{Figure, Grid, drawing};
use crate::tables::{DifferenceRow, DifferenceTable};

/// Groups of fewer flights are left out.
const SMALLEST_GROUP: usize = 5;
/// Groups of a test, those with most flights.
const MOST_GROUPS: usize = 12;
/// The chance of being wrong, once in all tests together, at which a difference is called one.
const LEVEL: f64 = 0.05;

/// The durations of the flights of one pair, or of all.
struct Sample<'a> {
    /// None for all pairs, each flight less the median of its own.
    pair: Option<&'a str>,
    flights: Vec<usize>,
    /// Seconds, by flight of the material.
    durations: &'a [f64],
}

/// A group of a test.
struct Group {
    name: String,
    /// Ascending.
    durations: Vec<f64>,
}

/// A test that was made.
struct Test<'a> {
    sample: &'a Sample<'a>,
    factor: Factor,
    groups: Vec<Group>,
    /// Flights of groups that are too small, too many, or not known.
    n_left_out: usize,
    found: KruskalWallis,
    p_holm: f64,
}

/// What the template sees.
#[derive(Serialize)]
struct Contents {
    parts: Vec<Part>,
    n_tests: String,
    smallest: usize,
    n_pairs_left_out: usize,
}

/// A pair, or all.
#[derive(Serialize)]
struct Part {
    title: String,
    sentences: Vec<Sentence>,
    figure: Figure,
}

#[derive(Serialize)]
struct Sentence {
    is_difference: bool,
    text: String,
    note: String,
}

pub(super) fn section(material: &Material<'_>) -> Section {
    let groups: Vec<(Factor, Vec<Option<String>>)> =
        Factor::ALL.into_iter().map(|factor| (factor, factor.of_flights(material))).collect();
    let durations = &material.features.duration_s;
    let within = within_pairs(material, durations);
    let samples = samples(material, durations, &within);
    let mut tests: Vec<Test<'_>> = Vec::new();
    for sample in &samples {
        tests.extend(groups.iter().filter_map(|(factor, of)| test(sample, *factor, of)));
    }
    let adjusted = holm(&tests.iter().map(|test| test.found.p).collect::<Vec<_>>());
    tests.iter_mut().zip(adjusted).for_each(|(test, p)| test.p_holm = p);
    let parts = samples.iter().filter_map(|sample| {
        let own: Vec<&Test<'_>> =
            tests.iter().filter(|test| std::ptr::eq(test.sample, sample)).collect();
        (!own.is_empty()).then(|| Part {
            title: title(sample),
            sentences: own.iter().map(|test| sentence(test)).collect(),
            figure: figure(&own),
        })
    });
    let tested = samples.iter().filter(|sample| sample.pair.is_some()).count();
    let known = material.pairs.iter().filter(|pair| pair.pair.is_some()).count();
    let shown = Contents {
        parts: parts.collect(),
        n_tests: count(tests.len() as u64),
        smallest: SMALLEST_GROUP,
        n_pairs_left_out: known - tested,
    };
    let differs = tests.iter().filter(|test| test.p_holm < LEVEL);
    let headlines = differs.clone().take(3).map(headline).collect();
    let summary: Vec<_> = tests
        .iter()
        .map(|test| {
            serde_json::json!({
                "pair": test.sample.pair, "factor": test.factor.as_str(), "p": test.found.p,
                "p_holm": test.p_holm, "epsilon_squared": test.found.epsilon_squared,
            })
        })
        .collect();
    Section {
        id: "hypotheses",
        title: "What makes flights longer",
        template: "hypotheses.html",
        contents: contents(&shown),
        tables: vec![Box::new(DifferenceTable { rows: tests.iter().flat_map(rows).collect() })],
        summary: serde_json::json!({ "tests": summary }),
        headlines,
    }
}

/// All pairs within themselves, if there are several, then the largest pairs.
fn samples<'a>(
    material: &'a Material<'_>,
    durations: &'a [f64],
    within: &'a [f64],
) -> Vec<Sample<'a>> {
    let known = |flights: &[usize]| -> Vec<usize> {
        flights.iter().copied().filter(|flight| durations[*flight].is_finite()).collect()
    };
    let all = is_within_pairs(material).then(|| {
        // The flights of a small pair are near its median whatever they are.
        let large = material.pairs.iter().filter(|pair| pair.flights.len() >= 4 * SMALLEST_GROUP);
        let flights: Vec<usize> = large
            .filter(|pair| pair.pair.is_some())
            .flat_map(|pair| known(&pair.flights))
            .collect();
        Sample { pair: None, flights, durations: within }
    });
    let one = |pair: &'a PairFlights| {
        let flights = known(&pair.flights);
        Some(Sample { pair: Some(pair.pair.as_deref()?), flights, durations })
    };
    let pairs = material.pairs.iter().filter_map(one).take(material.settings.max_pairs);
    let pairs = pairs.filter(|sample| sample.flights.len() >= 4 * SMALLEST_GROUP);
    all.into_iter().chain(pairs).collect()
}

fn test<'a>(sample: &'a Sample<'a>, factor: Factor, of: &[Option<String>]) -> Option<Test<'a>> {
    let mut by_name = std::collections::BTreeMap::<&str, Vec<f64>>::new();
    for &flight in &sample.flights {
        if let Some(name) = &of[flight] {
            by_name.entry(name).or_default().push(sample.durations[flight]);
        }
    }
    let mut groups: Vec<Group> = by_name
        .into_iter()
        .filter(|(_, durations)| durations.len() >= SMALLEST_GROUP)
        .map(|(name, mut durations)| {
            durations.sort_by(f64::total_cmp);
            Group { name: name.to_owned(), durations }
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.durations.len()));
    groups.truncate(MOST_GROUPS);
    let order = factor.groups();
    if !order.is_empty() {
        groups.sort_by_key(|group| order.iter().position(|name| *name == group.name));
    }
    let values: Vec<Vec<f64>> = groups.iter().map(|group| group.durations.clone()).collect();
    let found = kruskal_wallis(&values)?;
    let n_left_out = sample.flights.len() - values.iter().map(Vec::len).sum::<usize>();
    Some(Test { sample, factor, groups, n_left_out, found, p_holm: found.p })
}

impl Group {
    fn quartiles(&self) -> [f64; 3] {
        [0.25, 0.5, 0.75].map(|q| quantile(&self.durations, q).expect("a group has flights"))
    }

    fn median(&self) -> f64 {
        self.quartiles()[1]
    }
}

fn title(sample: &Sample<'_>) -> String {
    match sample.pair {
        Some(pair) => {
            format!("{}, {}", plain_text(pair, 40), counted(sample.flights.len() as u64, "flight"))
        }
        None => format!(
            "All pairs, each flight against the median of its own, {}",
            counted(sample.flights.len() as u64, "flight")
        ),
    }
}

/// `3 h 05 min`, or `+4.5 min` of a difference.
fn span(test: &Test<'_>, seconds: f64) -> String {
    if test.sample.pair.is_some() { duration(seconds) } else { minutes(seconds) }
}

fn minutes(seconds: f64) -> String {
    let sign = if seconds > 0.0 { "+" } else { "" };
    format!("{sign}{}\u{a0}min", grouped(seconds / 60.0, 1))
}

/// `p = 0.43`; `p < 0.001`.
fn p_words(p: f64) -> String {
    match p {
        p if p < 0.001 => "p < 0.001".to_owned(),
        p if p < 0.1 => format!("p = {}", grouped(p, 3)),
        p => format!("p = {}", grouped(p, 2)),
    }
}

/// The size of an effect: bounds of Cohen (1988) for shares of variance.
fn size(epsilon_squared: f64) -> &'static str {
    match epsilon_squared {
        e if e < 0.01 => "negligible",
        e if e < 0.06 => "small",
        e if e < 0.14 => "medium",
        _ => "large",
    }
}

fn extremes<'a>(test: &'a Test<'_>) -> (&'a Group, &'a Group) {
    let by_median = |a: &&Group, b: &&Group| a.median().total_cmp(&b.median());
    let longest = test.groups.iter().max_by(by_median).expect("a test has groups");
    let shortest = test.groups.iter().min_by(by_median).expect("a test has groups");
    (longest, shortest)
}

fn sentence(test: &Test<'_>) -> Sentence {
    let n = test.groups.iter().map(|group| group.durations.len() as u64).sum::<u64>();
    let (flights, factor) = (counted(n, "flight"), test.factor);
    let is_difference = test.p_holm < LEVEL;
    let text = if is_difference {
        let (longest, shortest) = extremes(test);
        let of = |group: &Group| {
            let n = counted(group.durations.len() as u64, "flight");
            format!("{} {} ({n})", span(test, group.median()), factor.of_group(&group.name))
        };
        format!(
            "Flights take longer {}: the median is {}, and {}.",
            factor.some_than_others(),
            of(longest),
            of(shortest)
        )
    } else {
        format!(
            "Flights do not take longer {}, as far as {flights} can tell.",
            factor.one_than_another()
        )
    };
    let share = grouped(test.found.epsilon_squared * 100.0, 1);
    let left_out = match test.n_left_out as u64 {
        0 => String::new(),
        n => format!("; {} left out, in groups too small or not known", counted(n, "flight")),
    };
    let note = format!(
        "{}; alone {}; {share}\u{a0}% of the variance of ranks: {}{left_out}",
        p_words(test.p_holm),
        p_words(test.found.p),
        size(test.found.epsilon_squared),
    );
    Sentence { is_difference, text, note }
}

fn headline(test: &Test<'_>) -> String {
    let place = test.sample.pair.map_or("within pairs".to_owned(), |pair| plain_text(pair, 40));
    format!(
        "{place}: flights take longer {} ({}, {} effect)",
        test.factor.some_than_others(),
        p_words(test.p_holm),
        size(test.found.epsilon_squared)
    )
}

fn figure(tests: &[&Test<'_>]) -> Figure {
    let panel = |test: &&Test<'_>| {
        let all: Vec<f64> = {
            let mut all: Vec<f64> =
                test.groups.iter().flat_map(|group| group.durations.iter().copied()).collect();
            all.sort_by(f64::total_cmp);
            all
        };
        let middle = quantile(&all, 0.5).unwrap_or(0.0);
        let bar = |group: &Group| {
            let [low, median, high] = group.quartiles();
            let n = group.durations.len();
            let error = 1.57 * (high - low) / (n as f64).sqrt();
            WhiskerBar {
                name: format!("{} ({})", group.name, count(n as u64)),
                value: (median - middle) / 60.0,
                error: Some(error / 60.0),
                text: minutes(median - middle),
            }
        };
        let bars: Vec<WhiskerBar> = test.groups.iter().map(bar).collect();
        let description = format!(
            "Median duration by {} less the median of all. The numbers are in the table below.",
            test.factor.title()
        );
        drawing(whisker_chart(test.factor.title(), &description, &bars, None))
    };
    let grid = |test: &&Test<'_>| Grid {
        title: test.factor.title().to_owned(),
        head: ["group", "flights", "lower quartile", "median", "upper quartile"]
            .map(str::to_owned)
            .to_vec(),
        rows: test
            .groups
            .iter()
            .map(|group| {
                let quartiles = group.quartiles().map(|seconds| span(test, seconds));
                let cells = [group.name.clone(), count(group.durations.len() as u64)];
                cells.into_iter().chain(quartiles).collect()
            })
            .collect(),
    };
    Figure {
        caption: "By how many minutes the median of each group (its flights in brackets) is above \
                  or below the median of all. Whiskers: where the whiskers of two groups do not \
                  meet, their medians differ with some confidence (1.57 interquartile ranges over \
                  the root of n; McGill, Tukey and Larsen 1978)."
            .to_owned(),
        panels: tests.iter().map(panel).collect(),
        shape: "bars",
        several: true,
        legend: Vec::new(),
        grids: tests.iter().map(grid).collect(),
    }
}

fn rows<'a>(test: &'a Test<'_>) -> impl Iterator<Item = DifferenceRow> + 'a {
    test.groups.iter().map(|group| DifferenceRow {
        pair: test.sample.pair.map(str::to_owned),
        factor: test.factor.as_str().to_owned(),
        group: group.name.clone(),
        n_flights: group.durations.len() as i64,
        quartiles_s: group.quartiles(),
        h: test.found.h,
        degrees: test.found.degrees as i64,
        p: test.found.p,
        p_holm: test.p_holm,
        epsilon_squared: test.found.epsilon_squared,
    })
}
