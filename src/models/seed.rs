//! A *seed* is derived from the run's seed and the name of what it is for, so that no random
//! draw depends on the order of the work or on what else was configured.
//!
//! `train` derives one per fitted model, `evaluate` one per shuffle.

use crate::tables::Digest;

/// The first 64 bits of the SHA-256 of the run's seed and of the names, each with its length.
#[must_use]
pub fn derive_seed(seed: u64, names: &[&str]) -> u64 {
    let start = seed.to_le_bytes();
    let names = names.iter().map(|name| name.as_bytes());
    let digest = Digest::of_parts(std::iter::once(start.as_slice()).chain(names)).to_string();
    u64::from_str_radix(&digest[..16], 16).expect("a digest is hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_fixed_by_name_and_any_name_changes_it() {
        let seed = derive_seed(1, &["forest", "departure"]);
        assert_eq!(seed, derive_seed(1, &["forest", "departure"]));
        assert_ne!(seed, derive_seed(2, &["forest", "departure"]));
        assert_ne!(seed, derive_seed(1, &["forestdeparture"]));
        // Python: sha256(pack('<Q', 8) + pack('<Q', 0)).hexdigest()[:16]
        assert_eq!(derive_seed(0, &[]), 0x85b7_24e3_f6e2_dd26);
    }
}
