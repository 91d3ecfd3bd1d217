//! A track map: one flight as flown and as predicted, over other flights, land and a graticule.
//!
//! The report draws a map per flight.

use super::svg::Pen;
use super::view::{HEIGHTS, View, WIDTH};

/// Positions in order: longitude and latitude in degrees, longitude unwrapped.
pub type Track = Vec<(f64, f64)>;

/// A flight's map.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackMap {
    /// What a screen reader says in place of the map.
    pub description: String,
    /// Where the flight was.
    pub flown: Track,
    /// Where it was predicted, position by position as in `flown`.
    pub predicted: Track,
    /// What shows on hovering, position by position as in `flown`.
    pub notes: Vec<String>,
    /// Other flights, for context.
    pub others: Vec<Track>,
}

impl TrackMap {
    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let shown = self.flown.iter().chain(&self.predicted).copied();
        let Some(view) = View::around(shown) else {
            return Pen::new(WIDTH, HEIGHTS.0, &self.description).finish();
        };
        let mut pen = Pen::new(WIDTH, view.height, &self.description);
        view.begin(&mut pen);
        for other in &self.others {
            pen.path("others", &view.all(other));
        }
        let (flown, predicted) = (view.all(&self.flown), view.all(&self.predicted));
        for (from, to) in flown.iter().zip(&predicted) {
            pen.line("gap", *from, *to);
        }
        pen.path("flown", &flown);
        pen.path("predicted", &predicted);
        for (i, (from, to)) in flown.iter().zip(&predicted).enumerate() {
            let note = self.notes.get(i).map_or("", String::as_str);
            pen.dot("spot", *from, 2.0, note);
            pen.dot("guess", *to, 2.2, note);
        }
        if let Some(first) = flown.first() {
            pen.dot("end", *first, 5.5, "first of the fractions");
        }
        view.end(&mut pen);
        pen.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_has_a_rule_of_round_length() {
        for i in 1..200 {
            let size = 0.01 * 1.05_f64.powi(i);
            let track = vec![(0.0, 10.0), (size.min(300.0), 10.0 + size.min(70.0))];
            let map = TrackMap {
                description: String::new(),
                predicted: track.clone(),
                flown: track,
                notes: Vec::new(),
                others: Vec::new(),
            };
            assert!(map.to_svg().contains("class=\"rule\""), "{size}");
        }
    }

    #[test]
    fn hovering_notes_and_hemispheres_are_written() {
        let map = TrackMap {
            description: "d".to_owned(),
            flown: vec![(179.0, -10.0), (181.0, -10.5)],
            predicted: vec![(179.1, -10.0), (181.0, -10.6)],
            notes: vec!["5 %".to_owned(), "<95 %>".to_owned()],
            others: vec![vec![(179.0, -10.0), (f64::NAN, 0.0), (180.0, -10.2)]],
        };
        let svg = map.to_svg();
        assert!(svg.contains("&lt;95 %&gt;") && svg.contains("°W") && svg.contains("°S"));
        assert!(svg.contains(" nmi</text>") && !svg.contains("NaN"));
        let empty = TrackMap { flown: Vec::new(), predicted: Vec::new(), ..map };
        assert!(!empty.to_svg().contains("NaN"));
    }
}
