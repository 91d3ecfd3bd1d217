//! *Features* are a matrix in the three layouts that growing reads: values by row, rows
//! sorted by value, ranks by row. They are made once and serve any number of forests.
//! `models` makes them, [`Forest::fit_on`](super::Forest::fit_on) takes them.

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::error::ForestError;

/// The flag of a sorted row whose value differs from the one before.
const STEP: u32 = 1 << 31;

/// Ranks by row are padded to a multiple of this with rank 0, so that vectors of any length
/// divide a row.
pub(super) const LANES: usize = 32;

/// With this many rows or fewer, ranks and numbers of rows fit two bytes.
pub(super) const NARROW: usize = u16::MAX as usize;

/// Features `(n_rows, n_features)` that were checked and sorted; NaN is missing.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_field_names, reason = "`n_features` is what it is everywhere")]
pub struct Features {
    pub(super) n_rows: usize,
    pub(super) n_features: usize,
    /// `(n_rows, n_features)`.
    pub(super) values: Vec<f32>,
    /// `(n_features, n_rows)`: rows by ascending value, missing ones last, equal ones by
    /// row; with [`STEP`] where the value rises.
    order: Vec<u32>,
    /// By feature: how many rows have a value.
    n_present: Vec<u32>,
    pub(super) ranks: Ranks,
}

/// `(n_rows, n_features)`, padded: the rank of each value among those of its feature.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ranks {
    /// Two bytes each, for at most [`NARROW`] rows.
    Narrow(Vec<u16>),
    /// Four bytes each.
    Wide(Vec<u32>),
}

impl Features {
    /// Copies, checks and sorts a matrix `(n_rows, n_features)`, NaN being missing. Takes
    /// 10 bytes for each cell, 12 beyond 65,535 rows.
    ///
    /// # Errors
    /// Refuses an empty matrix, one of 2^31 rows or features, and infinite values, naming
    /// the cell.
    pub fn new(x: ArrayView2<'_, f32>) -> Result<Self, ForestError> {
        Self::with_width(x, x.nrows() <= NARROW)
    }

    /// As [`new`](Self::new), with ranks as narrow as asked for.
    pub(super) fn with_width(x: ArrayView2<'_, f32>, narrow: bool) -> Result<Self, ForestError> {
        let (n_rows, n_features) = x.dim();
        check_shape(n_rows, n_features)?;
        if let Some(((row, column), _)) = x.indexed_iter().find(|(_, value)| value.is_infinite()) {
            return Err(ForestError::InfiniteFeature { row, column });
        }
        let values: Vec<f32> = x.iter().copied().collect();
        let columns: Vec<Column> = (0..n_features)
            .into_par_iter()
            .map(|feature| Column::sort(values.iter().skip(feature).step_by(n_features), n_rows))
            .collect();
        let ranks = if narrow {
            Ranks::Narrow(by_row(&columns, n_rows, u16::MAX, |rank| rank as u16))
        } else {
            Ranks::Wide(by_row(&columns, n_rows, u32::MAX, |rank| rank))
        };
        let n_present = columns.iter().map(|column| column.n_present).collect();
        let order = columns.into_iter().flat_map(|column| column.order).collect();
        Ok(Self { n_rows, n_features, values, order, n_present, ranks })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of features.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    pub(super) fn row(&self, row: u32) -> &[f32] {
        &self.values[row as usize * self.n_features..][..self.n_features]
    }

    /// The rows by ascending value of a feature, with their ranks; missing ones, with rank
    /// `missing`, last.
    pub(super) fn sorted(&self, feature: usize, missing: u32) -> impl Iterator<Item = (u32, u32)> {
        let rows = &self.order[feature * self.n_rows..][..self.n_rows];
        let (present, absent) = rows.split_at(self.n_present[feature] as usize);
        let mut rank = 0;
        let present = present.iter().map(move |&row| {
            rank += row >> 31;
            (row & !STEP, rank)
        });
        present.chain(absent.iter().map(move |&row| (row, missing)))
    }

    /// Whether a row lacks any feature.
    pub(super) fn any_missing(&self) -> bool {
        self.n_present.iter().any(|&n_present| (n_present as usize) < self.n_rows)
    }
}

/// Number of ranks that a row takes with its padding.
pub(super) fn padded(n_features: usize) -> usize {
    n_features.next_multiple_of(LANES)
}

fn check_shape(n_rows: usize, n_features: usize) -> Result<(), ForestError> {
    if n_rows == 0 || n_features == 0 {
        return Err(ForestError::NoFeatures { n_rows, n_features });
    }
    // A tree has up to twice as many nodes as rows, and a node keeps one bit of its feature
    // for the missing values.
    for (what, found) in [("rows", n_rows), ("features", n_features)] {
        if found >= (1 << 31) - 1 {
            return Err(ForestError::TooMany { what, found });
        }
    }
    Ok(())
}

/// One feature, sorted.
struct Column {
    order: Vec<u32>,
    n_present: u32,
}

impl Column {
    fn sort<'a>(values: impl Iterator<Item = &'a f32>, n_rows: usize) -> Self {
        let mut entries: Vec<u64> = Vec::with_capacity(n_rows);
        entries.extend(
            values.enumerate().map(|(row, &value)| u64::from(key(value)) << 32 | row as u64),
        );
        // Rows in the low bits make all entries distinct, so that the order does not depend
        // on the sorting algorithm.
        entries.sort_unstable();
        let n_present = entries.partition_point(|entry| entry >> 32 < u64::from(MISSING));
        let mut order: Vec<u32> = entries.iter().map(|&entry| entry as u32).collect();
        for at in 1..n_present {
            if entries[at] >> 32 != entries[at - 1] >> 32 {
                order[at] |= STEP;
            }
        }
        Self { order, n_present: n_present as u32 }
    }
}

