//! Ticks: round numbers along an axis, and how they are written.
//!
//! The charts place their axes with them.

/// Round numbers (1, 2 or 5 times a power of ten) that cover `low..=high`, about `wanted`.
///
/// The first is at or above `low`, the last at or below `high`. A range that is empty or
/// not finite has none.
#[must_use]
pub fn nice_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let Some(step) = nice_step(high - low, wanted) else { return Vec::new() };
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// The distance between ticks over a range of `span`.
fn nice_step(span: f64, wanted: usize) -> Option<f64> {
    if !span.is_finite() || span <= 0.0 {
        return None;
    }
    let rough = span / wanted.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * power >= rough * 0.999)?;
    Some(factor * power).filter(|step| step.is_normal())
}

/// A range from zero, or from a negative value's round number, that ends on a tick.
pub(super) fn range_from_zero(low: f64, high: f64, wanted: usize) -> (f64, f64) {
    let (low, high) = (low.min(0.0), high.max(0.0));
    match nice_step(high - low, wanted) {
        Some(step) => (
            (low / step + 1e-9).floor().min(0.0) * step,
            (high / step - 1e-9).ceil().max(0.0) * step,
        ),
        None => (0.0, 1.0),
    }
}

/// A tick's value with the decimals that its step needs: `0.25`, `12,000`.
#[must_use]
pub fn tick_label(value: f64, ticks: &[f64]) -> String {
    let step = ticks.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    let decimals = if step.is_finite() && step < 1.0 {
        (-step.log10()).ceil().clamp(0.0, 6.0) as usize
    } else {
        0
    };
    grouped(value, decimals)
}

/// A number with `decimals` decimals, thousands parted by commas and a true minus sign.
///
/// What is not finite is an en dash.
#[must_use]
pub fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::with_capacity(text.len() + 8);
    let is_zero = text.chars().all(|c| c == '0' || c == '.');
    if value < 0.0 && !is_zero {
        out.push('\u{2212}');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside_the_range() {
        assert_eq!(nice_ticks(0.0, 100.0, 5), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let ticks = nice_ticks(-3.7, 2.1, 4);
        assert_eq!(ticks, [-2.0, 0.0, 2.0]);
        for bad in [(0.0, 0.0), (1.0, 0.0), (0.0, f64::NAN), (0.0, f64::INFINITY)] {
            assert!(nice_ticks(bad.0, bad.1, 5).is_empty());
        }
    }

    #[test]
    fn a_range_ends_on_a_tick_and_holds_its_values() {
        assert_eq!(range_from_zero(0.3, 4.2, 5), (0.0, 5.0));
        let (low, high) = range_from_zero(-0.2, 0.9, 5);
        assert!(low <= -0.2 && high >= 0.9);
        assert_eq!(range_from_zero(0.0, 0.0, 5), (0.0, 1.0));
    }

    #[test]
    fn numbers_have_thousands_and_the_decimals_of_their_step() {
        assert_eq!(grouped(44264.0, 0), "44,264");
        assert_eq!(grouped(-1234.56, 1), "\u{2212}1,234.6");
        assert_eq!(grouped(-0.001, 2), "0.00");
        assert_eq!(grouped(f64::NAN, 2), "–");
        assert_eq!(tick_label(0.5, &[0.0, 0.25, 0.5]), "0.5");
        assert_eq!(tick_label(12000.0, &[0.0, 12000.0]), "12,000");
    }
}
