//! Words: figures and labels as a reader meets them, with units and sensible decimals.
//!
//! Every section of a page writes its figures through here.

use crate::chart::grouped;
use crate::tables::Axis;

/// What stands where a figure is not known.
pub const UNKNOWN: &str = "–";

/// The months by name, January first.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A figure's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Horizontal distances and errors.
    NauticalMiles,
    /// Altitudes and their errors.
    Feet,
    /// Times.
    Seconds,
    /// A share or a coefficient.
    None,
}

impl Unit {
    /// The unit's sign; empty for a plain number.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::NauticalMiles => "nmi",
            Self::Feet => "ft",
            Self::Seconds => "s",
            Self::None => "",
        }
    }

    /// The figure without its sign: feet whole, plain numbers to three decimals, others to
    /// about three digits.
    #[must_use]
    pub fn figure(self, value: f64) -> String {
        let decimals = match (self, value.abs()) {
            (Self::Feet, _) => 0,
            (Self::None, _) => 3,
            (Self::NauticalMiles, size) if size < 10.0 => 2,
            (_, size) if size < 100.0 => 1,
            _ => 0,
        };
        grouped(value, decimals)
    }

    /// The figure with its sign, parted by a no-break space.
    #[must_use]
    pub fn with_sign(self, value: f64) -> String {
        match self.sign() {
            "" => self.figure(value),
            sign => format!("{}\u{a0}{sign}", self.figure(value)),
        }
    }

    /// The figure, or a dash where it is not known.
    #[must_use]
    pub fn or_dash(self, value: Option<f64>) -> String {
        value.map_or_else(|| UNKNOWN.to_owned(), |value| self.figure(value))
    }
}

/// A whole number with thousands.
#[must_use]
pub fn count(value: u64) -> String {
    grouped(value as f64, 0)
}

/// A count and its noun: `1 flight`, `2 flights`.
#[must_use]
pub fn counted(value: u64, noun: &str) -> String {
    format!("{}\u{a0}{noun}{}", count(value), if value == 1 { "" } else { "s" })
}

/// A share as per cent: `5 %`, `2.5 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = (share * 1000.0).round() / 10.0;
    format!("{}\u{a0}%", grouped(value, usize::from(value.fract().abs() > 1e-9)))
}

/// A share as per cent to one decimal, for columns of them: `26.0 %`.
#[must_use]
pub fn share(share: f64) -> String {
    format!("{}\u{a0}%", grouped(share * 100.0, 1))
}

/// A skill with its sign: `+0.18`.
#[must_use]
pub fn skill(value: Option<f64>) -> String {
    value.map_or_else(
        || UNKNOWN.to_owned(),
        |value| format!("{}{}", if value >= 0.005 { "+" } else { "" }, grouped(value, 2)),
    )
}

/// A span of time in its natural unit: `0.4 s`, `10 min`, `2 h 05 min`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return UNKNOWN.to_owned();
    }
    if seconds < 60.0 {
        let decimals = usize::from(seconds.fract() != 0.0);
        return format!("{}\u{a0}s", grouped(seconds, decimals));
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, rest) {
        (0, 0) => format!("{minutes}\u{a0}min"),
        (0, _) => format!("{minutes}\u{a0}min {rest:02}\u{a0}s"),
        _ => format!("{}\u{a0}h {minutes:02}\u{a0}min", count(hours)),
    }
}

/// A size in the unit that a person reads.
#[must_use]
pub fn bytes(value: u64) -> String {
    const STEPS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let step = STEPS.into_iter().find(|(_, size)| value >= *size);
    step.map_or_else(
        || format!("{value}\u{a0}B"),
        |(unit, size)| format!("{}\u{a0}{unit}", grouped(value as f64 / size as f64, 1)),
    )
}

/// Along what fractions are taken.
#[must_use]
pub fn axis(axis: Axis) -> &'static str {
    match axis {
        Axis::Time => "flight time",
        Axis::Distance => "distance flown",
    }
}

/// The day of an ISO 8601 time; anything else as it is.
#[must_use]
pub fn day(time: &str) -> &str {
    time.split_once('T').map_or(time, |(day, _)| day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_their_units_and_about_three_digits() {
        assert_eq!(Unit::NauticalMiles.with_sign(4.237), "4.24\u{a0}nmi");
        assert_eq!(Unit::NauticalMiles.with_sign(42.37), "42.4\u{a0}nmi");
        assert_eq!(Unit::Feet.figure(1234.5), "1,234");
        assert_eq!(Unit::Seconds.figure(61.25), "61.2");
        assert_eq!(Unit::None.or_dash(None), "–");
        assert_eq!(percent(0.05), "5\u{a0}%");
        assert_eq!(percent(0.025), "2.5\u{a0}%");
        assert_eq!(share(0.2604), "26.0\u{a0}%");
        assert_eq!(skill(Some(0.184)), "+0.18");
        assert_eq!(skill(Some(-0.18)), "\u{2212}0.18");
    }

    #[test]
    fn spans_sizes_and_days_read_naturally() {
        assert_eq!(duration(600.0), "10\u{a0}min");
        assert_eq!(duration(7500.0), "2\u{a0}h 05\u{a0}min");
        assert_eq!(duration(0.42), "0.4\u{a0}s");
        assert_eq!(bytes(3 << 30), "3.0\u{a0}GiB");
        assert_eq!(bytes(12), "12\u{a0}B");
        assert_eq!(day("2016-01-31T04:05:06Z"), "2016-01-31");
        assert_eq!(counted(1, "flight"), "1\u{a0}flight");
    }
}
