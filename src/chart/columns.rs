//! Columns: upright bars over classes of a number or over names in a fixed order, such as the
//! hours of the day.
//!
//! The exploration shows how flights are spread with them.

use super::svg::{Align, Look, Pen};
use super::ticks::{nice_ticks, range_from_zero, tick_label};

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 40.0;
const Y_TICKS: usize = 4;
/// Units of the drawing that a name below a column takes per character, and between names.
const PER_CHARACTER: f64 = 6.4;

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnBar {
    /// Its name, below it where there is room.
    pub name: String,
    /// Its height from zero; negative or not finite: none.
    pub value: f64,
    /// What shows on hovering.
    pub note: String,
}

/// A chart of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnChart {
    /// Stands above the chart.
    pub heading: String,
    /// What a screen reader says in place of the chart.
    pub description: String,
    /// Name and unit of what the columns stand for.
    pub x_label: String,
    /// Name and unit of their heights.
    pub y_label: String,
    /// The columns from left to right, side by side.
    pub columns: Vec<ColumnBar>,
    /// The ends of the horizontal axis, where columns are classes of a number, equally wide;
    /// it then has ticks. None: columns have names.
    pub range: Option<(f64, f64)>,
}

impl ColumnChart {
    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let heights = self.columns.iter().map(|column| column.value).filter(|v| v.is_finite());
        let (low, high) = range_from_zero(0.0, heights.fold(0.0, f64::max), Y_TICKS);
        let y = |value: f64| bottom - (value - low) / (high - low) * (bottom - TOP);
        let mut pen = Pen::new(WIDTH, HEIGHT, &self.description);
        pen.text("heading", (LEFT, 14.0), Align::Start, &self.heading);
        let ticks = nice_ticks(low, high, Y_TICKS);
        for &tick in &ticks {
            pen.line(if tick == 0.0 { "zero" } else { "grid" }, (LEFT, y(tick)), (right, y(tick)));
            let label = tick_label(tick, &ticks);
            pen.text("tick", (LEFT - 6.0, y(tick) + 3.8), Align::End, &label);
        }
        let width = (right - LEFT) / self.columns.len().max(1) as f64;
        let gap = if width > 6.0 { 1.0 } else { 0.25 };
        for (i, column) in self.columns.iter().enumerate() {
            let x = LEFT + width * i as f64;
            let look = Look { opacity: 1.0, note: &column.note };
            let height = y(low) - y(column.value);
            if height > 0.0 {
                let corner = (x + gap, y(column.value));
                pen.rect("bar", corner, (width - 2.0 * gap, height), look);
            }
        }
        match self.range {
            Some(range) => draw_numbers(&mut pen, range),
            None => self.draw_names(&mut pen, width),
        }
        pen.line("axis", (LEFT, bottom), (right, bottom));
        let middle = f64::midpoint(LEFT, right);
        pen.text("label", (middle, HEIGHT - 7.0), Align::Middle, &self.x_label);
        pen.upright_text("label", (10.0, f64::midpoint(TOP, bottom)), &self.y_label);
        pen.finish()
    }

    fn draw_names(&self, pen: &mut Pen, width: f64) {
        let longest = self.columns.iter().map(|column| column.name.chars().count()).max();
        let needed = longest.unwrap_or(0) as f64 * PER_CHARACTER + 4.0;
        let every = (needed / width).ceil().max(1.0) as usize;
        for (i, column) in self.columns.iter().enumerate().step_by(every) {
            let x = LEFT + width * (i as f64 + 0.5);
            pen.text("tick", (x, HEIGHT - BOTTOM + 16.0), Align::Middle, &column.name);
        }
    }
}

fn draw_numbers(pen: &mut Pen, (low, high): (f64, f64)) {
    let bottom = HEIGHT - BOTTOM;
    let ticks = nice_ticks(low, high, 6);
    for &tick in &ticks {
        let x = LEFT + (tick - low) / (high - low) * (WIDTH - RIGHT - LEFT);
        pen.line("axis", (x, bottom), (x, bottom + 4.0));
        let label = tick_label(tick, &ticks);
        // The last one stays in the drawing.
        let half = label.chars().count() as f64 * PER_CHARACTER / 2.0;
        pen.text("tick", (x.min(WIDTH - half), bottom + 16.0), Align::Middle, &label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[f64], range: Option<(f64, f64)>) -> ColumnChart {
        let column = |(i, value): (usize, &f64)| ColumnBar {
            name: format!("<{i}>"),
            value: *value,
            note: format!("{i}: {value}"),
        };
        ColumnChart {
            heading: "h".to_owned(),
            description: "d".to_owned(),
            x_label: "x".to_owned(),
            y_label: "y".to_owned(),
            columns: values.iter().enumerate().map(column).collect(),
            range,
        }
    }

    #[test]
    fn columns_are_as_high_as_their_values_and_nothing_else_is_drawn() {
        let svg = chart(&[4.0, 2.0, 0.0, f64::NAN, -1.0], None).to_svg();
        let room = HEIGHT - BOTTOM - TOP;
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains(&format!(r#"height="{room}""#)), "{svg}");
        assert!(svg.contains(&format!(r#"height="{}""#, room / 2.0)));
        assert!(svg.contains("&lt;0&gt;") && !svg.contains("NaN"));
    }

    #[test]
    fn classes_of_a_number_have_ticks_and_nothing_at_all_still_has_axes() {
        let svg = chart(&[1.0, 2.0], Some((0.0, 100.0))).to_svg();
        assert!(svg.contains(">20</text>") && !svg.contains("&lt;0&gt;"));
        for range in [None, Some((0.0, 1.0)), Some((1.0, 1.0))] {
            let svg = chart(&[], range).to_svg();
            assert!(svg.contains("class=\"axis\"") && !svg.contains("NaN"));
        }
    }

    #[test]
    fn names_that_would_touch_are_left_out_evenly() {
        let svg = chart(&[1.0; 60], None).to_svg();
        let names = svg.matches("class=\"tick\"").count();
        assert!((6..=20).contains(&names), "{names}");
    }
}
