//! Learning *from the median*: a learner is taught by how much flights differ from the median
//! of their pair, and what it predicts is added to that median.
//!
//! Between pairs, targets differ by hundreds of miles, within a pair by a few. A forest that
//! sees the targets as they are spends its splits on telling pairs apart, and what is left
//! follows whatever the pairs differ in; one that sees the differences need not. The
//! [`Encoder`](super::Encoder) does the same to features. Where there is one pair only, it
//! makes no difference but a rounding.

use ndarray::{Array2, ArrayView2};

use super::{ModelError, PairTable};
use crate::flight::unwrap_longitude;
use crate::tables::Target;

/// A learner, and the medians that it starts from.
#[derive(Debug)]
pub struct FromMedian<L> {
    /// The median state of each pair among the training flights.
    pub(super) medians: PairTable,
    pub(super) learner: L,
}

impl<L> FromMedian<L> {
    /// Adds what the learner predicts `(n_flights, n_targets)` to the medians of the flights'
    /// pairs; longitudes may leave -180..180.
    pub(super) fn predict(
        &self,
        pairs: &[Option<String>],
        differences: impl FnOnce(&L) -> Result<Array2<f64>, ModelError>,
    ) -> Result<Array2<f64>, ModelError> {
        Ok(self.medians.predict(pairs) + differences(&self.learner)?)
    }
}

/// The `targets (n_flights, n_targets)` of some flights as models that use features learn them:
/// by how much they differ from the median of the pair, if that is wanted, or as they are.
///
/// # Errors
/// [`ModelError::NoFlights`].
pub fn as_learnt(
    pairs: &[Option<String>],
    targets: ArrayView2<'_, f64>,
    columns: &[Target],
    from_median: bool,
) -> Result<Array2<f64>, ModelError> {
    part(pairs, targets, columns, from_median).map(|(_, differences)| differences)
}

/// The medians of the pairs of some flights, and by how much the flights' `targets (n_flights,
/// n_targets)` differ from them: at most half a turn in longitude. Unless it is wanted
/// `from_median`, zeros, and the targets as they are.
///
/// # Errors
/// [`ModelError::NoFlights`].
pub(super) fn part(
    pairs: &[Option<String>],
    targets: ArrayView2<'_, f64>,
    columns: &[Target],
    from_median: bool,
) -> Result<(PairTable, Array2<f64>), ModelError> {
    if !from_median {
        return Ok((PairTable::zeros(columns.len()), targets.to_owned()));
    }
    let medians = PairTable::od_median(pairs, targets, columns)?;
    let mut differences = &targets - &medians.predict(pairs);
    for (mut column, target) in differences.columns_mut().into_iter().zip(columns) {
        if *target == Target::Longitude {
            column.mapv_inplace(|difference| unwrap_longitude(difference, 0.0));
        }
    }
    Ok((medians, differences))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn medians_and_differences_make_the_targets_also_across_the_anti_meridian() {
        let pairs = ["A-B", "A-B", "A-B", "C-D"].map(|pair| Some(pair.to_owned()));
        let columns = &[Target::Longitude, Target::Elapsed];
        // The second longitude is one turn from where the median looks for it.
        let targets = array![[179.0, 10.0], [-181.0 + 360.0, 30.0], [-179.0, 60.0], [5.0, 7.0]];
        let (medians, differences) = part(&pairs, targets.view(), columns, true).unwrap();
        assert_eq!(differences.row(3).to_vec(), [0.0, 0.0]);
        assert!(differences.column(0).iter().all(|difference| difference.abs() <= 2.0));
        assert_eq!(differences.column(1).to_vec(), [-20.0, 0.0, 30.0, 0.0]);
        let model = FromMedian { medians, learner: differences };
        let whole = model.predict(&pairs, |differences| Ok(differences.clone())).unwrap();
        for (whole, target) in whole.iter().zip(&targets) {
            assert!(unwrap_longitude(whole - target, 0.0).abs() < 1e-12);
        }
    }

    #[test]
    fn on_demand_targets_are_learnt_as_they_are() {
        let pairs = [Some("A-B".to_owned()), None];
        let targets = array![[179.0, 10.0], [-3.0, 60.0]];
        let columns = &[Target::Longitude, Target::Elapsed];
        let (medians, learner) = part(&pairs, targets.view(), columns, false).unwrap();
        assert_eq!(learner, targets);
        let model = FromMedian { medians, learner };
        let other = [Some("X-Y".to_owned()), None];
        assert_eq!(model.predict(&other, |targets| Ok(targets.clone())).unwrap(), targets);
    }
}
