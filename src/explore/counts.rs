//! Counts: flights by pair, by day, hour, weekday and month, by aircraft type and by airline.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::histogram::capital;
use super::material::Material;
use crate::chart::{Bar, ColumnBar, ColumnChart, bar_chart, plain_text};
use crate::page::words::{count, counted, percent};
use crate::page::{Figure, Grid, drawing};
use crate::tables::CountRow;

/// Bars that a chart of names has; the rest is in its table.
const BARS: usize = 12;
/// Rows that a table of names has; the rest is in the Parquet file.
const LISTED: usize = 40;
/// Columns beyond which days become weeks, and weeks months.
const MOST_COLUMNS: usize = 70;
/// Characters of a name.
const NAME_LIMIT: usize = 60;

/// Flights by one thing.
pub(super) struct Count {
    /// None where all flights are in one group.
    pub(super) figure: Option<Figure>,
    /// The same in words, where a chart would have one bar.
    pub(super) sentence: Option<String>,
    pub(super) rows: Vec<CountRow>,
}

/// Flights by words, those with most flights first; none where no flight has a word.
pub(super) fn by_word(
    by: &'static str,
    name: &'static str,
    words: impl Iterator<Item = Option<String>>,
) -> Option<Count> {
    let mut flights: BTreeMap<Option<String>, u64> = BTreeMap::new();
    for word in words {
        *flights.entry(word).or_default() += 1;
    }
    if !flights.keys().any(Option::is_some) {
        return None;
    }
    let all: u64 = flights.values().sum();
    let mut groups: Vec<(Option<String>, u64)> = flights.into_iter().collect();
    // Stable, so that equals stay in order of their names; what is not known comes last.
    groups.sort_by_key(|(word, n)| (word.is_none(), std::cmp::Reverse(*n)));
    let shown = |word: &Option<String>| {
        word.as_deref().map_or("not known".to_owned(), |word| plain_text(word, NAME_LIMIT))
    };
    let share = |n: u64| percent(n as f64 / all as f64);
    let bars: Vec<Bar> = groups
        .iter()
        .take(BARS)
        .map(|(word, n)| Bar { name: shown(word), value: *n as f64, text: count(*n) })
        .collect();
    let known = groups.iter().filter(|(word, _)| word.is_some()).count();
    let caption = format!(
        "{}: {}; {} with {} of the flights.{}",
        capital(name),
        count(known as u64),
        shown(&groups[0].0),
        share(groups[0].1),
        if groups.len() > BARS { format!(" The {BARS} largest are drawn.") } else { String::new() }
    );
    let heading = format!("Flights by {}", name_of_one(name));
    let mut rows: Vec<Vec<String>> = groups
        .iter()
        .take(LISTED)
        .map(|(word, n)| vec![shown(word), count(*n), share(*n)])
        .collect();
    if let rest @ [_, ..] = &groups[groups.len().min(LISTED)..] {
        let flights: u64 = rest.iter().map(|(_, n)| n).sum();
        rows.push(vec![
            format!("{} more", count(rest.len() as u64)),
            count(flights),
            share(flights),
        ]);
    }
    let head = vec![name_of_one(name).to_owned(), "flights".to_owned(), "share".to_owned()];
    let figure = Figure {
        panels: vec![drawing(bar_chart(&heading, &caption, &bars))],
        caption,
        shape: "bars",
        several: false,
        legend: Vec::new(),
        grids: vec![Grid { title: String::new(), head, rows }],
    };
    let sentence = format!("All flights are of one {}: {}", name_of_one(name), shown(&groups[0].0));
    let (figure, sentence) =
        if groups.len() > 1 { (Some(figure), None) } else { (None, Some(sentence)) };
    let rows = groups.into_iter().map(|(group, flights)| CountRow { by, group, flights });
    Some(Count { figure, sentence, rows: rows.collect() })
}

