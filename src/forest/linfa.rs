//! The *linfa adapter* lets linfa's data sets, cross-validation and metrics run on the
//! forest. Nothing inside the program calls it; users of the library do.
//!
//! Records may be `f32` or `f64` (the forest learns from `f32`), targets are `f64` matrices.
//! [`Forest`] has a `predict` of its own, so linfa's is called by its full name.
//!
//! ```
//! use linfa::prelude::*;
//! use ndarray::Array2;
//! use traj::forest::{Forest, ForestParams, LinfaForest};
//!
//! let x = Array2::from_shape_fn((60, 2), |(row, column)| (row * (7 + 4 * column) % 61) as f64);
//! let y = Array2::from_shape_fn((60, 2), |(row, target)| x[[row, target]].sqrt());
//! let (train, test) = Dataset::new(x, y).split_with_ratio(0.8);
//!
//! let params = LinfaForest::from(ForestParams { n_trees: 30, seed: 1, ..ForestParams::default() });
//! let forest: Forest = params.fit(&train)?;
//! let predicted: Array2<f64> = Predict::predict(&forest, &test);
//! let r2 = predicted.r2(&test)?;
//! assert!(r2.iter().all(|&r2| r2 > 0.9), "{r2}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::ops::ControlFlow;

use linfa::ParamGuard;
use linfa::dataset::{AsMultiTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array2, ArrayBase, Data, Ix2};

use super::ensemble::Forest;
use super::error::ForestError;
use super::params::{ForestParams, ForestParamsError, ValidForestParams};

/// Parameters in linfa's form: fitting checks them first.
#[derive(Debug, Clone, PartialEq)]
pub struct LinfaForest(ValidForestParams);

impl From<ForestParams> for LinfaForest {
    fn from(params: ForestParams) -> Self {
        Self(ValidForestParams::unchecked(params))
    }
}

impl ParamGuard for LinfaForest {
    type Checked = ValidForestParams;
    type Error = ForestParamsError;

    fn check_ref(&self) -> Result<&ValidForestParams, ForestParamsError> {
        self.0.verify()?;
        Ok(&self.0)
    }

    fn check(self) -> Result<ValidForestParams, ForestParamsError> {
        self.0.verify()?;
        Ok(self.0)
    }
}

impl<F, D, T> Fit<ArrayBase<D, Ix2>, T, ForestError> for ValidForestParams
where
    F: Copy + Into<f64>,
    D: Data<Elem = F>,
    T: AsMultiTargets<Elem = f64>,
{
    type Object = Forest;

    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Forest, ForestError> {
        let x = single_precision(dataset.records());
        let y = dataset.targets().as_multi_targets();
        Forest::fit(x.view(), y, self, &|| ControlFlow::Continue(()))
    }
}

impl<F, D> PredictInplace<ArrayBase<D, Ix2>, Array2<f64>> for Forest
where
    F: Copy + Into<f64>,
    D: Data<Elem = F>,
{
    /// # Panics
    /// As linfa has it, if the records are not as wide as those learned from, or if the
    /// targets have not the shape of `default_target`.
    fn predict_inplace<'a>(&'a self, x: &'a ArrayBase<D, Ix2>, y: &mut Array2<f64>) {
        assert_eq!(x.ncols(), self.n_features(), "the records are as wide as those learned from");
        assert_eq!(y.dim(), (x.nrows(), self.n_targets()), "a row of targets for each record");
        let predicted = self.predict(single_precision(x).view());
        y.assign(&predicted.expect("the width of the records was just checked"));
    }

    fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Array2<f64> {
        Array2::zeros((x.nrows(), self.n_targets()))
    }
}

fn single_precision<F: Copy + Into<f64>, D: Data<Elem = F>>(x: &ArrayBase<D, Ix2>) -> Array2<f32> {
    x.mapv(|value| value.into() as f32)
}

#[cfg(test)]
mod tests {
    use linfa::prelude::*;

    use super::*;
    use crate::forest::testing::{fit, plain_params, wavy};

    #[test]
    fn linfa_fits_and_predicts_what_the_forest_itself_does() {
        let (x, y) = wavy(50);
        let params = ForestParams { bootstrap: true, ..plain_params() };
        let own = fit(&x, &y, &params);
        let single = DatasetBase::new(x.clone(), y.clone());
        assert_eq!(LinfaForest::from(params.clone()).fit(&single).unwrap(), own);
        let double = Dataset::new(x.mapv(f64::from), y);
        assert_eq!(LinfaForest::from(params).fit(&double).unwrap(), own);
        assert_eq!(Predict::predict(&own, &double), own.predict(x.view()).unwrap());
    }

    #[test]
    fn linfa_cross_validates_the_forest() {
        let (x, y) = wavy(120);
        let mut dataset = Dataset::new(x.mapv(f64::from), y);
        let params = [LinfaForest::from(plain_params())];
        let r2: Result<Array2<f64>, ForestError> =
            dataset.cross_validate(4, &params, |predicted, truth| predicted.r2(truth));
        let r2 = r2.unwrap();
        assert!(r2.iter().all(|&r2| r2 > 0.7), "{r2}");
    }

    #[test]
    fn linfa_refuses_parameters_out_of_range() {
        let (x, y) = wavy(10);
        let params = LinfaForest::from(ForestParams { n_trees: 0, ..plain_params() });
        let error: ForestError = params.fit(&DatasetBase::new(x, y)).unwrap_err();
        assert_eq!(error.to_string(), "`n_trees` must be at least 1, found 0");
        assert!(params.check().is_err());
    }
}
