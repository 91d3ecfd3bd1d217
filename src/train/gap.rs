//! The setting `train.gap`: a time such as `12h`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::units::duration;

/// How long before the first held-out flight of a forward fold the flights that it learns from
/// must have landed; `0h` asks for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gap(pub Duration);

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let units = [(86_400, "d"), (3600, "h"), (60, "min")];
        match units.iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{}{name}", seconds / unit),
            None if seconds == 0 => f.pad("0h"),
            None => write!(f, "{seconds}s"),
        }
    }
}

impl Serialize for Gap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Gap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            || de::Error::custom(format!("must be a time such as 12h or 3d, found `{text}`"));
        duration(&text).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_read_back_as_written_and_other_texts_are_refused() {
        for (text, seconds) in [("0h", 0), ("12h", 43_200), ("3d", 259_200), ("90s", 90)] {
            let gap: Gap = serde_json::from_value(text.into()).unwrap();
            assert_eq!(gap.0.as_secs(), seconds);
            assert_eq!(gap.to_string(), text);
        }
        for (text, shortest) in [("24h", "1d"), ("120min", "2h"), ("0s", "0h")] {
            let gap: Gap = serde_json::from_value(text.into()).unwrap();
            assert_eq!(gap.to_string(), shortest);
        }
        for text in ["", "h", "12", "-1h", "+1h", "1.5h", "1w", "99999999999999999999h"] {
            assert!(serde_json::from_value::<Gap>(text.into()).is_err(), "{text}");
        }
    }
}
