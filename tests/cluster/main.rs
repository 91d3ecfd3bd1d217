//! Stories of a scheduler, its workers and those who ask them for work: `--features cluster`.
//!
//!     cargo test --features cluster --test cluster
//!
//! `CLUSTER_KILLS=20` kills a worker that often rather than twice.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "../it/flights.rs"]
#[expect(dead_code, reason = "the other stories need more of it")]
mod flights;
#[path = "../it/world.rs"]
#[expect(dead_code, reason = "the other stories need more of it")]
mod world;

mod services;
mod bytes;
mod faults;
mod strangers;
mod hostile;
mod protection;
mod hosts;
