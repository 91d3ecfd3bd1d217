//! A lock keeps two commands from writing to one folder. It is the system's own lock on the
//! folder, so nothing is left behind when a process dies, however it dies.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::failure::Failure;
use crate::problem::Class;
use crate::tables::{remove_leftovers, try_writing};

/// Holds a folder until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

impl Lock {
    /// Takes a folder, making it if need be; fails at once where another traj has it.
    pub(super) fn take(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: &std::io::Error| {
            Failure::machine(format!("cannot write to {}", folder.display()), error)
                .with_hint("check that the folder is writable and the disk has room")
        };
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        let file = File::open(folder).map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {
                // Nobody else writes here now. That writing works at all is better known before
                // hours of work than after them.
                remove_leftovers(folder)
                    .and_then(|()| try_writing(folder))
                    .map_err(|error| failed(&error))?;
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => {
                let holder =
                    holder(&file).map_or_else(String::new, |pid| format!(" (process {pid})"));
                Err(Failure::of_class(
                    Class::Locked,
                    format!("another traj{holder} is writing to {}", folder.display()),
                    Some("wait until it is done, or stop it".to_owned()),
                ))
            }
            // A file system without locks has none to respect.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                Ok(Self(file))
            }
            Err(TryLockError::Error(error)) => Err(failed(&error)),
        }
    }
}

/// The process that holds a file's lock, from the system's table of locks.
#[cfg(target_os = "linux")]
fn holder(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = format!(":{}", file.metadata().ok()?.ino());
    let locks = fs::read_to_string("/proc/locks").ok()?;
    let line = locks.lines().find(|line| {
        let mut words = line.split_whitespace();
        words.any(|word| word == "FLOCK") && words.any(|word| word.ends_with(&inode))
    })?;
    line.split_whitespace().nth(4)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn holder(_: &File) -> Option<u32> {
    None
}
