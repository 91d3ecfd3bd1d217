//! An atomic write: a temporary file beside the destination, synced, then renamed.
//!
//! Everything that traj leaves on disk goes through here, so a reader finds the old file or
//! the new one, and never a half.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Writes `path` through `fill`, which gets the open temporary file (readable, too).
///
/// The folder is created if need be. On any error the temporary file is removed and the
/// destination is untouched.
///
/// # Errors
/// Whatever the file system or `fill` says.
pub fn write_atomically<T>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let temporary = folder.join(temporary_name(name));
    let written = write_and_rename(&temporary, path, folder, fill);
    if written.is_err() {
        // The first error is the one to report; a leftover that cannot be removed adds nothing.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The name of this process's temporary file for a file of this name.
fn temporary_name(name: &OsStr) -> OsString {
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    temporary
}

/// Makes a file in a folder and removes it, to see whether the folder can be written to.
///
/// # Errors
/// Whatever the file system says.
pub fn try_writing(folder: &Path) -> io::Result<()> {
    let probe = folder.join(temporary_name(OsStr::new("probe")));
    File::create(&probe)?;
    fs::remove_file(probe)
}

/// Removes the temporary files of writers that died, given that nobody else writes to the
/// folder now.
///
/// # Errors
/// Whatever the file system says.
pub fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_temporary) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a name is one that [`write_atomically`] gives: `.NAME.PROCESS.tmp`.
fn is_temporary(name: &str) -> bool {
    let process = || name.strip_prefix('.')?.strip_suffix(".tmp")?.rsplit_once('.');
    process().is_some_and(|(name, process)| {
        !name.is_empty() && !process.is_empty() && process.bytes().all(|b| b.is_ascii_digit())
    })
}

fn write_and_rename<T>(
    temporary: &Path,
    path: &Path,
    folder: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    let mut file =
        File::options().read(true).write(true).create(true).truncate(true).open(temporary)?;
    let value = fill(&mut file)?;
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, path)?;
    // Without this the rename itself may not survive a loss of power.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn only_names_of_our_own_temporary_files_are_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let stay = [".a.tmp", "a.12.tmp", ".a.b.tmp", ".12.tmp", "..12.tmp", ".a.12.tmp.gz"];
        for name in [&stay[..], &[".features.parquet.12.tmp"]].concat() {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        fs::create_dir(folder.path().join(".folder.12.tmp")).unwrap();
        remove_leftovers(folder.path()).unwrap();
        let entries = fs::read_dir(folder.path()).unwrap().flatten();
        let mut names: Vec<_> = entries.map(|e| e.file_name().into_string().unwrap()).collect();
        names.sort();
        let mut expected = [&stay[..], &[".folder.12.tmp"]].concat();
        expected.sort_unstable();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/table");
        write_atomically(&path, |file| file.write_all(b"old")).unwrap();
        let failed = write_atomically(&path, |file| {
            file.write_all(b"half of the n")?;
            Err::<(), _>(io::Error::other("disk full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "disk full");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