/// The key of a missing feature; above the key of every number.
pub(super) const MISSING: u32 = u32::MAX;

/// An integer that sorts as the number does: `key(a) < key(b)` exactly if `a < b`. Both
/// zeros share a key; NaN becomes [`MISSING`].
pub(super) fn key(value: f32) -> u32 {
    if value.is_nan() {
        return MISSING;
    }
    let bits = (value + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

fn by_row<R: Copy + Default>(
    columns: &[Column],
    n_rows: usize,
    missing: R,
    narrowed: impl Fn(u32) -> R,
) -> Vec<R> {
    let stride = padded(columns.len());
    let mut ranks = vec![R::default(); n_rows * stride];
    for (feature, column) in columns.iter().enumerate() {
        let (present, absent) = column.order.split_at(column.n_present as usize);
        let mut rank = 0;
        for &row in present {
            rank += row >> 31;
            ranks[(row & !STEP) as usize * stride + feature] = narrowed(rank);
        }
        for &row in absent {
            ranks[row as usize * stride + feature] = missing;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn refusal(x: &Array2<f32>) -> String {
        Features::new(x.view()).unwrap_err().to_string()
    }

    #[test]
    fn keys_sort_as_the_numbers_do() {
        let ascending = [f32::MIN, -1.5, -f32::MIN_POSITIVE, 0.0, 1e-30, 1.0, f32::MAX];
        assert!(ascending.windows(2).all(|pair| key(pair[0]) < key(pair[1])));
        assert_eq!(key(-0.0), key(0.0));
        assert!(key(f32::MAX) < key(f32::NAN));
        assert_eq!(key(-f32::NAN), MISSING);
    }

    #[test]
    fn rows_are_sorted_with_equal_values_sharing_a_rank_and_missing_ones_last() {
        let x = array![[2.0, 1.0], [f32::NAN, 1.0], [-1.0, 1.0], [2.0, 1.0], [0.0, 1.0]];
        let features = Features::new(x.view()).unwrap();
        let sorted: Vec<_> = features.sorted(0, 99).collect();
        assert_eq!(sorted, [(2, 0), (4, 1), (0, 2), (3, 2), (1, 99)]);
        assert!(features.sorted(1, 99).all(|(_, rank)| rank == 0));
        let Ranks::Narrow(ranks) = &features.ranks else { panic!("five rows are few") };
        let of_first: Vec<u16> = ranks.iter().copied().step_by(LANES).collect();
        assert_eq!(of_first, [2, u16::MAX, 0, 2, 1]);
        assert!(features.any_missing());
        assert_eq!(features.row(4), [0.0, 1.0]);
    }

    #[test]
    fn infinite_cells_and_empty_shapes_are_refused() {
        let x = array![[1.0_f32, f32::NAN], [2.0, f32::NEG_INFINITY]];
        assert_eq!(refusal(&x), "feature 1 of row 1 is infinite");
        assert_eq!(
            refusal(&Array2::zeros((0, 2))),
            "a forest needs at least one row and feature, found 0 and 2"
        );
        assert!(refusal(&Array2::zeros((3, 0))).contains("found 3 and 0"));
    }
}
