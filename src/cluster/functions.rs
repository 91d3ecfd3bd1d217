//! The *functions* that workers have: what the file of a flight comes to, and what the estimators
//! of a part come to. They are the engine's only ones; what they depend on is in their arguments
//! and in the worker's folders.

use std::fmt;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{
    Array as _, ArrayRef, Int64Array, LargeBinaryArray, StringArray, UInt64Array,
    as_primitive_array,
};
use datafusion::arrow::datatypes::{DataType, Int64Type, UInt64Type};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::order::{Order, below};
use super::seal::seal;
use crate::config::Loaded;
use crate::features::read_flight;
use crate::flight::Recipe;
use crate::progress::Silent;
use crate::tables::{CatalogRow, Part};
use crate::train::{TrainInputs, train_part};

/// Gives the outcome of a flight's file, sealed: path below the data folder, size, time of
/// change, source, order.
pub(super) const FLIGHT: &str = "traj_flight_features";
/// Gives the file of a part of a run, sealed: part (`3/40`), order.
pub(super) const FITS: &str = "traj_fits";

/// The folders of a worker.
#[derive(Debug)]
pub(super) struct Folders {
    /// Of the flights.
    pub(super) data: PathBuf,
    /// Shared with all.
    pub(super) shared: PathBuf,
    /// Its own, for what is being made.
    pub(super) own: PathBuf,
}

/// The functions for a worker, or for those who only name them.
pub(super) fn functions(folders: Option<&Arc<Folders>>) -> Vec<Arc<ScalarUDF>> {
    let text = || DataType::Utf8;
    let of_flight = vec![text(), DataType::UInt64, DataType::Int64, text(), text()];
    [(FLIGHT, of_flight), (FITS, vec![text(), text()])]
        .map(|(name, arguments)| {
            Arc::new(ScalarUDF::from(Function {
                name,
                // Files change, so what comes out is no constant of what goes in.
                signature: Signature::exact(arguments, Volatility::Volatile),
                folders: folders.cloned(),
                ready: Mutex::default(),
            }))
        })
        .into()
}

/// One of the functions.
struct Function {
    name: &'static str,
    signature: Signature,
    folders: Option<Arc<Folders>>,
    /// The order that came last, ready to be carried out: it comes again with every batch.
    ready: Mutex<Option<Arc<Ready>>>,
}

/// An order that was read.
struct Ready {
    text: String,
    order: Order,
    loaded: Loaded,
    recipe: Recipe,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::LargeBinary)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(folders) = &self.folders else {
            return exec_err!("{} can only be called on a worker", self.name);
        };
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let made = match self.name {
            FLIGHT => self.flights(folders, &columns),
            _ => self.fits(folders, &columns),
        };
        Ok(ColumnarValue::Array(Arc::new(made?)))
    }
}

impl Function {
    fn flights(&self, folders: &Folders, columns: &[ArrayRef]) -> Result<LargeBinaryArray> {
        let [paths, bytes, times, sources, orders] = columns else {
            return exec_err!("{FLIGHT} takes five arguments");
        };
        let (paths, sources, orders) = (texts(paths)?, texts(sources)?, texts(orders)?);
        let bytes: &UInt64Array = as_primitive_array::<UInt64Type>(bytes);
        let times: &Int64Array = as_primitive_array::<Int64Type>(times);
        (0..paths.len())
            .map(|at| {
                let ready = self.ready(orders.value(at))?;
                let Some(path) = below(paths.value(at)) else {
                    return exec_err!("a path leads out of the data folder");
                };
                let mut sources_of_order = ready.loaded.sources.iter();
                let source = sources_of_order.find(|s| s.config.name == sources.value(at));
                let Some(source) = source else {
                    return exec_err!("the order has no source `{}`", sources.value(at));
                };
                let path = path.to_string_lossy().into_owned();
                let (bytes, mtime_ns) = (bytes.value(at), times.value(at));
                let row = CatalogRow { path, bytes, mtime_ns, ..CatalogRow::default() };
                Ok(Some(seal(read_flight(&folders.data, &row, source, &ready.recipe))))
            })
            .collect()
    }

    fn fits(&self, folders: &Folders, columns: &[ArrayRef]) -> Result<LargeBinaryArray> {
        let [parts, orders] = columns else { return exec_err!("{FITS} takes two arguments") };
        let (parts, orders) = (texts(parts)?, texts(orders)?);
        (0..parts.len())
            .map(|at| {
                let part = parts.value(at).parse().map_err(DataFusionError::Execution)?;
                let ready = self.ready(orders.value(at))?;
                let fitted = fit(folders, &ready, part).map_err(DataFusionError::Execution)?;
                Ok(Some(seal(fitted)))
            })
            .collect()
    }

    fn ready(&self, text: &str) -> Result<Arc<Ready>> {
        let mut slot = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = slot.as_ref().filter(|ready| ready.text == text) {
            return Ok(ready.clone());
        }
        let order = Order::parse(text).map_err(DataFusionError::Execution)?;
        let loaded = order.load().map_err(DataFusionError::Execution)?;
        let recipe = loaded.config.features.recipe(&loaded.config.targets);
        let ready = Arc::new(Ready { text: text.to_owned(), order, loaded, recipe });
        *slot = Some(ready.clone());
        Ok(ready)
    }
}

fn texts(column: &ArrayRef) -> Result<&StringArray> {
    let texts = column.as_any().downcast_ref();
    texts.ok_or_else(|| DataFusionError::Execution("an argument is no text".to_owned()))
}

/// Fits a part in a folder of its own, and gives the bytes of its file.
fn fit(folders: &Folders, ready: &Ready, part: Part) -> std::result::Result<Vec<u8>, String> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let out = folders.own.join(format!("fit-{number}"));
    let made = fit_in(folders, ready, part, &out);
    // What is left of it is removed with the worker's folder.
    let _ = fs::remove_dir_all(&out);
    made
}

fn fit_in(
    folders: &Folders,
    ready: &Ready,
    part: Part,
    out: &Path,
) -> std::result::Result<Vec<u8>, String> {
    let tables = folders.shared.join(ready.order.tables()?);
    fs::create_dir_all(out).map_err(|error| error.to_string())?;
    let mut train = ready.loaded.config.train.clone();
    train.folds_file = train.folds_file.map(|file| tables.join(file));
    let made = ready.loaded.with_train_inputs(&tables, out, |inputs| {
        // As the run goes by where it was asked for, whatever its folds are called there.
        let config_hash = ready.order.config_hash();
        let inputs = TrainInputs { train: &train, config_hash, ..*inputs };
        train_part(&inputs, part, out, &Silent)
    });
    made.map_err(|error| error.to_string())?;
    fs::read(out.join(crate::train::PART_FILE)).map_err(|error| error.to_string())
}
