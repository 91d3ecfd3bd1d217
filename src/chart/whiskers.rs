//! Bars with whiskers: names with a length and its uncertainty each, and a line that they are
//! to be compared with.
//!
//! The report shows importances by permutation with them.

use super::bars::{LABELS, NAME_LIMIT, ROW, TOP, VALUES, WIDTH};
use super::svg::{Align, Look, Pen, width_of_text};

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct WhiskerBar {
    /// What it stands for.
    pub name: String,
    /// Its length from zero, to the left if negative; not finite: no bar.
    pub value: f64,
    /// How far the whisker reaches to either side; none: no whisker.
    pub error: Option<f64>,
    /// The value as text with its unit, to the right of bar and whisker.
    pub text: String,
}

/// A line across all bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where it is; not finite: nowhere.
    pub value: f64,
    /// What it is, written below it.
    pub text: String,
}

/// Between a bar's end and its text.
const GAP: f64 = 6.0;

/// Bars under a heading; `description` is what a screen reader says.
#[must_use]
pub fn whisker_chart(
    heading: &str,
    description: &str,
    bars: &[WhiskerBar],
    mark: Option<&Mark>,
) -> String {
    let bottom = TOP + ROW * bars.len() as f64;
    let mark = mark.filter(|mark| mark.value.is_finite());
    let mut pen = Pen::new(WIDTH, bottom + if mark.is_some() { 22.0 } else { 4.0 }, description);
    pen.text("heading", (0.0, 14.0), Align::Start, heading);
    let errors = |bar: &WhiskerBar| bar.error.filter(|error| error.is_finite()).unwrap_or(0.0);
    let ends = bars.iter().flat_map(|b| [b.value - errors(b), b.value + errors(b)]);
    let ends: Vec<f64> =
        ends.chain(mark.map(|mark| mark.value)).filter(|end| end.is_finite()).collect();
    let lowest = ends.iter().copied().fold(0.0, f64::min);
    let highest = ends.iter().copied().fold(0.0, f64::max);
    let widest = bars.iter().map(|bar| width_of_text(&bar.text)).fold(0.0, f64::max);
    let room = WIDTH - LABELS - VALUES.max(widest + GAP);
    let span = if highest > lowest { highest - lowest } else { 1.0 };
    let x = |value: f64| LABELS + (value - lowest) / span * room;
    for (i, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * i as f64;
        pen.cut_text("name", (LABELS - 8.0, y + 14.0), Align::End, &bar.name, NAME_LIMIT);
        let note = format!("{}: {}", bar.name, bar.text);
        let look = Look { opacity: 1.0, note: &note };
        let (from, to) = (x(bar.value.min(0.0)), x(bar.value.max(0.0)));
        if !bar.value.is_finite() {
            continue;
        }
        pen.rect("bar", (from, y + 3.0), (to - from, ROW - 6.0), look);
        let (low, high) = (x(bar.value - errors(bar)), x(bar.value + errors(bar)));
        if high > low {
            let middle = y + ROW / 2.0;
            pen.line("whisker", (low, middle), (high, middle));
            pen.line("whisker", (low, middle - 3.0), (low, middle + 3.0));
            pen.line("whisker", (high, middle - 3.0), (high, middle + 3.0));
        }
        let end = high.max(to);
        // A text that the line would cross stands to the right of it.
        let crossed = mark.map(|mark| x(mark.value)).filter(|at| (end..end + 46.0).contains(at));
        pen.text("tick", (crossed.unwrap_or(end) + GAP, y + 14.0), Align::Start, &bar.text);
    }
    pen.line("axis", (x(0.0), TOP), (x(0.0), bottom));
    if let Some(mark) = mark {
        pen.line("mark-line", (x(mark.value), TOP - 4.0), (x(mark.value), bottom + 4.0));
        let align = if x(mark.value) > LABELS + room / 2.0 { Align::End } else { Align::Start };
        pen.text("tick", (x(mark.value), bottom + 16.0), align, &mark.text);
    }
    pen.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_start_at_zero_whiskers_reach_as_far_as_they_say_and_the_line_crosses_all() {
        let bar = |name: &str, value, error| WhiskerBar {
            name: name.to_owned(),
            value,
            error,
            text: format!("{value} v"),
        };
        let bars = [
            bar("a", 2.0, Some(1.0)),
            bar("b", -1.0, None),
            bar("<c>", f64::NAN, Some(1.0)),
            bar("d", 1.0, Some(f64::NAN)),
        ];
        let mark = Mark { value: 1.0, text: "probe".to_owned() };
        let svg = whisker_chart("h", "d", &bars, Some(&mark));
        // From -1 to 3, so that a unit is a quarter of the room.
        let unit = (WIDTH - LABELS - VALUES) / 4.0;
        let rect = |x: f64, width: f64| {
            format!(r#"<rect class="bar" x="{x}" y="{}" width="{width}""#, TOP + 3.0)
        };
        assert!(svg.contains(&rect(LABELS + unit, 2.0 * unit)), "{svg}");
        assert!(svg.contains(&format!("M{} 36L{} 36", LABELS + 2.0 * unit, LABELS + 4.0 * unit)));
        assert!(svg.contains(&format!("M{0} 22L{0} 110", LABELS + 2.0 * unit)), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 3);
        assert_eq!(svg.matches("whisker").count(), 3);
        assert!(svg.contains("&lt;c&gt;") && !svg.contains("NaN"));
        assert!(!whisker_chart("h", "d", &[], None).contains("NaN"));
    }
}
