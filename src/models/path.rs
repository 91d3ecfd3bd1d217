//! A *path* is a flight at all fractions at once, its targets side by side: those of the first
//! fraction, then those of the second, and so on.
//!
//! `fitting` joins what a model of whole paths learns, `estimator` parts what it predicts.

use ndarray::{Array2, ArrayView2, Axis, concatenate};

use crate::tables::Target;

/// An estimator of whole paths, which predicts all fractions at once.
#[derive(Debug)]
pub struct WholePath<E> {
    /// Number of targets at one fraction.
    pub(super) n_targets: usize,
    pub(super) estimator: E,
}

/// Joins matrices `(n_flights, n_targets)`, one per fraction, into one
/// `(n_flights, n_fractions * n_targets)`.
pub(super) fn joined(targets: &[Array2<f64>]) -> Array2<f64> {
    let views: Vec<ArrayView2<'_, f64>> = targets.iter().map(Array2::view).collect();
    concatenate(Axis(1), &views).expect("targets at all fractions are of the same flights")
}

/// What the columns of joined targets are.
pub(super) fn joined_columns(columns: &[Target], n_fractions: usize) -> Vec<Target> {
    columns.repeat(n_fractions)
}

/// Parts a joined matrix into one `(n_flights, n_targets)` per fraction.
pub(super) fn parted(joined: &Array2<f64>, n_targets: usize) -> Vec<Array2<f64>> {
    joined.axis_chunks_iter(Axis(1), n_targets).map(|part| part.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn targets_lie_fraction_by_fraction_and_come_apart_again() {
        let targets = [array![[1.0, 2.0], [3.0, 4.0]], array![[5.0, 6.0], [7.0, 8.0]]];
        let whole = joined(&targets);
        assert_eq!(whole.row(1).to_vec(), [3.0, 4.0, 7.0, 8.0]);
        assert_eq!(parted(&whole, 2), targets);
        let columns = joined_columns(&[Target::Latitude, Target::Elapsed], 2);
        assert_eq!(columns[1..3], [Target::Elapsed, Target::Latitude]);
    }
}
