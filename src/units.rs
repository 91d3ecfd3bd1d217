//! Units of measurement: their spellings and how to convert between them.
//!
//! Everything inside traj is SI with angles in degrees; this is the one place that knows
//! other units. Factors are exact by definition: ICAO Annex 5 for the foot (0.3048 m), the
//! nautical mile (1852 m) and the knot.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Metres in a foot, exactly.
pub const METRES_PER_FOOT: f64 = 0.3048;
/// Metres in an international nautical mile, exactly.
pub const METRES_PER_NAUTICAL_MILE: f64 = 1852.0;
/// Microseconds in a second.
pub const MICROSECONDS: i64 = 1_000_000;

/// The time that a text such as `90s`, `10min`, `12h` or `3d` names; none for any other text, and
/// for more seconds than 2^64.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "s" => 1,
        "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    // `parse` takes a sign, too.
    let count: u64 = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
    count.checked_mul(unit).map(Duration::from_secs)
}

/// What a unit measures. Only units of the same dimension convert into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// Metres.
    Length,
    /// Degrees.
    Angle,
    /// Metres per second.
    Speed,
    /// Seconds.
    Time,
    /// Kelvin.
    Temperature,
    /// Pascal.
    Pressure,
    /// Kilograms.
    Mass,
    /// Kilograms per second.
    MassFlow,
    /// Newton.
    Force,
}

/// A unit: `value_in_base = value * factor + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    symbol: &'static str,
    dimension: Dimension,
    factor: f64,
    offset: f64,
}

/// A text that names no unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// No such unit.
    #[error("`{0}` is not a known unit; known are {known}", known = known_symbols())]
    Unknown(String),
    /// The units measure different things.
    #[error("`{from}` does not convert to `{to}`")]
    Dimension {
        /// The unit given.
        from: &'static str,
        /// The unit wanted.
        to: &'static str,
    },
}

use Dimension::{Angle, Force, Length, Mass, MassFlow, Pressure, Speed, Temperature, Time};

const UNITS: &[Unit] = &[
    unit("m", Length, 1.0),
    unit("km", Length, 1000.0),
    unit("ft", Length, METRES_PER_FOOT),
    // A flight level is a hundred feet of pressure altitude.
    unit("FL", Length, 100.0 * METRES_PER_FOOT),
    unit("nmi", Length, METRES_PER_NAUTICAL_MILE),
    unit("mi", Length, 1609.344),
    unit("deg", Angle, 1.0),
    unit("rad", Angle, 180.0 / std::f64::consts::PI),
    unit("m/s", Speed, 1.0),
    unit("km/h", Speed, 1.0 / 3.6),
    unit("kt", Speed, METRES_PER_NAUTICAL_MILE / 3600.0),
    unit("nmi/s", Speed, METRES_PER_NAUTICAL_MILE),
    unit("ft/min", Speed, METRES_PER_FOOT / 60.0),
    unit("ft/s", Speed, METRES_PER_FOOT),
    unit("s", Time, 1.0),
    unit("ms", Time, 1e-3),
    unit("us", Time, 1e-6),
    unit("ns", Time, 1e-9),
    unit("min", Time, 60.0),
    unit("h", Time, 3600.0),
    unit("K", Temperature, 1.0),
    Unit { symbol: "degC", dimension: Temperature, factor: 1.0, offset: 273.15 },
    unit("Pa", Pressure, 1.0),
    unit("hPa", Pressure, 100.0),
    unit("kg", Mass, 1.0),
    unit("lb", Mass, 0.453_592_37),
    unit("kg/s", MassFlow, 1.0),
    unit("kg/h", MassFlow, 1.0 / 3600.0),
    unit("N", Force, 1.0),
    unit("kN", Force, 1000.0),
];

const fn unit(symbol: &'static str, dimension: Dimension, factor: f64) -> Unit {
    Unit { symbol, dimension, factor, offset: 0.0 }
}

fn known_symbols() -> String {
    UNITS.iter().map(|unit| unit.symbol).collect::<Vec<_>>().join(", ")
}

impl Unit {
    /// What the unit measures.
    #[must_use]
    pub fn dimension(self) -> Dimension {
        self.dimension
    }

    /// The conversion from this unit to `to`.
    ///
    /// # Errors
    /// [`UnitError::Dimension`] when the two measure different things.
    pub fn to(self, to: Self) -> Result<Conversion, UnitError> {
        if self.dimension != to.dimension {
            return Err(UnitError::Dimension { from: self.symbol, to: to.symbol });
        }
        Ok(Conversion {
            factor: self.factor / to.factor,
            offset: (self.offset - to.offset) / to.factor,
        })
    }

    /// The conversion from this unit to the base unit of its dimension.
    #[must_use]
    pub fn to_base(self) -> Conversion {
        Conversion { factor: self.factor, offset: self.offset }
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let symbol = match text {
            "NM" | "nm" => "nmi",
            "kts" | "kn" => "kt",
            "fpm" => "ft/min",
            "fl" => "FL",
            other => other,
        };
        UNITS
            .iter()
            .copied()
            .find(|unit| unit.symbol == symbol)
            .ok_or_else(|| UnitError::Unknown(text.to_owned()))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol)
    }
}

/// A linear conversion between units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    factor: f64,
    offset: f64,
}

/// The parts of a [`Conversion`]: `value * factor + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear {
    /// Multiplies.
    pub factor: f64,
    /// Is added then.
    pub offset: f64,
}

impl Conversion {
    /// The conversion that changes nothing.
    pub const IDENTITY: Self = Self { factor: 1.0, offset: 0.0 };

    /// What the conversion multiplies with and adds, in this order.
    #[must_use]
    pub fn linear(self) -> Linear {
        Linear { factor: self.factor, offset: self.offset }
    }

    /// Converts a value; missing stays missing (NaN).
    #[must_use]
    pub fn apply(self, value: f64) -> f64 {
        value * self.factor + self.offset
    }
}

/// Metres to nautical miles.
#[must_use]
pub fn nautical_miles(metres: f64) -> f64 {
    metres / METRES_PER_NAUTICAL_MILE
}

/// Metres to feet.
#[must_use]
pub fn feet(metres: f64) -> f64 {
    metres / METRES_PER_FOOT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(value: f64, from: &str, to: &str) -> f64 {
        let (from, to): (Unit, Unit) = (from.parse().unwrap(), to.parse().unwrap());
        from.to(to).unwrap().apply(value)
    }

    #[test]
    fn conversions_follow_their_definitions() {
        assert!((convert(350.0, "FL", "m") - 10_668.0).abs() < 1e-9);
        assert!((convert(1.0, "NM", "km") - 1.852).abs() < 1e-12);
        assert!((convert(-40.0, "degC", "K") - 233.15).abs() < 1e-12);
        assert!((convert(300.0, "K", "degC") - 26.85).abs() < 1e-12);
        assert!((convert(std::f64::consts::PI, "rad", "deg") - 180.0).abs() < 1e-12);
    }

    #[test]
    fn units_of_different_dimensions_do_not_convert() {
        let metres: Unit = "m".parse().unwrap();
        let error = metres.to("s".parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "`m` does not convert to `s`");
        assert!("furlong".parse::<Unit>().unwrap_err().to_string().contains("known are m, km"));
    }
}
