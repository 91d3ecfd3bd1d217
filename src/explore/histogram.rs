//! A histogram: flights by classes of a figure, as a chart, as numbers, and as rows of a table.

use crate::chart::{ColumnBar, ColumnChart, grouped, nice_ticks, tick_label};
use crate::evaluate::quantile;
use crate::page::words::{count, counted};
use crate::page::{Figure, Grid, drawing};
use crate::tables::HistogramRow;

/// Classes between the ends, about.
const CLASSES: usize = 30;
/// Quantiles beyond which values are far out: they are counted, but do not stretch the chart.
const NEAR: (f64, f64) = (0.005, 0.995);

/// What a histogram is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    /// The figure's name in tables, with its unit.
    pub(super) figure: &'static str,
    /// Its name on the page.
    pub(super) name: &'static str,
    /// Its unit on the page.
    pub(super) unit: &'static str,
    /// What a value of the table is divided by on the page.
    pub(super) per_unit: f64,
}

/// A histogram that is made.
pub(super) struct Histogram {
    pub(super) figure: Figure,
    pub(super) rows: Vec<HistogramRow>,
}

/// One class: ends as in tables, name on the page, flights.
struct Class {
    low: Option<f64>,
    high: Option<f64>,
    name: String,
    flights: u64,
}

/// Flights by evenly wide classes; none without finite values.
pub(super) fn even(subject: Subject, values: &[f64]) -> Option<Histogram> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let shown = |value: f64| value / subject.per_unit;
    let near = (shown(quantile(&sorted, NEAR.0)?), shown(quantile(&sorted, NEAR.1)?));
    let (low, high, width) = ends(near);
    let n_classes = ((high - low) / width).round() as usize;
    let edge = |class: usize| low + width * class as f64;
    // As the classes have them, to the last bit.
    let (low, high) = (edge(0), edge(n_classes));
    let mut flights = vec![0_u64; n_classes];
    let (mut below, mut above) = (0_u64, 0_u64);
    for value in sorted.iter().map(|value| shown(*value)) {
        // The last class holds its end as well.
        let class = ((value - low) / width).floor();
        if value < low {
            below += 1;
        } else if value > high {
            above += 1;
        } else {
            flights[(class as usize).min(n_classes - 1)] += 1;
        }
    }
    let edges: Vec<f64> = (0..=n_classes).map(edge).collect();
    let name = |class: usize| {
        format!("{} to {}", tick_label(edges[class], &edges), tick_label(edges[class + 1], &edges))
    };
    let as_in_tables = |shown: f64| Some(shown * subject.per_unit);
    let mut classes: Vec<Class> = flights
        .iter()
        .enumerate()
        .map(|(class, flights)| Class {
            low: as_in_tables(edges[class]),
            high: as_in_tables(edges[class + 1]),
            name: name(class),
            flights: *flights,
        })
        .collect();
    let beyond = match (below, above) {
        (0, 0) => String::new(),
        _ => format!(
            " {} beyond the ends of the chart.",
            if below + above == 1 {
                "1 flight lies".to_owned()
            } else {
                format!("{} flights lie", count(below + above))
            }
        ),
    };
    let median = quantile(&sorted, 0.5)?;
    let caption = format!(
        "{}: median {}\u{a0}{}, from {} to {}.{beyond}",
        capital(subject.name),
        short(shown(median)),
        subject.unit,
        short(shown(sorted[0])),
        short(shown(sorted[sorted.len() - 1])),
    );
    let figure = figure(subject, caption, &classes, Some((low, high)));
    if below > 0 {
        let class =
            Class { low: None, high: as_in_tables(low), name: String::new(), flights: below };
        classes.insert(0, class);
    }
    if above > 0 {
        let class =
            Class { low: as_in_tables(high), high: None, name: String::new(), flights: above };
        classes.push(class);
    }
    Some(Histogram { figure, rows: rows(subject, &classes) })
}

/// Flights by classes that are given by their upper ends, each of which belongs to the class
/// above it; the last class has none.
pub(super) fn stepped(
    subject: Subject,
    values: &[f64],
    ends: &[(f64, &str)],
    last: &str,
) -> Option<Histogram> {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if finite.is_empty() {
        return None;
    }
    let lows = std::iter::once(None).chain(ends.iter().map(|end| Some(end.0)));
    let highs = ends.iter().map(|end| Some(*end)).chain([None]);
    let classes: Vec<Class> = lows
        .zip(highs)
        .map(|(low, high)| {
            let is_in = |value: &&f64| {
                low.is_none_or(|low| **value >= low) && high.is_none_or(|high| **value < high.0)
            };
            Class {
                low,
                high: high.map(|high| high.0),
                name: high.map_or(last, |high| high.1).to_owned(),
                flights: finite.iter().filter(is_in).count() as u64,
            }
        })
        .collect();
    let mut sorted = finite;
    sorted.sort_by(f64::total_cmp);
    let caption = format!(
        "{}: median {}\u{a0}{}, at most {}.",
        capital(subject.name),
        short(quantile(&sorted, 0.5)? / subject.per_unit),
        subject.unit,
        short(sorted[sorted.len() - 1] / subject.per_unit),
    );
    let figure = figure(subject, caption, &classes, None);
    Some(Histogram { figure, rows: rows(subject, &classes) })
}

