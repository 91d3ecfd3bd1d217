//! A view: the part of the world that fills a map, with land, coast, graticule and a rule.
//!
//! The maps of this folder draw on it. Equal distances look equal: longitude shrinks by the
//! cosine of the view's middle latitude (the equirectangular projection), which is right to
//! a few per cent over the size of a flight's neighbourhood, and meant for looking only.

use super::coastline::{self, Window};
use super::svg::{Align, Pen};
use super::ticks::{grouped, nice_ticks};

pub(super) const WIDTH: f64 = 380.0;
/// A map is as high as its flight needs, within these.
pub(super) const HEIGHTS: (f64, f64) = (170.0, 330.0);
pub(super) const LEFT: f64 = 40.0;
pub(super) const RIGHT: f64 = 10.0;
pub(super) const TOP: f64 = 8.0;
pub(super) const BOTTOM: f64 = 22.0;
/// Nautical miles to a degree of latitude.
pub(super) const NMI_PER_DEGREE: f64 = 60.0;
/// No map shows less than this, in degrees of latitude: 12 nmi.
pub(super) const SMALLEST: f64 = 0.2;

/// What part of the world fills the drawing.
pub(super) struct View {
    /// Height of the drawing.
    pub(super) height: f64,
    /// Longitude and latitude of the middle.
    middle: (f64, f64),
    /// Units of the drawing to a degree of latitude.
    per_degree: f64,
    /// A degree of longitude as a part of one of latitude.
    squeeze: f64,
}

impl View {
    /// The view of some points with room around them; none without points.
    pub(super) fn around(points: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
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

    /// Where a position is in the drawing.
    pub(super) fn at(&self, (lon, lat): (f64, f64)) -> (f64, f64) {
        let centre = (f64::midpoint(LEFT, WIDTH - RIGHT), f64::midpoint(TOP, self.height - BOTTOM));
        (
            centre.0 + (lon - self.middle.0) * self.squeeze * self.per_degree,
            centre.1 - (lat - self.middle.1) * self.per_degree,
        )
    }

    /// Where positions are in the drawing.
    pub(super) fn all(&self, track: &[(f64, f64)]) -> Vec<(f64, f64)> {
        track.iter().map(|&point| self.at(point)).collect()
    }

    /// Begins the window with land and graticule; what is drawn from here on is cut at its
    /// edges.
    pub(super) fn begin(&self, pen: &mut Pen) {
        let (width, height) = (WIDTH - LEFT - RIGHT, self.height - TOP - BOTTOM);
        pen.begin_window(LEFT, TOP, width, height);
        // A little more than is seen, so that no edge shows along the frame.
        let half = (self.half_across() * 1.02, self.half_up() * 1.02);
        let window = Window {
            low: (self.middle.0 - half.0, (self.middle.1 - half.1).max(-90.0)),
            high: (self.middle.0 + half.0, (self.middle.1 + half.1).min(90.0)),
        };
        let rings: Vec<_> = coastline::land(window).iter().map(|ring| self.all(ring)).collect();
        pen.area("land", &rings);
        for line in coastline::coast(window) {
            pen.thin_path("coast", &self.all(&line));
        }
        pen.end_window();
        self.draw_graticule(pen);
        pen.begin_window(LEFT, TOP, width, height);
    }

    /// Ends the window with a rule.
    pub(super) fn end(&self, pen: &mut Pen) {
        self.draw_rule(pen);
        pen.end_window();
    }

    fn half_up(&self) -> f64 {
        (self.height - BOTTOM - TOP) / 2.0 / self.per_degree
    }

    fn half_across(&self) -> f64 {
        (WIDTH - RIGHT - LEFT) / 2.0 / self.per_degree / self.squeeze
    }

    fn draw_graticule(&self, pen: &mut Pen) {
        let (right, bottom) = (WIDTH - RIGHT, self.height - BOTTOM);
        let (half_up, half_across) = (self.half_up(), self.half_across());
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
}
