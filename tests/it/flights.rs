//! Flights made by hand: short, one row every few minutes, a little different from each
//! other, so that there is something to learn.

use std::f64::consts::PI;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

/// The first row of every file.
pub(crate) const HEADER: &str = "timestamp,longitude,latitude,altitude_ft,T,m";

/// Name, longitude and latitude of an airport.
type Airport = (&'static str, f64, f64);
const MADRID: Airport = ("LEMD", -3.5608, 40.4719);
const BARCELONA: Airport = ("LEBL", 2.0785, 41.2971);
const PALMA: Airport = ("LEPA", 2.7388, 39.5517);

/// One flight and the file that it is in.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    pub(crate) from: Airport,
    pub(crate) to: Airport,
    pub(crate) callsign: String,
    pub(crate) aircraft: &'static str,
    pub(crate) start: Timestamp,
    /// Seconds between two rows.
    pub(crate) step_s: i64,
    pub(crate) rows: usize,
    /// How far the flight leaves the straight line, in degrees.
    pub(crate) bend_deg: f64,
}

/// The flight of a number: four a day from 1 March 2024, one in four to Palma.
pub(crate) fn flight(number: usize) -> Flight {
    let hours = 24 * (number / 4) + 6 + 4 * (number % 4);
    let midnight: Timestamp = "2024-03-01T00:00:00Z".parse().expect("a time");
    Flight {
        from: MADRID,
        to: if number % 4 == 3 { PALMA } else { BARCELONA },
        callsign: format!("IBE{}", 1000 + number),
        aircraft: if number.is_multiple_of(3) { "A320" } else { "B738" },
        start: midnight + SignedDuration::from_hours(hours as i64),
        step_s: 160 + (number * 7 % 5) as i64 * 10,
        rows: 20,
        bend_deg: ((number * 5 % 7) as f64 - 3.0) / 20.0,
    }
}

/// The first flights.
pub(crate) fn flights(count: usize) -> Vec<Flight> {
    (0..count).map(flight).collect()
}

impl Flight {
    /// The flight's id, which is the file's name without its ending.
    pub(crate) fn id(&self) -> String {
        let Self { from, to, callsign, aircraft, start, .. } = self;
        let date = start.strftime("%Y%m%dT%H%M%S");
        format!("{}-{}_{callsign}_{aircraft}_{date}", from.0, to.0)
    }

    /// The file's name.
    pub(crate) fn name(&self) -> String {
        format!("{}.csv", self.id())
    }

    /// Seconds from the first row to the last.
    pub(crate) fn duration_s(&self) -> i64 {
        self.step_s * (self.rows as i64 - 1)
    }

    /// The data rows, each without its line feed.
    pub(crate) fn lines(&self) -> Vec<String> {
        (0..self.rows).map(|row| self.line(row)).collect()
    }

    fn line(&self, row: usize) -> String {
        let share = row as f64 / (self.rows as f64 - 1.0);
        let between = |a: f64, b: f64| a + (b - a) * share;
        let time = self.start + SignedDuration::from_secs(self.step_s * row as i64);
        let level_ft = 34_000.0 + 20_000.0 * self.bend_deg;
        let altitude_ft = level_ft * (4.0 * share).min(4.0 * (1.0 - share)).min(1.0);
        let mut line = String::new();
        write!(
            line,
            "{},{:.6},{:.6},{:.0},{:.2},{:.1}",
            time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            between(self.from.1, self.to.1),
            between(self.from.2, self.to.2) + self.bend_deg * (PI * share).sin(),
            altitude_ft,
            288.15 - 0.001_981_2 * altitude_ft,
            between(62_000.0, 59_500.0) + 1000.0 * self.bend_deg,
        )
        .expect("writing to a String cannot fail");
        line
    }

    /// The whole file.
    pub(crate) fn csv(&self) -> String {
        file_of(&self.lines())
    }
}

/// A file of these rows.
pub(crate) fn file_of(lines: &[String]) -> String {
    let mut text = format!("{HEADER}\n");
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}
