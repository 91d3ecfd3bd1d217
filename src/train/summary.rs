//! The *summary* of a run is what its last screen says: how well each model did at what it
//! was asked to do.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::tables::{
    Axis, CheckRecord, Horizon, Metric, MetricRow, ModelName, RunRecord, Split, Target,
    TuningRecord,
};

/// A run in brief.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainSummary {
    /// Flights with features and targets.
    pub n_flights: u64,
    /// Models that were fitted or scored.
    pub models: Vec<ModelName>,
    /// The splits that were run.
    pub splits: Vec<Split>,
    /// How well each model did: `forward` first, then by horizon, axis and configured order.
    pub headline: Vec<Headline>,
    /// How the settings were chosen; none where they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<TuningRecord>,
    /// What to know before trusting it.
    pub checks: Vec<CheckRecord>,
    /// Wall-clock seconds of the whole stage.
    pub seconds: f64,
    /// Largest resident size of the process so far, in bytes; none where unknown.
    pub peak_memory_bytes: Option<u64>,
}

/// How well a model did under a split: mean absolute errors over all held-out flights and
/// fractions; what is undefined is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Headline {
    /// How flights were held out.
    pub split: Split,
    /// What the features know.
    pub horizon: Horizon,
    /// Whether that is known only after landing.
    pub is_reconstruction: bool,
    /// Along what fractions are taken.
    pub axis: Axis,
    /// The model.
    pub model: ModelName,
    /// Number of held-out flights.
    pub n: u64,
    /// Great-circle distance between predicted and flown position, in nautical miles.
    pub horizontal_nmi: Option<f64>,
    /// Altitude, in feet.
    pub altitude_ft: Option<f64>,
    /// Time since the first row, in seconds.
    pub elapsed_s: Option<f64>,
    /// Time from the first row to the last, in seconds.
    pub duration_s: Option<f64>,
    /// Great-circle distance between the predicted and the flown position at the moments when
    /// flights were at the fractions, in nautical miles.
    pub horizontal_at_time_nmi: Option<f64>,
    /// 1 - horizontal error / that of `od-median`.
    pub skill: Option<f64>,
    /// Lower end of the skill's 95 % interval.
    pub skill_lower: Option<f64>,
    /// Upper end of the skill's 95 % interval.
    pub skill_upper: Option<f64>,
    /// R2 of each target at the fraction nearest to the middle: from the worst pair to the
    /// best.
    pub mid_flight_r2: Vec<R2Range>,
}

/// R2 of a target over the pairs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct R2Range {
    /// The target.
    pub target: Target,
    /// The fraction.
    pub fraction: f64,
    /// The worst pair's.
    pub lowest: f64,
    /// The best pair's.
    pub highest: f64,
}

/// The summary of a run from its record and its metrics.
#[must_use]
pub fn summarise_run(record: &RunRecord, metrics: &[MetricRow]) -> TrainSummary {
    let mut groups: BTreeMap<(Split, Horizon, Axis, usize), Vec<&MetricRow>> = BTreeMap::new();
    for row in metrics {
        let place = record.models.iter().position(|model| *model == row.model);
        let key = (row.split, row.horizon, row.axis, place.unwrap_or(record.models.len()));
        groups.entry(key).or_default().push(row);
    }
    let middle = record.fractions.iter().copied();
    let middle = middle.min_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs()));
    TrainSummary {
        n_flights: record.n_flights,
        models: record.models.clone(),
        splits: record.splits.clone(),
        headline: groups.values().map(|rows| headline(rows, middle)).collect(),
        tuning: record.tuning.clone(),
        checks: record.checks.clone(),
        seconds: record.timings.iter().map(|timing| timing.seconds).sum(),
        peak_memory_bytes: record.peak_memory_bytes,
    }
}

/// The headline of rows that share everything but pair, fraction, target and metric.
fn headline(rows: &[&MetricRow], middle: Option<f64>) -> Headline {
    let overall = |target, metric| {
        let wanted = |row: &&MetricRow| {
            row.pair.is_none()
                && row.fraction.is_none()
                && row.target == target
                && row.metric == metric
        };
        rows.iter().copied().find(wanted)
    };
    let mean = |target| overall(target, Metric::Mae).map(|row| row.value);
    let skill = overall(Target::Horizontal, Metric::Skill);
    let first = rows[0];
    Headline {
        split: first.split,
        horizon: first.horizon,
        is_reconstruction: first.horizon.is_reconstruction(),
        axis: first.axis,
        model: first.model,
        n: rows.iter().map(|row| row.n).max().unwrap_or(0),
        horizontal_nmi: mean(Target::Horizontal),
        altitude_ft: mean(Target::Altitude),
        elapsed_s: mean(Target::Elapsed),
        duration_s: mean(Target::Duration),
        horizontal_at_time_nmi: mean(Target::HorizontalAtTime),
        skill: skill.map(|row| row.value),
        skill_lower: skill.and_then(|row| row.lower),
        skill_upper: skill.and_then(|row| row.upper),
        mid_flight_r2: middle.map_or_else(Vec::new, |fraction| r2_ranges(rows, fraction)),
    }
}

fn r2_ranges(rows: &[&MetricRow], fraction: f64) -> Vec<R2Range> {
    let range = |target: &Target| {
        let here = rows.iter().filter(|row| {
            row.metric == Metric::R2 && row.target == *target && row.fraction == Some(fraction)
        });
        let values: Vec<f64> = here.map(|row| row.value).collect();
        Some(R2Range {
            target: *target,
            fraction,
            lowest: values.iter().copied().min_by(f64::total_cmp)?,
            highest: values.iter().copied().max_by(f64::total_cmp)?,
        })
    };
    // That of the duration is of no fraction.
    Target::ALL.iter().filter_map(range).collect()
}
