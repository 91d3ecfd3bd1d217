//! *Correlations* of all columns with each other, Pearson's and Spearman's, each over the rows
//! that have both values (pairwise complete, as pandas' `corr`).
//!
//! Values are ranked once per column. Columns that lack the same rows share everything; where
//! two lack different ones, their ranks among the common rows take one pass. Spearman's sums are
//! of whole numbers below 2^53, so they are exact; Pearson's run in eight lanes merged in one
//! order. So neither depends on threads or on the processor.

use rayon::prelude::*;

use super::ranking::{MOST, Ranking};

/// Fewest rows that a correlation is told from: of fewer, some are near 1 by chance.
const FEWEST: usize = 10;
/// A column whose values spread by less than this share of their size is constant but for
/// rounding.
const ROUNDING: f64 = 1e-13;

/// Correlations of `n` columns; NaN where a column is constant over the common rows, or where
/// these are fewer than ten.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::explore) struct Correlations {
    /// Number of columns.
    pub(in crate::explore) n: usize,
    /// Pearson's of the columns (0, 1), (0, 2), ..., (1, 2), ...
    pub(in crate::explore) pearson: Vec<f64>,
    /// Spearman's likewise.
    pub(in crate::explore) spearman: Vec<f64>,
}

impl Correlations {
    /// Where the correlation of two different columns is.
    pub(in crate::explore) fn place(&self, one: usize, other: usize) -> usize {
        let (first, second) = (one.min(other), one.max(other));
        first * (2 * self.n - first - 1) / 2 + second - first - 1
    }
}

/// A column as it meets others.
struct Prepared<'a> {
    values: &'a [f64],
    ranking: Ranking,
    /// A bit per row, set where there is a value.
    known: Vec<u64>,
    /// Values less their mean, 0 where missing.
    deviations: Vec<f64>,
    /// Sum of their squares.
    of_deviations: f64,
    /// Half ranks among all known rows, 0 where missing.
    half_ranks: Vec<f64>,
    /// Sum of their squares.
    of_half_ranks: f64,
}

/// Correlates columns of equal length; NaN is missing.
///
/// # Panics
/// With more rows than ranks can be added up exactly for.
pub(in crate::explore) fn correlations(columns: &[&[f64]]) -> Correlations {
    let n_rows = columns.first().map_or(0, |column| column.len());
    assert!(n_rows <= MOST, "a caller samples flights where there are more");
    let prepared: Vec<Prepared<'_>> =
        columns.par_iter().map(|column| Prepared::new(column)).collect();
    let rows: Vec<Vec<(f64, f64)>> = (0..columns.len())
        .into_par_iter()
        .map_init(
            || (vec![0.0; n_rows], vec![0.0; n_rows]),
            |scratch, one| {
                let others = &prepared[one + 1..];
                others.iter().map(|other| prepared[one].with(other, scratch)).collect()
            },
        )
        .collect();
    let (pearson, spearman) = rows.into_iter().flatten().unzip();
    Correlations { n: columns.len(), pearson, spearman }
}

impl<'a> Prepared<'a> {
    fn new(values: &'a [f64]) -> Self {
        let ranking = Ranking::new(values);
        let mut known = vec![0_u64; values.len().div_ceil(64)];
        let mut half_ranks = vec![0.0; values.len()];
        ranking.half_ranks(
            ranking.n(),
            |_| true,
            |row, rank| {
                half_ranks[row] = rank;
                known[row / 64] |= 1 << (row % 64);
            },
        );
        let mut deviations = vec![0.0; values.len()];
        deviate(values, &known, &mut deviations);
        let of_deviations = product(&deviations, &deviations);
        let of_half_ranks = product(&half_ranks, &half_ranks);
        Self { values, ranking, known, deviations, of_deviations, half_ranks, of_half_ranks }
    }

    /// Pearson's and Spearman's correlation with another column.
    fn with(&self, other: &Self, scratch: &mut (Vec<f64>, Vec<f64>)) -> (f64, f64) {
        if self.known == other.known {
            if self.ranking.n() < FEWEST {
                return (f64::NAN, f64::NAN);
            }
            let pearson = product(&self.deviations, &other.deviations);
            let spearman = product(&self.half_ranks, &other.half_ranks);
            return (
                cosine(pearson, self.of_deviations, other.of_deviations),
                cosine(spearman, self.of_half_ranks, other.of_half_ranks),
            );
        }
        let common: Vec<u64> = self.known.iter().zip(&other.known).map(|(a, b)| a & b).collect();
        let n: usize = common.iter().map(|bits| bits.count_ones() as usize).sum();
        if n < FEWEST {
            return (f64::NAN, f64::NAN);
        }
        let (a, b) = scratch;
        let counts = |row: usize| common[row / 64] >> (row % 64) & 1 == 1;
        a.fill(0.0);
        b.fill(0.0);
        self.ranking.half_ranks(n, counts, |row, rank| a[row] = rank);
        other.ranking.half_ranks(n, counts, |row, rank| b[row] = rank);
        let spearman = cosine(product(a, b), product(a, a), product(b, b));
        deviate(self.values, &common, a);
        deviate(other.values, &common, b);
        (cosine(product(a, b), product(a, a), product(b, b)), spearman)
    }
}

