//! A *forest* is a bagged ensemble of multi-output regression trees over plain matrices.
//! `models` calls it, one forest per estimator; it knows rows, columns, weights and seeds,
//! never flights, files or configs.
//!
//! The module structure, in reading order: [`ForestParams`] are checked once into
//! [`ValidForestParams`]; [`Features`] are a matrix that was checked and sorted, `targets`
//! what is learnt. A fit (`fitting`) cuts the work of one or many forests into trees, draws a
//! generator per tree (`draw`) and a `sample` of rows, and grows the trees (`grow`, or
//! `best_first` if their leaves are limited). Growing asks the `splitter` for the split of a
//! `node` that decreases the `criterion` most, among the features that it draws
//! (`candidates`), and lets the `partition` move its rows. The splitter has three ways to the
//! same split, by the number of rows: all `subsets`, a `network` that sorts in vectors
//! (`sorting`), and sorted `lists` that a `scan` goes through; and `random_cuts` for extremely
//! randomised trees. A finished `tree` is one flat array of nodes.
//! A `walk` takes a block of rows down a tree; on it stand what a forest says about rows: the
//! mean over its trees (`predict`), their `spread`, the `quantiles` of the training targets in
//! their leaves (`members`), and predictions with one of the `columns` exchanged. `importance`
//! and `out_of_bag` are the by-products, `codec` the bytes on disk (`packing`), `linfa` the
//! adapter to linfa's traits.
//!
//! The definition follows scikit-learn's `RandomForestRegressor(criterion="squared_error")`
//! (`sklearn/tree/_splitter.pyx`, `_criterion.pyx`, `_tree.pyx`, `sklearn/ensemble/_forest.py`,
//! version 1.9) with three deliberate differences, each documented where it is made: targets
//! are standardised for the criterion unless told otherwise, equal gains are broken at random
//! among all equal candidates, and "constant" and "pure" mean exactly equal, not nearly.
//!
//! Cost: features are sorted once, after which a node of n rows costs O(m n) for m features,
//! and a tree of unlimited depth visits some log2(rows) levels of nodes. On 2,250 rows, 115
//! features and 5 targets, about a third of the time goes into scanning nodes of more than 64
//! rows, a seventh into keeping their lists sorted, a third into networks, a tenth into
//! subsets. A node takes 12 bytes in memory and some 4 on disk, a leaf that holds a single
//! training row nothing more, since leaf values are shared by all trees. To predict a row by a
//! tree of 3000 nodes takes some 20 to 35 ns (`benches/peers`).
//!
//! ```
//! use std::ops::ControlFlow;
//! use ndarray::array;
//! use traj::forest::{Forest, ForestParams};
//!
//! let params = ForestParams { n_trees: 10, bootstrap: false, ..ForestParams::default() };
//! let params = params.check()?;
//! let x = array![[0.0_f32], [1.0], [2.0]];
//! let y = array![[10.0, -1.0], [20.0, -1.0], [40.0, -3.0]];
//! let forest = Forest::fit(x.view(), y.view(), &params, &|| ControlFlow::Continue(()))?;
//! assert_eq!(forest.predict(x.view())?, y);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined to where the processor's features are known"
)]

mod params;
mod error;
mod features;
mod targets;
mod ensemble;
mod fitting;
mod draw;
mod sample;
mod grow;
mod best_first;
mod partition;
mod splitter;
mod node;
mod split;
mod candidates;
mod criterion;
mod rank;
mod subsets;
mod network;
mod sides;
mod sorting;
mod lists;
mod scan;
mod random_cuts;
mod tree;
mod walk;
mod predict;
mod spread;
mod members;
mod quantiles;
mod columns;
mod importance;
mod out_of_bag;
mod packing;
mod codec;
mod linfa;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod splitter_tests;
#[cfg(test)]
mod codec_tests;
#[cfg(test)]
mod properties;

pub use self::codec::DecodeError;
pub use self::columns::Columns;
pub use self::ensemble::Forest;
pub use self::error::ForestError;
pub use self::features::Features;
pub use self::fitting::Job;
pub use self::importance::Importances;
pub use self::linfa::LinfaForest;
pub use self::out_of_bag::OutOfBag;
pub use self::params::{
    ForestParams, ForestParamsError, MaxFeatures, MaxSamples, TargetScaling, Thresholds,
    ValidForestParams,
};
