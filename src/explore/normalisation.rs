//! Normalisation: along what flights are best compared. The less values lie apart at the same
//! fraction of an axis, the more alike the axis makes flights, and the less is left to predict.
//!
//! The dispersion of a variable at a fraction is the interquartile range over flights (a robust
//! scale: P. J. Huber, *Robust Statistics*, 1981, 5.1) as a share of the variable's whole
//! spread, which is the same for all axes. Only flights that have a profile along every axis
//! count, so that axes are compared on the same flights; an axis that fewer than half of a
//! pair's flights have is left out for that pair.

use serde::Serialize;

use super::band::{Bands, axis_ink, axis_words};
use super::material::Material;
use super::quantity::Quantity;
use super::sample::{Sample, SampledFlight, SampledPair};
use super::section::{Section, contents};
use super::spread::{Spread, spreads, whole_spread};
use super::verdict::{Verdict, contest, curves, verdict_grid, winners};
use super::{ExploreAxis, backward};
use crate::chart::{BandChart, plain_text};
use crate::evaluate::quantile;
use crate::page::words::{count, counted};
use crate::page::{Figure, Grid, LegendItem, drawing};
use crate::tables::{DispersionRow, DispersionTable};

/// Fewer flights than this say nothing of their spread.
const FEWEST: usize = 5;
/// Variables that are drawn along all axes: those for which the axis matters most.
const COMPARED: usize = 6;

/// How far apart the values of a quantity lie, along each axis.
pub(super) struct Dispersions<'a> {
    pub(super) quantity: &'a Quantity,
    /// For each axis a value per fraction; NaN where fewer than [`FEWEST`] flights have one.
    pub(super) by_axis: Vec<Vec<f64>>,
    /// Flights behind each value.
    counts: Vec<Vec<usize>>,
    /// For each axis the spread per fraction.
    spreads: Vec<Vec<Option<Spread>>>,
}

/// What the template sees.
#[derive(Serialize)]
struct Normalisation {
    pairs: Vec<PairAxes>,
    axes: Vec<LegendItem>,
    notes: Vec<String>,
    is_single: bool,
}

/// A pair with its verdict.
#[derive(Serialize)]
struct PairAxes {
    name: String,
    n_flights: String,
    sentence: String,
    verdict: Grid,
    contest: Option<Figure>,
    curves: Option<Figure>,
    compared: Option<Figure>,
}

/// Makes the section.
pub(super) fn section(material: &Material<'_>) -> Section {
    let sample = &material.sample;
    let mut pairs = Vec::new();
    let mut rows = Vec::new();
    let mut summary = Vec::new();
    let mut headlines = Vec::new();
    for pair in &sample.pairs {
        let (is_usable, flights) = comparable(pair, sample.axes.len());
        if flights.len() < FEWEST {
            continue;
        }
        let measured = measure(&material.quantities, sample, &is_usable, &flights);
        if measured.is_empty() {
            continue;
        }
        rows.extend(table_rows(sample, pair, &measured));
        let verdict = Verdict::new(&measured, &sample.axes);
        let name = pair.pair.as_deref().map_or("unknown pairs".to_owned(), |n| plain_text(n, 40));
        summary.push(serde_json::json!({
            "pair": pair.pair,
            "n_flights": flights.len(),
            "variables": measured.len(),
            "least_dispersion": verdict.wins(&sample.axes),
        }));
        if headlines.is_empty() {
            headlines.push(format!("{name}: {}", verdict.sentence));
        }
        let is_charted = pairs.len() < material.n_charted();
        pairs.push(PairAxes {
            n_flights: counted(flights.len() as u64, "flight"),
            sentence: verdict.sentence,
            verdict: verdict_grid(&measured, &sample.axes, &sample.fractions),
            contest: (is_charted && sample.axes.len() > 1)
                .then(|| contest(&name, &measured, &sample.axes, &sample.fractions)),
            curves: is_charted.then(|| curves(&name, &measured, &sample.axes, &sample.fractions)),
            compared: (is_charted && sample.axes.len() > 1)
                .then(|| compared(&name, &measured, sample)),
            name,
        });
    }
    let legend =
        |(place, axis): (usize, &ExploreAxis)| LegendItem::new(axis_ink(place), axis_words(axis));
    let shown = Normalisation {
        pairs,
        axes: sample.axes.iter().enumerate().map(legend).collect(),
        notes: backward::notes(sample),
        is_single: sample.axes.len() == 1,
    };
    let summary = serde_json::json!({ "pairs": summary, "axes": sample.axes });
    Section {
        id: "normalisation",
        title: "Along what to compare",
        template: "normalisation.html",
        contents: contents(&shown),
        tables: vec![Box::new(DispersionTable { rows })],
        summary,
        headlines,
    }
}

