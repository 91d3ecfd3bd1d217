//! A first look at a folder of flights, from which a `traj.toml` is made.
//!
//! [`look`] walks the folder, opens some of its files, and guesses how they are written,
//! which column plays which role in which unit, and what tells origin and destination.
//! `traj init` prints what it guessed and writes the configuration.

mod error;
mod folder;
mod words;
mod units_line;
mod sniff;
mod specimen;
mod kind;
mod survey;
mod roles;
mod clock;
mod altitude;
mod distance;
mod identity;
mod leftovers;
mod names;
mod source;
mod sources;
mod side_table;
mod pairs;
mod guess;
mod findings;
mod toml_text;
#[cfg(test)]
mod cases_test;
#[cfg(test)]
mod clock_test;
#[cfg(test)]
mod folders_test;

pub use error::InitError;
pub use guess::Guess;

use std::path::Path;

use crate::progress::Progress;

/// Looks at a folder of flights.
///
/// All names are listed; the first lines of at most some 2,000 files are read, and the
/// first rows of some 60. Symbolic links are not followed. The folder may hold other
/// tables: one that lists the flights gives their origin and destination where nothing
/// else does.
///
/// ```
/// use traj::{init, progress::Silent};
///
/// let folder = std::env::temp_dir().join(format!("traj-init-doc-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let track = "time,lat,lon,alt_ft\n2024-03-05T06:12:00Z,40.5,-3.6,2000\n";
/// std::fs::write(folder.join("LEMD-LEBL_1.csv"), track)?;
/// let guess = init::look(&folder, &Silent)?;
/// assert!(guess.to_toml().contains(r#"altitude = "alt_ft""#));
/// assert!(guess.to_toml().contains(r#"file_name = "{origin}-{destination}_{}.csv""#));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InitError`] where there is no folder, no file that may be a flight, or no file with
/// columns for time, longitude and latitude; its hint says what to do.
pub fn look(directory: &Path, progress: &dyn Progress) -> Result<Guess, InitError> {
    let folder = folder::Folder::list(directory, progress)?;
    let survey = survey::survey(&folder, progress)?;
    let found = sources::sources(&folder, survey)?;
    findings::guess(&folder, found, progress)
}
