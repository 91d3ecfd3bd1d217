//! Freshness: the page carries the hash of what it was made from, so that one made from the
//! same tables and settings is known without making it anew.

use std::fs;

use super::ExploreInputs;
use crate::page::inputs_of;
use crate::tables::Digest;

/// Hash of the tables, the settings and the program. The sampled files count as the catalog
/// knows them.
pub(super) fn inputs_hash(inputs: &ExploreInputs<'_>) -> String {
    let paths = &inputs.paths;
    let files = [&paths.features, &paths.targets, &paths.cleaning, &paths.catalog, &paths.rejected];
    // A file that is missing counts as an empty one; reading it properly says what is wrong.
    let mut parts: Vec<Vec<u8>> =
        files.iter().map(|file| fs::read(file).unwrap_or_default()).collect();
    parts.push(inputs.config_hash.as_bytes().to_vec());
    parts.push(env!("CARGO_PKG_VERSION").as_bytes().to_vec());
    Digest::of_parts(parts.iter().map(Vec::as_slice)).to_string()
}

/// Whether the page was made from the tables and settings as they are.
#[must_use]
pub fn is_up_to_date(inputs: &ExploreInputs<'_>) -> bool {
    inputs.paths.tables.is_dir()
        && inputs_of(&inputs.paths.page).is_some_and(|hash| hash == inputs_hash(inputs))
}