/// Which axes at least half of a pair's flights have, and the flights that have all of these.
fn comparable(pair: &SampledPair, n_axes: usize) -> (Vec<bool>, Vec<&SampledFlight>) {
    let having = |axis: usize| pair.flights.iter().filter(|f| f.along[axis].is_some()).count();
    let is_usable: Vec<bool> =
        (0..n_axes).map(|axis| 2 * having(axis) >= pair.flights.len()).collect();
    let has_all = |flight: &&SampledFlight| {
        flight.along.iter().zip(&is_usable).all(|(along, is_usable)| along.is_some() || !is_usable)
    };
    let flights = pair.flights.iter().filter(has_all).collect();
    (is_usable, flights)
}

/// The dispersion of every quantity whose values differ.
pub(super) fn measure<'a>(
    quantities: &'a [Quantity],
    sample: &Sample,
    is_usable: &[bool],
    flights: &[&SampledFlight],
) -> Vec<Dispersions<'a>> {
    let (n_axes, n_fractions) = (sample.axes.len(), sample.fractions.len());
    let measure = |quantity: &'a Quantity| {
        let whole = whole_spread(quantity, flights, n_axes, n_fractions)?;
        let along = |axis: usize| {
            if is_usable[axis] {
                spreads(quantity, &flights.iter().copied(), axis, n_fractions)
            } else {
                vec![None; n_fractions]
            }
        };
        let spreads: Vec<Vec<Option<Spread>>> = (0..n_axes).map(along).collect();
        let share = |spread: &Option<Spread>| {
            let known = spread.as_ref().filter(|spread| spread.n >= FEWEST);
            known.map_or(f64::NAN, |spread| spread.interquartile() / whole)
        };
        let count = |spread: &Option<Spread>| spread.as_ref().map_or(0, |spread| spread.n);
        Some(Dispersions {
            quantity,
            by_axis: spreads.iter().map(|axis| axis.iter().map(share).collect()).collect(),
            counts: spreads.iter().map(|axis| axis.iter().map(count).collect()).collect(),
            spreads,
        })
    };
    quantities.iter().filter_map(measure).collect()
}

impl Dispersions<'_> {
    /// Mean over fractions along each axis; NaN where none is known.
    pub(super) fn means(&self) -> Vec<f64> {
        let mean = |values: &Vec<f64>| {
            let known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
            known.iter().sum::<f64>() / known.len() as f64
        };
        self.by_axis.iter().map(mean).collect()
    }
}

fn table_rows(
    sample: &Sample,
    pair: &SampledPair,
    measured: &[Dispersions<'_>],
) -> Vec<DispersionRow> {
    let mut rows = Vec::new();
    for one in measured {
        let means = one.means();
        for (axis, name) in sample.axes.iter().enumerate() {
            let row = |fraction: Option<f64>, n: usize, dispersion: f64| DispersionRow {
                pair: pair.pair.clone(),
                variable: one.quantity.name.clone(),
                axis: name.to_string(),
                fraction,
                n: n as u64,
                dispersion,
            };
            let counts = &one.counts[axis];
            let most = counts.iter().copied().max().unwrap_or(0);
            if means[axis].is_finite() {
                rows.push(row(None, most, means[axis]));
            }
            for (at, fraction) in sample.fractions.iter().enumerate() {
                if one.by_axis[axis][at].is_finite() {
                    rows.push(row(Some(*fraction), counts[at], one.by_axis[axis][at]));
                }
            }
        }
    }
    rows
}

/// Bands along every axis, side by side on one scale, of the variables for which the axis
/// matters most.
fn compared(name: &str, measured: &[Dispersions<'_>], sample: &Sample) -> Figure {
    let mut ranked: Vec<(&Dispersions<'_>, f64)> =
        measured.iter().filter_map(|one| Some((one, winners(&one.means())?.1))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (mut panels, mut grids) = (Vec::new(), Vec::new());
    for (one, _) in ranked.into_iter().take(COMPARED) {
        let bands = |axis: usize| Bands {
            quantity: one.quantity,
            axis: &sample.axes[axis],
            fractions: &sample.fractions,
            spreads: &one.spreads[axis],
        };
        let axes = 0..sample.axes.len();
        let all: Vec<_> = axes.clone().flat_map(|axis| bands(axis).bands()).collect();
        let range = BandChart::common_range(all.iter());
        for axis in axes {
            let chart = bands(axis).chart(axis_ink(axis), Some(range));
            panels.push(drawing(chart.to_svg()));
            grids.push(bands(axis).grid());
        }
    }
    Figure {
        caption: format!(
            "{name}: the variables for which the axis matters most, along each axis on one \
             scale. The thinner the band, the more alike flights are. Median, half, nine in ten."
        ),
        panels,
        shape: "line",
        several: true,
        legend: Vec::new(),
        grids,
    }
}

/// The median of some values; none without any.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// A number of flights, for the notes on axes.
pub(super) fn flights(n: usize) -> String {
    if n == 1 { "1 flight".to_owned() } else { format!("{} flights", count(n as u64)) }
}
