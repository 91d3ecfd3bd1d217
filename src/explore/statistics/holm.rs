//! *Holm's correction* (1979): of many tests some are surprising by chance; what is left of each
//! p value once that is allowed for.
//!
//! The sections on hypotheses and on drift correct all tests that they show.

/// Adjusted p values in the order given: the chance that any of the tests, all being of nothing,
/// is as surprising.
pub(in crate::explore) fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 0.0_f64;
    for (place, test) in order.into_iter().enumerate() {
        least = least.max(p[test] * (p.len() - place) as f64).min(1.0);
        adjusted[test] = least;
    }
    adjusted
}
