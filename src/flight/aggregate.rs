//! An aggregate turns one variable of one flight into one number.

use std::fmt;
use std::str::FromStr;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f64x8};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::moments::{BLOCK, Moments};

/// A statistic of a variable over a flight. Missing values are ignored; an aggregate of
/// nothing is missing (NaN).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregate {
    /// Arithmetic mean.
    Mean,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// Sample standard deviation (n - 1, as pandas); missing for a single value.
    Std,
    /// The first value that is not missing.
    First,
    /// The last value that is not missing.
    Last,
    /// A quantile by linear interpolation, as numpy's default: `p05` is 5 %.
    Quantile(u8),
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.pad("mean"),
            Self::Min => f.pad("min"),
            Self::Max => f.pad("max"),
            Self::Std => f.pad("std"),
            Self::First => f.pad("first"),
            Self::Last => f.pad("last"),
            Self::Quantile(percent) => f.pad(&format!("p{percent:02}")),
        }
    }
}

impl FromStr for Aggregate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let quantile = || {
            let digits = text.strip_prefix('p').filter(|d| d.len() == 2)?;
            let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
            all_digits.then(|| digits.parse().ok().map(Self::Quantile))?
        };
        match text {
            "mean" => Ok(Self::Mean),
            "min" => Ok(Self::Min),
            "max" => Ok(Self::Max),
            "std" => Ok(Self::Std),
            "first" => Ok(Self::First),
            "last" => Ok(Self::Last),
            _ => quantile().ok_or_else(|| {
                format!(
                    "`{text}` is not an aggregate; known are mean, min, max, std, first, last \
                     and quantiles such as p05 or p95"
                )
            }),
        }
    }
}

impl Serialize for Aggregate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Aggregate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// All aggregates of one variable, fed in order of time, by the row or by the block. The
/// bits are the same either way, since rows are gathered to blocks before they are added up.
#[derive(Debug, Clone)]
pub(super) struct Accumulator {
    moments: Moments,
    /// Smallest and largest values of every eighth row.
    least: [f64; 8],
    most: [f64; 8],
    first: f64,
    last: f64,
    /// Every value, kept only where a quantile is asked for.
    values: Option<Vec<f64>>,
    /// Rows that wait until there are enough of them.
    waiting: [f64; BLOCK],
    n_waiting: usize,
}

impl Accumulator {
    /// An empty accumulator for these aggregates.
    pub(super) fn new(aggregates: &[Aggregate]) -> Self {
        let wants_values = aggregates.iter().any(|a| matches!(a, Aggregate::Quantile(_)));
        Self {
            moments: Moments::default(),
            least: [f64::INFINITY; 8],
            most: [f64::NEG_INFINITY; 8],
            first: f64::NAN,
            last: f64::NAN,
            values: wants_values.then(Vec::new),
            waiting: [f64::NAN; BLOCK],
            n_waiting: 0,
        }
    }

    /// Takes the next row's value; NaN is missing.
    #[inline]
    pub(super) fn push(&mut self, value: f64) {
        self.waiting[self.n_waiting] = value;
        self.n_waiting += 1;
        if self.n_waiting == BLOCK {
            self.take_waiting(Level::baseline());
        }
    }

    /// Rows until a block is full.
    pub(super) fn room(&self) -> usize {
        BLOCK - self.n_waiting
    }

    /// Takes the values of the next rows, at most as many as there is room for.
    #[inline(always)]
    pub(super) fn push_rows<S: Simd>(&mut self, simd: S, values: &[f64]) {
        debug_assert!(values.len() <= self.room(), "{} rows", values.len());
        if let Ok(block) = values.try_into() {
            self.take(simd, block);
            return;
        }
        let filled = self.n_waiting + values.len();
        self.waiting[self.n_waiting..filled].copy_from_slice(values);
        self.n_waiting = filled % BLOCK;
        if filled == BLOCK {
            let block = self.waiting;
            self.take(simd, &block);
        }
    }

    /// Takes the rows that wait, as many as they are.
    fn take_waiting(&mut self, level: Level) {
        let mut block = self.waiting;
        block[self.n_waiting..].fill(f64::NAN);
        self.n_waiting = 0;
        dispatch!(level, simd => self.take(simd, &block));
    }

