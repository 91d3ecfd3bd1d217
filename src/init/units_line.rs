//! A units line stands before or after the header and says in which unit each column is.
//!
//! [`super::sniff`] looks for one: its cells are words where the rows below have numbers.

use super::specimen::timestamp_s;
use super::words::{has, unit, words};
use crate::flight::{Cell, Decimal, parse_number};

/// Most rows of words between the header and the data.
const MOST_ROWS: usize = 3;
/// Rows of data that are looked at.
const ROWS_BELOW: usize = 20;
/// What may follow a unit in its cell: `ft Baro`, `degrees true`.
const QUALIFIERS: &str = "baro msl wgs wgs84 agl gps std pressure n e north east true mag";
/// Words that units lines are made of, besides those that [`unit`] knows.
const UNITS: &str = "\
    kt kts knots fpm mps kmh mph ft m s sec deg degc degf c f k rpm psi pa hpa kpa mbar bar \
    inch inhg hg volts v amps a gph gals gal lbs lb kg g pct percent enum bool ident text \
    string float int integer number utc local yyyy yyy yy mm dd hh ss iso iso8601 datetime \
    unitless none mach hz khz mhz n nm w j";

/// Where in the first rows of a table the names are, and what says their units.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Placed {
    /// Rows of words before the names.
    pub(super) before: usize,
    /// Rows of words between the names and the data.
    pub(super) after: usize,
    /// The units line among them.
    pub(super) units: Option<usize>,
}

/// Tells names from units in the first rows of a table; the first row is one or the other.
pub(super) fn place(rows: &[Vec<&str>]) -> Placed {
    let words = (1..=MOST_ROWS)
        .take_while(|at| {
            let below = &rows[(at + 1).min(rows.len())..];
            rows.get(*at).is_some_and(|row| *row != rows[0] && is_no_data(row, below))
        })
        .count();
    let of_units = |row: &usize| units_share(&rows[*row]) >= 0.5;
    let Some(units) = (0..=words).find(of_units).filter(|_| words > 0) else {
        return Placed { before: 0, after: words, units: None };
    };
    // Before the names there are units only if the names are none.
    let before = usize::from(units == 0 && !of_units(&1));
    Placed { before, after: words - before, units: (before > 0 || units > 0).then_some(units) }
}

/// Whether a row has words where most rows below have numbers or times.
fn is_no_data(row: &[&str], below: &[Vec<&str>]) -> bool {
    let below = &below[..below.len().min(ROWS_BELOW)];
    let (mut words, mut values) = (0_usize, 0_usize);
    for (at, cell) in row.iter().enumerate() {
        let cells = below.iter().filter_map(|row| row.get(at).copied());
        let present: Vec<&str> = cells.filter(|cell| !is_missing(cell)).collect();
        let valued = present.iter().filter(|cell| is_value(cell)).count();
        if valued * 2 <= present.len() || is_missing(cell) {
            continue;
        }
        if is_value(cell) {
            values += 1;
        } else {
            words += 1;
        }
    }
    words >= 2 && words >= 4 * values
}

fn is_missing(cell: &str) -> bool {
    parse_number(cell.as_bytes(), Decimal::Point) == Cell::Missing
}

fn is_value(cell: &str) -> bool {
    let is_number = |decimal| matches!(parse_number(cell.as_bytes(), decimal), Cell::Number(_));
    is_number(Decimal::Point) || is_number(Decimal::Comma) || timestamp_s(cell.trim()).is_some()
}

/// Share of a row's cells, the empty ones left out, that are made of units.
fn units_share(row: &[&str]) -> f64 {
    let filled: Vec<&&str> = row.iter().filter(|cell| !cell.trim().is_empty()).collect();
    let is_unit = |cell: &&&&str| {
        let words = words(cell);
        unit_in(cell).is_some()
            || words.iter().all(|word| has(std::slice::from_ref(word), UNITS) || word.is_empty())
    };
    filled.iter().filter(is_unit).count() as f64 / filled.len().max(1) as f64
}

/// Whether a line before the header is one of units.
pub(super) fn is_units_line(row: &[&str], width: usize) -> bool {
    let filled = row.iter().filter(|cell| !cell.trim().is_empty()).count();
    row.len() == width && filled > 1 && units_share(row) >= 0.5
}

/// The unit that a cell of a units line names, in the configuration's spelling.
pub(super) fn unit_in(cell: &str) -> Option<&'static str> {
    if cell.trim_matches(|c: char| c.is_whitespace() || "[](){}".contains(c)) == "\u{b0}" {
        return Some("deg");
    }
    let words = words(cell);
    let (first, more) = words.split_first()?;
    let is_plain = more.iter().all(|word| has(std::slice::from_ref(word), QUALIFIERS));
    unit(std::slice::from_ref(first)).filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(lines: &[&str]) -> Placed {
        let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split(',').collect()).collect();
        place(&rows)
    }

    #[test]
    fn units_are_told_from_names_and_data() {
        let data = ["2024-03-05T06:12:00Z,40.5,-3.5,600", "2024-03-05T06:12:10Z,40.6,-3.4,700"];
        let with = |top: &[&str]| placed(&[top, &data[..]].concat());
        let names = "Time,Lat,Lon,AltB";
        let units = "utc, degrees, degrees, ft Baro";
        assert_eq!(with(&[names]), Placed::default());
        assert_eq!(with(&[names, units]), Placed { before: 0, after: 1, units: Some(1) });
        assert_eq!(with(&[units, names]), Placed { before: 1, after: 0, units: Some(0) });
        assert_eq!(with(&[names, units, "clock,gps,gps,computer"]).after, 2);
        assert_eq!(with(&[names, "clock,gps,gps,computer"]).units, None);
        let twice = placed(&[names, names, data[0], data[1]]);
        assert_eq!(twice, Placed::default(), "a header that is repeated");
        let gap = "2024-03-05T06:11:50Z,,nan,-";
        assert_eq!(with(&[names, gap]), Placed::default(), "a row without a position");
        let words = placed(&["a,b", "x,y", "z,u"]);
        assert_eq!(words, Placed::default(), "a table of words");
    }

    #[test]
    fn a_unit_may_be_qualified_but_not_changed() {
        for (cell, unit) in [
            ("ft Baro", Some("ft")),
            ("[degrees]", Some("deg")),
            (" (\u{b0})", Some("deg")),
            ("Metres", Some("m")),
            ("deg C", None),
            ("ft/min", None),
            ("m/s", None),
            ("", None),
        ] {
            assert_eq!(unit_in(cell), unit, "{cell}");
        }
    }
}
