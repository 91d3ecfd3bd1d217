//! A *pair table* is a baseline that knows nothing of a flight but its pair: one predicted
//! state per pair, and one for pairs it has not seen.
//!
//! `od-median` and `great-circle` are pair tables; they differ in how they are fitted.

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};

use super::sphere::{Position, along_great_circle, mean_longitude};
use super::{ModelError, Span, median};
use crate::flight::unwrap_longitude;
use crate::tables::Target;

/// A predicted state per pair, at one fraction.
#[derive(Debug, Clone, PartialEq)]
pub struct PairTable {
    /// Ascending by pair; flights of unknown ends are a group of their own.
    pub(super) states: BTreeMap<Option<String>, Vec<f64>>,
    /// For pairs without an entry.
    pub(super) unseen: Vec<f64>,
}

/// Flights by pair, as positions in some list.
pub(super) type Groups<'a> = BTreeMap<Option<&'a str>, Vec<usize>>;

impl PairTable {
    /// Zeros for every pair.
    pub(super) fn zeros(n_targets: usize) -> Self {
        Self { states: BTreeMap::new(), unseen: vec![0.0; n_targets] }
    }

    /// `od-median`: the median of each target over the training flights of the pair, and
    /// over all of them for a pair that is not among them.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`].
    pub fn od_median(
        pairs: &[Option<String>],
        targets: ArrayView2<'_, f64>,
        columns: &[Target],
    ) -> Result<Self, ModelError> {
        let states = group(pairs).into_iter().map(|(pair, flights)| {
            Some((pair.map(str::to_owned), medians(targets, columns, &flights)?))
        });
        let all: Vec<usize> = (0..pairs.len()).collect();
        let states = states.collect::<Option<_>>().ok_or(ModelError::NoFlights)?;
        let unseen = medians(targets, columns, &all).ok_or(ModelError::NoFlights)?;
        Ok(Self { states, unseen })
    }

    /// `great-circle`: the position at the share of the great circle between the pair's
    /// median ends; time and distance grow evenly to the pair's median duration and length;
    /// altitude is the pair's median. A pair that is not among the training flights has no
    /// ends: it gets what `od-median` gives it.
    ///
    /// # Errors
    /// [`ModelError::NoFlights`].
    pub fn great_circle(
        pairs: &[Option<String>],
        targets: ArrayView2<'_, f64>,
        columns: &[Target],
        spans: &[Span],
        fraction: f64,
    ) -> Result<Self, ModelError> {
        let mut table = Self::od_median(pairs, targets, columns)?;
        for (pair, flights) in group(pairs) {
            let spans: Vec<Span> = flights.iter().map(|flight| spans[*flight]).collect();
            let state = table.states.get_mut(&pair.map(str::to_owned)).zip(circle(&spans));
            if let Some((state, circle)) = state {
                for (value, column) in state.iter_mut().zip(columns) {
                    *value = circle.at(fraction, *column).unwrap_or(*value);
                }
            }
        }
        Ok(table)
    }

    /// The state of each flight's pair: `(n_flights, n_targets)`.
    #[must_use]
    pub fn predict(&self, pairs: &[Option<String>]) -> Array2<f64> {
        let state = |pair| self.states.get(pair).unwrap_or(&self.unseen);
        Array2::from_shape_fn((pairs.len(), self.unseen.len()), |(flight, column)| {
            state(&pairs[flight])[column]
        })
    }
}

/// Groups flights by pair.
pub(super) fn group(pairs: &[Option<String>]) -> Groups<'_> {
    let mut groups = Groups::new();
    for (flight, pair) in pairs.iter().enumerate() {
        groups.entry(pair.as_deref()).or_default().push(flight);
    }
    groups
}

/// The median of each target over some flights; none without flights.
pub(super) fn medians(
    targets: ArrayView2<'_, f64>,
    columns: &[Target],
    flights: &[usize],
) -> Option<Vec<f64>> {
    let median_of = |(at, column): (usize, &Target)| {
        let values: Vec<f64> = flights.iter().map(|flight| targets[[*flight, at]]).collect();
        if *column == Target::Longitude { median_longitude(values) } else { median(values) }
    };
    columns.iter().enumerate().map(median_of).collect()
}

/// The median of longitudes, taken on the side of the globe where their mean is.
fn median_longitude(values: Vec<f64>) -> Option<f64> {
    let reference = mean_longitude(values.iter().copied());
    median(values.into_iter().map(|value| unwrap_longitude(value, reference)).collect())
}

