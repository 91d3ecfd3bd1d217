//! A flight is one trajectory: read from one CSV file, cleaned, and summed up.
//!
//! [`summarise`] is the pure function from a file to a flight's aggregates and targets that
//! `features` and `predict` call from their threads; [`peek`] reads only a file's head and
//! tail, for `index` and `init`. Everything here works on any header, unit and sampling
//! rate; which column plays which role comes from a [`SourceConfig`].

#![expect(
    clippy::inline_always,
    reason = "vector code must be inlined to where the processor's features are known"
)]

mod refusal;
mod mtime;
mod unchanged;
mod dialect;
mod unpack;
mod text;
mod records;
mod number;
mod timestamp;
mod file_name;
mod source;
mod header;
mod geodesy;
mod airports;
mod roles;
mod order;
mod track;
mod moments;
mod aggregate;
mod targets;
mod prefix;
#[cfg(test)]
mod prefix_tests;
mod recipe;
mod ends;
mod scan;
mod row_time;
mod glance;
mod peek;
mod plan;
mod pass;
mod plain;
mod fast;
mod streams;
mod summary;
#[cfg(test)]
mod row_time_tests;
mod profile;
#[cfg(test)]
mod profile_tests;

pub use aggregate::Aggregate;
pub use airports::{Airport, airport_with_code, fill_from_airports, nearest_airport};
pub use dialect::{Decimal, Dialect, Encoding};
pub use file_name::{FileNamePattern, NameParts, PatternError};
pub use geodesy::{EARTH_RADIUS_M, haversine_m, unwrap_longitude};
pub use header::Layout;
pub use mtime::mtime_ns;
pub use number::{Cell, parse_number};
pub use peek::{Head, Peek, head, peek};
pub use prefix::Prefix;
pub use profile::{Along, Profile, Profiled, profiles, profiles_by};
pub use recipe::{Limits, Recipe};
pub use refusal::Refusal;
pub use row_time::{parse_clock, parse_date, parse_utc_offset};
pub use source::{Role, RoleColumns, Source, SourceConfig, SourceError, choose_source};
pub use summary::{FlightSummary, Reading, summarise, summarise_by};
pub use targets::TargetPoint;
pub use timestamp::{TimeFormat, TimestampError};
pub use unchanged::{is_unchanged, read_unchanged};
pub use unpack::{is_compressed, unpacked};
