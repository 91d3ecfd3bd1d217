//! *Linkage* puts columns that are near each other next to each other, and finds those that are
//! all near each other.
//!
//! The section on correlation orders its map and makes its groups with it.

use kodama::{Method, linkage};

/// Distances are compared with a limit plus this, for the rounding of correlations.
const ROUNDING: f64 = 1e-9;

/// The order of `n` things by average linkage (Sokal and Michener 1958) of their distances,
/// given for (0, 1), (0, 2), ..., (1, 2), ...; a NaN counts as 1.
///
/// The two parts of a merger stand in the order of their first things.
pub(in crate::explore) fn leaf_order(n: usize, distances: &[f64]) -> Vec<usize> {
    merge(n, distances, Method::Average, f64::INFINITY).concat()
}

/// Groups of at least two things of which any two are at most `limit` apart (complete linkage),
/// members ascending, groups in the order of their first members. Distances as for
/// [`leaf_order`].
pub(in crate::explore) fn tight_groups(n: usize, distances: &[f64], limit: f64) -> Vec<Vec<usize>> {
    let mut groups = merge(n, distances, Method::Complete, limit + ROUNDING);
    groups.retain(|members| members.len() > 1);
    groups.iter_mut().for_each(|members| members.sort_unstable());
    groups
}

/// What is together after all mergers at a height of at most `limit`.
fn merge(n: usize, distances: &[f64], method: Method, limit: f64) -> Vec<Vec<usize>> {
    assert_eq!(distances.len(), n * n.saturating_sub(1) / 2, "a distance for each pair");
    if n < 2 {
        return (0..n).map(|thing| vec![thing]).collect();
    }
    let mut distances: Vec<f64> =
        distances.iter().map(|d| if d.is_nan() { 1.0 } else { *d }).collect();
    let dendrogram = linkage(&mut distances, n, method);
    let mut parts: Vec<Option<Vec<usize>>> = (0..n).map(|thing| Some(vec![thing])).collect();
    for step in dendrogram.steps().iter().take_while(|step| step.dissimilarity <= limit) {
        let mut take = |part: usize| parts[part].take().expect("a part is merged once");
        let (mut one, mut other) = (take(step.cluster1), take(step.cluster2));
        if other.iter().min() < one.iter().min() {
            std::mem::swap(&mut one, &mut other);
        }
        one.append(&mut other);
        parts.push(Some(one));
    }
    let mut parts: Vec<Vec<usize>> = parts.into_iter().flatten().collect();
    parts.sort_by_key(|part| part.iter().min().copied());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_stands_together_and_groups_are_near_throughout() {
        // 0 and 3 are copies, 1 is near both, 2 is near 1 only, 4 is unknown to all.
        let distances = [
            0.1,
            0.5,
            0.0,
            f64::NAN, // 0 with 1, 2, 3, 4
            0.15,
            0.1,
            f64::NAN, // 1
            0.5,
            f64::NAN, // 2
            f64::NAN, // 3
        ];
        assert_eq!(leaf_order(5, &distances), [0, 3, 1, 2, 4]);
        assert_eq!(tight_groups(5, &distances, 0.2), [vec![0, 1, 3]]);
        assert_eq!(tight_groups(5, &distances, 0.0), [vec![0, 3]]);
        assert_eq!(tight_groups(5, &distances, 0.5), [vec![0, 1, 2, 3]]);
    }

    #[test]
    fn nothing_and_one_thing_are_in_order() {
        assert!(leaf_order(0, &[]).is_empty());
        assert_eq!(leaf_order(1, &[]), [0]);
        assert!(tight_groups(1, &[], 1.0).is_empty());
    }
}
