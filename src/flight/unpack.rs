//! Unpacking gives a file's bytes, whether or not it is compressed, within bounds.
//!
//! Whatever the file is, nothing here holds more than a buffer of it and a window of zstd.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::Refusal;
use crate::tables::RejectCode;

/// The largest file, as it is and once unpacked.
const MAX_FILE_BYTES: u64 = 4 << 30;
/// The largest window of zstd, as a power of two: 32 MiB, which `zstd -20` needs; files
/// written by `zstd --ultra -22` or `--long` ask for more.
const MAX_WINDOW_LOG: u32 = 25;
const BUFFER: usize = 1 << 16;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?;
        if extension.eq_ignore_ascii_case("gz") {
            Some(Self::Gzip)
        } else if extension.eq_ignore_ascii_case("zst") {
            Some(Self::Zstd)
        } else {
            None
        }
    }
}

/// Whether a path names a compressed file: `.gz` or `.zst`.
#[must_use]
pub fn is_compressed(path: &Path) -> bool {
    Packing::of(path).is_some()
}

/// Opens a file and unpacks it if its name says that it is compressed.
///
/// # Errors
/// What the file system says; a [`Refusal`] inside where the file is too large or is not a
/// regular one. Reading gives a refusal once more than 4 GiB come out.
pub fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let file = open_regular(path)?;
    Ok(match Packing::of(path) {
        None => Box::new(file),
        Some(packing) => Box::new(Capped { inner: decoder(packing, file)?, left: MAX_FILE_BYTES }),
    })
}

fn decoder(packing: Packing, packed: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let packed = BufReader::with_capacity(BUFFER, packed);
    Ok(match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(packed)),
        Packing::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)?;
            decoder.window_log_max(MAX_WINDOW_LOG)?;
            Box::new(Zstd(decoder))
        }
    })
}

/// Opens a regular file. A pipe or a device is refused by its metadata, before an open or a
/// read could block on it; a file too large to be a flight, before it is read.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        let refusal = Refusal::new(RejectCode::NotRegular, "not a regular file");
        return Err(io::Error::other(refusal));
    }
    if about.len() > MAX_FILE_BYTES {
        let message = "the file has more than 4 GiB: no flight is that long; split it into flights";
        return Err(io::Error::other(Refusal::new(RejectCode::TooLarge, message)));
    }
    File::open(path)
}

/// A zstd decoder whose complaints are about the file, not about the disk.
struct Zstd<R>(R);

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            // The library has no kinds of error of its own, only words.
            io::ErrorKind::Other if error.to_string().contains("too much memory") => {
                io::Error::other(Refusal::new(
                    RejectCode::TooLarge,
                    "unpacking needs a window of more than 32 MiB; pack the file again without \
                     `--long` and `--ultra`",
                ))
            }
            io::ErrorKind::Other => io::Error::new(io::ErrorKind::InvalidData, error),
            _ => error,
        })
    }
}

/// A reader that gives out at most so many bytes, and then an error rather than an end.
struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            let message = "the file unpacks to more than 4 GiB: no flight is that long";
            io::Error::other(Refusal::new(RejectCode::TooLarge, message))
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const TEXT: &[u8] = b"t,x\n1,2\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        // With a checksum, as the `zstd` program packs.
        let mut packed = zstd::Encoder::new(Vec::new(), 3).unwrap();
        packed.include_checksum(true).unwrap();
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    fn unpack(packing: Packing, packed: Vec<u8>, cap: u64) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        let inner = decoder(packing, io::Cursor::new(packed)).unwrap();
        let read = Capped { inner, left: cap }.read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| Refusal::from_io(&error))
    }

    #[test]
    fn what_is_packed_in_one_or_several_pieces_is_unpacked() {
        for (packing, pack) in
            [(Packing::Gzip, gzip as fn(&[u8]) -> Vec<u8>), (Packing::Zstd, zstd)]
        {
            let pieces = [pack(TEXT), pack(TEXT)].concat();
            assert_eq!(unpack(packing, pieces, 100).unwrap(), TEXT.repeat(2));
            let packed = pack(TEXT);
            let cut = packed[..packed.len() - 5].to_vec();
            let refusal = unpack(packing, cut, 100).unwrap_err();
            assert_eq!(refusal.code, RejectCode::Unreadable, "{refusal}");
            assert!(refusal.message.starts_with("the file cannot be unpacked"), "{refusal}");
        }
    }

    #[test]
    fn a_bomb_ends_at_the_cap() {
        let zeros = vec![0; 1 << 24];
        for (packing, bomb) in [(Packing::Gzip, gzip(&zeros)), (Packing::Zstd, zstd(&zeros))] {
            assert!(bomb.len() * 100 < zeros.len());
            assert_eq!(unpack(packing, bomb.clone(), 1 << 24).unwrap().len(), 1 << 24);
            let refusal = unpack(packing, bomb, (1 << 24) - 1).unwrap_err();
            assert_eq!(refusal.code, RejectCode::TooLarge);
        }
    }

    #[test]
    fn a_window_that_would_fill_the_memory_is_refused() {
        // A frame's header alone: descriptor 0, and a window of 2^10 << 21, 2 GiB.
        let packed = b"\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00".to_vec();
        let refusal = unpack(Packing::Zstd, packed, 100).unwrap_err();
        assert_eq!(refusal.code, RejectCode::TooLarge, "{refusal}");
    }

    #[test]
    fn what_is_damaged_is_said_to_be_so() {
        let mut packed = zstd(&TEXT.repeat(50));
        let middle = packed.len() / 2;
        packed[middle] ^= 0xFF;
        assert_eq!(unpack(Packing::Zstd, packed, 1000).unwrap_err().code, RejectCode::Unreadable);
    }

    #[test]
    fn a_huge_file_is_refused_before_it_is_read() {
        let scratch = tempfile::NamedTempFile::new().unwrap();
        // Sparse: it takes no room on the disk.
        scratch.as_file().set_len(MAX_FILE_BYTES).unwrap();
        assert!(unpacked(scratch.path()).is_ok());
        scratch.as_file().set_len(MAX_FILE_BYTES + 1).unwrap();
        let refusal = Refusal::from_io(&unpacked(scratch.path()).err().unwrap());
        assert_eq!(refusal.code, RejectCode::TooLarge);
    }
}
