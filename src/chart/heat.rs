//! A heat map: rows of cells, darker (on black: lighter) where the value is larger.
//!
//! The report shows how each feature's importance changes along the flight with it.

use super::svg::{Align, Look, Pen};

const LABELS: f64 = 176.0;
const PLOT: f64 = 336.0;
const TOP: f64 = 26.0;
const ROW: f64 = 18.0;
const NAME_LIMIT: usize = 27;

/// A row of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatRow {
    /// What it stands for.
    pub name: String,
    /// A value per column; none or not finite: an empty cell.
    pub values: Vec<Option<f64>>,
}

/// A map of values by row and column.
#[derive(Debug, Clone)]
pub struct HeatMap {
    /// Stands above the map.
    pub heading: String,
    /// What a screen reader says in place of the map.
    pub description: String,
    /// Name and unit of the columns.
    pub x_label: String,
    /// The columns' names, left to right; where they are many, every other is written.
    pub columns: Vec<String>,
    /// Rows, top to bottom.
    pub rows: Vec<HeatRow>,
    /// How a value is written in the scale and on hovering.
    pub text: fn(f64) -> String,
}

impl HeatMap {
    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let bottom = TOP + ROW * self.rows.len() as f64;
        let mut pen = Pen::new(LABELS + PLOT + 8.0, bottom + 62.0, &self.description);
        pen.text("heading", (0.0, 14.0), Align::Start, &self.heading);
        let values = self.rows.iter().flat_map(|r| r.values.iter().flatten());
        let largest = values.copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
        let width = PLOT / self.columns.len().max(1) as f64;
        for (i, row) in self.rows.iter().enumerate() {
            let y = TOP + ROW * i as f64;
            let at = (LABELS - 8.0, y + 13.0);
            pen.cut_text("name", at, Align::End, &row.name, NAME_LIMIT);
            let bed = Look { opacity: 1.0, note: "" };
            pen.rect("bed", (LABELS, y + 0.5), (PLOT, ROW - 1.0), bed);
            for (j, (value, column)) in row.values.iter().zip(&self.columns).enumerate() {
                let Some(value) = value.filter(|v| v.is_finite() && *v >= 0.0) else { continue };
                let note = format!("{}, {column}: {}", row.name, (self.text)(value));
                let opacity = if largest > 0.0 { value / largest } else { 0.0 };
                let corner = (LABELS + width * j as f64 + 0.5, y + 0.5);
                let look = Look { opacity, note: &note };
                pen.rect("cell", corner, (width - 1.0, ROW - 1.0), look);
            }
        }
        self.draw_columns(&mut pen, bottom, width);
        self.draw_scale(&mut pen, bottom + 50.0, largest);
        pen.finish()
    }

    fn draw_columns(&self, pen: &mut Pen, bottom: f64, width: f64) {
        // About 36 units per name, so that neighbours never touch.
        let every = (36.0 / width).ceil().max(1.0) as usize;
        for (j, column) in self.columns.iter().enumerate() {
            if j % every == every / 2 {
                let x = LABELS + width * (j as f64 + 0.5);
                pen.line("axis", (x, bottom), (x, bottom + 3.0));
                pen.text("tick", (x, bottom + 15.0), Align::Middle, column);
            }
        }
        let middle = (LABELS + PLOT / 2.0, bottom + 31.0);
        pen.text("label", middle, Align::Middle, &self.x_label);
    }

    fn draw_scale(&self, pen: &mut Pen, y: f64, largest: f64) {
        const STEPS: usize = 8;
        let from = LABELS + PLOT / 2.0 - STEPS as f64 * 7.0;
        pen.text("tick", (from - 6.0, y + 8.0), Align::End, &(self.text)(0.0));
        for i in 0..STEPS {
            let opacity = i as f64 / (STEPS - 1) as f64;
            let corner = (from + 14.0 * i as f64, y - 1.0);
            pen.rect("bed", corner, (14.0, 10.0), Look { opacity: 1.0, note: "" });
            pen.rect("cell", corner, (14.0, 10.0), Look { opacity, note: "" });
        }
        let end = from + 14.0 * STEPS as f64 + 6.0;
        pen.text("tick", (end, y + 8.0), Align::Start, &(self.text)(largest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_value_is_a_cell_as_dark_as_its_share_of_the_largest() {
        let map = HeatMap {
            heading: "h".to_owned(),
            description: "d".to_owned(),
            x_label: "x".to_owned(),
            columns: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            rows: vec![HeatRow {
                name: "<r>".to_owned(),
                values: vec![Some(1.0), None, Some(4.0)],
            }],
            text: |v| format!("{v} %"),
        };
        let svg = map.to_svg();
        assert_eq!(svg.matches("<title>").count(), 2);
        assert!(svg.contains(r#"fill-opacity="0.25""#));
        assert!(svg.contains("&lt;r&gt;, c: 4 %"));
        let empty = HeatMap { rows: Vec::new(), columns: Vec::new(), ..map };
        assert!(!empty.to_svg().contains("NaN") && !empty.to_svg().contains("inf"));
    }
}
