//! Curves: how errors and R2 change along the flight, a panel per horizon.
//!
//! The page shows them under the split that it quotes, all panels of a figure on one scale, and
//! folds away R2 of every model and the other splits.

use serde::Serialize;

use super::figure::{Figure, Grid, LegendItem, drawing, grid_of};
use super::scores::{Key, Scores};
use super::words::{self, R2_TARGETS, Unit, percent};
use crate::chart::{Ink, LineChart, Point, Series};
use crate::tables::{Axis, Horizon, Metric, ModelName, Split, Target};

/// An R2 below this is cut: it is useless already, and would flatten everything above.
const LOWEST_R2: f64 = -0.5;
/// `great-circle` may stretch a scale by this much before it is cut.
const STRETCH: f64 = 1.6;

/// What a figure's panels have in common.
struct Frame<'a> {
    scores: &'a Scores,
    axis: Axis,
    split: Split,
    y_label: String,
    unit: Unit,
}

/// A line of a panel before it is drawn.
struct Line {
    name: String,
    ink: Ink,
    values: Vec<(f64, f64)>,
}

/// Figures that the page folds away under a heading.
#[derive(Debug, Serialize)]
pub(super) struct Folded {
    summary: String,
    figures: Vec<Figure>,
}

/// What is predicted, what its error is called, and its unit.
const POSITION: Error = (Target::Horizontal, "position error", Unit::NauticalMiles);
const POSITION_AT_TIME: Error =
    (Target::HorizontalAtTime, "position error at its time", Unit::NauticalMiles);
const ALTITUDE: Error = (Target::Altitude, "altitude error", Unit::Feet);
const TIME: Error = (Target::Elapsed, "time error", Unit::Seconds);

