//! *Statistics* condense the errors of some flights into one figure each.
//!
//! `metrics` calls them; what is undefined is none, so that no NaN reaches a table.

/// Mean of the absolute values; none without errors.
pub(super) fn mean_absolute(errors: &[f64]) -> Option<f64> {
    let sum = errors.iter().map(|error| error.abs()).sum::<f64>();
    finite(sum / errors.len() as f64)
}

/// Root of the mean square; none without errors.
pub(super) fn root_mean_square(errors: &[f64]) -> Option<f64> {
    let sum = errors.iter().map(|error| error * error).sum::<f64>();
    finite((sum / errors.len() as f64).sqrt())
}

/// The quantile `q` (0 to 1) of ascending values, interpolated linearly between the two
/// nearest as numpy does by default (Hyndman and Fan 1996, definition 7); none without values.
#[must_use]
pub fn quantile(ascending: &[f64], q: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = q * last as f64;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let (low, high, share) = (ascending[below], ascending[above], place - below as f64);
    let step = high - low;
    // From the nearer end, as numpy's `_lerp`, so that the bits agree.
    finite(if share >= 0.5 { high - step * (1.0 - share) } else { low + step * share })
}

/// Coefficient of determination, 1 - `SS_res` / `SS_tot` over the flights' true values; none
/// for fewer than two flights or a truth without variance.
pub(super) fn r_squared(errors: &[f64], truth: &[f64]) -> Option<f64> {
    let first = truth.first()?;
    if truth.iter().all(|value| value == first) {
        return None;
    }
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let residual: f64 = errors.iter().map(|error| error * error).sum();
    let total: f64 = truth.iter().map(|value| (value - mean) * (value - mean)).sum();
    finite(1.0 - residual / total)
}

/// 1 - error / error of the yardstick; none where the yardstick makes no error.
pub(super) fn skill(mean_error: f64, yardstick: f64) -> Option<f64> {
    if yardstick > 0.0 { finite(1.0 - mean_error / yardstick) } else { None }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors and truths, and what `tests/reference/metrics.py` says of them with numpy and
    /// scikit-learn.
    const TRUTH: [f64; 7] = [3.0, -0.5, 2.0, 7.0, 4.25, 1e-3, 12.0];
    const PREDICTED: [f64; 7] = [2.5, 0.0, 2.0, 8.0, 4.0, 1.0, 7.5];

    #[test]
    fn figures_are_those_of_numpy_and_scikit_learn() {
        let errors: Vec<f64> = PREDICTED.iter().zip(TRUTH).map(|(p, t)| p - t).collect();
        let mut absolute: Vec<f64> = errors.iter().map(|e| e.abs()).collect();
        absolute.sort_by(f64::total_cmp);
        let close = |found: Option<f64>, expected: f64| {
            let found = found.unwrap();
            assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{found} {expected}");
        };
        close(r_squared(&errors, &TRUTH), REFERENCE[0]);
        close(root_mean_square(&errors), REFERENCE[1]);
        close(mean_absolute(&errors), REFERENCE[2]);
        close(quantile(&absolute, 0.5), REFERENCE[3]);
        close(quantile(&absolute, 0.95), REFERENCE[4]);
    }

    /// scikit-learn 1.9.1 and numpy 2.4.6.
    const REFERENCE: [f64; 5] =
        [0.800_425_455_785_337_7, 1.805_171_183_018_386, 1.107, 0.5, 3.449_999_999_999_997_5];

    #[test]
    fn what_is_undefined_is_none() {
        assert_eq!(mean_absolute(&[]), None);
        assert_eq!(root_mean_square(&[]), None);
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(r_squared(&[], &[]), None);
        assert_eq!(r_squared(&[1.0], &[5.0]), None);
        assert_eq!(r_squared(&[1.0, 2.0], &[0.1, 0.1]), None);
        assert_eq!(skill(1.0, 0.0), None);
        assert_eq!(skill(1.0, 4.0), Some(0.75));
        assert_eq!(mean_absolute(&[f64::MAX, f64::MAX]), None);
    }

    #[test]
    fn a_quantile_of_one_value_is_that_value_and_the_ends_are_the_extremes() {
        assert_eq!(quantile(&[4.0], 0.95), Some(4.0));
        assert_eq!(quantile(&[1.0, 2.0, 9.0], 0.0), Some(1.0));
        assert_eq!(quantile(&[1.0, 2.0, 9.0], 1.0), Some(9.0));
    }
}
