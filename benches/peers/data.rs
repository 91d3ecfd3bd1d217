//! *Data* are the matrices that `forest_data.py` writes. `forest` reads them once.

use std::path::Path;

use ndarray::{Array2, ArrayView2};
use serde::Deserialize;

/// What `shapes.json` says, as far as it is needed here.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the file")]
struct Shapes {
    n_train: usize,
    n_test: usize,
    n_many: usize,
    n_large: usize,
    n_features: usize,
    n_targets: usize,
    n_fractions: usize,
}

/// Features in single, targets in double precision.
#[derive(Debug)]
pub(crate) struct Data {
    /// `(n_train, n_features)`
    pub(crate) x_train: Array2<f32>,
    /// `(n_test, n_features)`
    pub(crate) x_test: Array2<f32>,
    /// `(n_many, n_features)`, to predict.
    pub(crate) x_many: Array2<f32>,
    /// `(n_large, n_features)`
    pub(crate) x_large: Array2<f32>,
    /// `(n_large, n_targets)`
    pub(crate) y_large: Array2<f64>,
    /// `(n_train, n_targets)` at each fraction.
    pub(crate) y_train: Vec<Array2<f64>>,
    /// `(n_test, n_targets)` at each fraction.
    pub(crate) y_test: Vec<Array2<f64>>,
}

impl Data {
    /// Reads a folder.
    ///
    /// # Errors
    /// Says which file is missing or of the wrong size.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let name = folder.join("shapes.json");
        let text =
            std::fs::read_to_string(&name).map_err(|e| format!("{}: {e}", name.display()))?;
        let shapes: Shapes =
            serde_json::from_str(&text).map_err(|e| format!("shapes.json: {e}"))?;
        let Shapes { n_features, n_targets, n_fractions, .. } = shapes;
        let x = |name, n_rows| matrix(floats(&folder.join(name))?, n_rows, n_features);
        let y = |name, n_rows| {
            let values = doubles(&folder.join(name))?;
            let fractions = values.chunks(n_rows * n_targets).map(<[f64]>::to_vec);
            let read: Result<Vec<_>, _> =
                fractions.map(|values| matrix(values, n_rows, n_targets)).collect();
            match read {
                Ok(read) if read.len() == n_fractions => Ok(read),
                _ => Err(format!("{name} is of another size than shapes.json says")),
            }
        };
        Ok(Self {
            x_train: x("x_train.f32", shapes.n_train)?,
            x_test: x("x_test.f32", shapes.n_test)?,
            x_many: x("x_many.f32", shapes.n_many)?,
            x_large: x("x_large.f32", shapes.n_large)?,
            y_large: matrix(doubles(&folder.join("y_large.f64"))?, shapes.n_large, n_targets)?,
            y_train: y("y_train.f64", shapes.n_train)?,
            y_test: y("y_test.f64", shapes.n_test)?,
        })
    }

    /// `(n_train, n_fractions n_targets)`: the targets of all fractions side by side.
    pub(crate) fn y_path(&self) -> Array2<f64> {
        let views: Vec<ArrayView2<'_, f64>> = self.y_train.iter().map(Array2::view).collect();
        ndarray::concatenate(ndarray::Axis(1), &views).expect("equal numbers of rows")
    }
}

fn floats(path: &Path) -> Result<Vec<f32>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn doubles(path: &Path) -> Result<Vec<f64>, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

fn matrix<T>(values: Vec<T>, n_rows: usize, n_columns: usize) -> Result<Array2<T>, String> {
    Array2::from_shape_vec((n_rows, n_columns), values)
        .map_err(|_| "a matrix is of another size than shapes.json says".to_owned())
}
