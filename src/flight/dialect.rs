//! A dialect is how a CSV file is written: delimiter, decimal mark, encoding, what comes
//! before the header.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How numbers mark their decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Decimal {
    /// `3.14`
    #[serde(rename = ".")]
    Point,
    /// `3,14`
    #[serde(rename = ",")]
    Comma,
}

/// How characters are bytes. A byte-order mark wins over what is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1, read as its superset Windows-1252.
    Latin1,
    /// UTF-16, little-endian.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big-endian.
    #[serde(rename = "utf-16be")]
    Utf16Be,
}

/// How a source's files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dialect {
    /// Between cells: `,`, `;`, tab or `|`.
    #[serde(serialize_with = "write_byte", deserialize_with = "read_byte")]
    pub delimiter: u8,
    /// Within numbers.
    pub decimal: Decimal,
    /// Of the text.
    pub encoding: Encoding,
    /// Lines before the header that are not part of the table.
    pub skip_lines: usize,
    /// Rows after the header that hold no data, such as the units of the columns.
    pub skip_after_header: usize,
    /// The character that begins a line to be ignored.
    #[serde(
        serialize_with = "write_optional_byte",
        deserialize_with = "read_optional_byte",
        skip_serializing_if = "Option::is_none"
    )]
    pub comment: Option<u8>,
}

/// Plain CSV. A `[[source]]` block states only what differs from it, so these defaults are
/// the format's own, which is why they stand here and not in `configs/baseline.toml`.
impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            decimal: Decimal::Point,
            encoding: Encoding::Utf8,
            skip_lines: 0,
            skip_after_header: 0,
            comment: None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn write_byte<S: Serializer>(byte: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_char(char::from(*byte))
}

#[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde's signature")]
fn write_optional_byte<S: Serializer>(byte: &Option<u8>, serializer: S) -> Result<S::Ok, S::Error> {
    match byte {
        Some(byte) => serializer.serialize_char(char::from(*byte)),
        None => serializer.serialize_none(),
    }
}

fn read_byte<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => Err(serde::de::Error::custom(format!(
            "`{}` is not one ASCII character such as `,`, `;`, `\\t` or `|`",
            text.escape_default()
        ))),
    }
}

fn read_optional_byte<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    read_byte(deserializer).map(Some)
}
