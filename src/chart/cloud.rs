//! A cloud map: many flights of one kind over land, each in the ink of its group.
//!
//! The exploration draws one per pair, and one per clustering of routes.

use super::ink::Ink;
use super::map::Track;
use super::svg::{Align, Pen};
use super::view::{HEIGHTS, View, WIDTH};

/// A flight on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudTrack {
    /// The ink of its group.
    pub ink: Ink,
    /// Its positions.
    pub track: Track,
}

/// A named place on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Longitude and latitude in degrees.
    pub at: (f64, f64),
    /// Its name, written beside it.
    pub name: String,
}

/// A map of many flights.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudMap {
    /// What a screen reader says in place of the map.
    pub description: String,
    /// The flights, the first at the bottom.
    pub tracks: Vec<CloudTrack>,
    /// Places on top of them, such as the pair's ends.
    pub places: Vec<Place>,
}

/// Tracks beyond which lines are drawn paler.
const MANY: usize = 40;
/// Characters of a place's name.
const NAME_LIMIT: usize = 12;

impl CloudMap {
    /// The drawing.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let points = self.tracks.iter().flat_map(|track| &track.track);
        let places = self.places.iter().map(|place| &place.at);
        let Some(view) = View::around(points.chain(places).copied()) else {
            return Pen::new(WIDTH, HEIGHTS.0, &self.description).finish();
        };
        let mut pen = Pen::new(WIDTH, view.height, &self.description);
        view.begin(&mut pen);
        let few = if self.tracks.len() > MANY { "" } else { " few" };
        for track in &self.tracks {
            let class = format!("track {}{few}", track.ink.stroke_class());
            pen.thin_path(&class, &view.all(&track.track));
        }
        for place in &self.places {
            let (x, y) = view.at(place.at);
            pen.dot("place", (x, y), 3.2, &place.name);
            // Names to the right, but for those in the right third.
            let (align, aside) =
                if x > WIDTH * 0.67 { (Align::End, -7.0) } else { (Align::Start, 7.0) };
            pen.cut_text("place-name", (x + aside, y - 5.0), align, &place.name, NAME_LIMIT);
        }
        view.end(&mut pen);
        pen.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flight_is_a_line_and_names_are_text() {
        let track = |shift: f64| CloudTrack {
            ink: Ink::Hue(0),
            track: (0..20).map(|i| (f64::from(i), 40.0 + shift)).collect(),
        };
        let map = CloudMap {
            description: "d".to_owned(),
            tracks: vec![track(0.0), track(1.0)],
            places: vec![Place { at: (0.0, 40.0), name: "<x>".to_owned() }],
        };
        let svg = map.to_svg();
        assert_eq!(svg.matches("class=\"track ").count(), 2);
        assert!(svg.contains("&lt;x&gt;") && svg.contains("class=\"land\""));
        // A straight line keeps its ends only.
        let line = svg.split("class=\"track ").nth(1).unwrap().split("/>").next().unwrap();
        assert_eq!(line.matches('L').count(), 1, "{line}");
        let nothing = CloudMap { tracks: Vec::new(), places: Vec::new(), ..map };
        assert!(!nothing.to_svg().contains("NaN"));
    }
}
