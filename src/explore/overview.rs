//! What is there: how many flights of which pairs, when, by whom, how long, how complete, and
//! what was refused.

use serde::Serialize;

use super::counts::{Count, by_calendar, by_word};
use super::histogram::{Histogram, Subject, even, stepped};
use super::material::Material;
use super::section::{Section, contents};
use crate::page::words::{count, counted, percent, share};
use crate::page::{Figure, Grid, Rejection, rejections};
use crate::tables::{Cleaning, CountTable, ExploredTable, HistogramTable};
use crate::units::METRES_PER_NAUTICAL_MILE;

/// What the template sees.
#[derive(Serialize)]
struct Overview {
    counts: Vec<Figure>,
    /// What all flights have in common, a sentence each, without a full stop.
    alike: Vec<String>,
    lengths: Vec<Figure>,
    quality: Vec<Figure>,
    mended: Option<Mended>,
    n_flights: String,
    n_refused: Option<String>,
    rejected: Vec<Rejection>,
    has_calendar: bool,
}

/// What cleaning found.
#[derive(Serialize)]
struct Mended {
    rows: String,
    files: String,
    /// Without a row where nothing was found.
    found: Grid,
}

const DURATION: Subject =
    Subject { figure: "duration_s", name: "duration", unit: "min", per_unit: 60.0 };
const DISTANCE: Subject = Subject {
    figure: "distance_m",
    name: "distance flown",
    unit: "nmi",
    per_unit: METRES_PER_NAUTICAL_MILE,
};
const COMPLETENESS: Subject = Subject {
    figure: "completeness",
    name: "rows with time and position",
    unit: "%",
    per_unit: 0.01,
};
const STEP: Subject =
    Subject { figure: "mean_step_s", name: "mean step between rows", unit: "s", per_unit: 1.0 };
const GAP: Subject =
    Subject { figure: "max_gap_s", name: "longest gap between rows", unit: "s", per_unit: 1.0 };

const STEPS: [(f64, &str); 7] = [
    (0.95, "< 1"),
    (1.05, "1"),
    (2.0, "1–2"),
    (5.0, "2–5"),
    (10.0, "5–10"),
    (30.0, "10–30"),
    (60.0, "30–60"),
];
const GAPS: [(f64, &str); 8] = [
    (1.05, "≤ 1"),
    (2.0, "1–2"),
    (5.0, "2–5"),
    (10.0, "5–10"),
    (30.0, "10–30"),
    (60.0, "30–60"),
    (300.0, "60–300"),
    (900.0, "300–900"),
];

const SHARES: [(f64, &str); 6] = [
    (0.5, "< 50"),
    (0.8, "50–80"),
    (0.9, "80–90"),
    (0.95, "90–95"),
    (0.99, "95–99"),
    (1.0, "99–100"),
];

/// A count of what cleaning did to a flight.
type Tally = fn(&Cleaning) -> u64;

/// Makes the section.
pub(super) fn section(material: &Material<'_>) -> Section {
    let features = &material.features;
    let n_flights = features.n_flights();
    let mut counts = Vec::new();
    counts.extend(by_word("pair", "pairs", (0..n_flights).map(|flight| features.pair(flight))));
    let calendar = by_calendar(material);
    let has_calendar = !calendar.is_empty();
    counts.extend(calendar);
    // The catalog knows types where no category was asked for.
    let types = (0..n_flights).map(|flight| {
        let row = material.catalog[flight].as_ref();
        row.and_then(|row| row.aircraft_type.clone())
    });
    counts.extend(by_word("aircraft_type", "aircraft types", types));
    let airlines = material.category("airline").unwrap_or_default().iter().cloned();
    counts.extend(by_word("airline", "airlines", airlines));
    let lengths: Vec<Histogram> =
        [even(DURATION, &features.duration_s), even(DISTANCE, &features.distance_m)]
            .into_iter()
            .flatten()
            .collect();
    let quality = quality(material);
    let tables: Vec<Box<dyn ExploredTable>> = vec![
        Box::new(CountTable { rows: counts.iter().flat_map(|c| c.rows.clone()).collect() }),
        Box::new(HistogramTable {
            rows: lengths.iter().chain(&quality).flat_map(|h| h.rows.clone()).collect(),
        }),
    ];
    let rejected = material.rejected.as_ref();
    let n_refused = rejected.map(|table| table.rows.len() as u64);
    let n_pairs = material.pairs.iter().filter(|pair| pair.pair.is_some()).count();
    let summary = serde_json::json!({
        "n_flights": n_flights,
        "n_pairs": n_pairs,
        "n_refused": n_refused,
    });
    let shown = Overview {
        alike: counts.iter().filter_map(|count| count.sentence.clone()).collect(),
        counts: counts.into_iter().filter_map(|Count { figure, .. }| figure).collect(),
        lengths: lengths.into_iter().map(|Histogram { figure, .. }| figure).collect(),
        quality: quality.into_iter().map(|Histogram { figure, .. }| figure).collect(),
        mended: mended(material),
        n_flights: counted(n_flights as u64, "flight"),
        n_refused: n_refused.map(count),
        rejected: rejected.map(rejections).unwrap_or_default(),
        has_calendar,
    };
    let refused = n_refused.filter(|n| *n > 0).map(|n| format!("{} refused", counted(n, "file")));
    Section {
        id: "overview",
        title: "What is there",
        template: "overview.html",
        contents: contents(&shown),
        tables,
        summary,
        headlines: refused.into_iter().collect(),
    }
}

