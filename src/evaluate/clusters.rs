//! *Clusters* are features that say nearly the same: permuting one of them alone costs a
//! model little, since the others still tell, so that each seems not to matter.
//!
//! `train` permutes the features of each cluster together.

use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

/// Correlations are compared with less than the threshold by this, for their rounding.
const ROUNDING: f64 = 1e-9;

/// Clusters of at least two features, members ascending, in the order of their first members.
///
/// `features` has the columns of each feature in `x (n_rows, n_columns)`. Any two members of a
/// cluster are correlated by `threshold` or more (complete linkage): the two clusters whose
/// least correlated members correlate most are merged, the first such two, until none are left
/// that do. Correlation is the absolute value of Spearman's rank correlation, equal values
/// sharing their mean rank and missing ones having the middle rank. Of features of several
/// columns, it is that of the column that has the weakest best counterpart among the other
/// feature's columns: so that categories correlate where each level goes with one of the
/// other's.
#[must_use]
pub fn correlated_clusters(
    x: ArrayView2<'_, f32>,
    features: &[Vec<usize>],
    threshold: f64,
) -> Vec<Vec<usize>> {
    let ranks: Vec<Vec<f64>> =
        x.columns().into_iter().collect::<Vec<_>>().into_par_iter().map(unit_ranks).collect();
    let n = features.len();
    let rows: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|one| {
            (0..one).map(|other| correlation(&ranks, &features[one], &features[other])).collect()
        })
        .collect();
    let mut linkage = Array2::from_elem((n, n), f64::NEG_INFINITY);
    for (one, row) in rows.iter().enumerate() {
        for (other, value) in row.iter().enumerate() {
            linkage[[one, other]] = *value;
            linkage[[other, one]] = *value;
        }
    }
    let mut clusters: Vec<Vec<usize>> = (0..n).map(|feature| vec![feature]).collect();
    while let Some((first, second)) = closest(&linkage, threshold - ROUNDING) {
        let merged = std::mem::take(&mut clusters[second]);
        clusters[first].extend(merged);
        for other in 0..n {
            let least = linkage[[first, other]].min(linkage[[second, other]]);
            let least = if other == first { f64::NEG_INFINITY } else { least };
            (linkage[[first, other]], linkage[[other, first]]) = (least, least);
            linkage[[second, other]] = f64::NEG_INFINITY;
            linkage[[other, second]] = f64::NEG_INFINITY;
        }
    }
    clusters.retain(|members| members.len() > 1);
    for members in &mut clusters {
        members.sort_unstable();
    }
    clusters
}

/// The first of the pairs that are linked most, if they are by `least` or more.
fn closest(linkage: &Array2<f64>, least: f64) -> Option<(usize, usize)> {
    let mut best = None;
    let mut most = least;
    for ((one, other), value) in linkage.indexed_iter() {
        if one < other && (*value > most || (*value == most && best.is_none())) {
            (best, most) = (Some((one, other)), *value);
        }
    }
    best
}

/// How much two features are correlated, from 0 to 1.
fn correlation(ranks: &[Vec<f64>], one: &[usize], other: &[usize]) -> f64 {
    let rho = |a: usize, b: usize| -> f64 {
        ranks[a].iter().zip(&ranks[b]).map(|(a, b)| a * b).sum::<f64>().abs()
    };
    let table: Vec<Vec<f64>> =
        one.iter().map(|&a| other.iter().map(|&b| rho(a, b)).collect()).collect();
    let best_of_row = table.iter().map(|row| row.iter().copied().fold(0.0, f64::max));
    let best_of_column =
        (0..other.len()).map(|at| table.iter().map(|row| row[at]).fold(0.0, f64::max));
    best_of_row.chain(best_of_column).fold(1.0, f64::min)
}

