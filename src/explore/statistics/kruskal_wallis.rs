//! *Kruskal and Wallis's test* (1952): whether groups of values lie at different levels, by
//! ranks, so that no value needs to be normal and none is too far out.
//!
//! The section on hypotheses asks it of durations.

use super::chi_squared::survival;
use super::ranking::Ranking;

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::explore) struct KruskalWallis {
    /// The statistic, corrected for ties.
    pub(in crate::explore) h: f64,
    /// Groups less one.
    pub(in crate::explore) degrees: usize,
    /// The chance of an `h` as large if all groups are alike (chi-squared approximation).
    pub(in crate::explore) p: f64,
    /// The share of the ranks' variance that the groups explain: h / (n - 1), from 0 to 1
    /// (epsilon squared; Tomczak and Tomczak 2014).
    pub(in crate::explore) epsilon_squared: f64,
}

/// Tests groups of finite values; none where there are fewer than two groups, an empty one, or
/// one value only.
pub(in crate::explore) fn kruskal_wallis(groups: &[Vec<f64>]) -> Option<KruskalWallis> {
    if groups.len() < 2 || groups.iter().any(Vec::is_empty) {
        return None;
    }
    let values: Vec<f64> = groups.concat();
    let ranking = Ranking::new(&values);
    let n = ranking.n() as f64;
    let mut half_ranks = vec![0.0; values.len()];
    ranking.half_ranks(ranking.n(), |_| true, |row, rank| half_ranks[row] = rank);
    let (mut from, mut between) = (0, 0.0);
    for group in groups {
        // Whole numbers, so that the sum is exact in any order.
        let sum: f64 = half_ranks[from..from + group.len()].iter().sum();
        between += sum * sum / group.len() as f64;
        from += group.len();
    }
    let ties: f64 = ranking.ties().map(|equal| (equal as f64).powi(3) - equal as f64).sum();
    let untied = n.powi(3) - n - ties;
    if untied <= 0.0 {
        return None;
    }
    // 12 / (n (n + 1)) sum r^2 / n_j over 1 - ties / (n^3 - n), r being half of each sum.
    let h = 3.0 * (n - 1.0) * between / untied;
    let degrees = groups.len() - 1;
    Some(KruskalWallis { h, degrees, p: survival(h, degrees), epsilon_squared: h / (n - 1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_apart_are_told_apart_and_alike_ones_are_not() {
        let around = |middle: f64| (0..20).map(|i| middle + f64::from(i)).collect::<Vec<f64>>();
        let apart = kruskal_wallis(&[around(0.0), around(100.0)]).unwrap();
        assert!(apart.p < 1e-6 && apart.epsilon_squared > 0.7, "{apart:?}");
        let alike = kruskal_wallis(&[around(0.0), around(0.0), around(0.0)]).unwrap();
        assert_eq!((alike.h, alike.p, alike.epsilon_squared), (0.0, 1.0, 0.0));
    }

    #[test]
    fn scaling_and_reordering_change_nothing() {
        let groups = [vec![3.0, 1.0, 4.0, 1.0], vec![5.0, 9.0, 2.0], vec![6.0, 5.0, 3.0, 5.0]];
        let bent = groups.clone().map(|g| g.iter().rev().map(|v: &f64| v.exp()).collect());
        assert_eq!(kruskal_wallis(&bent), kruskal_wallis(&groups));
    }

    #[test]
    fn one_group_an_empty_one_and_one_value_are_not_tested() {
        assert_eq!(kruskal_wallis(&[vec![1.0, 2.0]]), None);
        assert_eq!(kruskal_wallis(&[vec![1.0, 2.0], vec![]]), None);
        assert_eq!(kruskal_wallis(&[vec![2.0, 2.0], vec![2.0]]), None);
    }
}
