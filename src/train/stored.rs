//! *Stored* results are what a part's estimators came to, as bytes: predictions of held-out
//! flights, importances, and the estimators themselves.
//!
//! `way` puts them into a part's file and takes them out of it again, to the last bit.

use ndarray::Array2;

use super::fitting::Made;
use super::scoring::State;
use crate::models::Durations;
use crate::models::bytes::{Malformed, Reader, Writer};
use crate::tables::Importance;

/// What can be put into a part's file.
pub(super) trait Stored: Sized + Send {
    /// Appends it.
    fn write(&self, out: &mut Writer);

    /// Reads what [`Self::write`] appended.
    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// The bytes of a result.
pub(super) fn to_bytes(value: &impl Stored) -> Vec<u8> {
    let mut out = Writer::default();
    value.write(&mut out);
    out.0
}

/// The result that some bytes are.
pub(super) fn from_bytes<T: Stored>(bytes: &[u8]) -> Result<T, Malformed> {
    let mut input = Reader(bytes);
    let value = T::read(&mut input)?;
    input.end("the end of a result")?;
    Ok(value)
}

impl Stored for Vec<State> {
    fn write(&self, out: &mut Writer) {
        out.count(self.len());
        for (predicted, spread) in self {
            out.count(predicted.nrows());
            out.count(predicted.ncols());
            out.f64s(predicted);
            out.u8(u8::from(spread.is_some()));
            out.f32s(spread.iter().flatten());
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = input.count(17, "the number of fractions")?;
        (0..count).map(|_| state(input)).collect()
    }
}

fn state(input: &mut Reader<'_>) -> Result<State, Malformed> {
    let wrong = Malformed("the shape of predictions");
    let (rows, columns) = (input.u64("rows")? as usize, input.u64("columns")? as usize);
    let cells = rows.checked_mul(columns).ok_or(wrong)?;
    let predicted = input.any_f64s(cells, "predictions")?;
    let predicted = Array2::from_shape_vec((rows, columns), predicted).map_err(|_| wrong)?;
    let spread = if input.u8("whether there is a spread")? == 0 {
        None
    } else {
        let spread = input.any_f32s(cells, "spreads")?;
        Some(Array2::from_shape_vec((rows, columns), spread).map_err(|_| wrong)?)
    };
    Ok((predicted, spread))
}

impl Stored for Vec<Importance> {
    fn write(&self, out: &mut Writer) {
        out.count(self.len());
        for row in self {
            let Importance {
                model,
                horizon,
                split,
                axis,
                method,
                fraction,
                target,
                feature,
                importance,
                std,
            } = row;
            out.text(model.as_str());
            out.text(&horizon.to_string());
            out.text(split.map_or("", |split| split.as_str()));
            out.text(axis.as_str());
            out.text(method.as_str());
            out.text(target.map_or("", |target| target.as_str()));
            out.text(feature);
            // None is what no fraction and no spread can be.
            let none = f64::NAN;
            out.f64s(&[fraction.unwrap_or(none), *importance, std.unwrap_or(none)]);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = input.count(80, "the number of importances")?;
        (0..count).map(|_| importance(input)).collect()
    }
}

fn importance(input: &mut Reader<'_>) -> Result<Importance, Malformed> {
    let (model, horizon) = (input.label("a model")?, input.label("a horizon")?);
    let split = optional(input, "a split")?;
    let (axis, method) = (input.label("an axis")?, input.label("a method")?);
    let target = optional(input, "a target")?;
    let feature = input.text("a feature")?.to_owned();
    let numbers = input.any_f64s(3, "an importance")?;
    let some = |value: f64| (!value.is_nan()).then_some(value);
    let (fraction, std) = (some(numbers[0]), some(numbers[2]));
    let importance = numbers[1];
    Ok(Importance {
        model,
        horizon,
        split,
        axis,
        method,
        fraction,
        target,
        feature,
        importance,
        std,
    })
}

/// A label, or none for an empty word.
fn optional<T: std::str::FromStr>(
    input: &mut Reader<'_>,
    what: &'static str,
) -> Result<Option<T>, Malformed> {
    let text = input.text(what)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Malformed(what))
}

impl Stored for Durations {
    fn write(&self, out: &mut Writer) {
        let Self { predicted_s, spread } = self;
        out.count(predicted_s.len());
        out.f64s(predicted_s);
        out.u8(u8::from(spread.is_some()));
        out.f32s(spread.iter().flatten());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = input.count(8, "the number of durations")?;
        let predicted_s = input.any_f64s(count, "durations")?;
        let has_spread = input.u8("whether there is a spread")? != 0;
        let spread = has_spread.then(|| input.any_f32s(count, "spreads")).transpose()?;
        Ok(Self { predicted_s, spread })
    }
}

impl Stored for Vec<u8> {
    fn write(&self, out: &mut Writer) {
        out.bytes(self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(input.bytes("an estimator")?.to_vec())
    }
}

impl Stored for Made {
    fn write(&self, out: &mut Writer) {
        out.bytes(&self.bytes);
        self.importances.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bytes = input.bytes("an estimator")?.to_vec();
        Ok(Self { bytes, importances: Vec::read(input)? })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;
    use crate::tables::{Axis, Horizon, ImportanceMethod, ModelName, Split, Target};

    fn rows() -> Vec<Importance> {
        let one = Importance {
            model: ModelName::Forest,
            horizon: "elapsed:600s".parse().unwrap(),
            split: Some(Split::Forward),
            axis: Axis::Distance,
            method: ImportanceMethod::Permutation,
            fraction: Some(0.1 + 0.2),
            target: Some(Target::Altitude),
            feature: "wïnd".to_owned(),
            importance: -0.1,
            std: Some(f64::MIN_POSITIVE),
        };
        let none = Importance {
            horizon: Horizon::Departure,
            split: None,
            fraction: None,
            target: None,
            std: None,
            ..one.clone()
        };
        vec![one, none]
    }

    #[test]
    fn results_come_back_to_the_last_bit() {
        let found: Vec<Importance> = from_bytes(&to_bytes(&rows())).unwrap();
        assert_eq!(found, rows());
        let made = Made { bytes: vec![1, 2, 3], importances: rows() };
        let found: Made = from_bytes(&to_bytes(&made)).unwrap();
        assert_eq!((found.bytes, found.importances), (made.bytes, made.importances));
        let predicted = array![[0.1, -0.0, f64::INFINITY], [f64::NAN, 1e-310, 2.0]];
        let spread = array![[0.1_f32, -0.0, f32::NAN], [1.0, 2.0, 3.0]];
        let seen: Vec<State> = vec![(predicted.clone(), Some(spread)), (predicted, None)];
        let found: Vec<State> = from_bytes(&to_bytes(&seen)).unwrap();
        assert_eq!(to_bytes(&found), to_bytes(&seen));
        assert_eq!(found[0].0[[0, 1]].to_bits(), (-0.0_f64).to_bits());
    }

    proptest! {
        /// A file's seal holds before this is called, so this is about bugs and not about
        /// hostile bytes; still it must not take more memory than there are bytes for.
        #[test]
        fn other_bytes_are_refused_and_not_believed(
            cut in any::<prop::sample::Index>(),
            flip in any::<u8>(),
        ) {
            let bytes = to_bytes(&rows());
            let at = cut.index(bytes.len());
            prop_assert!(from_bytes::<Vec<Importance>>(&bytes[..at]).is_err());
            let mut bytes = bytes;
            bytes[at] ^= flip;
            let _ = from_bytes::<Vec<Importance>>(&bytes);
            let _ = from_bytes::<Vec<State>>(&bytes);
            let _ = from_bytes::<Made>(&bytes);
        }
    }
}