type Error = (Target, &'static str, Unit);

/// The figures of one axis under the quoted split, in the page's order; those without any value
/// are left out.
pub(super) fn figures(scores: &Scores, axis: Axis, split: Split) -> Vec<Figure> {
    let frame = |name, unit| Frame::new(scores, axis, split, name, unit);
    let spread = frame("position error", Unit::NauticalMiles);
    let r2 = frame("R²", Unit::None);
    let coverage = frame("share of flights", Unit::None);
    [
        by_model(scores, axis, split, POSITION),
        by_model(scores, axis, split, POSITION_AT_TIME),
        spread.figure(
            &format!("Position error of the best model: mean, median and 95th percentile of the held-out flights, and its mean parts along and across the median track of the pair, {split} split."),
            |horizon| spread.spread(horizon),
        ),
        r2.figure(
            &format!("R² of the best model by target, {split} split. One is perfect; zero is no better than the mean of the held-out flights."),
            |horizon| r2.by_target(horizon),
        ),
        by_model(scores, axis, split, ALTITUDE),
        by_model(scores, axis, split, TIME),
        coverage.figure(
            &format!("Coverage of the 90 % intervals of the best model: the share of held-out flights that lie within, {split} split. An honest interval holds 0.9 of them; position is the circle about the predicted one."),
            |horizon| coverage.coverage(horizon),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// R2 of every model under the quoted split, and errors and R2 under each other one.
pub(super) fn folded(scores: &Scores, axis: Axis, splits: &[Split]) -> Vec<Folded> {
    let fold = |(at, &split): (usize, &Split)| {
        let errors = [POSITION, ALTITUDE, TIME];
        let errors = errors.into_iter().filter_map(|error| by_model(scores, axis, split, error));
        let r2 = R2_TARGETS.iter().filter_map(|&target| r2_by_model(scores, axis, split, target));
        Folded {
            summary: match at {
                0 => format!("R² of every model, {split} split"),
                _ => format!("Errors and R² of every model, {split} split"),
            },
            figures: errors.filter(|_| at > 0).chain(r2).collect(),
        }
    };
    let folded = splits.iter().enumerate().map(fold);
    folded.filter(|folded| !folded.figures.is_empty()).collect()
}

fn by_model(scores: &Scores, axis: Axis, split: Split, error: Error) -> Option<Figure> {
    let (target, name, unit) = error;
    let frame = Frame::new(scores, axis, split, &format!("mean {name}"), unit);
    let remark = match target {
        Target::HorizontalAtTime => {
            " Compared is where the flight was at the moment at which it was at the fraction."
        }
        _ => "",
    };
    frame.figure(
        &format!("Mean {name} along the flight, a line per model, {split} split.{remark}"),
        |horizon| frame.by_model(horizon, target, Metric::Mae),
    )
}

fn r2_by_model(
    scores: &Scores,
    axis: Axis,
    split: Split,
    (target, name): (Target, &str),
) -> Option<Figure> {
    let frame = Frame::new(scores, axis, split, "R²", Unit::None);
    frame.figure(
        &format!("R² of {name} along the flight, a line per model, {split} split."),
        |horizon| frame.by_model(horizon, target, Metric::R2),
    )
}

impl<'a> Frame<'a> {
    fn new(scores: &'a Scores, axis: Axis, split: Split, name: &str, unit: Unit) -> Self {
        let y_label = match unit.sign() {
            "" => name.to_owned(),
            sign => format!("{name} ({sign})"),
        };
        Self { scores, axis, split, y_label, unit }
    }

    fn figure(&self, caption: &str, lines: impl Fn(Horizon) -> Vec<Line>) -> Option<Figure> {
        let horizons = self.scores.horizons(self.axis, self.split);
        let panels = horizons.into_iter().map(|horizon| (horizon, lines(horizon)));
        let panels: Vec<_> = panels.filter(|(_, lines)| !lines.is_empty()).collect();
        if panels.is_empty() {
            return None;
        }
        let all: Vec<&Line> = panels.iter().flat_map(|(_, lines)| lines).collect();
        let (range, remark) = self.range(&all);
        let mut legend: Vec<(Ink, &str)> = Vec::new();
        // Lines are drawn from the baselines up; a reader looks for the best first.
        for line in all.iter().rev() {
            if !legend.iter().any(|(_, name)| *name == line.name) {
                legend.push((line.ink, &line.name));
            }
        }
        let drawn: Vec<_> = panels
            .iter()
            .map(|(horizon, lines)| self.panel(caption, *horizon, lines, range))
            .collect();
        let (panels, grids): (Vec<_>, Vec<Grid>) = drawn.into_iter().unzip();
        Some(Figure {
            caption: format!("{caption}{remark}"),
            several: panels.len() > 1,
            panels,
            shape: "line",
            legend: legend.into_iter().map(|(ink, name)| LegendItem::new(ink, name)).collect(),
            grids,
        })
    }

    fn panel(
        &self,
        caption: &str,
        horizon: Horizon,
        lines: &[Line],
        range: (f64, f64),
    ) -> (minijinja::Value, Grid) {
        let point = |name: &str, &(fraction, value): &(f64, f64)| Point {
            x: (fraction * 1000.0).round() / 10.0,
            y: value,
            note: format!("{name}, {}: {}", percent(fraction), self.unit.with_sign(value)),
        };
        let series = |line: &Line| Series {
            ink: line.ink,
            points: line.values.iter().map(|value| point(&line.name, value)).collect(),
        };
        let chart = LineChart {
            heading: words::horizon(horizon),
            description: format!(
                "{caption} {}. The numbers are in the table below.",
                words::horizon(horizon)
            ),
            x_label: format!("part of the {} (%)", words::axis(self.axis)),
            y_label: self.y_label.clone(),
            x_range: (0.0, 100.0),
            y_range: Some(range),
            series: lines.iter().map(series).collect(),
        };
        let names: Vec<String> = lines.iter().map(|line| line.name.clone()).collect();
        let figure: fn(f64) -> String = match self.unit {
            Unit::NauticalMiles => |v| Unit::NauticalMiles.figure(v),
            Unit::Feet => |v| Unit::Feet.figure(v),
            Unit::Seconds => |v| Unit::Seconds.figure(v),
            Unit::None => |v| Unit::None.figure(v),
        };
        (drawing(chart.to_svg()), grid_of(&chart, &names, figure))
    }

    /// A scale for all panels, and a remark where it cuts something.
    fn range(&self, lines: &[&Line]) -> ((f64, f64), &'static str) {
        let values = |wants: fn(&Line) -> bool| {
            let lines = lines.iter().filter(move |line| wants(line));
            lines.flat_map(|line| line.values.iter().map(|(_, value)| *value))
        };
        if self.unit == Unit::None {
            let lowest = values(|_| true).fold(0.0, f64::min);
            let range = LineChart::common_range([lowest.max(LOWEST_R2), 1.0].into_iter());
            let cut = lowest < LOWEST_R2;
            return (
                range,
                if cut { " Values below −0.5 are cut; the table has them." } else { "" },
            );
        }
        let whole = LineChart::common_range(values(|_| true));
        let learnt = values(|line| line.ink != Ink::Faint).fold(0.0, f64::max);
        if learnt > 0.0 && whole.1 > STRETCH * learnt {
            let range = LineChart::common_range([learnt * STRETCH].into_iter());
            return (
                range,
                " Where great-circle leaves the scale it is cut; the table has its values.",
            );
        }
        (whole, "")
    }

    fn by_model(&self, horizon: Horizon, target: Target, metric: Metric) -> Vec<Line> {
        let mut models = self.scores.models(self.axis, self.split, horizon);
        models.reverse(); // the learnt models on top of the baselines
        let lines = models.into_iter().map(|model| Line {
            name: model.to_string(),
            ink: self.scores.ink(model),
            values: self.values(horizon, model, target, metric),
        });
        lines.filter(|line| !line.values.is_empty()).collect()
    }

    fn spread(&self, horizon: Horizon) -> Vec<Line> {
        let Some(model) = self.scores.best(self.axis, self.split, horizon) else {
            return Vec::new();
        };
        let metrics = [
            (Metric::CrossMae, "across the track", Ink::Hue(4)),
            (Metric::AlongMae, "along the track", Ink::Hue(3)),
            (Metric::P95, "95th percentile", Ink::Hue(1)),
            (Metric::Median, "median", Ink::Hue(2)),
            (Metric::Mae, "mean", Ink::Hue(0)),
        ];
        let lines = metrics.into_iter().map(|(metric, name, ink)| Line {
            name: name.to_owned(),
            ink,
            values: self.values(horizon, model, Target::Horizontal, metric),
        });
        lines.filter(|line| !line.values.is_empty()).collect()
    }

    fn by_target(&self, horizon: Horizon) -> Vec<Line> {
        let Some(model) = self.scores.best(self.axis, self.split, horizon) else {
            return Vec::new();
        };
        let line = |(i, (target, name)): (usize, &(Target, &str))| Line {
            name: (*name).to_owned(),
            ink: Ink::Hue(i as u8),
            values: self.values(horizon, model, *target, Metric::R2),
        };
        let lines = R2_TARGETS.iter().enumerate().rev().map(line);
        lines.filter(|line| !line.values.is_empty()).collect()
    }

    fn coverage(&self, horizon: Horizon) -> Vec<Line> {
        let Some(model) = self.scores.best(self.axis, self.split, horizon) else {
            return Vec::new();
        };
        let targets =
            [(Target::Horizontal, "position")].into_iter().chain(R2_TARGETS.into_iter().skip(2));
        let line = |(i, (target, name)): (usize, (Target, &str))| Line {
            name: name.to_owned(),
            ink: Ink::Hue(i as u8),
            values: self.values(horizon, model, target, Metric::Coverage90),
        };
        let lines = targets.enumerate().map(line);
        let lines: Vec<Line> = lines.filter(|line| !line.values.is_empty()).collect();
        let nominal = lines.first().map(|line| Line {
            name: "nominal".to_owned(),
            ink: Ink::Baseline,
            values: line.values.iter().map(|&(fraction, _)| (fraction, 0.9)).collect(),
        });
        nominal.into_iter().chain(lines).collect()
    }

    fn values(
        &self,
        horizon: Horizon,
        model: ModelName,
        target: Target,
        metric: Metric,
    ) -> Vec<(f64, f64)> {
        let (axis, split) = (self.axis, self.split);
        let key = self.scores.seen(Key { axis, split, horizon, model, target, metric });
        self.scores.curve(key).iter().map(|score| (score.fraction, score.value)).collect()
    }
}
