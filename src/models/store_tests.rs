//! Tests of the model file: what was written is read bit by bit, and nothing else is.

use std::path::Path;

use ndarray::{Array2, ArrayView2};
use sha2::{Digest as _, Sha256};

use super::testing::{Lessons, fit_all, fit_one_duration, flights, forest_config, lessons};
use super::{
    Calibration, Calibrations, Encoder, ForestConfig, Inputs, MeasureCalibrations, Model,
    ModelFile, ModelWriter, encode, is_stored, n_estimators, path,
};
use crate::problem::{Class, Problem as _};
use crate::tables::{Axis, ModelName, write_atomically};

const FRACTIONS: [f64; 2] = [0.25, 0.75];

/// Every kind of model fitted at every fraction, with the inputs that it saw.
struct Fitted {
    x: Array2<f32>,
    pairs: Vec<Option<String>>,
    encoder: Encoder,
    models: Vec<(ModelName, Vec<Model>)>,
    durations: Vec<Model>,
}

fn fitted(n: usize) -> Fitted {
    let mut table = flights(n);
    table.origin[0] = None;
    table.destination[1] = Some("LFPG".to_owned());
    let lessons = lessons(&table, &FRACTIONS, &["destination".to_owned()]);
    let forest = ForestConfig { trees: 2, ..forest_config() };
    let stored = || ModelName::ALL.iter().copied().filter(|name| is_stored(*name));
    let models = stored().map(|name| (name, fit_all(name, &lessons.training(), &forest))).collect();
    let training = lessons.training();
    let durations = stored().map(|name| fit_one_duration(name, &training, &forest)).collect();
    let Lessons { dataset, encoder, x, .. } = lessons;
    Fitted { x, pairs: dataset.pairs, encoder, models, durations }
}

fn write(path: &Path, fitted: &Fitted) -> String {
    write_atomically(path, |file| {
        let mut writer = ModelWriter::new(file, &FRACTIONS)?;
        writer.begin_set(Axis::Time, true, fitted.encoder.clone());
        for ((name, models), duration) in fitted.models.iter().zip(&fitted.durations) {
            for model in models {
                writer.add(*name, &encode(model).unwrap())?;
            }
            writer.add_duration(&encode(duration).unwrap())?;
            // Not all models need have been judged.
            if *name != ModelName::GreatCircle {
                writer.add_calibrations(&calibrations())?;
            }
        }
        writer.finish()
    })
    .unwrap()
}

/// Calibrations of two fractions, five targets and the horizontal distance.
fn calibrations() -> Calibrations {
    let measures = |from: usize| {
        let spread = (from..from + 12).map(|i| (i as f64, Some(0.5 + i as f64)));
        let calibration = Calibration::learn(&spread.collect::<Vec<_>>());
        let unknown = Calibration::learn(&[(1.0, None)]);
        MeasureCalibrations {
            states: [[calibration; 11].as_slice(), &[unknown]].concat(),
            duration: calibration,
        }
    };
    let pairs = [("LEMD-LEBL".to_owned(), measures(3)), ("LEMD-LFPG".to_owned(), measures(20))];
    Calibrations::new(pairs.into(), measures(7))
}

fn predict<'a>(model: &Model, x: ArrayView2<'a, f32>, pairs: &'a [Option<String>]) -> Array2<f64> {
    let predicted = model.predict(Inputs { x, pairs }).unwrap();
    path::joined(&predicted)
}

/// Whether a pair has several routes in the route clusters among some models.
fn has_routes(models: &[(ModelName, Vec<Model>)]) -> bool {
    models.iter().flat_map(|(_, models)| models).any(
        |model| matches!(model, Model::RouteCluster(path) if !path.estimator.routes.is_empty()),
    )
}

