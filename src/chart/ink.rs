//! Ink: the colour and dash of a series, the same in every chart of a page.
//!
//! Whoever draws several charts gives each thing one ink and shows it once in a legend.

use super::svg::Pen;

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// One of the six hues, each with its own dash; further ones repeat.
    Hue(u8),
    /// What the others are compared with: the text's colour, dashed.
    Baseline,
    /// A second baseline: grey, dotted.
    Faint,
    /// What was measured: the text's colour, solid.
    Truth,
}

impl Ink {
    /// The CSS class, over [`super::STYLE`].
    pub(super) fn class(self) -> &'static str {
        const HUES: [&str; 6] = ["h0", "h1", "h2", "h3", "h4", "h5"];
        match self {
            Self::Hue(i) => HUES[usize::from(i) % HUES.len()],
            Self::Baseline => "base",
            Self::Faint => "faint",
            Self::Truth => "truth",
        }
    }
}

impl Ink {
    /// The classes of a line in this ink that is not filled.
    pub(super) fn stroke_class(self) -> String {
        format!("{} line", self.class())
    }
}

/// A short piece of a series' line, for a legend in text.
#[must_use]
pub fn swatch(ink: Ink) -> String {
    let mut pen = Pen::new(30.0, 10.0, "");
    pen.line(&format!("series {}", ink.class()), (1.0, 5.0), (29.0, 5.0));
    pen.dot(&format!("dot {}", ink.class()), (15.0, 5.0), 2.4, "");
    pen.finish().replacen(r#"class="chart""#, r#"class="swatch""#, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_has_a_style_and_no_two_of_the_first_share_one() {
        let inks = (0..6).map(Ink::Hue).chain([Ink::Baseline, Ink::Faint, Ink::Truth]);
        let classes: std::collections::BTreeSet<&str> = inks.map(Ink::class).collect();
        assert_eq!(classes.len(), 9);
        for class in classes {
            assert!(crate::chart::STYLE.contains(&format!(".{class}")), "{class}");
        }
        assert!(swatch(Ink::Hue(200)).contains("swatch"));
    }
}
