//! Faults of the text: cells without a number, cut lines, other line ends.
//!
//! [`super::soiled`] applies one of them to the finished text.

use crate::sample::draws::Draws;

/// Empties 1 % of the cells or makes them `nan`, and one column for a few minutes.
pub(super) fn with_missing_cells(text: &[u8], draws: &mut Draws) -> Vec<u8> {
    let filler: &[u8] = if draws.chance(0.5) { b"nan" } else { b"" };
    let dead_column = 1 + draws.index(20);
    let dead_from = draws.index(1_500);
    let dead_rows = dead_from..dead_from + 60 + draws.index(240);
    let mut out = Vec::with_capacity(text.len());
    for (number, line) in lines(text).enumerate() {
        for (column, cell) in line.split(|byte| *byte == b',').enumerate() {
            if column > 0 {
                out.push(b',');
            }
            let dead = column == dead_column && dead_rows.contains(&number);
            if number == 0 || column == 0 {
                out.extend_from_slice(cell);
            } else if dead {
                out.extend_from_slice(filler);
            } else if draws.chance(0.01) {
                out.extend_from_slice(if draws.chance(0.5) { b"nan" } else { b"" });
            } else {
                out.extend_from_slice(cell);
            }
        }
        out.push(b'\n');
    }
    out
}

/// Stops in the third cell of the last line, as a full disk does.
pub(super) fn truncated(mut text: Vec<u8>) -> Vec<u8> {
    let last_line = lines(&text).last().map_or(0, <[u8]>::len);
    let start = text.len().saturating_sub(last_line + 1);
    let commas = text[start..].iter().enumerate().filter(|(_, byte)| **byte == b',');
    let second = commas.map(|(index, _)| index).nth(1).unwrap_or(0);
    text.truncate(start + second + 3);
    text
}

/// Ends every line as Windows does.
pub(super) fn with_carriage_returns(text: &[u8]) -> Vec<u8> {
    lines(text).flat_map(|line| [line, b"\r\n"].concat()).collect()
}

/// Keeps the first line.
pub(super) fn header_only(mut text: Vec<u8>) -> Vec<u8> {
    let header = lines(&text).next().map_or(0, <[u8]>::len);
    text.truncate(header + 1);
    text
}

/// The lines without their line feeds.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n')
}
