//! A line chart: one line per series over a common axis, values showing on hovering.
//!
//! The report draws errors along the flight with it, several side by side on one scale.

use super::ink::Ink;
use super::svg::{Align, Pen};
use super::ticks::{nice_ticks, range_from_zero, tick_label};

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 236.0;
const LEFT: f64 = 68.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 40.0;
const Y_TICKS: usize = 5;

/// A value of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Along the horizontal axis.
    pub x: f64,
    /// Along the vertical axis; not finite: not drawn.
    pub y: f64,
    /// What shows on hovering.
    pub note: String,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its colour and dash.
    pub ink: Ink,
    /// Its values, ascending along the horizontal axis.
    pub points: Vec<Point>,
}

/// A chart of lines.
#[derive(Debug, Clone, PartialEq)]
pub struct LineChart {
    /// Stands above the chart.
    pub heading: String,
    /// What a screen reader says in place of the chart.
    pub description: String,
    /// Name and unit of the horizontal axis.
    pub x_label: String,
    /// Name and unit of the vertical axis.
    pub y_label: String,
    /// Ends of the horizontal axis.
    pub x_range: (f64, f64),
    /// Ends of the vertical axis, so that charts side by side share a scale; what lies
    /// beyond is cut. None: from zero to a round number.
    pub y_range: Option<(f64, f64)>,
    /// The lines, the first at the bottom.
    pub series: Vec<Series>,
}

impl LineChart {
    /// A range from zero that holds all `values`, for charts that share a scale.
    #[must_use]
    pub fn common_range(values: impl Iterator<Item = f64>) -> (f64, f64) {
        let finite = values.filter(|v| v.is_finite());
        let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        range_from_zero(low, high, Y_TICKS)
    }

    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let ys = || self.series.iter().flat_map(|s| s.points.iter().map(|p| p.y));
        let (low, high) = self.y_range.unwrap_or_else(|| Self::common_range(ys()));
        let scale = Scale { x: self.x_range, y: (low, high) };
        let mut pen = Pen::new(WIDTH, HEIGHT, &self.description);
        pen.text("heading", (LEFT, 14.0), Align::Start, &self.heading);
        self.draw_axes(&mut pen, &scale);
        // A margin around the window, so that a line along its edge keeps its thickness.
        pen.begin_window(LEFT - 3.0, TOP - 3.0, plot_width() + 6.0, plot_height() + 6.0);
        for series in &self.series {
            let points: Vec<_> = series.points.iter().map(|p| scale.at(p.x, p.y)).collect();
            pen.path(&format!("series {}", series.ink.class()), &points);
        }
        for series in &self.series {
            let class = format!("dot {}", series.ink.class());
            for point in series.points.iter().filter(|p| p.y >= low && p.y <= high) {
                pen.dot(&class, scale.at(point.x, point.y), 1.9, &point.note);
            }
        }
        pen.end_window();
        pen.finish()
    }

    fn draw_axes(&self, pen: &mut Pen, scale: &Scale) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let y_ticks = nice_ticks(scale.y.0, scale.y.1, Y_TICKS);
        for &tick in &y_ticks {
            let (_, y) = scale.at(0.0, tick);
            pen.line(if tick == 0.0 { "zero" } else { "grid" }, (LEFT, y), (right, y));
            pen.text("tick", (LEFT - 6.0, y + 3.8), Align::End, &tick_label(tick, &y_ticks));
        }
        let x_ticks = nice_ticks(scale.x.0, scale.x.1, 5);
        for &tick in &x_ticks {
            let (x, _) = scale.at(tick, 0.0);
            pen.line("axis", (x, bottom), (x, bottom + 4.0));
            pen.text("tick", (x, bottom + 16.0), Align::Middle, &tick_label(tick, &x_ticks));
        }
        pen.line("axis", (LEFT, bottom), (right, bottom));
        pen.text("label", (LEFT + plot_width() / 2.0, HEIGHT - 7.0), Align::Middle, &self.x_label);
        pen.upright_text("label", (10.0, TOP + plot_height() / 2.0), &self.y_label);
    }
}

/// From values to the drawing.
struct Scale {
    x: (f64, f64),
    y: (f64, f64),
}

impl Scale {
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let across = (x - self.x.0) / (self.x.1 - self.x.0);
        let up = (y - self.y.0) / (self.y.1 - self.y.0);
        (LEFT + across * plot_width(), TOP + (1.0 - up) * plot_height())
    }
}

fn plot_width() -> f64 {
    WIDTH - LEFT - RIGHT
}

fn plot_height() -> f64 {
    HEIGHT - TOP - BOTTOM
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(ys: &[f64]) -> LineChart {
        let points =
            ys.iter().enumerate().map(|(i, &y)| Point { x: i as f64, y, note: format!("<{i}>") });
        LineChart {
            heading: "a & b".to_owned(),
            description: String::new(),
            x_label: "x".to_owned(),
            y_label: "y".to_owned(),
            x_range: (0.0, 10.0),
            y_range: None,
            series: vec![Series { ink: Ink::Hue(0), points: points.collect() }],
        }
    }

    #[test]
    fn every_finite_value_has_a_dot_with_its_note() {
        let svg = chart(&[1.0, f64::NAN, 3.0, f64::INFINITY]).to_svg();
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("<title>&lt;2&gt;</title>"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn no_value_or_equal_values_still_give_axes() {
        for ys in [&[][..], &[0.0, 0.0], &[5.0]] {
            let svg = chart(ys).to_svg();
            assert!(svg.contains("class=\"tick\"") && !svg.contains("NaN"));
        }
    }

    #[test]
    fn the_largest_value_is_at_the_top_and_zero_at_the_bottom() {
        let svg = chart(&[0.0, 10.0]).to_svg();
        assert!(svg.contains(&format!(r#"cy="{TOP}""#)));
        assert!(svg.contains(&format!(r#"cy="{}""#, HEIGHT - BOTTOM)));
    }
}
