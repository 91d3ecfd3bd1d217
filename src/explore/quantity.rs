//! A quantity is a variable as the page shows it: with its name, its unit and what a value
//! in a table comes to in that unit.

use super::sample::{Sample, SampledFlight};
use crate::chart::{grouped, plain_text};
use crate::flight::{Role, Source};
use crate::tables::{STATE, STATE_ELAPSED};
use crate::units::{METRES_PER_FOOT, METRES_PER_NAUTICAL_MILE};

/// Characters of a variable's name on the page.
const NAME_LIMIT: usize = 40;

/// A variable as the page shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    /// Its name in tables: `elapsed_s`, a role, or a column of the files.
    pub(super) name: String,
    /// Its name on the page, fit to be shown.
    pub(super) label: String,
    /// Its unit on the page; empty where nothing says.
    pub(super) unit: String,
    /// What a value of a table is divided by on the page.
    per_unit: f64,
    values: Values,
}

/// Where its values are.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Values {
    Elapsed,
    /// A place among the sample's variables.
    Variable(usize),
}

impl Quantity {
    /// Its value in one flight at a fraction of an axis, as in tables; none where missing.
    pub(super) fn value(&self, flight: &SampledFlight, axis: usize, at: usize) -> Option<f64> {
        let profile = flight.along[axis].as_ref()?;
        let value = match self.values {
            Values::Elapsed => profile.elapsed_s[at],
            Values::Variable(variable) => profile.values[variable][at],
        };
        Some(value).filter(|value| value.is_finite())
    }

    /// A value of a table in the page's unit.
    pub(super) fn shown(&self, value: f64) -> f64 {
        value / self.per_unit
    }

    /// A value of a table as text, without its unit: four digits or so.
    pub(super) fn figure(&self, value: f64) -> String {
        let shown = self.shown(value);
        let decimals = match shown.abs() {
            _ if shown == 0.0 => 0,
            size if size < 0.001 => return format!("{shown:.2e}").replace('-', "\u{2212}"),
            size => (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize,
        };
        grouped(shown, decimals)
    }

    /// Name and unit, for an axis: `altitude (ft)`.
    pub(super) fn axis_label(&self) -> String {
        if self.unit.is_empty() {
            format!("{} (file’s unit)", self.label)
        } else {
            format!("{} ({})", self.label, self.unit)
        }
    }
}

/// Elapsed time, the roles, and the sampled variables, in this order; without those that no
/// flight has.
pub(super) fn quantities(sample: &Sample, sources: &[Source]) -> Vec<Quantity> {
    let elapsed = Quantity {
        name: STATE[STATE_ELAPSED].to_owned(),
        label: "elapsed time".to_owned(),
        unit: "min".to_owned(),
        per_unit: 60.0,
        values: Values::Elapsed,
    };
    let variables = sample.variables.iter().enumerate().map(|(place, name)| {
        let (label, unit, per_unit) = match Role::named(name) {
            Some(Role::Altitude) => ("altitude".to_owned(), "ft".to_owned(), METRES_PER_FOOT),
            Some(Role::Distance) => {
                ("distance flown".to_owned(), "nmi".to_owned(), METRES_PER_NAUTICAL_MILE)
            }
            Some(role) => (role.as_str().to_owned(), "°".to_owned(), 1.0),
            None => (plain_text(name, NAME_LIMIT), unit_of(name, sources), 1.0),
        };
        let values = Values::Variable(place);
        Quantity { name: name.clone(), label, unit, per_unit, values }
    });
    let is_there = |quantity: &Quantity| {
        let mut flights = sample.pairs.iter().flat_map(|pair| &pair.flights);
        flights.any(|flight| {
            (0..sample.axes.len()).any(|axis| quantity.value(flight, axis, 0).is_some())
        })
    };
    std::iter::once(elapsed).chain(variables).filter(is_there).collect()
}

/// The unit that the sources state for a variable, if they agree: of `"degC -> K"` the second.
fn unit_of(name: &str, sources: &[Source]) -> String {
    let stated = |source: &Source| {
        let text = source.config.units.get(name)?;
        let unit = text.split_once("->").map_or(text.as_str(), |(_, to)| to);
        Some(plain_text(unit.trim(), 12))
    };
    let mut units = sources.iter().filter_map(stated);
    let first = units.next().unwrap_or_default();
    if units.all(|unit| unit == first) { first } else { String::new() }
}
