//! *Importances* say how much each feature helped the trees, the columns of one category
//! counting as one feature.
//!
//! `train` calls it for the models that it fitted on all flights.

use crate::models::{ColumnImportances, Encoder};
use crate::tables::{Axis, Horizon, Importance, ImportanceMethod, ModelName, Target};

/// Whose importances they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Explained {
    /// The model.
    pub model: ModelName,
    /// What its features know.
    pub horizon: Horizon,
    /// Along what the fraction is taken.
    pub axis: Axis,
    /// The fraction; none for all of a model of whole paths.
    pub fraction: Option<f64>,
}

/// Impurity importances (MDI; Breiman 2001) by feature: over all targets for a joint model,
/// then for each of `targets`. Shares of 1, or 0 throughout where no split explained
/// anything. The engine keeps no spread over the trees, so there is none.
#[must_use]
pub fn importances_by_feature(
    explained: Explained,
    encoder: &Encoder,
    columns: &ColumnImportances,
    targets: &[Target],
) -> Vec<Importance> {
    let features = encoder.feature_of_column();
    let mut rows = Vec::new();
    let mut add = |target: Option<Target>, shares: ndarray::ArrayView1<'_, f64>| {
        let mut sums = vec![0.0; encoder.features.len()];
        for (feature, share) in features.iter().zip(shares) {
            sums[*feature] += share;
        }
        rows.extend(encoder.features.iter().zip(sums).map(|(feature, importance)| Importance {
            model: explained.model,
            horizon: explained.horizon,
            split: None,
            axis: explained.axis,
            method: ImportanceMethod::Impurity,
            fraction: explained.fraction,
            target,
            feature: feature.name.clone(),
            importance,
            std: None,
        }));
    };
    if let Some(overall) = &columns.overall {
        add(None, overall.view());
    }
    for (target, shares) in targets.iter().zip(columns.by_target.columns()) {
        add(Some(*target), shares);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{EncodedFeature, Encoding};
    use ndarray::array;

    #[test]
    fn the_columns_of_a_category_are_one_feature() {
        let feature = |name: &str, encoding| EncodedFeature {
            name: name.to_owned(),
            horizon: Horizon::Departure,
            encoding,
        };
        let encoder = Encoder {
            horizon: Horizon::Departure,
            pairs: vec![],
            features: vec![
                feature("airline", Encoding::Words(vec!["IB".to_owned(), "VY".to_owned()])),
                feature("hour", Encoding::Number),
            ],
        };
        let columns = ColumnImportances {
            overall: Some(array![0.25, 0.5, 0.25]),
            by_target: array![[0.0, 0.5], [0.0, 0.25], [1.0, 0.25]],
        };
        let explained = Explained {
            model: ModelName::Forest,
            horizon: Horizon::Departure,
            axis: Axis::Time,
            fraction: Some(0.5),
        };
        let targets = [Target::Longitude, Target::Latitude];
        let rows = importances_by_feature(explained, &encoder, &columns, &targets);
        let found: Vec<_> =
            rows.iter().map(|r| (r.target, r.feature.as_str(), r.importance)).collect();
        assert_eq!(
            found,
            [
                (None, "airline", 0.75),
                (None, "hour", 0.25),
                (Some(Target::Longitude), "airline", 0.0),
                (Some(Target::Longitude), "hour", 1.0),
                (Some(Target::Latitude), "airline", 0.75),
                (Some(Target::Latitude), "hour", 0.25),
            ]
        );
    }
}
