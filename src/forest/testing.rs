//! *Test data* for the forest: matrices without equal values, and plain parameters.
//! The tests beside the forest's modules call it.

use std::ops::ControlFlow;

use ndarray::Array2;
use rand_chacha::rand_core::Rng;

use super::draw::stream;
use super::{Forest, ForestParams};

/// Three fully grown trees on all rows and features.
pub(super) fn plain_params() -> ForestParams {
    ForestParams { n_trees: 3, bootstrap: false, seed: 11, ..ForestParams::default() }
}

/// Four features without equal values and two targets of very different units, a curve of
/// the first two features plus a little noise.
pub(super) fn wavy(n_rows: usize) -> (Array2<f32>, Array2<f64>) {
    let mut rng = stream(2017, 0);
    let mut uniform = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
    let x = Array2::from_shape_simple_fn((n_rows, 4), || uniform() as f32);
    let noise = Array2::from_shape_simple_fn((n_rows, 2), || 0.05 * uniform());
    let y = Array2::from_shape_fn((n_rows, 2), |(row, target)| {
        let (a, b) = (f64::from(x[[row, 0]]), f64::from(x[[row, 1]]));
        let signal = if target == 0 { 1e6 * (a * a - b) } else { 40.0 + (3.0 * a).sin() };
        signal + noise[[row, target]] * if target == 0 { 1e6 } else { 1.0 }
    });
    (x, y)
}

/// Fits without watching.
pub(super) fn fit(x: &Array2<f32>, y: &Array2<f64>, params: &ForestParams) -> Forest {
    let params = params.clone().check().unwrap();
    Forest::fit(x.view(), y.view(), &params, &|| ControlFlow::Continue(())).unwrap()
}
