//! A *sample* is the rows that one tree learns from, and how often each was drawn. `grow`
//! numbers them from 0, so that all it keeps by row is small.

/// The number of a row that was not drawn.
const NOT_DRAWN: u32 = u32::MAX;

/// The rows of one tree.
pub(super) struct Sample {
    /// Drawn rows of the training set, ascending.
    rows: Vec<u32>,
    /// How often each of them was drawn.
    counts: Vec<u32>,
    /// By row of the training set: its place in `rows`, or [`NOT_DRAWN`].
    places: Vec<u32>,
}

impl Sample {
    /// The rows whose bootstrap count is not zero.
    pub(super) fn new(counts: &[u32]) -> Self {
        let mut places = vec![NOT_DRAWN; counts.len()];
        let mut rows = Vec::new();
        for (row, _) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            places[row] = rows.len() as u32;
            rows.push(row as u32);
        }
        let counts = rows.iter().map(|&row| counts[row as usize]).collect();
        Self { rows, counts, places }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The row of the training set.
    #[inline(always)]
    pub(super) fn row(&self, place: u32) -> u32 {
        self.rows[place as usize]
    }

    #[inline(always)]
    pub(super) fn count(&self, place: u32) -> u32 {
        self.counts[place as usize]
    }

    /// The place of a row of the training set, and whether it was drawn.
    #[inline(always)]
    pub(super) fn place(&self, row: u32) -> (u32, bool) {
        let place = self.places[row as usize];
        (place, place != NOT_DRAWN)
    }
}