/// Round ends around a range, and the width of a class.
fn ends((low, high): (f64, f64)) -> (f64, f64, f64) {
    let ticks = nice_ticks(low, high, CLASSES);
    let width = ticks.windows(2).map(|pair| pair[1] - pair[0]).next();
    let Some(width) = width.filter(|width| *width > 0.0) else {
        // All values are the same.
        let middle = low.floor();
        return (middle, middle + 1.0, 1.0);
    };
    let first = (low / width + 1e-9).floor();
    let last = (high / width - 1e-9).ceil().max(first + 1.0);
    (first * width, last * width, width)
}

fn figure(
    subject: Subject,
    caption: String,
    classes: &[Class],
    range: Option<(f64, f64)>,
) -> Figure {
    let column = |class: &Class| ColumnBar {
        name: class.name.clone(),
        value: class.flights as f64,
        note: format!("{} {}: {}", class.name, subject.unit, counted(class.flights, "flight")),
    };
    let chart = ColumnChart {
        heading: capital(subject.name),
        description: caption.clone(),
        x_label: if subject.unit.is_empty() {
            subject.name.to_owned()
        } else {
            format!("{} ({})", subject.name, subject.unit)
        },
        y_label: "flights".to_owned(),
        columns: classes.iter().map(column).collect(),
        range,
    };
    let row = |class: &Class| vec![class.name.clone(), count(class.flights)];
    let grid = Grid {
        title: String::new(),
        head: vec![format!("{} ({})", subject.name, subject.unit), "flights".to_owned()],
        rows: classes.iter().map(row).collect(),
    };
    Figure {
        caption,
        panels: vec![drawing(chart.to_svg())],
        shape: "line",
        several: false,
        legend: Vec::new(),
        grids: vec![grid],
    }
}

fn rows(subject: Subject, classes: &[Class]) -> Vec<HistogramRow> {
    let row = |class: &Class| HistogramRow {
        figure: subject.figure,
        low: class.low,
        high: class.high,
        flights: class.flights,
    };
    classes.iter().map(row).collect()
}

/// A figure with about three digits.
fn short(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    grouped(value, decimals)
}

/// The words with a capital.
pub(super) fn capital(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SUBJECT: Subject =
        Subject { figure: "duration_s", name: "duration", unit: "min", per_unit: 60.0 };

    proptest! {
        #[test]
        fn every_value_is_in_the_one_class_whose_ends_hold_it(
            values in prop::collection::vec(prop_oneof![0.0..1e4_f64, Just(3600.0), -1e6..1e6], 1..80)
        ) {
            let rows = even(SUBJECT, &values).unwrap().rows;
            prop_assert_eq!(rows.iter().map(|r| r.flights).sum::<u64>(), values.len() as u64);
            for pair in rows.windows(2) {
                prop_assert_eq!(pair[0].high.unwrap().to_bits(), pair[1].low.unwrap().to_bits());
            }
            let ends = [(1.0, "a"), (60.0, "b"), (3600.0, "c")];
            let rows = stepped(SUBJECT, &values, &ends, "d").unwrap().rows;
            prop_assert_eq!(rows.iter().map(|r| r.flights).sum::<u64>(), values.len() as u64);
            let long = values.iter().filter(|v| **v >= 3600.0).count() as u64;
            prop_assert_eq!(rows[3].flights, long);
        }
    }

    #[test]
    fn a_few_values_far_out_do_not_stretch_the_chart() {
        let mut values: Vec<f64> = (0..1000).map(|i| 3600.0 + f64::from(i)).collect();
        values.push(1e9);
        let histogram = even(SUBJECT, &values).unwrap();
        assert!(histogram.rows.len() > 10);
        let last = histogram.rows.last().unwrap();
        assert!(last.high.is_none() && last.flights >= 1);
        assert!(histogram.figure.caption.contains("beyond the ends"));
    }

    #[test]
    fn equal_values_are_one_class_and_none_is_nothing() {
        assert_eq!(even(SUBJECT, &[60.0; 5]).unwrap().rows.len(), 1);
        assert!(even(SUBJECT, &[f64::NAN]).is_none() && stepped(SUBJECT, &[], &[], "").is_none());
    }
}
