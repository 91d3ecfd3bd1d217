//! Bands: how many flights go, as a middle line in a band that holds most of them.
//!
//! The exploration shows every variable over the flight with them.

use super::ink::Ink;
use super::svg::{Align, Look, Pen};
use super::ticks::{nice_ticks, tick_label};

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 214.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 40.0;
const Y_TICKS: usize = 4;

/// The spread of values at one place of the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Where.
    pub x: f64,
    /// Values from below: the outer band's lower end, the inner band's, the middle, the inner
    /// band's upper end, the outer band's. Where any is not finite, nothing is drawn.
    pub levels: [f64; 5],
    /// What shows on hovering.
    pub note: String,
}

/// A chart of one band.
#[derive(Debug, Clone, PartialEq)]
pub struct BandChart {
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
    /// Ends of the vertical axis, for charts that share a scale. None: what the outer band needs.
    pub y_range: Option<(f64, f64)>,
    /// Its colour.
    pub ink: Ink,
    /// The spread along the horizontal axis, ascending.
    pub bands: Vec<Band>,
}

impl BandChart {
    /// A range that holds the outer bands of several charts, for a common scale.
    #[must_use]
    pub fn common_range<'a>(bands: impl Iterator<Item = &'a Band>) -> (f64, f64) {
        let ends = bands.flat_map(|band| band.levels).filter(|level| level.is_finite());
        let (low, high) =
            ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        match high - low {
            span if span > 0.0 => (low - 0.04 * span, high + 0.04 * span),
            _ if low.is_finite() => (low - 0.5, low + 0.5),
            _ => (0.0, 1.0),
        }
    }

    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let (low, high) = self.y_range.unwrap_or_else(|| Self::common_range(self.bands.iter()));
        let (from, to) = self.x_range;
        let x = |value: f64| LEFT + (value - from) / (to - from) * (right - LEFT);
        let y = |value: f64| TOP + (high - value) / (high - low) * (bottom - TOP);
        let mut pen = Pen::new(WIDTH, HEIGHT, &self.description);
        pen.cut_text("heading", (LEFT, 14.0), Align::Start, &self.heading, 46);
        let ticks = nice_ticks(low, high, Y_TICKS);
        for &tick in &ticks {
            pen.line("grid", (LEFT, y(tick)), (right, y(tick)));
            let label = tick_label(tick, &ticks);
            pen.text("tick", (LEFT - 6.0, y(tick) + 3.8), Align::End, &label);
        }
        let x_ticks = nice_ticks(from, to, 5);
        for &tick in &x_ticks {
            pen.line("axis", (x(tick), bottom), (x(tick), bottom + 4.0));
            let label = tick_label(tick, &x_ticks);
            pen.text("tick", (x(tick), bottom + 16.0), Align::Middle, &label);
        }
        pen.begin_window(LEFT, TOP - 3.0, right - LEFT, bottom - TOP + 6.0);
        let ink = self.ink.class();
        // Where values are missing the band has a hole.
        let is_there = |band: &Band| band.levels.iter().all(|level| level.is_finite());
        for run in self.bands.chunk_by(|a, b| is_there(a) && is_there(b)) {
            if !is_there(&run[0]) {
                continue;
            }
            let level = |at: usize| run.iter().map(move |band| (x(band.x), y(band.levels[at])));
            for (lower, upper, class) in [(0, 4, "band"), (1, 3, "band inner")] {
                let ring = level(lower).chain(level(upper).rev()).collect();
                pen.area(&format!("{class} {ink}"), &[ring]);
            }
            let middle: Vec<_> = level(2).collect();
            pen.thin_path(&format!("middle {}", self.ink.stroke_class()), &middle);
        }
        let width = (right - LEFT) / self.bands.len().max(1) as f64;
        for band in self.bands.iter().filter(|band| is_there(band)) {
            let look = Look { opacity: 1.0, note: &band.note };
            pen.rect("hover", (x(band.x) - width / 2.0, TOP), (width, bottom - TOP), look);
        }
        pen.end_window();
        pen.line("axis", (LEFT, bottom), (right, bottom));
        let middle = f64::midpoint(LEFT, right);
        pen.text("label", (middle, HEIGHT - 7.0), Align::Middle, &self.x_label);
        pen.upright_text("label", (10.0, f64::midpoint(TOP, bottom)), &self.y_label);
        pen.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(levels: &[[f64; 5]]) -> BandChart {
        let band = |(i, levels): (usize, &[f64; 5])| Band {
            x: i as f64,
            levels: *levels,
            note: format!("<{i}>"),
        };
        BandChart {
            heading: "h".to_owned(),
            description: "d".to_owned(),
            x_label: "x".to_owned(),
            y_label: "y".to_owned(),
            x_range: (0.0, 4.0),
            y_range: None,
            ink: Ink::Hue(0),
            bands: levels.iter().enumerate().map(band).collect(),
        }
    }

    #[test]
    fn a_band_has_a_hole_where_values_are_missing() {
        let known = [1.0, 2.0, 3.0, 4.0, 5.0];
        let gone = [f64::NAN; 5];
        let svg = chart(&[known, known, gone, known, [0.0, 1.0, 2.0, 3.0, 9.0]]).to_svg();
        assert_eq!(svg.matches("class=\"band ").count(), 4);
        assert_eq!(svg.matches("class=\"middle ").count(), 2);
        assert_eq!(svg.matches("<title>").count(), 4);
        assert!(svg.contains("&lt;4&gt;") && !svg.contains("NaN"));
    }

    #[test]
    fn equal_values_and_none_at_all_still_have_axes() {
        for levels in [&[][..], &[[2.0; 5], [2.0; 5]], &[[f64::NAN; 5]]] {
            let svg = chart(levels).to_svg();
            assert!(svg.contains("class=\"tick\"") && !svg.contains("NaN"));
        }
    }
}