#[test]
fn what_is_read_back_predicts_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.traj");
    let fitted = fitted(30);
    assert!(has_routes(&fitted.models));
    let digest = write(&path, &fitted);
    let mut file = ModelFile::open(&path).unwrap();
    assert_eq!(file.digest, digest);
    assert_eq!(digest, crate::tables::sha256_hex(&std::fs::read(&path).unwrap()));
    assert_eq!(file.fractions, FRACTIONS);
    assert_eq!(file.sets[0].encoder, fitted.encoder);
    let names: Vec<ModelName> = fitted.models.iter().map(|(name, _)| *name).collect();
    assert_eq!(file.sets[0].models().collect::<Vec<_>>(), names);
    let mut x = fitted.x.clone();
    x[[3, 0]] = f32::NAN;
    for (name, models) in &fitted.models {
        for (at, model) in models.iter().enumerate() {
            let read = file.model(0, *name, at).unwrap().unwrap();
            let (found, expected) =
                (predict(&read, x.view(), &fitted.pairs), predict(model, x.view(), &fitted.pairs));
            assert!(found.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }
    for (name, duration) in names.iter().zip(&fitted.durations) {
        let read = file.duration(0, *name).unwrap().unwrap();
        let (found, expected) =
            (predict(&read, x.view(), &fitted.pairs), predict(duration, x.view(), &fitted.pairs));
        assert_eq!(found.dim(), (30, 1));
        assert!(found.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}");
        let learnt = (*name != ModelName::GreatCircle).then(calibrations);
        assert_eq!(file.calibrations(0, *name).unwrap(), learnt);
    }
    assert!(file.model(0, ModelName::SmartcoreForest, 0).unwrap().is_none());
    assert!(file.duration(0, ModelName::SmartcoreForest).unwrap().is_none());
    file.verify().unwrap();
}

#[test]
fn every_truncation_and_every_flipped_byte_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.traj");
    write(&path, &fitted(3));
    let whole = std::fs::read(&path).unwrap();
    let is_damaged = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = ModelFile::open(&path).unwrap_err();
        error.class() == Class::Damaged && error.hint().unwrap().contains("traj train")
    };
    for len in 0..whole.len() {
        assert!(is_damaged(&whole[..len]), "{len} bytes");
    }
    let mut bytes = whole.clone();
    for at in 0..whole.len() {
        bytes[at] ^= 0x10;
        assert!(is_damaged(&bytes), "byte {at}");
        bytes[at] = whole[at];
    }
    bytes.push(0);
    assert!(is_damaged(&bytes));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(ModelFile::open(&path).unwrap_err().class(), Class::Usage);
}

/// Whoever forges the digest as well may get a model that makes no sense, but no panic.
#[test]
fn a_forged_file_is_refused_or_predicts_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.traj");
    let fitted = fitted(3);
    write(&path, &fitted);
    let whole = std::fs::read(&path).unwrap();
    let body = whole.len() - 32;
    let mut refused = 0;
    let index =
        usize::try_from(u64::from_le_bytes(whole[body - 8..body].try_into().unwrap())).unwrap();
    let mut tried = 0;
    // Every byte of the index, where lengths and places are, and a sample of the rest.
    for at in (0..body).filter(|at| *at < 16 || *at >= index || at % 11 == 0) {
        for flip in [0x01, 0x80] {
            tried += 1;
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let digest = Sha256::digest(&bytes[..body]);
            bytes[body..].copy_from_slice(&digest);
            std::fs::write(&path, &bytes).unwrap();
            let Ok(mut file) = ModelFile::open(&path) else {
                refused += 1;
                continue;
            };
            if file.verify().is_err() {
                refused += 1;
                continue;
            }
            let x = Array2::zeros((2, file.sets.first().map_or(1, |set| set.encoder.width())));
            let pairs = [None, Some("A-B".to_owned())];
            let estimators = fitted.models.iter().flat_map(|(name, _)| {
                (0..n_estimators(*name, FRACTIONS.len())).map(|at| (*name, at))
            });
            for (name, at) in estimators {
                if let Some(Ok(Some(model))) =
                    (!file.sets.is_empty()).then(|| file.model(0, name, at))
                {
                    predict(&model, x.view(), &pairs);
                }
            }
            let has_sets = !file.sets.is_empty();
            for (name, _) in fitted.models.iter().filter(|_| has_sets) {
                if let Ok(Some(model)) = file.duration(0, *name) {
                    predict(&model, x.view(), &pairs);
                }
            }
        }
    }
    // A calibration is a number like any other.
    assert!(refused > tried * 2 / 5, "only {refused} of {tried} were refused");
}