/// The ranks of a column less their mean, scaled to length 1, so that a sum of products is a
/// correlation; zeros for a column of one value.
fn unit_ranks(column: ArrayView1<'_, f32>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..column.len()).filter(|row| !column[*row].is_nan()).collect();
    order.sort_by(|a, b| column[*a].total_cmp(&column[*b]));
    let middle = (order.len() as f64 - 1.0) / 2.0;
    let mut ranks = vec![0.0; column.len()];
    let mut from = 0;
    for equal in order.chunk_by(|a, b| column[*a] == column[*b]) {
        let rank = from as f64 + (equal.len() as f64 - 1.0) / 2.0;
        equal.iter().for_each(|row| ranks[*row] = rank - middle);
        from += equal.len();
    }
    let length = ranks.iter().map(|rank| rank * rank).sum::<f64>().sqrt();
    if length > 0.0 {
        ranks.iter_mut().for_each(|rank| *rank /= length);
    }
    ranks
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array, stack};

    use super::*;

    #[test]
    fn ranks_are_correlated_as_scipy_does() {
        let x = array![[1.0_f32, 2.0], [2.0, 2.0], [3.0, 0.5], [3.0, -7.0], [9.0, 4.0]];
        let ranks: Vec<Vec<f64>> = x.columns().into_iter().map(unit_ranks).collect();
        // scipy.stats.spearmanr([1, 2, 3, 3, 9], [2, 2, .5, -7, 4]).statistic
        let found = correlation(&ranks, &[0], &[1]);
        assert!((found - 0.105_263_157_894_736_85).abs() < 1e-12, "{found}");
        assert!((correlation(&ranks, &[0], &[0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_cluster_holds_features_of_which_any_two_are_correlated() {
        let n = 60;
        let base: Vec<f32> = (0..n).map(|row| (row * 37 % 61) as f32).collect();
        let other: Vec<f32> = (0..n).map(|row| (row * 17 % 59) as f32).collect();
        let column = |value: &dyn Fn(usize) -> f32| (0..n).map(value).collect::<Vec<f32>>();
        let columns = [
            column(&|row| other[row]),
            column(&|row| base[row]),
            column(&|row| -base[row].powi(3)), // turned round and bent
            column(&|row| if row == 3 { f32::NAN } else { base[row] }),
            column(&|_| 1.0),
            column(&|row| base[row] + 0.55 * other[row]), // near `base` but not that near
        ];
        let columns: Vec<_> = columns.iter().map(ndarray::ArrayView1::from).collect();
        let x = stack(Axis(1), &columns).unwrap();
        let single: Vec<Vec<usize>> = (0..6).map(|column| vec![column]).collect();
        assert_eq!(correlated_clusters(x.view(), &single, 0.95), [vec![1, 2, 3]]);
        assert_eq!(correlated_clusters(x.view(), &single, 1.0), [vec![1, 2]]);
        assert_eq!(correlated_clusters(x.view(), &single, 0.5).concat().len(), 4);
    }

    #[test]
    fn members_of_a_chain_are_not_all_in_one_cluster() {
        // Each is near its neighbour, the ends are far from each other.
        let x = array![[1.0_f32, 1.0, 2.0], [2.0, 3.0, 3.0], [3.0, 2.0, 1.0], [4.0, 4.0, 4.0]];
        let single: Vec<Vec<usize>> = (0..3).map(|column| vec![column]).collect();
        assert_eq!(correlated_clusters(x.view(), &single, 0.7), [vec![0, 1]]);
    }

    #[test]
    fn categories_correlate_where_their_levels_go_together() {
        // Origin and destination of flights there and back, and an airline that flies both.
        let there = array![[1.0_f32, 0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0, 1.0]];
        let x = ndarray::concatenate![
            Axis(0),
            there,
            there,
            array![[1.0_f32, 0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0]]
        ];
        let features = [vec![0, 1], vec![2, 3], vec![4]];
        assert_eq!(correlated_clusters(x.view(), &features, 0.9), [vec![0, 1]]);
        let mut apart = x.clone();
        apart[[0, 2]] = 1.0;
        assert!(correlated_clusters(apart.view(), &features, 0.9).is_empty());
    }
}
