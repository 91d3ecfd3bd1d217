//! Tiles: a table of cells with a word each, darker (on black: lighter) where the value behind
//! it is larger.
//!
//! The report shows with them which feature leads for each target along the flight.

use super::svg::{Align, Look, Pen};

const LABELS: f64 = 116.0;
const TILE: f64 = 108.0;
const TOP: f64 = 26.0;
const ROW: f64 = 24.0;
/// Characters of a word that fit in a tile.
const WORD_LIMIT: usize = 17;
/// The darkest that a tile may be under its word.
const DARKEST: f64 = 0.5;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Its word.
    pub word: String,
    /// Its shade, as a share of the largest; negative or not finite: as 0.
    pub value: f64,
    /// The value as text with its unit, on hovering.
    pub text: String,
}

/// A table of tiles.
#[derive(Debug, Clone)]
pub struct TileMap {
    /// Stands above it.
    pub heading: String,
    /// What a screen reader says in its place.
    pub description: String,
    /// Name and unit of the columns.
    pub x_label: String,
    /// The columns' names, left to right.
    pub columns: Vec<String>,
    /// Each row's name, and a tile per column, if there is one; top to bottom.
    pub rows: Vec<(String, Vec<Option<Tile>>)>,
}

impl TileMap {
    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let bottom = TOP + ROW * self.rows.len() as f64;
        let width = LABELS + TILE * self.columns.len() as f64;
        let mut pen = Pen::new(width + 8.0, bottom + 36.0, &self.description);
        pen.text("heading", (0.0, 14.0), Align::Start, &self.heading);
        let shade = |tile: &Tile| if tile.value.is_finite() { tile.value.max(0.0) } else { 0.0 };
        let largest =
            self.rows.iter().flat_map(|row| row.1.iter().flatten()).map(shade).fold(0.0, f64::max);
        for (i, (name, tiles)) in self.rows.iter().enumerate() {
            let y = TOP + ROW * i as f64;
            pen.cut_text("name", (LABELS - 8.0, y + 16.0), Align::End, name, WORD_LIMIT);
            for (j, (tile, column)) in tiles.iter().zip(&self.columns).enumerate() {
                let corner = (LABELS + TILE * j as f64 + 0.5, y + 0.5);
                let size = (TILE - 1.0, ROW - 1.0);
                pen.rect("bed", corner, size, Look { opacity: 1.0, note: "" });
                let Some(tile) = tile else { continue };
                let note = format!("{name}, {column}: {} {}", tile.word, tile.text);
                let opacity = if largest > 0.0 { DARKEST * shade(tile) / largest } else { 0.0 };
                pen.rect("cell", corner, size, Look { opacity, note: &note });
                let middle = (corner.0 + TILE / 2.0, y + 16.0);
                pen.cut_text("name", middle, Align::Middle, &tile.word, WORD_LIMIT);
            }
        }
        for (j, column) in self.columns.iter().enumerate() {
            let middle = LABELS + TILE * (j as f64 + 0.5);
            pen.text("tick", (middle, bottom + 14.0), Align::Middle, column);
        }
        let middle = (f64::midpoint(LABELS, width), bottom + 30.0);
        pen.text("label", middle, Align::Middle, &self.x_label);
        pen.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_its_word_and_half_the_shade_of_its_share() {
        let tile = |word: &str, value: f64| {
            Some(Tile { word: word.to_owned(), value, text: format!("{} v", value.max(0.0)) })
        };
        let map = TileMap {
            heading: "h".to_owned(),
            description: "d".to_owned(),
            x_label: "x".to_owned(),
            columns: vec!["10 %".to_owned(), "50 %".to_owned(), "90 %".to_owned()],
            rows: vec![
                ("<lat>".to_owned(), vec![tile("wind", 1.0), None, tile("hour", 4.0)]),
                ("lon".to_owned(), vec![tile("none", -1.0), tile("nan", f64::NAN), None]),
            ],
        };
        let svg = map.to_svg();
        assert!(svg.contains(r#"fill-opacity="0.13""#) && svg.contains(r#"fill-opacity="0.5""#));
        assert_eq!(svg.matches(r#"fill-opacity="0""#).count(), 2);
        assert_eq!(svg.matches(r#"class="bed""#).count(), 6);
        assert!(svg.contains("&lt;lat&gt;, 90 %: hour 4 v") && !svg.contains("NaN"));
        let empty = TileMap { rows: Vec::new(), columns: Vec::new(), ..map };
        assert!(!empty.to_svg().contains("NaN"));
    }
}
