//! A *split* is a question that sends each row of a node left or right.
//! `splitter` finds it, `tree` keeps it.

use super::features::Features;

/// The question of one node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) feature: u32,
    /// Rows whose feature is at most this go left.
    pub(super) threshold: f32,
    /// Whether rows without the feature go left.
    pub(super) missing_left: bool,
}

impl Split {
    /// Whether a row with this value of the feature goes left; NaN is missing.
    pub(super) fn goes_left(&self, value: f32) -> bool {
        if value.is_nan() { self.missing_left } else { value <= self.threshold }
    }
}

/// A split as the search finds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) feature: u32,
    pub(super) threshold: Threshold,
    pub(super) missing_left: bool,
}

/// Where a split is. To look up a value is likely to miss the cache, but many misses at once
/// take little longer than one: most thresholds are not looked up before a tree is complete.
#[derive(Debug, Clone, Copy)]
pub(super) enum Threshold {
    /// In the middle between the values of two rows of the training set. The upper one lacks
    /// the feature if only missing values follow.
    Between { lower: u32, upper: u32 },
    /// At this value.
    At(f32),
}

impl Found {
    /// The split, with its threshold looked up.
    pub(super) fn split(&self, features: &Features) -> Split {
        let Self { feature, threshold, missing_left } = *self;
        let value = |row: u32| features.row(row)[feature as usize];
        let threshold = match threshold {
            Threshold::Between { lower, upper } => between(value(lower), value(upper)),
            Threshold::At(threshold) => threshold,
        };
        Split { feature, threshold, missing_left }
    }
}

impl From<Split> for Found {
    fn from(split: Split) -> Self {
        let Split { feature, threshold, missing_left } = split;
        Self { feature, threshold: Threshold::At(threshold), missing_left }
    }
}

/// The threshold between two neighbouring values; `upper` is NaN if only missing values
/// follow. scikit-learn's threshold is infinite then, but a stored one must be finite.
fn between(lower: f32, upper: f32) -> f32 {
    if upper.is_nan() { f32::MAX } else { midpoint(lower, upper) }
}

/// The largest `f32` that is not above the middle of two different values. Single-precision
/// features compare with it exactly as with scikit-learn's double-precision middle.
fn midpoint(lower: f32, upper: f32) -> f32 {
    let middle = f64::from(lower) / 2.0 + f64::from(upper) / 2.0;
    let nearest = middle as f32;
    let below = if f64::from(nearest) > middle { nearest.next_down() } else { nearest };
    if below < upper { below } else { lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_midpoint_separates_even_neighbouring_values() {
        assert_eq!(midpoint(1.0, 2.0), 1.5);
        assert_eq!(midpoint(f32::MIN, f32::MAX), 0.0);
        for lower in [1.0_f32, -1.0, 0.0, 3.4e38, -f32::MIN_POSITIVE] {
            let upper = lower.next_up();
            assert_eq!(midpoint(lower, upper), lower);
        }
    }

    #[test]
    fn present_and_missing_are_parted_by_a_finite_threshold() {
        let threshold = between(7.0, f32::NAN);
        let split = Split { feature: 0, threshold, missing_left: false };
        assert!(threshold.is_finite() && split.goes_left(f32::MAX) && !split.goes_left(f32::NAN));
    }
}
