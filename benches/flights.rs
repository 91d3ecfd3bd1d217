//! Reading flights: bytes per second of `summarise`, over sample flights of three sizes.

use std::hint::black_box;
use std::ops::ControlFlow;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use traj::config::{Layer, Loaded};
use traj::flight::{Recipe, summarise};
use traj::init::look;
use traj::progress::Silent;
use traj::sample::{Pair, SampleOptions, generate};

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("summarise");
    for n_flights in [4, 16, 64] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = SampleOptions {
            directory: folder.path().join("flights"),
            flights: n_flights,
            seed: 1,
            pairs: Pair::defaults(),
            dirty: false,
            force: false,
        };
        let sample = generate(&options, &|_| ControlFlow::Continue(())).expect("sample flights");
        let guess = look(&options.directory, &Silent).expect("sample flights are readable");
        let layer = Layer::parse("traj.toml", guess.to_toml()).expect("init writes TOML");
        let loaded = Loaded::new(vec![layer], None).expect("init writes what config reads");
        let recipe: Recipe = loaded.config.features.recipe(&loaded.config.targets);
        let files: Vec<_> = std::fs::read_dir(&options.directory)
            .expect("the folder was just written")
            .flatten()
            .map(|entry| entry.path())
            .collect();
        group.throughput(Throughput::Bytes(sample.bytes));
        group.bench_with_input(BenchmarkId::from_parameter(n_flights), &files, |bencher, files| {
            bencher.iter(|| {
                for file in files {
                    let flight = summarise(black_box(file), &loaded.sources[0], &recipe);
                    black_box(flight).expect("a sample flight");
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
