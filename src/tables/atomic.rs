//! An atomic write: a temporary file beside the destination, synced, then renamed.
//!
//! Everything that traj leaves on disk goes through here, so a reader finds the old file or
//! the new one, and never a half.

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
    let mut temporary_name = std::ffi::OsString::from(".");
    temporary_name.push(name);
    temporary_name.push(format!(".{}.tmp", std::process::id()));
    let temporary = folder.join(temporary_name);
    let written = write_and_rename(&temporary, path, folder, fill);
    if written.is_err() {
        // The first error is the one to report; a leftover that cannot be removed adds nothing.
        let _ = fs::remove_file(&temporary);
    }
    written
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
