//! The `[select]` section: which flights of the catalog are read.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::problem::Invalid;
use crate::tables::CatalogRow;

/// The `[select]` section; what is empty selects everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectConfig {
    /// Pairs, such as `LEMD-LEBL`.
    pub pairs: Vec<String>,
    /// The first day, `2024-03-01`, or time, `2024-03-01T06:00:00Z`.
    pub from: String,
    /// The last day, or the time before which flights start.
    pub to: String,
    /// ICAO aircraft type designators.
    pub aircraft: Vec<String>,
}

/// A selection with its times parsed.
#[derive(Debug)]
pub(super) struct Selection<'a> {
    config: &'a SelectConfig,
    from_us: Option<i64>,
    before_us: Option<i64>,
}

const DAY_US: i64 = 86_400 * crate::units::MICROSECONDS;

impl SelectConfig {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`Invalid`] naming the key.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.parsed().map(|_| ())
    }

    pub(super) fn parsed(&self) -> Result<Selection<'_>, Invalid> {
        let from_us = time_us("select.from", &self.from)?.map(|(time, _)| time);
        // A day as the end means all of that day.
        let end = time_us("select.to", &self.to)?;
        let before_us = end.map(|(time, is_day)| if is_day { time + DAY_US } else { time });
        if let Some(pair) = self.pairs.iter().find(|pair| !pair.contains('-')) {
            let message = format!("`{pair}` is not a pair such as `LEMD-LEBL`");
            return Err(Invalid::new("select.pairs", message));
        }
        Ok(Selection { config: self, from_us, before_us })
    }

    /// The selection in words, for the tables' metadata and for the user.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        if !self.pairs.is_empty() {
            parts.push(format!("pair {}", self.pairs.join(" or ")));
        }
        if !self.from.is_empty() {
            parts.push(format!("from {}", self.from));
        }
        if !self.to.is_empty() {
            parts.push(format!("to {}", self.to));
        }
        if !self.aircraft.is_empty() {
            parts.push(format!("aircraft {}", self.aircraft.join(" or ")));
        }
        if parts.is_empty() { "all flights".to_owned() } else { parts.join(", ") }
    }
}

impl Selection<'_> {
    /// Whether a flight is selected. A flight without a calendar is outside every time range,
    /// one without a pair outside every list of pairs.
    pub(super) fn takes(&self, row: &CatalogRow) -> bool {
        let pair = || Some(format!("{}-{}", row.origin.as_deref()?, row.destination.as_deref()?));
        let in_pairs = self.config.pairs.is_empty()
            || pair().is_some_and(|pair| self.config.pairs.contains(&pair));
        let start = row.start_time_us;
        let after = self.from_us.is_none_or(|from| start.is_some_and(|start| start >= from));
        let before = self.before_us.is_none_or(|end| start.is_some_and(|start| start < end));
        let of_type = self.config.aircraft.is_empty()
            || row.aircraft_type.as_ref().is_some_and(|t| self.config.aircraft.contains(t));
        in_pairs && after && before && of_type
    }
}

/// A time, and whether it is a whole day; none for nothing.
fn time_us(key: &str, text: &str) -> Result<Option<(i64, bool)>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(Some((time.as_microsecond(), false)));
    }
    let midnight = |day: Date| day.to_zoned(TimeZone::UTC).ok();
    let day = text.parse::<Date>().ok().and_then(midnight).ok_or_else(|| {
        let message = format!("`{text}` is neither 2024-03-01 nor 2024-03-01T06:00:00Z");
        Invalid::new(key, message)
    })?;
    Ok(Some((day.timestamp().as_microsecond(), true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_at_the_end_is_taken_whole() {
        let config = SelectConfig {
            pairs: vec![],
            from: "2024-03-01".into(),
            to: "2024-03-01".into(),
            aircraft: vec![],
        };
        let selection = config.parsed().unwrap();
        let flight = |time: &str| CatalogRow {
            start_time_us: time.parse::<Timestamp>().ok().map(Timestamp::as_microsecond),
            ..CatalogRow::default()
        };
        assert!(selection.takes(&flight("2024-03-01T23:59:59Z")));
        assert!(!selection.takes(&flight("2024-03-02T00:00:00Z")));
        assert!(!selection.takes(&flight("2024-02-29T23:59:59Z")));
        assert!(!selection.takes(&flight("no calendar")));
    }
}
