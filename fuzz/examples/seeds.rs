//! Writes what a fuzzer would hardly guess: small forests for `forest_decode` to start from, and
//! for `reader` rows that are alike and long enough to be taken as a whole.

use std::error::Error;
use std::ops::ControlFlow;

use ndarray::Array2;
use traj::forest::{Forest, ForestParams};

fn main() -> Result<(), Box<dyn Error>> {
    forests()?;
    rows()?;
    Ok(())
}

/// One table for each way in which `reader` writes them, with rows of different lengths.
fn rows() -> std::io::Result<()> {
    let folder = std::path::Path::new("corpus/reader");
    std::fs::create_dir_all(folder)?;
    for kind in 0..=u8::MAX {
        let delimiter = [",", ";", "\t", "|"][usize::from(kind & 3)];
        let decimal = if kind & 4 == 0 { '.' } else { ',' };
        let line_break = if kind & 128 == 0 { "\n" } else { "\r\n" };
        let mut table = vec![kind];
        for row in 0..5usize {
            let time = match kind >> 3 & 3 {
                0 => format!("2024-03-05T06:12:{row:02}Z"),
                1 => format!("{}", 1_700_000_000 + row),
                2 => format!("{}", 1_700_000_000_000 + 1000 * row),
                _ => format!("{}", 100 + row),
            };
            let width = 8 + usize::from(kind) % 7;
            let cells = (0..5).map(|cell| format!("{:0width$}{decimal}{row}25", 7 * cell + row));
            let cells: Vec<String> = std::iter::once(time).chain(cells).collect();
            table.extend((cells.join(delimiter) + line_break).bytes());
        }
        std::fs::write(folder.join(format!("alike-{kind}")), table)?;
    }
    Ok(())
}

fn forests() -> Result<(), Box<dyn Error>> {
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
