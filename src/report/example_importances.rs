//! Importances by permutation of the example run, for the tests.

use crate::tables::{
    Axis, ClusterRecord, Horizon, Importance, ImportanceMethod, ModelName, PermutationRecord,
    RANDOM_PROBE, Split, Target,
};

const REPEATS: usize = 5;

/// Five fractions of one forest: features matter less and less, the last ones less than the
/// random column; two of them are a cluster.
pub(super) fn permuted(horizon: Horizon, names: &[String]) -> Vec<Importance> {
    let targets = [Target::Longitude, Target::Latitude, Target::Altitude, Target::Elapsed];
    let targets: Vec<Option<Target>> =
        std::iter::once(None).chain(targets.into_iter().map(Some)).collect();
    let mut rows = Vec::new();
    for fraction in [0.1, 0.3, 0.5, 0.7, 0.9] {
        for (shift, target) in targets.iter().enumerate() {
            let mut add = |method, feature: &str, importance: f64| {
                rows.push(Importance {
                    model: ModelName::Forest,
                    horizon,
                    split: Some(Split::Forward),
                    axis: Axis::Time,
                    method,
                    fraction: Some(fraction),
                    target: *target,
                    feature: feature.to_owned(),
                    importance,
                    std: Some(0.01 + importance.abs() / 10.0),
                });
            };
            for (at, name) in names.iter().enumerate() {
                let rank = (at + 2 * shift) % names.len();
                let drift = 1.0 + 0.5 * (rank as f64 + 4.0 * fraction).sin();
                let importance = 0.9 * drift * 0.6_f64.powi(rank as i32) - 0.004;
                add(ImportanceMethod::Permutation, name, importance);
            }
            add(ImportanceMethod::Permutation, RANDOM_PROBE, 0.012);
            add(ImportanceMethod::PermutationCluster, &cluster(names), 1.4);
        }
    }
    rows
}

fn cluster(names: &[String]) -> String {
    format!("cluster:{}+1", names[0])
}

/// How they were measured.
pub(super) fn record(horizons: &[Horizon], n_flights: u64, names: &[String]) -> PermutationRecord {
    let cluster = |horizon: &Horizon| ClusterRecord {
        axis: Axis::Time,
        horizon: *horizon,
        name: cluster(names),
        members: names[..2].to_vec(),
    };
    PermutationRecord {
        repeats: REPEATS,
        n_flights,
        clusters: horizons.iter().map(cluster).collect(),
    }
}
