//! The *median* of some numbers: what the baselines predict and imputation fills in.

/// The median: the middle value, or the mean of the two middle ones; none without values.
/// The values must not be NaN.
#[must_use]
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    let (middle, is_even) = (values.len() / 2, values.len().is_multiple_of(2));
    if values.is_empty() {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if !is_even {
        return Some(*upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp).unwrap_or(*upper);
    // Halves first: the sum of two large values may be infinite.
    Some(lower / 2.0 + *upper / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_values() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![5.0]), Some(5.0));
        assert_eq!(median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(vec![9.0, 1.0, 5.0, 6.0]), Some(5.5));
    }
}
