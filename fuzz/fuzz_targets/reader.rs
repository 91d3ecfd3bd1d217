//! Any table reads the same through the `csv` crate and in blocks, at every level of SIMD.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traj::flight::{
    Decimal, Dialect, Limits, Reading, Recipe, RoleColumns, Source, SourceConfig, summarise_by,
};

const DELIMITERS: [u8; 4] = *b",;\t|";
const FORMATS: [&str; 4] = ["iso8601", "epoch-s", "epoch-ms", "elapsed-s"];

/// The first byte says how the file is written; the rest are its rows.
fn source(kind: u8) -> Source {
    let name = |name: &str| name.to_owned();
    Source::compile(&SourceConfig {
        name: name("fuzz"),
        file_name: None,
        timezone: (kind & 64 != 0).then(|| name("Europe/Madrid")),
        dialect: Dialect {
            delimiter: DELIMITERS[usize::from(kind & 3)],
            decimal: if kind & 4 == 0 { Decimal::Point } else { Decimal::Comma },
            ..Dialect::default()
        },
        columns: RoleColumns {
            time: name("t"),
            longitude: name("x"),
            latitude: name("y"),
            altitude: Some(name("z")),
            distance: (kind & 32 != 0).then(|| name("a")),
            ..RoleColumns::default()
        },
        units: [(name("time"), name(FORMATS[usize::from(kind >> 3 & 3)]))].into(),
    })
    .expect("a sound source")
}

fn recipe() -> Recipe {
    let aggregates = ["mean", "min", "max", "std", "first", "last", "p50"];
    Recipe {
        variables: ["longitude", "distance", "a", "b"].map(str::to_owned).to_vec(),
        aggregates: aggregates.map(|name| name.parse().expect("an aggregate")).to_vec(),
        fractions: vec![0.25, 0.75],
        elapsed_s: vec![1.0, 60.0],
        limits: Limits {
            min_rows: 2,
            max_rows: 1000,
            min_completeness: 0.0,
            max_duration_s: f64::INFINITY,
        },
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rows)) = bytes.split_first() else { return };
    let source = source(*kind);
    let delimiter = char::from(source.config.dialect.delimiter).to_string();
    let line_break = if kind & 128 == 0 { "\n" } else { "\r\n" };
    let header = ["t", "x", "y", "z", "a", "b"].join(&delimiter) + line_break;
    let path = std::env::temp_dir().join(format!("traj-fuzz-{}.csv", std::process::id()));
    std::fs::write(&path, [header.as_bytes(), rows].concat()).expect("the file is writable");
    let recipe = recipe();
    // Every digit of a number is shown, but not which NaN it is.
    let read = |reading| format!("{:?}", summarise_by(reading, &path, &source, &recipe));
    let plain = read(Reading::Plain);
    for (name, level) in traj::simd::available() {
        assert_eq!(read(Reading::Fast(level)), plain, "at {name}");
    }
});