/// How complete and how dense the flights' files are.
fn quality(material: &Material<'_>) -> Vec<Histogram> {
    let known = material.cleaning.iter().enumerate();
    let known: Vec<(f64, &Cleaning)> = known
        .filter_map(|(flight, row)| {
            Some((material.features.duration_s[flight], &row.as_ref()?.cleaning))
        })
        .collect();
    let completeness: Vec<f64> = known.iter().map(|(_, c)| c.completeness()).collect();
    let steps: Vec<f64> = known
        .iter()
        .filter(|(_, c)| c.kept_rows > 1)
        .map(|(duration, c)| duration / (c.kept_rows - 1) as f64)
        .collect();
    let gaps: Vec<f64> = known.iter().map(|(_, c)| c.max_gap_s).collect();
    [
        stepped(STEP, &steps, &STEPS, "> 60"),
        stepped(GAP, &gaps, &GAPS, "> 900"),
        stepped(COMPLETENESS, &completeness, &SHARES, "100"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What cleaning found, summed up: in how many flights, and how often.
fn mended(material: &Material<'_>) -> Option<Mended> {
    let rows: Vec<&Cleaning> =
        material.cleaning.iter().flatten().map(|row| &row.cleaning).collect();
    if rows.is_empty() {
        return None;
    }
    let total = |of: Tally| rows.iter().map(|row| of(row)).sum::<u64>();
    let all_rows = total(|row| row.rows);
    let found: [(&str, Tally); 8] = [
        ("rows out of order, sorted", |row| row.out_of_order_rows),
        ("rows that repeat a time, left out", |row| row.repeated_times),
        ("rows without a time", |row| row.rows_without_time),
        ("rows without a position", |row| row.rows_without_position),
        ("steps of the clock at midnight, mended", |row| row.midnight_steps),
        ("headers repeated within the file, skipped", |row| row.repeated_headers),
        ("last lines cut short, left out", |row| u64::from(row.truncated_last_line)),
        ("cells missing", |row| row.missing_cells),
    ];
    let line = |(name, of): (&str, fn(&Cleaning) -> u64)| {
        let flights = rows.iter().filter(|row| of(row) > 0).count();
        let times = total(of);
        let cells = total(|row| row.cells);
        let part = match name {
            "cells missing" => share(times as f64 / cells.max(1) as f64),
            name if name.starts_with("rows") => share(times as f64 / all_rows.max(1) as f64),
            _ => String::new(),
        };
        let of_flights = percent(flights as f64 / rows.len() as f64);
        vec![
            name.to_owned(),
            count(times),
            part,
            format!("{} ({of_flights})", count(flights as u64)),
        ]
    };
    let happened = found.into_iter().filter(|(_, of)| total(*of) > 0);
    let found = Grid {
        title: String::new(),
        head: ["what was found", "how often", "share", "in flights"].map(str::to_owned).to_vec(),
        rows: happened.map(line).collect(),
    };
    Some(Mended { rows: count(all_rows), files: counted(rows.len() as u64, "file"), found })
}
