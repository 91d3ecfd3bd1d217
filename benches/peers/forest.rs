//! The forest against its peers: one process measures one thing and prints a JSON line per
//! measurement. `forest.py` calls it and `forest_sklearn.py` in turn and compares.

#![expect(clippy::print_stdout, reason = "the lines are what the program is for")]

mod arguments;
mod data;
mod measure;

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Mutex;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use smartcore::ensemble::random_forest_regressor::{
    RandomForestRegressor, RandomForestRegressorParameters,
};
use smartcore::linalg::basic::matrix::DenseMatrix;
use traj::forest::{Features, Forest, ForestParams, Job, MaxFeatures};

use arguments::{Arguments, USAGE, What};
use data::Data;
use measure::measure;

type Smartcore = RandomForestRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>;
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One flight is predicted so often, each time another.
const N_SINGLE_FLIGHTS: usize = 500;

fn main() -> Outcome<()> {
    let Some(mut arguments) = Arguments::parse(std::env::args().skip(1))? else {
        println!("{USAGE}");
        return Ok(());
    };
    traj::simd::obey_environment()?;
    let data = Data::read(&arguments.data)?;
    if arguments.fractions.is_empty() {
        arguments.fractions = (0..data.y_train.len()).collect();
    }
    if let Some(beyond) = arguments.fractions.iter().find(|index| **index >= data.y_train.len()) {
        return Err(format!("there is no fraction {beyond}").into());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build()?;
    pool.install(|| {
        for repeat in 0..arguments.repeat {
            let seed = arguments.seed + repeat as u64;
            Bench { data: &data, arguments: &arguments, seed }.run()?;
        }
        Ok(())
    })
}

/// One repeat of what the arguments ask for.
struct Bench<'a> {
    data: &'a Data,
    arguments: &'a Arguments,
    seed: u64,
}

