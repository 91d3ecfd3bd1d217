//! The exploration is one HTML page about the flights themselves, before anything is learnt
//! from them: what is there, how it was flown, along what flights are best compared, and what
//! goes together. `traj explore` calls [`explore`], which reads the tables and a sample of the
//! files, and writes the page with the tables behind it.
//!
//! A [`section::Section`] is a module here: it takes what it needs from the
//! [`material::Material`] and gives a template with its contents, the tables behind it, and
//! what it says in short. A new one is named in `page::SECTIONS`, its template in
//! `page::TEMPLATES`. Names of flights, files and columns are hostile text throughout.

mod error;
mod settings;
mod sample;
mod material;
mod section;
mod histogram;
mod counts;
mod quantity;
mod spread;
mod overview;
mod band;
mod tracks;
mod verdict;
mod backward;
mod normalisation;
mod statistics;
mod numbers;
mod groups;
mod correlation;
mod factors;
mod shares;
mod route_tree;
mod routes;
mod hypotheses;
mod drift;
mod page;
mod freshness;
mod stage;

pub use error::ExploreError;
pub use freshness::is_up_to_date;
pub use settings::{ExploreAxis, ExploreConfig};
pub use stage::{ExploreInputs, ExplorePaths, ExploreSummary, explore};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod statistics_tests;
