//! The forest: fitting and predicting, five targets, one thread. From 65,536 rows on, ranks
//! take four bytes and there are no networks.

use std::hint::black_box;
use std::ops::ControlFlow;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use traj::forest::{Forest, ForestParams};

const N_FEATURES: usize = 40;
const N_TARGETS: usize = 5;

/// Features at random; targets that depend on a few of them, and some noise.
fn data(n_rows: usize) -> (Array2<f32>, Array2<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut uniform = || f64::from(random.next_u32()) / f64::from(u32::MAX);
    let x = Array2::from_shape_simple_fn((n_rows, N_FEATURES), || uniform() as f32);
    let mut noise = || uniform();
    let y = Array2::from_shape_fn((n_rows, N_TARGETS), |(row, target)| {
        f64::from(x[[row, target]] * x[[row, target + 5]]) + 0.1 * noise()
    });
    (x, y)
}

fn params() -> ForestParams {
    ForestParams { n_trees: 20, min_samples_leaf: 2, seed: 1, ..ForestParams::default() }
}

fn forest(criterion: &mut Criterion) {
    let one_thread =
        rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
    let params = params().check().expect("parameters in range");
    for (name, is_fit) in [("fit", true), ("predict", false)] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for n_rows in [2_000, 8_000, 44_000, 66_000] {
            let (x, y) = data(n_rows);
            let fit = || {
                Forest::fit(x.view(), y.view(), &params, &|| ControlFlow::Continue(()))
                    .expect("sound data")
            };
            let fitted = fit();
            group.throughput(Throughput::Elements(n_rows as u64));
            group.bench_function(BenchmarkId::from_parameter(n_rows), |bencher| {
                one_thread.install(|| {
                    if is_fit {
                        bencher.iter(|| black_box(fit()));
                    } else {
                        bencher.iter(|| black_box(fitted.predict(x.view()).expect("same width")));
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, forest);
criterion_main!(benches);
