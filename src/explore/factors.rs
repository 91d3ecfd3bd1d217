//! *Factors* are what groups of flights differ by: weekday, hour, month, aircraft type, airline.
//!
//! The section on hypotheses tests durations by them, that on routes counts by the first two.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::material::Material;
use crate::chart::plain_text;
use crate::page::words::MONTHS;

/// Hours of a band of the day.
const BAND_H: i8 = 3;
const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What groups of flights differ by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factor {
    Weekday,
    Hour,
    Month,
    AircraftType,
    Airline,
}

impl Factor {
    pub(super) const ALL: [Self; 5] =
        [Self::Weekday, Self::Hour, Self::Month, Self::AircraftType, Self::Airline];

    /// Its name, as in settings and tables.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Month => "month",
            Self::AircraftType => "aircraft_type",
            Self::Airline => "airline",
        }
    }

    /// Its name for people.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Weekday => "Weekday (UTC)",
            Self::Hour => "Hour of departure (UTC)",
            Self::Month => "Month (UTC)",
            Self::AircraftType => "Aircraft type",
            Self::Airline => "Airline",
        }
    }

    /// "on one weekday than on another".
    pub(super) fn one_than_another(self) -> &'static str {
        match self {
            Self::Weekday => "on one weekday than on another",
            Self::Hour => "at one hour of the day than at another",
            Self::Month => "in one month than in another",
            Self::AircraftType => "with one aircraft type than with another",
            Self::Airline => "by one airline than by another",
        }
    }

    /// "on some weekdays than on others".
    pub(super) fn some_than_others(self) -> &'static str {
        match self {
            Self::Weekday => "on some weekdays than on others",
            Self::Hour => "at some hours of the day than at others",
            Self::Month => "in some months than in others",
            Self::AircraftType => "with some aircraft types than with others",
            Self::Airline => "by some airlines than by others",
        }
    }

    /// "on Mondays": a group of its.
    pub(super) fn of_group(self, group: &str) -> String {
        match self {
            Self::Weekday => format!("on {group}s"),
            Self::Hour => format!("departing at {group}"),
            Self::Month => format!("in {group}"),
            Self::AircraftType => format!("with {group}"),
            Self::Airline => format!("by {group}"),
        }
    }

    /// The names of the groups that have an order of their own; none for words, which go by
    /// their names.
    pub(super) fn groups(self) -> Vec<String> {
        match self {
            Self::Weekday => WEEKDAYS.map(str::to_owned).to_vec(),
            Self::Hour => (0..24 / BAND_H).map(band).collect(),
            Self::Month => MONTHS.map(str::to_owned).to_vec(),
            Self::AircraftType | Self::Airline => Vec::new(),
        }
    }

    /// The group of every flight; none where it is not known. Harmless text.
    pub(super) fn of_flights(self, material: &Material<'_>) -> Vec<Option<String>> {
        let table = &material.features;
        let words = |name: &str| match material.category(name) {
            Some(words) => {
                words.iter().map(|w| w.as_deref().map(|word| plain_text(word, 24))).collect()
            }
            None => vec![None; table.n_flights()],
        };
        let start = |us: Option<i64>| {
            let start = Timestamp::from_microsecond(us?).ok()?;
            Some(start.to_zoned(TimeZone::UTC))
        };
        let starts = table.start_time_us.iter().map(|us| start(*us));
        match self {
            Self::AircraftType | Self::Airline => words(self.as_str()),
            Self::Weekday => starts
                .map(|start| {
                    let day = start?.weekday().to_monday_zero_offset();
                    Some(WEEKDAYS[usize::try_from(day).ok()?].to_owned())
                })
                .collect(),
            Self::Hour => starts.map(|start| Some(band(start?.hour() / BAND_H))).collect(),
            Self::Month => starts
                .map(|start| {
                    let month = usize::try_from(start?.month()).ok()?;
                    Some(MONTHS[month - 1].to_owned())
                })
                .collect(),
        }
    }
}

/// `06–09 h`: a band of the day by its number.
fn band(number: i8) -> String {
    format!("{:02}–{:02}\u{a0}h", number * BAND_H, (number + 1) * BAND_H)
}
