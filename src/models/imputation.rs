//! *Imputation* puts the training median where a feature is missing, for estimators that
//! cannot take missing values: linear models, route clusters and smartcore's trees.

use ndarray::{Array2, ArrayView2};

use super::median;

/// The medians of the training flights' feature columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Imputation {
    /// A value per column; 0 where no training flight has one.
    pub(super) medians: Vec<f32>,
}

impl Imputation {
    /// Learns the medians of `x (n_flights, n_columns)`, NaN being missing.
    pub(super) fn learn(x: ArrayView2<'_, f32>) -> Self {
        let known = |value: &f32| (!value.is_nan()).then_some(f64::from(*value));
        let medians = x.columns().into_iter().map(|column| {
            let values: Vec<f64> = column.iter().filter_map(known).collect();
            median(values).map_or(0.0, |value| value as f32)
        });
        Self { medians: medians.collect() }
    }

    /// The matrix without missing values.
    pub(super) fn fill(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut full = x.to_owned();
        for (mut column, median) in full.columns_mut().into_iter().zip(&self.medians) {
            column.mapv_inplace(|value| if value.is_nan() { *median } else { value });
        }
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_missing_value_becomes_the_median_of_its_column() {
        let x = array![[1.0, f32::NAN], [f32::NAN, f32::NAN], [2.0, f32::NAN], [9.0, f32::NAN]];
        let imputation = Imputation::learn(x.view());
        assert_eq!(imputation.medians, [2.0, 0.0]);
        assert_eq!(imputation.fill(x.view()).row(1).to_vec(), [2.0, 0.0]);
    }
}
