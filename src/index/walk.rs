//! A walk lists the files below a folder, in one order on every file system.

use std::fs;
use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use super::DataConfig;
use crate::flight::{Refusal, mtime_ns};
use crate::tables::RejectCode;

/// A file that may be a flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Path below the root, with `/` between folders.
    pub(super) relative: String,
    /// The whole path.
    pub(super) path: PathBuf,
    /// Size in bytes.
    pub(super) bytes: u64,
    /// Time of the last change in nanoseconds since 1970.
    pub(super) mtime_ns: i64,
}

/// What a walk finds.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Sorted by relative path.
    pub(super) files: Vec<Found>,
    /// What has a flight's name and is none, with its shown path.
    pub(super) refused: Vec<(String, Refusal)>,
}

/// The deepest nesting of folders: more is a loop of the file system.
const MAX_DEPTH: usize = 64;

/// Lists the flights below `data.root`. Symbolic links are not followed.
pub(super) fn walk(data: &DataConfig) -> io::Result<Walk> {
    let mut walk = Walk::default();
    let side_table = data.side_table_path().and_then(|path| path.canonicalize().ok());
    let mut folders = vec![(data.root.clone(), String::new(), 0)];
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    while let Some((folder, prefix, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(error),
            Err(error) => {
                walk.refused.push((prefix, of_folder(&error)));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    walk.refused.push((prefix.clone(), of_folder(&error)));
                    break;
                }
            };
            let name = entry.file_name();
            let Some(text) = name.to_str() else {
                let shown = format!("{prefix}{}", escaped(&name));
                let message = "the file's name is not UTF-8; rename the file";
                walk.refused.push((shown, Refusal::new(RejectCode::BadName, message)));
                continue;
            };
            let relative = format!("{prefix}{text}");
            let is_flight = data.stem(text).is_some();
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                // It vanished meanwhile, on a file system that has to be asked.
                Err(error) if is_flight => {
                    walk.refused.push((relative, Refusal::from_io(&error)));
                    continue;
                }
                Err(_) => continue,
            };
            if kind.is_dir() {
                if is_flight {
                    let refusal = Refusal::new(RejectCode::NotRegular, "a folder, not a file");
                    walk.refused.push((relative.clone(), refusal));
                }
                if text.starts_with('.') {
                    continue;
                }
                if depth < MAX_DEPTH {
                    folders.push((entry.path(), format!("{relative}/"), depth + 1));
                } else {
                    let message = format!("folders deeper than {MAX_DEPTH} are not searched");
                    walk.refused.push((relative, Refusal::new(RejectCode::NotRegular, message)));
                }
            } else if is_flight && kind.is_file() {
                let path = entry.path();
                let is_side_table = |side: &PathBuf| path.canonicalize().is_ok_and(|p| p == *side);
                if !side_table.as_ref().is_some_and(is_side_table) {
                    named.push((relative, path));
                }
            } else if is_flight || is_link_to_folder(&entry, kind) {
                let message = match (kind.is_symlink(), is_flight) {
                    (true, true) => "a symbolic link, not a file",
                    (true, false) => "a symbolic link to a folder, which is not followed",
                    (false, _) => "a pipe, a socket or a device, not a file",
                };
                walk.refused.push((relative, Refusal::new(RejectCode::NotRegular, message)));
            }
        }
    }
    let files: Vec<Result<Found, (String, Refusal)>> = named.into_par_iter().map(found).collect();
    for file in files {
        match file {
            Ok(file) => walk.files.push(file),
            Err(refused) => walk.refused.push(refused),
        }
    }
    walk.files.sort_by(|a, b| a.relative.cmp(&b.relative));
    walk.refused.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(walk)
}

/// Asks for size and time of a file; it may have vanished, or become something else.
fn found((relative, path): (String, PathBuf)) -> Result<Found, (String, Refusal)> {
    match fs::symlink_metadata(&path) {
        Ok(about) => Ok(Found { relative, path, bytes: about.len(), mtime_ns: mtime_ns(&about) }),
        Err(error) => Err((relative, Refusal::from_io(&error))),
    }
}

/// Whether flights may be behind a link, which are then missed.
fn is_link_to_folder(entry: &fs::DirEntry, kind: fs::FileType) -> bool {
    kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|about| about.is_dir())
}

/// The refusal of a folder that cannot be listed, or not to its end.
fn of_folder(error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            Refusal::new(RejectCode::Unreadable, "no permission to list the folder")
        }
        io::ErrorKind::NotFound => Refusal::new(RejectCode::Vanished, "the folder is gone"),
        _ => {
            let message = format!("the folder cannot be listed: {error}");
            Refusal::new(RejectCode::Unreadable, message)
        }
    }
}

/// A name whose bytes are not UTF-8, with those bytes as `\xNN`.
fn escaped(name: &std::ffi::OsStr) -> String {
    name.as_encoded_bytes().utf8_chunks().fold(String::new(), |mut text, chunk| {
        use std::fmt::Write as _;
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}"); // writing to a String cannot fail
        }
        text
    })
}
