//! Bars: names with a length each, the longest first as the caller sorts them.
//!
//! The report shows the features that matter most with them.

use super::svg::{Align, Look, Pen};

pub(super) const WIDTH: f64 = 520.0;
pub(super) const LABELS: f64 = 176.0;
pub(super) const VALUES: f64 = 58.0;
pub(super) const TOP: f64 = 26.0;
pub(super) const ROW: f64 = 20.0;
/// Characters of a name that fit beside the bars.
pub(super) const NAME_LIMIT: usize = 27;

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// Its length, from zero; negative or not finite: no bar.
    pub value: f64,
    /// The value as text with its unit, at the bar's end.
    pub text: String,
}

/// Bars under a heading; `description` is what a screen reader says.
#[must_use]
pub fn bar_chart(heading: &str, description: &str, bars: &[Bar]) -> String {
    let height = TOP + ROW * bars.len() as f64 + 4.0;
    let mut pen = Pen::new(WIDTH, height, description);
    pen.text("heading", (0.0, 14.0), Align::Start, heading);
    let longest = bars.iter().map(|b| b.value).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let room = WIDTH - LABELS - VALUES;
    for (i, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * i as f64;
        let length = if longest > 0.0 { bar.value / longest * room } else { 0.0 };
        let note = format!("{}: {}", bar.name, bar.text);
        let at = (LABELS - 8.0, y + 14.0);
        pen.cut_text("name", at, Align::End, &bar.name, NAME_LIMIT);
        let look = Look { opacity: 1.0, note: &note };
        pen.rect("bar", (LABELS, y + 3.0), (length, ROW - 6.0), look);
        let end = LABELS + if length.is_finite() { length.max(0.0) } else { 0.0 };
        pen.text("tick", (end + 6.0, y + 14.0), Align::Start, &bar.text);
    }
    pen.line("axis", (LABELS, TOP), (LABELS, height - 4.0));
    pen.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values_and_names_are_cut_but_kept() {
        let bar = |name: &str, value: f64| Bar {
            name: name.to_owned(),
            value,
            text: format!("{value} %"),
        };
        let long = "x".repeat(80);
        let svg = bar_chart("h", "d", &[bar(&long, 4.0), bar("b", 2.0), bar("c", f64::NAN)]);
        let room = WIDTH - LABELS - VALUES;
        assert!(svg.contains(&format!(r#"width="{room}""#)));
        assert!(svg.contains(&format!(r#"width="{}""#, room / 2.0)));
        assert!(svg.contains(&format!("<title>{long}</title>")));
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(!bar_chart("h", "d", &[]).contains("NaN"));
    }
}
