//! The coastline: where land is, for what lies behind the tracks of a map.
//!
//! The data is Natural Earth's (naturalearthdata.com), version 4.1, land at 1:50,000,000, which
//! is in the public domain; `coastline.py` beside it made `coastline.bin` and says how. Lines
//! are good to a kilometre or so.

use std::sync::LazyLock;

/// A closed line, in degrees; its last point is its first.
struct Ring {
    points: Vec<(f64, f64)>,
    low: (f64, f64),
    high: (f64, f64),
}

static RINGS: LazyLock<Vec<Ring>> = LazyLock::new(|| {
    let mut bytes = include_bytes!("coastline.bin").iter().copied();
    let mut rings = Vec::new();
    while let Some(count) = number(&mut bytes) {
        rings.push(ring(count, &mut bytes).expect("a test reads every ring"));
    }
    rings
});

fn ring(count: u64, bytes: &mut impl Iterator<Item = u8>) -> Option<Ring> {
    let (mut x, mut y) = (0, 0);
    let mut points = Vec::new();
    let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
    for _ in 0..count {
        (x, y) = (x + step(bytes)?, y + step(bytes)?);
        let (lon, lat) = (f64::from(x) / 100.0, f64::from(y) / 100.0);
        low = (low.0.min(lon), low.1.min(lat));
        high = (high.0.max(lon), high.1.max(lat));
        points.push((lon, lat));
    }
    Some(Ring { points, low, high })
}

/// A number in LEB128.
fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0;
    for shift in (0..).step_by(7).take(9) {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A number whose lowest bit is its sign.
fn step(bytes: &mut impl Iterator<Item = u8>) -> Option<i32> {
    let value = number(bytes)?;
    let half = i32::try_from(value >> 1).ok()?;
    Some(if value & 1 == 0 { half } else { -half - 1 })
}

/// A part of the world: the corners' longitudes and latitudes in degrees; longitudes may go
/// beyond 180.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) low: (f64, f64),
    pub(super) high: (f64, f64),
}

/// The land in a window: closed rings to be filled by the even-odd rule, cut along the
/// window's edges.
pub(super) fn land(window: Window) -> Vec<Vec<(f64, f64)>> {
    let rings = turned_rings(window);
    let cut =
        rings.map(|(ring, turn)| clipped(ring.points.iter().map(|p| (p.0 + turn, p.1)), window));
    cut.filter(|ring| ring.len() > 2).collect()
}