/// Writes values less the mean of those that `counts` has a bit for; 0 elsewhere, and all 0
/// where they differ by rounding only.
fn deviate(values: &[f64], counts: &[u64], deviations: &mut [f64]) {
    let is_counted = |row: usize| counts[row / 64] >> (row % 64) & 1 == 1;
    let n = counts.iter().map(|bits| u64::from(bits.count_ones())).sum::<u64>() as f64;
    // The first value is taken off before anything is added, for the sake of large offsets.
    let first = (0..values.len()).find(|row| is_counted(*row)).map_or(0.0, |row| values[row]);
    for (row, (deviation, value)) in deviations.iter_mut().zip(values).enumerate() {
        *deviation = if is_counted(row) { value - first } else { 0.0 };
    }
    let mean = sum(deviations) / n;
    let mut widest = 0.0_f64;
    for (row, deviation) in deviations.iter_mut().enumerate() {
        if is_counted(row) {
            *deviation -= mean;
            widest = widest.max(deviation.abs());
        }
    }
    if widest <= ROUNDING * first.abs() {
        deviations.fill(0.0);
    }
}

/// The cosine of the angle between two vectors from their product with each other and with
/// themselves; NaN if one has no length.
fn cosine(product: f64, of_one: f64, of_other: f64) -> f64 {
    if of_one > 0.0 && of_other > 0.0 {
        (product / (of_one.sqrt() * of_other.sqrt())).clamp(-1.0, 1.0)
    } else {
        f64::NAN
    }
}

/// The sum of products of two vectors, in eight lanes.
fn product(a: &[f64], b: &[f64]) -> f64 {
    let (blocks, rest) = a.as_chunks::<8>();
    let (other_blocks, other_rest) = b.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (block, other) in blocks.iter().zip(other_blocks) {
        for lane in 0..8 {
            lanes[lane] += block[lane] * other[lane];
        }
    }
    for (lane, (a, b)) in rest.iter().zip(other_rest).enumerate() {
        lanes[lane] += a * b;
    }
    lanes.iter().sum()
}

/// The sum of a vector, in eight lanes.
fn sum(values: &[f64]) -> f64 {
    let (blocks, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for block in blocks {
        lanes.iter_mut().zip(block).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter_mut().zip(rest).for_each(|(lane, value)| *lane += value);
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::noise;

    fn columns(n_rows: usize) -> Vec<Vec<f64>> {
        let base: Vec<f64> = (0..n_rows).map(|row| noise(row, 0)).collect();
        vec![
            base.clone(),
            base.clone(),
            base.iter().map(|v| 7.0 - 1e3 * v).collect(),
            (0..n_rows).map(|row| if row % 5 == 0 { f64::NAN } else { noise(row, 1) }).collect(),
            (0..n_rows).map(|row| (noise(row, 2) * 4.0).round()).collect(),
            vec![12.7; n_rows],
            (0..n_rows).map(|row| if row < 2 { 1.0 } else { f64::NAN }).collect(),
        ]
    }

    fn found(columns: &[Vec<f64>]) -> Correlations {
        correlations(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn a_copy_correlates_wholly_and_what_is_constant_or_seldom_known_not_at_all() {
        let found = found(&columns(211));
        assert_eq!(found.spearman[found.place(0, 1)], 1.0);
        assert_eq!(found.spearman[found.place(2, 0)], -1.0);
        assert!((found.pearson[found.place(0, 1)] - 1.0).abs() < 1e-14);
        for other in 0..5 {
            for nothing in [5, 6] {
                assert!(found.pearson[found.place(other, nothing)].is_nan());
                assert!(found.spearman[found.place(nothing, other)].is_nan());
            }
        }
        assert!(found.pearson.iter().all(|r| r.is_nan() || r.abs() <= 1.0));
    }

    #[test]
    fn fewer_than_ten_rows_in_common_tell_of_no_correlation() {
        for (n_common, is_told) in [(9, false), (10, true)] {
            let some = |row: usize| if row < n_common { noise(row, 1) } else { f64::NAN };
            let columns = [(0..20).map(|row| noise(row, 0)).collect(), (0..20).map(some).collect()];
            assert_eq!(!found(&columns).spearman[0].is_nan(), is_told);
            assert_eq!(
                !found(&columns.map(|c| c[..n_common].to_vec())).pearson[0].is_nan(),
                is_told
            );
        }
    }

    #[test]
    fn scaling_a_column_changes_no_rank_correlation_and_permuting_flights_changes_nothing() {
        let plain = columns(211);
        let expected = found(&plain);
        let bent: Vec<Vec<f64>> =
            plain.iter().map(|c| c.iter().map(|v| 3.0 * v.powi(3) + 1.0).collect()).collect();
        let bent = found(&bent);
        let turned: Vec<Vec<f64>> =
            plain.iter().map(|c| (0..211).map(|row| c[row * 83 % 211]).collect()).collect();
        let turned = found(&turned);
        for at in 0..expected.spearman.len() {
            let bits = |r: &Correlations| r.spearman[at].to_bits();
            assert_eq!(bits(&bent), bits(&expected));
            assert_eq!(bits(&turned), bits(&expected));
            let apart = (turned.pearson[at] - expected.pearson[at]).abs();
            assert!(apart < 1e-13 || expected.pearson[at].is_nan());
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let columns = columns(500);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| found(&columns));
            let bits = |r: &f64| r.to_bits();
            let spearman: Vec<u64> = found.spearman.iter().map(bits).collect();
            (found.pearson.iter().map(bits).collect::<Vec<u64>>(), spearman)
        };
        assert_eq!(with(1), with(3));
    }
}
