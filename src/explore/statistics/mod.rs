//! *Statistics* of columns of numbers and of groups of flights: plain slices in, plain figures
//! out, nothing known of tables or pages.
//!
//! The sections of the exploration page call them. What is undefined is none or NaN as each
//! says, and every figure is checked against scipy (`tests/reference/explore_statistics.py`).

mod ranking;
mod correlation;
mod linkage;
mod chi_squared;
mod kruskal_wallis;
mod holm;
mod kolmogorov_smirnov;
mod stability;
#[cfg(test)]
mod reference_tests;

pub(super) use chi_squared::homogeneity;
pub(super) use correlation::{Correlations, correlations};
pub(super) use holm::holm;
pub(super) use kolmogorov_smirnov::kolmogorov_smirnov;
pub(super) use kruskal_wallis::{KruskalWallis, kruskal_wallis};
pub(super) use linkage::{leaf_order, tight_groups};
pub(super) use stability::{stability, stability_of_counts};
