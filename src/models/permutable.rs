//! A *permutable* model has predicted some flights and can cheaply do so again with some of
//! their columns exchanged: what importances by permutation ask for.
//!
//! `train` gets it from a fitted [`Model`] and hands its predictions to `evaluate`.

use ndarray::Array2;

use super::{FromMedian, Inputs, Model, ModelError};
use crate::forest::{Columns, Forest};

/// A model of forests, flights, and where these end in its trees.
pub struct Permutable<'a> {
    /// `(n_flights, n_targets)`: what the forests' predictions are added to.
    medians: Array2<f64>,
    /// One forest of all targets, or one per target.
    forests: Vec<Columns<'a>>,
}

impl Model {
    /// Predicts some flights and keeps what it takes to predict them again; none for models
    /// without forests of ours, and for those of whole paths. Takes 4 bytes for each flight and
    /// tree.
    ///
    /// # Errors
    /// [`ModelError::Forest`] for flights of another width than those learnt from.
    pub fn permutable<'a, 'b: 'a>(
        &'a self,
        inputs: Inputs<'b>,
    ) -> Result<Option<Permutable<'a>>, ModelError> {
        let (medians, forests) = match self {
            Self::Forest(FromMedian { medians, learner }) => {
                (medians, std::slice::from_ref(learner))
            }
            Self::ForestPerTarget(FromMedian { medians, learner }) => (medians, learner.as_slice()),
            Self::ForestPath(_)
            | Self::RouteCluster(_)
            | Self::SmartcoreForest(_)
            | Self::SmartcoreExtraTrees(_)
            | Self::SmartcoreXgBoost(_)
            | Self::ElasticNet(_)
            | Self::Pls(_)
            | Self::OdMedian(_)
            | Self::GreatCircle(_) => return Ok(None),
        };
        let forests: Result<_, _> = forests
            .iter()
            .map(|forest: &'a Forest| forest.permutable(inputs.x.reborrow()))
            .collect();
        Ok(Some(Permutable { medians: medians.predict(inputs.pairs), forests: forests? }))
    }
}

impl Permutable<'_> {
    /// What [`Model::predict`] says, at the one fraction, of the flights with these columns, NaN
    /// being missing, in the place of their own; none exchanged gives the flights as they are.
    ///
    /// # Errors
    /// [`ModelError::Forest`] for a column that there is not, or of another length.
    pub fn predict_with(&self, exchanged: &[(usize, &[f32])]) -> Result<Array2<f64>, ModelError> {
        let mut differences = Array2::zeros(self.medians.dim());
        let mut from = 0;
        for forest in &self.forests {
            for column in forest.predict_with_columns(exchanged)?.columns() {
                differences.column_mut(from).assign(&column);
                from += 1;
            }
        }
        Ok(&self.medians + &differences)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::testing::{fit_all, flights, forest_config, lessons};
    use crate::tables::ModelName;

    #[test]
    fn flights_with_exchanged_columns_are_predicted_as_a_matrix_that_has_them() {
        let lessons = lessons(&flights(40), &[0.5], &[]);
        let inputs = lessons.training().inputs;
        let mut x = lessons.x.clone();
        let mut columns: Vec<Vec<f32>> =
            [1, 0].map(|column| lessons.x.column(column).to_vec()).to_vec();
        for (at, column) in [1, 0].iter().zip(&mut columns) {
            column.reverse();
            x.column_mut(*at).assign(&ndarray::ArrayView1::from(&*column));
        }
        let exchanged = [(1, columns[0].as_slice()), (0, columns[1].as_slice())];
        for name in [ModelName::Forest, ModelName::ForestPerTarget] {
            let model = fit_all(name, &lessons.training(), &forest_config()).swap_remove(0);
            let permutable = model.permutable(inputs).unwrap().unwrap();
            let plain = model.predict(inputs).unwrap().swap_remove(0);
            assert_eq!(permutable.predict_with(&[]).unwrap(), plain);
            let exchanged_inputs = Inputs { x: x.view(), ..inputs };
            let expected = model.predict(exchanged_inputs).unwrap().swap_remove(0);
            assert_ne!(expected, plain);
            assert_eq!(permutable.predict_with(&exchanged).unwrap(), expected);
        }
        let linear = fit_all(ModelName::ElasticNet, &lessons.training(), &forest_config());
        assert!(linear[0].permutable(inputs).unwrap().is_none());
    }
}