impl Bench<'_> {
    fn run(&self) -> Outcome<()> {
        match self.arguments.what {
            What::Joint => self.joint(),
            What::PerTarget => self.per_target(),
            What::Smartcore => self.each_fraction(|fraction| self.smartcore(fraction)),
            What::Path => self.path(),
            What::Large => self.large(),
            What::Predict => self.predict(),
        }
    }

    fn each_fraction(&self, bench: impl Fn(usize) -> Outcome<()>) -> Outcome<()> {
        self.arguments.fractions.iter().try_for_each(|fraction| bench(*fraction))
    }

    /// All fractions at once, as `traj train` fits them; times are the mean of a fraction.
    fn joint(&self) -> Outcome<()> {
        let fractions = &self.arguments.fractions;
        let targets = fractions.iter().map(|&fraction| self.data.y_train[fraction].view());
        let (forests, took) = self.fit_many(&targets.collect::<Vec<_>>())?;
        for (&fraction, forest) in fractions.iter().zip(forests.chunks(1)) {
            let r2 = self.scores(&[fraction], &predict(forest, &self.data.x_test)?);
            self.print("joint", &took, &size(forest), &json!({"fraction": fraction, "r2": r2}));
        }
        Ok(())
    }

    /// As [`joint`](Self::joint), a forest per target.
    fn per_target(&self) -> Outcome<()> {
        let fractions = &self.arguments.fractions;
        let n_targets = self.data.y_test[0].ncols();
        let targets = fractions
            .iter()
            .flat_map(|&fraction| self.data.y_train[fraction].axis_chunks_iter(Axis(1), 1));
        let (forests, took) = self.fit_many(&targets.collect::<Vec<_>>())?;
        for (&fraction, forests) in fractions.iter().zip(forests.chunks(n_targets)) {
            let r2 = self.scores(&[fraction], &predict(forests, &self.data.x_test)?);
            let facts = json!({"fraction": fraction, "r2": r2});
            self.print("per-target", &took, &size(forests), &facts);
        }
        Ok(())
    }

    /// Forests of all targets, and the time and memory that a fraction takes.
    fn fit_many(&self, targets: &[ArrayView2<'_, f64>]) -> Outcome<(Vec<Forest>, Value)> {
        let seed = |at: usize| self.params(at).seed;
        let jobs: Vec<Job<'_>> =
            targets.iter().enumerate().map(|(at, &y)| Job { targets: y, seed: seed(at) }).collect();
        let params = self.params(0).check()?;
        let forests = Mutex::new(BTreeMap::new());
        let (fitted, mut took) = measure(|| {
            let features = Features::new(self.data.x_train.view())?;
            let go_on = || ControlFlow::Continue(());
            let keep = |at, forest| {
                forests.lock().expect("nothing panics here").insert(at, forest);
            };
            Forest::fit_many(&features, &jobs, &params, &go_on, &keep)
        });
        fitted?;
        for key in ["wall_s", "cpu_s"] {
            let share = self.arguments.fractions.len() as f64;
            took[key] = json!(took[key].as_f64().map(|s| s / share));
        }
        let forests = forests.into_inner().expect("nothing panics here");
        Ok((forests.into_values().collect(), took))
    }

    /// smartcore has no threads of its own: the targets are shared out among ours.
    fn smartcore(&self, fraction: usize) -> Outcome<()> {
        let (x, y) = (dense(&self.data.x_train)?, &self.data.y_train[fraction]);
        let columns: Vec<(usize, Vec<f64>)> =
            y.columns().into_iter().map(|column| column.to_vec()).enumerate().collect();
        let (forests, took) = measure(|| -> Outcome<Vec<Smartcore>> {
            let fit = |(target, y): &(usize, Vec<f64>)| {
                Ok(Smartcore::fit(&x, y, self.smartcore_parameters(*target))?)
            };
            columns.par_iter().with_max_len(1).map(fit).collect()
        });
        let x_test = dense(&self.data.x_test)?;
        let mut predicted = Array2::zeros(self.data.y_test[fraction].raw_dim());
        for (mut column, forest) in predicted.columns_mut().into_iter().zip(forests?) {
            column.assign(&ArrayView1::from(&forest.predict(&x_test)?));
        }
        let r2 = self.scores(&[fraction], &predicted);
        self.print("smartcore", &took, &json!({}), &json!({"fraction": fraction, "r2": r2}));
        Ok(())
    }

    fn path(&self) -> Outcome<()> {
        let y = self.data.y_path();
        let (forest, took) = measure(|| self.fit(self.data.x_train.view(), y.view(), 0));
        let forests = [forest?];
        let all: Vec<usize> = (0..self.data.y_test.len()).collect();
        let r2 = self.scores(&all, &predict(&forests, &self.data.x_test)?);
        self.print("path", &took, &size(&forests), &json!({"r2": r2}));
        Ok(())
    }

    fn large(&self) -> Outcome<()> {
        let (x, y) = (self.data.x_large.view(), self.data.y_large.view());
        let (forest, took) = measure(|| self.fit(x, y, 0));
        let forests = [forest?];
        let middle = self.data.y_test.len() / 2;
        let r2 = self.scores(&[middle], &predict(&forests, &self.data.x_test)?);
        self.print("large", &took, &size(&forests), &json!({"rows": x.nrows(), "r2": r2}));
        Ok(())
    }

    /// Many rows through the first of the forests; single flights through all, by one thread.
    fn predict(&self) -> Outcome<()> {
        let fractions = &self.arguments.fractions;
        let x = self.data.x_train.view();
        let forests: Vec<Forest> = fractions
            .iter()
            .map(|&fraction| self.fit(x, self.data.y_train[fraction].view(), 0))
            .collect::<Outcome<_>>()?;
        // The first call warms up, as it does for scikit-learn.
        black_box(predict(&forests[..1], &self.data.x_test)?);
        let many = &self.data.x_many;
        let (predicted, took) = measure(|| predict(&forests[..1], many));
        black_box(predicted?);
        self.print("predict-many", &took, &json!({}), &json!({"rows": many.nrows()}));

        let mut rows = self.data.x_test.rows().into_iter().cycle();
        let mut predicted = vec![0.0; self.data.y_test[0].ncols()];
        let (done, mut took) = measure(|| -> Outcome<()> {
            for row in rows.by_ref().take(N_SINGLE_FLIGHTS) {
                let row = row.to_slice().expect("rows lie one after another");
                for forest in &forests {
                    forest.predict_row_into(row, black_box(&mut predicted))?;
                }
            }
            Ok(())
        });
        done?;
        for key in ["wall_s", "cpu_s"] {
            took[key] = json!(took[key].as_f64().map(|s| s / N_SINGLE_FLIGHTS as f64));
        }
        self.print("predict-one", &took, &json!({}), &json!({"forests": forests.len()}));
        Ok(())
    }

    fn fit(
        &self,
        x: ArrayView2<'_, f32>,
        y: ArrayView2<'_, f64>,
        stream: usize,
    ) -> Outcome<Forest> {
        let params = self.params(stream).check()?;
        Ok(Forest::fit(x, y, &params, &|| ControlFlow::Continue(()))?)
    }

    fn params(&self, stream: usize) -> ForestParams {
        ForestParams {
            n_trees: self.arguments.trees,
            max_features: self.arguments.max_features,
            seed: self.seed * 1000 + stream as u64,
            ..ForestParams::default()
        }
    }

    fn smartcore_parameters(&self, target: usize) -> RandomForestRegressorParameters {
        let width = self.data.x_train.ncols();
        let drawn = match self.arguments.max_features {
            MaxFeatures::All => width,
            MaxFeatures::Share(share) => (share * width as f64) as usize,
            MaxFeatures::Count(count) => count,
            MaxFeatures::Sqrt => width.isqrt(),
        };
        RandomForestRegressorParameters::default()
            .with_n_trees(self.arguments.trees)
            .with_min_samples_split(2)
            .with_min_samples_leaf(1)
            .with_m(drawn.clamp(1, width))
            .with_seed(self.seed * 1000 + target as u64)
    }

    /// R2 on the test rows by target, under the index of each fraction.
    fn scores(&self, fractions: &[usize], predicted: &Array2<f64>) -> Value {
        let n_targets = self.data.y_test[0].ncols();
        let blocks = predicted.axis_chunks_iter(Axis(1), n_targets);
        let scores = fractions.iter().zip(blocks).map(|(fraction, predicted)| {
            let truth = self.data.y_test[*fraction].columns();
            let by_target: Vec<f64> =
                truth.into_iter().zip(predicted.columns()).map(|(y, p)| r2(y, p)).collect();
            (fraction.to_string(), json!(by_target))
        });
        Value::Object(scores.collect())
    }

    fn print(&self, what: &str, took: &Value, size: &Value, more: &Value) {
        let engine = if what == "smartcore" { "smartcore" } else { "traj" };
        let mut line = Map::new();
        line.insert("engine".to_owned(), json!(engine));
        line.insert("what".to_owned(), json!(what));
        line.insert("seed".to_owned(), json!(self.seed));
        line.insert("trees".to_owned(), json!(self.arguments.trees));
        line.insert("threads".to_owned(), json!(self.arguments.threads));
        for part in [took, size, more] {
            line.extend(part.as_object().expect("parts of a line are objects").clone());
        }
        println!("{}", Value::Object(line));
    }
}

