//! A contest: a table of cells, each in the colour of whoever is ahead there, stronger the
//! farther ahead it is.
//!
//! The exploration shows with it along which axis a variable lies closer together.

use super::ink::Ink;
use super::svg::{Align, Look, Pen};

const LABELS: f64 = 176.0;
const PLOT: f64 = 470.0;
const TOP: f64 = 26.0;
const ROW: f64 = 19.0;
const NAME_LIMIT: usize = 27;
/// The faintest that a cell may be, so that its colour can be told.
const FAINTEST: f64 = 0.12;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct ContestCell {
    /// Who is ahead, by place among the contenders.
    pub winner: usize,
    /// How far, from 0 (not at all) to 1.
    pub lead: f64,
    /// What shows on hovering.
    pub note: String,
}

/// A table of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct ContestMap {
    /// Stands above it.
    pub heading: String,
    /// What a screen reader says in its place.
    pub description: String,
    /// Name and unit of the columns.
    pub x_label: String,
    /// The columns' names, left to right; where they are many, some are written.
    pub columns: Vec<String>,
    /// The colours of the contenders. Beside its colour, the second has a dot in its cells,
    /// the third two, and so on.
    pub contenders: Vec<Ink>,
    /// Each row's name, and a cell per column, if there is one; top to bottom.
    pub rows: Vec<(String, Vec<Option<ContestCell>>)>,
}

impl ContestMap {
    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let bottom = TOP + ROW * self.rows.len() as f64;
        let mut pen = Pen::new(LABELS + PLOT + 8.0, bottom + 38.0, &self.description);
        pen.text("heading", (0.0, 14.0), Align::Start, &self.heading);
        let width = PLOT / self.columns.len().max(1) as f64;
        for (i, (name, cells)) in self.rows.iter().enumerate() {
            let y = TOP + ROW * i as f64;
            pen.cut_text("name", (LABELS - 8.0, y + 13.5), Align::End, name, NAME_LIMIT);
            let bed = Look { opacity: 1.0, note: "" };
            pen.rect("bed", (LABELS, y + 0.5), (PLOT, ROW - 1.0), bed);
            for (j, cell) in cells.iter().enumerate().take(self.columns.len()) {
                let Some(cell) = cell else { continue };
                let corner = (LABELS + width * j as f64 + 0.5, y + 0.5);
                self.draw_cell(&mut pen, corner, (width - 1.0, ROW - 1.0), cell);
            }
        }
        // About 36 units per name, so that neighbours never touch.
        let every = (36.0 / width).ceil().max(1.0) as usize;
        for (j, column) in self.columns.iter().enumerate().filter(|(j, _)| j % every == 0) {
            let x = LABELS + width * (j as f64 + 0.5);
            pen.line("axis", (x, bottom), (x, bottom + 3.0));
            pen.text("tick", (x, bottom + 15.0), Align::Middle, column);
        }
        let middle = (LABELS + PLOT / 2.0, bottom + 32.0);
        pen.text("label", middle, Align::Middle, &self.x_label);
        pen.finish()
    }

    fn draw_cell(&self, pen: &mut Pen, corner: (f64, f64), size: (f64, f64), cell: &ContestCell) {
        let Some(ink) = self.contenders.get(cell.winner) else { return };
        let lead = if cell.lead.is_finite() { cell.lead.clamp(0.0, 1.0) } else { 0.0 };
        let opacity = FAINTEST + (0.95 - FAINTEST) * lead;
        let look = Look { opacity, note: &cell.note };
        pen.rect(&format!("contest {}", ink.class()), corner, size, look);
        let middle = (corner.0 + size.0 / 2.0, corner.1 + size.1 / 2.0);
        for dot in 0..cell.winner {
            let aside = (dot as f64 - (cell.winner - 1) as f64 / 2.0) * 5.0;
            pen.dot("contest-dot", (middle.0 + aside, middle.1), 1.5, "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_in_its_winners_colour_as_strong_as_its_lead() {
        let cell = |winner, lead| Some(ContestCell { winner, lead, note: "<n>".to_owned() });
        let map = ContestMap {
            heading: "h".to_owned(),
            description: "d".to_owned(),
            x_label: "x".to_owned(),
            columns: ["0 %", "50 %", "100 %"].map(str::to_owned).to_vec(),
            contenders: vec![Ink::Hue(0), Ink::Hue(1)],
            rows: vec![
                ("<a>".to_owned(), vec![cell(0, 0.0), cell(1, 1.0), None]),
                ("b".to_owned(), vec![cell(7, 1.0), cell(1, f64::NAN), cell(0, 9.0)]),
            ],
        };
        let svg = map.to_svg();
        assert_eq!(svg.matches("contest h0").count(), 2);
        assert_eq!(svg.matches("contest h1").count(), 2);
        assert_eq!(svg.matches("contest-dot").count(), 2);
        assert!(svg.contains(r#"fill-opacity="0.12""#) && svg.contains(r#"fill-opacity="0.95""#));
        assert!(svg.contains("&lt;a&gt;") && !svg.contains("NaN"));
        let empty = ContestMap { rows: Vec::new(), columns: Vec::new(), ..map };
        assert!(!empty.to_svg().contains("NaN"));
    }
}
