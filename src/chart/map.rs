//! A track map: one flight as flown and as predicted, over other flights, on a graticule.
//!
//! The report draws a map per flight. Equal distances look equal: longitude shrinks by the
//! cosine of the map's middle latitude (the equirectangular projection), which is right to
//! a few per cent over the size of a flight's neighbourhood, and meant for looking only.

use super::svg::{Align, Pen};
use super::ticks::{grouped, nice_ticks};

const WIDTH: f64 = 380.0;
/// A map is as high as its flight needs, within these.
const HEIGHTS: (f64, f64) = (170.0, 330.0);
const LEFT: f64 = 40.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 22.0;
/// Nautical miles to a degree of latitude.
const NMI_PER_DEGREE: f64 = 60.0;
/// No map shows less than this, in degrees of latitude: 12 nmi.
const SMALLEST: f64 = 0.2;

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
        view.draw_graticule(&mut pen);
        pen.begin_window(LEFT, TOP, WIDTH - LEFT - RIGHT, view.height - TOP - BOTTOM);
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
        view.draw_rule(&mut pen);
        pen.end_window();
        pen.finish()
    }
}

/// What part of the world fills the drawing.
struct View {
    /// Height of the drawing.
    height: f64,
    /// Longitude and latitude of the middle.
    middle: (f64, f64),
    /// Units of the drawing to a degree of latitude.
    per_degree: f64,
    /// A degree of longitude as a part of one of latitude.
    squeeze: f64,
}

impl View {
    fn around(points: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let mut low = (f64::INFINITY, f64::INFINITY);
        let mut high = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for (lon, lat) in points.filter(|(lon, lat)| lon.is_finite() && lat.is_finite()) {
            low = (low.0.min(lon), low.1.min(lat));
            high = (high.0.max(lon), high.1.max(lat));
        }
        if low.0 > high.0 {
            return None;
        }
        let middle = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
        let squeeze = libm::cos(middle.1.to_radians()).max(0.05);
        let across = ((high.0 - low.0) * squeeze).max(SMALLEST) * 1.12;
        let up = (high.1 - low.1).max(SMALLEST) * 1.5;
        let widest = (WIDTH - LEFT - RIGHT) / across;
        let height = (up * widest + TOP + BOTTOM).clamp(HEIGHTS.0, HEIGHTS.1);
        let per_degree = widest.min((height - TOP - BOTTOM) / up);
        Some(Self { height, middle, per_degree, squeeze })
    }

    fn at(&self, (lon, lat): (f64, f64)) -> (f64, f64) {
        let centre = (f64::midpoint(LEFT, WIDTH - RIGHT), f64::midpoint(TOP, self.height - BOTTOM));
        (
            centre.0 + (lon - self.middle.0) * self.squeeze * self.per_degree,
            centre.1 - (lat - self.middle.1) * self.per_degree,
        )
    }

    fn all(&self, track: &[(f64, f64)]) -> Vec<(f64, f64)> {
        track.iter().map(|&point| self.at(point)).collect()
    }

    fn draw_graticule(&self, pen: &mut Pen) {
        let (right, bottom) = (WIDTH - RIGHT, self.height - BOTTOM);
        let half_up = (bottom - TOP) / 2.0 / self.per_degree;
        let half_across = (right - LEFT) / 2.0 / self.per_degree / self.squeeze;
        let parallels = nice_ticks(self.middle.1 - half_up, self.middle.1 + half_up, 4);
        for &lat in &parallels {
            let (_, y) = self.at((self.middle.0, lat));
            pen.line("grid", (LEFT, y), (right, y));
            pen.text("small", (LEFT - 5.0, y + 3.5), Align::End, &degrees(lat, ("N", "S")));
        }
        let meridians = nice_ticks(self.middle.0 - half_across, self.middle.0 + half_across, 4);
        for &lon in &meridians {
            let (x, _) = self.at((lon, self.middle.1));
            pen.line("grid", (x, TOP), (x, bottom));
            let wrapped = (lon + 180.0).rem_euclid(360.0) - 180.0;
            let at = (x.clamp(LEFT + 14.0, right - 14.0), bottom + 14.0);
            pen.text("small", at, Align::Middle, &degrees(wrapped, ("E", "W")));
        }
        let corners = [(LEFT, TOP), (right, TOP), (right, bottom), (LEFT, bottom), (LEFT, TOP)];
        pen.path("frame", &corners);
    }

    /// A rule of round length in the lower left corner.
    fn draw_rule(&self, pen: &mut Pen) {
        let widest = 90.0 / self.per_degree * NMI_PER_DEGREE;
        let Some(&length) = nice_ticks(0.0, widest, 3).last().filter(|l| **l > 0.0) else { return };
        let units = length / NMI_PER_DEGREE * self.per_degree;
        let (x, y) = (LEFT + 10.0, self.height - BOTTOM - 10.0);
        pen.path("rule", &[(x, y - 4.0), (x, y), (x + units, y), (x + units, y - 4.0)]);
        let decimals = usize::from(length < 1.0);
        let text = format!("{} nmi", grouped(length, decimals));
        pen.text("small", (x + units + 5.0, y + 1.0), Align::Start, &text);
    }
}

/// `41.5°N`; whole degrees without decimals.
fn degrees(value: f64, sides: (&str, &str)) -> String {
    let hundredths = (value.abs() * 100.0).round() / 100.0;
    let side = match value {
        _ if hundredths == 0.0 => "",
        v if v > 0.0 => sides.0,
        _ => sides.1,
    };
    format!("{hundredths}°{side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_distances_look_equal_and_the_map_is_whole() {
        let view = View::around([(-3.5, 60.0), (2.0, 61.0)].into_iter()).unwrap();
        let (x0, y0) = view.at((0.0, 60.5));
        let (x1, _) = view.at((1.0, 60.5));
        let (_, y1) = view.at((0.0, 61.0));
        assert!(((x1 - x0) - (y0 - y1)).abs() < 1.0, "cos 60.5° is about a half");
        for corner in [(-3.5, 60.0), (2.0, 61.0)] {
            let (x, y) = view.at(corner);
            assert!(
                (LEFT..=WIDTH - RIGHT).contains(&x) && (TOP..=view.height - BOTTOM).contains(&y)
            );
        }
    }

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
