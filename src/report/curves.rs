//! Curves: how errors and R2 change along the flight, a panel per horizon.
//!
//! The page shows them under the split that it quotes, all panels of a figure on one scale.

use super::figure::{Figure, Grid, LegendItem, drawing, grid_of, model_ink};
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

/// The figures of one axis, in the page's order; those without any value are left out.
pub(super) fn figures(scores: &Scores, axis: Axis, split: Split) -> Vec<Figure> {
    let errors = [
        (Target::Horizontal, "position error", Unit::NauticalMiles),
        (Target::Altitude, "altitude error", Unit::Feet),
        (Target::Elapsed, "time error", Unit::Seconds),
    ];
    let frame = |name: &str, unit: Unit| Frame {
        scores,
        axis,
        split,
        y_label: match unit.sign() {
            "" => name.to_owned(),
            sign => format!("{name} ({sign})"),
        },
        unit,
    };
    let by_model = |(target, name, unit): (Target, &str, Unit)| {
        let frame = frame(&format!("mean {name}"), unit);
        frame.figure(
            &format!("Mean {name} along the flight, a line per model, {split} split."),
            |horizon| frame.by_model(horizon, target),
        )
    };
    let spread = frame("position error", Unit::NauticalMiles);
    let r2 = frame("R²", Unit::None);
    let coverage = frame("share of flights", Unit::None);
    [
        by_model(errors[0]),
        spread.figure(
            &format!("Position error of the best model: mean, median and 95th percentile of the held-out flights, {split} split."),
            |horizon| spread.spread(horizon),
        ),
        r2.figure(
            &format!("R² of the best model by target, {split} split. One is perfect; zero is no better than the mean of the held-out flights."),
            |horizon| r2.by_target(horizon),
        ),
        by_model(errors[1]),
        by_model(errors[2]),
        coverage.figure(
            &format!("Coverage of the 90 % intervals of the best model: the share of held-out flights that lie within, {split} split. An honest interval holds 0.9 of them; position is the circle about the predicted one."),
            |horizon| coverage.coverage(horizon),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Frame<'_> {
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

    fn by_model(&self, horizon: Horizon, target: Target) -> Vec<Line> {
        let mut models = self.scores.models(self.axis, self.split, horizon);
        models.reverse(); // the learnt models on top of the baselines
        let lines = models.into_iter().map(|model| Line {
            name: model.to_string(),
            ink: model_ink(model),
            values: self.values(horizon, model, target, Metric::Mae),
        });
        lines.filter(|line| !line.values.is_empty()).collect()
    }

    fn spread(&self, horizon: Horizon) -> Vec<Line> {
        let Some(model) = self.scores.best(self.axis, self.split, horizon) else {
            return Vec::new();
        };
        let metrics = [
            (Metric::P95, "95th percentile", Ink::Hue(1)),
            (Metric::Mae, "mean", Ink::Hue(0)),
            (Metric::Median, "median", Ink::Hue(2)),
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
        lines.filter(|line| !line.values.is_empty()).collect()
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
