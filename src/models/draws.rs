//! A *draw* says how many of what there is a forest takes: a share (`0.5`), a count (`5`) or,
//! of features, `"sqrt"`.
//!
//! `settings` reads them from the section `[forest]`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::forest::{MaxFeatures, MaxSamples};

/// How many features a node draws: `1.0` (a share), `5` (a count) or `"sqrt"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureDraw(pub MaxFeatures);

/// How many flights the bootstrap of a tree draws: `0.5` (a share) or `2000` (a count).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleDraw(pub MaxSamples);

impl Serialize for FeatureDraw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            MaxFeatures::All => serializer.serialize_f64(1.0),
            MaxFeatures::Share(share) => serializer.serialize_f64(share),
            MaxFeatures::Count(count) => serializer.serialize_u64(count as u64),
            MaxFeatures::Sqrt => serializer.serialize_str("sqrt"),
        }
    }
}

impl Serialize for SampleDraw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            MaxSamples::Share(share) => serializer.serialize_f64(share),
            MaxSamples::Count(count) => serializer.serialize_u64(count as u64),
        }
    }
}

impl<'de> Deserialize<'de> for FeatureDraw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let draw = deserializer.deserialize_any(DrawVisitor { knows_sqrt: true })?;
        Ok(Self(match draw {
            Draw::Share(share) => MaxFeatures::Share(share),
            Draw::Count(count) => MaxFeatures::Count(count),
            Draw::Sqrt => MaxFeatures::Sqrt,
        }))
    }
}

impl<'de> Deserialize<'de> for SampleDraw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = DrawVisitor { knows_sqrt: false };
        match deserializer.deserialize_any(visitor)? {
            Draw::Share(share) => Ok(Self(MaxSamples::Share(share))),
            Draw::Count(count) => Ok(Self(MaxSamples::Count(count))),
            Draw::Sqrt => Err(de::Error::invalid_value(de::Unexpected::Str("sqrt"), &visitor)),
        }
    }
}

/// What was written.
enum Draw {
    Share(f64),
    Count(usize),
    Sqrt,
}

/// Tells a share (`1.0`) from a count (`1`) by how the number is written.
#[derive(Clone, Copy)]
struct DrawVisitor {
    knows_sqrt: bool,
}

impl de::Visitor<'_> for DrawVisitor {
    type Value = Draw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.knows_sqrt {
            "a share such as 1.0, a count such as 5, or \"sqrt\""
        } else {
            "a share such as 0.5 or a count such as 2000"
        })
    }

    fn visit_f64<E: de::Error>(self, share: f64) -> Result<Draw, E> {
        Ok(Draw::Share(share))
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Draw, E> {
        usize::try_from(count).map(Draw::Count).map_err(|_| E::custom("too large a count"))
    }

    fn visit_i64<E: de::Error>(self, count: i64) -> Result<Draw, E> {
        match u64::try_from(count) {
            Ok(count) => self.visit_u64(count),
            Err(_) => Err(E::invalid_value(de::Unexpected::Signed(count), &self)),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Draw, E> {
        match text {
            "sqrt" if self.knows_sqrt => Ok(Draw::Sqrt),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}
