//! A correlation map: a square of cells, blue for what goes together, orange for what goes
//! against each other, the darker (on black: lighter) the more.
//!
//! The exploration shows with it which features say the same.

use super::svg::{Align, Look, Pen};
use super::ticks::grouped;

const WIDTH: f64 = 960.0;
const LABELS: f64 = 196.0;
const PLOT: f64 = 690.0;
const TOP: f64 = 6.0;
/// No cell is larger.
const LARGEST: f64 = 26.0;
/// Up to so many rows, every cell says its value on hovering; beyond, every row its strongest.
const MOST_NOTED: usize = 64;
/// Units of the drawing from one name to the next, at least.
const NAME_STEP: f64 = 11.5;
const NAME_LIMIT: usize = 30;
/// Shades of a map without a note for every cell.
const SHADES: usize = 8;

/// Correlations between things in one order.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationMap {
    /// What a screen reader says in place of the map.
    pub description: String,
    /// The things, top to bottom and left to right.
    pub names: Vec<String>,
    /// Values from -1 to 1, row by row; none: an empty cell.
    pub rows: Vec<Vec<Option<f64>>>,
}

impl CorrelationMap {
    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let n = self.names.len();
        let cell = (PLOT / n.max(1) as f64).min(LARGEST);
        let bottom = TOP + cell * n as f64;
        let mut pen = Pen::new(WIDTH, bottom + 34.0, &self.description);
        pen.rect(
            "bed",
            (LABELS, TOP),
            (cell * n as f64, bottom - TOP),
            Look { opacity: 1.0, note: "" },
        );
        if n <= MOST_NOTED {
            self.draw_cells(&mut pen, cell);
        } else {
            self.draw_shades(&mut pen, cell);
        }
        let every = (NAME_STEP / cell).ceil().max(1.0) as usize;
        for (at, name) in self.names.iter().enumerate().filter(|(at, _)| at % every == every / 2) {
            let y = TOP + cell * (at as f64 + 0.5) + 4.0;
            pen.cut_text("name", (LABELS - 8.0, y), Align::End, name, NAME_LIMIT);
        }
        draw_scale(&mut pen, bottom + 14.0);
        pen.finish()
    }

    fn draw_cells(&self, pen: &mut Pen, cell: f64) {
        for (row, values) in self.rows.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                let Some(value) = value.filter(|value| value.is_finite()) else { continue };
                let corner = (LABELS + cell * column as f64, TOP + cell * row as f64);
                let kind = if column > row { "Pearson" } else { "Spearman" };
                let note = format!(
                    "{} with {}: {} ({kind})",
                    self.names[row],
                    self.names[column],
                    grouped(value, 2)
                );
                let look = Look { opacity: value.abs().min(1.0), note: &note };
                pen.rect(class(value), corner, (cell - 0.5, cell - 0.5), look);
            }
        }
    }

    /// One path per shade, in which neighbours of a row are one piece.
    fn draw_shades(&self, pen: &mut Pen, cell: f64) {
        let shade = |value: Option<f64>| -> i32 {
            let value = value.filter(|value| value.is_finite()).unwrap_or(0.0);
            (value.clamp(-1.0, 1.0) * SHADES as f64).round() as i32
        };
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        let edge = |at: usize| tenth(LABELS + cell * at as f64);
        for wanted in (-(SHADES as i32)..=SHADES as i32).filter(|shade| *shade != 0) {
            let mut blocks = Vec::new();
            for (row, values) in self.rows.iter().enumerate() {
                let (top, end) =
                    (tenth(TOP + cell * row as f64), tenth(TOP + cell * (row + 1) as f64));
                let mut from = 0;
                for run in values.chunk_by(|a, b| shade(*a) == shade(*b)) {
                    let to = from + run.len();
                    if shade(run[0]) == wanted {
                        blocks.push((edge(from), top, edge(to) - edge(from), end - top));
                    }
                    from = to;
                }
            }
            let opacity = f64::from(wanted.abs()) / SHADES as f64;
            pen.blocks(class(f64::from(wanted)), opacity, &blocks);
        }
        for (row, values) in self.rows.iter().enumerate() {
            let (corner, size) =
                ((LABELS, TOP + cell * row as f64), (cell * values.len() as f64, cell));
            let note = format!("{}: {}", self.names[row], self.strongest(row));
            pen.rect("cell", corner, size, Look { opacity: 0.0, note: &note });
        }
    }

    /// The three that a row's thing is correlated with most.
    fn strongest(&self, row: usize) -> String {
        let known = |at: usize| {
            // Below the diagonal, wherever the pair stands.
            let value = if at < row { self.rows[row][at] } else { self.rows[at][row] };
            value.filter(|value| value.is_finite())
        };
        let mut others: Vec<(f64, usize)> = (0..self.names.len())
            .filter(|at| *at != row)
            .filter_map(|at| Some((known(at)?, at)))
            .collect();
        others.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then(a.1.cmp(&b.1)));
        let text =
            |(value, at): &(f64, usize)| format!("{} ({})", self.names[*at], grouped(*value, 2));
        others.iter().take(3).map(text).collect::<Vec<_>>().join(", ")
    }
}

fn class(value: f64) -> &'static str {
    if value < 0.0 { "cell minus" } else { "cell" }
}

fn draw_scale(pen: &mut Pen, y: f64) {
    const STEPS: i32 = 8;
    let from = LABELS + 26.0;
    pen.text("tick", (from - 6.0, y + 8.0), Align::End, "\u{2212}1");
    for step in -STEPS..=STEPS {
        let value = f64::from(step) / f64::from(STEPS);
        let corner = (from + 14.0 * f64::from(step + STEPS), y - 1.0);
        pen.rect("bed", corner, (14.0, 10.0), Look { opacity: 1.0, note: "" });
        pen.rect(class(value), corner, (14.0, 10.0), Look { opacity: value.abs(), note: "" });
    }
    let end = from + 14.0 * f64::from(2 * STEPS + 1) + 6.0;
    pen.text("tick", (end, y + 8.0), Align::Start, "1");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(n: usize) -> CorrelationMap {
        let value = |row: usize, column: usize| {
            (row != column).then(|| if (row + column).is_multiple_of(2) { 0.5 } else { -1.0 })
        };
        CorrelationMap {
            description: "d".to_owned(),
            names: (0..n).map(|at| format!("<{at}>")).collect(),
            rows: (0..n).map(|row| (0..n).map(|column| value(row, column)).collect()).collect(),
        }
    }

    #[test]
    fn a_small_map_says_every_value_and_a_large_one_the_strongest_of_every_row() {
        let small = map(10).to_svg();
        assert_eq!(small.matches("<title>").count(), 90);
        assert!(small.contains("&lt;3&gt; with &lt;5&gt;: 0.50 (Pearson)"));
        assert!(small.contains(r#"class="cell minus""#) && small.contains(r#"fill-opacity="0.5""#));
        let large = map(100).to_svg();
        assert_eq!(large.matches("<title>").count(), 100);
        assert!(large.contains("&lt;0&gt;: &lt;1&gt; (\u{2212}1.00), &lt;3&gt;"));
    }

    #[test]
    fn a_map_of_hundreds_is_small_and_names_do_not_touch() {
        let large = map(300).to_svg();
        // A chessboard is the worst there is; real maps have stretches of one shade.
        assert!(large.len() < 3_000_000, "{}", large.len());
        assert!(large.matches(r#"class="name""#).count() < 70);
        assert!(!map(0).to_svg().contains("NaN"));
    }
}
