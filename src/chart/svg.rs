//! The pen: writes SVG elements with escaped text and rounded, finite numbers.
//!
//! Every chart draws through it and nothing else builds markup.

use std::fmt::Write as _;

/// The namespace of SVG, the only address in a page.
const NAMESPACE: &str = "http://www.w3.org/2000/svg";
/// No text in a drawing is longer, in characters.
const LONGEST: usize = 300;

/// An SVG drawing under construction.
pub(super) struct Pen {
    out: String,
}

/// Where a text's anchor is.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

impl Pen {
    /// A drawing of `width` x `height` units that scales with its column.
    ///
    /// `label` is what a screen reader says in place of the drawing.
    pub(super) fn new(width: f64, height: f64, label: &str) -> Self {
        let mut out = String::with_capacity(4096);
        let _ = write!(
            out,
            r#"<svg xmlns="{NAMESPACE}" class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">"#,
            number(width),
            number(height),
            escaped(label)
        );
        Self { out }
    }

    /// Ends the drawing.
    pub(super) fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }

    /// Begins a window: what is drawn beyond it is cut; coordinates stay the drawing's.
    pub(super) fn begin_window(&mut self, x: f64, y: f64, width: f64, height: f64) {
        let (x, y, w, h) = (number(x), number(y), number(width), number(height));
        let _ = write!(
            self.out,
            r#"<svg x="{x}" y="{y}" width="{w}" height="{h}" viewBox="{x} {y} {w} {h}" class="window">"#
        );
    }

    /// Ends the window.
    pub(super) fn end_window(&mut self) {
        self.out.push_str("</svg>");
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        if [from.0, from.1, to.0, to.1].iter().all(|v| v.is_finite()) {
            let _ = write!(
                self.out,
                r#"<path class="{class}" d="M{} {}L{} {}"/>"#,
                number(from.0),
                number(from.1),
                number(to.0),
                number(to.1)
            );
        }
    }

    /// A line through all finite points; fewer than two draw nothing.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let finite: Vec<_> =
            points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        if finite.len() < 2 {
            return;
        }
        let _ = write!(self.out, r#"<path class="{class}" d=""#);
        push_points(&mut self.out, &finite);
        self.out.push_str("\"/>");
    }

    /// A line through all finite points, without those that a reader would not miss: for
    /// charts of many lines.
    pub(super) fn thin_path(&mut self, class: &str, points: &[(f64, f64)]) {
        let finite: Vec<_> =
            points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        self.path(class, &thinned(&finite));
    }

    /// Closed lines, filled where an odd number of them goes around.
    pub(super) fn area(&mut self, class: &str, rings: &[Vec<(f64, f64)>]) {
        let is_drawn =
            |ring: &&Vec<(f64, f64)>| ring.iter().all(|(x, y)| x.is_finite() && y.is_finite());
        let mut data = String::new();
        for ring in rings.iter().filter(is_drawn) {
            let ring = thinned(ring);
            if ring.len() > 2 {
                push_points(&mut data, &ring);
                data.push('Z');
            }
        }
        if !data.is_empty() {
            let _ = write!(self.out, r#"<path class="{class}" fill-rule="evenodd" d="{data}"/>"#);
        }
    }

    /// A dot whose `note` shows on hovering.
    pub(super) fn dot(&mut self, class: &str, at: (f64, f64), radius: f64, note: &str) {
        if at.0.is_finite() && at.1.is_finite() {
            let (x, y, r) = (number(at.0), number(at.1), number(radius));
            let _ = write!(self.out, r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}">"#);
            self.note(note);
            self.out.push_str("</circle>");
        }
    }

    /// A rectangle whose `note` shows on hovering; `opacity` from 0 to 1.
    pub(super) fn rect(&mut self, class: &str, corner: (f64, f64), size: (f64, f64), look: Look) {
        let all = [corner.0, corner.1, size.0, size.1, look.opacity];
        if !all.iter().all(|v| v.is_finite()) || size.0 < 0.0 || size.1 < 0.0 {
            return;
        }
        let (x, y, w, h) = (number(corner.0), number(corner.1), number(size.0), number(size.1));
        let _ =
            write!(self.out, r#"<rect class="{class}" x="{x}" y="{y}" width="{w}" height="{h}""#);
        if look.opacity < 1.0 {
            let _ = write!(self.out, r#" fill-opacity="{}""#, number(look.opacity));
        }
        self.out.push('>');
        self.note(look.note);
        self.out.push_str("</rect>");
    }

    /// Rectangles of one look, given by corner and size, as one shape.
    pub(super) fn blocks(&mut self, class: &str, opacity: f64, blocks: &[(f64, f64, f64, f64)]) {
        if blocks.is_empty() || !opacity.is_finite() {
            return;
        }
        let (opacity, mut data) = (number(opacity), String::new());
        for &(x, y, width, height) in blocks {
            if [x, y, width, height].iter().all(|v| v.is_finite()) {
                let (x, y, w, h) = (number(x), number(y), number(width), number(height));
                let _ = write!(data, "M{x} {y}h{w}v{h}h-{w}z");
            }
        }
        let _ = write!(self.out, r#"<path class="{class}" fill-opacity="{opacity}" d="{data}"/>"#);
    }

    /// A line of text.
    pub(super) fn text(&mut self, class: &str, at: (f64, f64), align: Align, text: &str) {
        self.tag_text(class, at, align, "", text, "");
    }

    /// A line of text that is cut to the room that `limit` characters take on average, the
    /// whole showing on hovering.
    pub(super) fn cut_text(
        &mut self,
        class: &str,
        at: (f64, f64),
        align: Align,
        text: &str,
        limit: usize,
    ) {
        let cut = fitting(text, limit as f64 * AVERAGE_WIDTH);
        self.tag_text(class, at, align, "", &cut, if cut == text { "" } else { text });
    }

    /// A line of text that reads upwards, with its middle at `at`; what would leave the top of
    /// the drawing is cut, the whole showing on hovering.
    pub(super) fn upright_text(&mut self, class: &str, at: (f64, f64), text: &str) {
        let turn = format!(r#" transform="rotate(-90 {} {})""#, number(at.0), number(at.1));
        let cut = fitting(text, 2.0 * at.1 - AVERAGE_WIDTH);
        let note = if cut == text { "" } else { text };
        self.tag_text(class, at, Align::Middle, &turn, &cut, note);
    }

    fn tag_text(
        &mut self,
        class: &str,
        at: (f64, f64),
        align: Align,
        extra: &str,
        text: &str,
        note: &str,
    ) {
        if !(at.0.is_finite() && at.1.is_finite()) {
            return;
        }
        let anchor = match align {
            Align::Start => "start",
            Align::Middle => "middle",
            Align::End => "end",
        };
        let (x, y) = (number(at.0), number(at.1));
        let _ = write!(
            self.out,
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}"{extra}>"#
        );
        self.note(note);
        self.out.push_str(&escaped(text));
        self.out.push_str("</text>");
    }

    fn note(&mut self, note: &str) {
        if !note.is_empty() {
            let _ = write!(self.out, "<title>{}</title>", escaped(note));
        }
    }
}

fn push_points(out: &mut String, points: &[(f64, f64)]) {
    for (i, (x, y)) in points.iter().enumerate() {
        let verb = if i == 0 { 'M' } else { 'L' };
        let _ = write!(out, "{verb}{} {}", number(*x), number(*y));
    }
}

/// How far a thinned line may be from what it was, in units of the drawing.
const THINNING: f64 = 0.35;

/// A line without the points that are within [`THINNING`] of what the others draw
/// (D. H. Douglas and T. K. Peucker, *Cartographica* 10, 1973).
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut is_kept = vec![false; points.len()];
    (is_kept[0], is_kept[last]) = (true, true);
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let away = |at: usize| distance(points[at], points[from], points[to]);
        let farthest = (from + 1..to).max_by(|a, b| away(*a).total_cmp(&away(*b)));
        if let Some(at) = farthest.filter(|at| away(*at) > THINNING) {
            is_kept[at] = true;
            spans.extend([(from, at), (at, to)]);
        }
    }
    points.iter().zip(is_kept).filter_map(|(point, kept)| kept.then_some(*point)).collect()
}

/// How far a point is from a piece of line.
fn distance(point: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x * x + y * y;
    let along = ((point.0 - from.0) * x + (point.1 - from.1) * y) / length;
    let along = if length > 0.0 { along.clamp(0.0, 1.0) } else { 0.0 };
    libm::hypot(point.0 - from.0 - along * x, point.1 - from.1 - along * y)
}

/// How a rectangle looks and what it says.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) opacity: f64,
    pub(super) note: &'a str,
}

