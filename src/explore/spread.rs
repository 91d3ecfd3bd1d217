//! The spread of a quantity over flights: quantiles at every fraction, and how far values lie
//! apart as a share of all that the quantity does.

use super::quantity::Quantity;
use super::sample::SampledFlight;
use crate::evaluate::quantile;

/// The quantiles of a band: the outer band's ends, the inner's, and the median.
pub(super) const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// A quantity over flights at one fraction.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    /// Flights that have a value.
    pub(super) n: usize,
    /// The quantiles [`LEVELS`].
    pub(super) levels: [f64; 5],
}

impl Spread {
    /// The interquartile range.
    pub(super) fn interquartile(&self) -> f64 {
        self.levels[3] - self.levels[1]
    }
}

/// The spread at every fraction of an axis; none where no flight has a value.
pub(super) fn spreads<'a>(
    quantity: &Quantity,
    flights: &(impl Iterator<Item = &'a SampledFlight> + Clone),
    axis: usize,
    n_fractions: usize,
) -> Vec<Option<Spread>> {
    let at = |fraction: usize| {
        let values = flights.clone().filter_map(|flight| quantity.value(flight, axis, fraction));
        spread(values.collect())
    };
    (0..n_fractions).map(at).collect()
}

fn spread(mut values: Vec<f64>) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    let mut levels = [0.0; 5];
    for (level, q) in levels.iter_mut().zip(LEVELS) {
        *level = quantile(&values, q)?;
    }
    Some(Spread { n: values.len(), levels })
}

/// The whole spread of a quantity: from the 5 % to the 95 % quantile of its values in all
/// flights, at all fractions of all axes. It is the same for every axis, so that what is
/// measured by it compares; none where values do not differ.
pub(super) fn whole_spread(
    quantity: &Quantity,
    flights: &[&SampledFlight],
    n_axes: usize,
    n_fractions: usize,
) -> Option<f64> {
    let places = (0..n_axes).flat_map(|axis| (0..n_fractions).map(move |at| (axis, at)));
    let values = places.flat_map(|(axis, at)| {
        flights.iter().filter_map(move |flight| quantity.value(flight, axis, at))
    });
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let span = quantile(&values, LEVELS[4])? - quantile(&values, LEVELS[0])?;
    (span > 0.0 && span.is_finite()).then_some(span)
}