/// The singular of the few plurals that there are.
fn name_of_one(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

/// Flights by day, hour, weekday and month; nothing without a calendar.
pub(super) fn by_calendar(material: &Material<'_>) -> Vec<Count> {
    let starts = material.features.start_time_us.iter().flatten();
    let starts: Vec<jiff::Zoned> = starts
        .filter_map(|us| Timestamp::from_microsecond(*us).ok())
        .map(|time| time.to_zoned(TimeZone::UTC))
        .collect();
    let Some((first, last)) = starts.iter().min().zip(starts.iter().max()) else {
        return Vec::new();
    };
    let days = by_day(&starts, first.date(), last.date());
    let mut hours = vec![0_u64; 24];
    let mut weekdays = vec![0_u64; 7];
    let mut months = vec![0_u64; 12];
    for start in &starts {
        hours[start.hour() as usize] += 1;
        weekdays[start.weekday().to_monday_zero_offset() as usize] += 1;
        months[start.month() as usize - 1] += 1;
    }
    let hour_names: Vec<String> = (0..24).map(|hour| format!("{hour:02}")).collect();
    let words =
        |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let weekday_names = words(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
    let month_names = words(&[
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]);
    let by_hour = in_columns("hour", "hour of the start (UTC)", &hour_names, &hours);
    let by_weekday = in_columns("weekday", "weekday of the start (UTC)", &weekday_names, &weekdays);
    let mut counts = vec![days, by_hour, by_weekday];
    if first.year() != last.year() || first.month() != last.month() {
        counts.push(in_columns("month", "month of the start (UTC)", &month_names, &months));
    }
    counts
}

fn by_day(starts: &[jiff::Zoned], first: Date, last: Date) -> Count {
    let mut flights: BTreeMap<Date, u64> = BTreeMap::new();
    for start in starts {
        *flights.entry(start.date()).or_default() += 1;
    }
    let n_days = (last - first).get_days() as usize + 1;
    let step = match n_days {
        n if n <= MOST_COLUMNS => 1,
        n if n <= 7 * MOST_COLUMNS => 7,
        n => n.div_ceil(MOST_COLUMNS),
    };
    let name = match step {
        1 => "day (UTC)".to_owned(),
        7 => "week, by its first day (UTC)".to_owned(),
        n => format!("{n} days, by the first (UTC)"),
    };
    let begins = (0..n_days.div_ceil(step)).map(|i| {
        let days = jiff::Span::new().days((i * step) as i64);
        first.checked_add(days).unwrap_or(last)
    });
    let begins: Vec<Date> = begins.collect();
    let sums: Vec<u64> = begins
        .iter()
        .enumerate()
        .map(|(i, begin)| {
            let end = begins.get(i + 1).copied();
            let days = flights.range(*begin..).take_while(|(day, _)| end.is_none_or(|e| **day < e));
            days.map(|(_, n)| n).sum()
        })
        .collect();
    let names: Vec<String> = begins.iter().map(ToString::to_string).collect();
    let drawn = in_columns("day", &name, &names, &sums);
    let mut busiest: Vec<(&Date, &u64)> = flights.iter().collect();
    busiest.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let caption = format!(
        "From {first} to {last}: flights on {} of {}, at most {} a day ({}).",
        count(flights.len() as u64),
        counted(n_days as u64, "day"),
        count(*busiest[0].1),
        busiest[0].0,
    );
    let rows = flights.iter().map(|(day, n)| CountRow {
        by: "day",
        group: Some(day.to_string()),
        flights: *n,
    });
    let figure = drawn.figure.map(|figure| Figure { caption, ..figure });
    Count { rows: rows.collect(), figure, sentence: drawn.sentence }
}

/// Flights in classes with names in a fixed order.
fn in_columns(by: &'static str, name: &str, names: &[String], flights: &[u64]) -> Count {
    let largest = flights.iter().zip(names).max_by_key(|(n, _)| **n);
    let caption = largest.map_or_else(String::new, |(n, largest)| {
        format!("By {name}: most in {largest}, {}.", counted(*n, "flight"))
    });
    let column = |(name, n): (&String, &u64)| ColumnBar {
        name: name.clone(),
        value: *n as f64,
        note: format!("{name}: {}", counted(*n, "flight")),
    };
    let chart = ColumnChart {
        heading: format!("Flights by {}", name.split([' ', ',']).next().unwrap_or(name)),
        description: caption.clone(),
        x_label: name.to_owned(),
        y_label: "flights".to_owned(),
        columns: names.iter().zip(flights).map(column).collect(),
        range: None,
    };
    let row = |(name, n): (&String, &u64)| vec![name.clone(), count(*n)];
    let grid = Grid {
        title: String::new(),
        head: vec![name.to_owned(), "flights".to_owned()],
        rows: names.iter().zip(flights).map(row).collect(),
    };
    let figure = Figure {
        caption,
        panels: vec![drawing(chart.to_svg())],
        shape: "line",
        several: false,
        legend: Vec::new(),
        grids: vec![grid],
    };
    let rows = names.iter().zip(flights);
    let rows = rows.map(|(group, n)| CountRow { by, group: Some(group.clone()), flights: *n });
    // One column says nothing, and all flights of one day are of one weekday and month as well.
    let is_single = flights.iter().filter(|n| **n > 0).count() < 2;
    let day = largest.filter(|_| is_single && by == "day").map(|(_, day)| day);
    Count {
        sentence: day.map(|day| format!("All flights are of {day} (UTC)")),
        figure: (!is_single).then_some(figure),
        rows: rows.collect(),
    }
}
