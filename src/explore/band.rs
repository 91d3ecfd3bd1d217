//! Bands on the page: a quantity over the flights of a pair, along an axis, as a chart with
//! the numbers behind it.

use super::ExploreAxis;
use super::quantity::Quantity;
use super::spread::Spread;
use crate::chart::{Band, BandChart, Ink, plain_text};
use crate::page::Grid;
use crate::page::words::{self, count, percent};

/// Every how manieth fraction says its values on hovering.
const HOVER_STEP: usize = 2;
/// Every how manieth fraction has a row in the numbers.
const GRID_STEP: usize = 5;

/// A quantity along an axis.
pub(super) struct Bands<'a> {
    pub(super) quantity: &'a Quantity,
    pub(super) axis: &'a ExploreAxis,
    pub(super) fractions: &'a [f64],
    /// A spread per fraction.
    pub(super) spreads: &'a [Option<Spread>],
}

/// What fractions are parts of.
pub(super) fn axis_words(axis: &ExploreAxis) -> String {
    match axis {
        ExploreAxis::Known(axis) => words::axis(*axis).to_owned(),
        ExploreAxis::Variable(name) => plain_text(name, 40),
    }
}

/// The colour of an axis by its place, the same in all charts.
pub(super) fn axis_ink(axis: usize) -> Ink {
    Ink::Hue(axis as u8)
}

impl Bands<'_> {
    /// The spread at each fraction in the page's unit; the notes name it.
    pub(super) fn bands(&self) -> Vec<Band> {
        let bands = self.fractions.iter().zip(self.spreads).enumerate();
        let band = |(at, (fraction, spread)): (usize, (&f64, &Option<Spread>))| Band {
            x: 100.0 * fraction,
            levels: spread
                .as_ref()
                .map_or([f64::NAN; 5], |spread| spread.levels.map(|v| self.quantity.shown(v))),
            note: match spread {
                Some(spread) if at % HOVER_STEP == 0 => self.note(*fraction, spread),
                _ => String::new(),
            },
        };
        bands.map(band).collect()
    }

    fn note(&self, fraction: f64, spread: &Spread) -> String {
        let figure = |level: usize| self.quantity.figure(spread.levels[level]);
        let unit = &self.quantity.unit;
        format!(
            "{}: median {} {unit}; half from {} to {}, nine in ten from {} to {}",
            percent(fraction),
            figure(2),
            figure(1),
            figure(3),
            figure(0),
            figure(4)
        )
    }

    /// The chart, on its own scale unless one is given.
    pub(super) fn chart(&self, ink: Ink, y_range: Option<(f64, f64)>) -> BandChart {
        let known: Vec<&Spread> = self.spreads.iter().flatten().collect();
        let n = known.iter().map(|spread| spread.n).max().unwrap_or(0);
        let along = axis_words(self.axis);
        BandChart {
            heading: self.quantity.label.clone(),
            description: format!(
                "{} along the {along}, over {} flights: median and bands of half and of nine in \
                 ten; the numbers follow.",
                self.quantity.label,
                count(n as u64)
            ),
            x_label: format!("part of the {along} (%)"),
            y_label: self.quantity.axis_label(),
            x_range: (0.0, 100.0),
            y_range,
            ink,
            bands: self.bands(),
        }
    }

    /// The numbers, at every tenth of the axis.
    pub(super) fn grid(&self) -> Grid {
        let head = ["part", "5 %", "25 %", "median", "75 %", "95 %", "flights"];
        let rows = self.fractions.iter().zip(self.spreads).step_by(GRID_STEP);
        let row = |(fraction, spread): (&f64, &Option<Spread>)| {
            let mut cells = vec![percent(*fraction)];
            match spread {
                Some(spread) => {
                    cells.extend(spread.levels.iter().map(|level| self.quantity.figure(*level)));
                    cells.push(count(spread.n as u64));
                }
                None => cells.extend(vec![words::UNKNOWN.to_owned(); 6]),
            }
            cells
        };
        Grid {
            title: format!("{}, along the {}", self.quantity.axis_label(), axis_words(self.axis)),
            head: head.map(str::to_owned).to_vec(),
            rows: rows.map(row).collect(),
        }
    }
}