/// The forests' predictions side by side.
fn predict(forests: &[Forest], x: &Array2<f32>) -> Outcome<Array2<f64>> {
    let blocks: Vec<Array2<f64>> =
        forests.iter().map(|forest| forest.predict(x.view())).collect::<Result<_, _>>()?;
    let views: Vec<ArrayView2<'_, f64>> = blocks.iter().map(Array2::view).collect();
    Ok(ndarray::concatenate(Axis(1), &views)?)
}

/// Nodes and encoded bytes of all these forests.
fn size(forests: &[Forest]) -> Value {
    let mut bytes = Vec::new();
    for forest in forests {
        forest.encode(&mut bytes);
    }
    let nodes: usize = forests.iter().map(Forest::n_nodes).sum();
    json!({"nodes": nodes, "bytes": bytes.len()})
}

fn dense(x: &Array2<f32>) -> Outcome<DenseMatrix<f32>> {
    Ok(DenseMatrix::new(x.nrows(), x.ncols(), x.t().iter().copied().collect(), true)?)
}

fn r2(truth: ArrayView1<'_, f64>, predicted: ArrayView1<'_, f64>) -> f64 {
    let mean = truth.mean().expect("there are test rows");
    let total: f64 = truth.iter().map(|truth| (truth - mean).powi(2)).sum();
    let left: f64 = truth.iter().zip(predicted).map(|(truth, value)| (truth - value).powi(2)).sum();
    1.0 - left / total
}