/// A coordinate with at most one decimal: a tenth of a pixel.
pub(super) fn number(value: f64) -> String {
    let scale = if value.abs() < 1.0 { 100.0 } else { 10.0 };
    let rounded = (value * scale).round() / scale;
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

/// Text of unknown origin as it may be shown: at most `limit` characters, the last being an
/// ellipsis where some are left out.
///
/// Control characters and those that turn the direction of writing become U+FFFD: a file's
/// name must not rearrange the words around it. Markup is not escaped here.
#[must_use]
pub fn plain_text(text: &str, limit: usize) -> String {
    let is_hostile =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut characters = text.chars().map(|c| if is_hostile(c) { '\u{fffd}' } else { c });
    let mut kept: String = characters.by_ref().take(limit).collect();
    if characters.next().is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

/// The size of names and labels.
const FONT_SIZE: f64 = 11.0;
/// What a character of a name takes on average.
const AVERAGE_WIDTH: f64 = 6.2;

/// The beginning of a text that is no wider than `room`, with an ellipsis where some is left out.
fn fitting(text: &str, room: f64) -> String {
    let text = plain_text(text, LONGEST);
    let first = |room: f64| {
        let mut width = 0.0;
        let fits = |c: &char| {
            width += width_of(*c);
            width <= room
        };
        text.chars().take_while(fits).collect::<String>()
    };
    if first(room) == text {
        return text;
    }
    first(room - width_of('…')) + "…"
}

/// About the width of a text of that size.
pub(super) fn width_of_text(text: &str) -> f64 {
    text.chars().map(width_of).sum()
}

/// About the width of a character: that of the fonts which browsers fall back on, or more.
fn width_of(character: char) -> f64 {
    let ems = match character {
        ' ' | '!' | '\'' | ',' | '.' | ':' | ';' | 'I' | 'i' | 'j' | 'l' | '|' => 0.35,
        '(' | ')' | '-' | '/' | '[' | ']' | 'f' | 'r' | 't' => 0.42,
        '"' | '*' | '_' => 0.5,
        '<' | '=' | '>' | '+' | '−' => 0.84,
        '%' | '&' | '@' | 'M' | 'W' | 'm' | 'w' | '…' => 1.0,
        c if c.is_uppercase() => 0.77,
        c if c > '\u{2e80}' => 1.1,
        _ => 0.64,
    };
    ems * FONT_SIZE
}

/// Text as it may stand in an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain_text(text, LONGEST).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text_in_every_place() {
        let evil = "\"><script>alert('1')</script>&\u{202e}\u{0}";
        let mut pen = Pen::new(10.0, 10.0, evil);
        pen.text("t", (0.0, 0.0), Align::Start, evil);
        pen.cut_text("t", (0.0, 0.0), Align::End, evil, 4);
        pen.upright_text("t", (0.0, 0.0), evil);
        pen.dot("d", (1.0, 1.0), 1.0, evil);
        pen.rect("r", (0.0, 0.0), (1.0, 1.0), Look { opacity: 0.5, note: evil });
        let svg = pen.finish();
        assert!(!svg.contains("<script") && !svg.contains('\u{202e}') && !svg.contains('\u{0}'));
        assert_eq!(svg.matches("&lt;script&gt;").count(), 6);
        assert_eq!(svg.matches('"').count() % 2, 0);
    }

    #[test]
    fn what_is_not_finite_is_not_drawn() {
        let mut pen = Pen::new(10.0, 10.0, "");
        pen.dot("d", (f64::NAN, 1.0), 1.0, "");
        pen.line("l", (0.0, 0.0), (f64::INFINITY, 1.0));
        pen.text("t", (0.0, f64::NAN), Align::Start, "x");
        pen.rect("r", (0.0, 0.0), (-1.0, 1.0), Look { opacity: 1.0, note: "" });
        pen.path("p", &[(0.0, 0.0), (f64::NAN, 1.0)]);
        let empty = Pen::new(10.0, 10.0, "").finish();
        assert_eq!(pen.finish(), empty);
    }

    #[test]
    fn a_text_is_cut_by_its_width_and_not_by_its_characters() {
        assert_eq!(fitting("altitude_mean", 120.0), "altitude_mean");
        let narrow = fitting(&"i".repeat(200), 168.0);
        let wide = fitting(&"W".repeat(200), 168.0);
        assert!(narrow.chars().count() > 2 * wide.chars().count(), "{narrow} {wide}");
        for cut in [narrow, wide] {
            assert!(cut.ends_with('…') && cut.chars().map(width_of).sum::<f64>() <= 168.0, "{cut}");
        }
        assert_eq!(fitting("W", 0.0), "…");
    }

    #[test]
    fn coordinates_are_short() {
        assert_eq!(number(12.3456), "12.3");
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(0.256), "0.26");
        assert_eq!(plain_text("abcdef", 4), "abc…");
    }
}
