//! A *ranking* is a column's rows in the order of their values, equal values together, made
//! once, so that ranks among any of the rows take one pass and no sorting.
//!
//! `correlation` and `kruskal_wallis` use it. Ranks are counted in halves from the middle:
//! whole numbers, whose products add up exactly in any order for up to [`MOST`] rows.

/// Most rows of which sums of products of two columns' half ranks stay below 2^53: the largest
/// is that of a column with itself, n (n^2 - 1) / 3.
pub(super) const MOST: usize = 300_000;

/// The rows that have a value, ascending by it.
pub(super) struct Ranking {
    /// Rows, those of equal values next to each other.
    order: Vec<u32>,
    /// Where each run of equal values ends in `order`.
    ends: Vec<u32>,
}

impl Ranking {
    /// Ranks a column; NaN is missing.
    pub(super) fn new(values: &[f64]) -> Self {
        let mut order: Vec<u32> =
            (0..values.len() as u32).filter(|row| !values[*row as usize].is_nan()).collect();
        order.sort_unstable_by(|a, b| {
            values[*a as usize].total_cmp(&values[*b as usize]).then(a.cmp(b))
        });
        let mut ends = Vec::new();
        for equal in order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]) {
            ends.push(ends.last().copied().unwrap_or(0) + equal.len() as u32);
        }
        Self { order, ends }
    }

    /// Twice the rank of each row less the middle rank, among the `n` rows of this ranking that
    /// `counts`; equal values share their mean rank. `place` is given each such row and its
    /// half ranks.
    pub(super) fn half_ranks(
        &self,
        n: usize,
        counts: impl Fn(usize) -> bool,
        mut place: impl FnMut(usize, f64),
    ) {
        let (mut below, mut from) = (0, 0);
        for &end in &self.ends {
            let equal = &self.order[from..end as usize];
            from = end as usize;
            if let [row] = equal {
                if counts(*row as usize) {
                    place(*row as usize, (2 * below + 1) as f64 - n as f64);
                    below += 1;
                }
                continue;
            }
            let among = equal.iter().filter(|row| counts(**row as usize)).count();
            let half_ranks = (2 * below + among) as f64 - n as f64;
            for &row in equal.iter().filter(|row| counts(**row as usize)) {
                place(row as usize, half_ranks);
            }
            below += among;
        }
    }

    /// Rows that have a value.
    pub(super) fn n(&self) -> usize {
        self.order.len()
    }

    /// How many rows share each value.
    pub(super) fn ties(&self) -> impl Iterator<Item = usize> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.ends.iter().zip(starts).map(|(end, start)| (end - start) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_among_the_rows_that_count() {
        let ranking = Ranking::new(&[5.0, f64::NAN, 1.0, 5.0, -2.0, 7.0, -0.0, 0.0]);
        let among = |n, counts: &dyn Fn(usize) -> bool| {
            let mut ranks = vec![f64::NAN; 8];
            ranking.half_ranks(n, counts, |row, value| ranks[row] = value);
            ranks
        };
        // Ranks 5.5, 4, 5.5, 1, 7, 2.5, 2.5 of seven, whose middle is 4.
        let all = among(7, &|_| true);
        assert_eq!(all[0], 3.0);
        assert!(all[1].is_nan());
        assert_eq!(all[2..], [0.0, 3.0, -6.0, 6.0, -3.0, -3.0]);
        // Without the first and the last: ranks 3, 4, 1, 5, 2 of five.
        let some = among(5, &|row| row != 0 && row != 7);
        assert_eq!(some[2..7], [0.0, 2.0, -4.0, 4.0, -2.0]);
        assert_eq!(ranking.ties().collect::<Vec<_>>(), [1, 2, 1, 2, 1]);
    }
}
