//! Writes small forests for `forest_decode` to start from.

use std::error::Error;
use std::ops::ControlFlow;

use ndarray::Array2;
use traj::forest::{Forest, ForestParams};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::path::Path::new("corpus/forest_decode");
    std::fs::create_dir_all(folder)?;
    for (n_rows, keep_leaf_rows) in [(1, false), (6, false), (20, true), (300, true)] {
        let x = Array2::from_shape_fn((n_rows, 2), |(row, column)| {
            if row % 5 == 4 { f32::NAN } else { (row * (7 + 4 * column) % 61) as f32 }
        });
        let y =
            Array2::from_shape_fn((n_rows, 2), |(row, target)| (row * (target + 3) % 11) as f64);
        let params = ForestParams { n_trees: 2, keep_leaf_rows, ..ForestParams::default() };
        let params = params.check()?;
        let forest = Forest::fit(x.view(), y.view(), &params, &|| ControlFlow::Continue(()))?;
        let mut bytes = Vec::new();
        forest.encode(&mut bytes);
        std::fs::write(folder.join(format!("{n_rows}-rows")), bytes)?;
    }
    Ok(())
}
