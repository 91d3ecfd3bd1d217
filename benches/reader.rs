//! The two ways to read a flight: through the `csv` crate, and in blocks at each level of SIMD
//! that the machine has. One thread, files in the page cache.

use std::hint::black_box;
use std::ops::ControlFlow;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use traj::config::{Layer, Loaded};
use traj::flight::{Reading, summarise_by};
use traj::init::look;
use traj::progress::Silent;
use traj::sample::{Pair, SampleOptions, generate};
use traj::simd;

fn ways(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = SampleOptions {
        directory: folder.path().join("flights"),
        flights: 32,
        seed: 1,
        pairs: Pair::defaults(),
        dirty: false,
        force: false,
    };
    let sample = generate(&options, &|_| ControlFlow::Continue(())).expect("sample flights");
    let guess = look(&options.directory, &Silent).expect("sample flights are readable");
    let layer = Layer::parse("traj.toml", guess.to_toml()).expect("init writes TOML");
    let loaded = Loaded::new(vec![layer], None).expect("init writes what config reads");
    let recipe = loaded.config.features.recipe(&loaded.config.targets);
    let files: Vec<_> = std::fs::read_dir(&options.directory)
        .expect("the folder was just written")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    let mut group = criterion.benchmark_group("read");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(sample.bytes));
    let levels = simd::available().into_iter().map(|(name, level)| (name, Reading::Fast(level)));
    for (name, reading) in [("csv crate", Reading::Plain)].into_iter().chain(levels) {
        group.bench_with_input(name, &files, |bencher, files| {
            bencher.iter(|| {
                for file in files {
                    let file = black_box(file);
                    let flight = summarise_by(reading, file, &loaded.sources[0], &recipe);
                    black_box(flight).expect("a sample flight");
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, ways);
criterion_main!(benches);