    #[inline(always)]
    fn take<S: Simd>(&mut self, simd: S, block: &[f64; BLOCK]) {
        let is_whole = self.moments.take(simd, block);
        let infinity = f64x8::splat(simd, f64::INFINITY);
        let mut least = f64x8::from_slice(simd, &self.least);
        let mut most = f64x8::from_slice(simd, &self.most);
        let (rows, _) = block.as_chunks::<8>();
        for row in rows {
            let row = f64x8::from_slice(simd, row);
            let is_there = row.simd_eq(row);
            least = least.min(if is_whole { row } else { is_there.select(row, infinity) });
            most = most.max(if is_whole { row } else { is_there.select(row, -infinity) });
        }
        least.store_slice(&mut self.least);
        most.store_slice(&mut self.most);
        if self.first.is_nan() {
            self.first = block.iter().copied().find(|value| !value.is_nan()).unwrap_or(f64::NAN);
        }
        if let Some(last) = block.iter().rev().find(|value| !value.is_nan()) {
            self.last = *last;
        }
        if let Some(values) = &mut self.values {
            values.extend(block.iter().filter(|value| !value.is_nan()));
        }
    }

    /// The aggregates, in the order asked for; rows that still wait are added up at this level.
    pub(super) fn finish(mut self, level: Level, aggregates: &[Aggregate]) -> Vec<f64> {
        if self.n_waiting > 0 {
            self.take_waiting(level);
        }
        let (count, mean, std) = self.moments.finish();
        let mut values = self.values.take().unwrap_or_default();
        values.sort_by(f64::total_cmp);
        let min = self.least.into_iter().fold(f64::INFINITY, f64::min);
        let max = self.most.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let is_constant = min == max;
        let of = |aggregate: &Aggregate| match aggregate {
            _ if count == 0 => f64::NAN,
            // Sums of equal values round; their mean and spread need not.
            Aggregate::Mean if is_constant => min,
            Aggregate::Std if is_constant && count > 1 => 0.0,
            Aggregate::Mean => mean,
            Aggregate::Std => std,
            Aggregate::Min => min,
            Aggregate::Max => max,
            Aggregate::First => self.first,
            Aggregate::Last => self.last,
            Aggregate::Quantile(percent) => quantile(&values, f64::from(*percent) / 100.0),
        };
        aggregates.iter().map(of).collect()
    }
}

/// Linear interpolation between the nearest ranks (numpy's `linear`; Hyndman and Fan's type
/// 7). `sorted` holds at least one value.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = share * (sorted.len() - 1) as f64;
    let below = rank.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (rank - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aggregated(values: &[f64], names: &[&str]) -> Vec<f64> {
        let aggregates: Vec<Aggregate> = names.iter().map(|n| n.parse().unwrap()).collect();
        let mut accumulator = Accumulator::new(&aggregates);
        values.iter().for_each(|value| accumulator.push(*value));
        accumulator.finish(Level::baseline(), &aggregates)
    }

    #[test]
    fn hand_worked_aggregates_ignore_missing_values() {
        let values = [f64::NAN, 2.0, 4.0, f64::NAN, 9.0, f64::NAN];
        let names = ["mean", "min", "max", "std", "first", "last", "p50", "p25"];
        let found = aggregated(&values, &names);
        let std = 13f64.sqrt(); // ((2-5)^2 + (4-5)^2 + (9-5)^2) / 2
        assert_eq!(found, [5.0, 2.0, 9.0, std, 2.0, 9.0, 4.0, 3.0]);
    }

    #[test]
    fn an_aggregate_of_nothing_is_missing_and_a_constant_has_no_spread() {
        assert!(aggregated(&[f64::NAN], &["mean", "std", "p05"]).iter().all(|v| v.is_nan()));
        assert!(aggregated(&[1.0], &["std"])[0].is_nan());
        assert_eq!(aggregated(&[0.1; 1000], &["mean", "std"]), [0.1, 0.0]);
    }

    #[test]
    fn names_read_back_and_others_are_refused() {
        for name in ["mean", "std", "p05", "p95"] {
            assert_eq!(name.parse::<Aggregate>().unwrap().to_string(), name);
        }
        for name in ["median", "p5", "p100", "p+5", "P05"] {
            assert!(name.parse::<Aggregate>().is_err(), "{name}");
        }
    }
}
