//! The statistics against scipy's and numpy's, on the columns and figures that
//! `tests/reference/explore_statistics.py` wrote.

use serde::Deserialize;

use super::chi_squared::survival;
use super::*;

/// Asserts that two numbers agree to a share of the second.
pub(in crate::explore) fn close(found: f64, expected: f64, share: f64) {
    assert!((found - expected).abs() <= share * expected.abs(), "{found} instead of {expected}");
}

#[derive(Deserialize)]
struct Reference {
    columns: Vec<Vec<Option<f64>>>,
    pearson: Vec<Option<f64>>,
    spearman: Vec<Option<f64>>,
    leaves_together: Vec<Vec<usize>>,
    random_distances: Vec<f64>,
    random_leaves_together: Vec<Vec<usize>>,
    tight_groups: Vec<(f64, Vec<Vec<usize>>)>,
    chi_squared: Vec<(f64, usize, f64)>,
    homogeneity: Vec<(Vec<(u64, u64)>, f64)>,
    kruskal_wallis: Vec<(Vec<Vec<f64>>, f64, f64, f64)>,
    holm: Vec<(Vec<f64>, Vec<f64>)>,
    kolmogorov_smirnov: Vec<(Vec<f64>, Vec<f64>, f64, f64)>,
    kolmogorov_limit: Vec<(usize, usize, f64, f64)>,
    stability: Vec<(Vec<f64>, Vec<f64>, f64)>,
}

fn reference() -> Reference {
    let text = include_str!("../../../tests/reference/explore_statistics.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn correlations_of_incomplete_columns_are_those_of_scipy() {
    let reference = reference();
    let columns: Vec<Vec<f64>> = reference
        .columns
        .iter()
        .map(|column| column.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
        .collect();
    let found = correlations(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (found, expected) in
        [(&found.pearson, &reference.pearson), (&found.spearman, &reference.spearman)]
    {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            match expected {
                Some(expected) => assert!((found - expected).abs() < 1e-12, "{found} {expected}"),
                None => assert!(found.is_nan(), "{found}"),
            }
        }
    }
}

/// Asserts that the members of every merger stand next to each other.
fn assert_together(order: &[usize], mergers: &[Vec<usize>]) {
    for together in mergers {
        let places: Vec<usize> =
            (0..order.len()).filter(|place| together.contains(&order[*place])).collect();
        assert_eq!(places.last().unwrap() - places[0] + 1, together.len(), "{together:?}");
    }
}

#[test]
fn linkage_is_that_of_scipy() {
    let reference = reference();
    let distances: Vec<f64> =
        reference.spearman.iter().map(|r| 1.0 - r.unwrap_or(0.0).abs()).collect();
    let n = reference.columns.len();
    assert_together(&leaf_order(n, &distances), &reference.leaves_together);
    assert_together(
        &leaf_order(14, &reference.random_distances),
        &reference.random_leaves_together,
    );
    for (limit, groups) in &reference.tight_groups {
        assert_eq!(&tight_groups(n, &distances, *limit), groups);
    }
}

#[test]
fn chances_are_those_of_scipy() {
    let reference = reference();
    for (value, degrees, expected) in reference.chi_squared {
        close(survival(value, degrees), expected, 1e-10);
    }
    for (counts, expected) in reference.homogeneity {
        close(homogeneity(&counts).unwrap(), expected, 1e-10);
    }
    for (p, expected) in reference.holm {
        for (found, expected) in holm(&p).into_iter().zip(expected) {
            close(found, expected, 1e-14);
        }
    }
}

#[test]
fn tests_of_groups_are_those_of_scipy() {
    for (groups, h, p, epsilon_squared) in reference().kruskal_wallis {
        let found = kruskal_wallis(&groups).unwrap();
        close(found.h, h, 1e-11);
        close(found.p, p, 1e-10);
        close(found.epsilon_squared, epsilon_squared, 1e-11);
    }
}

#[test]
fn drift_is_that_of_scipy_and_numpy() {
    let reference = reference();
    for (one, other, gap, p) in reference.kolmogorov_smirnov {
        let found = kolmogorov_smirnov(&one, &other).unwrap();
        close(found.0, gap, 1e-12);
        close(found.1, p, 1e-10);
    }
    for (n, m, by, p) in reference.kolmogorov_limit {
        let one: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
        let other: Vec<f64> = (0..m).map(|i| i as f64 / m as f64 + by).collect();
        close(kolmogorov_smirnov(&one, &other).unwrap().1, p, 1e-10);
    }
    for (earlier, later, expected) in reference.stability {
        close(stability(&earlier, &later).unwrap(), expected, 1e-11);
    }
}
