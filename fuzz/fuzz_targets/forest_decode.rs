//! Any bytes are refused or a forest that predicts and encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndarray::Array2;
use traj::forest::Forest;

fuzz_target!(|bytes: &[u8]| {
    let Ok(forest) = Forest::decode(bytes) else { return };
    let mut again = Vec::new();
    forest.encode(&mut again);
    assert_eq!(again, bytes);

    let mut x = Array2::zeros((80, forest.n_features()));
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 0.5, -1e30, 1e30];
    for (place, cell) in x.iter_mut().enumerate() {
        *cell = values[place * 7 % 61 % 8];
    }
    let predicted = forest.predict(x.view()).expect("the width is the forest's own");
    assert!(predicted.iter().all(|value| value.is_finite()));
    let mut alone = vec![0.0; forest.n_targets()];
    for (row, together) in x.outer_iter().zip(predicted.outer_iter()) {
        forest
            .predict_row_into(&row.to_vec(), &mut alone)
            .expect("the widths are the forest's own");
        assert_eq!(together.to_vec(), alone);
    }
    let spread = forest.predict_spread(x.view()).expect("the width is the forest's own");
    assert!(spread.iter().all(|value| value.is_finite()));
    if let Ok(quantiles) = forest.predict_quantiles(x.view(), &[0.0, 0.3, 1.0]) {
        assert!(quantiles.iter().all(|value| value.is_finite()));
    }
});