/// The great circle of a pair.
struct Circle {
    first: Position,
    last: Position,
    from_share: f64,
    to_share: f64,
    duration_s: f64,
    length_m: f64,
}

fn circle(spans: &[Span]) -> Option<Circle> {
    let middle = |value: fn(&Span) -> f64| median(spans.iter().map(value).collect());
    let longitude = |value: fn(&Span) -> f64| median_longitude(spans.iter().map(value).collect());
    Some(Circle {
        first: Position {
            longitude_deg: longitude(|span| span.first.longitude_deg)?,
            latitude_deg: middle(|span| span.first.latitude_deg)?,
        },
        last: Position {
            longitude_deg: longitude(|span| span.last.longitude_deg)?,
            latitude_deg: middle(|span| span.last.latitude_deg)?,
        },
        from_share: middle(|span| span.from_share)?,
        to_share: middle(|span| span.to_share)?,
        duration_s: middle(|span| span.duration_s)?,
        length_m: middle(|span| span.length_m)?,
    })
}

impl Circle {
    /// The target at a fraction; none for altitude, which a circle does not have.
    fn at(&self, fraction: f64, target: Target) -> Option<f64> {
        let width = self.to_share - self.from_share;
        let share = if width > 0.0 { (fraction - self.from_share) / width } else { 0.0 };
        let position = along_great_circle(self.first, self.last, share);
        match target {
            Target::Longitude => Some(position.longitude_deg),
            Target::Latitude => Some(position.latitude_deg),
            Target::Elapsed => Some(fraction * self.duration_s),
            Target::Distance => Some(fraction * self.length_m),
            Target::Altitude | Target::Horizontal | Target::HorizontalAtTime | Target::Duration => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const COLUMNS: &[Target] =
        &[Target::Longitude, Target::Latitude, Target::Elapsed, Target::Distance];

    fn pairs<const N: usize>(names: [&str; N]) -> [Option<String>; N] {
        names.map(|name| (!name.is_empty()).then(|| name.to_owned()))
    }

    #[test]
    fn the_median_of_a_pair_ignores_other_pairs_and_an_unseen_one_gets_all() {
        let known = pairs(["A-B", "A-B", "A-B", "C-D", ""]);
        let targets = array![
            [1.0, 40.0, 100.0, 5.0],
            [3.0, 41.0, 900.0, 5.0],
            [2.0, 45.0, 300.0, 5.0],
            [9.0, 50.0, 400.0, 5.0],
            [8.0, 51.0, 500.0, 5.0]
        ];
        let table = PairTable::od_median(&known, targets.view(), COLUMNS).unwrap();
        let predicted = table.predict(&pairs(["A-B", "X-Y", ""]));
        assert_eq!(predicted.row(0).to_vec(), [2.0, 41.0, 300.0, 5.0]);
        assert_eq!(predicted.row(1).to_vec(), [3.0, 45.0, 400.0, 5.0]);
        assert_eq!(predicted.row(2).to_vec(), [8.0, 51.0, 500.0, 5.0]);
    }

    #[test]
    fn the_median_of_longitudes_across_the_anti_meridian_is_there() {
        let middle = median_longitude(vec![179.0, -178.0, 180.0, -179.0, 178.0]).unwrap();
        assert!((middle.abs() - 180.0).abs() < 1e-9, "{middle}");
    }

    #[test]
    fn half_way_along_the_great_circle_is_half_the_time_and_half_the_length() {
        let (first, last) = (
            Position { longitude_deg: 0.0, latitude_deg: 0.0 },
            Position { longitude_deg: 90.0, latitude_deg: 0.0 },
        );
        let length_m = first.distance_m(last);
        let span =
            Span { first, last, from_share: 0.0, to_share: 1.0, duration_s: 3600.0, length_m };
        let targets = array![[7.0, 7.0, 7.0, 7.0]];
        let table = PairTable::great_circle(&pairs(["A-B"]), targets.view(), COLUMNS, &[span], 0.5)
            .unwrap();
        let predicted = table.predict(&pairs(["A-B", "X-Y"]));
        let expected = [45.0, 0.0, 1800.0, length_m / 2.0];
        for (found, expected) in predicted.row(0).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9 * length_m, "{predicted}");
        }
        assert_eq!(predicted.row(1).to_vec(), [7.0; 4]);
    }

    #[test]
    fn no_flights_are_refused() {
        let none = Array2::<f64>::zeros((0, 4));
        let error = PairTable::od_median(&[], none.view(), COLUMNS).unwrap_err();
        assert!(matches!(error, ModelError::NoFlights));
    }
}
