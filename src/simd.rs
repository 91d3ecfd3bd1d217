//! The level of SIMD is chosen once for the whole program: the best that the processor has,
//! or the one that `TRAJ_SIMD` names. It changes how long things take, never a result.

use std::sync::OnceLock;

use fearless_simd::Level;

use crate::problem::{Class, Problem};

/// The environment variable that forces a level.
pub const VARIABLE: &str = "TRAJ_SIMD";

static LEVEL: OnceLock<Level> = OnceLock::new();

/// A level that does not exist, or that this machine does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// No such name.
    #[error("`{VARIABLE}={0}` names no level; known are portable, avx2 and avx512")]
    Unknown(String),
    /// The processor lacks it.
    #[error("`{VARIABLE}={0}`: this processor does not have it")]
    Unavailable(&'static str),
}

impl Problem for LevelError {
    fn class(&self) -> Class {
        Class::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(format!("without {VARIABLE}, traj takes the best level that there is"))
    }
}

/// The level of the program.
#[must_use]
pub fn level() -> Level {
    *LEVEL.get_or_init(Level::new)
}

/// Makes the level that [`VARIABLE`] names the program's, before anything asks for one.
///
/// # Errors
/// As [`named`].
pub fn obey_environment() -> Result<(), LevelError> {
    if let Some(name) = std::env::var_os(VARIABLE) {
        let level = named(&name.to_string_lossy())?;
        LEVEL.get_or_init(|| level);
    }
    Ok(())
}

/// The level of a name: `portable` is what every processor of the kind has.
///
/// # Errors
/// [`LevelError`] where there is none of the name, or the processor lacks it.
pub fn named(name: &str) -> Result<Level, LevelError> {
    match name {
        "portable" => Ok(Level::baseline()),
        "avx2" => avx2().ok_or(LevelError::Unavailable("avx2")),
        "avx512" => avx512().ok_or(LevelError::Unavailable("avx512")),
        other => Err(LevelError::Unknown(other.to_owned())),
    }
}

/// Every level that this machine has, by name.
#[must_use]
pub fn available() -> Vec<(&'static str, Level)> {
    let names = ["portable", "avx2", "avx512"];
    names.into_iter().filter_map(|name| Some((name, named(name).ok()?))).collect()
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn avx2() -> Option<Level> {
    Level::new().as_avx2().map(Level::Avx2)
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn avx512() -> Option<Level> {
    Level::new().as_avx512().map(Level::Avx512)
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn avx2() -> Option<Level> {
    None
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn avx512() -> Option<Level> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portable_level_is_always_there_and_an_unknown_one_is_named() {
        assert_eq!(available()[0].0, "portable");
        assert!(available().iter().all(|(name, _)| named(name).is_ok()));
        let error = named("sse9").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`TRAJ_SIMD=sse9` names no level; known are portable, avx2 and avx512"
        );
    }
}