/// The coast in a window: lines that leave it by a point at most.
pub(super) fn coast(window: Window) -> Vec<Vec<(f64, f64)>> {
    let mut lines = Vec::new();
    for (ring, turn) in turned_rings(window) {
        let mut line: Vec<(f64, f64)> = Vec::new();
        for pair in ring.points.windows(2) {
            let [from, to] = [pair[0], pair[1]].map(|(lon, lat)| (lon + turn, lat));
            if is_coast(pair[0], pair[1]) && touches(from, to, window) {
                if line.is_empty() {
                    line.push(from);
                }
                line.push(to);
            } else if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Rings that may reach into a window, with the turn that brings them there.
fn turned_rings(window: Window) -> impl Iterator<Item = (&'static Ring, f64)> {
    let turns = [-720.0, -360.0, 0.0, 360.0, 720.0];
    turns.into_iter().flat_map(move |turn| {
        RINGS
            .iter()
            .filter(move |ring| {
                ring.low.0 + turn <= window.high.0
                    && ring.high.0 + turn >= window.low.0
                    && ring.low.1 <= window.high.1
                    && ring.high.1 >= window.low.1
            })
            .map(move |ring| (ring, turn))
    })
}

/// Some rings are closed along the anti-meridian or the south pole, where there is no coast.
fn is_coast(from: (f64, f64), to: (f64, f64)) -> bool {
    let is_cut = |(lon, _): (f64, f64)| (lon.abs() - 180.0).abs() < 0.005;
    let is_pole = |(_, lat): (f64, f64)| lat <= -89.9;
    !(is_cut(from) && is_cut(to) || is_pole(from) || is_pole(to))
}

/// Whether the box around a piece of line meets the window.
fn touches(from: (f64, f64), to: (f64, f64), window: Window) -> bool {
    from.0.min(to.0) <= window.high.0
        && from.0.max(to.0) >= window.low.0
        && from.1.min(to.1) <= window.high.1
        && from.1.max(to.1) >= window.low.1
}

/// A ring cut along a window's edges, one after the other (I. E. Sutherland and G. W. Hodgman,
/// "Reentrant Polygon Clipping", CACM 17, 1974).
fn clipped(ring: impl Iterator<Item = (f64, f64)>, window: Window) -> Vec<(f64, f64)> {
    let swap = |(a, b): (f64, f64)| (b, a);
    let mut points: Vec<(f64, f64)> = ring.collect();
    points = cut(&points, |p| p.0 - window.low.0);
    points = cut(&points, |p| window.high.0 - p.0);
    let turned: Vec<(f64, f64)> = points.into_iter().map(swap).collect();
    let turned = cut(&turned, |p| p.0 - window.low.1);
    cut(&turned, |p| window.high.1 - p.0).into_iter().map(swap).collect()
}

/// The part of a ring where `inside` is not negative; it must be linear.
fn cut(ring: &[(f64, f64)], inside: impl Fn(&(f64, f64)) -> f64) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    let Some(mut before) = ring.last() else { return kept };
    for point in ring {
        let (a, b) = (inside(before), inside(point));
        if (a >= 0.0) != (b >= 0.0) {
            let share = a / (a - b);
            kept.push((
                before.0 + (point.0 - before.0) * share,
                before.1 + (point.1 - before.1) * share,
            ));
        }
        if b >= 0.0 {
            kept.push(*point);
        }
        before = point;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ring_is_closed_and_on_the_globe() {
        assert!(RINGS.len() > 1000);
        for ring in RINGS.iter() {
            assert_eq!(ring.points.first(), ring.points.last());
            assert!(ring.low.0 >= -540.0 && ring.high.0 <= 540.0 && ring.high.0 > ring.low.0);
            let steps = ring.points.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs());
            let is_around_pole = ring.low.1 < -89.0;
            assert!(is_around_pole || steps.fold(0.0, f64::max) < 180.0);
            assert!(ring.low.1 >= -90.0 && ring.high.1 <= 90.0);
        }
    }

    /// Whether a point is on land, by the even-odd rule over the whole world.
    fn is_land(lon: f64, lat: f64) -> bool {
        let world = Window { low: (-180.0, -90.0), high: (180.0, 90.0) };
        let crossings = land(world).iter().fold(0, |sum, ring| sum + crossings(ring, lon, lat));
        crossings % 2 == 1
    }

    fn crossings(ring: &[(f64, f64)], lon: f64, lat: f64) -> usize {
        let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
        let is_crossed = |(a, b): &(&(f64, f64), &(f64, f64))| {
            (a.1 > lat) != (b.1 > lat) && lon < a.0 + (lat - a.1) / (b.1 - a.1) * (b.0 - a.0)
        };
        pairs.filter(is_crossed).count()
    }

    #[test]
    fn cities_are_on_land_and_seas_are_not() {
        for (lon, lat) in [(-3.7, 40.4), (-95.3, 30.0), (149.1, -35.3), (37.6, 55.7), (0.0, -85.0)]
        {
            assert!(is_land(lon, lat), "{lon} {lat}");
        }
        for (lon, lat) in [(-30.0, 40.0), (4.0, 40.8), (-150.0, 10.0), (50.0, 42.0)] {
            assert!(!is_land(lon, lat), "{lon} {lat}");
        }
    }

    #[test]
    fn a_window_cuts_the_land_and_keeps_inside_what_it_was() {
        let window = Window { low: (-1.0, 39.0), high: (5.0, 43.0) };
        let rings = land(window);
        for (lon, lat) in rings.iter().flatten() {
            // But for rounding.
            assert!((lon - 2.0).abs() < 3.0 + 1e-9 && (lat - 41.0).abs() < 2.0 + 1e-9);
        }
        for (lon, lat) in [(0.0, 41.5), (2.95, 39.6), (3.5, 41.0), (4.5, 42.9)] {
            let odd = rings.iter().map(|ring| crossings(ring, lon, lat)).sum::<usize>() % 2 == 1;
            assert_eq!(odd, is_land(lon, lat), "{lon} {lat}");
        }
        assert!(!coast(window).is_empty());
        // In mid-ocean there is neither.
        let window = Window { low: (-35.0, 25.0), high: (-30.0, 30.0) };
        assert!(land(window).is_empty() && coast(window).is_empty());
    }

    #[test]
    fn the_anti_meridian_is_no_coast_and_both_sides_of_it_are_there() {
        let window = Window { low: (170.0, 60.0), high: (195.0, 72.0) };
        let lines = coast(window);
        assert!(lines.iter().flatten().any(|p| p.0 > 181.0));
        let along = |pair: &[(f64, f64)]| pair.iter().all(|p| (p.0 - 180.0).abs() < 0.02);
        assert!(!lines.iter().any(|line| line.windows(2).any(along)));
    }
}
